"""Which Python runs a program or a plugin, and with which environment.

The options are those of the official host, read from `runtime.options` in Pulumi.yaml, and so is the meaning of
`virtualenv`: a path relative to the project's root. Without that option the interpreter that runs this host is used,
where the official host takes any `python3` on PATH: a rehearsal must not depend on what that happens to be.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.language_host.errors import HostError
from localcloud.protocol import language_pb2


@dataclass(frozen=True)
class Interpreter:
    """A Python, and the virtual environment it belongs to if Pulumi.yaml names one."""

    executable: Path
    virtualenv: Path | None = None
    option: str = ""
    toolchain: str = "pip"
    typechecker: str = ""

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """`base` as it is after activating the virtual environment."""
        environment = dict(base)
        if self.virtualenv:
            environment.pop("PYTHONHOME", None)
            environment["VIRTUAL_ENV"] = str(self.virtualenv)
            paths = [str(self.executable.parent), *filter(None, [base.get("PATH")])]
            environment["PATH"] = os.pathsep.join(paths)
        return environment

    @property
    def is_missing(self) -> bool:
        """Whether the virtual environment is yet to be made."""
        return self.virtualenv is not None and not self.executable.is_file()

    def require(self) -> None:
        """Say what to do where the virtual environment is not there, before anything is started in it."""
        if not self.is_missing:
            return
        problem = "is not a virtual environment" if self.virtualenv and self.virtualenv.exists() else "does not exist"
        raise HostError(
            f"the 'virtualenv' option in Pulumi.yaml is {self.option!r}, but {self.virtualenv} {problem}, so nothing "
            "can be started in it; run `pulumi install` to create it and install requirements.txt into it"
        )


def resolve(info: language_pb2.ProgramInfo, *, plugin: bool = False) -> Interpreter:
    """The interpreter for a program, or for a plugin, which may keep its own in `venv` without saying so."""
    options: dict[str, Any] = dict(info.options)
    toolchain = _text(options, "toolchain") or _detected_toolchain(Path(info.program_directory))
    typechecker = _text(options, "typechecker")
    if toolchain not in ("pip", "uv"):
        raise HostError(
            f"the 'toolchain' option is {toolchain!r}, which this language host cannot run; use 'pip' or 'uv', "
            "or point the 'virtualenv' option at an environment made by other means"
        )
    if typechecker not in ("", "mypy", "pyright"):
        raise HostError(f"the 'typechecker' option is {typechecker!r}; it can be 'mypy' or 'pyright'")

    option = _text(options, "virtualenv")
    root = Path(info.root_directory)
    if not option and toolchain == "uv":
        lock = _search_up(Path(info.program_directory), "uv.lock")
        root, option = lock.parent if lock else root, ".venv"
    if not option and plugin and (root / "venv" / "bin" / "python").is_file():
        option = "venv"
    if not option:
        return Interpreter(ambient_python(), toolchain=toolchain, typechecker=typechecker)
    virtualenv = root / option
    return Interpreter(virtualenv / "bin" / "python", virtualenv, option, toolchain, typechecker)


def ambient_python() -> Path:
    """`PULUMI_PYTHON_CMD` where it is set, as for the official host; else the interpreter of this process."""
    command = os.environ.get("PULUMI_PYTHON_CMD")
    if not command:
        return Path(sys.executable)
    found = shutil.which(command)
    if found is None:
        raise HostError(f"PULUMI_PYTHON_CMD is {command!r}, which is not on PATH; correct it or unset it")
    return Path(found)


def _text(options: Mapping[str, Any], name: str) -> str:
    value = options.get(name, "")
    if not isinstance(value, str):
        raise HostError(f"the {name!r} option in Pulumi.yaml must be text, not {value!r}")
    return value


def _detected_toolchain(directory: Path) -> str:
    if _search_up(directory, "uv.lock"):
        return "uv"
    return "poetry" if _search_up(directory, "poetry.lock") else "pip"


def _search_up(directory: Path, name: str) -> Path | None:
    return next((parent / name for parent in (directory, *directory.parents) if (parent / name).is_file()), None)
