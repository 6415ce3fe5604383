"""A place for a team that deploys from a stack of its own: a namespace, and what the platform gives to the team.

Owns the namespace with its limits and policies, and in it the ConfigMap and the Secret that hold what the platform
gives, as environment variables, the network policy that opens the ways to it, and the rights of those who deploy there
with the rules that the namespace is held to then. Does not own what the team deploys, nor the rights of its accounts on
Google Cloud.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform import labels
from web_platform.argument_types import type_fault
from web_platform.component_arguments import checked_component
from web_platform.deployers import account_fault, declare_deployers
from web_platform.errors import Fault, refuse
from web_platform.namespace import Namespace, NamespaceSizeArgs, namespace_faults
from web_platform.order import after
from web_platform.syntax import environment_name_fault, public_host_fault, service_name_fault
from web_platform.tenant_admission import declare_tenant_admission
from web_platform.workloads.configuration import declare_config_map, declare_secret
from web_platform.workloads.network import NetworkPathArgs, network_policy, path_faults

# Name of the policy that opens the ways to what the platform gives.
_PLATFORM = "platform"

# What the namespace alone knows the faults of.
_LIMITS = frozenset({"quota", "largest_memory"})


class TenantArgs(TypedDict):
    """Arguments of `Tenant`."""

    gateway_namespace: Input[str]
    """Namespace of the gateway, which is let in to pods that answer the challenges of Let's Encrypt."""

    quota: NotRequired[NamespaceSizeArgs | None]
    """Most that all its pods together may reserve. Default: no limit."""

    largest_memory: NotRequired[str | None]
    """Most memory that one container may have. Default: no limit."""

    environment: NotRequired[Mapping[str, Input[str]]]
    """Environment variables for its workloads. Default: none."""

    secret_environment: NotRequired[Mapping[str, Input[str]]]
    """Environment variables for its workloads that are secret. Default: none."""

    network_paths: NotRequired[Sequence[NetworkPathArgs]]
    """Where every pod of it may open connections to, beside DNS. Default: nowhere."""

    deployers: NotRequired[Sequence[Input[str]]]
    """E-mail addresses of the Google accounts that deploy the team's stack, such as
    `deploy-orders-prod@acme-platform.iam.gserviceaccount.com`. In the namespace they may make what workloads, plugins
    and consumers are made of, and read what becomes of it; elsewhere in the cluster nothing. The API server then takes
    nothing into the namespace that would pass by the gateway, or claim a host that is not in `hosts`. Default: nobody
    but those who have rights to the whole cluster."""

    hosts: NotRequired[Sequence[Input[str]]]
    """Public hosts that are the team's: with `deployers`, its routes and certificates name no others. `*.` and a domain
    stand for every host one label below it. Default: none."""


class Tenant(pulumi.ComponentResource):
    """A namespace with what the platform gives to a team."""

    namespace: Output[str]
    """Name of the namespace. Known once all of the rest is there."""

    config_map: Output[str]
    """ConfigMap of its environment variables, for `environment_from` of a workload. Another name with each change."""

    secret: Output[str]
    """Secret of its secret environment variables, for the same."""

    def __init__(self, name: str, args: TenantArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("Tenant", name, args, TenantArgs)
        refuse(component, "name", service_name_fault(name))
        for field, fault in tenant_faults(args):
            refuse(component, field, fault)
        paths = args.get("network_paths", [])

        super().__init__("web-platform:index:Tenant", name, None, opts)
        child = ResourceOptions(parent=self)
        namespace = Namespace(
            name,
            {
                "default_deny": True,
                "gateway_namespace": args["gateway_namespace"],
                "quota": args.get("quota"),
                "largest_memory": args.get("largest_memory"),
            },
            child,
        ).namespace
        policy = kubernetes.networking.v1.NetworkPolicy(
            f"{name}-platform",
            metadata={"name": _PLATFORM, "namespace": namespace, "labels": labels.MANAGED},
            spec={**network_policy({}, paths, internet=False), "policyTypes": ["Egress"]},
            opts=child,
        )
        unnamed = {"namespace": namespace, "labels": labels.MANAGED}
        self.config_map = declare_config_map(self, f"{name}-environment", unnamed, args.get("environment", {}))
        self.secret = declare_secret(self, f"{name}-secrets", unnamed, args.get("secret_environment", {}))
        given = [policy, *([self._rights(component, name, namespace, args)] if args.get("deployers") else [])]
        self.namespace = after(namespace, *(each.urn for each in given))
        self.register_outputs({"namespace": self.namespace, "configMap": self.config_map, "secret": self.secret})

    def _rights(self, component: str, name: str, namespace: Input[str], args: TenantArgs) -> pulumi.Resource:
        """Let those who deploy in, once the namespace is held to its rules."""
        called = f"{name}-deployers"
        deployers = _each_checked(component, "deployers", args.get("deployers", []), account_fault)
        hosts = _each_checked(component, "hosts", args.get("hosts", []), public_host_fault)
        kept = (f"{name}-default-deny", f"{name}-challenges", _PLATFORM)
        rules = declare_tenant_admission(self, called, name, hosts, deployers, kept)
        return declare_deployers(self, called, namespace, deployers, rules)


def _each_checked(
    component: str, field: str, values: Sequence[Input[str]], fault: Callable[[str], Fault | None]
) -> list[Output[str]]:
    """The values, each refused by name where it turns out to be wrong once it is known.

    An empty host or `*` would be everybody's, and anybody could be called a deployer.
    """

    def checked(place: str, known: str) -> str:
        refuse(component, place, fault(known) if isinstance(known, str) else type_fault(known, str))
        return known

    return [
        Output.from_input(value).apply(partial(checked, f"{field}[{number}]")) for number, value in enumerate(values)
    ]


def tenant_faults(args: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Find what is wrong with a tenant whose arguments are of the right types."""
    for kind in ("environment", "secret_environment"):
        for variable in args.get(kind, {}):
            if fault := environment_name_fault(variable):
                yield f"{kind} {variable!r}", fault
    yield from namespace_faults({key: args[key] for key in _LIMITS & args.keys()})
    yield from path_faults("network_paths", args.get("network_paths", []))
    for number, account in enumerate(args.get("deployers", [])):
        if isinstance(account, str) and (fault := account_fault(account)):
            yield f"deployers[{number}]", fault
    for number, host in enumerate(args.get("hosts", [])):
        if isinstance(host, str) and (fault := public_host_fault(host)):
            yield f"hosts[{number}]", fault
