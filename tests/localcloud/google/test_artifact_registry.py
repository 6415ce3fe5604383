"""Repositories behave as Google's documentation says."""

from typing import Any, ClassVar

import pytest

from localcloud.providers.google.artifact_registry import Repository, RepositoryIamMember
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Place, Refusal
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable

PATH = f"projects/{PROJECT}/locations/europe-west1/repositories"
IMAGES = {"repositoryId": "images", "format": "DOCKER"}
HUB = {"dockerRepository": {"publicRepository": "DOCKER_HUB"}}
REMOTE = {**IMAGES, "mode": "REMOTE_REPOSITORY"}


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "artifactregistry.googleapis.com")


def reasons(inputs: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.reason for each in Repository().problems(inputs)}


def test_is_in_the_provider_s_region_where_nothing_else_is_said(cloud: Cloud, place: Place) -> None:
    made = cloud.create(Repository(), IMAGES, place)
    assert made.id == f"{PATH}/images"
    assert made.state["name"] == "images"
    assert made.state["registryUri"] == "europe-west1-docker.pkg.dev/acme-prod/images"
    assert made.state["mode"] == "STANDARD_REPOSITORY"


def test_needs_a_place(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match="location: required field is not set"):
        cloud.create(Repository(), IMAGES, Place(PROJECT))


def test_needs_its_api(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match=r"artifactregistry.googleapis.com has not been used"):
        cloud.create(Repository(), IMAGES, Place("acme-staging", "europe-west1"))


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({**IMAGES, "repositoryId": "Images"}, "repositoryId"),
        ({**IMAGES, "format": "HELM"}, "format"),
        ({**IMAGES, "mode": "REMOTE"}, "mode"),
        ({**IMAGES, "location": "europe-west1-b"}, "location"),
        (REMOTE, "remoteRepositoryConfig"),
        ({**IMAGES, "mode": "VIRTUAL_REPOSITORY"}, "virtualRepositoryConfig"),
        ({**IMAGES, "remoteRepositoryConfig": HUB}, "remoteRepositoryConfig"),
        ({**REMOTE, "remoteRepositoryConfig": {}}, "remoteRepositoryConfig"),
        ({**REMOTE, "remoteRepositoryConfig": {**HUB, "npmRepository": {}}}, "remoteRepositoryConfig"),
        (
            {**REMOTE, "remoteRepositoryConfig": {"npmRepository": {"publicRepository": "NPMJS"}}},
            "remoteRepositoryConfig.npmRepository",
        ),
        (
            {**REMOTE, "remoteRepositoryConfig": {"dockerRepository": {"publicRepository": "QUAY"}}},
            "remoteRepositoryConfig.dockerRepository.publicRepository",
        ),
        (
            {**REMOTE, "remoteRepositoryConfig": {"dockerRepository": {"customRepository": {"uri": "quay.io"}}}},
            "remoteRepositoryConfig.dockerRepository.customRepository.uri",
        ),
        (
            {**REMOTE, "remoteRepositoryConfig": {"commonRepository": {"uri": "quay.io"}}},
            "remoteRepositoryConfig.commonRepository.uri",
        ),
    ],
)
def test_what_google_would_not_take_is_a_problem(inputs: dict[str, Any], path: str) -> None:
    assert list(reasons(inputs)) == [path]


@pytest.mark.parametrize(
    "inputs",
    [
        {**IMAGES, "location": "europe"},
        {**IMAGES, "mode": UNKNOWN, "remoteRepositoryConfig": HUB},
        {**REMOTE, "remoteRepositoryConfig": HUB},
        {**REMOTE, "remoteRepositoryConfig": {"commonRepository": {"uri": "https://quay.io"}}},
        {**REMOTE, "remoteRepositoryConfig": UNKNOWN},
        {**IMAGES, "mode": "VIRTUAL_REPOSITORY", "virtualRepositoryConfig": {"upstreamPolicies": []}},
    ],
)
def test_what_google_takes_is_none(inputs: dict[str, Any]) -> None:
    assert reasons(inputs) == {}


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"id": "a", "action": "REMOVE"}, "action"),
        ({"id": "a", "action": "DELETE"}, "condition"),
        ({"id": "a", "action": "DELETE", "condition": {"olderThan": "a month"}}, "condition.olderThan"),
        ({"id": "a", "action": "DELETE", "condition": {}, "mostRecentVersions": {}}, "mostRecentVersions"),
    ],
)
def test_a_cleanup_policy_that_cannot_be_is_a_problem(policy: dict[str, Any], path: str) -> None:
    assert list(reasons({**IMAGES, "cleanupPolicies": [policy]})) == [f"cleanupPolicies[0].{path}"]


def test_cleanup_policies_have_different_names() -> None:
    policy = {"id": "keep", "action": "KEEP", "mostRecentVersions": {"keepCount": 10}}
    assert list(reasons({**IMAGES, "cleanupPolicies": [policy, policy]})) == ["cleanupPolicies[1].id"]
    other = {"id": "old", "action": "DELETE", "condition": {"olderThan": "30d", "tagState": "UNTAGGED"}}
    assert reasons({**IMAGES, "cleanupPolicies": [policy, other]}) == {}


def test_a_virtual_repository_is_of_those_that_exist(cloud: Cloud, place: Place) -> None:
    policies = {"upstreamPolicies": [{"id": "images", "repository": f"{PATH}/images", "priority": 1}]}
    inputs: dict[str, Any] = {"repositoryId": "all", "format": "DOCKER", "mode": "VIRTUAL_REPOSITORY"}
    inputs["virtualRepositoryConfig"] = policies
    with pytest.raises(Refusal, match=f"the Repository '{PATH}/images' does not exist"):
        cloud.create(Repository(), inputs, place)
    cloud.create(Repository(), IMAGES, place)
    assert cloud.create(Repository(), inputs, place).id == f"{PATH}/all"


class TestRoles:
    READER: ClassVar[dict[str, Any]] = {
        "repository": "images",
        "role": "roles/artifactregistry.reader",
        "member": "group:dev@example.com",
    }

    @pytest.mark.parametrize("repository", ["images", f"{PATH}/images"])
    def test_are_granted_on_a_repository(self, cloud: Cloud, place: Place, repository: str) -> None:
        inputs = {**self.READER, "repository": repository}
        with pytest.raises(Refusal, match=f"the Repository '{PATH}/images' does not exist"):
            cloud.create(RepositoryIamMember(), inputs, place)
        cloud.create(Repository(), IMAGES, place)
        made = cloud.create(RepositoryIamMember(), inputs, place)
        assert made.id == f"{PATH}/images/roles/artifactregistry.reader/group:dev@example.com"

    def test_are_those_of_artifact_registry(self) -> None:
        kind = RepositoryIamMember()
        assert kind.problems(self.READER) == []
        assert [each.path for each in kind.problems({**self.READER, "role": "roles/storage.objectViewer"})] == ["role"]
