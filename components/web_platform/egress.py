"""Where a service's pods may connect to: what every service needs, and the paths that are named.

A network policy, since a service that is broken into should not reach whatever the network reaches. Answers to
requests need no path: policies judge who opens a connection.
"""

import ipaddress
from collections.abc import Sequence
from typing import TypedDict

import pulumi_kubernetes as kubernetes
from pulumi import Input

from web_platform.errors import Fault

# Where DNS is served outside of pods: by the cache on each node of GKE, and by Cloud DNS through the metadata server's
# address. Elsewhere nobody has these link-local addresses.
# https://cloud.google.com/kubernetes-engine/docs/how-to/nodelocal-dns-cache
# https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-dns
_NODE_RESOLVERS = ("169.254.20.10/32", "169.254.169.254/32")

_ANYWHERE = "0.0.0.0/0"


class NetworkPathArgs(TypedDict):
    """A way out of a service's pods, over TCP."""

    cidr: Input[str]
    """Addresses that it leads to, such as `10.16.0.3/32`."""

    port: int
    """Port that it leads to."""


def egress_policy(
    labels: dict[str, str], paths: Sequence[NetworkPathArgs]
) -> kubernetes.networking.v1.NetworkPolicySpecArgs:
    """Let pods with these labels open connections to the cluster's pods, to DNS, to HTTPS anywhere and to `paths`."""
    network = kubernetes.networking.v1
    return network.NetworkPolicySpecArgs(
        pod_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=labels),
        policy_types=["Egress"],
        egress=[
            # Any pod, the cluster's own DNS among them: who may call a service is for that service to say.
            network.NetworkPolicyEgressRuleArgs(
                to=[network.NetworkPolicyPeerArgs(namespace_selector=kubernetes.meta.v1.LabelSelectorArgs())]
            ),
            network.NetworkPolicyEgressRuleArgs(
                to=[_block(cidr) for cidr in _NODE_RESOLVERS],
                ports=[_port(53, "UDP"), _port(53, "TCP")],
            ),
            # APIs of Google and of others are HTTPS, and have addresses that nobody can list.
            network.NetworkPolicyEgressRuleArgs(to=[_block(_ANYWHERE)], ports=[_port(443, "TCP")]),
            *(
                network.NetworkPolicyEgressRuleArgs(to=[_block(path["cidr"])], ports=[_port(int(path["port"]), "TCP")])
                for path in paths
            ),
        ],
    )


def cidr_fault(cidr: str) -> Fault | None:
    """Addresses are an IPv4 network in CIDR notation, without bits beside its mask."""
    try:
        ipaddress.IPv4Network(cidr)
    except ValueError:
        pass
    else:
        if "/" in cidr:
            return None
    return Fault(
        what=f"is {cidr!r}, which is no range of IPv4 addresses",
        danger="the API server would refuse the network policy, or pods would reach other addresses than are meant",
        remedy="write an address and the length of its mask, such as '10.16.0.3/32' for one address",
    )


def _block(cidr: Input[str]) -> kubernetes.networking.v1.NetworkPolicyPeerArgs:
    return kubernetes.networking.v1.NetworkPolicyPeerArgs(ip_block=kubernetes.networking.v1.IPBlockArgs(cidr=cidr))


def _port(port: int, protocol: str) -> kubernetes.networking.v1.NetworkPolicyPortArgs:
    return kubernetes.networking.v1.NetworkPolicyPortArgs(port=port, protocol=protocol)
