"""Dataset: tables with their columns, and the groups that may read them."""

import json
from typing import Any

import pytest
from web_platform.dataset import BigQueryColumnArgs, Dataset, DatasetArgs, table_schema
from web_platform.errors import ArgumentError

from tests.components.resource_options import options_of
from tests.recording import Recording, declare

TYPE = "web-platform:index:Dataset"
DATASET = "gcp:bigquery/dataset:Dataset"
READER = "gcp:bigquery/datasetIamMember:DatasetIamMember"
TABLE = "gcp:bigquery/table:Table"

COLUMNS: list[BigQueryColumnArgs] = [
    {"name": "order_id", "type": "STRING", "mode": "REQUIRED", "description": "As the shop shows it."},
    {"name": "items", "type": "INT64"},
    {"name": "tags", "type": "STRING", "mode": "REPEATED"},
    {"name": "price", "type": "FLOAT64"},
    {"name": "ordered_at", "type": "TIMESTAMP"},
]
ORDERS = {"columns": COLUMNS, "partition_by": "ordered_at", "partition_days": 400, "cluster_by": ["order_id", "items"]}


def dataset(name: str = "shop-data", **args: Any) -> Recording:
    arguments: DatasetArgs = {"project": "acme-prod", "location": "EU", **args}  # type: ignore[typeddict-item]
    return declare(lambda: Dataset(name, arguments))


def test_a_dataset_is_made_of_these_resources() -> None:
    recording = dataset(tables={"orders": ORDERS}, readers=["bi@example.com"])
    assert sorted((resource.ancestry, resource.name) for resource in recording) == [
        (TYPE, "shop-data"),
        (f"{TYPE}${DATASET}", "shop-data"),
        (f"{TYPE}${READER}", "shop-data-reader-bi@example.com"),
        (f"{TYPE}${TABLE}", "shop-data.orders"),
    ]


def test_a_dataset_has_an_id_without_hyphens_and_keeps_what_is_in_it() -> None:
    assert dataset().one(DATASET, "shop-data").inputs == {
        "project": "acme-prod",
        "datasetId": "shop_data",
        "location": "EU",
        "deleteContentsOnDestroy": False,
    }


def test_a_table_has_its_columns_days_and_order() -> None:
    made = dataset(tables={"web-orders": ORDERS}).one(TABLE, "shop-data.web-orders").inputs
    schema = made.pop("schema")
    assert made == {
        "project": "acme-prod",
        "datasetId": "shop_data",
        "tableId": "web_orders",
        "timePartitioning": {"type": "DAY", "field": "ordered_at", "expirationMs": 400 * 24 * 3600 * 1000},
        "clusterings": ["order_id", "items"],
        "deletionProtection": True,
    }
    assert schema == table_schema(COLUMNS)


def test_the_schema_is_in_the_form_in_which_the_api_gives_it_back() -> None:
    assert json.loads(table_schema(COLUMNS)) == [
        {"name": "order_id", "type": "STRING", "mode": "REQUIRED", "description": "As the shop shows it."},
        {"name": "items", "type": "INTEGER", "mode": "NULLABLE"},
        {"name": "tags", "type": "STRING", "mode": "REPEATED"},
        {"name": "price", "type": "FLOAT", "mode": "NULLABLE"},
        {"name": "ordered_at", "type": "TIMESTAMP", "mode": "NULLABLE"},
    ]


def test_a_table_of_columns_alone_is_neither_partitioned_nor_clustered() -> None:
    made = dataset(tables={"orders": {"columns": COLUMNS}}).one(TABLE, "shop-data.orders").inputs
    assert made.keys() == {"project", "datasetId", "tableId", "schema", "deletionProtection"}


def test_rows_of_a_day_stay_for_ever_unless_the_caller_says_how_long() -> None:
    table = {"columns": COLUMNS, "partition_by": "ordered_at", "partition_days": None}
    made = dataset(tables={"orders": table}).one(TABLE, "shop-data.orders").inputs
    assert made["timePartitioning"] == {"type": "DAY", "field": "ordered_at"}


def test_days_may_arrive_as_floats() -> None:
    made = dataset(tables={"orders": ORDERS | {"partition_days": 2.0}}).one(TABLE, "shop-data.orders").inputs
    assert made["timePartitioning"]["expirationMs"] == 172800000


def test_without_protection_the_dataset_goes_with_its_tables() -> None:
    recording = dataset(tables={"orders": ORDERS}, deletion_protection=False)
    assert recording.one(DATASET, "shop-data").inputs["deleteContentsOnDestroy"] is True
    assert recording.one(TABLE, "shop-data.orders").inputs["deletionProtection"] is False


def test_groups_may_read_the_dataset_and_nothing_else() -> None:
    made = dataset(readers=["bi@example.com", "audit@example.com"]).of_type(READER)
    assert {name: grant.inputs for name, grant in made.items()} == {
        f"shop-data-reader-{group}": {
            "project": "acme-prod",
            "datasetId": "shop_data",
            "role": "roles/bigquery.dataViewer",
            "member": f"group:{group}",
        }
        for group in ("bi@example.com", "audit@example.com")
    }


