"""The emulator of Pub/Sub, and the requests that make in it what is declared."""

import json
import re
from typing import Any

import pytest
from web_platform import versions
from web_platform.errors import ArgumentError
from web_platform.stand_ins.pubsub import Creation, creations

from tests.components.stand_ins.everything import AVRO, NOTHING, TOPICS, container, contents, pod, stand_ins

PLACE = "projects/local/topics"


def script() -> str:
    return contents("messaging")["create.sh"]


def requests() -> list[Creation]:
    """What the script asks for."""
    found = re.findall(r"^create (\w+) '([^']+)' <<'JSON'\n(.*)\nJSON$", script(), re.MULTILINE)
    return [Creation(method, path, json.loads(body)) for method, path, body in found]


def test_it_is_started_for_the_project_with_a_home_that_it_can_write_to() -> None:
    made = container("messaging")
    version = versions.GOOGLE_CLOUD_CLI_IMAGE
    assert made["image"] == f"gcr.io/google.com/cloudsdktool/google-cloud-cli:{version}-emulators"
    assert made["command"] == [
        *("gcloud", "beta", "emulators", "pubsub", "start"),
        *("--project=local", "--host-port=0.0.0.0:8085", "--data-dir=/tmp/pubsub"),
    ]
    assert made["env"] == [{"name": "HOME", "value": "/tmp"}]  # noqa: S108 - inside a container


def test_it_is_not_ready_before_everything_is_made_and_says_why_it_is_not() -> None:
    made = container("messaging")
    assert made["lifecycle"] == {
        "postStart": {"exec": {"command": ["sh", "-c", "exec sh /contents/create.sh 2> /dev/termination-log"]}}
    }
    assert made["volumeMounts"][1:] == [{"name": "contents", "mountPath": "/contents", "readOnly": True}]
    assert pod("messaging")["volumes"][1:] == [
        {"name": "contents", "configMap": {"name": "stand-ins-messaging-contents"}}
    ]


def test_everything_is_made_after_what_it_names() -> None:
    assert [f"{each.method} {each.path}" for each in requests()] == [
        "POST schemas?schemaId=orders",
        "PUT topics/orders",
        "PUT topics/orders-mail-dead-letters",
        "PUT subscriptions/orders-mail-dead-letters",
        "PUT subscriptions/orders-mail",
        "PUT topics/orders-shop-dead-letters",
        "PUT subscriptions/orders-shop-dead-letters",
        "PUT subscriptions/orders-shop",
        "PUT topics/payments",
        "PUT topics/visits",
    ]


def test_a_schema_has_the_name_of_its_topic() -> None:
    made = {each.path: each.body for each in requests()}
    assert made["schemas?schemaId=orders"] == {"type": "AVRO", "definition": AVRO}
    settings = {"schema": "projects/local/schemas/orders", "encoding": "JSON"}
    assert made["topics/orders"] == {"schemaSettings": settings}
    assert made["topics/visits"] == {}


def test_a_topic_takes_anything_where_the_emulator_does_not_know_the_language_of_its_schema() -> None:
    assert {each.path: each.body for each in requests()}["topics/payments"] == {}


def test_a_subscription_is_as_it_is_declared_and_has_the_defaults_of_topics_otherwise() -> None:
    made = {each.path: each.body for each in requests()}
    assert made["subscriptions/orders-mail"] == {
        "topic": f"{PLACE}/orders",
        "ackDeadlineSeconds": 60,
        "enableMessageOrdering": True,
        "retryPolicy": {"minimumBackoff": "1s", "maximumBackoff": "20s"},
        "deadLetterPolicy": {"deadLetterTopic": f"{PLACE}/orders-mail-dead-letters", "maxDeliveryAttempts": 7},
        "filter": 'attributes.kind = "paid"',
    }
    assert made["subscriptions/orders-shop"] == {
        "topic": f"{PLACE}/orders",
        "ackDeadlineSeconds": 30,
        "enableMessageOrdering": False,
        "retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "600s"},
        "deadLetterPolicy": {"deadLetterTopic": f"{PLACE}/orders-shop-dead-letters", "maxDeliveryAttempts": 5},
    }
    assert made["subscriptions/orders-shop-dead-letters"] == {"topic": f"{PLACE}/orders-shop-dead-letters"}


def test_the_script_asks_for_what_is_declared_and_nothing_else() -> None:
    assert requests() == list(creations("local", TOPICS))


def test_the_order_in_which_topics_are_declared_does_not_matter() -> None:
    turned = contents("messaging", {**NOTHING, "topics": dict(reversed(TOPICS.items()))})
    assert turned["create.sh"] == script()


@pytest.mark.parametrize(
    ("topics", "message"),
    [
        ({"goog-orders": {}}, "topics.goog-orders begins with 'goog', which Google keeps for itself"),
        ({"orders": {"schema": {"definition": "{"}}}, "topics.orders.schema.definition is not JSON, in which Avro"),
        (
            {"orders": {"schema": {"definition": "{}", "type": "JSON"}}},
            "topics.orders.schema.type is 'JSON'.\n  Danger: .*\n  Remedy: pass one of: AVRO, PROTOCOL_BUFFER",
        ),
        (
            {"orders": {"subscriptions": {"shop": {"maximum_attempts": 4}}}},
            "topics.orders.subscriptions.shop.maximum_attempts is 4",
        ),
        (
            {"orders": {"subscriptions": {"shop": {"filter": "x" * 257}}}},
            "topics.orders.subscriptions.shop.filter has 257 bytes, of 256 at most",
        ),
        (
            {"orders": {"subscriptions": {"archive": {}}}},
            "topics.orders.subscriptions.archive has a name that the archive or the dead letters of another",
        ),
        ({"orders": {"subscription": {}}}, r"topics.orders.subscription is not a known key.\n.*\n.*'subscriptions'\?"),
        ({"orders": {"retention_days": 7}}, "topics.orders.retention_days is not a known key"),
        (
            {"a-b": {"subscriptions": {"cc": {}}}, "aaa": {}, "a-b-cc-dead-letters": {}},
            "topics would make 'topics/a-b-cc-dead-letters' twice.\n"
            "  Danger: two workloads would share what each takes for its own",
        ),
        (
            {"web": {"subscriptions": {"shop-mail": {}}}, "web-shop": {"subscriptions": {"mail": {}}}},
            "topics would make 'topics/web-shop-mail-dead-letters' twice",
        ),
    ],
)
def test_what_pub_sub_would_refuse_is_refused(topics: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^StandIns 'stand-ins': {message}"):
        stand_ins({**NOTHING, "topics": topics})


def test_whole_numbers_may_be_floats_as_they_arrive_from_other_languages() -> None:
    topics: Any = {"orders": {"subscriptions": {"shop": {"ack_deadline_seconds": 60.0}}}}
    *_, subscription = creations("local", topics)
    assert json.dumps(subscription.body["ackDeadlineSeconds"]) == "60"
