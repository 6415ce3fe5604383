"""What a subscription that writes into BigQuery needs there: a table that fits, and the right to write into it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from localcloud.providers.google import principals, tokens
from localcloud.providers.google.bigquery.access import may_write
from localcloud.providers.google.bigquery.schemas import Column, columns_of, mode_of, type_of
from localcloud.providers.google.checks import existing, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Refusal
from localcloud.providers.google.pubsub.schemas import DELETED_SCHEMA, avro_fields, schema_id
from localcloud.providers.properties import Property

# https://cloud.google.com/pubsub/docs/subscription-properties#write_metadata
_METADATA = {
    "subscription_name": ("STRING",),
    "message_id": ("STRING",),
    "publish_time": ("TIMESTAMP",),
    "attributes": ("STRING", "JSON"),
}
_DATA = ("BYTES", "STRING", "JSON")


def require_table(config: Mapping[str, Property], project: str, topic: Mapping[str, Property], cloud: Cloud) -> None:
    """What a BigQuery subscription needs there.

    https://cloud.google.com/pubsub/docs/create-bigquery-subscription
    """
    of_project, dataset, name = re.split(r"[.:]", config["table"], maxsplit=2)
    identifier = f"projects/{of_project}/datasets/{dataset}/tables/{name}"
    table = existing(cloud, tokens.TABLE, identifier, "messages could not be written")
    writer = config.get("serviceAccountEmail") or principals.agent(project, "pubsub.googleapis.com")
    if not may_write(writer, identifier, cloud):
        raise Refusal(
            403,
            f"The service account {writer} cannot write to the table {config['table']}: bigquery.tables.get and "
            "bigquery.tables.updateData are missing, PERMISSION_DENIED",
            "every message would go to the dead letters, or wait until it expires",
            "grant it roles/bigquery.dataEditor on the table (bigquery.IamMember) or on its dataset, "
            "and let the subscription wait for the grant",
        )
    wrong = _incompatible(config, columns_of(table.state.get("schema")), topic, cloud)
    if wrong:
        raise Refusal(
            400,
            f"Incompatible schema of the table {config['table']}: {wrong}, INVALID_ARGUMENT",
            "no message could be written",
            "change the table's schema, or how the subscription uses schemas",
        )


def _incompatible(
    config: Mapping[str, Property], columns: list[Column], topic: Mapping[str, Property], cloud: Cloud
) -> str | None:
    """Why messages would not fit into a table.

    https://cloud.google.com/pubsub/docs/bigquery#schema-compatibility
    """
    by_name = {column["name"].lower(): column for column in columns}
    needed: dict[str, tuple[str, ...]] = {}
    if config.get("writeMetadata"):
        needed |= _METADATA
    schema = value_at(topic, "schemaSettings.schema")
    if config.get("useTopicSchema"):
        if schema is None or schema == DELETED_SCHEMA:
            return "useTopicSchema is set, but the topic has no schema"
        found = cloud.get(tokens.SCHEMA, schema_id(schema, topic["project"]))
        fields = avro_fields(found.state) if found else []
        if not config.get("dropUnknownFields"):
            needed |= dict.fromkeys(fields, ())
        if fields:
            written = {*fields, *needed}
            required = [
                name for name, column in by_name.items() if mode_of(column) == "REQUIRED" and name not in written
            ]
            if required:
                return f"the column {required[0]!r} is REQUIRED, but no field of the topic's schema fills it"
    elif not config.get("useTableSchema"):
        needed["data"] = _DATA
    for name, types in needed.items():
        if name not in by_name:
            return f"it has no column {name!r}" + (f" of the type {' or '.join(types)}" if types else "")
        if types and type_of(by_name[name]) not in types:
            return f"the column {name!r} is {type_of(by_name[name])}, but must be {' or '.join(types)}"
    return None
