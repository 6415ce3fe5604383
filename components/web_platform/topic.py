"""A topic of Pub/Sub, and what becomes of its messages: who gets them, what fails, and what can be seen.

Owns the topic, its schema, its subscriptions, for each of them a topic and a subscription for dead letters, the rights
of Google's service agent that moves messages between them, and a table that every message is written to. Does not own
who may publish and subscribe (see `WorkloadIdentity`), nor the dataset that the table is in.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.order import after
from web_platform.pubsub_syntax import (
    ENCODINGS,
    MAXIMUM_RETENTION_DAYS,
    REFUSED,
    SCHEMA_TYPES,
    avro_fault,
    choice_fault,
    filter_fault,
    name_fault,
    retention_fault,
)
from web_platform.whole_numbers import MOST_DAYS, range_fault

_DEAD_LETTERS = "-dead-letters"
_ARCHIVE = "archive"

_DAY_SECONDS = 24 * 60 * 60


class PubSubSchemaArgs(TypedDict):
    """What every message of a topic must look like. Pub/Sub refuses others from whoever publishes them."""

    definition: str
    """The schema, in its own language."""

    type: NotRequired[str]
    """Language of the schema: `AVRO` or `PROTOCOL_BUFFER`. Default: `AVRO`."""

    encoding: NotRequired[str]
    """How messages are written: `JSON`, which people can read in the archive, or `BINARY`. Default: `JSON`."""


class PubSubSubscriptionArgs(TypedDict):
    """Who gets each message of a topic once, and how often it is tried."""

    ack_deadline_seconds: NotRequired[int]
    """Seconds that a subscriber has for a message before it is delivered again, from 10 to 600. Default: 30."""

    maximum_attempts: NotRequired[int]
    """Deliveries after which a message becomes a dead letter, from 5 to 100. Default: 5."""

    minimum_backoff_seconds: NotRequired[int]
    """Seconds until a failed message is tried again for the first time, from 0 to 600. Default: 10."""

    maximum_backoff_seconds: NotRequired[int]
    """Seconds that the wait between attempts grows to, from 0 to 600. Default: 600."""

    ordered: NotRequired[bool]
    """Whether messages with one ordering key arrive in order. A change replaces the subscription. Default: false."""

    filter: NotRequired[str]
    """Attributes that a message must have to be delivered, such as `attributes.kind = "paid"`. A change replaces the
    subscription, and its messages are lost. Default: every message."""

    retention_days: NotRequired[int]
    """Days that a message waits for a subscriber, from 1 to 31. Default: 7."""


class TopicArgs(TypedDict):
    """Arguments of `Topic`."""

    project: Input[str]
    """Project that everything belongs to."""

    project_number: Input[str]
    """Number of the project. Pub/Sub's service agent is named by it, and must exist."""

    schema: NotRequired[PubSubSchemaArgs]
    """What every message must look like. Default: anything."""

    subscriptions: NotRequired[Mapping[str, PubSubSubscriptionArgs]]
    """Subscriptions by name, `{}` for one with nothing of its own. Default: none."""

    archive_dataset: NotRequired[Input[str]]
    """Id of the BigQuery dataset in which a table gets every message: Pub/Sub itself shows none. Default: no table."""

    archive_days: NotRequired[int]
    """Days that the archive keeps a message. Default: 90."""

    retention_days: NotRequired[int]
    """Days that the topic keeps every message, delivered or not, from 1 to 31: a subscription can be set back to any
    moment in them. Default: 7."""

    deletion_protection: NotRequired[bool]
    """Whether the topic and its archive refuse to be deleted, since what they hold is nowhere else. To delete them,
    first run an update with false. Default: true."""


