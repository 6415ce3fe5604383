"""The command `parity`."""

from typing import Annotated

import typer

from localcloud import parity as proof
from localcloud.command import ROOT, StackName, exit_unless_ok, expected_failures, show


def parity(
    first: StackName = "staging",
    second: StackName = "prod",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Compares what two stacks declare; fails where they differ in kind, and not in scale alone."""
    with expected_failures():
        found = proof.between(ROOT, first, second)
        if as_json:
            typer.echo(proof.as_json(found))
        else:
            show(proof.report(found))
        exit_unless_ok(0 if found.is_of_one_kind else 1)
