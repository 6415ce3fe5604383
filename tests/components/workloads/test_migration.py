"""What happens to a service's data before a new version of it runs."""

from typing import Any

import pytest
from web_platform import WebService

from tests.components.workloads.pods import (
    ACCOUNT,
    DEPLOYMENT,
    JOB,
    LABELS,
    POLICY,
    SERVICE,
    main_container,
    pod,
    pod_spec,
    refusal,
    shop,
)
from tests.recording import Recording

MIGRATE = {"command": ["/app/manage", "migrate"]}


def migrated(**change: Any) -> Recording:
    return shop(WebService, **{"migration": MIGRATE, **change})


def job(**change: Any) -> dict[str, Any]:
    spec: dict[str, Any] = migrated(**change).one(JOB, "shop-migration").inputs["spec"]
    return spec


def migrating(**change: Any) -> dict[str, Any]:
    """The container of a migration."""
    (only,) = job(**change)["template"]["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def test_a_migration_is_exactly_this_job_without_a_name_of_its_own() -> None:
    labels = LABELS | {"app.kubernetes.io/name": "shop-migration"}
    container = main_container(command=["/app/manage", "migrate"])
    assert migrated().one(JOB, "shop-migration").inputs == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "namespace": "services",
            "labels": labels,
            "annotations": {"pulumi.com/replaceUnready": "true"},
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": 300,
            "template": {
                "metadata": {"labels": labels},
                "spec": pod_spec(containers=[container], restartPolicy="Never"),
            },
        },
    }


def test_it_is_neither_served_nor_probed_nor_drained() -> None:
    assert {"ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"}.isdisjoint(migrating())


def test_it_has_the_services_image_configuration_and_size() -> None:
    change: dict[str, Any] = {
        "image": "ghcr.io/acme/shop:1.4.3",
        "environment": {"A": "1"},
        "secret_environment": {"B": "2"},
        "files": {"/c": "3"},
        "secret_files": {"/d": "4"},
        "scratch": {"/e": "8Mi"},
        "memory": "1Gi",
        "sidecars": {"proxy": {}},
        "user": 1234,
    }
    recording = migrated(**change)
    task = recording.one(JOB, "shop-migration").inputs["spec"]["template"]["spec"]
    own = {"ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"}
    serving = {key: value for key, value in pod(recording)["containers"][0].items() if key not in own}
    assert task["containers"] == [serving | {"command": ["/app/manage", "migrate"]}]
    same = ("serviceAccountName", "securityContext", "volumes", "initContainers", "automountServiceAccountToken")
    assert {key: task[key] for key in same} == {key: pod(recording)[key] for key in same}


def test_arguments_alone_are_for_the_images_entry_point() -> None:
    made = migrating(migration={"arguments": ["migrate"]})
    assert made["args"] == ["migrate"]
    assert "command" not in made


def test_command_and_arguments_are_both_its_own() -> None:
    made = migrating(command=["/app/serve"], arguments=["--fast"], migration={"command": ["a"], "arguments": ["b"]})
    assert (made["command"], made["args"]) == (["a"], ["b"])


def test_time_and_tries_are_as_asked() -> None:
    made = job(migration={**MIGRATE, "timeout_seconds": 30.0, "retries": 3.0})
    assert (made["activeDeadlineSeconds"], made["backoffLimit"]) == (30, 3)


def test_pods_of_a_new_version_wait_for_it_and_nothing_else_does() -> None:
    recording = migrated()
    urn = recording.one(JOB, "shop-migration").urn
    waiting = {resource.type for resource in recording if urn in resource.depends_on}
    assert waiting == {DEPLOYMENT}


def test_it_waits_for_its_account_and_its_policy() -> None:
    recording = migrated()
    waits = recording.one(JOB, "shop-migration").depends_on
    assert {recording.one(ACCOUNT, "shop-account").urn, recording.one(POLICY, "shop-network").urn} <= waits
    assert recording.one(SERVICE, "shop-service").urn not in waits


@pytest.mark.parametrize("change", [{}, {"migration": None}])
def test_without_one_nothing_runs_before(change: dict[str, Any]) -> None:
    recording = shop(WebService, **change)
    assert recording.of_type(JOB) == {}
    assert recording.one(POLICY, "shop-network").inputs["spec"]["podSelector"] == {
        "matchLabels": {"app.kubernetes.io/name": "shop"}
    }


@pytest.mark.parametrize(
    ("migration", "message"),
    [
        ({}, "command is missing, and so is arguments"),
        ({"command": []}, "command is missing, and so is arguments"),
        ({"arguments": []}, "command is missing, and so is arguments"),
        ({"command": "migrate"}, "command is text, which is not a list"),
        ({**MIGRATE, "timeout_seconds": 0}, "timeout_seconds is 0"),
        ({**MIGRATE, "timeout_seconds": 86401}, "timeout_seconds is 86401"),
        ({**MIGRATE, "retries": -1}, "retries is -1"),
        ({**MIGRATE, "retries": 21}, "retries is 21"),
        ({**MIGRATE, "timeout": 1}, "timeout is not a known key"),
    ],
)
def test_a_migration_that_would_not_end_is_refused(migration: dict[str, Any], message: str) -> None:
    assert refusal(WebService, migration=migration).startswith(f"migration.{message}")


@pytest.mark.parametrize(
    ("migration", "parts"),
    [({"command": ["migrate"]}, {"command": ["migrate"]}), ({"arguments": ["migrate"]}, {"args": ["migrate"]})],
)
def test_nothing_of_what_serves_is_left_in_what_migrates(migration: Any, parts: dict[str, Any]) -> None:
    recording = shop(WebService, command=["/app/serve"], arguments=["--port=1"], migration=migration)
    (made,) = recording.one(JOB, "shop-migration").inputs["spec"]["template"]["spec"]["containers"]
    assert {key: made[key] for key in ("command", "args") if key in made} == parts


def test_raw_parts_are_laid_over_a_migration_too() -> None:
    raw = {"imagePullSecrets": [{"name": "registry"}]}
    recording = shop(WebService, pod_spec=raw, migration={"command": ["migrate"]})
    task = recording.one(JOB, "shop-migration").inputs["spec"]["template"]["spec"]
    assert task["imagePullSecrets"] == raw["imagePullSecrets"]
