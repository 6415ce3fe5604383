"""Whether values are of the types that a TypedDict says: at run time, since it is a plain dict there.

Programs that no type checker reads, stack files and other languages all hand over what they like. A misspelt key would
be ignored without a word. A number in quotes would reach Kong as text, and Kong refuses a whole configuration for it,
not just the one value.
"""

import re
import types
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any, ForwardRef, NotRequired, Union, get_args, get_origin, is_typeddict

from pulumi import Output

from web_platform.errors import ArgumentError, Fault, missing_fault, type_fault, unknown_key_fault

_NAMES = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}

# A key whose values are secret, or what is in it.
_SECRET = re.compile(r"(^|\.)secret_")

_Faults = Callable[[object, Any, str], Iterator[tuple[str, Fault]]]

_NO_NAME = Fault(
    what="is no text of a character or more",
    danger="Pulumi could not tell the component from others",
    remedy="pass a name that says what it is for, such as 'shop'",
)

_BLANK = Fault(
    what="is text without a character",
    danger="it names nothing: what is made would be refused by whoever is asked for it, or be found elsewhere",
    remedy="write what it is, or leave it out where it has a default",
)


def checked_component(kind: str, name: object, args: object, accepted: type) -> str:
    """How errors call a component, once its name and the types of its arguments are found to be right.

    Raises:
        ArgumentError: The name is none, or an argument is not what the TypedDict `accepted` says.
    """
    component = f"{kind} {name!r}"
    if not isinstance(name, str) or not name:
        raise ArgumentError(component, "name", _NO_NAME)
    check_types(component, args, accepted)
    return component


def check_types(component: str, args: object, accepted: type, inside: str = "") -> None:
    """Refuse arguments that are not what a TypedDict says, `inside` the key that holds them.

    None stands for what is left out where it has to be given; text has to hold more than spaces. Of a choice that there is not, the component says what it
    would have caused (see `chosen`).
    """
    missing = set[str]()
    if isinstance(args, Mapping):
        required: frozenset[str] = getattr(accepted, "__required_keys__", frozenset())
        missing = {key for key in required if args.get(key) is None}
        args = {key: value for key, value in args.items() if key not in missing}
    for field, fault in type_faults(args, accepted, choices=False):
        told = fault if field not in missing else _no_argument_fault(field)
        raise ArgumentError(component, f"{inside}{field}".removesuffix(".") or "args", told)
    for key, value in args.items():
        if isinstance(value, str) and not value.strip():
            raise ArgumentError(component, f"{inside}{key}", _BLANK)


def type_faults(
    value: object,
    expected: Any,  # noqa: ANN401 - a type
    field: str = "",
    *,
    choices: bool = True,
) -> Iterator[tuple[str, Fault]]:
    """Find everything in `value` that is not what `expected` says, each with its field: names joined by dots.

    Whole numbers may be floats, since they arrive as such from other languages. What is only known later is not looked
    into, and what is in a key that begins with `secret_` is not shown. Without `choices`, any value passes for one.
    """
    inside = partial(type_faults, choices=choices)
    origin, parts = get_origin(expected), get_args(expected)
    if origin is NotRequired:
        yield from inside(value, parts[0], field)
    elif expected is Any:
        return
    elif origin in (Union, types.UnionType):
        now = [part for part in parts if not _is_later(part)]
        known_later = isinstance(value, Output | Awaitable) and len(now) < len(parts)
        if not known_later and not any(not list(inside(value, part)) for part in now):
            yield from inside(value, now[0], field)
    elif is_typeddict(expected):
        yield from _key_faults(value, expected, field, inside)
    elif origin in (Mapping, dict):
        if not isinstance(value, Mapping):
            yield field, _fault(value, "keys with values", field)
            return
        for key, part in value.items():
            yield from inside(key, parts[0], _inside(field, key))
            yield from inside(part, parts[1], _inside(field, key))
    elif origin in (Sequence, list):
        if isinstance(value, str) or not isinstance(value, Sequence):
            yield field, _fault(value, "a list", field)
            return
        for number, part in enumerate(value):
            yield from inside(part, parts[0], f"{field}[{number}]")
    elif isinstance(expected, type) and issubclass(expected, Enum):
        # A choice arrives as its value when the component is used from another language.
        if choices and value not in [*expected, *(choice.value for choice in expected)]:
            yield field, _fault(value, f"one of {', '.join(repr(choice.value) for choice in expected)}", field)
    elif not _is(value, expected):
        yield field, _fault(value, _NAMES.get(expected, "nothing"), field)


def _key_faults(value: object, expected: type, field: str, faults: "_Faults") -> Iterator[tuple[str, Fault]]:
    if not isinstance(value, Mapping):
        yield field, _fault(value, "keys with values", field)
        return
    known: dict[str, Any] = expected.__annotations__
    required: frozenset[str] = getattr(expected, "__required_keys__", frozenset())
    for key, part in value.items():
        if key in known:
            yield from faults(part, known[key], _inside(field, key))
        else:
            yield _inside(field, key), unknown_key_fault(str(key), known)
    for key in sorted(required - value.keys()):
        yield _inside(field, key), missing_fault(key)


def _no_argument_fault(key: str) -> Fault:
    return Fault(
        what="is missing",
        danger="the component cannot be declared without it",
        remedy=f"pass {key!r} in the arguments",
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


def _fault(value: object, expected: str, field: str) -> Fault:
    fault = type_fault(expected, "" if value is not None and _SECRET.search(field) else _shown(value))
    return fault if expected != "nothing" else fault._replace(remedy="remove it")


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
