"""The command `drift`: what is otherwise in the cloud, on standard output and in an issue."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from ci.drift import findings
from ci.drift.gitlab_issues import LONGEST, Issues
from ci.drift.issue import issue, mended, title
from ci.gitlab.connection import TOKEN, connected, told_failures
from ci.gitlab.in_place import Marker, clear, put
from ci.preview.changes import Change, drifted
from localcloud import console
from localcloud.command import ROOT, StackName, exit_unless_ok, expected_failures
from localcloud.errors import LocalCloudError

DRIFTED = 3
"""The exit code where something has drifted; 0 is nothing, all others are failures."""


def drift(
    stack: StackName = "prod",
    rehearsed: Annotated[
        bool, typer.Option("--rehearsed", help="Of a stack that is rehearsed on this machine.")
    ] = False,
) -> None:
    """Says what of a stack is otherwise in the cloud than its state says; exit code 3 where something is."""
    with expected_failures():
        answer = (findings.on_rehearsal if rehearsed else findings.on_cloud)(ROOT, stack)
        if answer.failure:
            raise LocalCloudError(
                f"Whether {stack} has drifted cannot be said:\n{answer.failure}",
                "Nobody was told anything; an issue that is open stays as it is.",
                "Mend what is said there, and run the job again.",
            )
        found = drifted(answer.told.steps)
        marker = Marker(f"drift stack={stack}", int(os.environ.get("CI_PIPELINE_ID") or 0))
        job = os.environ.get("CI_JOB_URL", "")
        if found:
            typer.echo(issue(stack, found, str(marker), sys.maxsize, job).partition("\n\n")[2])
            text = issue(stack, found, str(marker), LONGEST, job)
        else:
            text = mended(str(marker), job)
            console.say(f"Nothing of {stack} has drifted.")
        _tell(stack, marker, text, found)
        exit_unless_ok(DRIFTED if found else 0)


def _tell(stack: str, marker: Marker, text: str, found: Sequence[Change]) -> None:
    """Opens or renews the issue, or closes it.

    Raises:
        LocalCloudError: There is a token, and it cannot be done.
    """
    api = connected(os.environ)
    issues = Issues.of_job(api, os.environ, title(stack)) if api else None
    if issues is None:
        console.say(f"There is no {TOKEN}, or no project, in the environment, so no issue is opened or closed.")
        return
    with told_failures(f"writing the issue on {stack}"):
        if found:
            put(issues, marker, text)
        else:
            clear(issues, marker, text)
