"""Whether values are of the types that a TypedDict says: at run time, since it is a plain dict there.

Programs that no type checker reads, stack files and other languages all hand over what they like. A misspelt key would
be ignored without a word. A number in quotes would reach Kong as text, and Kong refuses a whole configuration for it,
not just the one value. What kinds of values there are, and what is said of one of another kind, is the same for all.
"""

import types
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any, ForwardRef, NotRequired, Union, get_args, get_origin, is_typeddict

from pulumi import Archive, Asset, Output, Resource

from web_platform.errors import Fault, missing_fault, unknown_key_fault

# What values of each type are called. Of the two kinds of numbers, a value is said to be the first.
_KINDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    list: "a list",
    dict: "keys with values",
    type(None): "nothing",
}

# Whole numbers have 64 bits wherever they arrive.
_LARGEST = 2**63

_Found = Iterator[tuple[str, Fault]]
_Faults = Callable[[Any, Any, str], _Found]

LATER = Fault(
    what="is a secret, or known only when another resource has been made",
    danger="what is made depends on it, so that no preview could say what would be",
    remedy="write the value itself; of a list or of keys, the values may be outputs and secrets",
)

_NO_NUMBER = Fault(
    what="is a number that is too large, or none",
    danger="it would be refused only where it arrives, after what it belongs to has been created",
    remedy="write a number of up to 18 digits",
)


def type_faults(
    value: Any,  # noqa: ANN401 - of any type
    expected: Any,  # noqa: ANN401 - a type
    field: str = "",
    *,
    choices: bool = True,
) -> _Found:
    """Find everything in `value` that is not what `expected` says, each with its field: names joined by dots.

    None stands for what is left out where it has to be given. What is only known later is not looked into. Without
    `choices`, any text passes for one.
    """
    faults = partial(type_faults, choices=choices)
    origin, parts = get_origin(expected), get_args(expected)
    if origin is NotRequired:
        yield from faults(value, parts[0], field)
    elif expected is Any:
        yield from _json_faults(value, field, faults)
    elif origin in (Union, types.UnionType):
        now = [part for part in parts if not _is_later(part)]
        known_later = isinstance(value, Output | Awaitable) and len(now) < len(parts)
        if not known_later and not any(not list(faults(value, part)) for part in now):
            yield from faults(value, now[0], field)
    elif isinstance(expected, type) and issubclass(expected, Enum):
        # A choice arrives as its value when the component is used from another language.
        there = [choice.value for choice in expected]
        if value not in [*expected, *there] and (choices or not isinstance(value, str)):
            yield field, choice_fault(value, there)
    elif not is_of(value, kind := _bare(expected)):
        yield field, type_fault(value, kind)
    elif is_typeddict(expected):
        yield from _key_faults(value, expected, field, faults)
    elif kind is dict:
        for key, part in value.items():
            if isinstance(key, str):
                yield from faults(part, parts[1], below(field, key))
            else:
                yield field, _key_fault(key)
    elif kind is list:
        for number, part in enumerate(value):
            yield from faults(part, parts[0], f"{field}[{number}]")


def _json_faults(value: object, field: str, faults: _Faults) -> _Found:
    """Find what Pulumi could not hand on, in a value of which nothing else is known.

    It would fail only where it is handed over, with all that stands beside it in its message.
    """
    if is_of(value, dict):
        yield from faults(value, Mapping[str, Any], field)
    elif is_of(value, list):
        yield from faults(value, Sequence[Any], field)
    elif not isinstance(value, Output | Awaitable | Asset | Archive) and not any(is_of(value, each) for each in _KINDS):
        yield field, _fault(value, "text, a number, true or false, a list or keys with values", shown=False)


def _key_faults(given: Mapping[str, object], expected: type, field: str, faults: _Faults) -> _Found:
    known: dict[str, Any] = expected.__annotations__
    required: frozenset[str] = getattr(expected, "__required_keys__", frozenset())
    for key, part in given.items():
        place = below(field, key)
        if key not in known:
            yield place, unknown_key_fault(str(key), known)
            continue
        found = list(faults(part, known[key], place))
        if found and part is None and key in required:
            found = [(place, missing_fault(key))]
        yield from found
    for key in sorted(required - given.keys()):
        yield below(field, key), missing_fault(key)


def _is_later(alternative: object) -> bool:
    """Whether it is what `Input` adds to a type: the same, known later."""
    return isinstance(alternative, ForwardRef) or get_origin(alternative) in (Awaitable, Output)


def _bare(expected: Any) -> type:  # noqa: ANN401 - a type
    """A type without what is in it."""
    bare: type = get_origin(expected) or expected
    if is_typeddict(bare) or bare is Mapping:
        return dict
    return list if bare is Sequence else bare


def below(field: str, key: object) -> str:
    """The field of a key that is in another field; none holds the arguments themselves."""
    name = key if isinstance(key, str) else _shown(key)
    return f"{field}.{name}" if field else name


def is_of(value: object, expected: type) -> bool:
    """Whether a value is of a type that arguments are of, whatever is in it.

    Whole numbers may be floats, since they arrive as such from other languages.
    """
    if isinstance(value, bool):
        return expected is bool
    if isinstance(value, int | float):
        return expected in (int, float) and _is_finite(value) and (expected is float or value == int(value))
    if expected is list:
        return isinstance(value, Sequence) and not isinstance(value, str | bytes)
    return isinstance(value, Mapping if expected is dict else expected)


def _is_finite(number: float) -> bool:
    """Whether it is a number, and one that everybody can read who is asked for something."""
    return -_LARGEST < number < _LARGEST


def type_fault(value: object, expected: type, *, secret: bool = False) -> Fault:
    """Say what a value has to be. It is shown where that is a number, true or false: else it may be a secret."""
    return _fault(value, _KINDS[expected], shown=not secret and expected in (bool, int, float))


def choice_fault(value: object, choices: Iterable[object]) -> Fault:
    """Say what a value has to be one of."""
    return _fault(value, f"one of {', '.join(map(repr, choices))}", shown=True)


def resource_fault(expected: str) -> Fault:
    """Say that a resource is no value."""
    return Fault(
        what=f"is a resource, which is not {expected}",
        danger="its URN would be taken for what is wanted, and be refused only where it arrives",
        remedy="write an output of it, such as `namespace.namespace`; where outputs are refused, the value itself",
    )


def _fault(value: object, expected: str, *, shown: bool) -> Fault:
    if isinstance(value, Output | Awaitable):
        return LATER
    if isinstance(value, Resource):
        return resource_fault(expected)
    if isinstance(value, int | float) and not _is_finite(value):
        return _NO_NUMBER
    return Fault(
        what=f"is {_shown(value) if shown else _kind(value)}, which is not {expected}",
        danger="it would be refused only where it arrives, after what it belongs to has been created",
        remedy=f"write {expected}",
    )


def _key_fault(key: object) -> Fault:
    return Fault(
        what=f"has a key that is {_shown(key)}, which is not text",
        danger="it would be refused only where it arrives, or be called something else there",
        remedy="put the key in quotes: YAML takes on, yes, no, dates and numbers for what they look like",
    )


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str | bool | float) or is_of(value, int) else _kind(value)


def _kind(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _KINDS[float]
    return next((name for type_, name in _KINDS.items() if is_of(value, type_)), f"a {type(value).__name__}")
