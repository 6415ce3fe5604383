"""What stand-ins hold of a stack, under which names, and who finds them how."""

from typing import Any

import pytest

from settings import Settings, parse, stand_ins
from settings.cloud import ColumnSettings
from settings.workloads import Needs
from tests.settings.stack_files import IMAGE, LEAST

AVRO = '{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}'
PROTO = 'syntax = "proto3"; message Order { string id = 1; }'


def stack(**sections: object) -> Settings:
    return parse(LEAST | {"services": {}} | sections, "test")


def subscribers(*names: str, topic: str = "orders") -> dict[str, Any]:
    return {name: {"image": IMAGE, "subscribes": [topic]} for name in names}


def test_things_are_called_as_google_calls_them() -> None:
    assert stand_ins.topic_path("new-orders") == "projects/local/topics/new-orders"
    assert stand_ins.subscription_path("new-orders-mail") == "projects/local/subscriptions/new-orders-mail"
    assert stand_ins.dataset_reference("web-sales") == "local.web_sales"
    assert stand_ins.table_name("daily-sales") == "daily_sales"
    assert stand_ins.bucket_name("order-receipts") == "local-order-receipts"
    assert stand_ins.dead_letters("new-orders", "mail") == "new-orders-mail-dead-letters"


EVERYTHING = Needs(
    database=True,
    publishes=["new-orders"],
    subscribes=["paid-orders"],
    datasets=["web-sales"],
    buckets=["order-receipts"],
)


def test_a_workload_finds_each_of_its_things_by_a_variable() -> None:
    assert stand_ins.variables("web-shop", EVERYTHING) == {
        "GOOGLE_CLOUD_PROJECT": "local",
        "TOPIC_NEW_ORDERS": "projects/local/topics/new-orders",
        "SUBSCRIPTION_PAID_ORDERS": "projects/local/subscriptions/paid-orders-web-shop",
        "DATASET_WEB_SALES": "local.web_sales",
        "BUCKET_ORDER_RECEIPTS": "local-order-receipts",
    }
    assert stand_ins.subscriptions("web-shop", EVERYTHING) == {
        "paid-orders": "projects/local/subscriptions/paid-orders-web-shop"
    }


@pytest.mark.parametrize("needs", [Needs(), Needs(database=True)])
def test_who_asks_for_nothing_of_google_is_told_of_no_project(needs: Needs) -> None:
    assert stand_ins.variables("web-shop", needs) == {}
    assert stand_ins.emulators(needs) == []


@pytest.mark.parametrize(
    ("needs", "emulators"),
    [
        (Needs(publishes=["orders"]), ["PUBSUB_EMULATOR_HOST"]),
        (Needs(subscribes=["orders"]), ["PUBSUB_EMULATOR_HOST"]),
        (Needs(datasets=["orders"]), ["BIGQUERY_EMULATOR_HOST"]),
        (Needs(buckets=["orders"]), ["STORAGE_EMULATOR_HOST"]),
        (Needs(roles=["roles/cloudtrace.agent"]), []),
        (EVERYTHING, ["PUBSUB_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"]),
    ],
)
def test_who_talks_to_an_emulator_is_told_of_it_and_nobody_else(needs: Needs, emulators: list[str]) -> None:
    assert stand_ins.emulators(needs) == emulators


def test_a_topic_has_a_subscription_for_each_who_asks_and_every_default() -> None:
    settings = stack(
        topics={"orders": {}, "visits": {}},
        workers=subscribers("mail"),
        services=subscribers("shop"),
        tenants={"partner": {"subscribes": ["orders"]}},
    )
    made = {creation.path: creation.body for creation in stand_ins.in_pubsub(settings)}
    delivering = [path for path in made if path.startswith("subscriptions/") and "dead-letters" not in path]
    assert delivering == ["subscriptions/orders-mail", "subscriptions/orders-partner", "subscriptions/orders-shop"]
    assert made["topics/visits"] == made["topics/orders"] == {}
    mail = made["subscriptions/orders-mail"]
    assert (mail["ackDeadlineSeconds"], mail["enableMessageOrdering"], mail.get("filter")) == (30, False, None)
    assert mail["deadLetterPolicy"]["maxDeliveryAttempts"] == 5


@pytest.mark.parametrize(
    "declared",
    [
        {"definition": AVRO, "type": "AVRO", "encoding": "JSON"},
        {"definition": PROTO, "type": "PROTOCOL_BUFFER", "encoding": "BINARY"},
    ],
)
def test_a_topic_has_its_schema_in_either_language(declared: dict[str, str]) -> None:
    schema, topic = stand_ins.in_pubsub(stack(topics={"orders": {"schema": declared}}))
    assert schema.body == {"type": declared["type"], "definition": declared["definition"]}
    settings = {"schema": "projects/local/schemas/orders", "encoding": declared["encoding"]}
    assert topic.body == {"schemaSettings": settings}


def test_dead_letters_are_topics_too() -> None:
    settings = stack(
        topics={"orders": {}, "visits": {}, "accounts": {}}, workers=subscribers("mail", "ship", topic="orders")
    )
    assert stand_ins.topic_names(settings) == [
        "accounts",
        "orders",
        "orders-mail-dead-letters",
        "orders-ship-dead-letters",
        "visits",
    ]
    assert stand_ins.topic_names(stack()) == []


@pytest.mark.parametrize(
    ("written", "in_the_api"),
    [("INT64", "INTEGER"), ("FLOAT64", "FLOAT"), ("BOOL", "BOOLEAN"), ("DECIMAL", "NUMERIC"), ("STRING", "STRING")],
)
def test_a_column_has_the_type_that_the_api_gives_back(written: str, in_the_api: str) -> None:
    """Else the table would seem to be another each time that it is looked at."""
    assert stand_ins.column_type(ColumnSettings(name="a", type=written)) == in_the_api
