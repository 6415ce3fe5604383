"""What is found out about one thing that a mode needs."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Whether what is found serves."""

    HAS = "has"
    LACKS = "lacks"
    HINT = "hint"
    """It serves, and there is something to know about it."""


class Finding(NamedTuple):
    """What is found.

    Attributes:
        state: Whether it serves.
        found: Version, place or size; or what is wrong.
        remedy: What to do about it, as a sentence; empty where there is nothing to do.
    """

    state: State
    found: str
    remedy: str = ""


Look = Callable[[], Finding]
"""Finds out about one thing. It may take seconds, and runs beside others."""

Looks = Mapping[str, Look]
"""By the names of the things."""


def has(found: str) -> Finding:
    """It serves."""
    return Finding(State.HAS, found)


def lacks(found: str, remedy: str) -> Finding:
    """It is missing, or does not serve."""
    return Finding(State.LACKS, found, remedy)


def hint(found: str, remedy: str) -> Finding:
    """It serves, and there is something to know about it."""
    return Finding(State.HINT, found, remedy)
