"""Schemas of tables: their columns, what is wrong with them, and which changes of a schema a table takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.providers.properties import Property

# https://cloud.google.com/bigquery/docs/schemas#standard_sql_data_types; some types have two names.
_ALIASES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "STRUCT": "RECORD", "DECIMAL": "NUMERIC"}
_TYPES = (
    *("BIGNUMERIC", "BOOL", "BYTES", "DATE", "DATETIME", "FLOAT64", "GEOGRAPHY", "INT64", "INTERVAL", "JSON"),
    *("NUMERIC", "RANGE", "RECORD", "STRING", "TIME", "TIMESTAMP"),
)
_MODES = ("NULLABLE", "REQUIRED", "REPEATED")

# https://cloud.google.com/bigquery/docs/schemas#column_names
_RESERVED_PREFIXES = ("_TABLE_", "_FILE_", "_PARTITION", "_ROW_TIMESTAMP", "__ROOT__", "_COLIDENTIFIER")


Column = Mapping[str, Any]


def schema_problem(schema: str) -> str | None:
    """What is wrong with the schema of a table, which is a JSON list of columns."""
    try:
        columns = json.loads(schema)
    except ValueError as error:
        return f"is no JSON ({error}): write a JSON list of columns, with json.dumps"
    if not isinstance(columns, list):
        return "is no JSON list: write a list of columns such as [{'name': 'data', 'type': 'STRING'}]"
    return _columns_problem("", columns)


def columns_of(schema: Property) -> list[Column]:
    """The columns of a schema that is right, or of none."""
    columns: list[Column] = json.loads(schema) if isinstance(schema, str) else []
    return columns


def type_of(column: Column) -> str:
    """The type of a column, by the name of it that queries use."""
    name = str(column.get("type", "")).upper()
    return _ALIASES.get(name, name)


def mode_of(column: Column) -> str:
    """The mode of a column."""
    return str(column.get("mode") or "NULLABLE").upper()


def impossible_change(old: Sequence[Column], new: Sequence[Column], top: bool = True) -> str | None:
    """Why a table does not take a new schema; None if it does.

    Args:
        old: The columns that it has.
        new: The columns that it shall have.
        top: They are those of the table itself, of which some may go, not of a RECORD in it. Default: true.
    """
    before = {column["name"].lower(): column for column in old}
    after = {column["name"].lower(): column for column in new}
    added = [after[name] for name in after if name not in before]
    dropped = [before[name] for name in before if name not in after]
    for column in added:
        if old and mode_of(column) == "REQUIRED":
            return f"Cannot add required fields to an existing schema. (field: {column['name']})"
    if dropped and (added or not top):
        return f"Field {dropped[0]['name']} is missing in new schema"
    for name in before.keys() & after.keys():
        one, other = before[name], after[name]
        if type_of(one) != type_of(other):
            return f"Field {one['name']} has changed type from {type_of(one)} to {type_of(other)}"
        if mode_of(one) != mode_of(other) and (mode_of(one), mode_of(other)) != ("REQUIRED", "NULLABLE"):
            return f"Field {one['name']} has changed mode from {mode_of(one)} to {mode_of(other)}"
        if inner := impossible_change(one.get("fields") or [], other.get("fields") or [], top=False):
            return inner
    return None


def _columns_problem(prefix: str, columns: Sequence[Property]) -> str | None:
    seen: set[str] = set()
    for index, column in enumerate(columns):
        name = column.get("name") if isinstance(column, Mapping) else None
        if not isinstance(name, str) or not name:
            return f"has a column without a name, {prefix or 'at'} {index}: give it a 'name' and a 'type'"
        full = prefix + name
        if len(name) > 300 or name.upper().startswith(_RESERVED_PREFIXES) or set(name) & set('!"$()*,./;?@[\\]^`{}~'):
            return f"has the column {full!r}, a name that BigQuery does not take: use letters, digits and underscores"
        if name.lower() in seen:
            return f"has the column {full!r} twice, whatever the case of its letters: rename one"
        seen.add(name.lower())
        if type_of(column) not in _TYPES:
            known = ", ".join(_TYPES)
            return f"has the column {full!r} of the type {column.get('type')!r}, which is none: choose one of {known}"
        if mode_of(column) not in _MODES:
            return f"has the column {full!r} with the mode {column['mode']!r}: choose one of {', '.join(_MODES)}"
        inner = column.get("fields")
        if type_of(column) == "RECORD":
            if not isinstance(inner, list) or not inner:
                return f"has the column {full!r} of the type RECORD without 'fields': add what is in it"
            if (wrong := _columns_problem(f"{full}.", inner)) is not None:
                return wrong
        elif inner:
            return f"has the column {full!r} with 'fields', but its type is {column['type']!r}: make it RECORD"
    return None
