"""What the workloads of `StandIns` hold, asked of the real emulators by Google's own clients.

The emulators are started as the workloads start them: with their arguments, on their files. They are the programs of
the images, that of BigQuery with other answers to mistakes; but for Pub/Sub: that of the image is not to be had without
it, so what speaks to its REST API speaks to Google's fake through Google's own rules for that API (see transcoding.py).
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage
from google.pubsub_v1 import PublisherClient, SchemaServiceClient, SubscriberClient
from google.pubsub_v1.types import PubsubMessage, Subscription
from web_platform import StandInsArgs, dataset

from localcloud import toolchain
from localcloud.cluster import ports
from localcloud.toolchain import Toolchain
from tests.components.stand_ins.everything import AVRO, EVERYTHING, NOTHING, container, contents
from tests.engine.transcoding import transcoded

STARTS_WITHIN = 60

EVERY_TYPE = [*dataset._TYPES, *dataset._ALIASES]


@pytest.fixture(scope="module")
def emulators() -> Toolchain:
    return toolchain.ensure_stand_ins()


@contextmanager
def running(program: Path, args: Sequence[str], port: int, log: Path) -> Iterator[None]:
    """Run a server for as long as the block takes, which begins once it listens."""
    with log.open("w") as output, subprocess.Popen([program, *args], stdout=output, stderr=output) as process:
        try:
            deadline = time.monotonic() + STARTS_WITHIN
            while not _listens(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, f"nothing listens on {port}: {log.read_text()}"
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def in_place(args: Sequence[str], places: Mapping[str, object]) -> list[str]:
    """Arguments of a container, with places of this machine for those that it has."""
    changed = list(args)
    for there, here in places.items():
        assert any(there in arg for arg in changed), f"{there} is not in {args}"
        changed = [arg.replace(there, str(here)) for arg in changed]
    return changed


@contextmanager
def warehouse(
    emulators: Toolchain, args: StandInsArgs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[bigquery.Client]:
    port = ports.free()
    for name, content in contents("warehouse", args).items():
        (tmp_path / name).write_text(content)
    given = in_place(container("warehouse", args)["args"], {"9050": port, "/contents": tmp_path})
    # The port of another API, which workloads do not open and other tests may have taken.
    beside = [f"--grpc-port={ports.free()}", "--host=127.0.0.1"]
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    with running(emulators["bigquery-emulator"], [*given, *beside], port, tmp_path / "log"):
        yield bigquery.Client("local", credentials=AnonymousCredentials())


def test_bigquery_has_every_dataset_and_table(
    emulators: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse(emulators, EVERYTHING, tmp_path, monkeypatch) as client:
        assert {each.dataset_id for each in client.list_datasets()} == {"empty", "web_shop"}
        assert [each.table_id for each in client.list_tables("empty")] == []
        assert [each.table_id for each in client.list_tables("web_shop")] == ["daily_orders"]
        table = client.get_table("local.web_shop.daily_orders")
        assert [(column.name, column.field_type, column.mode) for column in table.schema] == [
            ("day", "DATE", "REQUIRED"),
            ("total", "FLOAT", "NULLABLE"),
            ("kinds", "STRING", "REPEATED"),
        ]
        row = {"day": "2026-11-26", "total": 16777217.1, "kinds": ["paid", "sent"]}
        assert client.insert_rows_json(table, [row]) == []
        client.query("INSERT INTO web_shop.daily_orders (day, total) VALUES ('2026-11-27', 16777217.1)").result()
        rows = client.query("SELECT total, kinds FROM web_shop.daily_orders ORDER BY day").result()
        assert [tuple(each) for each in rows] == [(16777217.1, ["paid", "sent"]), (16777217.1, [])]


def test_bigquery_has_a_column_of_every_type_as_google_has_it(
    emulators: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns: list[Any] = [
        {"name": f"{type_}_{mode}", "type": type_, "mode": mode} for type_ in EVERY_TYPE for mode in dataset._MODES
    ]
    # Names that YAML has a meaning for are among what there can be.
    args: StandInsArgs = {**NOTHING, "datasets": {"null": {"true": {"columns": columns}}}}
    with warehouse(emulators, args, tmp_path, monkeypatch) as client:
        schema = client.get_table("local.null.true").schema
        made = [{"name": each.name, "type": each.field_type, "mode": each.mode} for each in schema]
    assert len(made) == len(columns)
    different = [
        (each["name"], one["mode"])
        for each, one in zip(columns, made, strict=True)
        if one != {**each, "type": dataset.column_type(each)}
    ]
    assert different == [("BIGNUMERIC_REQUIRED", "NULLABLE"), ("BIGDECIMAL_REQUIRED", "NULLABLE")]


def test_cloud_storage_has_every_bucket(emulators: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port, data, made = ports.free(), tmp_path / "data", container("storage")
    for mount in made["volumeMounts"]:
        if mount["mountPath"].startswith("/data/"):
            (data / mount["mountPath"].removeprefix("/data/")).mkdir(parents=True)
    address = f"http://127.0.0.1:{port}"
    here: dict[str, object] = {"http://stand-ins-storage.stand-ins.svc:4443": address, "4443": port, "/data": data}
    given = in_place(made["args"], here)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    with running(emulators["fake-gcs-server"], given, port, tmp_path / "log"):
        client = storage.Client("local", credentials=AnonymousCredentials())
        assert sorted(bucket.name for bucket in client.list_buckets()) == ["local-invoices", "local-receipts"]
        receipts = client.bucket("local-receipts")
        assert list(client.list_blobs(receipts)) == []
        receipts.blob("2026/1.txt").upload_from_string("paid")
        large = receipts.blob("large", chunk_size=256 * 1024)
        large.upload_from_string("x" * 300_000)
        assert receipts.blob("2026/1.txt").download_as_text() == "paid"
        assert len(receipts.blob("large").download_as_bytes()) == 300_000
        with pytest.raises(exceptions.NotFound):
            client.get_bucket("local-nothing")


@pytest.fixture
def messaging(emulators: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Pub/Sub without anything in it, by its REST API on a port."""
    port = ports.free()
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{port}")
    with running(emulators["pubsub-emulator"], [f"-port={port}"], port, tmp_path / "log"), transcoded() as rest:
        yield rest


