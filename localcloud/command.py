"""What every command shares: where the project is, how a stack is named, and how an expected failure is told."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType

import settings
from localcloud import console
from localcloud.errors import LocalCloudError
from localcloud.workspace import Workspace

ROOT = Path(settings.__file__).parents[1]
_INTERRUPTED = 130
_WIDEST = 120

StackName = Annotated[str, typer.Argument(help="The stack: the * of a file Pulumi.*.yaml.")]


def show(what: RenderableType) -> None:
    """A result for people, as wide as their terminal, and never so wide that it is hard to read and to paste."""
    width = shutil.get_terminal_size((_WIDEST, 24)).columns
    Console(width=min(width, _WIDEST), highlight=False).print(what)


def known(stack: str) -> Workspace:
    """Where the stack is, up or not; one that is neither up nor declared is an error, not an empty success."""
    place = Workspace(ROOT, stack)
    if not place.directory.is_dir():
        settings.from_stack_file(ROOT, stack)
    return place


def exit_code(code: int) -> int:
    """What a shell gives for it: a process that a signal ended counts from 128."""
    return code if code >= 0 else 128 - code


def exit_unless_ok(code: int) -> None:
    """Ends the command with `code`, unless that is 0."""
    if code:
        raise typer.Exit(exit_code(code))


@contextmanager
def expected_failures() -> Iterator[None]:
    """Tells an expected failure in its three sentences, and ends with a code that is not 0."""
    # An end that is asked for politely runs the same clean-up as an interrupt.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    except (LocalCloudError, settings.SettingsError) as failure:
        console.error(str(failure))
        raise typer.Exit(1) from failure
    except BrokenPipeError as gone:
        # Whoever reads the results has seen enough. What is still to be written would fail at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(128 + signal.SIGPIPE) from gone
    except OSError as failure:
        where = f" {failure.filename}" if failure.filename else ""
        console.error(
            f"The local cloud's files{where} cannot be used: {failure.strerror or failure}.\n"
            "  The command stopped where it was.\n"
            "  Remedy: Make room, mend the file's rights, or move away what is there; then run the same command again."
        )
        raise typer.Exit(1) from failure
    except KeyboardInterrupt as interrupt:
        console.say("Interrupted.")
        raise typer.Exit(_INTERRUPTED) from interrupt
