from dataclasses import replace

import pytest

from policy.rules.names import LABELS, NAMES
from tests.policy.rules import kubernetes, resource, wrong

TOPIC = "gcp:pubsub/topic:Topic"
BOTH = {"app.kubernetes.io/name": "hello", "app.kubernetes.io/managed-by": "pulumi"}


@pytest.mark.parametrize("name", ["orders topic", "Orders", "orders/2", "1-orders"])
def test_a_name_with_other_signs_is_found(name: str) -> None:
    assert wrong(NAMES, resource(TOPIC, name)) == [f"name is {name!r}"]


@pytest.mark.parametrize("name", ["orders-prod", "prod.orders", "a-prod-b"])
def test_a_name_that_no_other_stack_can_have_is_found(name: str) -> None:
    assert wrong(NAMES, resource(TOPIC, name)) == [f"name {name!r} has the stack's name in it"]


@pytest.mark.parametrize("name", ["orders", "status-project-bigquery.jobUser", "products-1"])
def test_a_plain_name_passes(name: str) -> None:
    assert wrong(NAMES, resource(TOPIC, name)) == []


def test_what_pulumi_names_itself_passes() -> None:
    assert wrong(NAMES, resource("pulumi:pulumi:Stack", "web-platform-prod")) == []
    assert wrong(NAMES, replace(resource(TOPIC, "orders-prod"), urn="")) == []


def test_an_object_without_labels_is_found() -> None:
    assert wrong(LABELS, kubernetes("apps/v1", "Deployment")) == [
        "label app.kubernetes.io/managed-by is missing",
        "label app.kubernetes.io/name is missing",
    ]
    assert wrong(LABELS, kubernetes("v1", "Namespace")) == ["label app.kubernetes.io/managed-by is missing"]


@pytest.mark.parametrize("labels", [BOTH, None], ids=["said", "known later"])
def test_an_object_with_labels_passes(labels: dict[str, str] | None) -> None:
    assert wrong(LABELS, kubernetes("v1", "Service", metadata={"labels": labels})) == []
