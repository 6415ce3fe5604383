"""Topic: subscriptions that retry, dead letters that are kept, and an archive in which messages can be seen."""

import json
from typing import Any

import pytest
from pulumi import ResourceOptions
from web_platform.errors import ArgumentError
from web_platform.topic import PubSubSubscriptionArgs, Topic, TopicArgs, archive_columns

from tests.components.resource_options import options_of
from tests.google_answers import PROJECT_NUMBER
from tests.recording import Recording, declare

TYPE = "web-platform:index:Topic"
TOPIC = "gcp:pubsub/topic:Topic"
SUBSCRIPTION = "gcp:pubsub/subscription:Subscription"
SCHEMA = "gcp:pubsub/schema:Schema"
TOPIC_MEMBER = "gcp:pubsub/topicIAMMember:TopicIAMMember"
SUBSCRIPTION_MEMBER = "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember"
TABLE = "gcp:bigquery/table:Table"
TABLE_MEMBER = "gcp:bigquery/iamMember:IamMember"

AGENT = f"serviceAccount:service-{PROJECT_NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"
AVRO = '{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}'
PLAIN: TopicArgs = {"project": "acme-prod", "project_number": PROJECT_NUMBER}
FULL: TopicArgs = {
    **PLAIN,
    "subscriptions": {"billing": {}},
    "archive_dataset": "message_archive",
    "schema": {"definition": AVRO},
}


def orders(args: TopicArgs) -> Recording:
    return declare(lambda: Topic("orders", args))


def subscription(wanted: PubSubSubscriptionArgs) -> dict[str, Any]:
    args: TopicArgs = {**PLAIN, "subscriptions": {"billing": wanted}}
    return orders(args).one(SUBSCRIPTION, "orders-billing").inputs


def test_a_topic_with_everything_is_made_of_these_resources() -> None:
    assert sorted((resource.ancestry, resource.name) for resource in orders(FULL)) == [
        (TYPE, "orders"),
        (f"{TYPE}${TABLE_MEMBER}", "orders-archive-writer"),
        (f"{TYPE}${TABLE}", "orders-archive"),
        (f"{TYPE}${SCHEMA}", "orders-schema"),
        (f"{TYPE}${SUBSCRIPTION}", "orders-archive"),
        (f"{TYPE}${SUBSCRIPTION}", "orders-billing"),
        (f"{TYPE}${SUBSCRIPTION}", "orders-billing-dead-letters"),
        (f"{TYPE}${SUBSCRIPTION_MEMBER}", "orders-billing-subscriber"),
        (f"{TYPE}${TOPIC}", "orders"),
        (f"{TYPE}${TOPIC}", "orders-billing-dead-letters"),
        (f"{TYPE}${TOPIC_MEMBER}", "orders-billing-dead-letters-publisher"),
    ]


def test_a_plain_topic_is_exactly_this() -> None:
    recording = orders(PLAIN)
    assert recording.names() == [(TOPIC, "orders"), (TYPE, "orders")]
    assert recording.one(TOPIC, "orders").inputs == {
        "name": "orders",
        "project": "acme-prod",
        "messageRetentionDuration": "604800s",
        "deletionPolicy": "PREVENT",
    }
    assert recording.outputs_of(TYPE, "orders") == {
        "topic": "projects/acme-prod/topics/orders",
        "subscriptions": {},
        "deadLetters": {},
    }


def test_a_subscription_is_exactly_this() -> None:
    assert subscription({}) == {
        "name": "orders-billing",
        "project": "acme-prod",
        "topic": "projects/acme-prod/topics/orders",
        "ackDeadlineSeconds": 30,
        "enableMessageOrdering": False,
        "messageRetentionDuration": "604800s",
        "expirationPolicy": {"ttl": ""},
        "retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "600s"},
        "deadLetterPolicy": {
            "deadLetterTopic": "projects/acme-prod/topics/orders-billing-dead-letters",
            "maxDeliveryAttempts": 5,
        },
    }


