"""How what was found is told, to people and to programs."""

import json
from collections.abc import Iterable
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from localcloud.doctor.findings import State
from localcloud.doctor.modes import Mode

_STYLES = {State.HAS: "green", State.LACKS: "red", State.HINT: "yellow"}


def shown(modes: Iterable[Mode]) -> Group:
    """A table a mode, for people."""
    return Group(*(line for mode in modes for line in ("", Text(_verdict(mode), "bold"), mode.purpose, _table(mode))))


def as_json(modes: Iterable[Mode]) -> str:
    """All of it, for programs."""
    return json.dumps([_fields(mode) for mode in modes], indent=2)


def _verdict(mode: Mode) -> str:
    return f"{mode.name}: cannot be used without {', '.join(mode.lacking)}" if mode.lacking else f"{mode.name}: ready"


def _table(mode: Mode) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, expand=True)
    table.add_column(width=28, no_wrap=True)
    table.add_column(width=5)
    table.add_column(ratio=4, overflow="fold")
    table.add_column(ratio=5, overflow="fold")
    for name, finding in mode.findings.items():
        # Text, since what a machine says may look like markup.
        table.add_row(
            f"  {name}", Text(finding.state, _STYLES[finding.state]), Text(finding.found), Text(finding.remedy)
        )
    return table


def _fields(mode: Mode) -> dict[str, Any]:
    return {
        "name": mode.name,
        "purpose": mode.purpose,
        "lacking": mode.lacking,
        "checks": [{"name": name, **finding._asdict()} for name, finding in mode.findings.items()],
    }
