"""Topics, and who may publish to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import duration_between, existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.grants import Member
from localcloud.providers.google.kind import Kind
from localcloud.providers.google.pubsub.limits import DAYS_31, MINUTES_10, NAME, NAME_RULE
from localcloud.providers.google.pubsub.schemas import DELETED_SCHEMA, schema_id
from localcloud.providers.google.references import PathKind, full_id
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

DELETED_TOPIC: Final = "_deleted-topic_"


class Topic(PathKind):
    """A topic."""

    token = tokens.TOPIC
    api = "pubsub.googleapis.com"
    path = "projects/{project}/topics/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        found = [
            *matches(inputs, "name", NAME, NAME_RULE),
            # https://cloud.google.com/pubsub/docs/topic-properties#message_retention_duration
            *duration_between(inputs, "messageRetentionDuration", MINUTES_10, DAYS_31),
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
            existing(cloud, tokens.SCHEMA, schema_id(schema, state["project"]), "every message would be refused")

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


class TopicIAMMember(Member):
    """A role on a topic."""

    token = tokens.TOPIC_MEMBER
    api = "pubsub.googleapis.com"
    target = tokens.TOPIC
    services = ("pubsub",)

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        return full_id(state["topic"], state["project"], "topics")


KINDS: tuple[type[Kind], ...] = (Topic, TopicIAMMember)
