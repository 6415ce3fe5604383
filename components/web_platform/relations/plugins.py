"""From an object to its plugins: what names a KongPlugin or a KongClusterPlugin, and the Secrets that those name.

The controller looks for a name among the KongPlugins of the namespace first, then among the KongClusterPlugins.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from web_platform.kong_names import CLASS_ANNOTATION, PLUGINS_ANNOTATION
from web_platform.relations.objects import (
    CLUSTER_PLUGIN,
    CONSUMER,
    CONSUMER_GROUP,
    HTTP_ROUTE,
    INGRESS,
    INGRESS_CLASS,
    PLUGIN,
    SECRET,
    SERVICE,
    Dangling,
    Object,
    Objects,
    at,
    granted,
    keys_of_secret,
    listed,
    text,
)
from web_platform.relations.routing import has_default_class

AUTHENTICATING = frozenset({"basic-auth", "hmac-auth", "jwt", "key-auth", "ldap-auth", "oauth2", "openid-connect"})
"""Plugins that ask callers who they are."""

# https://github.com/Kong/kong/tree/3.9.3/kong/plugins: those whose schema says `no_consumer`.
_NOT_OF_CONSUMERS = AUTHENTICATING | {
    *("acl", "acme", "ai-request-transformer", "bot-detection", "cors", "session", "standard-webhooks"),
}

_USERS = (INGRESS, HTTP_ROUTE, SERVICE, CONSUMER, CONSUMER_GROUP)

_ANNOTATION_FIELD = f"metadata.annotations['{PLUGINS_ANNOTATION}']"
_CLASS_FIELD = f"metadata.annotations['{CLASS_ANNOTATION}']"
_REFUSED = "Kong refuses its whole configuration: no change of any route arrives any more"
_UNCHANGED = "the controller passes over it, and requests come through as if there were no plugin"


class Use(NamedTuple):
    """A place where an object names a plugin."""

    user: Object
    field: str
    written: str
    """What is written there."""

    plugin: Object | None
    """The plugin, where there is one that the object may name."""

    @property
    def kind(self) -> str:
        """What the plugin does, by Kong's name for it."""
        return text(self.plugin.content, "plugin") if self.plugin else ""


def plugins(objects: Objects) -> Iterator[Dangling]:
    """Find plugins that are named and not there, there and not named, or in each other's way."""
    uses = uses_of(objects)
    for use in uses:
        yield from _use(use)
    yield from _twice(uses)
    yield from _twice_global(objects)
    used = {use.plugin for use in uses}
    for plugin in objects.all(PLUGIN, CLUSTER_PLUGIN):
        if plugin not in used and not is_global(plugin) and not _known_later(objects):
            yield plugin.dangling(
                "metadata.name",
                "is a name that no object's annotation names",
                "the plugin does nothing, though whoever reads of it believes that it does",
                f"name it in the annotation {PLUGINS_ANNOTATION} of what it is for, or remove it",
            )
        yield from _secrets(objects, plugin)
    for user in objects.all(CONSUMER, CONSUMER_GROUP, CLUSTER_PLUGIN):
        yield from _class(objects, user)


def uses_of(objects: Objects) -> list[Use]:
    """All places where an object names a plugin."""
    made = []
    for user in objects.all(*_USERS):
        for written in user.annotations.get(PLUGINS_ANNOTATION, "").split(","):
            if written.strip():
                made.append(Use(user, _ANNOTATION_FIELD, written.strip(), _named(objects, user, written.strip())))
        for field, rule in listed(user.content, "spec.rules"):
            filters = list(listed(rule, "filters", field))
            for place, reference in listed(rule, "backendRefs", field):
                filters += listed(reference, "filters", place)
            for place, extended in filters:
                name = text(extended, "extensionRef.name")
                if name and text(extended, "extensionRef.kind") == "KongPlugin":
                    made.append(Use(user, f"{place}.extensionRef.name", name, _named(objects, user, name)))
    return made


def _known_later(objects: Objects) -> bool:
    """Whether some object is to name plugins that are not known yet."""
    return any(
        user.has_annotation(PLUGINS_ANNOTATION) and PLUGINS_ANNOTATION not in user.annotations
        for user in objects.all(*_USERS)
    )


