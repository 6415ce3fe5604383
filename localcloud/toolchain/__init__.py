"""The programs that the local cloud runs: found on PATH where they fit, else built from Go modules.

Builds go to a cache of the user's that every clone shares. No registry carries these programs ready-made, so the first
build takes minutes; it happens once for each set of versions. The stand-ins of Google's services, and what programs in
other languages than Python take, are built when they are asked for: a stack comes up without them.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud.toolchain import build, path
from localcloud.toolchain.tools import LANGUAGES, MODULES, STAND_INS, GoModule

__all__ = ["Toolchain", "cache_directory", "ensure", "ensure_languages", "ensure_stand_ins", "version"]


@dataclass(frozen=True)
class Toolchain:
    """Where each program is.

    Attributes:
        programs: A tool's name -> its executable.
    """

    programs: Mapping[str, Path]

    def __getitem__(self, name: str) -> Path:
        return self.programs[name]


def cache_directory() -> Path:
    """Where builds are kept: ``$XDG_CACHE_HOME`` or ``~/.cache``, below it ``web-platform/toolchain``."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "web-platform" / "toolchain"


def ensure() -> Toolchain:
    """Finds every tool that brings a stack up on PATH or in the cache, and builds what is in neither.

    Raises:
        LocalCloudError: There is no Go to build with, or a build failed.
    """
    return _ensure(MODULES)


def ensure_stand_ins() -> Toolchain:
    """Does the same for what stands in for Google's services.

    Raises:
        LocalCloudError: There is no Go to build with, or a build failed.
    """
    return _ensure(STAND_INS)


def ensure_languages() -> Toolchain:
    """Does the same for what programs in other languages than Python take.

    Raises:
        LocalCloudError: There is no Go to build with, or a build failed.
    """
    return _ensure(LANGUAGES)


def version(name: str) -> str:
    """The pinned version of the tool `name`, without a leading ``v``."""
    modules = (*MODULES, *STAND_INS, *LANGUAGES)
    return next(m.version(tool) for m in modules for tool in m.tools if tool.name == name).removeprefix("v")


def _ensure(modules: Sequence[GoModule]) -> Toolchain:
    programs: dict[str, Path] = {}
    for module in modules:
        found = {tool.name: path.find(tool, module.version(tool)) for tool in module.tools}
        if not all(found.values()):
            built = build.ensure(module, cache_directory())
            programs |= {tool.name: built / tool.name for tool in module.tools}
        programs |= {name: place for name, place in found.items() if place}
    return Toolchain(programs)
