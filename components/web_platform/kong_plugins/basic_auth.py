"""Basic auth: callers name themselves by a name and a password. https://developer.konghq.com/plugins/basic-auth/."""

from typing import NotRequired, TypedDict

from web_platform.kong_plugins.kind import Kind, laid_over, nothing


class KongBasicAuthArgs(TypedDict):
    """Fields of the plugin `basic-auth`."""

    hide_credentials: NotRequired[bool]
    """Whether name and password are removed before the service sees the request. Default: true, which is not Kong's."""

    anonymous: NotRequired[str]
    """Consumer that callers without a valid password count as. Default: none, they are refused."""

    realm: NotRequired[str]
    """Realm that browsers show when they ask for the password. Default: `service`."""


BASIC_AUTH = Kind(
    "basic-auth",
    KongBasicAuthArgs,
    nothing,
    laid_over(hide_credentials=True),
    authenticates=True,
    fits_consumers=False,
    fits_everywhere=False,
)
