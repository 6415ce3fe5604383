"""The simulated cloud makes, changes and deletes as a kind says, or refuses and stays as it was."""

import multiprocessing
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from localcloud.providers.google.cloud import ALWAYS_ENABLED, Cloud, digest, project_number
from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.google.kinds import kind_of
from tests.localcloud.google.conftest import enable

TOKEN = "gcp:test/thing:Thing"


class Thing(Kind):
    """A kind that computes a number, and fails where it is told to."""

    token = TOKEN
    api = "things.googleapis.com"

    def complete(self, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
        return {"project": place.project, **inputs}

    def identifier(self, state: Mapping[str, Any]) -> str:
        return f"projects/{state['project']}/things/{state['name']}"

    def create(self, state: dict[str, Any], cloud: Cloud) -> None:
        self._fail(state, "create")
        state["number"] = 7
        cloud.keep("made", state["name"], "once")

    def update(self, former: Mapping[str, Any], state: dict[str, Any], cloud: Cloud) -> None:
        self._fail(state, "update")
        state["was"] = former.get("size")

    def delete(self, state: Mapping[str, Any], cloud: Cloud) -> None:
        self._fail(state, "delete")

    def created(self, resource: Resource, cloud: Cloud) -> None:
        self._fail(resource.state, "created")

    def updated(self, former: Resource, resource: Resource, cloud: Cloud) -> None:
        self._fail(resource.state, "updated")

    def deleted(self, resource: Resource, cloud: Cloud) -> None:
        self._fail(resource.state, "deleted")

    @staticmethod
    def _fail(state: Mapping[str, Any], where: str) -> None:
        if state.get("fails") == where:
            raise Refusal(400, f"no {where}", "none", "none")


class Membership(Thing):
    """As a member of a policy: a second one of the same id is the same."""

    token = "gcp:test/membership:Membership"
    api = ""
    unique = False
    seen: ClassVar[list[str]] = []


@pytest.fixture
def enabled(cloud: Cloud) -> Cloud:
    enable(cloud, Thing.api)
    return cloud


def things(cloud: Cloud) -> dict[str, dict[str, Any]]:
    return {each.state["name"]: each.state for each in cloud.find(TOKEN)}


def test_a_resource_is_kept_with_what_is_computed(enabled: Cloud, place: Place) -> None:
    made = enabled.create(Thing(), {"name": "a", "size": 1}, place)
    assert made == Resource(
        TOKEN, "projects/acme-prod/things/a", {"project": "acme-prod", "name": "a", "size": 1, "number": 7}
    )
    assert enabled.get(TOKEN, made.id) == made
    assert Cloud(enabled.directory).get(TOKEN, made.id) == made


def test_a_name_is_taken_once(enabled: Cloud, place: Place) -> None:
    enabled.create(Thing(), {"name": "a", "size": 1}, place)
    with pytest.raises(Refusal, match=r"Error 409: the Thing 'projects/acme-prod/things/a' already exists") as refusal:
        enabled.create(Thing(), {"name": "a", "size": 2}, place)
    assert refusal.value.code == 409
    assert things(enabled)["a"]["size"] == 1


def test_what_is_not_unique_is_the_same_when_it_is_made_again(enabled: Cloud, place: Place) -> None:
    first = enabled.create(Membership(), {"name": "a"}, place)
    assert enabled.create(Membership(), {"name": "a"}, place) == first
    assert len(enabled.find(Membership.token)) == 1


@pytest.mark.parametrize("where", ["create", "created"])
def test_what_cannot_be_made_leaves_nothing(enabled: Cloud, place: Place, where: str) -> None:
    with pytest.raises(Refusal, match=f"no {where}"):
        enabled.create(Thing(), {"name": "a", "fails": where}, place)
    assert things(enabled) == {}
    enabled.create(Thing(), {"name": "a"}, place)


@pytest.mark.parametrize("where", ["update", "updated"])
def test_what_cannot_be_changed_stays_as_it_was(enabled: Cloud, place: Place, where: str) -> None:
    made = enabled.create(Thing(), {"name": "a", "size": 1}, place)
    with pytest.raises(Refusal, match=f"no {where}"):
        enabled.update(Thing(), made.id, {"name": "a", "size": 2, "fails": where}, place)
    assert enabled.get(TOKEN, made.id) == made


@pytest.mark.parametrize("where", ["delete", "deleted"])
def test_what_cannot_be_deleted_stays(enabled: Cloud, place: Place, where: str) -> None:
    made = enabled.create(Thing(), {"name": "a", "fails": where}, place)
    with pytest.raises(Refusal, match=f"no {where}"):
        enabled.delete(Thing(), made.id)
    assert enabled.get(TOKEN, made.id) == made


def _killed_while(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Does something in a process that a kill ends in the middle of its effects."""
    with monkeypatch.context() as patched:
        patched.setattr(Thing, "created", lambda *_: os._exit(9))
        patched.setattr(Thing, "deleted", lambda *_: os._exit(9))
        process = multiprocessing.get_context("fork").Process(target=do)
        process.start()
        process.join(30)
    assert process.exitcode == 9


def test_what_a_killed_process_was_making_is_not_in_the_way(
    enabled: Cloud, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    _killed_while(monkeypatch, lambda: Cloud(enabled.directory).create(Thing(), {"name": "a", "size": 1}, place))
    assert [each.state["size"] for each in enabled.cut_short()] == [1]
    monkeypatch.setattr(Thing, "deleted", lambda _, resource, cloud: ended.append(resource.id))
    enabled.create(Thing(), {"name": "a", "size": 2}, place)
    assert ended == ["projects/acme-prod/things/a"]
    assert things(enabled)["a"]["size"] == 2
    assert enabled.cut_short() == []


def test_what_a_killed_process_was_deleting_is_known_and_ended(
    enabled: Cloud, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    made = enabled.create(Thing(), {"name": "a"}, place)
    _killed_while(monkeypatch, lambda: Cloud(enabled.directory).delete(Thing(), made.id))
    assert things(enabled) == {}
    assert enabled.cut_short() == [made]
    monkeypatch.setattr(Thing, "deleted", lambda _, resource, cloud: ended.append(resource.id))
    enabled.discard(Thing(), made)
    assert ended == [made.id]
    assert enabled.cut_short() == []


def test_what_is_being_made_by_a_process_that_lives_is_in_the_way(
    enabled: Cloud, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []

    def created(_: Thing, resource: Resource, cloud: Cloud) -> None:
        assert cloud.is_under_way(resource)
        assert cloud.cut_short() == []
        with pytest.raises(Refusal, match="already exists"):
            cloud.create(Thing(), {"name": "a"}, place)
        refused.append(resource.id)

    monkeypatch.setattr(Thing, "created", created)
    made = enabled.create(Thing(), {"name": "a"}, place)
    assert refused == [made.id]
    assert not enabled.is_under_way(made)


@pytest.mark.parametrize("where", ["created", "deleted"])
def test_what_fails_is_not_under_way(enabled: Cloud, place: Place, where: str) -> None:
    with pytest.raises(Refusal):
        enabled.delete(Thing(), enabled.create(Thing(), {"name": "a", "fails": where}, place).id)
    assert enabled._store.under_way() == []


def test_an_update_keeps_what_was_computed_and_clears_what_it_is_told(enabled: Cloud, place: Place) -> None:
    made = enabled.create(Thing(), {"name": "a", "size": 1, "note": "x", "colour": "red"}, place)
    changed = enabled.update(Thing(), made.id, {"name": "a", "size": 2}, place, cleared={"note"})
    assert changed.state == {
        "project": "acme-prod",
        "name": "a",
        "size": 2,
        "colour": "red",
        "number": 7,
        "was": 1,
    }


def test_what_does_not_exist_cannot_be_changed_but_is_deleted_already(enabled: Cloud, place: Place) -> None:
    with pytest.raises(Refusal, match=r"404: the Thing 'gone' does not exist.*\n.*\n  Remedy: `pulumi refresh`"):
        enabled.update(Thing(), "gone", {"name": "gone"}, place)
    enabled.delete(Thing(), "gone")


def test_a_service_must_be_enabled_in_the_resources_own_project(cloud: Cloud, place: Place) -> None:
    with pytest.raises(Refusal, match=r"403: things.googleapis.com has not been used in project acme-prod before"):
        cloud.create(Thing(), {"name": "a"}, place)
    enable(cloud, Thing.api)
    made = cloud.create(Thing(), {"name": "a"}, place)
    with pytest.raises(Refusal, match="in project acme-staging"):
        cloud.create(Thing(), {"name": "a", "project": "acme-staging"}, place)
    assert cloud.enabled("acme-prod", Thing.api)
    assert not cloud.enabled("acme-staging", Thing.api)
    assert all(cloud.enabled("any-project", api) for api in ALWAYS_ENABLED)
    cloud.update(Thing(), made.id, {"name": "a", "size": 1}, place)


def test_the_cloud_can_be_changed_behind_pulumis_back(enabled: Cloud, place: Place) -> None:
    made = enabled.create(Thing(), {"name": "a"}, place)
    enabled.tamper(TOKEN, made.id, {**made.state, "number": 8})
    assert things(enabled)["a"]["number"] == 8
    enabled.tamper(TOKEN, made.id, None)
    assert things(enabled) == {}
    with pytest.raises(Refusal, match="404"):
        enabled.tamper(TOKEN, made.id, {})


@pytest.mark.parametrize("name", ["a", "projects/b", "ü"])
def test_what_google_would_draw_is_always_the_same(name: str) -> None:
    assert digest(name) == digest(name) != digest(name + "x")
    assert len(str(project_number(name))) == 12


def test_two_clouds_in_one_directory_are_one(tmp_path: Path, place: Place) -> None:
    first, second = Cloud(tmp_path), Cloud(tmp_path)
    enable(first, Thing.api)
    made = first.create(Thing(), {"name": "a"}, place)
    second.update(Thing(), made.id, {"name": "a", "size": 3}, place)
    assert things(first)["a"]["size"] == 3
    assert first.all() == second.all()


@pytest.mark.parametrize(
    ("inputs", "identifier"),
    [
        ({"name": "a"}, "projects/acme-prod/widgets/a"),
        ({"name": "a", "region": "r"}, "projects/acme-prod/locations/r/widgets/a"),
        ({"name": "a", "project": "other", "location": "l", "region": "r"}, "projects/other/locations/l/widgets/a"),
    ],
)
def test_a_type_without_rules_is_kept_under_a_plausible_id(
    cloud: Cloud, place: Place, inputs: dict[str, Any], identifier: str
) -> None:
    made = cloud.create(kind_of("gcp:test/widget:Widget"), inputs, place)
    assert made == Resource("gcp:test/widget:Widget", identifier, {"project": "acme-prod", **inputs})


def test_resources_without_a_name_get_ids_of_their_own(cloud: Cloud, place: Place) -> None:
    make: Callable[[], Resource] = lambda: cloud.create(kind_of("gcp:test/widget:Widget"), {"size": 1}, place)  # noqa: E731
    assert make().id != make().id
