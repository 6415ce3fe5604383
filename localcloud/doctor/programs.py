"""Programs of the user's: where they are, and what they answer when they are asked something small."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from localcloud.doctor.findings import Finding, has, lacks
from localcloud.toolchain import path

# Long for a program that prints its version on a busy machine, short for whoever waits.
_ANSWERS_WITHIN = 10.0


class Answer(NamedTuple):
    """What came of asking.

    Attributes:
        good: Whether the program did what it was asked.
        text: What it printed, or the last thing that it said of its failure.
    """

    good: bool
    text: str


def where(program: str) -> Path | None:
    """The program on PATH, left out what `make shell` puts there."""
    found = shutil.which(program, path=path.foreign_path())
    return Path(found) if found else None


def present(program: str, remedy: str) -> Finding:
    """Whether a program is on PATH, without running it."""
    place = where(program)
    return has(shown(place)) if place else lacks("not on PATH", remedy)


def ask(place: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Answer:
    """Runs a program, and ends it with all that it started where it takes too long."""
    try:
        process = subprocess.Popen(
            [place, *arguments],
            cwd="/",  # No project of the user's has a say in it.
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        return Answer(False, f"cannot be run: {error.strerror or error}")
    with process:
        try:
            output, errors = process.communicate(timeout=_ANSWERS_WITHIN)
        except subprocess.TimeoutExpired:
            return Answer(False, f"no answer within {_ANSWERS_WITHIN:.0f} s")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        return Answer(False, _last_line(errors) or _last_line(output) or f"exit code {process.returncode}")
    return Answer(True, output.strip())


def shown(place: Path) -> str:
    """A path as people write it."""
    home = Path.home()
    return f"~/{place.relative_to(home)}" if place.is_relative_to(home) and place != home else str(place)


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
