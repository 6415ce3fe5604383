"""Request transformer: requests are changed before the service sees them.

https://developer.konghq.com/plugins/request-transformer/.
"""

import re
from collections.abc import Sequence
from typing import NotRequired, TypedDict

from web_platform.errors import Fault
from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind, laid_over
from web_platform.kong_plugins.pairs import names_faults, pairs_faults, renames_faults

_PARTS = ("headers", "querystring", "body")
_METHOD = re.compile(r"[A-Z]+")


class KongRequestPartsArgs(TypedDict):
    """Parts of a request, by where they are."""

    headers: NotRequired[Sequence[str]]
    """Headers. Default: none."""

    querystring: NotRequired[Sequence[str]]
    """Parameters of the address. Default: none."""

    body: NotRequired[Sequence[str]]
    """Fields of the body. Default: none."""


class KongRequestReplacementsArgs(TypedDict):
    """Parts of a request that get another value."""

    headers: NotRequired[Sequence[str]]
    """Headers, as `name:value`. Default: none."""

    querystring: NotRequired[Sequence[str]]
    """Parameters of the address, as `name:value`. Default: none."""

    body: NotRequired[Sequence[str]]
    """Fields of the body, as `name:value`. Default: none."""

    uri: NotRequired[str]
    """Path that the service is asked for instead. Default: the caller's."""


class KongRequestTransformerArgs(TypedDict):
    """Fields of the plugin `request-transformer`. Values may be templates, such as `$(headers.host)`."""

    http_method: NotRequired[str]
    """Method that the service is asked with. Default: the caller's."""

    remove: NotRequired[KongRequestPartsArgs]
    """What is taken out, by name. Default: nothing."""

    rename: NotRequired[KongRequestPartsArgs]
    """What gets another name, as `old:new`. Default: nothing."""

    replace: NotRequired[KongRequestReplacementsArgs]
    """What gets another value where it is there, as `name:value`. Default: nothing."""

    add: NotRequired[KongRequestPartsArgs]
    """What is added where it is not there, as `name:value`. Default: nothing."""

    append: NotRequired[KongRequestPartsArgs]
    """What is added even where it is there, as `name:value`. Default: nothing."""


def _faults(config: Config) -> Faults:
    if not config:
        yield checks.required("add", "nothing else is given either", "write what is changed, or remove the plugin")
    method = config.get("http_method")
    if method is not None and not _METHOD.fullmatch(method):
        yield "http_method", Fault(f"is {method!r}", checks.REFUSED, "write a method in capitals, such as 'POST'")
    yield from names_faults(config, "remove", _PARTS)
    yield from renames_faults(config, "rename", _PARTS)
    for step in ("replace", "add", "append"):
        yield from pairs_faults(config, step, _PARTS)


REQUEST_TRANSFORMER = Kind("request-transformer", KongRequestTransformerArgs, _faults, laid_over())
