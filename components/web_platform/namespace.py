"""A namespace that says which pods it admits, and who may connect to them.

Owns the namespace, its Pod Security labels, and the network policy that closes it. Does not own quotas, what lives
inside, or where that may connect to.
"""

from collections.abc import Sequence
from enum import Enum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform.errors import Fault, check_keys, chosen, refuse
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

    admits_from: NotRequired[Sequence[Input[str]] | None]
    """Namespaces whose pods may connect to the pods in this one, beside its own: the gateway's, for pods that it sends
    requests to, those among them that answer the challenges of Let's Encrypt. Default: every namespace."""


class Namespace(pulumi.ComponentResource):
    """A namespace whose pods must meet a Pod Security Standard."""

    namespace: Output[str]
    """Name of the namespace. Resources that use it are created after it."""

    def __init__(self, name: str, args: NamespaceArgs, opts: ResourceOptions | None = None) -> None:
        component = f"Namespace {name!r}"
        check_keys(component, args, NamespaceArgs)
        refuse(component, "name", namespace_fault(name))
        standard = chosen(
            component, "pod_security", args.get("pod_security", PodSecurity.RESTRICTED), PodSecurity, _NO_STANDARD
        )

        super().__init__("web-platform:index:Namespace", name, None, opts)
        namespace = kubernetes.core.v1.Namespace(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=name, labels=pod_security_labels(standard)),
            opts=ResourceOptions(parent=self),
        )
        self.namespace = namespace.metadata.apply(lambda metadata: metadata.name or name)
        admitted = args.get("admits_from")
        if admitted is not None:
            kubernetes.networking.v1.NetworkPolicy(
                f"{name}-ingress",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(name=f"{name}-ingress", namespace=self.namespace),
                spec=_admission(admitted),
                opts=ResourceOptions(parent=self),
            )
        self.register_outputs({"namespace": self.namespace})


def _admission(namespaces: Sequence[Input[str]]) -> kubernetes.networking.v1.NetworkPolicySpecArgs:
    """Let pods of these namespaces connect to any pod, and pods of the same one; nobody else."""
    network, selector = kubernetes.networking.v1, kubernetes.meta.v1.LabelSelectorArgs
    # Every namespace has its name as a label, which nobody can change.
    # https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name
    others = [
        network.NetworkPolicyPeerArgs(namespace_selector=selector(match_labels={"kubernetes.io/metadata.name": each}))
        for each in namespaces
    ]
    own = network.NetworkPolicyPeerArgs(pod_selector=selector())
    return network.NetworkPolicySpecArgs(
        pod_selector=selector(),
        policy_types=["Ingress"],
        ingress=[network.NetworkPolicyIngressRuleArgs(from_=[own, *others])],
    )


def pod_security_labels(standard: PodSecurity) -> dict[str, str]:
    """Labels that enforce a standard, and warn of what the strictest one would refuse."""
    prefix = "pod-security.kubernetes.io"
    return {
        f"{prefix}/enforce": standard.value,
        f"{prefix}/audit": PodSecurity.RESTRICTED.value,
        f"{prefix}/warn": PodSecurity.RESTRICTED.value,
        "app.kubernetes.io/managed-by": "pulumi",
    }


_NO_STANDARD = Fault(
    what="which is no Pod Security Standard",
    danger="the API server would refuse the namespace, and everything in it would have no place",
    remedy="pass one of",
)
