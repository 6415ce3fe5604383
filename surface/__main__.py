"""``python -m surface``: checks the version, records a release, and writes the reference."""

from typing import Annotated

import typer

from surface import pages, stacks
from surface.names import names_fault
from surface.release import Release, record_fault, recording_fault, version_fault

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def names_agree() -> None:
    """What programs can rely on in the distribution `web-platform`."""
    _refuse(names_fault())


@app.command()
def check(
    released: Annotated[bool, typer.Option("--released", help="As it is released: the records must be of it.")] = False,
) -> None:
    """Fails where components/pyproject.toml must say another version, and says which."""
    last, following = Release.last(), Release.next()
    fault = version_fault(last, following)
    if released:
        fault = fault or record_fault(last, following) or stacks.release_fault(following.version)
    _refuse(fault)


@app.command()
def record(
    again: Annotated[bool, typer.Option("--again", help="Though a release of this version is recorded.")] = False,
) -> None:
    """Records the public surface as that of the version which components/pyproject.toml says."""
    following = Release.next()
    if not again:
        _refuse(recording_fault(Release.last(), following))
    following.record()
    typer.echo(f"The public surface of {following.version} has {len(following.surface)} entries.")


@app.command()
def reference() -> None:
    """Writes docs/components/ from the docstrings."""
    for page in pages.write():
        typer.echo(page)


def _refuse(fault: str | None) -> None:
    if fault is not None:
        typer.echo(fault, err=True)
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
