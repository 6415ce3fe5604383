"""Buckets and objects behave as Google's documentation says."""

import hashlib
from pathlib import Path
from typing import Any, ClassVar

import pytest

from localcloud.providers.google import tokens
from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.kind import Place, Refusal, Resource
from localcloud.providers.google.principals import agent
from localcloud.providers.google.pubsub import Topic, TopicIAMMember
from localcloud.providers.google.storage import Bucket, BucketIAMMember, BucketObject, Notification
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable

HELLO = {"bucket": "acme-files", "name": "notes/hello.txt", "content": "hello"}
VIEWER = {"bucket": "acme-files", "role": "roles/storage.objectViewer", "member": "group:dev@example.com"}


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "storage.googleapis.com", "pubsub.googleapis.com")


def reasons(kind: Any, inputs: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.reason for each in kind.problems(inputs)}


def bucket(cloud: Cloud, place: Place, **inputs: Any) -> Resource:
    return cloud.create(Bucket(), {"name": "acme-files", "location": "EU", **inputs}, place)


class TestBucket:
    def test_is_known_by_its_name(self, cloud: Cloud, place: Place) -> None:
        made = bucket(cloud, place)
        assert made.id == "acme-files"
        assert made.state["url"] == "gs://acme-files"
        assert made.state["selfLink"] == "https://www.googleapis.com/storage/v1/b/acme-files"
        assert made.state["projectNumber"] == project_number(PROJECT)
        assert made.state["storageClass"] == "STANDARD"
        assert made.state["publicAccessPrevention"] == "inherited"
        assert made.state["timeCreated"].endswith("Z")

    def test_has_a_name_that_no_other_project_has(self, cloud: Cloud, place: Place) -> None:
        bucket(cloud, place)
        enable(cloud, "storage.googleapis.com", project="acme-staging")
        with pytest.raises(Refusal, match="the Bucket 'acme-files' already exists"):
            bucket(cloud, Place("acme-staging"))

    @pytest.mark.parametrize(
        "name",
        ["ab", "a" * 64, "Acme-files", "-acme", "acme-", "googacme", "my-google-files", "g00gle", "files.acme.com"],
    )
    def test_a_name_of_wrong_syntax_is_a_problem(self, name: str) -> None:
        assert list(reasons(Bucket(), {"name": name})) == ["name"]

    @pytest.mark.parametrize(
        ("inputs", "path"),
        [
            ({"location": "europe-west1-b"}, "location"),
            ({"storageClass": "FAST"}, "storageClass"),
            ({"publicAccessPrevention": "on"}, "publicAccessPrevention"),
            ({"softDeletePolicy": {"retentionDurationSeconds": 60}}, "softDeletePolicy.retentionDurationSeconds"),
            ({"retentionPolicy": {"retentionPeriod": "0"}}, "retentionPolicy.retentionPeriod"),
        ],
    )
    def test_what_google_would_not_take_is_a_problem(self, inputs: dict[str, Any], path: str) -> None:
        assert list(reasons(Bucket(), inputs)) == [path]

    @pytest.mark.parametrize(
        "inputs",
        [
            {"name": "acme_files-1", "location": "eu", "softDeletePolicy": {"retentionDurationSeconds": 0.0}},
            {"name": "a" * 63, "location": "EUROPE-WEST1", "retentionPolicy": {"retentionPeriod": "60"}},
            {"name": UNKNOWN, "location": UNKNOWN, "publicAccessPrevention": "enforced"},
        ],
    )
    def test_what_google_takes_is_none(self, inputs: dict[str, Any]) -> None:
        assert reasons(Bucket(), inputs) == {}

    def test_is_not_deleted_while_objects_are_in_it(self, cloud: Cloud, place: Place) -> None:
        bucket(cloud, place)
        hello = cloud.create(BucketObject(), HELLO, place)
        with pytest.raises(Refusal, match=r"without `force_destroy` set to true\n.*'notes/hello.txt'"):
            cloud.delete(Bucket(), "acme-files")
        cloud.delete(BucketObject(), hello.id)
        cloud.delete(Bucket(), "acme-files")
        assert cloud.get(tokens.BUCKET, "acme-files") is None

    def test_takes_its_objects_with_it_where_that_is_asked_for(self, cloud: Cloud, place: Place) -> None:
        bucket(cloud, place, forceDestroy=True)
        hello = cloud.create(BucketObject(), HELLO, place)
        cloud.delete(Bucket(), "acme-files")
        assert cloud.get(tokens.BUCKET_OBJECT, hello.id) is None

    def test_keeps_what_it_promised_to_retain(self, cloud: Cloud, place: Place) -> None:
        locked = {"retentionPolicy": {"isLocked": True, "retentionPeriod": "3600"}, "forceDestroy": True}
        bucket(cloud, place, **locked)
        cloud.create(BucketObject(), HELLO, place)
        with pytest.raises(Refusal, match="have not met the retention period yet"):
            cloud.delete(Bucket(), "acme-files")
        shorter = {"isLocked": True, "retentionPeriod": "60"}
        with pytest.raises(Refusal, match="cannot be shortened"):
            cloud.update(Bucket(), "acme-files", {**HELLO, "name": "acme-files", "retentionPolicy": shorter}, place)

    def test_is_imported_by_its_name(self, place: Place) -> None:
        assert Bucket().imported("acme-prod/acme-files", place) == "acme-files"


