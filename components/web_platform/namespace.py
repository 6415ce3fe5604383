"""A namespace that says which pods it admits.

Owns the namespace and its Pod Security labels. Does not own quotas, network policies or what lives inside.
"""

from enum import Enum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from web_platform.errors import ArgumentError, Fault, check_keys, refuse
from web_platform.syntax import namespace_fault


class PodSecurity(Enum):
    """A Pod Security Standard of Kubernetes."""

    RESTRICTED = "restricted"
    """Pods without root, without capabilities and with a seccomp profile. What every pod should manage with."""

    BASELINE = "baseline"
    """Pods without known ways to gain privileges. For charts whose containers run as root."""

    PRIVILEGED = "privileged"
    """Any pod. For agents that must see the node itself."""


class NamespaceArgs(TypedDict):
    """Arguments of `Namespace`."""

    pod_security: NotRequired[PodSecurity]
    """Standard that pods must meet to be admitted. Default: restricted."""


class Namespace(pulumi.ComponentResource):
    """A namespace whose pods must meet a Pod Security Standard."""

    namespace: Output[str]
    """Name of the namespace. Resources that use it are created after it."""

    def __init__(self, name: str, args: NamespaceArgs, opts: ResourceOptions | None = None) -> None:
        component = f"Namespace {name!r}"
        check_keys(component, args, NamespaceArgs)
        refuse(component, "name", namespace_fault(name))
        standard = _pod_security(component, args.get("pod_security", PodSecurity.RESTRICTED))

        super().__init__("web-platform:index:Namespace", name, None, opts)
        namespace = kubernetes.core.v1.Namespace(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=name, labels=pod_security_labels(standard)),
            opts=ResourceOptions(parent=self),
        )
        self.namespace = namespace.metadata.apply(lambda metadata: metadata.name or name)
        self.register_outputs({"namespace": self.namespace})


def pod_security_labels(standard: PodSecurity) -> dict[str, str]:
    """Labels that enforce a standard, and warn of what the strictest one would refuse."""
    prefix = "pod-security.kubernetes.io"
    return {
        f"{prefix}/enforce": standard.value,
        f"{prefix}/audit": PodSecurity.RESTRICTED.value,
        f"{prefix}/warn": PodSecurity.RESTRICTED.value,
        "app.kubernetes.io/managed-by": "pulumi",
    }


def _pod_security(component: str, given: PodSecurity | str) -> PodSecurity:
    # It arrives as its value when the component is used from another language.
    try:
        return PodSecurity(given)
    except ValueError:
        fault = Fault(
            what=f"is {given!r}, which is no Pod Security Standard",
            danger="the API server would refuse the namespace, and everything in it would have no place",
            remedy=f"pass one of: {', '.join(str(standard) for standard in PodSecurity)}",
        )
        raise ArgumentError(component, "pod_security", fault) from None
