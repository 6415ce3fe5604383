"""How components refuse arguments: what is wrong, what it would have caused, and what to do instead."""

import difflib
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple, NotRequired, TypeVar, get_args, get_origin, is_typeddict

import pulumi


class Fault(NamedTuple):
    """One thing wrong with one value."""

    what: str
    """What is wrong, as a phrase that follows the field's name."""

    danger: str
    """What would have happened had the value been accepted."""

    remedy: str
    """What to do instead."""


class ArgumentError(pulumi.RunError):
    """A component was given an argument that would have made something broken or unsafe.

    It is a `RunError`, so Pulumi prints the message alone: the reader needs the field, not the component's stack.
    """

    def __init__(self, component: str, field: str, fault: Fault) -> None:
        super().__init__(f"{component}: {field} {fault.what}.\n  Danger: {fault.danger}\n  Remedy: {fault.remedy}")
        self.field = field
        self.fault = fault


def refuse(component: str, field: str, fault: Fault | None) -> None:
    """Raise `ArgumentError` where a check found a fault, and pass where it found none."""
    if fault is not None:
        raise ArgumentError(component, field, fault)


def check_keys(component: str, args: Mapping[str, object], accepted: type, inside: str = "") -> None:
    """Refuse keys that the arguments' TypedDict does not have, and required ones that are missing.

    A TypedDict is a plain dict at run time: without this, a misspelt key would be ignored without a word in every
    program that no type checker reads. Arguments that are TypedDicts themselves are checked in turn, `inside` the key
    that holds them.
    """
    required: frozenset[str] = getattr(accepted, "__required_keys__", frozenset())
    types = _types(accepted)
    for key, value in args.items():
        if key not in types:
            raise ArgumentError(component, f"{inside}{key}", unknown_key_fault(key, types))
        if is_typeddict(types[key]):
            if not isinstance(value, Mapping):
                raise ArgumentError(component, f"{inside}{key}", _no_mapping_fault(value, types[key]))
            check_keys(component, value, types[key], f"{inside}{key}.")
    for key in sorted(required):
        if args.get(key) is None:
            raise ArgumentError(
                component,
                f"{inside}{key}",
                Fault(
                    what="is missing",
                    danger="the component cannot be declared without it",
                    remedy=f"pass {key!r} in the arguments",
                ),
            )


_Choice = TypeVar("_Choice", bound=Enum)


def chosen(component: str, field: str, given: object, choices: type[_Choice], fault: Fault) -> _Choice:
    """Read a choice, which arrives as its value when the component is used from another language.

    One that there is not is refused: after the value given comes what `fault` says, and then what there is.
    """
    try:
        return choices(given)
    except ValueError:
        what = f"is {given!r}, {fault.what}"
        remedy = f"{fault.remedy}: {', '.join(str(choice) for choice in choices)}"
        raise ArgumentError(component, field, Fault(what, fault.danger, remedy)) from None


def _types(accepted: type) -> dict[str, Any]:
    """The type of each key of a TypedDict. Not by `get_type_hints`, which cannot resolve the names inside `Input`."""
    written: dict[str, Any] = accepted.__annotations__
    return {key: get_args(type_)[0] if get_origin(type_) is NotRequired else type_ for key, type_ in written.items()}


def _no_mapping_fault(value: object, accepted: type) -> Fault:
    return Fault(
        what=f"is {value!r}, which is not keys with values",
        danger="it would be ignored, and what it was meant to change would stay as it is",
        remedy=f"pass a dictionary with any of: {', '.join(sorted(_types(accepted)))}",
    )


def unknown_key_fault(key: str, known: Iterable[str]) -> Fault:
    """Say which of the known keys was probably meant by one that is not among them."""
    spellings = {name.lower(): name for name in sorted(known)}
    near = difflib.get_close_matches(key.lower(), spellings, n=1)
    return Fault(
        what="is not a known key",
        danger="it would be ignored, and what it was meant to change would stay as it is",
        remedy=f"did you mean {spellings[near[0]]!r}?" if near else f"use one of: {', '.join(spellings.values())}",
    )
