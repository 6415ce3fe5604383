"""The rules of the simulated Google Cloud, as tables of what breaks them, for one program that does so on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from localcloud.providers.google.kind import Resource
from tests.engine.google_program import Declared, Wrong


@dataclass(frozen=True)
class Kept:
    """A resource that stays when the program does not declare it any more.

    Attributes:
        name: Its name in the program.
        told: How the message about it begins.
    """

    name: str
    told: str


@dataclass(frozen=True)
class Differing:
    """A change that is allowed.

    Attributes:
        declared: The resource as it shall be.
        differences: Property path -> what a preview says of it, such as ``update`` or ``update-replace``.
    """

    declared: Declared
    differences: dict[str, str]


@dataclass(frozen=True)
class Rules:
    """The tables of one area.

    Attributes:
        base: A sound program, in waves that wait for one another.
        checked: Wrong by what they are given alone, so that nothing is made.
        refused: Refused when they are made, beside the base.
        changed: Resources of the base, changed as it cannot be.
        differing: Resources of the base, changed as it can be.
        kept: Resources of the base that cannot be deleted while the others stay.
        deleted: Names of resources of the base that are deleted together with those which are kept.
        afterwards: Refused when those are gone.
        adopted: What somebody else has made before the base.
        lost: Names of resources of the base that somebody else deletes before any is changed.
        unheard: Texts of rules that no message has, as `written.unbroken` tells them.
    """

    base: Sequence[Sequence[Declared]] = ()
    checked: Sequence[Wrong] = ()
    refused: Sequence[Wrong] = ()
    changed: Sequence[Wrong] = ()
    differing: Sequence[Differing] = ()
    kept: Sequence[Kept] = ()
    deleted: Sequence[str] = ()
    afterwards: Sequence[Wrong] = ()
    adopted: Sequence[Resource] = ()
    lost: Sequence[str] = ()
    unheard: Sequence[str] = ()
