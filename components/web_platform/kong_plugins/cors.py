"""CORS: which pages of other origins may call a service from a browser. https://developer.konghq.com/plugins/cors/."""

import re
from collections.abc import Sequence
from typing import NotRequired, TypedDict

from web_platform.errors import Fault
from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind, laid_over

_METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT")

# What Kong compares as text; anything else it reads as a regular expression.
_PLAIN = re.compile(r"[A-Za-z0-9.:/-]+")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?", re.ASCII)


class KongCorsArgs(TypedDict):
    """Fields of the plugin `cors`."""

    origins: Sequence[str]
    """Origins whose pages may call, such as `https://shop.example.com`; what has other characters than an origin is a
    regular expression for one. `*` is any."""

    methods: NotRequired[Sequence[str]]
    """Methods that they may use. Default: all."""

    headers: NotRequired[Sequence[str]]
    """Headers that they may send. Default: those that the browser asks for."""

    exposed_headers: NotRequired[Sequence[str]]
    """Headers of answers that pages may read beside the common ones. Default: none."""

    credentials: NotRequired[bool]
    """Whether browsers send cookies along. Default: false."""

    max_age: NotRequired[int]
    """How many seconds browsers remember the answer. Default: 3600, so that not every request is asked for first."""

    private_network: NotRequired[bool]
    """Whether public pages may call where the service is on a private network. Default: false."""

    preflight_continue: NotRequired[bool]
    """Whether the service itself answers preflight requests. Default: false, Kong does."""


def _faults(config: Config) -> Faults:
    yield from checks.one_of(config, "methods", _METHODS)
    # `*` is every header, for calls without cookies.
    named = ["any" if name == "*" else name for name in config.get("exposed_headers", [])]
    yield from checks.headers({"exposed_headers": named}, "exposed_headers")
    yield from checks.at_least(config, "max_age", 0)
    origins = config["origins"]
    if not origins:
        yield "origins", Fault("is empty", "Kong would read it as any origin", "name the origins, or write '*' for any")
    if "*" in origins and config.get("credentials"):
        yield (
            "origins",
            Fault(
                "is '*', though credentials is true",
                "every page in the world could act as whoever visits it and is logged in here",
                "name the origins that are trusted, or leave out credentials",
            ),
        )
    for number, origin in enumerate(origins):
        place = f"origins[{number}]"
        if origin == "*":
            continue
        if not _PLAIN.fullmatch(origin):
            yield from checks.expressions({place: origin}, place)
        elif not _ORIGIN.fullmatch(origin):
            yield (
                place,
                Fault(
                    f"is {origin!r}, which no browser sends as an origin",
                    "no page would be let in by it",
                    "write scheme and host in lower case, with a port where it is not the usual one, and no path: "
                    "'https://shop.example.com'",
                ),
            )


CORS = Kind("cors", KongCorsArgs, _faults, laid_over(max_age=3600), fits_consumers=False)
