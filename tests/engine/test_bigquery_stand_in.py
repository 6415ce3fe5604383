"""What the stand-in of BigQuery answers to a developer's mistakes, heard by Google's own client.

Its answers decide what a mistake costs: what the client takes for a failure of the service, it tries again for ten
minutes. Here, to try again is to fail.
"""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from localcloud import toolchain
from localcloud.cluster import ports
from localcloud.stand_ins.server import HOST, listens

STARTS_WITHIN = 60

COLUMNS = [
    bigquery.SchemaField("number", "INTEGER", "REQUIRED"),
    bigquery.SchemaField("note", "STRING"),
    bigquery.SchemaField("sent", "TIMESTAMP"),
    bigquery.SchemaField("kinds", "STRING", "REPEATED"),
    bigquery.SchemaField("buyer", "RECORD", fields=[bigquery.SchemaField("name", "STRING", "REQUIRED")]),
]

UNKNOWN = {"reason": "invalid", "location": "zzz", "debugInfo": "", "message": "no such field: zzz."}
STOPPED = {"reason": "stopped", "location": "", "debugInfo": "", "message": ""}


class Warehouse(NamedTuple):
    """A running stand-in, Google's client of it, and what it has said."""

    client: bigquery.Client
    address: str
    log: Path


class TriedAgain(Exception):  # noqa: N818 - what happened, not what failed
    """The client takes an answer for a failure of the service."""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    program = toolchain.ensure_stand_ins()["bigquery-emulator"]
    directory = tmp_path_factory.mktemp("bigquery")
    port, log = ports.free(), directory / "log"
    command: list[str | Path] = [
        program,
        *("--project=shop", f"--host={HOST}", f"--port={port}", f"--grpc-port={ports.free()}"),
        "--database=tables.sqlite",
    ]
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=directory, stdout=output, stderr=output) as process,
    ):
        try:
            deadline = time.monotonic() + STARTS_WITHIN
            while not listens(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            address = f"http://{HOST}:{port}"
            client = bigquery.Client(
                "shop", credentials=AnonymousCredentials(), client_options={"api_endpoint": address}
            )
            client.create_dataset("d")
            yield Warehouse(client, address, log)
            client.close()
        finally:
            process.terminate()
    assert process.returncode == 0, log.read_text()


@pytest.fixture(autouse=True)
def _nothing_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise TriedAgain(f"in {seconds} seconds")

    # With this, the client waits before it asks again.
    monkeypatch.setattr(time, "sleep", sleep)


@pytest.fixture
def table(warehouse: Warehouse) -> Iterator[bigquery.Table]:
    made = warehouse.client.create_table(bigquery.Table("shop.d.orders", COLUMNS))
    yield made
    warehouse.client.delete_table(made)


@pytest.mark.parametrize(
    ("query", "refused", "reason", "message"),
    [
        ("SELEC 1", exceptions.BadRequest, "invalidQuery", 'Syntax error: Unexpected identifier "SELEC" at [1:1]'),
        ("SELECT zzz FROM d.orders", exceptions.BadRequest, "invalidQuery", "Unrecognized name: zzz at [1:8]"),
        ("SELECT 1 AS order", exceptions.BadRequest, "invalidQuery", "Unexpected keyword ORDER at [1:13]"),
        ("SELECT nope(1)", exceptions.BadRequest, "invalidQuery", "Function not found: nope"),
        ("SELECT 1 / 0", exceptions.BadRequest, "invalidQuery", "zero divided"),
        ("SELECT @missing", exceptions.BadRequest, "invalidQuery", "not enough query arguments"),
        ("INSERT INTO d.orders (nope) VALUES (1)", exceptions.BadRequest, "invalidQuery", "Column nope is not present"),
        ("SELECT * FROM d.nope", exceptions.NotFound, "notFound", "Table not found: d.nope at [1:15]"),
        ("SELECT * FROM nope.orders", exceptions.NotFound, "notFound", "Table not found: nope.orders at [1:15]"),
        ("CREATE TABLE d.orders (x INT64)", exceptions.Conflict, "duplicate", "already exists"),
    ],
)
@pytest.mark.parametrize("method", ["INSERT", "QUERY"])
def test_a_mistake_in_a_query_is_said_at_once(
    warehouse: Warehouse,
    table: bigquery.Table,
    query: str,
    refused: type[exceptions.ClientError],
    reason: str,
    message: str,
    method: str,
) -> None:
    del table  # It is there.
    with pytest.raises(refused) as error:
        warehouse.client.query(query, api_method=method).result()
    assert error.value.errors[0]["reason"] == reason
    assert message in error.value.message


def test_a_mistake_is_what_became_of_its_job_for_whoever_asks_later(warehouse: Warehouse) -> None:
    job = warehouse.client.query("SELECT nope", api_method="INSERT")
    later = warehouse.client.get_job(job.job_id)
    assert later.state == "DONE"
    assert later.error_result == {"reason": "invalidQuery", "message": "Unrecognized name: nope at [1:8]"}
    good = warehouse.client.query("SELECT 1", api_method="INSERT")
    assert warehouse.client.get_job(good.job_id).error_result is None


def test_a_dry_run_refuses_what_a_run_would(warehouse: Warehouse) -> None:
    with pytest.raises(exceptions.BadRequest, match="Unrecognized name: nope"):
        warehouse.client.query("SELECT nope", bigquery.QueryJobConfig(dry_run=True))


def test_a_second_dataset_of_a_name_is_a_duplicate(warehouse: Warehouse) -> None:
    with pytest.raises(exceptions.Conflict) as error:
        warehouse.client.create_dataset("d")
    assert error.value.errors[0]["reason"] == "duplicate"
    assert warehouse.client.create_dataset("d", exists_ok=True).dataset_id == "d"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([bigquery.SchemaField("a", "TEXT")], "Type not found"),
        ([bigquery.SchemaField("a", "STRING"), bigquery.SchemaField("a", "STRING")], "Duplicate column name a"),
    ],
)
def test_a_table_that_cannot_be_made_is_invalid(
    warehouse: Warehouse, columns: list[bigquery.SchemaField], message: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match=message) as error:
        warehouse.client.create_table(bigquery.Table("shop.d.bad", columns))
    assert error.value.errors[0]["reason"] == "invalid"
    assert [each.table_id for each in warehouse.client.list_tables("d")] == []


