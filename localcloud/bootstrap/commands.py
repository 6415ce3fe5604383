"""The commands `bootstrap` and `rebuild`, on the real Google Cloud and in rehearsal."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated

import typer

from localcloud.bootstrap import drill
from localcloud.bootstrap.drill import Drill
from localcloud.bootstrap.real import RealBootstrap
from localcloud.bootstrap.real import rebuild as rebuild_really
from localcloud.bootstrap.rehearsal import RehearsedBootstrap
from localcloud.command import ROOT, StackName, exit_unless_ok, expected_failures, show
from localcloud.workspace import Workspace


def bootstrap() -> None:
    """Makes what an organisation has once, on the real Google Cloud: Pulumi's state, its keys, and who deploys."""
    with expected_failures():
        exit_unless_ok(RealBootstrap(ROOT).up())


def rehearse_bootstrap() -> None:
    """Does what `bootstrap` does on this machine, Google Cloud simulated."""
    with expected_failures():
        exit_unless_ok(RehearsedBootstrap(ROOT).up())


def rebuild(stack: StackName) -> None:
    """Brings a stack of the real Google Cloud up from nothing, with what the organisation has once if that is gone."""
    with expected_failures():
        exit_unless_ok(rebuild_really(ROOT, stack))


def rehearse_rebuild(
    stack: StackName,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Drills a disaster in rehearsal: destroys a stack, rebuilds it, and fails where anything promised was lost."""
    with expected_failures():
        with _one_document() if as_json else nullcontext():
            drilled = Drill(Workspace(ROOT, stack)).run()
        if isinstance(drilled, int):
            exit_unless_ok(drilled)
        elif as_json:
            typer.echo(drill.as_json(drilled))
        else:
            show(drill.table(drilled))


def add_to(app: typer.Typer) -> None:
    """Gives the commands to the program."""
    for command in (bootstrap, rehearse_bootstrap, rebuild, rehearse_rebuild):
        app.command()(command)


@contextmanager
def _one_document() -> Iterator[None]:
    """Lets what is printed in between, by Pulumi too, go where progress goes: standard output is for one document."""
    sys.stdout.flush()
    output = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(output, 1)
        os.close(output)
