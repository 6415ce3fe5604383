"""What a preview changes, each resource once."""

from typing import Any

import pytest

from ci.preview.changes import Kind, changes, counts, drifted
from ci.preview.terraform_report import report
from tests.ci.steps import BUCKET, DATABASE, DEPLOYMENT, TOPIC, state, step, urn

OLD, NEW = state(BUCKET, "uploads", {"location": "EU"}), state(BUCKET, "uploads", {"location": "US"})


def test_a_replacement_is_one_change_whatever_order_its_steps_have() -> None:
    steps = [
        step("create-replacement", OLD, NEW, {"location": "update-replace"}),
        step("replace", OLD, NEW, {"location": "update-replace"}),
        step("delete-replaced", OLD, None),
    ]
    for order in (steps, [steps[2], steps[0], steps[1]]):
        (change,) = changes(order)
        assert (change.kind, change.name, change.type_name) == (Kind.REPLACE, "uploads", "Bucket")
        assert [(each.old, each.new, each.replaces) for each in change.properties] == [("EU", "US", True)]


@pytest.mark.parametrize("op", ["same", "read", "refresh", "discard", "remove-pending-replace"])
def test_steps_that_change_nothing_are_no_changes(op: str) -> None:
    assert changes([step(op, OLD, NEW)]) == []


def test_to_protect_something_no_more_is_a_change_though_nothing_of_it_changes() -> None:
    (change,) = changes([step("same", {**OLD, "protect": True}, OLD)])
    assert (change.kind, [each[:3] for each in change.properties]) == (Kind.UPDATE, [("protect", "true", "false")])


def test_components_tell_of_themselves_by_their_parts() -> None:
    component = {**state("web-platform:index:WebService", "hello", {}), "custom": False}
    part = state(DEPLOYMENT, "hello-web", {}, parent=component["urn"])
    (change,) = changes([step("create", None, component), step("create", None, part)])
    assert (change.name, change.owner) == ("hello-web", "WebService hello")


def test_providers_are_told_of_by_what_they_provide() -> None:
    assert changes([step("create", None, state("pulumi:providers:gcp", "default", {}))]) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Kind.DELETE),
        ({"retainOnDelete": True}, Kind.FORGET),
        ({"inputs": {"deletionPolicy": "ABANDON"}}, Kind.FORGET),
    ],
)
def test_what_is_kept_when_it_is_deleted_is_forgotten(more: dict[str, Any], expected: Kind) -> None:
    (change,) = changes([step("delete", {**OLD, **more}, None)])
    assert change.kind is expected


def test_the_most_serious_comes_first_and_the_widget_gets_the_counts() -> None:
    found = changes(
        [
            step("create", None, state(TOPIC, "orders", {})),
            step("update", OLD, NEW),
            step("create-replacement", state(DATABASE, "main", {}), state(DATABASE, "main", {})),
            step("delete", state(TOPIC, "old", {}), None),
            step("delete", state(TOPIC, "kept", {}, retainOnDelete=True), None),
            step("import", None, state(TOPIC, "given", {})),
        ]
    )
    assert [change.kind for change in found] == [*Kind]
    assert set(counts(found).values()) == {1}
    assert report(found) == '{"create": 2, "update": 2, "delete": 2}'


def test_the_report_of_nothing_has_nothing_in_it() -> None:
    assert report([]) == '{"create": 0, "update": 0, "delete": 0}'


def test_of_a_refresh_the_last_word_counts() -> None:
    there = {**OLD, "outputs": {"location": "US"}}
    gone = state(TOPIC, "orders", {})
    found = drifted(
        [
            step("refresh", OLD, there),
            step("refresh", gone, gone),
            step("update", OLD, there, {"location": "update"}),
            step("delete", gone, None),
        ]
    )
    assert [(change.kind, change.urn) for change in found] == [
        (Kind.DELETE, urn(TOPIC, "orders")),
        (Kind.UPDATE, urn(BUCKET, "uploads")),
    ]
    assert [(each.old, each.new) for each in found[1].properties] == [("EU", "US")]
