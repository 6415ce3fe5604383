"""Correlation id: a request has a number that logs everywhere name.

https://developer.konghq.com/plugins/correlation-id/.
"""

from typing import NotRequired, TypedDict

from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind, laid_over


class KongCorrelationIdArgs(TypedDict):
    """Fields of the plugin `correlation-id`."""

    header_name: NotRequired[str]
    """Header that holds it. A caller's own is kept. Default: `X-Request-ID`, which is not Kong's but most programs'."""

    generator: NotRequired[str]
    """What it is: `uuid`, `uuid#counter` or `tracker`. Default: uuid, since it fits into any log."""

    echo_downstream: NotRequired[bool]
    """Whether callers are told it. Default: true, which is not Kong's: so they can say which request went wrong."""


def _faults(config: Config) -> Faults:
    yield from checks.headers(config, "header_name")
    yield from checks.one_of(config, "generator", ("uuid", "uuid#counter", "tracker"))


CORRELATION_ID = Kind(
    "correlation-id",
    KongCorrelationIdArgs,
    _faults,
    laid_over(header_name="X-Request-ID", generator="uuid", echo_downstream=True),
)
