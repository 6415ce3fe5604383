"""The emulator of BigQuery, and the file that says what it holds."""

from typing import Any

import pytest
import yaml
from web_platform import BigQueryTableArgs, versions
from web_platform.errors import ArgumentError

from tests.components.stand_ins.everything import EVERYTHING, NOTHING, container, contents, pod, stand_ins

COLUMN = {"name": "total", "type": "NUMERIC"}


def test_it_is_started_for_the_project_with_what_is_declared() -> None:
    made = container("warehouse")
    assert made["image"] == f"ghcr.io/goccy/bigquery-emulator:{versions.BIGQUERY_EMULATOR_IMAGE}"
    assert made["args"] == ["--project=local", "--port=9050", "--data-from-yaml=/contents/datasets.yaml"]
    assert "command" not in made
    assert made["volumeMounts"][1:] == [{"name": "contents", "mountPath": "/contents", "readOnly": True}]
    assert pod("warehouse")["volumes"][1:] == [
        {"name": "contents", "configMap": {"name": "stand-ins-warehouse-contents"}}
    ]


def test_its_file_has_every_dataset_and_table_under_the_names_that_queries_use() -> None:
    (file,) = contents("warehouse").values()
    assert file == (
        "projects:\n"
        "- id: local\n"
        "  datasets:\n"
        "  - id: empty\n"
        "    tables: []\n"
        "  - id: web_shop\n"
        "    tables:\n"
        "    - id: daily_orders\n"
        "      columns:\n"
        "      - {name: day, type: DATE, mode: REQUIRED}\n"
        "      - {name: total, type: FLOAT64, mode: NULLABLE}\n"
        "      - {name: kinds, type: STRING, mode: REPEATED}\n"
    )


def test_a_column_is_in_one_line_however_long_it_is() -> None:
    """The emulator would ignore its mode otherwise, without a word."""
    column: Any = {"name": "n" * 300, "type": "STRING", "mode": "REQUIRED"}
    (file,) = contents("warehouse", {**NOTHING, "datasets": {"a": {"b": {"columns": [column]}}}}).values()
    assert file.splitlines()[-1].strip() == f"- {{name: {'n' * 300}, type: STRING, mode: REQUIRED}}"


@pytest.mark.parametrize("type_", ["BIGNUMERIC", "BIGDECIMAL"])
def test_a_column_that_the_emulator_cannot_require_is_there_and_may_be_absent(type_: str) -> None:
    columns: list[Any] = [{"name": mode, "type": type_, "mode": mode} for mode in ("REQUIRED", "REPEATED")]
    (file,) = contents("warehouse", {**NOTHING, "datasets": {"a": {"b": {"columns": columns}}}}).values()
    (table,) = yaml.safe_load(file)["projects"][0]["datasets"][0]["tables"]
    assert [(each["type"], each["mode"]) for each in table["columns"]] == [
        ("BIGNUMERIC", "NULLABLE"),
        ("BIGNUMERIC", "REPEATED"),
    ]


@pytest.mark.parametrize(
    ("datasets", "message"),
    [
        ({"Sales": {}}, "datasets.Sales is not a name that queries can use as it is"),
        ({"sales": {"2024": {"columns": [COLUMN]}}}, r"datasets.sales.2024 is not a name that queries"),
        ({"sales": {"orders": {"columns": []}}}, r"datasets.sales.orders.columns is empty"),
        (
            {"sales": {"orders": {"columns": [{"name": "id", "type": "STRNG"}]}}},
            r"datasets.sales.orders.columns\[0\].type is 'STRNG', which is not a type for a column.\n"
            r"  Danger: the table would not be created\n  Remedy: use one of: ",
        ),
        (
            {"sales": {"orders": {"columns": [COLUMN], "partition_by": "total"}}},
            r"datasets.sales.orders.partition_by names 'total', a nullable column of type NUMERIC",
        ),
        (
            {"sales": {"orders": {"columns": [COLUMN | {"kind": "x"}]}}},
            r"datasets.sales.orders.columns\[0\].kind is not a known key",
        ),
        ({"sales": {"orders": [COLUMN]}}, "datasets.sales.orders is .* which is not keys with values"),
        (
            {"a-b": {}, "a_b": {}},
            "datasets has two datasets that are called 'a_b' once hyphens are '_'.\n"
            "  Danger: each would have the tables of both\n  Remedy: rename one of them",
        ),
        (
            {"sales": {"a-b": {"columns": [COLUMN]}, "a_b": {"columns": [COLUMN]}}},
            "datasets.sales has two tables that are called 'a_b'",
        ),
    ],
)
def test_what_bigquery_would_refuse_is_refused(datasets: dict[str, dict[str, BigQueryTableArgs]], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^StandIns 'stand-ins': {message}"):
        stand_ins({**NOTHING, "datasets": datasets})


def test_the_order_of_columns_is_kept_and_that_of_keys_does_not_matter() -> None:
    columns: list[Any] = [COLUMN, {"name": "id", "type": "STRING"}]
    one: BigQueryTableArgs = {"columns": columns}
    other: BigQueryTableArgs = {"columns": columns[::-1]}
    first = contents("warehouse", {**EVERYTHING, "datasets": {"a": {"x": one, "y": one}, "b": {}}})
    again = contents("warehouse", {**EVERYTHING, "datasets": {"b": {}, "a": {"y": one, "x": one}}})
    turned = contents("warehouse", {**EVERYTHING, "datasets": {"a": {"x": other, "y": one}, "b": {}}})
    assert first == again != turned