def is_global(plugin: Object) -> bool:
    """Whether a plugin applies to every request."""
    return plugin.type == CLUSTER_PLUGIN and plugin.labels.get("global") == "true"


def _named(objects: Objects, user: Object, written: str) -> Object | None:
    """The plugin that a name means, or that `namespace:name` does where a ReferenceGrant permits it.

    The controller asks for the grant even where the namespace is the object's own.
    """
    namespace, colon, name = (part.strip() for part in written.rpartition(":"))
    if colon and not granted(objects, user, PLUGIN, namespace, name):
        return None
    return objects.find(PLUGIN, namespace if colon else user.namespace, name) or objects.find(CLUSTER_PLUGIN, "", name)


def _use(use: Use) -> Iterator[Dangling]:
    if use.plugin is None:
        where = f"namespace {use.user.namespace}"
        remedy = "name a KongPlugin of the object's namespace, or a KongClusterPlugin"
        if ":" in use.written:
            where = "a namespace that grants it"
            remedy = f"{remedy}; one of another namespace needs a ReferenceGrant there"
        what = f"names plugin {use.written!r}, which there is neither in {where} nor for the cluster"
        yield use.user.dangling(use.field, what, _UNCHANGED, remedy)
    elif use.user.type in (CONSUMER, CONSUMER_GROUP) and use.kind in _NOT_OF_CONSUMERS:
        yield use.user.dangling(
            use.field,
            f"names {use.plugin}, and Kong does not accept {use.kind} on a consumer",
            _REFUSED,
            "name it in the annotation of the routes that consumers call",
        )


def _twice(uses: list[Use]) -> Iterator[Dangling]:
    known = sorted((use for use in uses if use.kind), key=lambda use: (str(use.user), use.kind))
    for (_, kind), same in groupby(known, key=lambda use: (str(use.user), use.kind)):
        first, *others = same
        for use in others:
            yield use.user.dangling(
                use.field,
                f"names {use.plugin}, though {first.plugin} is a {kind} too",
                _REFUSED,
                "keep one of the two: Kong runs one plugin of a kind for a request",
            )


def _twice_global(objects: Objects) -> Iterator[Dangling]:
    first: dict[str, Object] = {}
    for plugin in filter(is_global, objects.all(CLUSTER_PLUGIN)):
        kind = text(plugin.content, "plugin")
        if kind and first.setdefault(kind, plugin) is not plugin:
            yield plugin.dangling(
                "metadata.labels['global']",
                f"applies {kind} to every request, and so does {first[kind]}",
                "the controller applies neither of the two",
                "remove one of the two, or its label",
            )


def _secrets(objects: Objects, plugin: Object) -> Iterator[Dangling]:
    patches = [
        (f"{field}.valueFrom", at(patch, "valueFrom")) for field, patch in listed(plugin.content, "configPatches")
    ]
    for field, source in [("configFrom", at(plugin.content, "configFrom")), *patches]:
        name, key = text(source, "secretKeyRef.name"), text(source, "secretKeyRef.key")
        namespace = plugin.namespace or text(source, "secretKeyRef.namespace")
        secret = objects.find(SECRET, namespace, name)
        keys = keys_of_secret(secret) if secret else set()
        if name and namespace and keys is not None and key not in keys:
            yield plugin.dangling(
                f"{field}.secretKeyRef",
                f"names {key!r} of Secret {name!r}, which namespace {namespace} does not have",
                "the controller leaves the plugin out, and requests come through as if there were none",
                "write the Secret's name and one of its keys",
            )


def _class(objects: Objects, user: Object) -> Iterator[Dangling]:
    name = user.annotations.get(CLASS_ANNOTATION, "")
    ignored = f"Kong ignores the {user.kind}"
    if not user.has_annotation(CLASS_ANNOTATION) and not has_default_class(objects):
        remedy = "write the gateway's class, such as 'kong'"
        yield user.dangling(_CLASS_FIELD, "is missing, and no IngressClass is the default", ignored, remedy)
    elif name and objects.find(INGRESS_CLASS, "", name) is None:
        remedy = "write the gateway's class, such as 'kong'"
        yield user.dangling(_CLASS_FIELD, f"names IngressClass {name!r}, which there is not", ignored, remedy)
