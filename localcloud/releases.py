"""The Helm releases of a stack's cluster, and the revisions that each has had.

Helm keeps a release's history in the cluster itself; here it is only read and shown.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from localcloud.errors import LocalCloudError
from localcloud.local_cloud import LocalCloud

Row = dict[str, Any]

# Helm shows 256 releases, and none that is just being installed or removed, unless it is told otherwise.
_LIST = ("list", "--all-namespaces", "--all", "--max", "0", "--time-format", "2006-01-02T15:04:05Z07:00")

_LIST_COLUMNS = ("namespace", "name", "chart", "app_version", "status", "revision", "updated")
_HISTORY_COLUMNS = ("namespace", "revision", "updated", "status", "chart", "app_version", "description")
_TITLES = {"app_version": "app version", "updated": "updated (UTC)"}


class Releases:
    """What Helm knows of a cluster.

    Args:
        ask: Gives what `helm` answers to arguments, which is JSON.
    """

    def __init__(self, ask: Callable[[Sequence[str]], Any]) -> None:
        self._ask = ask

    @classmethod
    def of(cls, cloud: LocalCloud) -> "Releases":
        """The releases of an open local cloud."""
        return cls(lambda arguments: _asked(cloud, arguments))

    def all(self) -> list[Row]:
        """Every release, by namespace and name."""
        return listed(self._ask(_LIST))

    def history(self, name: str) -> list[Row]:
        """Every revision that is kept of a release, the newest last, in each namespace that has one of that name.

        Raises:
            LocalCloudError: None has.
        """
        releases = self.all()
        namespaces = [release["namespace"] for release in releases if release["name"] == name]
        if not namespaces:
            names = sorted({release["name"] for release in releases})
            raise LocalCloudError(
                f"There is no release {name!r} in this cluster.",
                "There is no history to show.",
                f"Name one of: {', '.join(names) or '(none)'}.",
            )
        return [
            revision
            for namespace in namespaces
            for revision in revisions(namespace, self._ask(("history", name, "--namespace", namespace)))
        ]


def listed(answer: Iterable[Mapping[str, Any]]) -> list[Row]:
    """What `helm list` answered, by namespace and name."""
    rows = [_row(_LIST_COLUMNS, release) for release in answer]
    return sorted(rows, key=lambda row: (row["namespace"], row["name"]))


def revisions(namespace: str, answer: Iterable[Mapping[str, Any]]) -> list[Row]:
    """What `helm history` answered of a release in a namespace."""
    return [_row(_HISTORY_COLUMNS, {"namespace": namespace, **revision}) for revision in answer]


def table(rows: Iterable[Row], history: bool = False) -> Table:
    """Releases or revisions as people read them; what is too wide goes on in the next line."""
    columns = _HISTORY_COLUMNS if history else _LIST_COLUMNS
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        is_number = column == "revision"
        made.add_column(_TITLES.get(column, column), overflow="fold", justify="right" if is_number else "left")
    for row in rows:
        made.add_row(*(str(row[column]) for column in columns))
    return made


def _row(columns: Iterable[str], answer: Mapping[str, Any]) -> Row:
    # Helm says a revision as a number in one place and as text in the other, and a moment in two ways.
    written = {"revision": int(answer["revision"]), "updated": _in_utc(str(answer["updated"]))}
    return {column: written.get(column, answer[column]) for column in columns}


def _in_utc(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _asked(cloud: LocalCloud, arguments: Sequence[str]) -> Any:  # noqa: ANN401 - JSON of any shape
    answer = cloud.ask("helm", (*arguments, "--output", "json"), "The releases could not be read.")
    return json.loads(answer)
