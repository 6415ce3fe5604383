"""What a rule is, and what it judges.

Rules are pure: they read resources as plain values, wherever those come from, and say what is wrong with them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Resource:
    """A resource of a stack, as it is asked for or as it is."""

    type: str
    """Its type, such as `gcp:storage/bucket:Bucket`."""

    name: str
    """Its name in the program."""

    properties: Mapping[str, Any]
    """Its properties. What is known only later is None."""

    urn: str = ""
    """Its URN."""

    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """URNs of the resources that each property's value comes from."""

    def get(self, path: str, default: object = None) -> Any:  # noqa: ANN401 - properties are of any type
        """What stands at a path, its keys joined by dots: `default` where nothing does, None where it is known later.

        So a rule that compares with None never holds a resource to what nobody can know yet.
        """
        return value_at(self.properties, path, default)


def value_at(holder: object, path: str, default: object = None) -> Any:  # noqa: ANN401 - properties are of any type
    """The same of any part of a resource."""
    for key in path.split("."):
        if holder is None:
            return None
        if not isinstance(holder, Mapping) or key not in holder:
            return default
        holder = holder[key]
    return holder


@dataclass(frozen=True)
class Finding:
    """What is wrong with a resource, and with which."""

    resource: Resource
    what: str
    danger: str = ""
    """Why it matters, where that is not what its rule says in general."""

    remedy: str = ""
    """What to do, where that is not what its rule says in general."""


@dataclass(frozen=True, kw_only=True)
class Rule(ABC):
    """Something that the project demands."""

    name: str
    demand: str
    """What it demands, as a sentence."""

    danger: str
    """What could happen otherwise, as a sentence."""

    remedy: str
    """What to do, as a sentence."""

    source: str
    """Where to read why."""

    only_where: str = ""
    """The setting of the stack without which it demands nothing, such as `protected`. Default: it always does."""

    @abstractmethod
    def judge(self, resources: Sequence[Resource]) -> Iterator[Finding]:
        """Find what breaks the rule."""

    def message(self, finding: Finding) -> str:
        """What is wrong, the danger and the remedy."""
        return "\n".join(
            [
                f"{finding.what}.",
                f"  Danger: {finding.danger or self.danger}",
                f"  Remedy: {finding.remedy or self.remedy}",
                f"  See {self.source}",
            ]
        )


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule for resources one by one, so that what breaks it is never made."""

    types: tuple[str, ...]
    """How the types of resources begin that it is for."""

    check: Callable[[Resource], Iterable[str]]
    """Gives what is wrong with a resource, as phrases."""

    def judge(self, resources: Sequence[Resource]) -> Iterator[Finding]:
        """Find what breaks the rule."""
        for resource in resources:
            if resource.type.startswith(self.types):
                yield from (Finding(resource, what) for what in self.check(resource))


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule for what lies between resources, which shows once all of them are known."""

    check: Callable[[Sequence[Resource]], Iterable[Finding]]

    def judge(self, resources: Sequence[Resource]) -> Iterator[Finding]:
        """Find what breaks the rule."""
        yield from self.check(resources)
