"""How components refuse arguments: what is wrong, what it would have caused, and what to do instead."""

import difflib
import re
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple, TypeVar

import pulumi

from web_platform.escapes import escaped

# Names are shown as long as anything accepts them, other values as long as a line is.
_MOST_OF_A_NAME, _MOST_OF_A_VALUE = 300, 80

# A value as `repr` writes it. An apostrophe inside a word begins none.
_QUOTED = re.compile(r"""(?<!\w)(['"])((?:\\.|(?!\1)[^\\])*)\1""")

# What an author chose to call something, between the dots, quotes and brackets of a field.
_WORD = re.compile(r"""[^.'"\[\]]+""")


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
        super().__init__(f"{_without_long_words(component)}: {told(field, fault)}")
        self.field = field
        self.fault = fault


def told(field: str, fault: Fault) -> str:
    """What is wrong with a field, in three lines, and one for each further remedy.

    A value that is too long to be read in a terminal is cut.
    """
    what = _QUOTED.sub(lambda quoted: f"{quoted[1]}{_cut(quoted[2], _MOST_OF_A_VALUE)}{quoted[1]}", fault.what)
    remedy = "\n          ".join(map(escaped, fault.remedy.split("\n")))
    return (
        f"{escaped(_without_long_words(field))} {escaped(what)}.\n  Danger: {escaped(fault.danger)}\n  Remedy: {remedy}"
    )


def _without_long_words(text: str) -> str:
    return _WORD.sub(lambda word: _cut(word[0], _MOST_OF_A_NAME), text)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def refuse(component: str, field: str, fault: Fault | None) -> None:
    """Raise `ArgumentError` where a check found a fault, and pass where it found none."""
    if fault is not None:
        raise ArgumentError(component, field, fault)


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


def unknown_key_fault(key: str, known: Iterable[str]) -> Fault:
    """Say which of the known keys was probably meant by one that is not among them."""
    spellings = {name.lower(): name for name in sorted(known)}
    near = difflib.get_close_matches(key.lower(), spellings, n=1)
    return Fault(
        what="is not a known key",
        danger="it would be ignored, and what it was meant to change would stay as it is",
        remedy=f"did you mean {spellings[near[0]]!r}?" if near else f"use one of: {', '.join(spellings.values())}",
    )


def missing_fault(key: str) -> Fault:
    """Say that a key has to be given."""
    return Fault(
        what="is missing",
        danger="there is no value that would be safe to assume",
        remedy=f"add {key!r}",
    )
