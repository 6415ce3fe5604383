"""Stand-ins as processes: real servers, asked by Google's own clients as the code of a workload would ask them.

The tests of this module are one story in the order in which they stand: each finds the stand-ins as the one before left
them.
"""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg
import pytest
import yaml
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.types import PubsubMessage

import settings
from localcloud.cluster.processes import Processes, wait_until
from localcloud.errors import LocalCloudError
from localcloud.stand_ins import StandIns
from localcloud.stand_ins.messages import Message, following
from localcloud.stand_ins.server import ORIGINALS
from localcloud.workspace import Workspace
from tests.engine.project import REPOSITORY, Project, environment

STACK = "shop"
ORDER = b'{"id": "1"}'
SEEN_WITHIN = 20.0

IMAGE = "registry.example.com/orders:1.0.0"
WORKLOADS: dict[str, Any] = {
    "services": {"shop": {"image": IMAGE, "database": True, "publishes": ["orders", "visits"]}},
    "workers": {
        "books": {"image": IMAGE, "subscribes": ["orders"], "datasets": ["web-sales"], "buckets": ["receipts"]},
        "visitors": {"image": IMAGE, "subscribes": ["visits"]},
    },
}
COLUMNS = [
    {"name": "id", "type": "STRING", "mode": "REQUIRED"},
    {"name": "total", "type": "BIGNUMERIC", "mode": "REQUIRED"},
    {"name": "at", "type": "TIMESTAMP"},
    {"name": "tags", "type": "STRING", "mode": "REPEATED"},
]


def avro(*fields: str) -> str:
    return json.dumps(
        {"type": "record", "name": "Order", "fields": [{"name": field, "type": "string"} for field in fields]}
    )


PROTO = {"type": "PROTOCOL_BUFFER", "definition": 'syntax = "proto3"; message Visit { string page = 1; }'}
STACK_FILE: dict[str, Any] = {
    "platform": "local",
    "domain": "dev.localhost",
    "cluster": {"nodes": 2, "machineType": "e2-standard-2"},
    "topics": {"orders": {"schema": {"definition": avro("id")}}, "visits": {}},
    "datasets": {"web-sales": {"tables": {"daily-orders": {"columns": COLUMNS, "partitionBy": "at"}}}},
    "buckets": {"receipts": {}},
}

Found = TypeVar("Found")


