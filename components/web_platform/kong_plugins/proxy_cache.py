"""Proxy cache: answers are kept and given again. https://developer.konghq.com/plugins/proxy-cache/."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from web_platform.errors import Fault
from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind, laid_over

_METHODS = ("HEAD", "GET", "POST", "PATCH", "PUT")


class KongProxyCacheArgs(TypedDict):
    """Fields of the plugin `proxy-cache`.

    Each proxy has a cache of its own, in memory: without a database, Kong knows no other.
    """

    cache_ttl: NotRequired[int]
    """How many seconds an answer is kept. Default: 300."""

    cache_control: NotRequired[bool]
    """Whether the service's `Cache-Control` is heeded. Default: true, which is not Kong's: what a service marks as
    private would be given to everyone."""

    request_method: NotRequired[Sequence[str]]
    """Methods whose answers are kept. Default: GET and HEAD."""

    response_code: NotRequired[Sequence[int]]
    """Statuses of answers that are kept. Default: 200, 301 and 404."""

    content_type: NotRequired[Sequence[str]]
    """Types of answers that are kept, each as the service writes it, parameters included. Default: `text/plain` and
    `application/json`."""

    vary_headers: NotRequired[Sequence[str]]
    """Headers of a request by which answers differ. Default: `Accept-Encoding`, `Authorization` and `Cookie`, so that
    nobody is given what was meant for another. Consumers never share an answer."""

    vary_query_params: NotRequired[Sequence[str]]
    """Parameters by which answers differ. Default: all."""

    ignore_uri_case: NotRequired[bool]
    """Whether upper and lower case in addresses are one. Default: false."""

    storage_ttl: NotRequired[int]
    """How many seconds an answer stays in memory, at most. Default: as long as it is good."""


def _faults(config: Config) -> Faults:
    yield from checks.at_least(config, "cache_ttl", 1)
    yield from checks.at_least(config, "storage_ttl", 1)
    yield from checks.one_of(config, "request_method", _METHODS)
    yield from checks.at_least(config, "response_code", 100, 900)
    yield from checks.headers(config, "vary_headers")
    for field in ("response_code", "request_method", "content_type"):
        if field in config and not config[field]:
            yield field, Fault("is empty", "no answer would be kept", "name at least one, or leave it out")


PROXY_CACHE = Kind(
    "proxy-cache",
    KongProxyCacheArgs,
    _faults,
    laid_over(
        strategy="memory",
        cache_control=True,
        vary_headers=["Accept-Encoding", "Authorization", "Cookie"],
    ),
)
