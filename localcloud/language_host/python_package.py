"""What a directory's pyproject.toml says about the distribution in it."""

from __future__ import annotations

import tomllib
from pathlib import Path


def package_name(directory: Path) -> str | None:
    """The distribution's name where the directory can be built into one."""
    try:
        project = tomllib.loads((directory / "pyproject.toml").read_text()).get("project", {})
    except FileNotFoundError:
        return None
    name = project.get("name")
    return name if isinstance(name, str) else None
