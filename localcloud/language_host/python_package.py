"""What a directory's pyproject.toml says about the distribution in it."""

from __future__ import annotations

import tomllib
from pathlib import Path


def package_name(directory: Path) -> str | None:
    """The distribution's name where the directory can be built into one."""
    return _stated(directory, "name")


def package_version(directory: Path) -> str | None:
    """The distribution's version where pyproject.toml states it, and does not leave it to what builds."""
    return _stated(directory, "version")


def _stated(directory: Path, key: str) -> str | None:
    try:
        project = tomllib.loads((directory / "pyproject.toml").read_text()).get("project", {})
    except FileNotFoundError:
        return None
    value = project.get(key)
    return value if isinstance(value, str) else None