class TestBucketObject:
    def test_has_sums_and_links(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match="the Bucket 'acme-files' does not exist"):
            cloud.create(BucketObject(), HELLO, place)
        bucket(cloud, place)
        made = cloud.create(BucketObject(), HELLO, place)
        link = "storage/v1/b/acme-files/o/notes%2Fhello.txt"
        generation = made.state["generation"]
        assert made.id == "acme-files-notes/hello.txt"
        assert made.state["md5hash"] == "XUFAKrxLKna5cZ2REBfFkg=="
        assert made.state["md5hexhash"] == "5d41402abc4b2a76b9719d911017c592"
        assert made.state["crc32c"] == "mnG7TA=="
        assert made.state["selfLink"] == f"https://www.googleapis.com/{link}"
        assert made.state["mediaLink"] == (
            f"https://storage.googleapis.com/download/{link}?generation={generation}&alt=media"
        )

    def test_is_what_its_asset_is(self, cloud: Cloud, place: Place, tmp_path: Path) -> None:
        bucket(cloud, place)
        (tmp_path / "file").write_text("hello")
        for number, source in enumerate([{"text": "hello"}, {"path": str(tmp_path / "file")}]):
            inputs = {"bucket": "acme-files", "name": str(number), "source": source}
            assert cloud.create(BucketObject(), inputs, place).state["crc32c"] == "mnG7TA=="
        inputs = {"bucket": "acme-files", "name": "elsewhere", "source": {"uri": "https://e.com/x", "hash": "abc"}}
        made = cloud.create(BucketObject(), inputs, place)
        assert made.state["md5hexhash"] == hashlib.md5(b"abc", usedforsecurity=False).hexdigest()

    @pytest.mark.parametrize(
        ("inputs", "path"),
        [
            ({"name": "x"}, "content"),
            ({"name": "x", "content": "a", "source": {"text": "b"}}, "content"),
            ({"name": "..", "content": "a"}, "name"),
            ({"name": "a\nb", "content": "a"}, "name"),
            ({"name": "é" * 513, "content": "a"}, "name"),
        ],
    )
    def test_what_google_would_not_take_is_a_problem(self, inputs: dict[str, Any], path: str) -> None:
        assert list(reasons(BucketObject(), inputs)) == [path]
        assert reasons(BucketObject(), HELLO) == {}


class TestNotification:
    INPUTS: ClassVar[dict[str, Any]] = {
        "bucket": "acme-files",
        "topic": f"projects/{PROJECT}/topics/files",
        "payloadFormat": "JSON_API_V1",
    }

    def test_needs_a_bucket_a_topic_and_leave_to_publish(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=r"the Bucket .* does not exist"):
            cloud.create(Notification(), self.INPUTS, place)
        bucket(cloud, place)
        with pytest.raises(Refusal, match=r"the Topic .* does not exist"):
            cloud.create(Notification(), self.INPUTS, place)
        topic = cloud.create(Topic(), {"name": "files"}, place)
        email = agent(PROJECT, "storage.googleapis.com")
        with pytest.raises(Refusal, match=f"The service account '{email}' does not have permission to publish"):
            cloud.create(Notification(), self.INPUTS, place)
        grant = {"topic": topic.id, "role": "roles/pubsub.publisher", "member": f"serviceAccount:{email}"}
        cloud.create(TopicIAMMember(), grant, place)
        made = cloud.create(Notification(), self.INPUTS, place)
        assert made.id == f"acme-files/notificationConfigs/{made.state['notificationId']}"
        assert made.state["selfLink"] == f"https://www.googleapis.com/storage/v1/b/{made.id}"

    @pytest.mark.parametrize(
        ("change", "path"),
        [({"payloadFormat": "JSON"}, "payloadFormat"), ({"eventTypes": ["OBJECT_CREATED"]}, "eventTypes[0]")],
    )
    def test_what_google_would_not_take_is_a_problem(self, change: dict[str, Any], path: str) -> None:
        assert list(reasons(Notification(), {**self.INPUTS, **change})) == [path]
        assert reasons(Notification(), {**self.INPUTS, "eventTypes": ["OBJECT_FINALIZE"]}) == {}


class TestRoles:
    def test_are_granted_on_a_bucket(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match="the Bucket 'acme-files' does not exist"):
            cloud.create(BucketIAMMember(), VIEWER, place)
        bucket(cloud, place)
        made = cloud.create(BucketIAMMember(), VIEWER, place)
        assert made.id == "b/acme-files/roles/storage.objectViewer/group:dev@example.com"

    @pytest.mark.parametrize("role", ["roles/viewer", "roles/storage.hmacKeyAdmin", "roles/pubsub.publisher"])
    def test_are_those_that_a_bucket_takes(self, role: str) -> None:
        assert "not supported for this resource" in reasons(BucketIAMMember(), {**VIEWER, "role": role})["role"]
        assert reasons(BucketIAMMember(), {**VIEWER, "role": "roles/storage.legacyBucketReader"}) == {}

    @pytest.mark.parametrize("everyone", ["allUsers", "allAuthenticatedUsers"])
    def test_are_not_everybody_s_where_that_is_prevented(self, cloud: Cloud, place: Place, everyone: str) -> None:
        bucket(cloud, place, publicAccessPrevention="enforced")
        with pytest.raises(Refusal, match=r"public access prevention is enforced., conditionNotMet"):
            cloud.create(BucketIAMMember(), {**VIEWER, "member": everyone}, place)

    def test_may_be_everybody_s_where_it_is_not(self, cloud: Cloud, place: Place) -> None:
        bucket(cloud, place)
        made = cloud.create(BucketIAMMember(), {**VIEWER, "member": "allUsers"}, place)
        assert made.id == "b/acme-files/roles/storage.objectViewer/allUsers"

    def test_of_an_account_need_it_to_exist(self, cloud: Cloud, place: Place) -> None:
        bucket(cloud, place)
        ghost = f"serviceAccount:ghost@{PROJECT}.iam.gserviceaccount.com"
        with pytest.raises(Refusal, match="does not exist"):
            cloud.create(BucketIAMMember(), {**VIEWER, "member": ghost}, place)