def test_a_subscription_is_as_asked() -> None:
    made = subscription(
        {
            "ack_deadline_seconds": 600,
            "maximum_attempts": 100,
            "minimum_backoff_seconds": 0,
            "maximum_backoff_seconds": 60,
            "ordered": True,
            "filter": 'attributes.kind = "paid"',
            "retention_days": 31,
        }
    )
    assert (made["ackDeadlineSeconds"], made["deadLetterPolicy"]["maxDeliveryAttempts"]) == (600, 100)
    assert made["retryPolicy"] == {"minimumBackoff": "0s", "maximumBackoff": "60s"}
    assert (made["enableMessageOrdering"], made["filter"]) == (True, 'attributes.kind = "paid"')
    assert made["messageRetentionDuration"] == "2678400s"


def test_dead_letters_are_kept_as_long_as_pub_sub_can() -> None:
    recording = orders(FULL)
    assert recording.one(TOPIC, "orders-billing-dead-letters").inputs == {
        "name": "orders-billing-dead-letters",
        "project": "acme-prod",
    }
    assert recording.one(SUBSCRIPTION, "orders-billing-dead-letters").inputs == {
        "name": "orders-billing-dead-letters",
        "project": "acme-prod",
        "topic": "projects/acme-prod/topics/orders-billing-dead-letters",
        "messageRetentionDuration": "2678400s",
        "expirationPolicy": {"ttl": ""},
    }


def test_googles_agent_may_move_dead_letters_of_this_subscription_only() -> None:
    recording = orders(FULL)
    assert recording.one(TOPIC_MEMBER, "orders-billing-dead-letters-publisher").inputs == {
        "project": "acme-prod",
        "topic": "projects/acme-prod/topics/orders-billing-dead-letters",
        "role": "roles/pubsub.publisher",
        "member": AGENT,
    }
    assert recording.one(SUBSCRIPTION_MEMBER, "orders-billing-subscriber").inputs == {
        "project": "acme-prod",
        "subscription": "projects/acme-prod/subscriptions/orders-billing",
        "role": "roles/pubsub.subscriber",
        "member": AGENT,
    }


def test_a_subscription_waits_until_its_dead_letters_are_kept() -> None:
    recording = orders(FULL)
    waits = recording.waits_for(recording.one(SUBSCRIPTION, "orders-billing"))
    assert recording.one(SUBSCRIPTION, "orders-billing-dead-letters").urn in waits
    assert recording.one(TOPIC_MEMBER, "orders-billing-dead-letters-publisher").urn in waits


def test_whoever_uses_the_outputs_waits_for_what_makes_them_work() -> None:
    def program() -> None:
        topic = Topic("orders", FULL)
        Topic("publisher", {**PLAIN, "project": topic.topic})
        Topic("subscriber", {**PLAIN, "project": topic.subscriptions.apply(lambda made: made["billing"])})

    recording = declare(program)
    publisher = recording.waits_for(recording.one(TOPIC, "publisher"))
    assert {
        recording.one(SUBSCRIPTION, "orders-billing").urn,
        recording.one(SUBSCRIPTION, "orders-archive").urn,
    } <= publisher
    subscriber = recording.waits_for(recording.one(TOPIC, "subscriber"))
    assert recording.one(SUBSCRIPTION_MEMBER, "orders-billing-subscriber").urn in subscriber


def test_the_archive_is_exactly_this() -> None:
    recording = orders(FULL)
    table = dict(recording.one(TABLE, "orders-archive").inputs)
    assert json.loads(table.pop("schema")) == archive_columns("JSON")
    assert table == {
        "project": "acme-prod",
        "datasetId": "message_archive",
        "tableId": "orders",
        "description": "Every message of the topic orders, for 90 days",
        "timePartitioning": {"type": "DAY", "field": "publish_time", "expirationMs": 7776000000},
        "deletionProtection": True,
    }
    assert recording.one(SUBSCRIPTION, "orders-archive").inputs == {
        "name": "orders-archive",
        "project": "acme-prod",
        "topic": "projects/acme-prod/topics/orders",
        "bigqueryConfig": {"table": "acme-prod.message_archive.orders", "writeMetadata": True},
        "messageRetentionDuration": "604800s",
        "expirationPolicy": {"ttl": ""},
        "retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "600s"},
    }


def test_the_archives_columns_are_the_ones_that_pub_sub_fills() -> None:
    columns = {column["name"]: column["type"] for column in archive_columns("JSON")}
    assert columns == {
        "subscription_name": "STRING",
        "message_id": "STRING",
        "publish_time": "TIMESTAMP",
        "data": "STRING",
        "attributes": "JSON",
    }


