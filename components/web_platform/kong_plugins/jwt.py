"""JWT: callers name themselves by a signed token. https://developer.konghq.com/plugins/jwt/."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind, laid_over

_YEAR = 31_536_000


class KongJwtArgs(TypedDict):
    """Fields of the plugin `jwt`."""

    header_names: NotRequired[Sequence[str]]
    """Headers that may hold the token, as `Bearer <token>`. Default: `authorization`."""

    cookie_names: NotRequired[Sequence[str]]
    """Cookies that may hold the token. Default: none."""

    uri_param_names: NotRequired[Sequence[str]]
    """Parameters of the address that may hold the token. Default: none, which is not Kong's: addresses end in logs and
    histories."""

    key_claim_name: NotRequired[str]
    """Claim that says whose token it is. Default: `iss`."""

    claims_to_verify: NotRequired[Sequence[str]]
    """Claims about time that are checked: `exp` and `nbf`. Default: `exp`, which is not Kong's: it checks none, and a
    token would be good for ever."""

    maximum_expiration: NotRequired[int]
    """How many seconds ahead a token may expire, at most. Default: 0, however many."""

    secret_is_base64: NotRequired[bool]
    """Whether consumers' secrets are written in base64. Default: false."""

    run_on_preflight: NotRequired[bool]
    """Whether preflight requests need a token too. Default: true. With `cors`, Kong answers them before it is asked."""

    anonymous: NotRequired[str]
    """Consumer that callers without a valid token count as. Default: none, they are refused."""

    realm: NotRequired[str]
    """Realm that a refusal names. Default: none."""


def _faults(config: Config) -> Faults:
    yield from checks.headers(config, "header_names")
    yield from checks.one_of(config, "claims_to_verify", ("exp", "nbf"))
    yield from checks.at_least(config, "maximum_expiration", 0, _YEAR)
    if config.get("maximum_expiration") and "exp" not in config.get("claims_to_verify", ["exp"]):
        yield checks.required("claims_to_verify", "maximum_expiration needs 'exp' in it", "add 'exp'")


JWT = Kind(
    "jwt",
    KongJwtArgs,
    _faults,
    laid_over(uri_param_names=[], claims_to_verify=["exp"]),
    authenticates=True,
    fits_consumers=False,
    fits_everywhere=False,
)
