"""A workload's program as a process beside the stand-ins: what is run, where, and with which variables."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from localcloud import console
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import run_in_foreground
from localcloud.stand_ins.server import HOST
from localcloud.stand_ins.stand_ins import StandIns
from settings import Settings
from settings.variables import call_variable
from settings.workloads import MigrationSettings, ServiceSettings, SourceMountSettings, WorkerSettings, WorkloadSettings

# What Kubernetes replaces in commands and in variables. Two dollar signs stand for one that is meant.
# https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
_REFERENCE = re.compile(r"\$(\$)?\((\w[\w.-]*)\)")


class Program(NamedTuple):
    """What is run of a workload.

    Attributes:
        directory: Where it is run.
        command: What is run.
        migration: What runs to success before it; empty where nothing does.
        environment: Its variables.
    """

    directory: Path
    command: Sequence[str]
    migration: Sequence[str]
    environment: Mapping[str, str]

    def run(self) -> int:
        """Runs the migration and then the program on this terminal, and gives the exit code of what ended it."""
        if self.migration:
            console.say(f"Migration: {' '.join(self.migration)}")
            if code := self._run(self.migration):
                console.say("The migration failed, so the program is not started.")
                return code
        return self._run(self.command)

    def _run(self, command: Sequence[str]) -> int:
        try:
            return run_in_foreground(command, self.directory, self.environment)
        except (FileNotFoundError, PermissionError) as failure:
            raise LocalCloudError(
                f"`{command[0]}` cannot be run in {self.directory}: {failure.strerror}.",
                "Nothing was started.",
                "Install it, or give another command: CMD='…'.",
            ) from failure


def program(root: Path, settings: Settings, stand_ins: StandIns, name: str, given: str = "") -> Program:
    """What to run of a workload, its stand-ins running.

    Args:
        root: The project that its folder of sources is in.
        settings: Those of the stack.
        stand_ins: Those of the stack.
        name: The workload.
        given: A command of the shell's in place of the workload's own; nothing is migrated before it.

    Raises:
        LocalCloudError: There is no such workload, or it says nothing that could be run without its image.
    """
    workload = _workload(settings, name)
    mount = workload.source_mount if isinstance(workload, ServiceSettings | WorkerSettings) else None
    folder = root / mount.folder if mount else root
    environment = _environment(stand_ins, settings, name, workload)
    if given:
        return Program(folder, ["/bin/sh", "-c", given], (), environment)
    command = _words(mount) or _words(workload)
    if mount is None or not command:
        raise LocalCloudError(
            f"The workload {name} says nothing that could be run without its image.",
            "Its image is not run here: that takes containers.",
            f"Give its `sourceMount` a folder and a command, or a command here: make run WORKLOAD={name} CMD='…'.",
        )
    migration = workload.migration if isinstance(workload, ServiceSettings) else None

    def here(words: Sequence[str]) -> list[str]:
        return [_expanded(_led_to(folder, mount.mount_path, word), environment) for word in words]

    return Program(folder, here(command), here(_words(migration)), environment)


def _workload(settings: Settings, name: str) -> WorkloadSettings:
    workloads = settings.workloads()
    if name not in workloads:
        raise LocalCloudError(
            f"The stack has no workload {name!r}.",
            "There is nothing to run.",
            f"Name one of: {', '.join(sorted(workloads)) or '(there are none)'}.",
        )
    return workloads[name]


def _words(what: WorkloadSettings | SourceMountSettings | MigrationSettings | None) -> list[str]:
    return [*(what.command or []), *(what.arguments or [])] if what else []


def _led_to(folder: Path, mount_path: str, word: str) -> str:
    """A path below the place that the container has the sources at, here."""
    return f"{folder}{word.removeprefix(mount_path)}" if f"{word}/".startswith(f"{mount_path}/") else word


def _environment(stand_ins: StandIns, settings: Settings, name: str, workload: WorkloadSettings) -> dict[str, str]:
    found = stand_ins.variables(name, workload)
    for callee in workload.calls:
        found[call_variable(callee)] = f"http://{HOST}:{settings.services[callee].port}"
    for variable, value in workload.environment.items():
        found[variable] = _expanded(value, found)
    if unknown := sorted(workload.secret_environment.keys() - os.environ.keys()):
        console.say(f"Encrypted, and not known here: {', '.join(unknown)}. Set them where you call this from.")
    # `python` is the one that this runs with, which knows Google's clients, unless an environment of one's own is open.
    own = [] if "VIRTUAL_ENV" in os.environ else [str(Path(sys.executable).parent)]
    path = os.pathsep.join([*own, os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, **found}


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    """A text with the values of the variables that it names. What is not known stays as it is."""
    return _REFERENCE.sub(
        lambda found: found[0][1:] if found[1] else variables.get(found[2], found[0]),
        text,
    )
