"""A workload's program as a process beside the stand-ins: what is run, where, and with which variables."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from localcloud import console
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import run_in_foreground
from localcloud.loopback import reached_directly
from localcloud.stand_ins.server import HOST
from localcloud.stand_ins.stand_ins import StandIns
from settings import Settings
from settings.variables import call_variable
from settings.workloads import MigrationSettings, ServiceSettings, SourceMountSettings, WorkerSettings, WorkloadSettings

# What Kubernetes replaces in commands and in variables. Two dollar signs stand for one that is meant.
# https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
_REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")


_STOP_WITHIN = 10.0

# What `make run` itself is called with, and no program should take for its own.
_OF_MAKE = frozenset({"CMD", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "RELEASE", "STACK", "STACKS"})
_OF_MAKE |= {"TOPIC", "WORKLOAD", "LOCALCLOUD_API_PORT", "LOCALCLOUD_CLUSTER"}


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

    def migrate(self) -> None:
        """Runs the migration alone.

        Raises:
            LocalCloudError: It failed; in its own words.
        """
        answer = subprocess.run(
            self.migration, cwd=self.directory, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        if answer.returncode:
            raise LocalCloudError(
                f"The migration failed:\n{answer.stderr.strip()}",
                "The program would not find what it needs, so it is not started.",
                "Mend what it names.",
            )

    @contextmanager
    def running(self, log: Path, **environment: str) -> Iterator[None]:
        """Runs the program in the background for as long as it is needed; what it says goes to `log`."""
        with log.open("w") as output:
            process = subprocess.Popen(
                self.command,
                cwd=self.directory,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(_STOP_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _run(self, command: Sequence[str]) -> int:
        try:
            return run_in_foreground(command, self.directory, self.environment)
        except (FileNotFoundError, PermissionError) as failure:
            if not self.directory.is_dir():
                raise LocalCloudError(
                    f"The folder {self.directory} does not exist.",
                    "There is nothing to run.",
                    "Correct `sourceMount.folder`, which is a path from the project's own folder.",
                ) from failure
            raise LocalCloudError(
                f"`{command[0]}` cannot be run in {self.directory}: {failure.strerror}.",
                "Nothing was started.",
                "Install it, or give another command: CMD='…'.",
            ) from failure


class Chosen(NamedTuple):
    """What is to be run of a workload, in its own words.

    Attributes:
        name: The workload's name.
        workload: What it asks for.
        given: A command of the shell's in place of its own; nothing is migrated before it.
    """

    name: str
    workload: WorkloadSettings
    given: str

    @property
    def mount(self) -> SourceMountSettings | None:
        """The folder of its sources."""
        return self.workload.source_mount if isinstance(self.workload, ServiceSettings | WorkerSettings) else None

    @property
    def words(self) -> list[str]:
        """Its own command."""
        return _words(self.mount) or _words(self.workload)

    @property
    def migration(self) -> list[str]:
        """What runs to success before it."""
        return _words(self.workload.migration) if isinstance(self.workload, ServiceSettings) else []


def choose(settings: Settings, name: str, given: str = "") -> Chosen:
    """What is to be run of a workload, before anything is started for it.

    Raises:
        LocalCloudError: There is no such workload, or it says nothing that could be run without its image.
    """
    workloads = settings.workloads()
    if name not in workloads:
        raise LocalCloudError(
            f"The stack has no workload {name!r}.",
            "There is nothing to run.",
            f"Name one of these, as in WORKLOAD=…: {', '.join(sorted(workloads)) or '(there are none)'}.",
        )
    chosen = Chosen(name, workloads[name], given)
    if not given and not (chosen.mount and chosen.words):
        raise LocalCloudError(
            f"The workload {name} says nothing that could be run without its image.",
            "Its image is not run here: that takes containers.",
            f"Give its `sourceMount` a folder and a command, or a command here: make run WORKLOAD={name} CMD='…'.",
        )
    return chosen


def program(root: Path, settings: Settings, stand_ins: StandIns, chosen: Chosen) -> Program:
    """What was chosen, ready to be run beside its stand-ins.

    Args:
        root: The project that its folder of sources is in.
        settings: Those of the stack.
        stand_ins: Those of the stack, which run.
        chosen: What is to be run.
    """
    mount = chosen.mount
    folder = root / mount.folder if mount else root
    variables = _variables(stand_ins, settings, chosen)
    environment = _environment(variables)
    if chosen.given or mount is None:
        return Program(folder, ["/bin/sh", "-c", chosen.given], (), environment)

    def here(words: Sequence[str]) -> list[str]:
        return [_expanded(_led_to(folder, mount.mount_path, word), variables) for word in words]

    return Program(folder, here(chosen.words), here(chosen.migration), environment)


def _words(what: WorkloadSettings | SourceMountSettings | MigrationSettings | None) -> list[str]:
    return [*(what.command or []), *(what.arguments or [])] if what else []


def _led_to(folder: Path, mount_path: str, word: str) -> str:
    """A path below the place that the container has the sources at, here."""
    return f"{folder}{word.removeprefix(mount_path)}" if f"{word}/".startswith(f"{mount_path}/") else word


def _variables(stand_ins: StandIns, settings: Settings, chosen: Chosen) -> dict[str, str]:
    """The variables of its container, in their order: each may name those before it."""
    workload = chosen.workload
    provided = stand_ins.variables(chosen.name, workload)
    secret = {name: provided.pop(name) for name in ("PGPASSWORD",) if name in provided}
    secret |= {name: os.environ[name] for name in workload.secret_environment if name in os.environ}
    if unknown := sorted(workload.secret_environment.keys() - secret.keys()):
        console.say(f"Encrypted, and not known here: {', '.join(unknown)}. Set them where you call this from.")
    called = {call_variable(callee): f"http://{HOST}:{settings.services[callee].port}" for callee in workload.calls}
    variables: dict[str, str] = {}
    for name, value in sorted({**provided, **called, **workload.environment}.items()):
        variables[name] = _expanded(value, variables)
    return variables | secret


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    # `python` is the one that this runs with, which knows Google's clients, unless an environment of one's own is open.
    own = [] if "VIRTUAL_ENV" in os.environ else [str(Path(sys.executable).parent)]
    path = os.pathsep.join([*own, os.environ.get("PATH", os.defpath)])
    inherited = {name: value for name, value in os.environ.items() if name not in _OF_MAKE}
    return {**inherited, **reached_directly(inherited), "PATH": path, **variables}


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    """A text with the values of the variables that it names. What is not known stays as it is."""
    return _REFERENCE.sub(
        lambda found: "$" if found[0] == "$$" else variables.get(found[1], found[0]),
        text,
    )
