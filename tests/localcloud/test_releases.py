"""What Helm says of releases and their history, as it is shown."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from localcloud import command
from localcloud.cli import app
from localcloud.errors import LocalCloudError
from localcloud.releases import Releases, listed, revisions, table


def release(name: str, namespace: str, **changes: str) -> dict[str, str]:
    """A release as `helm list` tells of it."""
    return {
        "name": name,
        "namespace": namespace,
        "revision": "2",
        "updated": "2026-11-26T13:06:02+01:00",
        "status": "deployed",
        "chart": f"{name}-1.0.0",
        "app_version": "3.9",
        **changes,
    }


# As `helm history` answers.
HISTORY = [
    {
        "revision": 1,
        "updated": "2026-11-26T12:05:00.466639228Z",
        "status": "superseded",
        "chart": "ingress-0.24.0",
        "app_version": "3.9",
        "description": "Install complete",
    },
    {
        "revision": 2,
        "updated": "2026-11-26T13:06:02.792086479+01:00",
        "status": "deployed",
        "chart": "ingress-0.24.0",
        "app_version": "",
        "description": "Upgrade complete",
    },
]


class Helm:
    """Answers as Helm does, and keeps what it was asked."""

    def __init__(self, *releases: dict[str, str]) -> None:
        self.releases = releases
        self.asked: list[Sequence[str]] = []

    def __call__(self, arguments: Sequence[str]) -> Any:
        self.asked.append(arguments)
        return list(self.releases) if arguments[0] == "list" else HISTORY


def test_releases_are_listed_by_namespace_and_name_with_the_moment_in_utc() -> None:
    assert listed([release("b", "kong"), release("a", "kong", revision="10"), release("c", "a")]) == [
        {
            "namespace": namespace,
            "name": name,
            "chart": f"{name}-1.0.0",
            "app_version": "3.9",
            "status": "deployed",
            "revision": revision,
            "updated": "2026-11-26 12:06:02",
        }
        for namespace, name, revision in (("a", "c", 2), ("kong", "a", 10), ("kong", "b", 2))
    ]


def test_every_release_is_asked_for_whatever_its_state_and_however_many_there_are() -> None:
    helm = Helm()
    assert Releases(helm).all() == []
    (asked,) = helm.asked
    assert {"--all-namespaces", "--all"} <= set(asked)
    assert asked[asked.index("--max") + 1] == "0"


def test_a_history_has_every_revision_the_newest_last() -> None:
    assert revisions("kong", HISTORY) == [
        {
            "namespace": "kong",
            "revision": 1,
            "updated": "2026-11-26 12:05:00",
            "status": "superseded",
            "chart": "ingress-0.24.0",
            "app_version": "3.9",
            "description": "Install complete",
        },
        {
            "namespace": "kong",
            "revision": 2,
            "updated": "2026-11-26 12:06:02",
            "status": "deployed",
            "chart": "ingress-0.24.0",
            "app_version": "",
            "description": "Upgrade complete",
        },
    ]


def test_a_name_that_several_namespaces_have_shows_the_history_of_each() -> None:
    helm = Helm(release("kong", "b"), release("kong", "a"), release("other", "a"))
    shown = Releases(helm).history("kong")
    assert [(row["namespace"], row["revision"]) for row in shown] == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert helm.asked[1:] == [("history", "kong", "--namespace", namespace) for namespace in ("a", "b")]


@pytest.mark.parametrize(
    ("releases", "remedy"),
    [((), "Name one of: (none)."), ((release("b", "x"), release("a", "x"), release("a", "y")), "Name one of: a, b.")],
)
def test_a_release_that_is_not_there_is_answered_with_those_that_are(
    releases: tuple[dict[str, str], ...], remedy: str
) -> None:
    with pytest.raises(LocalCloudError) as refused:
        Releases(Helm(*releases)).history("kong")
    assert refused.value.problem == "There is no release 'kong' in this cluster."
    assert refused.value.remedy == remedy


def drawn(rows: list[dict[str, Any]], history: bool = False, width: int = 120) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(table(rows, history))
    written = console.file
    assert isinstance(written, io.StringIO)
    return [line.rstrip() for line in written.getvalue().splitlines()]


def test_the_table_has_a_line_a_release() -> None:
    assert drawn(listed([release("kong", "kong"), release("cert-manager", "cert-manager", revision="10")])) == [
        "namespace     name          chart               app version  status    revision  updated (UTC)",
        "cert-manager  cert-manager  cert-manager-1.0.0  3.9          deployed        10  2026-11-26 12:06:02",
        "kong          kong          kong-1.0.0          3.9          deployed         2  2026-11-26 12:06:02",
    ]


def test_the_table_of_a_history_has_a_line_a_revision() -> None:
    assert drawn(revisions("kong", HISTORY), history=True) == [
        "namespace  revision  updated (UTC)        status      chart           app version  description",
        "kong              1  2026-11-26 12:05:00  superseded  ingress-0.24.0  3.9          Install complete",
        "kong              2  2026-11-26 12:06:02  deployed    ingress-0.24.0               Upgrade complete",
    ]


def test_nothing_of_a_wide_table_is_lost_nor_beyond_its_width() -> None:
    name = "n" * 53
    rows = listed([release(name, "s" * 63, status="pending-upgrade", chart=f"{name}-10.20.30-rc.1")])
    lines = drawn(rows)
    assert max(map(len, lines)) <= 120
    for letter, count in (("n", 2 * 53), ("s", 63)):
        assert sum(line.count(letter) for line in lines[1:]) >= count


def test_the_command_fails_where_the_stack_is_not_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "ROOT", tmp_path)
    (tmp_path / ".localcloud" / "stacks" / "dev").mkdir(parents=True)
    answer = CliRunner().invoke(app, ["releases", "dev"])
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "The stack dev is not up on this machine." in answer.stderr
