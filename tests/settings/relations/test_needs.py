"""What workloads and tenants ask the platform for: it is there, and is asked for and called by one name once."""

from pathlib import Path
from typing import Any

import pytest

from settings import PROJECT, parse
from tests.settings.stack_files import (
    CIPHER,
    IMAGE,
    KINDS,
    LEAST,
    file_refusal,
    one,
    only_problem,
    refusal,
    shop,
)

NEEDING = [*KINDS, "tenants"]
ASKED = [("publishes", "topics"), ("subscribes", "topics"), ("datasets", "datasets"), ("buckets", "buckets")]


def asking(kind: str, **needs: object) -> dict[str, Any]:
    """A configuration in which somebody asks for something."""
    return one(kind, **needs) if kind in KINDS else LEAST | {"services": {}, kind: {"one": needs}}


@pytest.mark.parametrize("kind", NEEDING)
@pytest.mark.parametrize(("asked", "section"), ASKED)
def test_each_can_ask_for_what_the_stack_declares_and_nothing_else(kind: str, asked: str, section: str) -> None:
    declared: dict[str, Any] = {section: {"orders": {}}}
    read = parse(asking(kind, **{asked: ["orders"]}) | declared, "test")
    assert (read.workloads() | read.tenants)["one"].model_dump()[asked] == ["orders"]
    problem, remedy = only_problem(refusal(asking(kind, **{asked: ["ordes"]}) | declared))
    assert problem == f"{PROJECT}:{kind}.one.{asked} names 'ordes', which is not among the {section} of this stack"
    assert remedy == f"  Remedy: declare it under `{section}`; there are: orders"


@pytest.mark.parametrize("kind", NEEDING)
@pytest.mark.parametrize(("asked", "section"), ASKED)
def test_what_is_asked_for_twice_is_refused(kind: str, asked: str, section: str) -> None:
    message = refusal(asking(kind, **{asked: ["orders", "orders"]}) | {section: {"orders": {}}})
    assert f"{PROJECT}:{kind}.one.{asked} names 'orders' twice" in message


@pytest.mark.parametrize("kind", NEEDING)
def test_whoever_asks_has_a_database_and_a_subscription(kind: str) -> None:
    read = parse(asking(kind, database=True, subscribes=["orders"]) | {"topics": {"orders": {}}}, "test")
    assert read.databases() == ["one"]
    assert read.subscribers("orders") == ["one"]


def test_databases_and_subscribers_are_those_who_ask_in_the_order_of_their_names() -> None:
    config = LEAST | {
        "services": {"shop": {"image": IMAGE, "database": True, "publishes": ["orders"]}},
        "workers": {"mail": {"image": IMAGE, "subscribes": ["orders"]}},
        "jobs": {"billing": {"image": IMAGE, "database": True}},
        "tenants": {"apps": {"subscribes": ["orders"]}},
        "topics": {"orders": {}},
    }
    read = parse(config, "test")
    assert read.databases() == ["billing", "shop"]
    assert read.subscribers("orders") == ["apps", "mail"]


@pytest.mark.parametrize("kind", NEEDING)
def test_a_database_has_a_name_that_postgresql_accepts(kind: str) -> None:
    config: dict[str, Any] = {"services": {}} | {kind: {"postgres": KINDS.get(kind, {}) | {"database": True}}}
    problem, _ = only_problem(refusal(LEAST | config))
    assert problem.startswith(f"{PROJECT}:{kind}.postgres.database ")


@pytest.mark.parametrize("kind", NEEDING)
@pytest.mark.parametrize(
    ("subscribers", "topics", "made"),
    [
        ({"c": ["abc-b"], "b-c": ["abc"]}, ["abc", "abc-b"], "'abc-b-c', which `{kind}.c.subscribes` makes too"),
        ({"one": ["orders"]}, ["orders", "orders-one-dead-letters"], "`topics.orders-one-dead-letters` makes too"),
    ],
)
def test_what_is_made_for_subscribers_has_names_of_its_own(
    kind: str, subscribers: dict[str, list[str]], topics: list[str], made: str
) -> None:
    named = {name: KINDS.get(kind, {}) | {"subscribes": subscribes} for name, subscribes in subscribers.items()}
    message = refusal(LEAST | {kind: named, "topics": {topic: {} for topic in topics}})
    assert made.format(kind=kind) in message
    assert "Remedy: rename one of the topics, or of those who subscribe" in message


def test_what_is_made_for_subscribers_of_different_kinds_has_names_of_its_own() -> None:
    workers, tenants = {"c": {"image": IMAGE, "subscribes": ["abc-b"]}}, {"b-c": {"subscribes": ["abc"]}}
    message = refusal(LEAST | {"workers": workers, "tenants": tenants, "topics": {"abc": {}, "abc-b": {}}})
    assert f"{PROJECT}:tenants.b-c.subscribes makes 'abc-b-c', which `workers.c.subscribes` makes too" in message


def test_names_that_only_look_alike_are_no_problem() -> None:
    services = {"c": {"image": IMAGE, "subscribes": ["a-b"]}, "b-c": {"image": IMAGE, "subscribes": ["abc"]}}
    parse(LEAST | {"services": services, "topics": {"a-b": {}, "abc": {}}}, "test")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("needs", "variable"),
    [
        *(({"database": True}, f"PG{part}") for part in ("HOST", "PORT", "DATABASE", "USER", "PASSWORD", "SSLMODE")),
        *(
            ({"roles": ["roles/cloudtrace.agent"]}, variable)
            for variable in ("GOOGLE_CLOUD_PROJECT", "TOPIC_X", "SUBSCRIPTION_X", "DATASET_X", "BUCKET_X")
        ),
        *(
            ({"roles": ["roles/cloudtrace.agent"]}, f"{emulated}_EMULATOR_HOST")
            for emulated in ("PUBSUB", "BIGQUERY", "STORAGE")
        ),
    ],
)
def test_what_the_platform_sets_nobody_else_does(kind: str, needs: dict[str, Any], variable: str) -> None:
    problem, remedy = only_problem(refusal(one(kind, environment={variable: "x"}, **needs)))
    assert problem == f"{PROJECT}:{kind}.one.environment.{variable} is set by the platform, for what is asked for"
    assert remedy == "  Remedy: remove the line, or choose another name for the variable"
    assert parse(one(kind, environment={variable: "x"}), "test").workloads()


def test_a_secret_that_the_platform_sets_is_told_where_it_is(project: Path) -> None:
    message = file_refusal(project, shop(database=True, secretEnvironment={"PGPASSWORD": CIPHER}))
    problem, _ = only_problem(message)
    assert problem.startswith(f"{PROJECT}:services.shop.secretEnvironment.PGPASSWORD is set by the platform")


def test_variables_that_only_look_alike_are_a_workloads_own() -> None:
    own = {"PGAPPNAME": "shop", "MY_TOPIC_X": "x", "TOPICS": "x", "SERVICE_OTHER": "x"}
    assert parse(shop(database=True, roles=["roles/cloudtrace.agent"], environment=own), "test").services
