"""Two stacks, resource by resource and property by property: where they differ, and whether in scale or in kind.

It knows what was declared and what `parity.yaml` says, and asks nobody else.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

import yaml

from localcloud.parity.identity import Identity, Word
from localcloud.parity.resources import SECRET, UNKNOWN, Declaration, Resource
from localcloud.parity.rules import PropertyRule, Rules, StandInRule

# A step of a path that needs no quotes.
_PLAIN = re.compile(r"[A-Za-z_][\w:-]*")


class Absent:
    """What a stack has where it has nothing."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()


class Difference(NamedTuple):
    """A property in which two declarations of a resource differ."""

    resource: Resource
    path: str
    first: Any
    second: Any


class Lonely(NamedTuple):
    """A resource that only one of the stacks declares."""

    resource: Resource
    stack: str
    parts: int
    """How many more resources are in it, which the other stack lacks as well."""


class Replacement(NamedTuple):
    """What only a stack on Google Cloud declares, and what a local one declares in its place."""

    rule: StandInRule
    google: Sequence[Resource]
    local: Sequence[Resource]


@dataclass(frozen=True)
class Comparison:
    """What came of comparing two stacks.

    Attributes:
        first: Name of the first.
        second: Name of the second.
        resources: How many resources both declare.
        identity: The words by which they differ, with the number of properties in which each stands.
        unknown: What was not compared, since it is known only later: key of the resource, and path.
        secret: How many properties were not compared, since both keep them secret.
        scale: The differences of scale, by the rule that allows them.
        local: The differences that come from what a local stack stands on, by the rule that explains them.
        stand_ins: The resources that only one of them declares, by the rules that explain them.
        kind: The properties that differ in kind.
        lonely: The resources that only one of them declares and that nothing explains, the outermost alone.
    """

    first: str
    second: str
    resources: int
    identity: Sequence[tuple[Word, int]]
    unknown: Sequence[tuple[str, str]]
    secret: int
    scale: Sequence[tuple[PropertyRule, Sequence[Difference]]]
    local: Sequence[tuple[PropertyRule, Sequence[Difference]]]
    stand_ins: Sequence[Replacement]
    kind: Sequence[Difference]
    lonely: Sequence[Lonely]

    @property
    def is_of_one_kind(self) -> bool:
        """Whether the stacks differ in nothing but what may differ."""
        return not (self.kind or self.lonely)


def compare(first: Declaration, second: Declaration, rules: Rules) -> Comparison:
    """Compare what two stacks declare."""
    identity = Identity(first.words, second.words)
    pairs = identity.pairs(first.resources, second.resources)
    both = sorted((first.resources[one], second.resources[other]) for one, other in pairs if one and other)
    across = first.is_local != second.is_local
    walk = _Walk(identity, across)
    for one, other in both:
        walk.resources(one, other)

    scale, left = _sorted_out(walk.differences, rules.scale, _is_how_much)
    local, kind = _sorted_out(left, rules.local if across else (), lambda _: True)
    alone = [
        _Alone(first, [first.resources[one] for one, other in pairs if one and not other]),
        _Alone(second, [second.resources[other] for one, other in pairs if other and not one]),
    ]
    stand_ins = list(_replacements(alone, rules.stand_ins)) if across else []
    return Comparison(
        first.stack,
        second.stack,
        len(both),
        [(word, walk.words[word.name]) for word in identity.words if walk.words[word.name]],
        walk.unknown,
        walk.secret,
        scale,
        local,
        stand_ins,
        kind,
        [lonely for each in alone for lonely in each.outermost()],
    )