class Topic(pulumi.ComponentResource):
    """A topic whose messages are retried, become dead letters where they fail, and can be seen."""

    topic: Output[str]
    """Full id of the topic, `projects/…/topics/…`. Known once its subscriptions exist, so that no message is published
    before somebody gets it."""

    subscriptions: Output[dict[str, str]]
    """Full ids of the subscriptions, by name. Known once their dead letters can be moved away."""

    dead_letters: Output[dict[str, str]]
    """Full ids of the subscriptions that hold the dead letters of each subscription, by its name."""

    archive: Output[str] | None
    """Table that gets every message, `project.dataset.table`. Absent without a dataset for it."""

    def __init__(self, name: str, args: TopicArgs, opts: ResourceOptions | None = None) -> None:
        wanted = check_topic(name, args)

        super().__init__("web-platform:index:Topic", name, None, opts)
        project, protected = args["project"], args.get("deletion_protection", True)
        agent = Output.concat(
            "serviceAccount:service-", args["project_number"], "@gcp-sa-pubsub.iam.gserviceaccount.com"
        )
        topic = gcp.pubsub.Topic(
            name,
            name=name,
            project=project,
            message_retention_duration=_days(wanted.retention_days),
            schema_settings=self._schema(name, project, wanted.schema) if wanted.schema else None,
            deletion_policy="PREVENT" if protected else "DELETE",
            opts=ResourceOptions(parent=self),
        )
        made = {
            key: self._subscription(subscription_name(name, key), project, topic, subscription, agent)
            for key, subscription in wanted.subscriptions.items()
        }
        receivers: list[pulumi.Resource] = [subscription.resource for subscription in made.values()]
        self.archive = None
        if "archive_dataset" in args:
            table = self._table(name, args, wanted.archive_days, protected, wanted.schema)
            archived = self._archive(name, topic, table, agent)
            receivers.append(archived)
            self.archive = after(_reference(table), archived.urn)
        self.topic = after(topic.id, *(receiver.urn for receiver in receivers))
        subscribed: dict[str, Any] = {key: subscription.identifier for key, subscription in made.items()}
        dead_letters: dict[str, Any] = {key: subscription.dead_letters for key, subscription in made.items()}
        self.subscriptions = Output.from_input(subscribed)
        self.dead_letters = Output.from_input(dead_letters)
        self.register_outputs(
            {
                "topic": self.topic,
                "subscriptions": self.subscriptions,
                "deadLetters": self.dead_letters,
                "archive": self.archive,
            }
        )

    def _schema(self, name: str, project: Input[str], wanted: "WantedSchema") -> "gcp.pubsub.TopicSchemaSettingsArgs":
        schema = gcp.pubsub.Schema(
            f"{name}-schema",
            name=name,
            project=project,
            type=wanted.type,
            definition=wanted.definition,
            opts=ResourceOptions(parent=self),
        )
        return gcp.pubsub.TopicSchemaSettingsArgs(schema=schema.id, encoding=wanted.encoding)

    def _subscription(
        self,
        name: str,
        project: Input[str],
        topic: "gcp.pubsub.Topic",
        wanted: "WantedSubscription",
        agent: Output[str],
    ) -> "_Made":
        """A subscription with its dead letters. They need a subscription too: a topic without one forgets."""
        child = ResourceOptions(parent=self)
        dead_letters = dead_letters_name(name)
        dead_letter_topic = gcp.pubsub.Topic(dead_letters, name=dead_letters, project=project, opts=child)
        dead_letter_subscription = gcp.pubsub.Subscription(
            dead_letters,
            name=dead_letters,
            project=project,
            topic=dead_letter_topic.id,
            # As long as Pub/Sub can: a dead letter waits for a person.
            message_retention_duration=_days(MAXIMUM_RETENTION_DAYS),
            expiration_policy=_NEVER_EXPIRES,
            opts=child,
        )
        # Pub/Sub moves a dead letter as its own service agent, which may do nothing by itself.
        # https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions
        may_publish = gcp.pubsub.TopicIAMMember(
            f"{dead_letters}-publisher",
            project=project,
            topic=dead_letter_topic.id,
            role="roles/pubsub.publisher",
            member=agent,
            opts=child,
        )
        subscription = gcp.pubsub.Subscription(
            name,
            name=name,
            project=project,
            topic=topic.id,
            ack_deadline_seconds=wanted.ack_deadline_seconds,
            enable_message_ordering=wanted.ordered,
            filter=wanted.filter,
            message_retention_duration=_days(wanted.retention_days),
            expiration_policy=_NEVER_EXPIRES,
            retry_policy=_retry(wanted.minimum_backoff_seconds, wanted.maximum_backoff_seconds),
            dead_letter_policy=gcp.pubsub.SubscriptionDeadLetterPolicyArgs(
                dead_letter_topic=dead_letter_topic.id, max_delivery_attempts=wanted.maximum_attempts
            ),
            opts=ResourceOptions(parent=self, depends_on=[dead_letter_subscription, may_publish]),
        )
        may_acknowledge = gcp.pubsub.SubscriptionIAMMember(
            f"{name}-subscriber",
            project=project,
            subscription=subscription.id,
            role="roles/pubsub.subscriber",
            member=agent,
            opts=child,
        )
        return _Made(subscription, after(subscription.id, may_acknowledge.urn), dead_letter_subscription.id)

    def _table(
        self, name: str, args: TopicArgs, days: int, protected: bool, schema: "WantedSchema | None"
    ) -> "gcp.bigquery.Table":
        return gcp.bigquery.Table(
            f"{name}-{_ARCHIVE}",
            project=args["project"],
            dataset_id=args["archive_dataset"],
            table_id=name.replace("-", "_"),
            description=f"Every message of the topic {name}, for {days} days",
            schema=json.dumps(archive_columns(schema.encoding if schema else "JSON")),
            time_partitioning=gcp.bigquery.TableTimePartitioningArgs(
                type="DAY", field="publish_time", expiration_ms=days * _DAY_SECONDS * 1000
            ),
            deletion_protection=protected,
            opts=ResourceOptions(parent=self),
        )

    def _archive(
        self, name: str, topic: "gcp.pubsub.Topic", table: "gcp.bigquery.Table", agent: Output[str]
    ) -> "gcp.pubsub.Subscription":
        """Have Pub/Sub write every message into the table, by itself."""
        # https://cloud.google.com/pubsub/docs/create-bigquery-subscription#assign_bigquery_service_account
        may_write = gcp.bigquery.IamMember(
            f"{name}-{_ARCHIVE}-writer",
            project=table.project,
            dataset_id=table.dataset_id,
            table_id=table.table_id,
            role="roles/bigquery.dataEditor",
            member=agent,
            opts=ResourceOptions(parent=self),
        )
        return gcp.pubsub.Subscription(
            f"{name}-{_ARCHIVE}",
            name=f"{name}-{_ARCHIVE}",
            project=table.project,
            topic=topic.id,
            # The body in one column, whatever the schema: a changed schema then stops no message from being written.
            bigquery_config=gcp.pubsub.SubscriptionBigqueryConfigArgs(table=_reference(table), write_metadata=True),
            message_retention_duration=_days(7),
            expiration_policy=_NEVER_EXPIRES,
            retry_policy=_retry(10, 600),
            opts=ResourceOptions(parent=self, depends_on=[may_write]),
        )


