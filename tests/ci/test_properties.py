"""What changes of a resource, old and new, with no secret in it."""

import json
from typing import Any

import pytest

from ci.preview.properties import ABSENT, SECRET, UNKNOWN, changed
from tests.ci import steps
from tests.ci.steps import DEPLOYMENT, state, step


def _changed(old: Any, new: Any, detailed: dict[str, str] | None = None, **more: Any) -> list[tuple[Any, ...]]:
    made = step("update", state(DEPLOYMENT, "web", old), state(DEPLOYMENT, "web", new), detailed, **more)
    return [tuple(each) for each in changed(made)]


def test_a_property_is_told_with_what_it_is_and_what_it_will_be() -> None:
    found = _changed({"spec": {"replicas": 2}}, {"spec": {"replicas": 3}}, {"spec.replicas": "update"})
    assert found == [("spec.replicas", "2", "3", False)]


def test_members_of_lists_are_called_by_their_names() -> None:
    def pods(value: str) -> dict[str, Any]:
        return {"containers": [{"name": "main", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": value}]}]}

    found = _changed(pods("2"), pods("3"), {"containers[0].env[1].value": "update-replace"})
    assert found == [("containers[main].env[B].value", "2", "3", True)]


def test_keys_with_dots_are_one_key() -> None:
    found = _changed({"labels": {"a.b/c": "1"}}, {"labels": {"a.b/c": "2"}}, {'labels["a.b/c"]': "update"})
    assert found == [('labels."a.b/c"', "1", "2", False)]


@pytest.mark.parametrize(
    ("old", "new", "kind", "expected"),
    [({}, {"a": "x"}, "add", (ABSENT, "x")), ({"a": "x"}, {}, "delete", ("x", ABSENT))],
)
def test_what_is_added_or_taken_away_is_said_to_be(old: Any, new: Any, kind: str, expected: tuple[str, str]) -> None:
    assert [each[1:3] for each in _changed(old, new, {"a": kind})] == [expected]


def test_what_nobody_knows_yet_is_said_so() -> None:
    found = _changed({"url": "http://1"}, {"url": f"http://{steps.UNKNOWN}"}, {"url": "update"})
    assert found == [("url", "http://1", f"http://{UNKNOWN}", False)]


@pytest.mark.parametrize("hidden", [("old",), ("new",), ("old", "new")])
def test_a_secret_hides_both(hidden: tuple[str, ...]) -> None:
    old = {"data": {"password": steps.SECRET if "old" in hidden else "hunter1"}}
    new = {"data": {"password": steps.SECRET if "new" in hidden else "hunter2"}}
    assert _changed(old, new, {"data.password": "update"}) == [("data.password", SECRET, SECRET, False)]
    # Whether two secrets differ, only the provider can say.
    assert _changed(old, new) == ([("data.password", SECRET, SECRET, False)] if len(hidden) == 1 else [])


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ({"a": "1", "password": steps.SECRET}, {"a": "2", "password": "hunter2"}, ({"a": "1"}, {"a": "2"})),
        ({"list": [steps.SECRET]}, {"list": ["x", "hunter2"]}, ({}, {})),
        ({"url": {"password": steps.SECRET}}, {"url": "https://me:hunter2@host"}, ({}, {})),
    ],
)
def test_a_secret_inside_of_what_is_told_as_a_whole_hides_its_other_value_too(
    old: dict[str, Any], new: dict[str, Any], shown: tuple[dict[str, str], dict[str, str]]
) -> None:
    ((_, before, after, _),) = _changed({"values": old}, {"values": new}, {"values": "update"})
    assert "hunter2" not in before + after
    for text, said in zip((before, after), shown, strict=True):
        assert said.items() <= json.loads(text).items()


def test_what_is_inside_a_secret_is_secret() -> None:
    old, new = {"data": steps.SECRET}, {"data": {"password": "hunter2"}}
    assert _changed(old, new, {"data.password": "update"}) == [("data.password", SECRET, SECRET, False)]


def test_what_only_the_outputs_know_to_be_secret_is_secret() -> None:
    old = {**state(DEPLOYMENT, "web", {"key": "hunter1"}), "outputs": {"key": steps.SECRET}}
    made = step("update", old, state(DEPLOYMENT, "web", {"key": "hunter2"}), {"key": "update"})
    assert [each[1:3] for each in changed(made)] == [(SECRET, SECRET)]


def test_secrets_within_what_is_shown_whole_stay_hidden() -> None:
    old, new = {"env": [{"name": "A", "value": steps.SECRET}]}, {"env": [{"name": "B", "value": steps.SECRET}]}
    ((path, before, after, _),) = _changed(old, new, {"env": "update"})
    assert path == "env"
    assert json.loads(before) == [{"name": "A", "value": SECRET}]
    assert json.loads(after) == [{"name": "B", "value": SECRET}]


def test_where_the_provider_says_no_more_than_that_it_differs_it_is_looked_for() -> None:
    old, new = {"a": {"b": 1, "c": 2}, "__defaults": []}, {"a": {"b": 1, "c": 3}, "__defaults": ["a"]}
    assert _changed(old, new, keys=["a"]) == [("a.c", "2", "3", True)]


def test_what_the_provider_added_is_found_in_the_outputs() -> None:
    old = {**state(DEPLOYMENT, "web", {}), "outputs": {"tier": "small"}}
    made = step("update", old, state(DEPLOYMENT, "web", {"tier": "large"}), {"tier": "update"})
    assert [each[1:3] for each in changed(made)] == [("small", "large")]


def test_of_drift_the_new_value_is_what_is_there_and_not_what_was_asked_for() -> None:
    old = state(DEPLOYMENT, "web", {"tier": "small"})
    new = {**old, "outputs": {"tier": "large"}}
    made = step("update", old, new, {"tier": "update"})
    assert [each[1:3] for each in changed(made, drift=True)] == [("small", "large")]
