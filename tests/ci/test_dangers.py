"""Which changes are dangerous, and how that is said."""

from typing import Any

import pytest

from ci.preview.changes import changes
from ci.preview.dangers import dangers
from tests.ci.steps import BUCKET, DATABASE, DEPLOYMENT, TOPIC, state, step


def _sentences(*steps: dict[str, Any]) -> list[str]:
    return [danger.sentence for danger in dangers(changes(steps))]


@pytest.mark.parametrize(
    ("type_", "lost"),
    [
        (DATABASE, "every database on it"),
        ("gcp:sql/database:Database", "every table in it"),
        (BUCKET, "every file in it"),
        ("gcp:bigquery/dataset:Dataset", "every table in it"),
        ("gcp:bigquery/table:Table", "every row in it"),
        (TOPIC, "what is published meanwhile"),
        ("gcp:container/cluster:Cluster", "everything that runs in it"),
        ("gcp:container/nodePool:NodePool", "its nodes"),
        ("gcp:compute/disk:Disk", "every file on it"),
        ("gcp:sql/user:User", "its login"),
        ("gcp:serviceaccount/account:Account", "whatever it may do"),
        ("random:index/randomPassword:RandomPassword", "the password"),
        ("kubernetes:core/v1:Namespace", "everything in it"),
        ("kubernetes:core/v1:PersistentVolumeClaim", "every file on its volume"),
    ],
)
def test_what_holds_something_is_dangerous_to_delete_and_to_replace(type_: str, lost: str) -> None:
    old = state(type_, "it", {"place": "here"})
    new = state(type_, "it", {"place": "there"})
    (deleted,) = _sentences(step("delete", old, None))
    (replaced,) = _sentences(step("create-replacement", old, new, {"place": "update-replace"}))
    name = type_.rpartition(":")[2]
    assert deleted.startswith(f"**{name} `it` would be deleted**. Lost with it: {lost}")
    assert replaced.startswith(
        f"**{name} `it` would be deleted and made anew**, because `place` changes. Lost with it: {lost}"
    )
    assert _sentences(step("update", old, new, {"place": "update"}), step("create", None, new)) == []


def test_what_holds_nothing_is_not() -> None:
    old = state(DEPLOYMENT, "web", {})
    assert _sentences(step("delete", old, None)) == []


@pytest.mark.parametrize(
    "protected",
    [
        state(DEPLOYMENT, "it", {}, protect=True),
        state(DEPLOYMENT, "it", {"deletionProtection": True}),
        state(DEPLOYMENT, "it", {"deletionPolicy": "PREVENT"}),
        state(DEPLOYMENT, "it", {"settings": {"deletionProtectionEnabled": True}}),
        {**state(DEPLOYMENT, "it", {}), "outputs": {"deletionProtection": True}},
    ],
    ids=["by Pulumi", "by the provider", "by its policy", "by Cloud SQL", "by default"],
)
def test_what_is_protected_is_dangerous_whatever_it_is(protected: dict[str, Any]) -> None:
    (deleted,) = _sentences(step("delete", protected, None))
    assert "It is protected: the deployment stops there" in deleted
    open_ = state(DEPLOYMENT, "it", {"deletionProtection": False})
    (bared,) = _sentences(step("update", protected, open_))
    assert bared.startswith("**Deployment `it` would lose its protection**")


@pytest.mark.parametrize("name", ["forceDestroy", "deleteContentsOnDestroy"])
def test_what_would_be_emptied_from_now_on_is_dangerous(name: str) -> None:
    full, emptied = state(BUCKET, "it", {}), state(BUCKET, "it", {name: True})
    (said,) = _sentences(step("update", full, emptied))
    assert said.startswith("**Bucket `it` would be emptied when it is deleted**")
    assert _sentences(step("update", emptied, full), step("update", emptied, emptied)) == []


@pytest.mark.parametrize(
    "forgotten",
    [
        state(DATABASE, "it", {"deletionPolicy": "ABANDON"}),
        state(DEPLOYMENT, "it", {}, protect=True, retainOnDelete=True),
    ],
    ids=["what holds something", "what is protected"],
)
def test_to_forget_it_is_dangerous_too(forgotten: dict[str, Any]) -> None:
    (said,) = _sentences(step("delete", forgotten, None))
    assert "would be forgotten" in said


def test_to_forget_anything_else_is_not() -> None:
    assert _sentences(step("delete", state(DEPLOYMENT, "it", {}, retainOnDelete=True), None)) == []