class Shop:
    """The stack of this story, in a copy of the project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.workspace = Workspace(project.root, STACK)
        self.processes = Processes(self.workspace.stand_ins)

    @property
    def settings(self) -> settings.Settings:
        return settings.from_stack_file(self.project.root, STACK)

    @property
    def stand_ins(self) -> StandIns:
        return StandIns(self.workspace)

    def declare(self, workloads: Mapping[str, Any] = WORKLOADS, **changes: object) -> None:
        """Writes the stack's file anew, with changes, and what its workloads are."""
        config = {f"{settings.PROJECT}:{key}": value for key, value in {**STACK_FILE, **changes}.items()}
        (self.project.root / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": config}))
        (self.project.root / "services.yaml").write_text(yaml.safe_dump(workloads))

    def command(self, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return self.project.localcloud("stand-ins", *arguments, env=env)

    def up(self, **env: str) -> str:
        """Starts them by the command, and gives what is said on the way."""
        done = self.command("up", STACK, **env)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def variables(self, workload: str) -> dict[str, str]:
        return self.stand_ins.variables(workload, self.settings.workloads()[workload])

    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self.processes.running().items()}

    def database(self, **instead: str) -> psycopg.Connection:
        found = self.variables("shop") | instead
        return psycopg.connect(
            host=found["PGHOST"],
            port=found["PGPORT"],
            dbname=found["PGDATABASE"],
            user=found["PGUSER"],
            password=found["PGPASSWORD"],
            sslmode=found["PGSSLMODE"],
            autocommit=True,
        )

    def emulated(self, make: Callable[[], Found]) -> Found:
        """A client of Google's, made as a workload makes it, by what its variables say."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (self.variables("books") | self.variables("shop")).items():
                patch.setenv(name, value)
            return make()

    @property
    def publisher(self) -> PublisherClient:
        return self.emulated(PublisherClient)

    @property
    def subscriber(self) -> SubscriberClient:
        return self.emulated(SubscriberClient)

    @property
    def warehouse(self) -> bigquery.Client:
        return self.emulated(lambda: bigquery.Client(credentials=AnonymousCredentials()))

    @property
    def files(self) -> storage.Bucket:
        name = self.variables("books")["BUCKET_RECEIPTS"]
        bucket: storage.Bucket = self.emulated(storage.Client).bucket(name)
        return bucket

    def publish(self, topic: str, *messages: bytes, **attributes: str) -> None:
        self.publisher.publish(
            topic=f"projects/local/topics/{topic}",
            messages=[PubsubMessage(data=message, attributes=attributes) for message in messages],
        )

    def received(self, subscription: str, count: int) -> list[bytes]:
        """The next messages of a subscription, which are acknowledged."""
        path = f"projects/local/subscriptions/{subscription}"
        found: list[bytes] = []
        subscriber = self.subscriber
        while len(found) < count:
            pulled = subscriber.pull(subscription=path, max_messages=count, timeout=SEEN_WITHIN).received_messages
            found += [each.message.data for each in pulled]
            subscriber.acknowledge(subscription=path, ack_ids=[each.ack_id for each in pulled])
        return sorted(found)

    def subscriptions(self) -> list[str]:
        listed = self.subscriber.list_subscriptions(project="projects/local")
        return sorted(each.name.rpartition("/")[2] for each in listed)

    def rows(self) -> list[tuple[object, ...]]:
        found = self.warehouse.query_and_wait("SELECT id, tags FROM local.web_sales.daily_orders ORDER BY id")
        return [tuple(row) for row in found]

    def tables(self) -> list[str]:
        with self.database() as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return [name for (name,) in found]


@pytest.fixture(scope="module")
def shop(project: Project) -> Iterator[Shop]:
    made = Shop(project)
    made.declare()
    yield made
    made.stand_ins.delete()


@contextmanager
def in_background(do: Callable[[], Found]) -> Iterator["Future[Found]"]:
    with ThreadPoolExecutor(1) as executor:
        yield executor.submit(do)


def refusal(shop: Shop) -> LocalCloudError:
    with pytest.raises(LocalCloudError) as caught:
        shop.stand_ins.start(shop.settings)
    return caught.value


def test_a_start_that_is_ended_while_databases_are_made_leaves_nothing_running_and_nothing_half_made(
    shop: Shop,
) -> None:
    """The first of all: databases are made once."""
    making = shop.workspace.stand_ins / "postgres.making"
    with subprocess.Popen(
        [sys.executable, "-m", "localcloud", "stand-ins", "up", STACK],
        cwd=shop.project.root,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert wait_until(lambda: (making / "PG_VERSION").exists() or process.poll() is not None, 60, every=0.01)
        process.terminate()
        _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM, said
    assert shop.pids() == {}
    assert not (shop.workspace.stand_ins / "postgres").exists()


def test_one_command_starts_all_and_says_what_holds_what_and_where(shop: Shop) -> None:
    done = shop.command("up", STACK, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name: (each["original"], each["contents"]) for name, each in found.items()} == {
        "postgres": ("Cloud SQL", ["shop"]),
        "pubsub": ("Pub/Sub", ["orders → books", "visits → visitors"]),
        "bigquery": ("BigQuery", ["local.web_sales.daily_orders"]),
        "storage": ("Cloud Storage", ["gs://local-receipts"]),
    }
    assert shop.pids().keys() == set(ORIGINALS)
    assert all(each["address"] == shop.stand_ins.address(name) for name, each in found.items())


def test_everything_listens_on_this_machine_alone(shop: Shop) -> None:
    listening = [
        connection.laddr
        for process in shop.processes.running().values()
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    noted = json.loads((shop.workspace.stand_ins / "ports.json").read_text())
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert sorted(address.port for address in listening) == sorted(noted.values())


def test_topics_have_their_schemas_subscriptions_and_dead_letters(shop: Shop) -> None:
    topics = {each.name: each for each in shop.publisher.list_topics(project="projects/local")}
    assert sorted(name.rpartition("/")[2] for name in topics) == [
        *("orders", "orders-books-dead-letters", "visits", "visits-visitors-dead-letters")
    ]
    assert topics["projects/local/topics/orders"].schema_settings.schema == "projects/local/schemas/orders"
    assert shop.subscriptions() == [
        *("orders-books", "orders-books-dead-letters", "visits-visitors", "visits-visitors-dead-letters")
    ]
    books = shop.subscriber.get_subscription(subscription=shop.variables("books")["SUBSCRIPTION_ORDERS"])
    assert (books.ack_deadline_seconds, books.dead_letter_policy.max_delivery_attempts) == (30, 5)
    assert books.dead_letter_policy.dead_letter_topic == "projects/local/topics/orders-books-dead-letters"


def test_a_table_has_its_columns_and_takes_rows(shop: Shop) -> None:
    table = f"{shop.variables('books')['DATASET_WEB_SALES']}.daily_orders"
    schema = shop.warehouse.get_table(table).schema
    assert [(column.name, column.field_type, column.mode) for column in schema] == [
        *(("id", "STRING", "REQUIRED"), ("total", "BIGNUMERIC", "REQUIRED")),
        *(("at", "TIMESTAMP", "NULLABLE"), ("tags", "STRING", "REPEATED")),
    ]
    assert shop.warehouse.insert_rows_json(table, [{"id": "1", "total": "7.25", "tags": ["new"]}]) == []
    assert shop.rows() == [("1", ["new"])]


def test_a_file_lands_in_its_bucket(shop: Shop) -> None:
    shop.files.blob("2026/1.json").upload_from_string(ORDER, content_type="application/json")
    assert shop.files.blob("2026/1.json").download_as_bytes() == ORDER


def test_a_workload_has_a_database_that_is_its_own(shop: Shop) -> None:
    with shop.database() as connection:
        connection.execute("CREATE TABLE orders (id text)")
        connection.execute("INSERT INTO orders VALUES ('1')")
        facts = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles"
        assert connection.execute(f"{facts} WHERE rolname = current_user").fetchone() == (False,) * 5
        owner = "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding) FROM pg_database"
        assert connection.execute(f"{owner} WHERE datname = current_database()").fetchone() == ("shop", "UTF8")


@pytest.mark.parametrize("instead", [{"PGPASSWORD": "guessed"}, {"PGPASSWORD": ""}, {"PGUSER": "postgres"}])
def test_nobody_gets_into_a_database_without_its_password(instead: dict[str, str], shop: Shop) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        shop.database(**instead)
    passwords = shop.workspace.stand_ins / "passwords.json"
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert stat.S_IMODE(shop.workspace.stand_ins.stat().st_mode) == 0o700


def test_to_publish_to_a_topic_that_is_not_declared_says_what_is_missing_and_where(shop: Shop) -> None:
    with pytest.raises(exceptions.NotFound) as caught:
        shop.publish("odrers", ORDER)
    assert '"projects/local/topics/odrers" is not there' in caught.value.message
    assert "declared in the stack file's `topics`" in caught.value.message
    assert "orders, " in caught.value.message


@pytest.mark.parametrize(("message", "why"), [(b'{"item": "tea"}', "lacks id"), (b"tea", "no JSON")])
def test_a_message_that_does_not_fit_its_topics_schema_is_refused_with_why(
    message: bytes, why: str, shop: Shop
) -> None:
    with pytest.raises(exceptions.InvalidArgument, match=f'topic "orders" does not fit schema "orders".*{why}'):
        shop.publish("orders", message)


def test_to_start_what_runs_changes_nothing(shop: Shop) -> None:
    shop.publish("orders", ORDER)
    before = shop.pids()
    shop.stand_ins.start(shop.settings)
    assert shop.pids() == before
    assert shop.received("orders-books", 1) == [ORDER]


def test_a_workloads_program_is_run_with_all_of_its_variables(shop: Shop) -> None:
    program = "import json, os; print(json.dumps(dict(os.environ))); raise SystemExit(7)"
    done = shop.command("run", "shop", STACK, "--command", f'python -c "{program}"', EDITOR="ed")
    assert done.returncode == 7, done.stderr
    found = json.loads(done.stdout)
    assert found.items() >= shop.variables("shop").items()
    assert found["EDITOR"] == "ed"
    assert shop.variables("shop").keys() == {
        *("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSSLMODE"),
        *("GOOGLE_CLOUD_PROJECT", "PUBSUB_EMULATOR_HOST", "TOPIC_ORDERS", "TOPIC_VISITS"),
    }


@contextmanager
def followed(shop: Shop, topic: str, count: int) -> Iterator["Future[list[Message]]"]:
    """The next messages of a topic that somebody looks at, who does so when the block begins."""
    with (
        following(shop.stand_ins.address("pubsub"), topic, SEEN_WITHIN) as messages,
        in_background(lambda: list(islice(messages, count))) as found,
    ):
        yield found


def test_who_looks_at_a_topic_sees_all_that_is_published_and_takes_nothing_from_a_worker(shop: Shop) -> None:
    shop.publish("visits", b"before")
    with followed(shop, "visits", 3) as seen, followed(shop, "visits", 3) as seen_by_another:
        shop.publish("visits", b"one", b"\xff\x00", page="/")
        shop.publish("visits", b"three")
    assert [message.body for message in seen.result()] == [b"one", b"\xff\x00", b"three"]
    assert [message.attributes for message in seen.result()] == [{"page": "/"}, {"page": "/"}, {}]
    assert [message.body for message in seen_by_another.result()] == [b"one", b"\xff\x00", b"three"]
    assert shop.received("visits-visitors", 4) == sorted([b"before", b"one", b"\xff\x00", b"three"])


def test_who_looks_no_more_leaves_no_subscription_behind(shop: Shop) -> None:
    before = shop.subscriptions()
    with followed(shop, "orders", 1) as seen:
        assert len(shop.subscriptions()) == len(before) + 1
        shop.publish("orders", ORDER)
    assert len(seen.result()) == 1
    assert shop.subscriptions() == before


def test_a_message_that_a_worker_cannot_handle_is_seen_in_the_dead_letters(shop: Shop) -> None:
    path, subscriber = "projects/local/subscriptions/orders-books", shop.subscriber
    shop.received("orders-books", 1)  # Of the test before.
    attempts = []
    with followed(shop, "orders-books-dead-letters", 1) as seen:
        shop.publish("orders", b'{"id": "poison"}')
        for _ in range(5):
            (each,) = subscriber.pull(subscription=path, max_messages=9, timeout=SEEN_WITHIN).received_messages
            attempts.append(each.delivery_attempt)
            subscriber.modify_ack_deadline(subscription=path, ack_ids=[each.ack_id], ack_deadline_seconds=0)
    assert attempts == [1, 2, 3, 4, 5]
    (letter,) = seen.result()
    assert letter.body == b'{"id": "poison"}'
    assert letter.attributes["CloudPubSubDeadLetterSourceSubscription"] == "orders-books"
    assert shop.received("orders-books-dead-letters", 1) == [b'{"id": "poison"}']


@contextmanager
def looking(shop: Shop, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """`messages` as a command, from when it says that it looks."""
    with subprocess.Popen(
        [sys.executable, "-m", "localcloud", "stand-ins", "messages", *arguments],
        cwd=shop.project.root,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            assert process.stderr.readline() == f"Messages of {arguments[0]} from now on. Ctrl+C ends it.\n"
            yield process
        finally:
            process.kill()


def test_the_command_gives_a_program_a_line_for_each_message_and_ends_after_as_many_as_it_is_told(shop: Shop) -> None:
    with looking(shop, "visits", STACK, "--json", "--count=2") as process:
        shop.publish("visits", b"one", b"\xff", b"three", page="/")
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    first, second = (json.loads(line) for line in said.splitlines())
    assert (first["body"], first["attributes"]) == ("one", {"page": "/"})
    assert second["bodyBase64"] == "/w=="
    shop.received("visits-visitors", 3)


@pytest.mark.parametrize(("end", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_command_is_ended_quietly_and_leaves_no_subscription_behind(
    end: signal.Signals, code: int, shop: Shop
) -> None:
    before = shop.subscriptions()
    with looking(shop, "visits", STACK) as process:
        assert len(shop.subscriptions()) == len(before) + 1
        process.send_signal(end)
        _, said = process.communicate(timeout=30)
    assert process.returncode == code
    assert said in ("Interrupted.\n", "")
    assert shop.subscriptions() == before


def test_the_command_ends_quietly_when_nobody_reads_what_it_says(shop: Shop) -> None:
    before = shop.subscriptions()
    with looking(shop, "visits", STACK) as process:
        assert process.stdout is not None
        process.stdout.close()
        shop.publish("visits", b"one")
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(timeout=30) == 128 + signal.SIGPIPE
    assert shop.subscriptions() == before
    shop.received("visits-visitors", 1)


def test_a_stand_in_that_is_killed_is_told_at_once_to_who_looks_started_again_and_has_what_it_stored(
    shop: Shop,
) -> None:
    with looking(shop, "visits", STACK) as process:
        for pid in shop.pids().values():
            os.kill(pid, signal.SIGKILL)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.startswith("The stand-in of Pub/Sub does not answer: ")
    assert len(said.splitlines()) < 10
    assert shop.pids() == {}

    gone = shop.command("messages", "visits", STACK)
    assert gone.returncode == 1
    assert gone.stderr.startswith(f"No stand-in of Pub/Sub runs for the stack {STACK}.\n")

    # What runs a workload starts what it needs.
    done = shop.command("run", "shop", STACK, "--command", "echo $PGPORT")
    assert done.returncode == 0, done.stderr
    for original in ORIGINALS.values():
        assert f"The stand-in of {original} had ended; it is started again." in done.stderr
    assert "ready to accept connections" in done.stderr
    assert done.stdout == f"{shop.variables('shop')['PGPORT']}\n"
    assert shop.rows() == [("1", ["new"])]
    assert shop.files.blob("2026/1.json").download_as_bytes() == ORDER
    assert shop.tables() == ["orders"]
    shop.publish("orders", ORDER)
    assert shop.received("orders-books", 1) == [ORDER]


def test_postgresql_whose_backend_outlives_it_is_started_again(shop: Shop) -> None:
    with shop.database() as connection:
        backend = connection.info.backend_pid

        def compute() -> None:
            with pytest.raises(psycopg.OperationalError):
                connection.execute("DO $$ BEGIN LOOP END LOOP; END $$")

        with in_background(compute):
            try:
                postmaster = shop.pids()["postgres"]
                os.kill(postmaster, signal.SIGKILL)
                assert wait_until(lambda: not psutil.pid_exists(postmaster), 20)
                shop.stand_ins.start(shop.settings)
                assert not psutil.pid_exists(backend)
            finally:
                with suppress(ProcessLookupError):
                    os.kill(backend, signal.SIGKILL)
    assert shop.tables() == ["orders"]


def test_what_is_stopped_is_kept_and_found_again_at_the_same_place(shop: Shop) -> None:
    before = {name: shop.stand_ins.address(name) for name in ORIGINALS}
    with closing(shop.database()):  # Clients that stay are not waited for.
        done = shop.project.localcloud("stop", STACK)
    assert done.returncode == 0, done.stderr
    assert shop.pids() == {}
    assert "had ended" not in shop.up()
    log = shop.processes.log("postgres").read_text()
    assert "database system was shut down at" in log  # And not interrupted.
    assert {name: shop.stand_ins.address(name) for name in ORIGINALS} == before
    assert shop.rows() == [("1", ["new"])]
    blob = shop.files.get_blob("2026/1.json")
    assert (blob.content_type, blob.download_as_bytes()) == ("application/json", ORDER)
    assert shop.tables() == ["orders"]


def test_what_is_declared_anew_is_made_while_they_run(shop: Shop) -> None:
    before = shop.pids()
    workloads: dict[str, Any] = json.loads(json.dumps(WORKLOADS))
    workloads["workers"]["mail"] = {"image": IMAGE, "subscribes": ["orders"], "database": True}
    datasets = {
        "web-sales": {"tables": {**STACK_FILE["datasets"]["web-sales"]["tables"], "returns": {"columns": COLUMNS}}},
        "empty": {},
    }
    shop.publish("orders", ORDER)
    shop.declare(
        workloads,
        topics={**STACK_FILE["topics"], "payments": {}},
        datasets=datasets,
        buckets={"receipts": {}, "invoices": {}},
    )
    with (
        pytest.raises(LocalCloudError, match="has no topic 'payments': only orders, ") as caught,
        following(shop.stand_ins.address("pubsub"), "payments"),
    ):
        pass
    assert caught.value.remedy.startswith("`make stand-ins` makes what ")
    shop.stand_ins.start(shop.settings)
    assert shop.pids() == before
    assert {"orders-mail", "orders-mail-dead-letters"} <= set(shop.subscriptions())
    shop.publish("payments", b"1")
    assert {each.table_id for each in shop.warehouse.list_tables("web_sales")} == {"daily_orders", "returns"}
    assert [each.table_id for each in shop.warehouse.list_tables("empty")] == []
    assert shop.emulated(storage.Client).bucket("local-invoices").exists()
    assert "mail" in shop.settings.databases()
    mail = shop.variables("mail")
    with shop.database(**{name: mail[name] for name in ("PGUSER", "PGDATABASE", "PGPASSWORD")}) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("mail",)
    assert shop.received("orders-books", 1) == [ORDER]  # What was there before was not touched.


def test_a_schema_that_changed_is_the_one_that_counts(shop: Shop) -> None:
    shop.publish("orders", ORDER)
    shop.declare(topics={"orders": {"schema": {"definition": avro("id", "item")}}, "visits": {"schema": PROTO}})
    shop.stand_ins.start(shop.settings)
    with pytest.raises(exceptions.InvalidArgument, match="lacks item"):
        shop.publish("orders", ORDER)
    shop.publish("orders", b'{"id": "2", "item": "tea"}')
    assert shop.received("orders-books", 2) == [ORDER, b'{"id": "2", "item": "tea"}']
    with pytest.raises(exceptions.InvalidArgument, match='topic "visits" does not fit schema "visits"'):
        shop.publish("visits", b'{"pages": "/"}')
    shop.publish("visits", b'{"page": "/"}')
    assert shop.received("visits-visitors", 1) == [b'{"page": "/"}']


def test_a_schema_that_is_none_leaves_the_one_before(shop: Shop) -> None:
    before = shop.pids()
    shop.declare(topics={"orders": {"schema": {"definition": '{"type": "recrd"}'}}, "visits": {"schema": PROTO}})
    said = refusal(shop)
    assert "The stand-in of Pub/Sub does not take what the stack declares: 400" in said.problem
    assert '"recrd"' in said.problem
    assert f"Pulumi.{STACK}.yaml" in said.remedy
    assert shop.pids() == before
    shop.publish("orders", b'{"id": "3", "item": "tea"}')
    assert shop.received("orders-books", 1) == [b'{"id": "3", "item": "tea"}']


def test_a_schema_that_is_no_longer_declared_asks_nothing_of_messages(shop: Shop) -> None:
    shop.declare(topics={"orders": {}, "visits": {}})
    shop.stand_ins.start(shop.settings)
    for topic, subscription in (("orders", "orders-books"), ("visits", "visits-visitors")):
        shop.publish(topic, b"anything")
        assert shop.received(subscription, 1) == [b"anything"]


CHANGED_COLUMNS = [
    ([*COLUMNS, {"name": "note", "type": "STRING"}], "note"),
    ([COLUMNS[0] | {"type": "INT64"}, *COLUMNS[1:]], "id"),
    ([*COLUMNS[:2], COLUMNS[2] | {"mode": "REQUIRED"}, COLUMNS[3]], "at"),
    (COLUMNS[:3], "tags"),
    ([COLUMNS[1], COLUMNS[0], *COLUMNS[2:]], "their order"),
]


@pytest.mark.parametrize(("columns", "different"), CHANGED_COLUMNS)
def test_a_table_whose_columns_changed_is_left_with_its_rows_and_told(
    columns: list[dict[str, str]], different: str, shop: Shop
) -> None:
    before = shop.pids()
    shop.declare(datasets={"web-sales": {"tables": {"daily-orders": {"columns": columns}}}})
    said = refusal(shop)
    assert said.problem == (
        "The table local.web_sales.daily_orders in the stand-in of BigQuery has other columns than are declared now: "
        f"{different}."
    )
    assert "`make stand-ins-down" in said.remedy
    assert shop.pids() == before
    assert shop.rows() == [("1", ["new"])]


def test_two_that_start_at_once_both_find_one_of_each(shop: Shop) -> None:
    shop.declare()
    shop.stand_ins.stop()
    with in_background(shop.up), in_background(lambda: shop.command("run", "shop", STACK, "-c", "echo $PGPORT")) as run:
        pass
    assert run.result().returncode == 0, run.result().stderr
    assert run.result().stdout == f"{shop.variables('shop')['PGPORT']}\n"
    assert shop.pids().keys() == set(ORIGINALS)
    assert shop.rows() == [("1", ["new"])]


def test_one_whose_port_another_program_took_meanwhile_is_elsewhere_and_has_what_it_stored(shop: Shop) -> None:
    shop.stand_ins.stop()
    ports = json.loads((shop.workspace.stand_ins / "ports.json").read_text())
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", ports["bigquery"]))
        other.listen()
        refused = shop.command("up", STACK, LOCALCLOUD_BIGQUERY_PORT=str(ports["bigquery"]))
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"LOCALCLOUD_BIGQUERY_PORT={ports['bigquery']}: another program listens on ")
        assert shop.pids() == {}
        # A proxy that leads nowhere is between this machine and all others.
        said = shop.up(HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9")
    assert f"Another program listens on 127.0.0.1:{ports['bigquery']}" in said
    assert shop.stand_ins.address("bigquery") != f"127.0.0.1:{ports['bigquery']}"
    assert shop.rows() == [("1", ["new"])]


def test_a_program_reaches_stand_ins_past_a_proxy(shop: Shop) -> None:
    ask = (
        "from google.cloud import storage; from google.pubsub_v1 import PublisherClient; import os;"
        "print(storage.Client().bucket('local-receipts').exists(),"
        " PublisherClient().get_topic(topic=os.environ['TOPIC_ORDERS'], timeout=20).name)"
    )
    workload = {**WORKLOADS["services"]["shop"], "buckets": ["receipts"]}
    shop.declare({**WORKLOADS, "services": {"shop": workload}})
    proxy = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    done = shop.command("run", "shop", STACK, "--command", f'python -c "{ask}"', **proxy)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "True projects/local/topics/orders\n"


def test_what_is_forgotten_is_gone_with_every_process(shop: Shop) -> None:
    done = shop.command("down", STACK)
    assert done.returncode == 0, done.stderr
    assert shop.pids() == {}
    assert not shop.workspace.directory.exists()
    shop.declare()
    shop.stand_ins.start(shop.settings)
    assert (shop.rows(), shop.tables(), list(shop.files.list_blobs())) == ([], [], [])


def test_clean_leaves_no_process_and_no_file(shop: Shop) -> None:
    done = shop.project.localcloud("clean")
    assert done.returncode == 0, done.stderr
    assert shop.pids() == {}
    assert not (shop.project.root / ".localcloud").exists()


def test_what_is_stored_stays_in_the_project_whatever_its_folder_is_called(tmp_path: Path) -> None:
    place = tmp_path / "a #1 é?x=%20y"
    place.mkdir()
    config = {f"{settings.PROJECT}:{key}": value for key, value in STACK_FILE.items()}
    (place / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": config}))
    (place / "services.yaml").write_text(yaml.safe_dump(WORKLOADS))
    shutil.copy(REPOSITORY / "Pulumi.yaml", place)
    stand_ins = StandIns(Workspace(place, STACK))
    try:
        assert len(stand_ins.start(settings.from_stack_file(place, STACK))) == len(ORIGINALS)
        assert [entry.name for entry in tmp_path.iterdir()] == [place.name]
        assert (place / f".localcloud/stacks/{STACK}/stand-ins/bigquery.sqlite").is_file()
    finally:
        stand_ins.delete()
    assert not (place / ".localcloud" / "stacks" / STACK).exists()
