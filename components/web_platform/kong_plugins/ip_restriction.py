"""IP restriction: which addresses may call. https://developer.konghq.com/plugins/ip-restriction/."""

import ipaddress
from collections.abc import Sequence
from typing import NotRequired, TypedDict

from web_platform.errors import Fault
from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind, laid_over


class KongIpRestrictionArgs(TypedDict):
    """Fields of the plugin `ip-restriction`. One of the lists is needed."""

    allow: NotRequired[Sequence[str]]
    """Addresses, or ranges of them, that may call, all others not. Default: none."""

    deny: NotRequired[Sequence[str]]
    """Addresses, or ranges of them, that may not call. They go before `allow`. Default: none."""

    status: NotRequired[int]
    """Status of a refusal. Default: 403."""

    message: NotRequired[str]
    """Text of a refusal. Default: Kong's."""


def _faults(config: Config) -> Faults:
    if not config.get("allow") and not config.get("deny"):
        yield checks.required("allow", "so is deny", "name the addresses that may call, or those that may not")
    yield from checks.at_least(config, "status", 100, 599)
    for field in ("allow", "deny"):
        for number, address in enumerate(config.get(field, [])):
            if not _is_address(address):
                yield (
                    f"{field}[{number}]",
                    Fault(
                        f"is {address!r}, which is neither an address nor a range",
                        checks.REFUSED,
                        "write an address, or a range in CIDR notation, such as '203.0.113.0/24'",
                    ),
                )


def _is_address(text: str) -> bool:
    # Python also takes a range with a mask or as '/08', and an address with a zone, which Kong does not.
    prefix = text.partition("/")[2]
    if "%" in text or "." in prefix or (prefix.startswith("0") and prefix != "0"):
        return False
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


IP_RESTRICTION = Kind("ip-restriction", KongIpRestrictionArgs, _faults, laid_over(), fits_everywhere=False)
