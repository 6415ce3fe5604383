"""Whether values are of the types that a TypedDict says: at run time, since it is a plain dict there.

Programs that no type checker reads, stack files and other languages all hand over what they like. A number in quotes
would reach Kong as text, and Kong refuses a whole configuration for it, not just the one value.
"""

import types
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, ForwardRef, NotRequired, Union, get_args, get_origin, is_typeddict

from pulumi import Output

from web_platform.errors import Fault, unknown_key_fault

_NAMES = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


def type_faults(value: object, expected: Any, field: str = "") -> Iterator[tuple[str, Fault]]:  # noqa: ANN401 - a type
    """Find everything in `value` that is not what `expected` says, each with its field: names joined by dots.

    Whole numbers may be floats, since they arrive as such from other languages. What is only known later is not looked
    into.
    """
    origin, parts = get_origin(expected), get_args(expected)
    if origin is NotRequired:
        yield from type_faults(value, parts[0], field)
    elif expected is Any:
        return
    elif origin in (Union, types.UnionType):
        now = [part for part in parts if not _is_later(part)]
        known_later = isinstance(value, Output | Awaitable) and len(now) < len(parts)
        if not known_later and not any(not list(type_faults(value, part)) for part in now):
            yield from type_faults(value, now[0], field)
    elif is_typeddict(expected):
        yield from _key_faults(value, expected, field)
    elif origin in (Mapping, dict):
        if not isinstance(value, Mapping):
            yield field, _fault(value, "keys with values")
            return
        for key, part in value.items():
            yield from type_faults(part, parts[1], _inside(field, key))
    elif origin in (Sequence, list):
        if isinstance(value, str) or not isinstance(value, Sequence):
            yield field, _fault(value, "a list")
            return
        for number, part in enumerate(value):
            yield from type_faults(part, parts[0], f"{field}[{number}]")
    elif isinstance(expected, type) and issubclass(expected, Enum):
        # A choice arrives as its value when the component is used from another language.
        if value not in [*expected, *(choice.value for choice in expected)]:
            yield field, _fault(value, f"one of {', '.join(repr(choice.value) for choice in expected)}")
    elif not _is(value, expected):
        yield field, _fault(value, _NAMES.get(expected, "nothing"))


def _key_faults(value: object, expected: type, field: str) -> Iterator[tuple[str, Fault]]:
    if not isinstance(value, Mapping):
        yield field, _fault(value, "keys with values")
        return
    known: dict[str, Any] = expected.__annotations__
    required: frozenset[str] = getattr(expected, "__required_keys__", frozenset())
    for key, part in value.items():
        if key in known:
            yield from type_faults(part, known[key], _inside(field, key))
        else:
            yield _inside(field, key), unknown_key_fault(str(key), known)
    for key in sorted(required - value.keys()):
        yield (
            _inside(field, key),
            Fault(
                what="is missing",
                danger="there is no value that would be safe to assume",
                remedy=f"add {key!r}",
            ),
        )


def _is_later(alternative: object) -> bool:
    """Whether it is what `Input` adds to a type: the same, known later."""
    return isinstance(alternative, ForwardRef) or get_origin(alternative) in (Awaitable, Output)


def _inside(field: str, key: object) -> str:
    return f"{field}.{key}" if field else str(key)


def _is(value: object, expected: type) -> bool:
    if expected is bool or isinstance(value, bool):
        return expected is bool and isinstance(value, bool)
    if expected is int:
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if expected is float:
        return isinstance(value, int | float)
    return isinstance(value, expected)


def _fault(value: object, expected: str) -> Fault:
    shown = repr(value)
    return Fault(
        what=f"is {shown if len(shown) <= 60 else f'{shown[:57]}...'}, which is not {expected}",
        danger="it would be refused only where it arrives, after what it belongs to has been created",
        remedy=f"write {expected}" if expected != "nothing" else "remove it",
    )
