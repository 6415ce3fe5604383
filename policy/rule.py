"""What a rule is, and what it finds.

Rules are pure: they read resources as plain values, wherever those come from, and say what is wrong with them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from policy.objects import objects_of, type_of
from policy.resource import Resource


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

    only_protected: bool = False
    """Whether it is for protected stacks alone. Default: for all."""

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
        for resource in objects_of(resources):
            if resource.type.startswith(self.types):
                yield from (Finding(resource, what) for what in self.check(resource))

    def concerns(self, type_: str) -> bool:
        """Whether the rule is for resources of a type."""
        return type_of(type_).startswith(self.types)


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule for what lies between resources, which shows once all of them are known."""

    check: Callable[[Sequence[Resource]], Iterable[Finding]]

    def judge(self, resources: Sequence[Resource]) -> Iterator[Finding]:
        """Find what breaks the rule."""
        yield from self.check(objects_of(resources))
