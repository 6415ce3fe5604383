"""The address ranges of a network with a private cluster in it, and the rules that they must keep.

Ranges cannot be changed once a cluster uses them, so a mistake costs a new cluster: the faults are found here, before
anything exists.
"""

import itertools
from collections.abc import Mapping
from ipaddress import IPv4Network

from web_platform.errors import Fault

# What the internet never uses: the private ranges of RFC 1918, and the shared ones of RFC 6598.
# https://cloud.google.com/vpc/docs/subnets#valid-ranges
_PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))

# Cloud SQL's machines use this range inside of themselves: whoever has an address in it is never answered.
# https://cloud.google.com/sql/docs/postgres/private-ip#requirements_for_private_ip
_CLOUD_SQL = IPv4Network("172.17.0.0/16")

_CONTROL_PLANE_PREFIX = 28

# Longest prefix, and so the smallest size, of each range; and why.
_SMALLEST: Mapping[str, tuple[int, str]] = {
    # https://cloud.google.com/vpc/docs/subnets#ipv4-ranges
    "node_range": (29, "Google makes no smaller subnet, which has 4 addresses for nodes"),
    # Each node takes twice as many addresses as it may run pods, rounded up to a power of two.
    # https://cloud.google.com/kubernetes-engine/docs/how-to/flexible-pod-cidr
    "pod_range": (24, "each node takes 256 addresses for its pods: not one node could start"),
    # https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#cluster_sizing_secondary_range_svcs
    "service_range": (27, "the cluster's own Services and the platform's would not fit"),
    # https://cloud.google.com/kubernetes-engine/docs/how-to/private-clusters#req_res_lim
    "control_plane_range": (_CONTROL_PLANE_PREFIX, "a control plane takes exactly 16 addresses"),
    # https://cloud.google.com/sql/docs/postgres/private-ip#allocated_range_size
    "private_services_range": (
        24,
        "each of Google's services takes 256 addresses in a region: no database could start",
    ),
}


# The first two and the last two addresses of a subnet: https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet
_RESERVED_ADDRESSES = 4
_POD_ADDRESSES_A_NODE = 256


def ranges_fault(ranges: Mapping[str, str]) -> tuple[str, Fault] | None:
    """Find what is wrong with a network's ranges, and with which of them.

    Args:
        ranges: CIDR by any of `node_range`, `pod_range`, `service_range`, `control_plane_range` and
            `private_services_range`.

    Returns:
        The key of the first range that cannot be used, and why; or None.
    """
    for key, cidr in ranges.items():
        fault = _range_fault(key, cidr)
        if fault is not None:
            return key, fault
    for (key, cidr), (other_key, other) in itertools.combinations(ranges.items(), 2):
        if IPv4Network(cidr).overlaps(IPv4Network(other)):
            return other_key, Fault(
                what=f"is {other}, which overlaps {key} {cidr}",
                danger="two things would have one address, and Google refuses the second after the first exists",
                remedy="give each range addresses of its own",
            )
    return None


def nodes_fault(node_range: str, pod_range: str, nodes: int) -> tuple[str, Fault] | None:
    """Find the range, of two that are right in themselves, in which so many nodes find no place.

    An upgrade needs one node more for a while. Each takes 256 addresses for its pods:
    https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#cluster_sizing_primary_range
    """
    wanted = nodes + 1
    places = {
        "node_range": (node_range, IPv4Network(node_range).num_addresses - _RESERVED_ADDRESSES),
        "pod_range": (pod_range, IPv4Network(pod_range).num_addresses // _POD_ADDRESSES_A_NODE),
    }
    for key, (cidr, room) in places.items():
        if wanted > room:
            return key, Fault(
                what=f"is {cidr}, in which {room} nodes have a place",
                danger=f"of {nodes} nodes and the one that an upgrade adds, some would never come up",
                remedy="write a larger range, or ask for fewer nodes",
            )
    return None


def _range_fault(key: str, cidr: str) -> Fault | None:
    network = _network(cidr)
    if isinstance(network, Fault):
        return network
    if not any(network.subnet_of(block) for block in _PRIVATE):
        return Fault(
            what=f"is {cidr}, which is not private",
            danger="whoever owns these addresses on the internet could not be reached from inside",
            remedy=f"take a part of {', '.join(str(block) for block in _PRIVATE)}",
        )
    if network.overlaps(_CLOUD_SQL):
        return Fault(
            what=f"is {cidr}, which overlaps {_CLOUD_SQL}",
            danger="Cloud SQL uses that range inside of its machines: it would never answer, or never be reached",
            remedy="take other addresses",
        )
    longest, reason = _SMALLEST[key]
    if network.prefixlen > longest:
        return Fault(
            what=f"is {cidr}, which is smaller than /{longest}",
            danger=reason,
            remedy=f"write '{network.network_address}/{longest}'"
            if key == "control_plane_range"
            else f"write a range of /{longest} or larger",
        )
    if key == "control_plane_range" and network.prefixlen != _CONTROL_PLANE_PREFIX:
        return Fault(
            what=f"is {cidr}, which is larger than /{_CONTROL_PLANE_PREFIX}",
            danger=f"{reason}, and Google refuses the cluster",
            remedy=f"write '{network.network_address}/{_CONTROL_PLANE_PREFIX}'",
        )
    return None


def _network(cidr: str) -> IPv4Network | Fault:
    """Read a range as Google does: an address, a slash and a number, with no bits beyond the prefix."""
    try:
        network = IPv4Network(cidr, strict=False)
    except ValueError:
        network = None
    if network is not None and str(network) == cidr:
        return network
    example = network if network is not None and "/" in cidr else "10.0.0.0/22"
    return Fault(
        what=f"is {cidr!r}, which is no range of IPv4 addresses in CIDR notation",
        danger="Google would refuse the network",
        remedy=f"write its first address and the prefix's length, such as '{example}'",
    )
