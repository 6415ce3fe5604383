"""What a kind of plugin is: its name in Kong, its fields, what Kong refuses of them, and the defaults that are safe."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from web_platform.errors import Fault

Config = Mapping[str, Any]
"""Fields of a plugin, as Kong names them."""

Faults = Iterator[tuple[str, Fault]]
"""What is wrong, each with its field."""


class Kind(NamedTuple):
    """A kind of plugin."""

    name: str
    """Name by which Kong knows it."""

    args: type
    """TypedDict of its fields."""

    faults: Callable[[Config], Faults]
    """Finds values that Kong refuses or that would not do what they seem to. It is given right types only."""

    config: Callable[[Config], dict[str, Any]]
    """Makes Kong's configuration of fields without fault: lays them over the defaults."""

    authenticates: bool = False
    """Whether it demands that callers say who they are."""

    fits_consumers: bool = True
    """Whether Kong accepts it on a consumer."""

    fits_everywhere: bool = True
    """Whether it may apply to every request to the gateway, those of Let's Encrypt among them."""


def nothing(config: Config) -> Faults:  # noqa: ARG001 - whatever has the right type is right
    """Find nothing, of a plugin whose fields need have the right type only."""
    yield from ()


def laid_over(**defaults: object) -> Callable[[Config], dict[str, Any]]:
    """Make the configuration of a plugin whose fields need no more than defaults where they are left out."""
    return lambda given: {**defaults, **given}
