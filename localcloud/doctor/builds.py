"""The programs that are built from Go modules: which are there, and what it takes to build the others."""

import functools
import os
import re
import shutil
from collections.abc import Sequence

import psutil

from localcloud import toolchain
from localcloud.doctor import programs
from localcloud.doctor.findings import Finding, Looks, has, hint, lacks
from localcloud.toolchain import build, path
from localcloud.toolchain.tools import GoModule, Tool

_GIB = 1024**3

# What a version of Go is found by, in its own words and in those of a go.mod.
_GO_VERSION = re.compile(r"\bgo ?(\d+)\.(\d+)")

# Go counts its own runs below this folder, where it can; and it would fetch another release to answer for this one.
_UNCOUNTED = {"XDG_CONFIG_HOME": os.devnull, "GOTOOLCHAIN": "local"}


def looks(modules: Sequence[GoModule], memory: int) -> Looks:
    """Looks at each program of `modules`, and at the room that it takes to build them.

    Args:
        modules: What is built.
        memory: How many GiB of memory that takes, measured, rounded up.
    """
    return {
        "free disk": functools.partial(_space, modules),
        "memory": functools.partial(_memory, modules, memory),
        **{tool.name: functools.partial(_tool, module, tool) for module in modules for tool in module.tools},
    }


def go(modules: Sequence[GoModule]) -> Finding:
    """Whether there is a Go that builds `modules`."""
    wanted = max(_go_version((module.directory / "go.mod").read_text()) for module in modules)
    remedy = f"Install Go {wanted[0]}.{wanted[1]} or later: https://go.dev/doc/install."
    place = programs.where("go")
    if place is None:
        return lacks("not on PATH", remedy)
    answer = programs.ask(place, "version", environment=os.environ | _UNCOUNTED)
    if not answer.good:
        return lacks(f"{programs.shown(place)}: {answer.text}", remedy)
    found = f"{answer.text.removeprefix('go version ')}, {programs.shown(place)}"
    return has(found) if _go_version(answer.text) >= wanted else lacks(found, remedy)


def _go_version(text: str) -> tuple[int, int]:
    """The first version of Go in a text; the lowest that there can be where there is none."""
    found = _GO_VERSION.search(text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _space(modules: Sequence[GoModule]) -> Finding:
    cache = toolchain.cache_directory()
    # The folder is made by whoever builds; its disk is that of the nearest one there is.
    there = next(folder for folder in (cache, *cache.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    # They are built one after the other, and each build asks for its own room.
    needed = sum(module.space for module in modules if not _is_there(module))
    found = f"{free / _GIB:.0f} GiB at {programs.shown(there)}"
    if free >= needed * _GIB:
        return has(found)
    return lacks(
        found,
        f"Make room for the {needed} GiB that the first build takes, or set XDG_CACHE_HOME, GOCACHE and GOMODCACHE to "
        "directories on another disk.",
    )


def _memory(modules: Sequence[GoModule], needed: int) -> Finding:
    total = psutil.virtual_memory().total
    found = f"{total / _GIB:.0f} GiB"
    # Of what is built in, the machine keeps a part to itself.
    if total > (needed - 0.5) * _GIB or all(map(_is_there, modules)):
        return has(found)
    return hint(found, f"If the first build is killed for want of memory, give the machine {needed} GiB, or swap.")


def _tool(module: GoModule, tool: Tool) -> Finding:
    version = module.version(tool)
    if place := path.find(tool, version):
        return has(f"on PATH: {programs.shown(place)}")
    if _is_built(module):
        return has(f"{version}, built")
    return hint(
        f"{version}, not built yet",
        f"The first command that needs it builds it, once, in about {module.minutes} minutes on 2 cores.",
    )


def _is_there(module: GoModule) -> bool:
    """Whether nothing of a module has to be built."""
    return _is_built(module) or all(path.find(tool, module.version(tool)) for tool in module.tools)


def _is_built(module: GoModule) -> bool:
    return (toolchain.cache_directory() / f"{module.name}-{build.fingerprint(module)}").is_dir()
