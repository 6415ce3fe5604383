"""Ranges and addresses of the simulated networks: their syntax, which are taken, and the next that is free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_network
from itertools import islice
from typing import Final

from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Refusal, Resource
from localcloud.providers.google.references import network_id
from localcloud.providers.google.tokens import ADDRESS, GLOBAL_ADDRESS, NETWORK, SUBNETWORK
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

# Addresses for documentation, which lead nowhere: reserved external ones, and those of databases.
# https://www.rfc-editor.org/rfc/rfc5737
EXTERNAL: Final = IPv4Network("203.0.113.0/24")
EXTERNAL_OF_DATABASES: Final = IPv4Network("198.51.100.0/24")

# https://cloud.google.com/vpc/docs/subnets#manually_created_subnet_ip_ranges
_LONGEST_MASK, _SHORTEST_MASK = 29, 4

# https://cloud.google.com/vpc/docs/subnets#prohibited-ipv4-ranges
_PROHIBITED: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "199.36.153.4/30",
            "199.36.153.8/30",
            "224.0.0.0/4",
            "255.255.255.255/32",
        ),
    )
)

# An auto mode network has, or may get, a subnet of every region in it.
# https://cloud.google.com/vpc/docs/subnets#ip-ranges
_AUTO_MODE: Final = IPv4Network("10.128.0.0/9")

# Google chooses "any" private range where only a size is asked for; this is where it is looked for here.
_PRIVATE: Final = IPv4Network("10.0.0.0/8")


@dataclass(frozen=True)
class Taken:
    """A range of a network that has an owner.

    Attributes:
        range: The range.
        conflict: What Google says of another range that overlaps it, with `{}` in the other's place.
    """

    range: IPv4Network
    conflict: str


def range_problems(path: str, value: Property, longest_mask: int = _LONGEST_MASK) -> list[Problem]:
    """What is wrong with an IPv4 range of a network; nothing with what is not given or not yet known.

    Args:
        path: The property, as the problem shows it.
        value: The range in CIDR notation.
        longest_mask: The smallest range that may be. Default: /29, eight addresses.
    """
    if not isinstance(value, str):
        return []
    try:
        found = IPv4Network(value)
    except ValueError:
        return [Problem(path, f"is {value!r}, which is not a range in CIDR notation: {_corrected(value)}")]
    if not _SHORTEST_MASK <= found.prefixlen <= longest_mask:
        size = "too small" if found.prefixlen > longest_mask else "too large"
        return [Problem(path, f"is {value}, which is {size}: use a mask from /{_SHORTEST_MASK} to /{longest_mask}")]
    for prohibited in _PROHIBITED:
        if found.overlaps(prohibited):
            return [Problem(path, f"is {value}, but Google does not allow {prohibited}: use a private range")]
    return []


def address_problems(path: str, value: Property) -> list[Problem]:
    """What is wrong with a single IPv4 address; nothing with what is not given or not yet known."""
    if not isinstance(value, str):
        return []
    try:
        IPv4Address(value)
    except ValueError:
        return [Problem(path, f"is {value!r}, which is not an IPv4 address: write it as '10.0.0.5'")]
    return []


def any_range_problems(path: str, value: Property) -> list[Problem]:
    """What is wrong with a range that need not be a network's own, such as 0.0.0.0/0 or a single address."""
    if not isinstance(value, str):
        return []
    try:
        ip_network(value)
    except ValueError:
        return [Problem(path, f"is {value!r}, which is not a range in CIDR notation: write it as '10.0.0.0/20'")]
    return []


def overlap_problems(ranges: Sequence[tuple[str, Property]]) -> list[Problem]:
    """Which of several ranges, by the path of each, overlaps one before it. Those that cannot be read are left out."""
    known = [(path, found) for path, value in ranges if (found := _network(value)) is not None]
    return [
        Problem(path, f"is {found}, which overlaps {other_path} ({other}): choose a range apart from it")
        for index, (path, found) in enumerate(known)
        for other_path, other in known[:index]
        if found.overlaps(other)
    ]