class WantedSchema(NamedTuple):
    """The arguments of a schema, with its defaults for what was left out."""

    definition: str
    type: str
    encoding: str


class WantedSubscription(NamedTuple):
    """The arguments of a subscription, with its defaults for what was left out."""

    ack_deadline_seconds: int
    maximum_attempts: int
    minimum_backoff_seconds: int
    maximum_backoff_seconds: int
    ordered: bool
    filter: str | None
    retention_days: int


class _Made(NamedTuple):
    """A subscription that was declared."""

    resource: "gcp.pubsub.Subscription"
    identifier: Output[str]
    dead_letters: Output[str]


# By default Google deletes a subscription that nobody used for 31 days, with the messages that waited in it.
_NEVER_EXPIRES = gcp.pubsub.SubscriptionExpirationPolicyArgs(ttl="")


def subscription_name(topic: str, subscriber: str) -> str:
    """What the subscription of a subscriber to a topic is called."""
    return f"{topic}-{subscriber}"


def dead_letters_name(subscription: str) -> str:
    """What the topic is called that gets the dead letters of a subscription, and the subscription that holds them."""
    return f"{subscription}{_DEAD_LETTERS}"


def archive_columns(encoding: str) -> list[dict[str, str]]:
    """Columns that Pub/Sub fills when it writes metadata and takes its columns from no schema.

    https://cloud.google.com/pubsub/docs/bigquery#write-metadata
    """
    columns = [
        ("subscription_name", "STRING", "Subscription that wrote the message"),
        ("message_id", "STRING", "Number of the message in its topic; one that was written twice has it twice"),
        ("publish_time", "TIMESTAMP", "When Pub/Sub took the message"),
        ("data", "BYTES" if encoding == "BINARY" else "STRING", "The message itself"),
        ("attributes", "JSON", "The message's attributes, its ordering key among them"),
    ]
    return [
        {"name": name, "type": type_, "mode": "NULLABLE", "description": description}
        for name, type_, description in columns
    ]


