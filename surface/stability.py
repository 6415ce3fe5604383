"""What a change of the public surface asks of the next version.

Versions are semantic. What could break a program is a major change: a name that is gone, a type, a base class or a
default that is another, an argument that must be given and had not to be. What a program can do without is a minor one:
something new, an argument that takes more, an output that can no longer be absent. While the major version is 0, a
major change raises the minor version too, as https://semver.org/#spec-item-4 allows.

A default may be words: from `never` to 30, a bucket begins to delete. Nothing here knows which words mean the same, so
other words are another default. What follows a comma, semicolon, colon or full stop in them is a remark, and free,
unless the comma goes on with a list of numbers or of values in backticks.
"""

import enum
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from surface.annotations import takes
from surface.entries import ALWAYS, MEMBER, OPTIONAL, PERHAPS, REQUIRED, Entry

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class Bump(enum.IntEnum):
    """Which part of the version a change raises."""

    MINOR = 1
    MAJOR = 2


class Version(NamedTuple):
    """A released version."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> "Version":
        """The version that a text is.

        Raises:
            ValueError: It is none.
        """
        found = _VERSION.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a version such as 1.4.2")
        return cls(*map(int, found.groups()))

    def raised(self, bump: Bump) -> "Version":
        """The first version that may have changes of a kind."""
        if bump is Bump.MINOR or self.major == 0:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major + 1, 0, 0)

    def __str__(self) -> str:
        """As it is written."""
        return ".".join(map(str, self))


class Change(NamedTuple):
    """One difference between two surfaces."""

    name: str
    what: str
    bump: Bump

    def __str__(self) -> str:
        """In one line."""
        return f"{self.bump.name.lower()}: {self.name} {self.what}"


def changes(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[Change]:
    """Everything that programs may notice, the worst of it first."""
    return sorted(_changes(before, after), key=lambda change: (-change.bump, change.name))


def _changes(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterator[Change]:
    for name in before.keys() - after.keys():
        yield Change(name, "is gone", Bump.MAJOR)
    for name in after.keys() - before.keys():
        if after[name].kind == REQUIRED and name.rpartition(".")[0].removesuffix(".inputs") in before:
            yield Change(name, "is new, and must be given", Bump.MAJOR)
        else:
            yield Change(name, "is new", Bump.MINOR)
    for name in before.keys() & after.keys():
        yield from (Change(name, *found) for found in _differences(before[name], after[name]))


def _differences(before: Entry, after: Entry) -> Iterator[tuple[str, Bump]]:
    if (before.kind, after.kind) == (REQUIRED, OPTIONAL):
        yield "need not be given any more", Bump.MINOR
    elif (before.kind, after.kind) == (PERHAPS, ALWAYS):
        yield "is always there now", Bump.MINOR
    elif before.kind != after.kind:
        yield f"is {after.kind}, and was {before.kind}", Bump.MAJOR
    if before.type != after.type:
        takes_more = after.kind in (REQUIRED, OPTIONAL) and takes(after.type, before.type)
        is_less = after.kind == MEMBER and takes(before.type, after.type)
        yield f"is {after.type}, and was {before.type}", Bump.MINOR if takes_more or is_less else Bump.MAJOR
    if before.kind == after.kind and before.default != after.default:
        yield f"is {_said(after.default)} by default, and was {_said(before.default)}", Bump.MAJOR


def _said(default: str | None) -> str:
    return "unsaid" if default is None else repr(default)
