"""What happens to an order, step by step: `make example`.

The shop and the bookkeeper run as they are, as processes beside the stand-ins that this example's stack asks for, and
are asked by Google's own clients what became of two orders: a good one, and one that cannot be booked.
"""

import json
import os
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, TypeVar

import psycopg
import typer
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

import settings
from localcloud import console
from localcloud.cluster import ports
from localcloud.command import ROOT, expected_failures
from localcloud.errors import LocalCloudError
from localcloud.loopback import reached_directly
from localcloud.stand_ins import StandIns
from localcloud.stand_ins.messages import Message, following
from localcloud.stand_ins.program import Program, choose, program
from localcloud.workspace import Workspace
from settings.stand_ins import dead_letters

HERE = Path(__file__).parent

GOOD = {"item": "tea", "quantity": 2, "price": "3.50"}
POISONED = {"item": "silence", "quantity": 1, "price": "priceless"}

_PATIENCE = 20.0

_Found = TypeVar("_Found")


class Walk:
    """Says what happened at each step, and after how long."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._started = time.monotonic()

    def step(self, name: str, said: str, **facts: object) -> None:
        """A step that was seen to be done."""
        seconds = time.monotonic() - self._started
        if self._as_json:
            typer.echo(json.dumps({"step": name, "seconds": round(seconds, 2), **facts}))
        else:
            typer.echo(f"{seconds:5.1f} s  {name:<12}{said}")


def main(
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON a step, for programs.")] = False,
) -> None:
    """Runs the example on this machine and says what happened to the orders."""
    with expected_failures():
        declared = settings.from_stack_file(HERE, "dev", project=ROOT / "Pulumi.yaml")
        stand_ins = StandIns(Workspace(ROOT, f"example-orders-{os.getpid()}"))
        walk = Walk(as_json)
        # Google's clients would ask a proxy for this machine.
        os.environ.update(reached_directly(os.environ))
        try:
            running = stand_ins.start(declared)
            walk.step(
                "stand-ins",
                ", ".join(f"{each.original} at {each.address}" for each in running),
                standIns={each.original: each.address for each in running},
            )
            _walk(walk, declared, stand_ins)
        finally:
            stand_ins.delete()


def _walk(walk: Walk, declared: settings.Settings, stand_ins: StandIns) -> None:
    shop = program(ROOT, declared, stand_ins, choose(declared, "shop"))
    bookkeeper = program(ROOT, declared, stand_ins, choose(declared, "bookkeeper"))
    _migrate(walk, shop)
    port = ports.free()
    pubsub = stand_ins.address("pubsub")
    with ExitStack() as running:
        orders = running.enter_context(following(pubsub, "orders", _PATIENCE))
        failed = running.enter_context(following(pubsub, dead_letters("orders", "bookkeeper"), _PATIENCE))
        logs = Path(running.enter_context(tempfile.TemporaryDirectory()))
        running.enter_context(shop.running(logs / "shop.log", PORT=str(port)))
        running.enter_context(bookkeeper.running(logs / "bookkeeper.log"))
        try:
            _follow_a_good_order(walk, port, orders, shop, bookkeeper)
            _follow_a_poisoned_order(walk, port, orders, failed)
        except LocalCloudError:
            for log in sorted(logs.iterdir()):
                console.say(f"{log.stem} said last:\n{log.read_text()[-2000:]}")
            raise


def _migrate(walk: Walk, shop: Program) -> None:
    shop.migrate()
    with _database(shop) as connection:
        columns = [name for (name,) in connection.execute(_COLUMNS).fetchall()]
    walk.step("migration", f"the database has a table orders: {', '.join(columns)}", columns=columns)


def _follow_a_good_order(walk: Walk, port: int, orders: Iterator[Message], shop: Program, bookkeeper: Program) -> None:
    number = _order(port, GOOD)
    walk.step("order", f"the shop took {GOOD} and calls it {number}", id=number, order=GOOD)
    with _database(shop) as connection:
        row = connection.execute("SELECT item, quantity, price FROM orders WHERE id = %s", [number]).fetchone()
    walk.step("database", f"its row in PostgreSQL: {row}", row=row)
    message = _next(orders, "the order's message")
    walk.step("message", f"published to orders: {message.text()}", id=message.id, body=message.text())
    environment = bookkeeper.environment
    books = bigquery.Client(
        project=environment["GOOGLE_CLOUD_PROJECT"],
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": environment["BIGQUERY_EMULATOR_HOST"]},
    )
    wanted = bigquery.QueryJobConfig(query_parameters=[bigquery.ScalarQueryParameter("id", "STRING", number)])
    query = f"SELECT item, total FROM {environment['DATASET_SALES']}.orders WHERE id = @id"  # noqa: S608 - our own names
    booked = _wait(lambda: list(books.query_and_wait(query, job_config=wanted)), "the order in BigQuery")
    total = str(booked[0]["total"])
    walk.step("warehouse", f"the bookkeeper's row in BigQuery: {booked[0]['item']}, {total}", total=total)
    files = storage.Client(
        project=environment["GOOGLE_CLOUD_PROJECT"],
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": environment["STORAGE_EMULATOR_HOST"]},
    )
    receipt = files.bucket(environment["BUCKET_RECEIPTS"]).blob(f"{number}.json")
    _wait(receipt.exists, "the receipt in its bucket")
    content = receipt.download_as_text()
    walk.step("file", f"its receipt gs://{receipt.bucket.name}/{receipt.name}: {content}", receipt=json.loads(content))


def _follow_a_poisoned_order(walk: Walk, port: int, orders: Iterator[Message], failed: Iterator[Message]) -> None:
    number = _order(port, POISONED)
    walk.step("order", f"the shop took {POISONED} too and calls it {number}", id=number, order=POISONED)
    message = _next(orders, "the order's message")
    walk.step("message", f"published to orders: {message.text()}", id=message.id, body=message.text())
    letter = _next(failed, "the dead letter")
    attempts = int(letter.attributes["CloudPubSubDeadLetterSourceDeliveryCount"])
    walk.step(
        "dead letter",
        f"the bookkeeper failed at it {attempts} times; it waits in orders-bookkeeper-dead-letters: {letter.text()}",
        attempts=attempts,
        body=letter.text(),
    )


def _order(port: int, order: dict[str, object]) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/orders", json.dumps(order).encode(), {"Content-Type": "application/json"}
    )

    def answer() -> str | None:
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - on this machine
                number: str = json.load(response)["id"]
                return number
        except urllib.error.HTTPError:
            raise
        except OSError:
            return None  # The shop is about to open.

    return _wait(answer, "an answer of the shop")


def _next(messages: Iterator[Message], what: str) -> Message:
    message = next(messages, None)
    if message is None:
        raise _missing(what)
    return message


def _wait(look: Callable[[], _Found | None], what: str) -> _Found:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise _missing(what)


def _missing(what: str) -> LocalCloudError:
    return LocalCloudError(
        f"There was not {what} within {_PATIENCE:.0f} seconds.",
        "The example did not work to its end.",
        "See above what its programs said.",
    )


def _database(shop: Program) -> psycopg.Connection:
    environment = shop.environment
    return psycopg.connect(
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        dbname=environment["PGDATABASE"],
        user=environment["PGUSER"],
        password=environment["PGPASSWORD"],
    )


_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = 'orders' ORDER BY ordinal_position"

if __name__ == "__main__":
    typer.run(main)