class _Walk:
    """Goes through two declarations side by side, and notes what it meets.

    Args:
        identity: The words by which they may differ.
        across: Whether one is on Google Cloud and the other is not: then other resources make other values known.
    """

    def __init__(self, identity: Identity, across: bool) -> None:
        self.differences: list[Difference] = []
        self.unknown: list[tuple[str, str]] = []
        self.secret = 0
        self.words: Counter[str] = Counter()
        self._identity = identity
        self._across = across
        self._resource: Resource

    def resources(self, first: Resource, second: Resource) -> None:
        """Goes through two resources, and through what their inputs come from that are not known yet."""
        self._resource = first
        for name, one, other in self._pairs(first.properties, second.properties):
            met = len(self.differences)
            self._values(_step("", name), one, other)
            # Where an input differs already, that is what there is to say of it.
            if met == len(self.differences) and not self._across and name in first.sources and name in second.sources:
                self._values(f"{name}:source", list(first.sources[name]), list(second.sources[name]))

    def _values(self, path: str, first: Any, second: Any) -> None:  # noqa: ANN401 - JSON of any shape
        if first is ABSENT or second is ABSENT:
            self._note(path, first, second)
        elif first == second == UNKNOWN or (self._across and UNKNOWN in (first, second)):
            self.unknown.append((self._resource.key, path))
        elif first == second == SECRET:
            self.secret += 1
        elif isinstance(first, Mapping) and isinstance(second, Mapping):
            self._mappings(path, first, second)
        elif isinstance(first, list) and isinstance(second, list):
            self._lists(path, first, second)
        elif isinstance(first, str) and isinstance(second, str):
            self._texts(path, first, second)
        # For Python, true is 1.
        elif first != second or isinstance(first, bool) != isinstance(second, bool):
            self._note(path, first, second)

    def _mappings(self, path: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
        for key, one, other in self._pairs(first, second):
            self._values(_step(path, key), one, other)

    def _lists(self, path: str, first: list[Any], second: list[Any]) -> None:
        names, others = _names(first), _names(second)
        if names is not None and others is not None:
            self._named(path, dict(zip(names, first, strict=True)), dict(zip(others, second, strict=True)))
        elif len(first) == len(second):
            for number, (one, other) in enumerate(zip(first, second, strict=True)):
                self._values(f"{path}[{number}]", one, other)
        else:
            self._note(path, first, second)

    def _named(self, path: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
        for name, one, other in self._pairs(first, second):
            self._values(f"{path}[{name if _PLAIN.fullmatch(name) else json.dumps(name)}]", one, other)
        in_both = [other for one, other in self._identity.pairs(first, second) if None not in (one, other)]
        if in_both != [name for name in second if name in in_both]:
            self._note(path, list(first), list(second))

    def _pairs(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
        """What both say by each name, as the first one calls it."""
        for one, other in self._identity.pairs(first, second):
            yield (
                (other or "") if one is None else one,
                ABSENT if one is None else first[one],
                ABSENT if other is None else second[other],
            )

    def _texts(self, path: str, first: str, second: str) -> None:
        words = self._identity.words_between(first, second)
        if words is not None:
            self.words.update(words)
            return
        met = len(self.differences) + len(self.unknown)
        one, other = _structure(first), _structure(second)
        if one is not None and type(one) is type(other):
            self._values(path, one, other)
        if met == len(self.differences) + len(self.unknown):
            self._note(path, first, second)

    def _note(self, path: str, first: Any, second: Any) -> None:  # noqa: ANN401 - JSON of any shape
        self.differences.append(Difference(self._resource, path, first, second))


class _Alone:
    """What only one stack declares, and nothing has explained yet."""

    def __init__(self, declaration: Declaration, resources: Iterable[Resource]) -> None:
        self.is_local = declaration.is_local
        self._stack = declaration.stack
        self._all = declaration.resources
        self._left = {resource.key: resource for resource in sorted(resources)}

    def meant_by(self, patterns: Sequence[str]) -> list[Resource]:
        """What patterns mean of it, themselves or by a component that it is in."""
        return [
            resource
            for resource in self._left.values()
            if any(fnmatchcase(around.key, pattern) for around in self._around(resource) for pattern in patterns)
        ]

    def explain(self, resources: Iterable[Resource]) -> None:
        for resource in resources:
            del self._left[resource.key]

    def outermost(self) -> Iterator[Lonely]:
        """What is in no other that is left, each with the number of those that are in it."""
        outer: Counter[str] = Counter()
        for resource in self._left.values():
            outer[[around.key for around in self._around(resource) if around.key in self._left][-1]] += 1
        for key, count in outer.items():
            yield Lonely(self._left[key], self._stack, count - 1)

    def _around(self, resource: Resource) -> Iterator[Resource]:
        """A resource, and the components that it is in."""
        inner: Resource | None = resource
        while inner is not None:
            yield inner
            inner = self._all.get(inner.parent)


def _replacements(alone: Iterable[_Alone], rules: Iterable[StandInRule]) -> Iterator[Replacement]:
    """What each rule explains. What is replaced, and what replaces it, must both be there where both are named."""
    google, local = sorted(alone, key=lambda each: each.is_local)
    for rule in rules:
        replaced, replacing = google.meant_by(rule.google), local.meant_by(rule.local)
        if (replaced or not rule.google) and (replacing or not rule.local):
            google.explain(replaced)
            local.explain(replacing)
            yield Replacement(rule, replaced, replacing)


def _sorted_out(
    differences: Iterable[Difference], rules: Sequence[PropertyRule], may: Callable[[Difference], bool]
) -> tuple[list[tuple[PropertyRule, list[Difference]]], list[Difference]]:
    """The differences that rules allow, each by the first that does, and those that none does."""
    allowed: list[tuple[PropertyRule, list[Difference]]] = [(rule, []) for rule in rules]
    left: list[Difference] = []
    for difference in differences:
        type_, path = difference.resource.type, difference.path
        next((by for rule, by in allowed if may(difference) and rule.matches(type_, path)), left).append(difference)
    return [(rule, found) for rule, found in allowed if found], left


def _is_how_much(difference: Difference) -> bool:
    """Whether both stacks have a number, or both a text such as `2Gi`: only then is it a matter of how much."""
    first, second = (_sort(value) for value in (difference.first, difference.second))
    return first is not None and first is second


def _sort(value: object) -> type | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float
    return str if isinstance(value, str) else None


def _step(path: str, key: str) -> str:
    """The path of a key below another."""
    if not _PLAIN.fullmatch(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def _names(items: Iterable[Any]) -> list[str] | None:
    """The names of a list's items, where each has one of its own."""
    names = [item.get("name") if isinstance(item, Mapping) else None for item in items]
    texts = [name for name in names if isinstance(name, str)]
    return texts if len(set(texts)) == len(names) and UNKNOWN not in texts else None


def _structure(text: str) -> Any:  # noqa: ANN401 - JSON or YAML of any shape
    """What a text says that is JSON, or YAML of more than one line; None for any other."""
    try:
        found = json.loads(text) if text.startswith(("{", "[")) else yaml.safe_load(text) if "\n" in text else None
    except (ValueError, yaml.YAMLError):
        return None
    return found if isinstance(found, dict | list) else None
