"""Encrypted values of a stack file: where they stand, where they may, and what programs see in their place."""

from collections.abc import Callable, Iterator, Mapping

from settings.workloads import WORKLOADS

ADDONS, VALUES = "addons", "values"

OF_WORKLOADS = frozenset({"secretEnvironment", "secretFiles"})
"""The keys of a workload whose values are encrypted, and nothing else."""

Path = tuple[str, ...]


def encrypted(value: object, path: Path = ()) -> Iterator[Path]:
    """Where a value of a stack file holds what `pulumi config set --secret` wrote."""
    if is_encrypted(value):
        yield path
    elif isinstance(value, Mapping | list):
        for key, part in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from encrypted(part, (*path, str(key)))


def is_encrypted(value: object) -> bool:
    """Whether it is what `pulumi config set --secret` writes. Else, `secure` is a name like others."""
    return isinstance(value, Mapping) and set(value) == {"secure"} and isinstance(value["secure"], str)


def is_place(key: str, path: Path) -> bool:
    """Whether a value may be encrypted that stands at a path below a key of the stack file."""
    if key == ADDONS:
        return len(path) > 2 and path[1] == VALUES
    return key in WORKLOADS and len(path) == 3 and path[1] in OF_WORKLOADS


def may_hold(key: str) -> bool:
    """Whether a key of the stack file has places for encrypted values."""
    return key == ADDONS or key in WORKLOADS


def replaced(value: object, places: set[Path], change: Callable[[object], object], path: Path = ()) -> object:
    """A value with those at some places changed."""
    if path in places:
        return change(value)
    if isinstance(value, Mapping):
        return {key: replaced(part, places, change, (*path, str(key))) for key, part in value.items()}
    if isinstance(value, list):
        return [replaced(part, places, change, (*path, str(number))) for number, part in enumerate(value)]
    return value