def taken(cloud: Cloud, network: str, besides: str = "") -> list[Taken]:
    """The ranges that are in use in a network.

    Args:
        cloud: The cloud.
        network: Id of the network.
        besides: Id of a resource whose ranges do not count, because they are about to change.
    """
    found = []
    for subnetwork in cloud.find(SUBNETWORK):
        if subnetwork.id != besides and _is_in(subnetwork, network):
            name, region = subnetwork.state["name"], subnetwork.state["region"]
            conflict = f"Invalid IPCidrRange: {{}} conflicts with existing subnetwork '{name}' in region '{region}'."
            found += [Taken(each, conflict) for each in subnetwork_ranges(subnetwork)]
    for address in cloud.find(GLOBAL_ADDRESS, purpose="VPC_PEERING"):
        if address.id != besides and _is_in(address, network):
            allocated = allocated_range(address)
            conflict = f"Invalid IP CIDR range: {{}} conflicts with IP range {allocated} that was allocated by resource"
            found.append(Taken(allocated, f"{conflict} {address.id}."))
    owner = cloud.get(NETWORK, network)
    if owner is not None and owner.state.get("autoCreateSubnetworks"):
        conflict = f"Extended subnetworks in auto subnet mode networks cannot overlap with {_AUTO_MODE}."
        found.append(Taken(_AUTO_MODE, conflict))
    return found


def require_free(field: str, wanted: IPv4Network, ranges: Iterable[Taken]) -> None:
    """Refuses a range that overlaps one which is taken.

    Raises:
        Refusal: It does.
    """
    for each in ranges:
        if wanted.overlaps(each.range):
            raise Refusal(
                400,
                f"Invalid value for field 'resource.{field}': '{wanted}'. {each.conflict.format(wanted)}, invalid",
                "two parts of one network would have the same addresses",
                f"choose a range that does not overlap {each.range}",
            )


def free_range(mask: int, ranges: Sequence[Taken]) -> IPv4Network:
    """The first private range of a size that overlaps none which is taken.

    Raises:
        Refusal: There is none.
    """
    candidate = int(_PRIVATE.network_address)
    while candidate <= int(_PRIVATE.broadcast_address):
        wanted = IPv4Network((candidate, mask))
        # The end of what is in the way, so that a crowded network is not searched range by range.
        ends = [int(each.range.broadcast_address) for each in ranges if wanted.overlaps(each.range)]
        if not ends and wanted.subnet_of(_PRIVATE):
            return wanted
        step = max([*ends, int(wanted.broadcast_address)]) + 1
        candidate = -(-step // wanted.num_addresses) * wanted.num_addresses
    raise Refusal(
        400,
        f"no range of size /{mask} is free in the network, RANGES_EXHAUSTED",
        "no range can be reserved for the services",
        "ask for a smaller range (a larger prefixLength), or free one",
    )


def free_address(pool: IPv4Network, used: Iterable[Property], skip: int = 0) -> str:
    """The first address of a pool that is not used.

    Args:
        pool: Where to look.
        used: Addresses in use.
        skip: How many of the first hosts are never given out.

    Raises:
        Refusal: There is none.
    """
    gone = set(used)
    for host in islice(pool.hosts(), skip, None):
        if str(host) not in gone:
            return str(host)
    raise Refusal(
        400,
        f"IP space of {pool} is exhausted, IP_SPACE_EXHAUSTED",
        "the resource gets no address",
        "delete addresses that nobody needs, or use a larger range",
    )


def external_address(cloud: Cloud) -> str:
    """The first external address that nobody has reserved."""
    return free_address(EXTERNAL, reserved_addresses(cloud))


def reserved_addresses(cloud: Cloud) -> set[Property]:
    """Every address, and every range's first one, that is reserved."""
    return {each.state.get("address") for type_ in (ADDRESS, GLOBAL_ADDRESS) for each in cloud.find(type_)}


def subnetwork_ranges(subnetwork: Resource) -> list[IPv4Network]:
    """The primary and the secondary ranges of a subnetwork."""
    secondary = [each.get("ipCidrRange") for each in subnetwork.state.get("secondaryIpRanges") or []]
    values = [subnetwork.state.get("ipCidrRange"), *secondary]
    return [IPv4Network(each) for each in values if each]


def allocated_range(address: Resource) -> IPv4Network:
    """The range that a global address of purpose VPC_PEERING reserves."""
    return IPv4Network((address.state["address"], int(address.state["prefixLength"])))


def usable(range_: IPv4Network, address: str) -> bool:
    """Whether an address of a subnetwork's primary range can be given out; the first two and last two are Google's.

    https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet
    """
    offset = int(IPv4Address(address)) - int(range_.network_address)
    return 2 <= offset < range_.num_addresses - 2


def _is_in(resource: Resource, network: str) -> bool:
    reference = resource.state.get("network")
    return reference is not None and network_id(reference, resource.state["project"]) == network


def _network(value: Property) -> IPv4Network | None:
    try:
        return IPv4Network(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _corrected(value: str) -> str:
    try:
        return f"write {str(IPv4Network(value, strict=False))!r}, which begins at the range's first address"
    except ValueError:
        return "write it as '10.0.0.0/20'"
