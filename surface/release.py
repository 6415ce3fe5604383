"""The record of the last release: its version, and the surface that programs got with it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import web_platform
import yaml

from surface.entries import Entry, entries
from surface.stability import Version, changes

_RECORD = Path(__file__).parent / "released.yaml"
_PROJECT = Path(web_platform.__file__).parents[1] / "pyproject.toml"
_RECORDING = ".venv/bin/python -m surface record"


@dataclass(frozen=True)
class Release:
    """A version with its surface."""

    version: Version
    surface: dict[str, Entry]

    @classmethod
    def last(cls) -> "Release":
        """The one that is recorded."""
        recorded = yaml.safe_load(_RECORD.read_text())
        surface = {name: Entry(**entry) for name, entry in recorded["surface"].items()}
        return cls(Version.parse(recorded["version"]), surface)

    @classmethod
    def next(cls) -> "Release":
        """What the code is, under the version that components/pyproject.toml says."""
        return cls(next_version(), entries())

    def record(self) -> None:
        """Writes it down as the last one."""
        surface = {
            name: {key: value for key, value in entry._asdict().items() if value}
            for name, entry in self.surface.items()
        }
        content = yaml.safe_dump(
            {"version": str(self.version), "surface": surface}, default_flow_style=None, sort_keys=False, width=1000
        )
        _RECORD.write_text(f"# The public surface of the last release. Written by `{_RECORDING}`.\n{content}")


def next_version() -> Version:
    """The version that components/pyproject.toml says."""
    return Version.parse(tomllib.loads(_PROJECT.read_text())["project"]["version"])


def version_fault(last: Release, following: Release) -> str | None:
    """What is wrong with the version of a release that follows another; None where nothing is."""
    found = changes(last.surface, following.surface)
    needed = last.version.raised(found[0].bump) if found else last.version
    if following.version >= needed:
        return None
    said = f"components/pyproject.toml says {following.version}"
    if not found:
        return f"{said}, which was before {last.version}.\n  Nobody would get it.\n  Remedy: write {needed} or later."
    return "\n".join(
        [
            f"{said}, and since {last.version} the public surface changed:",
            *(f"    {change}" for change in found),
            "  A program that takes whatever is compatible would get this unasked.",
            f'  Remedy: undo what was not meant. For the rest, write version = "{needed}" there, and into CHANGELOG.md',
            "  what it is good for.",
        ]
    )


def recording_fault(last: Release, following: Release) -> str | None:
    """What is wrong with recording a release after another; None where nothing is."""
    fault = version_fault(last, following)
    if fault is None or following.version != last.version:
        return fault
    return f"{fault}\n  Nobody has {last.version} yet? Then `{_RECORDING} --again` records it as it is now."


def record_fault(last: Release, tagged: Release) -> str | None:
    """What is wrong with a record that is to be that of a release which is made now; None where nothing is."""
    if last == tagged:
        return None
    return "\n".join(
        [
            f"surface/released.yaml is of {last.version}, and not of what is released as {tagged.version} now.",
            "  The next version would be compared with another surface than programs have.",
            f"  Remedy: `{_RECORDING}`, commit what it writes, and tag that commit.",
        ]
    )
