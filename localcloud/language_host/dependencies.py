"""Installing what a program or plugin needs, and telling what it has."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from localcloud.language_host.children import Children
from localcloud.language_host.errors import HostError
from localcloud.language_host.interpreter import Interpreter, ambient_python
from localcloud.language_host.program import child_command
from localcloud.language_host.python_package import package_name, package_version

REQUIREMENTS = "requirements.txt"


def install_dependencies(
    directory: Path, interpreter: Interpreter, children: Children, *, plugin: bool
) -> Iterator[str]:
    """Make the virtual environment if it is absent and install into it; yields what is being done and said.

    A plugin whose needs the ambient interpreter already meets gets no environment of its own, so that a component
    package of this repository runs on a machine that reaches no package registry.
    """
    if interpreter.toolchain == "uv":
        yield from _run([_uv(), "sync"], directory, interpreter, children)
        return
    if interpreter.virtualenv is None:
        if not plugin or _is_satisfied(directory, interpreter):
            yield f"Using {interpreter.executable}, which has what is needed\n" if plugin else ""
            if plugin:
                return
        else:
            virtualenv = directory / "venv"
            interpreter = Interpreter(virtualenv / "bin" / "python", virtualenv, "venv")
    if interpreter.is_missing:
        yield f"Creating the virtual environment {interpreter.virtualenv}\n"
        yield from _run(
            [str(ambient_python()), "-m", "venv", str(interpreter.virtualenv)], directory, interpreter, children
        )
    if plugin and package_name(directory):
        yield f"Installing {package_name(directory)}\n"
        yield from _run(_pip(interpreter, "install", str(directory)), directory, interpreter, children)
    if (directory / REQUIREMENTS).is_file():
        yield f"Installing {REQUIREMENTS}\n"
        yield from _run(_pip(interpreter, "install", "-r", REQUIREMENTS), directory, interpreter, children)
    yield "Finished installing dependencies\n"


def add_dependency(directory: Path, path: str, interpreter: Interpreter, children: Children) -> None:
    """Write down that a program needs the distribution in the folder `path`. It is not installed by that."""
    if interpreter.toolchain == "uv":
        for _ in _run([_uv(), "add", "--no-sync", path], directory, interpreter, children):
            pass
        return
    requirements = directory / REQUIREMENTS
    lines = requirements.read_text().splitlines() if requirements.is_file() else []
    if path not in lines:
        requirements.write_text("".join(f"{line}\n" for line in (*lines, path)))


def installed_packages(interpreter: Interpreter, *, everything: bool) -> list[dict[str, str]]:
    """Name and version of what the interpreter can import; unless `everything`, what no other package needs."""
    outcome = subprocess.run(
        child_command(interpreter, "packages", "all" if everything else "direct"),
        env=interpreter.environment(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    packages: list[dict[str, str]] = json.loads(outcome.stdout)
    return packages


def _is_satisfied(directory: Path, interpreter: Interpreter) -> bool:
    """Whether the interpreter has the plugin's distribution and all its requirements, asked without a network.

    A distribution of another version is another one: the plugin would run its own code, and say that version of it.
    """
    name = package_name(directory)
    if name and str(interpreter.executable) == sys.executable:
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return False
        if installed != (package_version(directory) or installed):
            return False
    elif name:
        return False
    if not (directory / REQUIREMENTS).is_file():
        return True
    outcome = subprocess.run(
        _pip(interpreter, "install", "--dry-run", "--no-index", "--quiet", "-r", REQUIREMENTS),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return outcome.returncode == 0


def _pip(interpreter: Interpreter, *arguments: str) -> list[str]:
    return [str(interpreter.executable), "-m", "pip", "--disable-pip-version-check", *arguments]


def _uv() -> str:
    found = shutil.which("uv")
    if found is None:
        raise HostError("the project uses uv, which is not on PATH; install it, or set the toolchain option to 'pip'")
    return found


def _run(command: Sequence[str], directory: Path, interpreter: Interpreter, children: Children) -> Iterator[str]:
    with children.start(
        command,
        directory=directory,
        environment=interpreter.environment(os.environ),
        output=subprocess.PIPE,
        errors=subprocess.STDOUT,
    ) as process:
        if process.stdout is None:
            raise AssertionError("the child was started with a pipe")
        for line in process.stdout:
            yield line.decode(errors="replace")
        if code := process.wait():
            raise HostError(f"`{' '.join(command)}` failed with exit code {code} in {directory}; its output says why")
