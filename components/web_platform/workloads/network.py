"""Who may connect to a workload's pods, and where these may connect to: nobody and nowhere, beside what is named.

A network policy, since whoever breaks into one service should not reach whatever the network reaches. Answers to
requests need no path: policies judge who opens a connection.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from pulumi import Input

from web_platform import labels
from web_platform.errors import Fault
from web_platform.syntax import namespace_fault, service_name_fault
from web_platform.whole_numbers import range_fault

# Where DNS is served outside of pods: by the cache on each node of GKE, and by Cloud DNS through the metadata server's
# address. Elsewhere nobody has these link-local addresses.
# https://cloud.google.com/kubernetes-engine/docs/how-to/nodelocal-dns-cache
# https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-dns
_NODE_RESOLVERS = ("169.254.20.10/32", "169.254.169.254/32")

_ANYWHERE = "0.0.0.0/0"
_HTTPS = 443
_DNS = 53


class NetworkPathArgs(TypedDict):
    """A way out of a workload's pods, over TCP: to a range of addresses, or to pods."""

    cidr: NotRequired[Input[str] | None]
    """Addresses that it leads to, such as `10.16.0.3/32`. Required unless there is a `namespace`."""

    namespace: NotRequired[Input[str] | None]
    """Namespace of the pods that it leads to. Required unless there is a `cidr`."""

    workload: NotRequired[str | None]
    """Name of the workload whose pods it leads to. Default: every pod of the namespace."""

    port: NotRequired[int | None]
    """Port that it leads to. Required with a `cidr`. Default: those that the workload itself opens."""


class NetworkPeerArgs(TypedDict):
    """Pods that may connect to a workload."""

    namespace: Input[str]
    """Namespace of the pods."""

    workload: NotRequired[str | None]
    """Name of their workload. Default: every pod of the namespace."""


def network_policy(
    selector: Mapping[str, Any],
    paths: Sequence[NetworkPathArgs],
    *,
    internet: bool,
    callers: Sequence[NetworkPeerArgs] = (),
    port: int | None = None,
) -> dict[str, Any]:
    """Let the selected pods be reached by `callers` on `port`, and reach DNS, `paths` and maybe HTTPS anywhere."""
    ingress = [{"from": [_pods(peer) for peer in callers], "ports": [_port(port, "TCP")]}] if callers and port else []
    return {
        "podSelector": selector,
        "policyTypes": ["Ingress", "Egress"],
        "ingress": ingress,
        "egress": [
            {
                "to": [_namespace("kube-system"), *(_block(cidr) for cidr in _NODE_RESOLVERS)],
                "ports": [_port(_DNS, "UDP"), _port(_DNS, "TCP")],
            },
            # APIs of Google and of others are HTTPS, and have addresses that nobody can list.
            *([{"to": [_block(_ANYWHERE)], "ports": [_port(_HTTPS, "TCP")]}] if internet else []),
            *(_way(path) for path in paths),
        ],
    }


def default_deny_policy() -> dict[str, Any]:
    """Let no pod of a namespace be reached or reach anything, beside what further policies say."""
    return {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def admission_policy(selector: Mapping[str, Any], peer: NetworkPeerArgs, port: int) -> dict[str, Any]:
    """Let the selected pods be reached by others on one port."""
    return {
        "podSelector": selector,
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [_pods(peer)], "ports": [_port(port, "TCP")]}],
    }


def path_faults(field: str, paths: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Fault]]:
    """Find what is wrong with ways out of pods."""
    for number, path in enumerate(paths):
        inside = f"{field}[{number}]"
        cidr, namespace, port = path.get("cidr"), path.get("namespace"), path.get("port")
        if (cidr is None) == (namespace is None):
            yield f"{inside}.cidr", _NO_PLACE if cidr is None else _TWO_PLACES
        elif cidr is not None and port is None:
            yield f"{inside}.port", _NO_PORT
        elif cidr is not None and path.get("workload") is not None:
            yield f"{inside}.workload", _TWO_PLACES
        if isinstance(cidr, str) and (fault := cidr_fault(cidr)):
            yield f"{inside}.cidr", fault
        if port is not None and (fault := range_fault(int(port), 1, 65535, "nothing could be reached by it")):
            yield f"{inside}.port", fault
        yield from _pods_faults(inside, path)


def peer_faults(field: str, peers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Fault]]:
    """Find what is wrong with who may connect."""
    for number, peer in enumerate(peers):
        yield from _pods_faults(f"{field}[{number}]", peer)


def _pods_faults(inside: str, place: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    namespace, workload = place.get("namespace"), place.get("workload")
    if isinstance(namespace, str) and (fault := namespace_fault(namespace)):
        yield f"{inside}.namespace", fault
    if workload is not None and (fault := service_name_fault(workload)):
        yield f"{inside}.workload", fault


def cidr_fault(cidr: str) -> Fault | None:
    """Addresses are an IPv4 network in CIDR notation, without bits beside its mask."""
    try:
        ipaddress.IPv4Network(cidr)
    except ValueError:
        pass
    else:
        if cidr.partition("/")[2].isdecimal():
            return None
    return Fault(
        what=f"is {cidr!r}, which is no range of IPv4 addresses",
        danger="the API server would refuse the network policy, or pods would reach other addresses than are meant",
        remedy="write an address and the length of its mask, such as '10.16.0.3/32' for one address",
    )


def _way(path: NetworkPathArgs) -> dict[str, Any]:
    cidr, namespace, port = path.get("cidr"), path.get("namespace"), path.get("port")
    if namespace is None:
        to = _block("" if cidr is None else cidr)
    else:
        to = _pods({"namespace": namespace, "workload": path.get("workload")})
    return {"to": [to]} if port is None else {"to": [to], "ports": [_port(int(port), "TCP")]}


def _pods(peer: NetworkPeerArgs) -> dict[str, Any]:
    workload = peer.get("workload")
    selected = {} if workload is None else {"podSelector": {"matchLabels": {labels.NAME: workload}}}
    return _namespace(peer["namespace"]) | selected


def _namespace(name: Input[str]) -> dict[str, Any]:
    # Every namespace has its name as a label, which nobody can change.
    # https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _block(cidr: Input[str]) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr}}


def _port(port: int | None, protocol: str) -> dict[str, Any]:
    return {"port": port, "protocol": protocol}


_NO_PLACE = Fault(
    what="is missing, and so is namespace",
    danger="the way would lead nowhere, or everywhere",
    remedy="pass the range of addresses that it leads to, or the namespace of the pods",
)

_TWO_PLACES = Fault(
    what="is given beside another place that the way leads to",
    danger="one of the two would be ignored",
    remedy="pass cidr for addresses, or namespace and workload for pods, in ways of their own",
)

_NO_PORT = Fault(
    what="is missing",
    danger="every port of these addresses could be reached",
    remedy="pass the port that it leads to",
)
