"""A dataset of BigQuery with its tables.

Owns the dataset, the tables that are declared with their columns, and which groups may read them. Does not own who may
write (see `WorkloadIdentity`), tables that services make by themselves, nor the right to run queries, which is granted
on a project: a reader needs `roles/bigquery.jobUser` on the project that pays for the query.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.locations import region_fault
from web_platform.whole_numbers import MOST_DAYS, range_fault

# https://cloud.google.com/bigquery/docs/locations
_MULTI_REGIONS = ("EU", "US")

_DAY_MILLISECONDS = 24 * 3600 * 1000

_IDENTIFIER = re.compile(r"[a-z]([-_a-z0-9]*[a-z0-9])?")
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,299}")
_GROUP = re.compile(r"[A-Za-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")

# https://cloud.google.com/bigquery/docs/schemas#column_names
_RESERVED_COLUMNS = ("_TABLE_", "_FILE_", "_PARTITION", "_ROW_TIMESTAMP", "__ROOT__", "_COLIDENTIFIER")

# As the API reports them: with another name for the same type, each preview would show a change of the schema.
# https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema
_TYPES = (
    "BIGNUMERIC",
    "BOOLEAN",
    "BYTES",
    "DATE",
    "DATETIME",
    "FLOAT",
    "GEOGRAPHY",
    "INTEGER",
    "INTERVAL",
    "JSON",
    "NUMERIC",
    "STRING",
    "TIME",
    "TIMESTAMP",
)

# As GoogleSQL calls them.
_ALIASES = {
    "BIGDECIMAL": "BIGNUMERIC",
    "BOOL": "BOOLEAN",
    "DECIMAL": "NUMERIC",
    "FLOAT64": "FLOAT",
    "INT64": "INTEGER",
}

_MODES = ("NULLABLE", "REQUIRED", "REPEATED")

# https://cloud.google.com/bigquery/docs/partitioned-tables#date_timestamp_partitioned_tables
_PARTITIONING_TYPES = ("DATE", "DATETIME", "TIMESTAMP")

# https://cloud.google.com/bigquery/docs/clustered-tables#cluster_column_types
_CLUSTERING_TYPES = (
    "BIGNUMERIC",
    "BOOLEAN",
    "DATE",
    "DATETIME",
    "GEOGRAPHY",
    "INTEGER",
    "NUMERIC",
    "STRING",
    "TIMESTAMP",
)
_MAXIMUM_CLUSTERING = 4


class BigQueryColumnArgs(TypedDict):
    """A column of a table of BigQuery."""

    name: str
    """Name: letters, digits and `_`."""

    type: str
    """Type in GoogleSQL or in the API, such as `STRING`, `INT64` or `TIMESTAMP`; `JSON` for what has parts."""

    mode: NotRequired[str]
    """`NULLABLE`, `REQUIRED` or `REPEATED`. A column that is added later cannot be required. Default: `NULLABLE`."""

    description: NotRequired[str]
    """What the column means, for those who query it. Default: none."""


class BigQueryTableArgs(TypedDict):
    """A table of BigQuery."""

    columns: Sequence[BigQueryColumnArgs]
    """Columns. More may be added, and a required one made nullable; a change of type replaces the table and loses its
    rows, which deletion protection refuses."""

    partition_by: NotRequired[str | None]
    """Column of type `DATE`, `DATETIME` or `TIMESTAMP` by whose days rows are stored apart, so that a query for some
    days reads, and costs, only those. Default: none."""

    partition_days: NotRequired[int | None]
    """Days after which the rows of a day are deleted. Needs `partition_by`. Default: never."""

    cluster_by: NotRequired[Sequence[str]]
    """Up to four columns that rows are sorted by, the one that queries filter by most first. Default: none."""


class DatasetArgs(TypedDict):
    """Arguments of `Dataset`."""

    project: Input[str]
    """Project that the dataset belongs to."""

    location: str
    """Region, such as `europe-west1`, or multi-region, such as `EU`. A query cannot join datasets of two locations."""

    tables: NotRequired[Mapping[str, BigQueryTableArgs]]
    """Tables by name; a hyphen becomes `_`. Default: none."""

    readers: NotRequired[Sequence[str]]
    """E-mail addresses of the groups that may read every table. Default: none."""

    deletion_protection: NotRequired[bool]
    """Whether tables cannot be destroyed or replaced, nor the dataset with tables in it. Default: true."""


class Dataset(pulumi.ComponentResource):
    """A dataset, its tables, and the groups that may read them."""

    dataset: Output[str]
    """Id of the dataset: the name, with `_` for each hyphen. What uses it is created after it."""

    reference: Output[str]
    """The dataset as queries name it, such as `acme-prod.analytics`."""

    tables: Output[dict[str, str]]
    """The tables as queries name them, such as `acme-prod.analytics.orders`, by name."""

    def __init__(self, name: str, args: DatasetArgs, opts: ResourceOptions | None = None) -> None:
        check_dataset(name, args)
        tables = args.get("tables", {})
        readers = args.get("readers", [])
        protected = args.get("deletion_protection", True)

        super().__init__("web-platform:index:Dataset", name, None, opts)
        project = args["project"]
        # Names are fixed, so that a replacement can only be made once what it replaces is gone.
        fixed = ResourceOptions(parent=self, delete_before_replace=True)
        dataset = gcp.bigquery.Dataset(
            name,
            project=project,
            dataset_id=identifier(name),
            location=args["location"],
            # No list of who has access: it would undo the grants below and those of `WorkloadIdentity`.
            delete_contents_on_destroy=not protected,
            opts=fixed,
        )
        for group in sorted(readers):
            gcp.bigquery.DatasetIamMember(
                f"{name}-reader-{group}",
                project=project,
                dataset_id=dataset.dataset_id,
                role="roles/bigquery.dataViewer",
                member=f"group:{group}",
                opts=ResourceOptions(parent=self),
            )
        self.dataset = dataset.dataset_id
        self.reference = Output.concat(project, ".", dataset.dataset_id)
        references: dict[str, Any] = {}
        for key, table in sorted(tables.items()):
            made = gcp.bigquery.Table(
                # A dot is in no name, so that no dataset and table make the name of others.
                f"{name}.{key}",
                project=project,
                dataset_id=dataset.dataset_id,
                table_id=identifier(key),
                schema=table_schema(table["columns"]),
                time_partitioning=_time_partitioning(table),
                clusterings=list(table.get("cluster_by", [])) or None,
                deletion_protection=protected,
                opts=fixed,
            )
            references[key] = Output.concat(self.reference, ".", made.table_id)
        self.tables = Output.from_input(references)
        self.register_outputs({"dataset": self.dataset, "reference": self.reference, "tables": self.tables})


def table_schema(columns: Sequence[BigQueryColumnArgs]) -> str:
    """The columns as BigQuery wants them: a JSON list, in the form in which its API gives it back."""
    return json.dumps(
        [
            {"name": column["name"], "type": column_type(column), "mode": column.get("mode", "NULLABLE")}
            | ({"description": column["description"]} if column.get("description") else {})
            for column in columns
        ]
    )


def identifier(name: str) -> str:
    """A name as queries have it: datasets cannot have hyphens, and tables with them must be quoted in each query."""
    return name.replace("-", "_")


def column_type(column: BigQueryColumnArgs) -> str:
    """The type of a column, under the name that the API has for it."""
    return _ALIASES.get(column["type"], column["type"])


def _time_partitioning(table: BigQueryTableArgs) -> "gcp.bigquery.TableTimePartitioningArgs | None":
    field = table.get("partition_by")
    if field is None:
        return None
    days = table.get("partition_days")
    return gcp.bigquery.TableTimePartitioningArgs(
        type="DAY", field=field, expiration_ms=None if days is None else int(days) * _DAY_MILLISECONDS
    )


def check_dataset(name: str, args: DatasetArgs) -> None:
    """Refuse arguments of which no dataset can be made, before anything is."""
    component = checked_component("Dataset", name, args, DatasetArgs)
    refuse(component, "name", _identifier_fault(name))
    if args["location"] not in _MULTI_REGIONS:
        refuse(component, "location", region_fault(args["location"]))
    tables = args.get("tables", {})
    for key, table in tables.items():
        _check_table(component, key, table)
    refuse(component, "tables", _ambiguity_fault(tables))
    refuse(component, "readers", _readers_fault(args.get("readers", [])))


def _check_table(component: str, key: str, table: BigQueryTableArgs) -> None:
    place = f"tables.{key}"
    refuse(component, place, _identifier_fault(key))
    columns = table["columns"]
    for index, column in enumerate(columns):
        inside = f"{place}.columns[{index}]"
        refuse(component, f"{inside}.name", _column_name_fault(column["name"]))
        refuse(component, f"{inside}.type", _type_fault(column["type"]))
        refuse(component, f"{inside}.mode", _mode_fault(column.get("mode", "NULLABLE")))
    refuse(component, f"{place}.columns", _columns_fault(columns))
    refuse(component, f"{place}.partition_by", _partition_by_fault(table))
    refuse(component, f"{place}.partition_days", _partition_days_fault(table))
    refuse(component, f"{place}.cluster_by", _cluster_by_fault(table))


def _identifier_fault(name: str) -> Fault | None:
    if _IDENTIFIER.fullmatch(name):
        return None
    return Fault(
        what="is not a name that queries can use as it is",
        danger="BigQuery would refuse it, or every query would have to quote it",
        remedy="use lower-case letters, digits, '_' and hyphens, beginning with a letter; a hyphen becomes '_'",
    )


def _ambiguity_fault(tables: Mapping[str, BigQueryTableArgs]) -> Fault | None:
    doubled = _doubled([identifier(key) for key in tables])
    if not doubled:
        return None
    return Fault(
        what=f"has two tables that are called {doubled[0]!r} once hyphens are '_'",
        danger="BigQuery would refuse the second",
        remedy="rename one of them",
    )


def _readers_fault(readers: Sequence[str]) -> Fault | None:
    wrong = [group for group in readers if not _GROUP.fullmatch(group)]
    if wrong:
        return Fault(
            what=f"has {wrong[0]!r}, which is not a group's e-mail address",
            danger="Google would refuse the grant, and nobody would get it",
            remedy="write the address alone, such as 'analysts@example.com', without 'group:'",
        )
    doubled = _doubled(readers)
    if doubled:
        return Fault(
            what=f"has {doubled[0]!r} twice",
            danger="one grant would be declared twice, and Pulumi refuses that",
            remedy="write each group once",
        )
    return None


def _column_name_fault(name: str) -> Fault | None:
    if _COLUMN.fullmatch(name) and not name.upper().startswith(_RESERVED_COLUMNS):
        return None
    return Fault(
        what=f"is {name!r}, which BigQuery does not accept for a column",
        danger="the table would not be created",
        remedy="use at most 300 letters, digits and '_', not beginning with a digit or with a name of BigQuery's own, "
        f"such as {_RESERVED_COLUMNS[0]!r}",
    )


def _type_fault(type_: str) -> Fault | None:
    if type_ in _TYPES or type_ in _ALIASES:
        return None
    return Fault(
        what=f"is {type_!r}, which is not a type for a column",
        danger="the table would not be created",
        remedy=f"use one of: {', '.join(sorted({*_TYPES, *_ALIASES}))}",
    )


def _mode_fault(mode: str) -> Fault | None:
    if mode in _MODES:
        return None
    return Fault(
        what=f"is {mode!r}, which is not a mode for a column",
        danger="the table would not be created",
        remedy=f"use one of: {', '.join(_MODES)}",
    )


def _columns_fault(columns: Sequence[BigQueryColumnArgs]) -> Fault | None:
    if not columns:
        return Fault(
            what="is empty",
            danger="nothing could be written into the table",
            remedy="name the columns",
        )
    doubled = _doubled([column["name"].lower() for column in columns])
    if doubled:
        return Fault(
            what=f"has {doubled[0]!r} twice; upper and lower case are the same to BigQuery",
            danger="the table would not be created",
            remedy="rename one of them",
        )
    return None


def _partition_by_fault(table: BigQueryTableArgs) -> Fault | None:
    field = table.get("partition_by")
    if field is None:
        return None
    return _usable_fault(table, field, _PARTITIONING_TYPES)


def _partition_days_fault(table: BigQueryTableArgs) -> Fault | None:
    days = table.get("partition_days")
    if days is None:
        return None
    if table.get("partition_by") is None:
        return Fault(
            what="is given, though the table is not partitioned",
            danger="no row would ever be deleted",
            remedy="name the column of the days in partition_by, or leave partition_days out",
        )
    if int(days) < 1:
        return Fault(
            what=f"is {int(days)}",
            danger="rows would be deleted as soon as they are written, or never",
            remedy="pass a day or more, or leave it out to keep rows for ever",
        )
    return range_fault(int(days), 1, MOST_DAYS, "Google would refuse the table")


def _cluster_by_fault(table: BigQueryTableArgs) -> Fault | None:
    fields = table.get("cluster_by", [])
    if len(fields) > _MAXIMUM_CLUSTERING:
        return Fault(
            what=f"has {len(fields)} columns, of {_MAXIMUM_CLUSTERING} at most",
            danger="the table would not be created",
            remedy="keep the ones that queries filter by most",
        )
    faults = (_usable_fault(table, field, _CLUSTERING_TYPES) for field in fields)
    return next((fault for fault in faults if fault is not None), None)


def _usable_fault(table: BigQueryTableArgs, field: str, types: Sequence[str]) -> Fault | None:
    """What keeps a column from ordering rows: that there is none, its type, or that it holds many values."""
    column = next((column for column in table["columns"] if column["name"] == field), None)
    if column is None:
        return Fault(
            what=f"names {field!r}, which is not one of the columns",
            danger="the table would not be created",
            remedy=f"use one of: {', '.join(column['name'] for column in table['columns'])}",
        )
    if column_type(column) not in types or column.get("mode") == "REPEATED":
        return Fault(
            what=f"names {field!r}, a {column.get('mode', 'NULLABLE').lower()} column of type {column['type']}",
            danger="BigQuery cannot store rows in its order, and the table would not be created",
            remedy=f"use a column that is not repeated, of type {', '.join(types)}",
        )
    return None


def _doubled(names: Sequence[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
