"""What a section of a stack file declares, by name: for whatever names something that should be there."""

from collections.abc import Mapping, Sequence


def declared(values: Mapping[str, object], section: str) -> list[str]:
    """The names that stand below the key of a section, right or wrong in themselves."""
    named = values.get(section)
    return sorted(map(str, named)) if isinstance(named, Mapping) else []


def remedy(section: str, known: Sequence[str]) -> str:
    """What to do about a name that is not among those that are declared."""
    return f"declare it under `{section}`; there are: {', '.join(known) or '(none)'}"