def _missing(field: str) -> dict[str, str]:
    message = f"Missing required field: Msg_0_CLOUD_QUERY_TABLE.{field}."
    return {"reason": "invalid", "location": "", "debugInfo": "", "message": message}


@pytest.mark.parametrize(
    ("row", "errors"),
    [
        ({"number": 1, "zzz": 1}, [UNKNOWN]),
        ({"note": "a"}, [_missing("number")]),
        ({"number": None}, [_missing("number")]),
        ({"zzz": 1}, [_missing("number"), UNKNOWN]),
        ({"number": 1, "buyer": {}}, [_missing("buyer.name")]),
        (
            {"number": 1, "buyer": {"name": "a", "zzz": 1}},
            [{**UNKNOWN, "location": "buyer.zzz", "message": "no such field: buyer.zzz."}],
        ),
    ],
)
def test_a_row_that_does_not_fit_its_table_is_refused_with_what_is_wrong(
    warehouse: Warehouse, table: bigquery.Table, row: dict[str, Any], errors: list[dict[str, str]]
) -> None:
    assert warehouse.client.insert_rows_json(table, [row]) == [{"index": 0, "errors": errors}]
    assert _numbers(warehouse) == []


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("number", "many", '"many"'), ("sent", "soon", "soon"), ("kinds", "paid", "ARRAY")],
)
def test_a_value_that_its_column_cannot_hold_is_refused(
    warehouse: Warehouse, table: bigquery.Table, column: str, value: str, message: str
) -> None:
    [refused] = warehouse.client.insert_rows_json(table, [{"number": 1, column: value}])
    assert (refused["index"], refused["errors"][0]["reason"]) == (0, "invalid")
    assert message in refused["errors"][0]["message"]
    assert _numbers(warehouse) == []


def test_a_row_that_is_wrong_stops_the_others_of_its_request(warehouse: Warehouse, table: bigquery.Table) -> None:
    answer = warehouse.client.insert_rows_json(table, [{"number": 1}, {"number": 2, "zzz": 1}])
    assert answer == [{"index": 1, "errors": [UNKNOWN]}, {"index": 0, "errors": [STOPPED]}]
    assert _numbers(warehouse) == []


def test_rows_that_are_wrong_can_be_skipped(warehouse: Warehouse, table: bigquery.Table) -> None:
    rows = [{"number": 1, "zzz": 1}, {"number": 2}]
    assert warehouse.client.insert_rows_json(table, rows, skip_invalid_rows=True) == [{"index": 0, "errors": [UNKNOWN]}]
    assert _numbers(warehouse) == [2]


def test_values_that_no_column_is_for_can_be_ignored(warehouse: Warehouse, table: bigquery.Table) -> None:
    assert warehouse.client.insert_rows_json(table, [{"number": 1, "zzz": 1}], ignore_unknown_values=True) == []
    assert _numbers(warehouse) == [1]


def test_rows_that_fit_are_inserted_as_they_are(warehouse: Warehouse, table: bigquery.Table) -> None:
    row = {"number": 12345, "note": "<a&b>", "kinds": ["paid"], "buyer": {"name": "Zoë"}}
    assert warehouse.client.insert_rows_json(table, [row]) == []
    [stored] = warehouse.client.query("SELECT number, note, kinds, buyer FROM d.orders").result()
    assert dict(stored) == row


def test_rows_for_a_table_that_is_not_there_are_not_found(warehouse: Warehouse) -> None:
    # The client waits for a table that may just have been made, so it is not asked.
    answer = requests.post(
        f"{warehouse.address}/bigquery/v2/projects/shop/datasets/d/tables/nope/insertAll", json={"rows": []}, timeout=9
    )
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (404, "notFound")


def test_what_the_emulator_cannot_do_is_not_tried_again(warehouse: Warehouse) -> None:
    answer = requests.get(f"{warehouse.address}/bigquery/v2/nowhere", timeout=9)
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (501, "notImplemented")


def test_each_refusal_is_one_line_of_the_log(warehouse: Warehouse, table: bigquery.Table) -> None:
    before = len(warehouse.log.read_text().splitlines())
    with pytest.raises(exceptions.BadRequest):
        warehouse.client.query("SELECT number\nFROM d.orders\nWHERE number = 'a'", api_method="QUERY").result()
    warehouse.client.insert_rows_json(table, [{"number": 1, "zzz": 1}])
    query, rows = (line.split(" ", 2)[2] for line in warehouse.log.read_text().splitlines()[before:])
    assert query.startswith(
        "POST /bigquery/v2/projects/shop/queries: 400 invalidQuery: No matching signature for operator = "
    )
    assert rows == (
        "POST /bigquery/v2/projects/shop/datasets/d/tables/orders/insertAll: 200 invalid: row 0: no such field: zzz."
    )


def _numbers(warehouse: Warehouse) -> list[int]:
    return [row["number"] for row in warehouse.client.list_rows("shop.d.orders")]
