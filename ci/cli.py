"""The commands. Each says what it does on standard error; results go to standard output."""

import typer

from ci.drift.command import drift
from ci.hand_over.command import hand_over
from ci.preview.command import preview

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.command()(preview)
app.command()(drift)
app.command()(hand_over)