def test_tables_and_grants_come_after_the_dataset() -> None:
    recording = dataset(tables={"orders": ORDERS}, readers=["bi@example.com"])
    urn = recording.one(DATASET, "shop-data").urn
    assert urn in recording.waits_for(recording.one(TABLE, "shop-data.orders"))
    assert urn in recording.waits_for(recording.one(READER, "shop-data-reader-bi@example.com"))


def test_a_dataset_and_its_tables_are_replaced_only_once_the_old_ones_are_gone() -> None:
    arguments: DatasetArgs = {"project": "acme-prod", "location": "EU", "tables": {"orders": {"columns": COLUMNS}}}
    made = options_of(lambda opts: Dataset("shop-data", arguments, opts))
    assert made[DATASET, "shop-data"].delete_before_replace is True
    assert made[TABLE, "shop-data.orders"].delete_before_replace is True


def test_the_outputs_are_the_id_and_what_queries_write() -> None:
    assert dataset(tables={"web-orders": ORDERS}).outputs_of(TYPE, "shop-data") == {
        "dataset": "shop_data",
        "reference": "acme-prod.shop_data",
        "tables": {"web-orders": "acme-prod.shop_data.web_orders"},
    }


def test_a_dataset_without_tables_has_an_empty_output() -> None:
    assert dataset().outputs_of(TYPE, "shop-data")["tables"] == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"location": "europe-west1-b"}, r"location is 'europe-west1-b', which is a zone"),
        ({"readers": ["group:bi@example.com"]}, r"readers has 'group:bi@example\.com', which is not a group's e-mail"),
        ({"readers": ["bi"]}, r"readers has 'bi', which is not a group's e-mail"),
        ({"readers": ["bi@example.com"] * 2}, r"readers has 'bi@example\.com' twice"),
        ({"tables": {"Orders": ORDERS}}, r"tables\.Orders is not a name that queries can use as it is"),
        ({"tables": {"a-b": ORDERS, "a_b": ORDERS}}, r"tables has two tables that are called 'a_b' once hyphens"),
        ({"table": {}}, r"table is not a known key\.\n.*\n.*did you mean 'tables'\?"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Dataset 'shop-data': {message}"):
        dataset(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": []}, r"columns is empty"),
        ({"columns": None}, r"columns is missing"),
        ({"colums": []}, r"colums is not a known key\.\n.*\n.*did you mean 'columns'\?"),
        ({"columns": [{"name": "a", "type": "STRING"}, {"name": "A", "type": "DATE"}]}, r"columns has 'a' twice"),
        ({"columns": [{"name": "a"}]}, r"columns\[0\]\.type is missing"),
        ({"columns": [{"name": "a", "type": "DATE", "modus": ""}]}, r"columns\[0\]\.modus is not a known key"),
        ({"columns": [{"name": "1a", "type": "DATE"}]}, r"columns\[0\]\.name is '1a', which BigQuery does not accept"),
        ({"columns": [{"name": "_partition_x", "type": "DATE"}]}, r"columns\[0\]\.name is '_partition_x', which"),
        ({"columns": [{"name": "a" * 301, "type": "DATE"}]}, r"columns\[0\]\.name is 'a+\.\.\.', which"),
        ({"columns": [{"name": "a", "type": "text"}]}, r"columns\[0\]\.type is 'text', which is not a type"),
        ({"columns": [{"name": "a", "type": "RECORD"}]}, r"columns\[0\]\.type is 'RECORD', which is not a type"),
        ({"columns": [{"name": "a", "type": "DATE", "mode": "null"}]}, r"columns\[0\]\.mode is 'null', which is not"),
        ({"partition_by": "day"}, r"partition_by names 'day', which is not one of the columns"),
        ({"partition_by": "items"}, r"partition_by names 'items', a nullable column of type INT64"),
        ({"partition_by": None}, r"partition_days is given, though the table is not partitioned"),
        ({"partition_days": 36501}, r"partition_days is 36501\."),
        ({"partition_days": 0}, r"partition_days is 0\."),
        ({"cluster_by": ["a", "b", "c", "d", "e"]}, r"cluster_by has 5 columns, of 4 at most"),
        ({"cluster_by": ["order_id", "size"]}, r"cluster_by names 'size', which is not one of the columns"),
        ({"cluster_by": ["price"]}, r"cluster_by names 'price', a nullable column of type FLOAT64"),
        ({"cluster_by": ["tags"]}, r"cluster_by names 'tags', a repeated column of type STRING"),
    ],
)
def test_tables_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=rf"^Dataset 'shop-data': tables\.orders\.{message}"):
        dataset(tables={"orders": ORDERS | change})


@pytest.mark.parametrize("name", ["Shop", "2nd", "shop-", "shop.data"])
def test_names_that_queries_would_have_to_quote_are_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="name is not a name that queries can use as it is"):
        dataset(name)