def test_binary_messages_are_archived_as_bytes() -> None:
    recording = orders({**FULL, "schema": {"definition": AVRO, "encoding": "BINARY"}})
    columns = json.loads(recording.one(TABLE, "orders-archive").inputs["schema"])
    assert {column["name"]: column["type"] for column in columns}["data"] == "BYTES"


def test_googles_agent_may_write_this_table_only_and_before_it_has_to() -> None:
    recording = orders(FULL)
    writer = recording.one(TABLE_MEMBER, "orders-archive-writer")
    assert writer.inputs == {
        "project": "acme-prod",
        "datasetId": "message_archive",
        "tableId": "orders",
        "role": "roles/bigquery.dataEditor",
        "member": AGENT,
    }
    assert writer.urn in recording.waits_for(recording.one(SUBSCRIPTION, "orders-archive"))


def test_the_archive_of_a_hyphenated_topic_has_a_name_that_sql_needs_not_quote() -> None:
    recording = declare(lambda: Topic("paid-orders", {**PLAIN, "archive_dataset": "message_archive"}))
    assert recording.one(TABLE, "paid-orders-archive").inputs["tableId"] == "paid_orders"


def test_the_schema_is_what_messages_are_checked_against() -> None:
    recording = orders(FULL)
    assert recording.one(SCHEMA, "orders-schema").inputs == {
        "name": "orders",
        "project": "acme-prod",
        "type": "AVRO",
        "definition": AVRO,
    }
    assert recording.one(TOPIC, "orders").inputs["schemaSettings"] == {
        "schema": "projects/acme-prod/schemas/orders",
        "encoding": "JSON",
    }


def test_a_schema_may_be_of_another_language() -> None:
    wanted: TopicArgs = {
        **PLAIN,
        "schema": {"definition": 'syntax = "proto3";', "type": "PROTOCOL_BUFFER", "encoding": "BINARY"},
    }
    recording = orders(wanted)
    assert recording.one(SCHEMA, "orders-schema").inputs["type"] == "PROTOCOL_BUFFER"
    assert recording.one(TOPIC, "orders").inputs["schemaSettings"]["encoding"] == "BINARY"


def test_protection_can_be_lifted() -> None:
    recording = orders({**FULL, "deletion_protection": False})
    assert recording.one(TOPIC, "orders").inputs["deletionPolicy"] == "DELETE"
    assert recording.one(TABLE, "orders-archive").inputs["deletionProtection"] is False


def test_how_long_messages_are_kept_is_as_asked() -> None:
    recording = orders({**FULL, "retention_days": 31, "archive_days": 400})
    assert recording.one(TOPIC, "orders").inputs["messageRetentionDuration"] == "2678400s"
    assert recording.one(TABLE, "orders-archive").inputs["timePartitioning"]["expirationMs"] == 34560000000


def test_the_outputs_name_everything_in_full() -> None:
    assert orders(FULL).outputs_of(TYPE, "orders") == {
        "topic": "projects/acme-prod/topics/orders",
        "subscriptions": {"billing": "projects/acme-prod/subscriptions/orders-billing"},
        "deadLetters": {"billing": "projects/acme-prod/subscriptions/orders-billing-dead-letters"},
        "archive": "acme-prod.message_archive.orders",
    }


def test_every_child_is_the_topics_own() -> None:
    seen = options_of(lambda opts: Topic("orders", FULL, opts))
    parents = {
        (type(options.parent), getattr(options.parent, "_name", "")) for key, options in seen.items() if key[0] != TYPE
    }
    assert parents == {(Topic, "orders")}