def fill(port: int, script: str, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """Run a script of the workload's as the workload does, but that the address in it leads to a port of ours."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    (home / ".curlrc").write_text(f'connect-to = "127.0.0.1:8085:127.0.0.1:{port}"\n')
    (tmp_path / "create.sh").write_text(script)
    return subprocess.run(
        ["sh", tmp_path / "create.sh"],
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def script(args: StandInsArgs = EVERYTHING) -> str:
    return contents("messaging", args)["create.sh"]


def test_the_script_is_run_by_programs_that_this_machine_has_too() -> None:
    assert [program for program in ("sh", "curl") if shutil.which(program) is None] == []


def test_pub_sub_has_every_topic_schema_and_subscription(messaging: int, tmp_path: Path) -> None:
    filled = fill(messaging, script(), tmp_path)
    assert (filled.returncode, filled.stdout, filled.stderr) == (0, "", "")
    publisher, subscriber, schemas = PublisherClient(), SubscriberClient(), SchemaServiceClient()
    assert sorted(topic.name for topic in publisher.list_topics(project="projects/local")) == [
        f"projects/local/topics/{name}"
        for name in ("orders", "orders-mail-dead-letters", "orders-shop-dead-letters", "payments", "visits")
    ]
    orders = publisher.get_topic(topic="projects/local/topics/orders").schema_settings
    assert (orders.schema, orders.encoding.name) == ("projects/local/schemas/orders", "JSON")
    assert schemas.get_schema(name="projects/local/schemas/orders").definition == AVRO
    assert publisher.get_topic(topic="projects/local/topics/payments").schema_settings.schema == ""
    subscriptions = {
        each.name.removeprefix("projects/local/subscriptions/"): each
        for each in subscriber.list_subscriptions(project="projects/local")
    }
    assert {name: _topic(each) for name, each in subscriptions.items()} == {
        "orders-mail": "orders",
        "orders-mail-dead-letters": "orders-mail-dead-letters",
        "orders-shop": "orders",
        "orders-shop-dead-letters": "orders-shop-dead-letters",
    }
    mail, shop = subscriptions["orders-mail"], subscriptions["orders-shop"]
    assert (mail.ack_deadline_seconds, mail.enable_message_ordering, mail.filter) == (
        *(60, True),
        'attributes.kind = "paid"',
    )
    assert (mail.retry_policy.minimum_backoff.seconds, mail.retry_policy.maximum_backoff.seconds) == (1, 20)
    assert mail.dead_letter_policy.dead_letter_topic == "projects/local/topics/orders-mail-dead-letters"
    assert (mail.dead_letter_policy.max_delivery_attempts, shop.dead_letter_policy.max_delivery_attempts) == (7, 5)
    assert (shop.ack_deadline_seconds, shop.enable_message_ordering, shop.filter) == (30, False, "")


def test_messages_go_where_the_declaration_says(messaging: int, tmp_path: Path) -> None:
    assert fill(messaging, script(), tmp_path).returncode == 0
    publisher, subscriber = PublisherClient(), SubscriberClient()
    paid = PubsubMessage(data=b'{"id": "1"}', attributes={"kind": "paid"}, ordering_key="1")
    other = PubsubMessage(data=b'{"id": "2"}')
    publisher.publish(topic="projects/local/topics/orders", messages=[other, paid])
    arrived = {
        name: sorted(
            each.message.data
            for each in subscriber.pull(
                subscription=f"projects/local/subscriptions/{name}", max_messages=9
            ).received_messages
        )
        for name in ("orders-mail", "orders-shop")
    }
    assert arrived == {"orders-mail": [paid.data], "orders-shop": [paid.data, other.data]}
    with pytest.raises(exceptions.InvalidArgument):
        publisher.publish(topic="projects/local/topics/orders", messages=[PubsubMessage(data=b'{"name": "x"}')])


def test_what_is_there_stays_when_the_script_is_run_again(messaging: int, tmp_path: Path) -> None:
    assert fill(messaging, script(), tmp_path).returncode == 0
    PublisherClient().publish(topic="projects/local/topics/visits", messages=[PubsubMessage(data=b"1")])
    again = fill(messaging, script(), tmp_path)
    assert (again.returncode, again.stderr) == (0, "")


def test_a_schema_that_pub_sub_refuses_ends_the_script_with_what_is_wrong(messaging: int, tmp_path: Path) -> None:
    args: StandInsArgs = {**NOTHING, "topics": {"orders": {"schema": {"definition": '{"type": "recrd"}'}}, "zoo": {}}}
    filled = fill(messaging, script(args), tmp_path)
    assert filled.returncode == 1
    assert filled.stderr.startswith("The emulator of Pub/Sub did not make schemas?schemaId=orders: ")
    assert " HTTP 400. Who uses that would not find it. Correct what is declared" in filled.stderr
    assert list(PublisherClient().list_topics(project="projects/local")) == []


def test_a_body_that_pub_sub_does_not_know_ends_the_script(messaging: int, tmp_path: Path) -> None:
    """Else nothing here would find a field that is written wrong."""
    filled = fill(messaging, script().replace("ackDeadlineSeconds", "ackDeadline"), tmp_path)
    assert filled.returncode == 1
    assert 'no field named "ackDeadline"' in filled.stderr


def test_an_emulator_that_does_not_answer_ends_the_script(tmp_path: Path) -> None:
    impatient = script().replace("patience=120\n", "patience=1\n")
    assert impatient != script()
    filled = fill(ports.free(), impatient, tmp_path)
    assert (filled.returncode, filled.stdout) == (1, "")
    assert filled.stderr.startswith("The emulator of Pub/Sub did not answer for 1 seconds. Nothing would be there ")


def _topic(subscription: Subscription) -> str:
    topic: str = subscription.topic
    return topic.removeprefix("projects/local/topics/")