def _retry(minimum: int, maximum: int) -> "gcp.pubsub.SubscriptionRetryPolicyArgs":
    # Without a policy a message that fails comes back at once, and all its attempts are used up within a second.
    return gcp.pubsub.SubscriptionRetryPolicyArgs(minimum_backoff=f"{minimum}s", maximum_backoff=f"{maximum}s")


def _days(days: int) -> str:
    return f"{days * _DAY_SECONDS}s"


def _reference(table: "gcp.bigquery.Table") -> Output[str]:
    return Output.concat(table.project, ".", table.dataset_id, ".", table.table_id)


class WantedTopic(NamedTuple):
    """The arguments of `Topic`, with its defaults for what was left out."""

    retention_days: int
    archive_days: int
    schema: WantedSchema | None
    subscriptions: Mapping[str, WantedSubscription]


def check_topic(name: str, args: TopicArgs) -> WantedTopic:
    """Refuse arguments of which no topic can be made, before anything is, and give the others with their defaults."""
    component = checked_component("Topic", name, args, TopicArgs)
    # Numbers arrive as floats when the component is used from another language.
    retention_days = int(args.get("retention_days", 7))
    archive_days = int(args.get("archive_days", 90))
    refuse(component, "name", name_fault(name, f"-{_ARCHIVE}"))
    refuse(component, "retention_days", retention_fault(retention_days))
    refuse(component, "archive_days", range_fault(archive_days, 1, MOST_DAYS, "the archive would keep nothing"))
    return WantedTopic(
        retention_days,
        archive_days,
        _resolved_schema(component, args["schema"]) if "schema" in args else None,
        {
            key: _resolved_subscription(component, name, key, wanted)
            for key, wanted in sorted(args.get("subscriptions", {}).items())
        },
    )


def _resolved_schema(component: str, args: PubSubSchemaArgs) -> WantedSchema:
    schema = WantedSchema(args["definition"], args.get("type", "AVRO"), args.get("encoding", "JSON"))
    refuse(component, "schema.type", choice_fault(schema.type, SCHEMA_TYPES))
    refuse(component, "schema.encoding", choice_fault(schema.encoding, ENCODINGS))
    if schema.type == "AVRO":
        refuse(component, "schema.definition", avro_fault(schema.definition))
    return schema


def _resolved_subscription(component: str, topic: str, key: str, args: PubSubSubscriptionArgs) -> WantedSubscription:
    field = f"subscriptions.{key}"
    wanted = WantedSubscription(
        ack_deadline_seconds=int(args.get("ack_deadline_seconds", 30)),
        maximum_attempts=int(args.get("maximum_attempts", 5)),
        minimum_backoff_seconds=int(args.get("minimum_backoff_seconds", 10)),
        maximum_backoff_seconds=int(args.get("maximum_backoff_seconds", 600)),
        ordered=args.get("ordered", False),
        filter=args.get("filter"),
        retention_days=int(args.get("retention_days", 7)),
    )
    refuse(component, field, name_fault(subscription_name(topic, key), _DEAD_LETTERS) or _reserved_fault(key))
    ack, attempts = wanted.ack_deadline_seconds, wanted.maximum_attempts
    backoffs = wanted.minimum_backoff_seconds, wanted.maximum_backoff_seconds
    refuse(component, f"{field}.ack_deadline_seconds", range_fault(ack, 10, 600, REFUSED))
    refuse(component, f"{field}.maximum_attempts", range_fault(attempts, 5, 100, REFUSED))
    refuse(component, f"{field}.minimum_backoff_seconds", range_fault(backoffs[0], 0, 600, REFUSED))
    refuse(component, f"{field}.maximum_backoff_seconds", range_fault(backoffs[1], backoffs[0], 600, REFUSED))
    refuse(component, f"{field}.filter", filter_fault(wanted.filter or ""))
    refuse(component, f"{field}.retention_days", retention_fault(wanted.retention_days))
    return wanted


def _reserved_fault(key: str) -> Fault | None:
    if key != _ARCHIVE and not f"-{key}".endswith(_DEAD_LETTERS):
        return None
    return Fault(
        what="has a name that the archive or the dead letters of another subscription have",
        danger="two subscriptions would have one name, and Pub/Sub would refuse the second",
        remedy=f"choose a name other than {_ARCHIVE!r} that does not end with {_DEAD_LETTERS.removeprefix('-')!r}",
    )
