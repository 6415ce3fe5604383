"""`levels.yaml`: how strictly each rule is held, which stacks are protected, and which resources a rule passes over.

A rule that the file does not name is mandatory.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from policy.resource import Resource

FILE = "policy/levels.yaml"

_KEYS = ("levels", "protected", "exceptions")
_EXCEPTION = ("rule", "resource", "why")


class Level(Enum):
    """What follows from a finding."""

    MANDATORY = "mandatory"
    """Nothing is changed."""

    ADVISORY = "advisory"
    """It is told."""

    DISABLED = "disabled"
    """Nobody looks."""


class LevelsError(Exception):
    """The file says something that cannot be meant: what, what would have followed, and what to do."""


@dataclass(frozen=True)
class Passed:
    """A resource that a rule passes over, for a reason that the file says."""

    rule: str
    resource: str
    """Type and name as `<type>::<name>`; `*` stands for any text."""

    def matches(self, rule: str, resource: Resource) -> bool:
        """Whether the rule passes over the resource."""
        called = f"{resource.declared or resource.type}::{resource.name}"
        return rule == self.rule and fnmatchcase(called, self.resource)


@dataclass(frozen=True)
class Levels:
    """All of the file."""

    levels: Mapping[str, Level]
    exceptions: tuple[Passed, ...] = ()
    protected: frozenset[str] = frozenset()
    """Stacks that owe what protected ones do, whatever their settings say."""

    def of(self, rule: str) -> Level:
        """How strictly a rule is held."""
        return self.levels.get(rule, Level.MANDATORY)

    def passes_over(self, rule: str, resource: Resource) -> bool:
        """Whether an exception lets a resource break a rule."""
        return any(passed.matches(rule, resource) for passed in self.exceptions)


def read(file: Path, rules: Collection[str]) -> Levels:
    """What `file` says of rules of these names.

    Raises:
        LevelsError: It is no YAML, or it says something else; all of it.
    """
    try:
        said = yaml.safe_load(file.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise _error([f"cannot be read: {error}"]) from error
    if faults := list(_faults(said, rules)):
        raise _error(faults)
    levels = {rule: Level(level) for rule, level in (said.get("levels") or {}).items()}
    exceptions = (Passed(each["rule"], each["resource"]) for each in said.get("exceptions") or [])
    return Levels(levels, tuple(exceptions), frozenset(said.get("protected") or []))


def _faults(said: Any, rules: Collection[str]) -> Iterator[str]:  # noqa: ANN401 - YAML is of any type
    if not isinstance(said, dict):
        yield "says nothing" if said is None else f"is {said!r}, and not keys with values"
        return
    yield from (f"has {key!r}, which is none of {', '.join(_KEYS)}" for key in said if key not in _KEYS)
    yield from _faults_of_levels(said.get("levels") or {}, rules)
    protected = said.get("protected") or []
    if not isinstance(protected, list) or not all(isinstance(stack, str) and stack.strip() for stack in protected):
        yield f"protected: {protected!r} is no list of names of stacks"
    exceptions = said.get("exceptions") or []
    if not isinstance(exceptions, list):
        yield f"exceptions: {exceptions!r} is no list"
        return
    for number, each in enumerate(exceptions):
        yield from (f"exceptions[{number}]{fault}" for fault in _faults_of_exception(each, rules))


def _faults_of_levels(levels: Any, rules: Collection[str]) -> Iterator[str]:  # noqa: ANN401 - YAML is of any type
    if not isinstance(levels, dict):
        yield f"levels: {levels!r} is not rules with their levels"
        return
    known = [level.value for level in Level]
    for rule, level in levels.items():
        if rule not in rules:
            yield f"levels: {rule!r} is no rule"
        elif level not in known:
            yield f"levels.{rule}: {level!r} is no level, which are: {', '.join(known)}"


def _faults_of_exception(said: Any, rules: Collection[str]) -> Iterator[str]:  # noqa: ANN401 - YAML is of any type
    if not isinstance(said, dict):
        yield f": {said!r} does not say {', '.join(_EXCEPTION)}"
        return
    yield from (f": {key!r} is none of {', '.join(_EXCEPTION)}" for key in said if key not in _EXCEPTION)
    for key in _EXCEPTION:
        if key not in said:
            yield f".{key} is missing"
        elif not isinstance(said[key], str) or not said[key].strip(" *:"):
            yield f".{key}: {said[key]!r} says nothing in particular"
        elif key == "rule" and said[key] not in rules:
            yield f".rule: {said[key]!r} is no rule"


def _error(faults: list[str]) -> LevelsError:
    return LevelsError(
        "\n".join(
            [
                *(f"{FILE} {fault}." for fault in faults),
                "  A rule might be held less strictly than somebody meant, so nothing was judged or changed.",
                "  Remedy: Correct the file; docs/policy.md lists the rules, and what may stand in it.",
            ]
        )
    )
