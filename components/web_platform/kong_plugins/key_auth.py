"""Key auth: callers name themselves by a key. https://developer.konghq.com/plugins/key-auth/."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from web_platform.errors import Fault
from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind, laid_over


class KongKeyAuthArgs(TypedDict):
    """Fields of the plugin `key-auth`."""

    key_names: NotRequired[Sequence[str]]
    """Headers, and where allowed parameters, that may hold the key. Default: `apikey`."""

    hide_credentials: NotRequired[bool]
    """Whether the key is removed before the service sees the request. Default: true, which is not Kong's: a service
    cannot lose what it never had."""

    key_in_header: NotRequired[bool]
    """Whether the key may be in a header. Default: true."""

    key_in_query: NotRequired[bool]
    """Whether the key may be in the query. Default: false, which is not Kong's: addresses end in logs and histories."""

    key_in_body: NotRequired[bool]
    """Whether the key may be in the body. Default: false."""

    run_on_preflight: NotRequired[bool]
    """Whether preflight requests need a key too. Default: true. With `cors`, Kong answers them before it is asked."""

    anonymous: NotRequired[str]
    """Consumer that callers without a valid key count as. Default: none, they are refused."""

    realm: NotRequired[str]
    """Realm that a refusal names. Default: none."""


def _faults(config: Config) -> Faults:
    yield from checks.headers(config, "key_names")
    if config.get("key_names") == []:
        yield "key_names", Fault("is empty", "no request could hold a key, and all would be refused", "name one")
    if not (config.get("key_in_header", True) or config.get("key_in_query") or config.get("key_in_body")):
        yield (
            "key_in_header",
            Fault(
                "is false, and so are key_in_query and key_in_body",
                "no request could hold a key, and all would be refused",
                "leave out key_in_header, or say where else the key is",
            ),
        )


KEY_AUTH = Kind(
    "key-auth",
    KongKeyAuthArgs,
    _faults,
    laid_over(key_names=["apikey"], hide_credentials=True, key_in_query=False),
    authenticates=True,
    fits_consumers=False,
    fits_everywhere=False,
)
