"""The command `preview`: what a change would do, on standard output, and in the merge request where there is one."""

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

import settings
from ci.gitlab.connection import TOKEN, connected, told_failures
from ci.gitlab.in_place import Marker, put
from ci.preview import base, real
from ci.preview.changes import changes
from ci.preview.dangers import dangers
from ci.preview.gitlab_notes import LONGEST, Notes
from ci.preview.note import note
from ci.preview.previews import Preview
from ci.preview.rehearsal import Rehearsed
from ci.preview.terraform_report import report
from localcloud import console
from localcloud.command import ROOT, StackName, exit_unless_ok, expected_failures
from localcloud.errors import LocalCloudError

FAILED, CHANGED, DANGEROUS = 1, 3, 4
"""Exit codes. 0 is no change; others are of Python, typer and signals, and failures all of them."""

_FROM_NOTHING = "none"


def preview(
    stack: StackName = "prod",
    rehearsed: Annotated[
        bool, typer.Option("--rehearsed", help="On a simulated cloud, compared with another commit: no credentials.")
    ] = False,
    against: Annotated[
        str, typer.Option("--base", metavar="COMMIT", help="What to compare a rehearsal with; `none` is nothing.")
    ] = "",
    terraform_report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to put the counts for GitLab's widget.")
    ] = None,
    note_file: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to put the note as well.")] = None,
) -> None:
    """Says what a change would do to a stack; exit code 0 for nothing, 3 for a change, 4 for a dangerous one."""
    with expected_failures():
        made = _previewed(stack, rehearsed, against)
        found = changes(made.told.steps)
        pipeline = int(os.environ.get("CI_PIPELINE_ID") or 0)
        marker = Marker(f"preview stack={stack} on={'rehearsal' if rehearsed else 'cloud'}", pipeline)
        job = os.environ.get("CI_JOB_URL", "")
        whole = note(made, str(marker), sys.maxsize, job)
        typer.echo(whole.partition("\n\n")[2])
        if made.failure:
            console.error(f"The preview of {stack} failed:\n{made.failure}")
        try:
            _write(note_file, whole)
            _write(terraform_report, "" if made.failure else report(found))
        finally:
            # Whatever became of the files: the note that stands in the merge request is of another change.
            _tell(marker, note(made, str(marker), LONGEST, job))
        exit_unless_ok(_code(made))


def _previewed(stack: str, rehearsed: bool, against: str) -> Preview:
    """The preview; what keeps it from being made is what is said of it."""
    try:
        if not rehearsed:
            return real.preview(ROOT, stack)
        revision = "" if against == _FROM_NOTHING else base.commit(ROOT, against, os.environ)
        return Rehearsed(ROOT, stack, revision).preview()
    except (LocalCloudError, settings.SettingsError) as failure:
        return Preview(stack, rehearsed, against="", failure=str(failure))
    except Exception as unexpected:
        # The note that stands in the merge request is of another change, and must not outlive this one.
        traceback.print_exc()
        return Preview(stack, rehearsed, against="", failure=f"{type(unexpected).__name__}: {unexpected}")


def _write(file: Path | None, text: str) -> None:
    """Writes a file that is wanted, or takes away the one of another change where there is nothing to write."""
    if file and text:
        file.write_text(text)
    elif file:
        file.unlink(missing_ok=True)


def _tell(marker: Marker, text: str) -> None:
    """Puts the note into the merge request.

    Raises:
        LocalCloudError: There is a token, and it cannot be done.
    """
    api = connected(os.environ)
    if api is None:
        console.say(f"There is no {TOKEN} in the environment, so no merge request is told.")
        return
    notes = Notes.of_job(api, os.environ)
    if notes is None:
        console.say("This job is for no merge request, so none is told.")
        return
    with told_failures(f"writing the note into merge request !{notes.number}"):
        if put(notes, marker, text):
            console.say(f"Merge request !{notes.number} is told.")
        else:
            console.say(f"A later pipeline has told merge request !{notes.number} already; its note stays.")


def _code(made: Preview) -> int:
    found = changes(made.told.steps)
    if made.failure:
        return FAILED
    # Where nobody knows what is replaced or deleted, somebody has to look.
    if made.from_nothing or dangers(found):
        return DANGEROUS
    return CHANGED if found else 0
