"""One row of the report, and how its figure is taken."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.engine.project import REPOSITORY, Project


@dataclass(frozen=True)
class Measurement:
    """One row of the report."""

    what: str
    aim: str
    result: str


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run(*command: str) -> None:
    """Runs a command in the repository; its output does not matter."""
    subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, check=True)


def localcloud(project: Project, *command: str) -> None:
    """Runs a command of the local cloud on a copy of the project, and ends everything where it fails."""
    done = project.localcloud(*command)
    if done.returncode:
        sys.exit(f"`{' '.join(command)}` failed, so there is nothing to report:\n{done.stdout}{done.stderr}")
