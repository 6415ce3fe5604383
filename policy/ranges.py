"""How much of the internet ranges of addresses let in."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

# Nobody comes from these over the internet.
_PRIVATE = [
    ip_network("10.0.0.0/8"),
    ip_network("100.64.0.0/10"),
    ip_network("127.0.0.0/8"),
    ip_network("169.254.0.0/16"),
    ip_network("172.16.0.0/12"),
    ip_network("192.168.0.0/16"),
    ip_network("fc00::/7"),
    ip_network("fe80::/10"),
]

# More than one of 256, or of 65536, is nobody in particular: 256 ranges of that size are everybody.
_WIDEST = {4: 8, 6: 16}


def wide_ranges(ranges: Iterable[object]) -> Iterator[str]:
    """What of some ranges lets in nobody in particular, as phrases: one that is wide, or all of them together."""
    public = list(_public(ranges))
    wide = [each for each in public if each.prefixlen < _WIDEST[each.version]]
    yield from (f"has {each}" for each in wide)
    for version, widest in _WIDEST.items() if not wide else ():
        narrow = [each for each in public if each.version == version]
        sizes = [each.num_addresses for each in collapse_addresses(narrow)]  # type: ignore[type-var]
        if sum(sizes) > 2 ** (narrow[0].max_prefixlen - widest if narrow else 0):
            yield f"has {len(narrow)} ranges that are wider than a /{widest} together"


def _public(ranges: Iterable[object]) -> Iterator[IPv4Network | IPv6Network]:
    for each in ranges:
        try:
            network = ip_network(each, strict=False) if isinstance(each, str) else None
        except ValueError:
            continue  # Google refuses it.
        if network and not any(network.version == known.version and network.subnet_of(known) for known in _PRIVATE):  # type: ignore[arg-type]
            yield network
