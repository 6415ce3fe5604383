"""Request size limiting: how large a request's body may be.

https://developer.konghq.com/plugins/request-size-limiting/.
"""

from typing import NotRequired, TypedDict

from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind, laid_over


class KongRequestSizeLimitingArgs(TypedDict):
    """Fields of the plugin `request-size-limiting`. The gateway's own limit holds beside it."""

    allowed_payload_size: int
    """Size of the largest body that is let through."""

    size_unit: NotRequired[str]
    """Unit of it: `megabytes`, `kilobytes` or `bytes`. Default: megabytes."""

    require_content_length: NotRequired[bool]
    """Whether requests must say how large they are. Default: false; larger ones are then found out while they come."""


def _faults(config: Config) -> Faults:
    yield from checks.at_least(config, "allowed_payload_size", 1)
    yield from checks.one_of(config, "size_unit", ("megabytes", "kilobytes", "bytes"))


REQUEST_SIZE_LIMITING = Kind("request-size-limiting", KongRequestSizeLimitingArgs, _faults, laid_over())
