"""Checks that many types share: of single inputs, for `Kind.problems`, and of resources that others refer to.

Of an input that is absent or will only be known later, nothing is wrong yet.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Refusal, Resource
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN, Property


def value_at(inputs: Mapping[str, Property], path: str) -> Property:
    """The value at a path such as ``retryPolicy.minimumBackoff``; None where there is none or it is not known yet."""
    value: Property = inputs
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return None if value is UNKNOWN else value


def matches(inputs: Mapping[str, Property], path: str, pattern: str, rule: str) -> list[Problem]:
    """Text must match a regular expression as a whole; `rule` says in words what Google takes."""
    value = value_at(inputs, path)
    if not isinstance(value, str) or re.fullmatch(pattern, value):
        return []
    return [Problem(path, f"is {value!r}, but {rule}: choose another")]


def one_of(inputs: Mapping[str, Property], path: str, choices: Collection[str]) -> list[Problem]:
    """Text must be one of a few."""
    value = value_at(inputs, path)
    if value is None or value in choices:
        return []
    return [Problem(path, f"is {value!r}, which Google does not know: choose {_alternatives(choices)}")]


def between(inputs: Mapping[str, Property], path: str, low: int, high: int, unit: str) -> list[Problem]:
    """A number must be in a range, its ends included."""
    value = value_at(inputs, path)
    if value is None or low <= value <= high:
        return []
    return [Problem(path, f"is {value:g}, but Google takes {low} to {high} {unit}: choose a number in that range")]


def duration_between(inputs: Mapping[str, Property], path: str, low: int, high: int) -> list[Problem]:
    """A duration such as ``600s`` must be in a range of seconds, its ends included."""
    value = value_at(inputs, path)
    if value is None or ((length := seconds(value)) is not None and low <= length <= high):
        return []
    return [Problem(path, f"is {value!r}, but Google takes seconds from '{low}s' to '{high}s': write it like that")]


def exactly_one(inputs: Mapping[str, Property], path: str, names: Collection[str]) -> list[Problem]:
    """Of a few properties of the object at `path`, one must be given and no second one."""
    parent = value_at(inputs, path)
    if not isinstance(parent, Mapping):
        return []
    given = [name for name in names if parent.get(name) not in (None, False)]
    if len(given) == 1:
        return []
    return [
        Problem(path, f"must have one of {_alternatives(names)}, but has {' and '.join(given) or 'none'}: give one")
    ]


def seconds(duration: str) -> float | None:
    """The length of a duration such as ``3.5s``; None if it is not one."""
    written = re.fullmatch(r"(\d+(?:\.\d{1,9})?)s", duration)
    return float(written[1]) if written else None


def existing(cloud: Cloud, token: str, identifier: str, danger: str) -> Resource:
    """The resource that another refers to.

    Raises:
        Refusal: There is none of this id; `danger` says what would have come of it.
    """
    resource = cloud.get(token, identifier)
    if resource is None:
        name = token.rpartition(":")[2]
        raise Refusal(
            404,
            f"the {name} {identifier!r} does not exist, notFound",
            danger,
            f"declare the {name}, and refer to it by its outputs so that it is made first",
        )
    return resource


def refuse(problems: Iterable[Problem]) -> None:
    """Refuses inputs with problems, which were not known before or were not looked for.

    Raises:
        Refusal: There are some.
    """
    for each in problems:
        reason, _, remedy = each.reason.rpartition(": ")
        raise Refusal(
            400, f"Invalid value for field 'resource.{each.path}': {reason}, invalid", "it is not made", remedy
        )


def _alternatives(names: Collection[str]) -> str:
    return ", ".join(map(repr, names))
