"""Declared inputs of a resource, and what is wrong with given ones.

A declaration serves three purposes: checking what a program gives, filling in defaults, and the package's schema.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from localcloud.providers.properties import UNKNOWN, Property


class Kind(Enum):
    """The types that inputs have, by the words in which they are explained."""

    INTEGER = "a whole number"
    STRING = "text"
    BOOLEAN = "true or false"
    STRINGS = "a list of texts"
    STRING_MAP = "a map of texts"


@dataclass(frozen=True)
class Input:
    """One input property."""

    name: str
    kind: Kind
    required: bool = False
    default: Property = None
    minimum: int | None = None


@dataclass(frozen=True)
class Problem:
    """What is wrong with one property, or the part of it that `path` leads to, and what to do."""

    path: str
    reason: str

    @property
    def name(self) -> str:
        """The property's own name, by which the engine finds the value to show."""
        return self.path.partition("[")[0]


def check(declared: Sequence[Input], given: Mapping[str, Property]) -> list[Problem]:
    """Problems of single properties; how several go together is for their resource to judge."""
    known = {each.name: each for each in declared}
    problems = [Problem(name, _unknown_property(name, known)) for name in given if name not in known]
    for each in declared:
        value = given.get(each.name)
        if value is None:
            if each.required:
                problems.append(Problem(each.name, f"is required: set {each.name!r} to {each.kind.value}"))
        elif (wrong := _wrong_kind(each.name, each.kind, value)) is not None:
            problems.append(wrong)
        elif each.minimum is not None and value is not UNKNOWN and value < each.minimum:
            problems.append(Problem(each.name, f"is {value:g}, but must be at least {each.minimum}: raise it"))
    return problems


def with_defaults(declared: Sequence[Input], given: Mapping[str, Property]) -> dict[str, Property]:
    """All declared inputs, whole numbers as such; None where there is neither a value nor a default."""
    complete = {}
    for each in declared:
        value = given.get(each.name)
        if value is None:
            value = each.default
        complete[each.name] = int(value) if each.kind is Kind.INTEGER and isinstance(value, float) else value
    return complete


def has_unknowns(value: Property) -> bool:
    """Whether any part of the value will only be known by an update."""
    if isinstance(value, Mapping):
        return any(has_unknowns(each) for each in value.values())
    if isinstance(value, list):
        return any(has_unknowns(each) for each in value)
    return value is UNKNOWN


def _wrong_kind(path: str, kind: Kind, value: Property) -> Problem | None:
    if value is UNKNOWN:
        return None
    match kind:
        case Kind.INTEGER:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            right = is_number and float(value).is_integer()
        case Kind.STRING:
            right = isinstance(value, str)
        case Kind.BOOLEAN:
            right = isinstance(value, bool)
        case Kind.STRINGS:
            if isinstance(value, list):
                parts = (_wrong_kind(f"{path}[{index}]", Kind.STRING, each) for index, each in enumerate(value))
                return next(filter(None, parts), None)
            right = False
        case Kind.STRING_MAP:
            if isinstance(value, Mapping):
                parts = (_wrong_kind(f"{path}[{key!r}]", Kind.STRING, each) for key, each in value.items())
                return next(filter(None, parts), None)
            right = False
    if right:
        return None
    return Problem(path, f"must be {kind.value}, but is {_describe(value)}: {_conversion(kind)}")


def _describe(value: Property) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float() | int():
            return f"the number {value:g}"
        case str():
            return f"the text {value!r}"
        case list():
            return "a list"
    return "a map"


def _conversion(kind: Kind) -> str:
    match kind:
        case Kind.STRING:
            return "convert it with str(…), or quote it"
        case Kind.INTEGER:
            return "give a number without quotes or decimals"
        case Kind.BOOLEAN:
            return "give True or False without quotes"
    return f"give {kind.value}"


def _unknown_property(name: str, known: Mapping[str, Input]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    suggestion = f"did you mean {close[0]!r}?" if close else f"it can have {', '.join(map(repr, known))}"
    return f"is not a property of this resource: {suggestion}"
