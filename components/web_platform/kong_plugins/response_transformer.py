"""Response transformer: answers are changed before the caller sees them.

https://developer.konghq.com/plugins/response-transformer/.
"""

from collections.abc import Iterator, Sequence
from typing import NotRequired, TypedDict

from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind
from web_platform.kong_plugins.pairs import names_faults, pairs_faults, renames_faults

_PARTS = ("headers", "json")

SECURITY_HEADERS = {
    # Browsers do not guess that an upload is a program.
    "X-Content-Type-Options": "nosniff",
    # Pages of others cannot lay ours under an invisible button.
    "X-Frame-Options": "SAMEORIGIN",
    # Other sites learn which site a visitor came from, not which page.
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
"""Headers that answers get where the service sets none of that name. https://owasp.org/www-project-secure-headers/."""


class KongResponsePartsArgs(TypedDict):
    """Parts of an answer, by where they are."""

    headers: NotRequired[Sequence[str]]
    """Headers. Default: none."""

    json: NotRequired[Sequence[str]]
    """Fields of a body in JSON. Default: none."""


class KongResponseValuesArgs(TypedDict):
    """Parts of an answer with values, by where they are."""

    headers: NotRequired[Sequence[str]]
    """Headers, as `name:value`. Default: none."""

    json: NotRequired[Sequence[str]]
    """Fields of a body in JSON, as `name:value`. Default: none."""

    json_types: NotRequired[Sequence[str]]
    """Types of the values in `json`, in the same order: `string`, `number` or `boolean`. Default: all are strings."""


class KongResponseTransformerArgs(TypedDict):
    """Fields of the plugin `response-transformer`.

    Kong runs one of a kind for a request, the most specific. So that a route's own does not take away the gateway's
    security headers, it has them too where it does not name them.
    """

    remove: NotRequired[KongResponsePartsArgs]
    """What is taken out, by name. Default: nothing."""

    rename: NotRequired[KongResponsePartsArgs]
    """What gets another name, as `old:new`. Default: nothing."""

    replace: NotRequired[KongResponseValuesArgs]
    """What gets another value where it is there, as `name:value`. Default: nothing."""

    add: NotRequired[KongResponseValuesArgs]
    """What is added where it is not there, as `name:value`. Default: nothing."""

    append: NotRequired[KongResponseValuesArgs]
    """What is added even where it is there, as `name:value`. Default: nothing."""


def _faults(config: Config) -> Faults:
    yield from names_faults(config, "remove", _PARTS)
    yield from renames_faults(config, "rename", _PARTS)
    for step in ("replace", "add", "append"):
        yield from pairs_faults(config, step, _PARTS)
        for place, fault in checks.one_of(config.get(step, {}), "json_types", ("string", "number", "boolean")):
            yield f"{step}.{place}", fault


def _config(given: Config) -> dict[str, object]:
    named = set(_named(given))
    added = [f"{name}:{value}" for name, value in SECURITY_HEADERS.items() if name.lower() not in named]
    add = given.get("add", {})
    return {**given, "add": {**add, "headers": [*add.get("headers", []), *added]}}


def _named(config: Config) -> Iterator[str]:
    """The headers that the plugin is told about, in lower case."""
    for step in config.values():
        for entry in step.get("headers", []):
            yield from (name.lower() for name in entry.split(":", 1)[:1])


RESPONSE_TRANSFORMER = Kind("response-transformer", KongResponseTransformerArgs, _faults, _config)
