"""What a person sees of long work. Everything goes to standard error: standard output is for results."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_console = Console(stderr=True, highlight=False, soft_wrap=True)

# Without a terminal there is no line to redraw; a line at this interval shows that the work goes on.
_REPORT_EVERY = 30.0


def say(message: str) -> None:
    """One line (or more) of what is happening."""
    _console.print(message, markup=False)


def error(message: str) -> None:
    """What went wrong."""
    _console.print(message, style="red" if _console.is_terminal else None, markup=False)


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """Shows work of `total` steps; the caller announces each step by its name."""
    if not _console.is_terminal:
        with _lines(title, total) as advance:
            yield advance
        return
    columns = [SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()]
    if total:
        columns[2:2] = [BarColumn(), MofNCompleteColumn()]
    with Progress(*columns, TextColumn("{task.fields[step]}"), console=_console, transient=True) as bar:
        task = bar.add_task(title, total=total, step="")
        yield lambda step: bar.update(task, advance=1, step=step)


@contextmanager
def _lines(title: str, total: int | None) -> Iterator[Callable[[str], None]]:
    started = reported = time.monotonic()
    count = 0

    def advance(step: str) -> None:
        nonlocal reported, count
        count += 1
        now = time.monotonic()
        if now - reported >= _REPORT_EVERY:
            reported = now
            of = f"/{total}" if total else ""
            say(f"{title}: {count}{of}, {now - started:.0f} s, at {step}")

    say(f"{title} …")
    yield advance
