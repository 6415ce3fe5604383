"""Schemas of messages, and the mark that a deleted one leaves in its topics."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.kind import Kind
from localcloud.providers.google.pubsub.limits import NAME, NAME_RULE
from localcloud.providers.google.references import PathKind, full_id
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

DELETED_SCHEMA: Final = "_deleted-schema_"


class Schema(PathKind):
    """What messages of a topic must look like."""

    token = tokens.SCHEMA
    api = "pubsub.googleapis.com"
    path = "projects/{project}/schemas/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        found = [
            *matches(inputs, "name", NAME, NAME_RULE),
            *one_of(inputs, "type", ("AVRO", "PROTOCOL_BUFFER")),
        ]
        definition = value_at(inputs, "definition")
        if isinstance(definition, str) and value_at(inputs, "type") == "AVRO":
            found += _avro_problems(definition)
        # https://cloud.google.com/pubsub/docs/create-schema#schema_definition_format: one top-level message
        message = re.compile(r"^\s*message\s+\w+\s*\{", re.MULTILINE)
        if value_at(inputs, "type") == "PROTOCOL_BUFFER" and definition is not None and not message.search(definition):
            found.append(Problem("definition", "has no 'message … {': write one top-level message"))
        return found

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        state["revisionId"] = f"{digest(str(state.get('definition'))) % 16**8:08x}"

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self.create(state, cloud)

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        for topic in cloud.find(tokens.TOPIC, project=state["project"]):
            settings = topic.state.get("schemaSettings") or {}
            if settings.get("schema") and schema_id(settings["schema"], state["project"]) == self.identifier(state):
                cloud.tamper(
                    topic.type, topic.id, {**topic.state, "schemaSettings": {**settings, "schema": DELETED_SCHEMA}}
                )


def schema_id(schema: str, project: str) -> str:
    """The id of the schema that a reference stands for; `project` is that of whoever refers."""
    return full_id(schema, project, "schemas")


def _avro_problems(definition: str) -> list[Problem]:
    # https://avro.apache.org/docs/1.12.0/specification/#schema-record
    try:
        record = json.loads(definition)
    except ValueError as error:
        return [Problem("definition", f"is no JSON ({error}), but Avro schemas are: write it with json.dumps")]
    if not isinstance(record, Mapping) or record.get("type") != "record" or not record.get("name"):
        return [Problem("definition", "is no Avro record: begin with {'type': 'record', 'name': …, 'fields': […]}")]
    fields = record.get("fields")
    if not isinstance(fields, list) or not fields:
        return [Problem("definition", "is an Avro record without 'fields': add the fields of a message")]
    for index, field in enumerate(fields):
        if not isinstance(field, Mapping) or not field.get("name") or not field.get("type"):
            return [Problem("definition", f"has a field without 'name' or 'type', the {index + 1}. one: give it both")]
    return []


def avro_fields(schema: Mapping[str, Property]) -> list[str]:
    """The fields of messages, in small letters; none of a schema that is not in Avro."""
    if schema.get("type") != "AVRO":
        return []
    return [field["name"].lower() for field in json.loads(schema["definition"])["fields"]]


KINDS: tuple[type[Kind], ...] = (Schema,)
