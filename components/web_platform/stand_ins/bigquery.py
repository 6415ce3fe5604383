"""The emulator of BigQuery, and what it holds when it starts: datasets, and their tables with their columns.

Its file knows neither descriptions of columns nor partitions and clustering of tables.
"""

import math
from collections.abc import Mapping
from typing import Any

import yaml

from web_platform import versions
from web_platform.dataset import BigQueryColumnArgs, BigQueryTableArgs, column_type, identifier
from web_platform.stand_ins.stand_in import CONTENTS, StandIn

_PORT = 9050

_FILE = "datasets.yaml"

# Of what its file calls FLOAT, statements that insert keep half of the digits.
_TYPES = {"FLOAT": "FLOAT64"}

# It does not start with a required column of such a type in its file: it then writes the type in a way of its own.
_NEVER_REQUIRED = ("BIGNUMERIC",)


def bigquery(project: str, datasets: Mapping[str, Mapping[str, BigQueryTableArgs]]) -> StandIn:
    """The emulator, with these tables by dataset. https://github.com/goccy/bigquery-emulator."""
    return StandIn(
        image=f"ghcr.io/goccy/bigquery-emulator:{versions.BIGQUERY_EMULATOR_IMAGE}",
        port=_PORT,
        memory="512Mi",
        args=[f"--project={project}", f"--port={_PORT}", f"--data-from-yaml={CONTENTS}/{_FILE}"],
        contents={_FILE: contents(project, datasets)},
    )


def contents(project: str, datasets: Mapping[str, Mapping[str, BigQueryTableArgs]]) -> str:
    """The file that the emulator reads what it holds from."""
    held = [
        {
            "id": identifier(name),
            "tables": [
                {"id": identifier(key), "columns": [_column(column) for column in table["columns"]]}
                for key, table in sorted(tables.items())
            ],
        }
        for name, tables in sorted(datasets.items())
    ]
    # Each column is in one line and in braces: the emulator ignores a mode that has quotes, or a line's end behind it.
    file = {"projects": [{"id": project, "datasets": held}]}
    return yaml.safe_dump(file, sort_keys=False, default_flow_style=None, width=math.inf)


def _column(column: BigQueryColumnArgs) -> dict[str, Any]:
    type_, mode = column_type(column), column.get("mode", "NULLABLE")
    if mode == "REQUIRED" and type_ in _NEVER_REQUIRED:
        mode = "NULLABLE"
    return {"name": column["name"], "type": _TYPES.get(type_, type_), "mode": mode}
