"""Names, `name:value` and `old:new`: what the two transformers are told to change."""

from collections.abc import Sequence

from web_platform.errors import Fault
from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults


def names_faults(config: Config, step: str, parts: Sequence[str]) -> Faults:
    """What is taken out is named, without a value."""
    for place, part, entry in _entries(config, step, parts):
        if not entry or (part == "headers" and not checks.is_header(entry)):
            yield place, _fault(entry, "a name", "write the name alone")


def pairs_faults(config: Config, step: str, parts: Sequence[str]) -> Faults:
    """What is set has a name and a value."""
    for place, part, entry in _entries(config, step, parts):
        name, _, value = entry.partition(":")
        if not name or not value.lstrip(":") or (part == "headers" and not checks.is_header(name)):
            yield place, _fault(entry, "a name and a value", "write them with a colon between: 'X-Team:shop'")


def renames_faults(config: Config, step: str, parts: Sequence[str]) -> Faults:
    """What is renamed has an old name and a new one."""
    for place, part, entry in _entries(config, step, parts):
        old, _, new = entry.partition(":")
        wrong = part == "headers" and not (checks.is_header(old) and checks.is_header(new))
        if not old or not new.lstrip(":") or wrong:
            yield place, _fault(entry, "two names", "write the old name and the new one with a colon between")


def _entries(config: Config, step: str, parts: Sequence[str]) -> list[tuple[str, str, str]]:
    given = config.get(step, {})
    return [
        (f"{step}.{part}[{number}]", part, entry) for part in parts for number, entry in enumerate(given.get(part, []))
    ]


def _fault(entry: str, expected: str, remedy: str) -> Fault:
    return Fault(f"is {entry!r}, which is not {expected}", checks.REFUSED, remedy)
