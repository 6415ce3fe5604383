"""A namespace that says which pods it admits, and who may connect to them.

Owns the namespace, its Pod Security labels, the network policies that close it, its quota and its limits. Does not own
what lives inside, nor the policies that say what of it may connect to what.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, chosen, refuse
from web_platform.labels import MANAGED
from web_platform.order import after
from web_platform.syntax import cpu_fault, memory_fault, namespace_fault, quantity_of
from web_platform.whole_numbers import range_fault
from web_platform.workloads.network import admission_policy, default_deny_policy

# https://cert-manager.io/docs/configuration/acme/http01/
_SOLVER = {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}}
_SOLVER_PORT = 8089

# For containers that do not say what they need.
_UNSAID = {"cpu": "50m", "memory": "128Mi"}


class PodSecurity(Enum):
    """A Pod Security Standard of Kubernetes."""

    RESTRICTED = "restricted"
    """Pods without root, without capabilities and with a seccomp profile. What every pod should manage with."""

    BASELINE = "baseline"
    """Pods without known ways to gain privileges. For charts whose containers run as root."""

    PRIVILEGED = "privileged"
    """Any pod. For agents that must see the node itself."""


class NamespaceSizeArgs(TypedDict):
    """An amount of CPU and memory."""

    cpu: str
    """CPU that is reserved: cores, or thousandths of one, such as `3920m`."""

    memory: str
    """Memory that is reserved: bytes with a unit, such as `13Gi`."""


class NamespaceArgs(TypedDict):
    """Arguments of `Namespace`."""

    pod_security: NotRequired[PodSecurity]
    """Standard that pods must meet to be admitted. Default: restricted."""

    default_deny: NotRequired[bool]
    """Whether no pod in it may be connected to or connect to anything, but as policies for it say. Default: false."""

    gateway_namespace: NotRequired[Input[str] | None]
    """Namespace of the gateway, which is let in to pods that answer the challenges of Let's Encrypt. Default: with
    `default_deny`, nobody is."""

    quota: NotRequired[NamespaceSizeArgs | None]
    """Most that all its pods together may reserve. Default: no limit."""

    maximum_pods: NotRequired[int | None]
    """Most pods that it may have. Default: no limit."""

    largest_memory: NotRequired[str | None]
    """Most memory that one container may have, such as what a node has. With it, containers that do not say what they
    need have 50m of CPU and 128Mi of memory. Default: no limit."""


class Namespace(pulumi.ComponentResource):
    """A namespace whose pods must meet a Pod Security Standard."""

    namespace: Output[str]
    """Name of the namespace. Resources that use it are created after it."""

    def __init__(self, name: str, args: NamespaceArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("Namespace", name, args, NamespaceArgs)
        refuse(component, "name", namespace_fault(name))
        standard = chosen(
            component, "pod_security", args.get("pod_security", PodSecurity.RESTRICTED), PodSecurity, _NO_STANDARD
        )
        for field, fault in namespace_faults(args):
            refuse(component, field, fault)

        super().__init__("web-platform:index:Namespace", name, None, opts)
        namespace = kubernetes.core.v1.Namespace(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=name, labels=pod_security_labels(standard)),
            opts=ResourceOptions(parent=self),
        )
        made = namespace.metadata.apply(lambda metadata: metadata.name or name)
        closing = self._policies(name, made, args) if args.get("default_deny", False) else []
        # Known once it is closed, and once it has its limits: nothing is in it before.
        closing += self._limits(name, made, args)
        self.namespace = after(made, *(each.urn for each in closing))
        self.register_outputs({"namespace": self.namespace})

    def _policies(self, name: str, namespace: Output[str], args: NamespaceArgs) -> list[pulumi.Resource]:
        def policy(suffix: str, spec: Mapping[str, Any]) -> pulumi.Resource:
            return kubernetes.networking.v1.NetworkPolicy(
                f"{name}-{suffix}",
                metadata={"name": f"{name}-{suffix}", "namespace": namespace},
                spec=spec,
                opts=ResourceOptions(parent=self),
            )

        closed = policy("default-deny", default_deny_policy())
        gateway = args.get("gateway_namespace")
        if gateway is None:
            return [closed]
        return [closed, policy("challenges", admission_policy(_SOLVER, {"namespace": gateway}, _SOLVER_PORT))]

    def _limits(self, name: str, namespace: Output[str], args: NamespaceArgs) -> list[pulumi.Resource]:
        core, child, made = kubernetes.core.v1, ResourceOptions(parent=self), list[pulumi.Resource]()
        metadata = {"name": name, "namespace": namespace}
        quota, pods, largest = args.get("quota"), args.get("maximum_pods"), args.get("largest_memory")
        hard = {} if quota is None else {"requests.cpu": quota["cpu"], "requests.memory": quota["memory"]}
        hard |= {} if pods is None else {"pods": str(int(pods))}
        if hard:
            made.append(core.ResourceQuota(f"{name}-quota", metadata=metadata, spec={"hard": hard}, opts=child))
        if largest is not None:
            memory = min(_UNSAID["memory"], largest, key=lambda size: quantity_of(size) or 0)
            limit = {
                "type": "Container",
                "max": {"memory": largest},
                "defaultRequest": {**_UNSAID, "memory": memory},
                "default": {"memory": memory},
            }
            limits = {"limits": [limit]}
            made.append(core.LimitRange(f"{name}-limits", metadata=metadata, spec=limits, opts=child))
        return made


def namespace_faults(args: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Find what is wrong with a namespace whose arguments are of the right types."""
    if args.get("gateway_namespace") is not None and not args.get("default_deny", False):
        yield "gateway_namespace", _OPEN
    quota, largest = args.get("quota") or {}, args.get("largest_memory")
    checks = {
        "quota.cpu": cpu_fault(quota["cpu"]) if quota else None,
        "quota.memory": memory_fault(quota["memory"]) if quota else None,
        "largest_memory": memory_fault(largest) if largest is not None else None,
    }
    yield from ((field, fault) for field, fault in checks.items() if fault)
    pods = args.get("maximum_pods")
    if pods is not None and (fault := range_fault(int(pods), 1, 10_000, "nothing could run in it")):
        yield "maximum_pods", fault


def pod_security_labels(standard: PodSecurity) -> dict[str, str]:
    """Labels that enforce a standard, and warn of what the strictest one would refuse."""
    prefix = "pod-security.kubernetes.io"
    return {
        f"{prefix}/enforce": standard.value,
        f"{prefix}/audit": PodSecurity.RESTRICTED.value,
        f"{prefix}/warn": PodSecurity.RESTRICTED.value,
        **MANAGED,
    }


_OPEN = Fault(
    what="is given, though default_deny is not",
    danger="everybody is let in, and who reads it would think otherwise",
    remedy="set default_deny to true, or leave it out",
)

_NO_STANDARD = Fault(
    what="which is no Pod Security Standard",
    danger="the API server would refuse the namespace, and everything in it would have no place",
    remedy="pass one of",
)
