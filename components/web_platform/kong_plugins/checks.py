"""What Kong demands of values that several plugins have: header names, regular expressions, methods, bounds.

Kong refuses its whole configuration for one wrong value, so that no change of any service arrives until it is mended.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from web_platform.errors import Fault
from web_platform.kong_plugins.kind import Faults

REFUSED = "Kong would refuse its whole configuration, and changes of every service would wait until this is mended"

# https://github.com/Kong/kong/blob/3.9.3/kong/tools/http.lua: underscores are Kong's own addition.
_HEADER = re.compile(r"[A-Za-z0-9_-]+")

# What Python reads in a regular expression, and PCRE, which Kong has, does not.
_PYTHONS_OWN = re.compile(r"\\[uUN]|(?<!\\)\(\?[aimsx]*u")


def one_of(config: Mapping[str, Any], field: str, allowed: Sequence[str]) -> Faults:
    """A field, where there is one, or each of its values, is among the allowed."""
    for place, value in _each(config, field):
        if value not in allowed:
            yield (
                place,
                Fault(f"is {value!r}, which is not among Kong's", REFUSED, f"write one of: {', '.join(allowed)}"),
            )


def at_least(config: Mapping[str, Any], field: str, lowest: int, highest: int | None = None) -> Faults:
    """A number, where there is one, or each of a list, is within bounds."""
    for place, value in _each(config, field):
        if value < lowest or (highest is not None and value > highest):
            bounds = f"{lowest} or more" if highest is None else f"from {lowest} to {highest}"
            yield place, Fault(f"is {value}", REFUSED, f"write a number that is {bounds}")


def headers(config: Mapping[str, Any], field: str) -> Faults:
    """Names of headers have letters, digits, `-` and `_` only."""
    for place, value in _each(config, field):
        if not _HEADER.fullmatch(value):
            yield (
                place,
                Fault(
                    f"is {value!r}, which is not the name of a header",
                    REFUSED,
                    "write the name alone, of letters, digits, '-' and '_', such as 'X-Api-Key'",
                ),
            )


def expressions(config: Mapping[str, Any], field: str) -> Faults:
    """Regular expressions can be read as such."""
    for place, value in _each(config, field):
        try:
            re.compile(value)
        except (re.error, OverflowError, RecursionError) as error:
            yield (
                place,
                Fault(
                    f"is {value!r}, which is no regular expression: {error}",
                    REFUSED,
                    "correct it; characters that stand for themselves need a backslash",
                ),
            )
            continue
        if _PYTHONS_OWN.search(value.replace(r"\\", "")):
            yield (
                place,
                Fault(
                    f"is {value!r}, which is no regular expression of Kong's",
                    REFUSED,
                    "write characters themselves, not by '\\u', '\\U' or '\\N', and leave out '(?u)'",
                ),
            )


def empty_texts(config: Mapping[str, Any], below: str = "") -> Faults:
    """No text is empty, in a field or a list: Kong takes none anywhere."""
    for field in config:
        for place, value in _each(config, field):
            if isinstance(value, Mapping):
                yield from empty_texts(value, f"{below}{place}.")
            elif value == "":
                yield f"{below}{place}", Fault("is empty", REFUSED, "write something, or remove it")


def is_header(name: str) -> bool:
    """Whether it is the name of a header."""
    return _HEADER.fullmatch(name) is not None


def required(field: str, because: str, remedy: str) -> tuple[str, Fault]:
    """A field is missing that others make necessary."""
    return field, Fault(f"is missing, though {because}", REFUSED, remedy)


def _each(config: Mapping[str, Any], field: str) -> Iterator[tuple[str, Any]]:
    value = config.get(field)
    if isinstance(value, str) or not isinstance(value, Sequence):
        if value is not None:
            yield field, value
        return
    for number, part in enumerate(value):
        yield f"{field}[{number}]", part
