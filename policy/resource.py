"""A resource of a stack, as rules see it: plain values, wherever they come from."""

from collections.abc import Mapping, Sequence
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

    declared: str = ""
    """Its type in the program, where that may be another: that of a patch, or of a CustomResource."""

    partial: bool = False
    """Whether it is a patch: what it does not say stays as somebody else has it."""

    @property
    def stack(self) -> str:
        """The stack that it belongs to."""
        return stack_of(self.urn)

    def get(self, path: str, default: object = None) -> Any:  # noqa: ANN401 - properties are of any type
        """What stands at a path, its keys joined by dots: `default` where nothing does, None where it is known later.

        So a rule that compares with None never holds a resource to what nobody can know yet.
        """
        return value_at(self.properties, path, self.unsaid(default))

    def unsaid(self, default: object) -> Any:  # noqa: ANN401 - properties are of any type
        """What counts where nothing is said: `default`, or None where somebody else may have said it."""
        return None if self.partial else default


def stack_of(urn: str) -> str:
    """The stack that a URN says."""
    return urn.removeprefix("urn:pulumi:").partition("::")[0]


def value_at(holder: object, path: str, default: object = None) -> Any:  # noqa: ANN401 - properties are of any type
    """The same of any part of a resource."""
    for key in path.split("."):
        if holder is None:
            return None
        if not isinstance(holder, Mapping) or key not in holder:
            return default
        holder = holder[key]
    return holder
