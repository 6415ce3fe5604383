"""A plugin of Kong's: one concern that the gateway takes from services, such as CORS or a rate limit.

Owns the KongPlugin object, or the KongClusterPlugin where more than one namespace uses it. Does not own what it applies
to: routes, services and consumers name it, and their components do so by themselves for plugins of their own.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, chosen, refuse
from web_platform.kong_names import CLASS_ANNOTATION, PLUGINS_ANNOTATION
from web_platform.kong_plugins import (
    KongPluginsArgs,
    Plugin,
    misplaced_everywhere,
    one_by_one,
    plugins_faults,
    plugins_of,
)
from web_platform.kubernetes_object import KubernetesObject
from web_platform.labels import MANAGED
from web_platform.order import after
from web_platform.syntax import object_name_fault

CONFIGURATION = "configuration.konghq.com/v1"
"""Group and version of the kinds that Kong's controller defines."""

NOT_EVERYWHERE = Fault(
    what="would apply to every request to the gateway",
    danger="Let's Encrypt could not fetch its challenges, and no certificate would be renewed",
    remedy="give the plugin to the services that need it, or name it there in `shared_plugins`",
)
"""What is wrong with a plugin that must not be global."""


class KongPluginScope(Enum):
    """Who may use a plugin."""

    NAMESPACE = "namespace"
    """Routes, services and consumers of its namespace that name it."""

    CLUSTER = "cluster"
    """Those of any namespace that name it."""

    GLOBAL = "global"
    """Every request to the gateway, unless something more specific has a plugin of the same kind."""


class KongPluginArgs(TypedDict):
    """Arguments of `KongPlugin`."""

    plugin: KongPluginsArgs
    """The plugin: exactly one of the keys, such as `{"cors": {"origins": ["https://shop.example.com"]}}`."""

    ingress_class: Input[str]
    """Ingress class of the gateway, such as `gateway.ingress_class`."""

    scope: NotRequired[KongPluginScope]
    """Who may use it. Default: namespace, its own."""

    namespace: NotRequired[Input[str] | None]
    """Namespace that it lives in; of a plugin for more than one, the namespace of the Secrets that it names. Required
    with the scope namespace."""


class KongPlugin(pulumi.ComponentResource):
    """A plugin of Kong's that routes, services and consumers can name."""

    plugin: Output[str]
    """Name to use in `shared_plugins` of services and consumers. What uses it is created after it."""

    def __init__(self, name: str, args: KongPluginArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("KongPlugin", name, args, KongPluginArgs)
        refuse(component, "name", object_name_fault(name))
        for field, fault in plugins_faults(args["plugin"]):
            refuse(component, f"plugin.{field}", fault)
        plugins = plugins_of(args["plugin"])
        refuse(component, "plugin", _number_fault(len(plugins)))
        scope = chosen(component, "scope", args.get("scope", KongPluginScope.NAMESPACE), KongPluginScope, _NO_SCOPE)
        namespace = args.get("namespace")
        if scope is KongPluginScope.NAMESPACE and namespace is None:
            refuse(component, "namespace", _NO_NAMESPACE)
        if plugins[0].redis_password_secret is not None and namespace is None:
            refuse(component, "namespace", _NO_NAMESPACE_OF_SECRET)
        if scope is KongPluginScope.GLOBAL:
            for field in misplaced_everywhere(args["plugin"]):
                refuse(component, f"plugin.{field}", NOT_EVERYWHERE)

        super().__init__("web-platform:index:KongPlugin", name, None, opts)
        (plugin,) = plugins
        made = KubernetesObject(
            name,
            CONFIGURATION,
            "KongPlugin" if scope is KongPluginScope.NAMESPACE else "KongClusterPlugin",
            kubernetes.meta.v1.ObjectMetaArgs(
                name=name,
                namespace=namespace if scope is KongPluginScope.NAMESPACE else None,
                annotations={CLASS_ANNOTATION: args["ingress_class"]},
                labels=MANAGED | ({"global": "true"} if scope is KongPluginScope.GLOBAL else {}),
            ),
            content(plugin, None if scope is KongPluginScope.NAMESPACE else namespace),
            ResourceOptions(parent=self),
        )
        self.plugin = after(name, made.urn)
        self.register_outputs({"plugin": self.plugin})


def content(plugin: Plugin, namespace: Input[str] | None = None) -> dict[str, Any]:
    """What a plugin's object says; of one for the whole cluster, Secrets are named with their `namespace`."""
    said: dict[str, Any] = {"plugin": plugin.name, "config": plugin.config}
    if plugin.redis_password_secret is not None:
        secret = {"name": plugin.redis_password_secret, "key": "password"}
        patch = {
            "path": "/redis/password",
            "valueFrom": {"secretKeyRef": secret if namespace is None else secret | {"namespace": namespace}},
        }
        said["configPatches"] = [patch]
    return said


def own_plugins(
    owner: pulumi.ComponentResource,
    name: str,
    plugins: KongPluginsArgs,
    namespace: Input[str],
    ingress_class: Input[str],
) -> list[Output[str]]:
    """Make the plugins of a component's own, each called after it and the plugin, and say what they are called."""
    return [
        KongPlugin(
            f"{name}-{plugin}",
            {"plugin": alone, "namespace": namespace, "ingress_class": ingress_class},
            ResourceOptions(parent=owner),
        ).plugin
        for plugin, alone in one_by_one(plugins).items()
    ]


def plugins_annotation(names: Iterable[Input[str]]) -> dict[str, Input[str]]:
    """The annotation by which an object names its plugins, or nothing where it has none."""
    listed = list(names)
    if not listed:
        return {}
    return {PLUGINS_ANNOTATION: Output.all(*listed).apply(lambda known: ",".join(map(str, known)))}


def _number_fault(number: int) -> Fault | None:
    if number == 1:
        return None
    return Fault(
        what=f"has {number} plugins",
        danger="an object of Kong's holds one plugin, and nobody could say which of them its name means",
        remedy="pass exactly one, and make another `KongPlugin` for each other",
    )


_NO_NAMESPACE_OF_SECRET = Fault(
    what="is missing, though a Secret is named",
    danger="the API server would refuse the plugin: it belongs to no namespace, and the Secret to one",
    remedy="pass the namespace of the Secret",
)

_NO_NAMESPACE = Fault(
    what="is missing",
    danger="the plugin would be in a namespace where nothing that names it can find it",
    remedy="pass the namespace of what uses it, or another scope",
)


_NO_SCOPE = Fault(
    what="which is none",
    danger="nobody could say whose requests the plugin is for",
    remedy="pass one of",
)
