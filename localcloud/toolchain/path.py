"""Tools that the user has installed already."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from localcloud.toolchain.tools import Tool

_VERSION = re.compile(r"\bv?(\d+)\.(\d+)\.(\d+)")


def find(tool: Tool, pinned: str) -> Path | None:
    """The tool on PATH, if its version belongs to the series that `pinned` is of.

    Directories below a ``.localcloud`` are left out: what is there are our own links, which ``make shell`` puts first.
    """
    place = None if tool.own else shutil.which(tool.name, path=foreign_path())
    if place and fits(_version_of(place, tool), pinned, tool.series):
        return Path(place)
    return None


def fits(version: str | None, pinned: str, series: int) -> bool:
    """Whether `version` has the same first `series` numbers as `pinned`."""
    found, wanted = (_VERSION.search(text or "") for text in (version, pinned))
    return bool(found and wanted and found.groups()[:series] == wanted.groups()[:series])


def foreign_path() -> str:
    """PATH without the directories below a ``.localcloud``."""
    directories = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(directory for directory in directories if ".localcloud" not in Path(directory).parts)


def _version_of(place: str, tool: Tool) -> str | None:
    try:
        answer = subprocess.run(
            [place, *tool.version_arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # What cannot even say its version cannot serve.
    return answer.stdout
