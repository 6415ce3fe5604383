"""How components refuse arguments: what is wrong, what it would have caused, and what to do instead."""

import difflib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

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


def refuse(component: str, field: str, fault: Fault | None) -> None:
    """Raise `ArgumentError` where a check found a fault, and pass where it found none."""
    if fault is not None:
        raise ArgumentError(component, field, fault)


def check_keys(component: str, args: Mapping[str, object], accepted: type) -> None:
    """Refuse keys that the arguments' TypedDict does not have, and required ones that are missing.

    A TypedDict is a plain dict at run time: without this, a misspelt key would be ignored without a word in every
    program that no type checker reads.
    """
    required: frozenset[str] = getattr(accepted, "__required_keys__", frozenset())
    optional: frozenset[str] = getattr(accepted, "__optional_keys__", frozenset())
    for key in args:
        if key not in required | optional:
            raise ArgumentError(component, key, unknown_key_fault(key, required | optional))
    for key in sorted(required):
        if args.get(key) is None:
            raise ArgumentError(
                component,
                key,
                Fault(
                    what="is missing",
                    danger="the component cannot be declared without it",
                    remedy=f"pass {key!r} in the arguments",
                ),
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