def test_numbers_may_arrive_as_floats_from_other_languages() -> None:
    args: Any = {
        **FULL,
        "retention_days": 7.0,
        "archive_days": 90.0,
        "subscriptions": {"billing": {"retention_days": 1.0}},
    }
    recording = orders(args)
    assert recording.one(TOPIC, "orders").inputs["messageRetentionDuration"] == "604800s"
    assert recording.one(SUBSCRIPTION, "orders-billing").inputs["messageRetentionDuration"] == "86400s"
    assert recording.one(TABLE, "orders-archive").inputs["timePartitioning"]["expirationMs"] == 7776000000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"project": None}, "project is missing"),
        ({"retention_day": 7}, r"retention_day is not a known key.\n.*\n.*did you mean 'retention_days'\?"),
        ({"retention_days": 0}, "retention_days is 0.\n"),
        ({"retention_days": 32}, "retention_days is 32.\n"),
        ({"archive_days": 0}, "archive_days is 0.\n"),
        ({"schema": {}}, "schema.definition is missing"),
        ({"schema": {"definition": "{}", "kind": "AVRO"}}, "schema.kind is not a known key"),
        ({"schema": {"definition": "{}", "type": "JSON"}}, "schema.type is 'JSON'.\n.*\n.*AVRO, PROTOCOL_BUFFER"),
        ({"schema": {"definition": "{}", "encoding": "json"}}, "schema.encoding is 'json'.\n.*\n.*JSON, BINARY"),
        ({"schema": {"definition": "{type: string}"}}, "schema.definition is not JSON, in which Avro writes"),
        *(
            (
                {"schema": {"definition": f'{{"default": {constant}}}'}},
                f"schema.definition .*: {constant} is no value of",
            )
            for constant in ("NaN", "Infinity", "-Infinity")
        ),
        *(
            ({"schema": {"definition": definition}}, "schema.definition names no type")
            for definition in ("5", "null", "true")
        ),
        ({"schema": {"definition": "[" * 100_000}}, "schema.definition is not JSON, in which Avro writes"),
        ({"subscriptions": {"Billing": {}}}, "subscriptions.Billing is not a name that Google accepts"),
        ({"subscriptions": {"b" * 237: {}}}, "subscriptions.b+ makes names of more than 255 characters"),
        ({"subscriptions": {"archive": {}}}, "subscriptions.archive has a name that the archive"),
        ({"subscriptions": {"billing-dead-letters": {}}}, "subscriptions.billing-dead-letters has a name that"),
        ({"subscriptions": {"dead-letters": {}}}, "subscriptions.dead-letters has a name that"),
        ({"subscriptions": {"a": {"attempts": 5}}}, "subscriptions.a.attempts is not a known key"),
        ({"subscriptions": {"a": {"ack_deadline_seconds": 9}}}, "subscriptions.a.ack_deadline_seconds is 9.\n"),
        ({"subscriptions": {"a": {"ack_deadline_seconds": 601}}}, "subscriptions.a.ack_deadline_seconds is 601.\n"),
        ({"subscriptions": {"a": {"maximum_attempts": 4}}}, "subscriptions.a.maximum_attempts is 4.\n"),
        ({"subscriptions": {"a": {"maximum_attempts": 101}}}, "subscriptions.a.maximum_attempts is 101.\n"),
        ({"subscriptions": {"a": {"minimum_backoff_seconds": -1}}}, "subscriptions.a.minimum_backoff_seconds is -1.\n"),
        ({"subscriptions": {"a": {"maximum_backoff_seconds": 9}}}, "subscriptions.a.maximum_backoff_seconds is 9.\n"),
        ({"subscriptions": {"a": {"maximum_backoff_seconds": 601}}}, "subscriptions.a.maximum_backoff_seconds is 601"),
        ({"subscriptions": {"a": {"filter": "x" * 257}}}, "subscriptions.a.filter has 257 bytes, of 256 at most"),
        ({"subscriptions": {"a": {"retention_days": 32}}}, "subscriptions.a.retention_days is 32.\n"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    recording, args = Recording(), {**PLAIN, **change}
    with pytest.raises(ArgumentError, match=f"^Topic 'orders': {message}"):
        declare(lambda: Topic("orders", args), recording=recording)  # type: ignore[arg-type]
    assert recording.names() == []


def test_a_longest_name_is_accepted() -> None:
    args: TopicArgs = {**PLAIN, "subscriptions": {"b" * 235: {}}}
    names = [resource.inputs["name"] for resource in orders(args).of_type(SUBSCRIPTION).values()]
    assert max(map(len, names)) == 255


@pytest.mark.parametrize("name", ["Orders", "1orders", "orders_paid", "google-orders", "or", "o" * 248])
def test_a_name_that_pub_sub_refuses_is_refused_before_it(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Topic '{name}': name "):
        declare(lambda: Topic(name, PLAIN, ResourceOptions()))
