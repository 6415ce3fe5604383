"""Pub/Sub: topics, schemas, subscriptions, and who may use them.

Simulated: what refers to what, ranges, and what a subscription that writes into BigQuery needs there. Not simulated:
messages. A subscription outlives its topic, as in reality.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from localcloud.providers.google import bigquery, principals, tokens
from localcloud.providers.google.bigquery import Column, columns_of, mode_of, type_of
from localcloud.providers.google.checks import (
    between,
    duration_between,
    existing,
    matches,
    one_of,
    seconds,
    value_at,
)
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.grants import Member
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.references import PathKind, full_id
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN, Property

DELETED_TOPIC: Final = "_deleted-topic_"
DELETED_SCHEMA: Final = "_deleted-schema_"

_API = "pubsub.googleapis.com"

# https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
_NAME = r"(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}"
_NAME_RULE = "a name has 3 to 255 letters, digits and -_.~+%, begins with a letter, and 'goog' in front is Google's own"

_MINUTES_10 = 600
_DAY = 86_400
_DAYS_31 = 31 * _DAY

# https://cloud.google.com/pubsub/docs/subscription-properties#write_metadata
_METADATA = {
    "subscription_name": ("STRING",),
    "message_id": ("STRING",),
    "publish_time": ("TIMESTAMP",),
    "attributes": ("STRING", "JSON"),
}
_DATA = ("BYTES", "STRING", "JSON")


class Schema(PathKind):
    """What messages of a topic must look like."""

    token = tokens.SCHEMA
    api = _API
    path = "projects/{project}/schemas/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        found = [
            *matches(inputs, "name", _NAME, _NAME_RULE),
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
            if settings.get("schema") and _schema_id(settings["schema"], state["project"]) == self.identifier(state):
                cloud.tamper(
                    topic.type, topic.id, {**topic.state, "schemaSettings": {**settings, "schema": DELETED_SCHEMA}}
                )


class Topic(PathKind):
    """A topic."""

    token = tokens.TOPIC
    api = _API
    path = "projects/{project}/topics/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        found = [
            *matches(inputs, "name", _NAME, _NAME_RULE),
            # https://cloud.google.com/pubsub/docs/topic-properties#message_retention_duration
            *duration_between(inputs, "messageRetentionDuration", _MINUTES_10, _DAYS_31),
            *one_of(inputs, "schemaSettings.encoding", ("JSON", "BINARY")),
        ]
        settings = inputs.get("schemaSettings")
        if isinstance(settings, Mapping) and not settings.get("encoding"):
            # https://cloud.google.com/pubsub/docs/associate-schema-topic#guidelines
            found.append(
                Problem("schemaSettings.encoding", "is absent, but a schema needs it: choose 'JSON' or 'BINARY'")
            )
        return found

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        schema = value_at(state, "schemaSettings.schema")
        if schema is not None and schema != DELETED_SCHEMA:
            existing(cloud, tokens.SCHEMA, _schema_id(schema, state["project"]), "every message would be refused")

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self.create(state, cloud)

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        """Leaves its subscriptions, which then have no topic.

        https://cloud.google.com/pubsub/docs/create-topic#delete_a_topic
        """
        for spelling in (self.identifier(state), state["name"]):
            for subscription in cloud.find(tokens.SUBSCRIPTION, topic=spelling):
                cloud.tamper(subscription.type, subscription.id, {**subscription.state, "topic": DELETED_TOPIC})


class Subscription(PathKind):
    """A subscription to a topic."""

    token = tokens.SUBSCRIPTION
    api = _API
    path = "projects/{project}/subscriptions/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/pubsub/docs/subscription-properties, resource_pubsub_subscription.go in the provider
        found = [
            *matches(inputs, "name", _NAME, _NAME_RULE),
            *duration_between(inputs, "messageRetentionDuration", _MINUTES_10, _DAYS_31),
            *duration_between(inputs, "retryPolicy.minimumBackoff", 0, 600),
            *duration_between(inputs, "retryPolicy.maximumBackoff", 0, 600),
            *matches(inputs, "pushConfig.pushEndpoint", r"https://[^\s/]\S*", "messages are only pushed over https"),
        ]
        if value_at(inputs, "ackDeadlineSeconds") != 0:
            found += between(inputs, "ackDeadlineSeconds", 10, 600, "seconds")
        if value_at(inputs, "deadLetterPolicy.maxDeliveryAttempts") != 0:
            found += between(inputs, "deadLetterPolicy.maxDeliveryAttempts", 5, 100, "attempts")
        if value_at(inputs, "expirationPolicy.ttl") != "":
            found += duration_between(inputs, "expirationPolicy.ttl", _DAY, 2**53)
        policy = inputs.get("deadLetterPolicy")
        if isinstance(policy, Mapping) and not policy.get("deadLetterTopic"):
            found.append(Problem("deadLetterPolicy.deadLetterTopic", "is absent: name a topic, or remove the policy"))
        filter_ = value_at(inputs, "filter")
        if isinstance(filter_, str) and len(filter_.encode()) > 256:
            found.append(Problem("filter", f"has {len(filter_.encode())} bytes, but Google takes 256: shorten it"))
        shortest, longest = (value_at(inputs, f"retryPolicy.{name}Backoff") for name in ("minimum", "maximum"))
        if shortest and longest and not found and (seconds(shortest) or 0) > (seconds(longest) or 0):
            reason = f"is {shortest!r}, longer than maximumBackoff, which is {longest!r}: swap them"
            found.append(Problem("retryPolicy.minimumBackoff", reason))
        return found + _delivery_problems(inputs)

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return {"messageRetentionDuration": "604800s", **super().complete(inputs, place)}

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        topic = full_id(state["topic"], state["project"], "topics")
        subscribed = existing(cloud, tokens.TOPIC, topic, "there would be nothing to subscribe to")
        state.setdefault("ackDeadlineSeconds", 10)
        state.setdefault("expirationPolicy", {"ttl": f"{_DAYS_31}s"})
        self._require_targets(state, subscribed.state, cloud)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        if former["topic"] == DELETED_TOPIC:
            raise Refusal(
                400,
                f"the topic of {self.identifier(state)!r} was deleted, failedPrecondition",
                "it gets no messages, even when a topic of that name is made again",
                "delete the subscription, and make it again",
            )
        topic = cloud.get(tokens.TOPIC, full_id(state["topic"], state["project"], "topics"))
        self._require_targets(state, topic.state if topic else {}, cloud)

    def _require_targets(self, state: Mapping[str, Property], topic: Mapping[str, Property], cloud: Cloud) -> None:
        project = state["project"]
        dead_letters = value_at(state, "deadLetterPolicy.deadLetterTopic")
        if dead_letters is not None:
            identifier = full_id(dead_letters, project, "topics")
            existing(cloud, tokens.TOPIC, identifier, "undeliverable messages would be lost")
        for path in ("pushConfig.oidcToken", "bigqueryConfig", "cloudStorageConfig"):
            account = value_at(state, f"{path}.serviceAccountEmail")
            if account:
                principals.require(f"serviceAccount:{account}", project, cloud)
        bucket = value_at(state, "cloudStorageConfig.bucket")
        if bucket is not None:
            existing(cloud, tokens.BUCKET, bucket, "messages could not be written")
        if state.get("bigqueryConfig"):
            _require_table(state["bigqueryConfig"], project, topic, cloud)


class TopicIAMMember(Member):
    """A role on a topic."""

    token = tokens.TOPIC_MEMBER
    api = _API
    target = tokens.TOPIC
    services = ("pubsub",)

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        return full_id(state["topic"], state["project"], "topics")


class SubscriptionIAMMember(Member):
    """A role on a subscription."""

    token = tokens.SUBSCRIPTION_MEMBER
    api = _API
    target = tokens.SUBSCRIPTION
    services = ("pubsub",)

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        return full_id(state["subscription"], state["project"], "subscriptions")

    @override
    def _grantable(self, role: str) -> bool:
        # Its lowest-level resource is a topic: https://cloud.google.com/pubsub/docs/access-control#roles
        return role != "pubsub.publisher" and super()._grantable(role)


def _schema_id(schema: str, project: str) -> str:
    return full_id(schema, project, "schemas")


def _delivery_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    found = []
    ways = [name for name in ("pushConfig", "bigqueryConfig", "cloudStorageConfig") if value_at(inputs, name)]
    if len(ways) > 1:
        found.append(Problem(ways[1], f"is given beside {ways[0]!r}, but messages go one way: remove one"))
    if ways and value_at(inputs, "enableExactlyOnceDelivery"):
        # "Only the pull subscription type supports exactly-once delivery"
        # https://cloud.google.com/pubsub/docs/exactly-once-delivery
        reason = f"is set beside {ways[0]!r}, but only subscriptions that are pulled have it: remove one"
        found.append(Problem("enableExactlyOnceDelivery", reason))
    config = value_at(inputs, "bigqueryConfig")
    if not isinstance(config, Mapping):
        return found
    form = "a table is written 'project.dataset.table'"
    found += matches(inputs, "bigqueryConfig.table", r"[^.:/\s]+[.:][^.:/\s]+\.[^.:/]+", form)
    if config.get("useTopicSchema") is True and config.get("useTableSchema") is True:
        found.append(Problem("bigqueryConfig.useTableSchema", "is set beside 'useTopicSchema': remove one"))
    unknown = UNKNOWN in (config.get("useTopicSchema"), config.get("useTableSchema"))
    if config.get("dropUnknownFields") is True and not unknown and not _uses_schema(config):
        reason = "is set, but without useTopicSchema or useTableSchema there are no fields: set one, or remove it"
        found.append(Problem("bigqueryConfig.dropUnknownFields", reason))
    return found


def _require_table(config: Mapping[str, Property], project: str, topic: Mapping[str, Property], cloud: Cloud) -> None:
    """What a BigQuery subscription needs there.

    https://cloud.google.com/pubsub/docs/create-bigquery-subscription
    """
    of_project, dataset, name = re.split(r"[.:]", config["table"], maxsplit=2)
    identifier = f"projects/{of_project}/datasets/{dataset}/tables/{name}"
    table = existing(cloud, tokens.TABLE, identifier, "messages could not be written")
    writer = config.get("serviceAccountEmail") or principals.agent(project, _API)
    if not bigquery.may_write(writer, identifier, cloud):
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
        found = cloud.get(tokens.SCHEMA, _schema_id(schema, topic["project"]))
        fields = _avro_fields(found.state) if found else []
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


def _uses_schema(config: Mapping[str, Property]) -> bool:
    return bool(config.get("useTopicSchema") or config.get("useTableSchema"))


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


def _avro_fields(schema: Mapping[str, Property]) -> list[str]:
    if schema.get("type") != "AVRO":
        return []
    return [field["name"].lower() for field in json.loads(schema["definition"])["fields"]]


KINDS: tuple[type[Kind], ...] = (Schema, Topic, Subscription, TopicIAMMember, SubscriptionIAMMember)
