"""Asking the engine: one run of Pulumi. Its events are read; its own display is kept for when they fall short."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ci.preview import events
from ci.preview.events import Told
from localcloud.local_cloud import run_in_foreground

# Standard output is for results.
_INTO_LOG = ("/bin/sh", "-c", 'exec "$@" >"$0" 2>&1')
_LAST_LINES = 60


class Answer(NamedTuple):
    """What came of a run.

    Attributes:
        told: What its events tell.
        failure: Why it failed, in the words of whoever it was; empty where it did not.
    """

    told: Told
    failure: str


def ask(
    pulumi: str | Path, arguments: Sequence[str], directory: Path, environment: Mapping[str, str], scratch: Path
) -> Answer:
    """Runs Pulumi to its end.

    Args:
        pulumi: The program.
        arguments: What it is asked to do.
        directory: Where its project is.
        environment: What it finds everything by.
        scratch: An existing folder for what is thrown away.
    """
    log, display = scratch / "events.jsonl", scratch / "display.txt"
    log.unlink(missing_ok=True)
    code = run_in_foreground(
        [*_INTO_LOG, display, pulumi, *arguments, "--non-interactive", *events.FLAGS, log],
        directory,
        {**environment, **events.SWITCH},
    )
    told = events.read(log)
    if code == 0 and told.complete:
        return Answer(told, "")
    said = "\n\n".join(told.errors) or "\n".join(
        display.read_text(errors="replace").strip().splitlines()[-_LAST_LINES:]
    )
    return Answer(told, said or f"Pulumi ended with exit code {code} and said nothing; it may have been killed.")
