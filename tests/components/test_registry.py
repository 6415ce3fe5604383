"""Registry: repositories for images and charts, mirrors, clean-up, readers and writers."""

from typing import Any

import pytest
from web_platform.errors import ArgumentError
from web_platform.registry import Registry, RegistryArgs

from tests.recording import Recording, declare

TYPE = "web-platform:index:Registry"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
GRANT = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
HOST = "europe-west1-docker.pkg.dev/acme-prod"


def registry(name: str = "registry", **args: Any) -> Recording:
    arguments: RegistryArgs = {"project": "acme-prod", "location": "europe-west1", **args}  # type: ignore[typeddict-item]
    return declare(lambda: Registry(name, arguments))


def cleanup(tag_state: str, older_than: str, kept: int) -> list[dict[str, Any]]:
    return [
        {"id": "delete-old", "action": "DELETE", "condition": {"tagState": tag_state, "olderThan": older_than}},
        {"id": "keep-newest", "action": "KEEP", "mostRecentVersions": {"keepCount": kept}},
    ]


def test_a_registry_is_made_of_these_resources() -> None:
    recording = registry(readers={"nodes": "serviceAccount:nodes@acme-prod.iam.gserviceaccount.com"})
    repositories = ["registry", *(f"registry-{key}" for key in ("charts", "docker-hub", "ghcr", "k8s", "quay"))]
    assert sorted((resource.ancestry, resource.name) for resource in recording) == [
        (TYPE, "registry"),
        *((f"{TYPE}${REPOSITORY}", name) for name in repositories),
        *sorted((f"{TYPE}${GRANT}", f"{name}-reader-nodes") for name in repositories),
    ]


def test_images_have_immutable_tags_and_a_clean_up() -> None:
    assert registry().one(REPOSITORY, "registry").inputs == {
        "project": "acme-prod",
        "location": "europe-west1",
        "repositoryId": "registry",
        "format": "DOCKER",
        "description": "Images",
        "mode": "STANDARD_REPOSITORY",
        "dockerConfig": {"immutableTags": True},
        "vulnerabilityScanningConfig": {"enablementConfig": "INHERITED"},
        "cleanupPolicies": cleanup("UNTAGGED", "1209600s", 10),
        "cleanupPolicyDryRun": False,
    }


def test_charts_have_a_repository_of_their_own_like_the_images() -> None:
    recording = registry()
    images = recording.one(REPOSITORY, "registry").inputs
    charts = recording.one(REPOSITORY, "registry-charts").inputs
    assert charts == images | {"repositoryId": "registry-charts", "description": "Helm charts"}


def test_a_mirror_copies_from_its_upstream_and_forgets_by_age() -> None:
    assert registry().one(REPOSITORY, "registry-ghcr").inputs == {
        "project": "acme-prod",
        "location": "europe-west1",
        "repositoryId": "registry-ghcr",
        "format": "DOCKER",
        "description": "Copies from https://ghcr.io",
        "mode": "REMOTE_REPOSITORY",
        "remoteRepositoryConfig": {"commonRepository": {"uri": "https://ghcr.io"}},
        "vulnerabilityScanningConfig": {"enablementConfig": "INHERITED"},
        "cleanupPolicies": cleanup("ANY", "7776000s", 10),
        "cleanupPolicyDryRun": False,
    }


def test_mirrors_are_of_the_registries_that_nearly_all_images_come_from() -> None:
    made = registry().of_type(REPOSITORY)
    assert {
        name: repository.inputs["remoteRepositoryConfig"]["commonRepository"]["uri"]
        for name, repository in made.items()
        if repository.inputs["mode"] == "REMOTE_REPOSITORY"
    } == {
        "registry-docker-hub": "https://registry-1.docker.io",
        "registry-ghcr": "https://ghcr.io",
        "registry-quay": "https://quay.io",
        "registry-k8s": "https://registry.k8s.io",
    }


def test_mirrors_of_the_callers_own_go_instead_of_these() -> None:
    recording = registry(mirrors={"elastic": "https://docker.elastic.co"})
    assert sorted(recording.of_type(REPOSITORY)) == ["registry", "registry-charts", "registry-elastic"]
    assert recording.outputs_of(TYPE, "registry")["mirrors"] == {"elastic": f"{HOST}/registry-elastic"}


