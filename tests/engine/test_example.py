"""examples/orders: real programs with Google's own clients, beside the stand-ins, by the one command that runs them."""

import json
import subprocess
from collections import Counter
from contextlib import suppress
from typing import Any

import psutil

from tests.engine.project import Project


def _example(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return project.run(".venv/bin/python", "-m", "examples.orders", *arguments)


def _is_gone(project: Project) -> bool:
    stacks = project.root / ".localcloud/stacks"
    left = list(stacks.glob("example-orders-*"))
    return not left and not any(str(project.root) in mark for mark in _marks())


def _marks() -> list[str]:
    """What the processes of local clouds carry."""
    marks = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            marks.append(process.environ().get("LOCALCLOUD_PART", ""))
    return marks


def test_an_order_is_followed_from_the_shop_to_the_books_and_a_poisoned_one_to_the_dead_letters(
    project: Project,
) -> None:
    done = _example(project, "--json")
    assert done.returncode == 0, done.stderr
    steps: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert Counter(step["step"] for step in steps) == {
        "stand-ins": 1,
        "migration": 1,
        "order": 2,
        "database": 1,
        "message": 2,
        "warehouse": 1,
        "file": 1,
        "dead letter": 1,
    }
    said = {step["step"]: step for step in reversed(steps)}  # Of two, the first: the good order's.
    number = said["order"]["id"]
    assert said["stand-ins"]["standIns"].keys() == {"Cloud SQL", "Pub/Sub", "BigQuery", "Cloud Storage"}
    assert said["migration"]["columns"] == ["id", "item", "quantity", "price", "ordered_at"]
    assert said["database"]["row"] == ["tea", 2, "3.50"]
    assert json.loads(said["message"]["body"]) == {"id": number, "item": "tea", "quantity": 2, "price": "3.50"}
    assert said["warehouse"]["total"] == "7"
    assert said["file"]["receipt"]["id"] == number
    poisoned = steps[-1]
    assert json.loads(poisoned["body"])["price"] == "priceless"
    assert poisoned["attempts"] == 5
    assert _is_gone(project)


def test_a_worker_that_does_not_work_is_found_out_and_nothing_is_left_running(project: Project) -> None:
    project.replace("examples/orders/bookkeeper.py", "message.ack()", "message.nack()")
    project.replace("examples/orders/bookkeeper.py", "    if refused :=", "    return\n    if refused :=")
    project.replace("examples/orders/__main__.py", "_PATIENCE = 20.0", "_PATIENCE = 8.0")
    done = _example(project)
    assert done.returncode == 1
    assert "There was not the order in BigQuery within 8 seconds." in done.stderr
    assert "Traceback" not in done.stderr
    assert _is_gone(project)


def test_a_migration_that_fails_stops_it_with_the_databases_own_words(project: Project) -> None:
    project.replace("examples/orders/migration.py", "id uuid", "id uuuid")
    done = _example(project)
    assert done.returncode == 1
    assert 'type "uuuid" does not exist' in done.stderr
    assert [line.split()[2] for line in done.stdout.splitlines()] == ["stand-ins"]
    assert _is_gone(project)
