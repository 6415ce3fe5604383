"""Tables and views: schemas, partitions, clusters, and protection from deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.bigquery.datasets import LINK, Dataset, stamp
from localcloud.providers.google.bigquery.schemas import (
    Column,
    columns_of,
    impossible_change,
    mode_of,
    schema_problem,
    type_of,
)
from localcloud.providers.google.checks import existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.references import PathKind
from localcloud.providers.google.stamps import etag, milliseconds
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

# https://cloud.google.com/bigquery/docs/partitioned-tables, https://cloud.google.com/bigquery/docs/clustered-tables
_TIME_TYPES = ("DATE", "DATETIME", "TIMESTAMP")
_TIME_UNITS = ("HOUR", "DAY", "MONTH", "YEAR")
_CLUSTER_TYPES = (
    "BIGNUMERIC",
    "BOOL",
    "DATE",
    "DATETIME",
    "GEOGRAPHY",
    "INT64",
    "NUMERIC",
    "RANGE",
    "STRING",
    "TIMESTAMP",
)
_CLUSTER_COLUMNS = 4

_TABLE_TYPES = {"view": "VIEW", "materializedView": "MATERIALIZED_VIEW", "externalDataConfiguration": "EXTERNAL"}


class Table(PathKind):
    """A table, or a view."""

    token = tokens.TABLE
    api = "bigquery.googleapis.com"
    path = "projects/{project}/datasets/{datasetId}/tables/{tableId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        rule = "it is the mere id of a dataset, such as its output 'dataset_id', not its path"
        found = matches(inputs, "datasetId", r"[0-9A-Za-z_]{1,1024}", rule)
        # https://cloud.google.com/bigquery/docs/tables#table_naming
        rule = "an id has at most 1,024 letters, marks, digits, connectors, dashes and spaces, and no periods"
        found += matches(inputs, "tableId", r"[^.$/`\"'\\]{1,1024}", rule)
        schema = value_at(inputs, "schema")
        columns: Sequence[Column] = []
        if isinstance(schema, str):
            wrong = schema_problem(schema)
            if wrong is not None:
                return [*found, Problem("schema", wrong)]
            columns = columns_of(schema)
        if value_at(inputs, "timePartitioning") and value_at(inputs, "rangePartitioning"):
            found.append(
                Problem("rangePartitioning", "is given beside 'timePartitioning': a table takes one, remove one")
            )
        found += one_of(inputs, "timePartitioning.type", _TIME_UNITS)
        if columns:
            found += _partition_problems(inputs, columns)
            found += _cluster_problems(inputs, columns)
        if (
            value_at(inputs, "requirePartitionFilter")
            and "timePartitioning" not in inputs
            and "rangePartitioning" not in inputs
        ):
            found.append(
                Problem("requirePartitionFilter", "is set on a table without partitions: add timePartitioning")
            )
        return found

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return {"deletionProtection": True, **super().complete(inputs, place)}

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        dataset = Dataset().identifier(state)
        state["location"] = existing(cloud, tokens.DATASET, dataset, "the table would be nowhere").state["location"]
        state["selfLink"] = LINK + self.identifier(state)
        state["type"] = next((type_ for name, type_ in _TABLE_TYPES.items() if state.get(name)), "TABLE")
        state |= {"numBytes": 0, "numLongTermBytes": 0, "numRows": 0, "generatedSchemaColumns": ""}
        state["etag"] = etag(self.identifier(state))
        stamp(state)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        """Refuses what the real provider would only do to a new table.

        `resourceBigQueryTableSchemaIsChangeable` in bigquery/resource_bigquery_table.go of the provider, and
        https://cloud.google.com/bigquery/docs/managing-table-schemas
        """
        change = impossible_change(columns_of(former.get("schema")), columns_of(state.get("schema")))
        if change:
            raise Refusal(
                400,
                f"Provided Schema does not match Table {state['project']}:{state['datasetId']}.{state['tableId']}. "
                f"{change}, invalid",
                "the table would have to be replaced, and its rows would be lost",
                "add columns that are NULLABLE or REPEATED beside the old ones, or declare a table with another id",
            )
        state["lastModifiedTime"] = milliseconds()

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        if state.get("deletionProtection"):
            raise Refusal(
                400,
                f"cannot destroy table {self.identifier(state)} without setting deletion_protection=false",
                "its rows would be lost",
                "set deletionProtection to False and update first",
            )


def _partition_problems(inputs: Mapping[str, Property], columns: Sequence[Column]) -> list[Problem]:
    found = []
    takes = {"timePartitioning.field": _TIME_TYPES, "rangePartitioning.field": ("INT64",)}
    for path, types in takes.items():
        field = value_at(inputs, path)
        if not isinstance(field, str):
            continue
        column = _column(columns, field)
        if column is None:
            found.append(Problem(path, f"is {field!r}, which is no column of the schema: {_names(columns)}"))
        elif type_of(column) not in types or mode_of(column) == "REPEATED":
            found.append(
                Problem(path, f"is {field!r}, a column of {_kind(column)}: partitions need one of {' or '.join(types)}")
            )
        elif type_of(column) == "DATE" and value_at(inputs, "timePartitioning.type") == "HOUR":
            found.append(Problem(path, f"is {field!r}, a DATE, which has no hours: partition by DAY, MONTH or YEAR"))
    return found


def _cluster_problems(inputs: Mapping[str, Property], columns: Sequence[Column]) -> list[Problem]:
    found = []
    names = value_at(inputs, "clusterings") or []
    if len(names) > _CLUSTER_COLUMNS:
        found.append(
            Problem("clusterings", f"has {len(names)} columns, but a table takes {_CLUSTER_COLUMNS}: remove some")
        )
    for index, name in enumerate(names):
        if not isinstance(name, str):
            continue
        path = f"clusterings[{index}]"
        column = _column(columns, name)
        if column is None:
            found.append(Problem(path, f"is {name!r}, which is no column of the schema: {_names(columns)}"))
        elif type_of(column) not in _CLUSTER_TYPES or mode_of(column) == "REPEATED":
            types = ", ".join(_CLUSTER_TYPES)
            found.append(Problem(path, f"is {name!r}, a column of {_kind(column)}: clusters need one of {types}"))
    return found


def _column(columns: Sequence[Column], name: str) -> Column | None:
    return next((column for column in columns if column["name"].lower() == name.lower()), None)


def _names(columns: Sequence[Column]) -> str:
    return "choose one of " + ", ".join(repr(column["name"]) for column in columns)


def _kind(column: Column) -> str:
    return f"{mode_of(column)} {type_of(column)}"


KINDS: tuple[type[Kind], ...] = (Table,)
