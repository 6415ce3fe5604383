"""What a program asks for: the engine puts it to rules of single resources, but to those of the stack what comes of it.

Of what is to be made for the first time, by a provider whose cluster there is not yet, that is nothing at all.
"""

from collections.abc import Mapping
from typing import Any


class Asked:
    """The properties that each resource was asked for with, by URN."""

    def __init__(self) -> None:
        self._asked: dict[str, Mapping[str, Any]] = {}

    def remember(self, urn: str, properties: Mapping[str, Any]) -> None:
        """Note what a resource is asked for with."""
        self._asked[urn] = properties

    def of(self, urn: str) -> Mapping[str, Any]:
        """What a resource was asked for with; nothing where the engine did not put it to any rule."""
        return self._asked.get(urn, {})


def completed(known: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a resource, and where that is nothing yet, what it was asked for with."""
    return {**asked, **{key: _filled(value, asked.get(key)) for key, value in known.items()}}


def _filled(known: Any, asked: Any) -> Any:  # noqa: ANN401 - properties are of any type
    if known is None:
        return asked
    if isinstance(known, dict) and isinstance(asked, dict):
        return {key: _filled(value, asked.get(key)) for key, value in known.items()}
    if isinstance(known, list) and isinstance(asked, list) and len(known) == len(asked):
        return [_filled(*pair) for pair in zip(known, asked, strict=True)]
    return known