def test_without_mirrors_there_are_the_two_repositories_alone() -> None:
    recording = registry(mirrors={})
    assert sorted(recording.of_type(REPOSITORY)) == ["registry", "registry-charts"]
    assert recording.outputs_of(TYPE, "registry")["mirrors"] == {}


def test_how_much_is_kept_is_the_callers_choice_even_as_a_float() -> None:
    made = registry(kept_versions=3.0, untagged_days=1.0).of_type(REPOSITORY)
    assert made["registry"].inputs["cleanupPolicies"] == cleanup("UNTAGGED", "86400s", 3)
    assert made["registry-quay"].inputs["cleanupPolicies"] == cleanup("ANY", "7776000s", 3)


def test_a_reader_may_pull_from_each_repository_and_do_nothing_else() -> None:
    made = registry(readers={"nodes": "serviceAccount:nodes@x"}, mirrors={"quay": "https://quay.io"}).of_type(GRANT)
    assert {name: grant.inputs for name, grant in made.items()} == {
        f"{repository}-reader-nodes": {
            "project": "acme-prod",
            "location": "europe-west1",
            "repository": repository,
            "role": "roles/artifactregistry.reader",
            "member": "serviceAccount:nodes@x",
        }
        for repository in ("registry", "registry-charts", "registry-quay")
    }


def test_a_writer_may_push_images_and_nothing_to_charts_and_mirrors() -> None:
    made = registry(writers={"orders": "serviceAccount:deploy-orders@x"}).of_type(GRANT)
    assert {name: grant.inputs for name, grant in made.items()} == {
        "registry-writer-orders": {
            "project": "acme-prod",
            "location": "europe-west1",
            "repository": "registry",
            "role": "roles/artifactregistry.writer",
            "member": "serviceAccount:deploy-orders@x",
        }
    }


def test_nobody_may_read_or_push_unless_named() -> None:
    assert registry().of_type(GRANT) == {}


def test_the_outputs_are_what_to_push_to_and_pull_from() -> None:
    assert registry(mirrors={"quay": "https://quay.io"}).outputs_of(TYPE, "registry") == {
        "images": f"{HOST}/registry",
        "charts": f"oci://{HOST}/registry-charts",
        "mirrors": {"quay": f"{HOST}/registry-quay"},
    }


def test_a_long_name_is_cut_to_what_google_allows() -> None:
    made = registry("r" * 60, mirrors={}).of_type(REPOSITORY)
    identifiers = [repository.inputs["repositoryId"] for repository in made.values()]
    assert sorted(len(identifier) for identifier in identifiers) == [60, 63]


def test_a_multi_region_is_a_location_too() -> None:
    assert registry(location="europe").one(REPOSITORY, "registry").inputs["location"] == "europe"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"location": "europe-west1-b"}, r"location is 'europe-west1-b', which is a zone"),
        ({"kept_versions": 0}, r"kept_versions is 0\.\n  Danger: the clean-up could delete the version that runs"),
        ({"untagged_days": 36501}, r"untagged_days is 36501\."),
        ({"kept_versions": 2**31}, r"kept_versions is 2147483648\."),
        ({"untagged_days": 0}, r"untagged_days is 0\."),
        ({"mirrors": {"charts": "https://ghcr.io"}}, r"mirrors 'charts' has the name of the repository for charts"),
        ({"mirrors": {"GHCR": "https://ghcr.io"}}, r"mirrors 'GHCR' is not a name that Google accepts"),
        ({"mirrors": {"ghcr": "ghcr.io"}}, r"mirrors 'ghcr' is 'ghcr\.io', which is not the address of a registry"),
        ({"mirrors": {"ghcr": "http://ghcr.io"}}, r"mirrors 'ghcr' is 'http://ghcr\.io', which"),
        ({"mirrors": {"ghcr": "https://ghcr.io/"}}, r"mirrors 'ghcr' is 'https://ghcr\.io/', which"),
        ({"reader": {}}, r"reader is not a known key\.\n.*\n.*did you mean 'readers'\?"),
        ({"project": None}, r"project is missing"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Registry 'registry': {message}"):
        registry(**change)


def test_a_name_that_google_refuses_is_refused_before() -> None:
    with pytest.raises(ArgumentError, match=r"^Registry 'my_registry': name is not a name that Google accepts"):
        registry("my_registry")
