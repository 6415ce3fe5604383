"""A folder of sources in pods."""

from typing import Any

import pytest
from web_platform import WebService, Worker

from tests.components.resource_options import options_of
from tests.components.workloads.pods import (
    CLAIM,
    LABELS,
    LONGEST_NAME,
    TEMPORARY_MOUNT,
    TEMPORARY_VOLUME,
    VOLUME,
    Workload,
    arguments,
    container,
    controller,
    make,
    pod,
    refusal,
    shop,
)
from tests.recording import declare

MOUNT: dict[str, Any] = {"node_path": "/sources/shop", "mount_path": "/app"}

every_mounted = pytest.mark.parametrize("workload", [WebService, Worker])


@every_mounted
def test_the_volume_is_the_folder_of_the_nodes_and_kept_for_one_claim(workload: Workload) -> None:
    assert shop(workload, source_mount=MOUNT).one(VOLUME, "shop-source-volume").inputs == {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"labels": LABELS},
        "spec": {
            "storageClassName": "",
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadOnlyMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": "/sources/shop", "type": "Directory"},
            "claimRef": {"namespace": "services", "name": "shop-source"},
        },
    }


@every_mounted
def test_the_claim_is_for_that_volume_alone(workload: Workload) -> None:
    recording = shop(workload, source_mount=MOUNT)
    claim = recording.one(CLAIM, "shop-source")
    assert claim.inputs["metadata"] == {"name": "shop-source", "namespace": "services", "labels": LABELS}
    assert claim.inputs["spec"] | {"volumeName": ""} == {
        "storageClassName": "",
        # The volume's, which only a real cluster gives it.
        "volumeName": "",
        "accessModes": ["ReadOnlyMany"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    assert recording.one(VOLUME, "shop-source-volume").urn in claim.depends_on


@every_mounted
def test_pods_have_the_folder_by_the_claim_and_cannot_write_to_it(workload: Workload) -> None:
    recording = shop(workload, source_mount=MOUNT)
    claim = {"claimName": "shop-source", "readOnly": True}
    assert pod(recording)["volumes"] == [TEMPORARY_VOLUME, {"name": "source", "persistentVolumeClaim": claim}]
    assert container(recording)["volumeMounts"] == [
        TEMPORARY_MOUNT,
        {"name": "source", "mountPath": "/app", "readOnly": True},
    ]
    assert "hostPath" not in str(controller(recording).inputs), "the restricted Pod Security Standard forbids it"
    assert recording.one(CLAIM, "shop-source").urn in controller(recording).depends_on


@every_mounted
@pytest.mark.parametrize("change", [{}, {"source_mount": None}])
def test_without_one_pods_run_what_their_image_holds(workload: Workload, change: dict[str, Any]) -> None:
    recording = shop(workload, **change)
    assert recording.of_type(VOLUME) == recording.of_type(CLAIM) == {}
    assert controller(recording).inputs == controller(shop(workload)).inputs


@every_mounted
@pytest.mark.parametrize(
    ("wanted", "command", "args"),
    [
        ({}, ["/bin/shop"], ["--fast"]),
        ({"command": ["reload"]}, ["reload"], ["--fast"]),
        ({"arguments": ["--watch"]}, ["/bin/shop"], ["--watch"]),
        ({"command": ["reload"], "arguments": []}, ["reload"], []),
    ],
)
def test_what_runs_the_sources_takes_the_place_of_what_runs_otherwise(
    workload: Workload, wanted: dict[str, Any], command: list[str], args: list[str]
) -> None:
    recording = shop(workload, command=["/bin/shop"], arguments=["--fast"], source_mount={**MOUNT, **wanted})
    assert (container(recording)["command"], container(recording)["args"]) == (command, args)


def test_containers_beside_the_main_one_do_not_have_the_folder() -> None:
    (sidecar,) = pod(shop(Worker, source_mount=MOUNT, sidecars={"proxy": {}}))["initContainers"]
    assert sidecar["volumeMounts"] == [TEMPORARY_MOUNT]


@pytest.mark.parametrize(("type_", "name"), [(VOLUME, "shop-source-volume"), (CLAIM, "shop-source")])
def test_another_folder_takes_the_place_of_the_one_before(type_: str, name: str) -> None:
    def component(opts: Any) -> None:
        Worker("shop", arguments(Worker, source_mount=MOUNT), opts)  # type: ignore[arg-type]

    assert options_of(component)[type_, name].delete_before_replace is True


def test_the_longest_name_is_accepted() -> None:
    recording = declare(lambda: make(Worker, LONGEST_NAME, source_mount=MOUNT))
    assert recording.one(CLAIM, f"{LONGEST_NAME}-source").inputs["metadata"]["name"] == f"{LONGEST_NAME}-source"


@every_mounted
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"node_path": "sources"}, "node_path is not a path"),
        ({"node_path": "/"}, "node_path is not a path"),
        ({"node_path": "/sources/../etc"}, "node_path is not a path"),
        ({"mount_path": "/app/"}, "mount_path is not a path"),
        ({"mount_path": "/"}, "mount_path is not a path"),
        ({"mount_path": None}, "mount_path is missing"),
        ({"command": "reload"}, "command is text, which is not a list"),
        ({"path": "/app"}, "path is not a known key"),
    ],
)
def test_a_folder_that_could_not_be_mounted_is_refused(
    workload: Workload, change: dict[str, Any], message: str
) -> None:
    assert refusal(workload, source_mount={**MOUNT, **change}).startswith(f"source_mount.{message}")


@every_mounted
@pytest.mark.parametrize("missing", ["node_path", "mount_path"])
def test_both_ends_of_a_mount_are_needed(workload: Workload, missing: str) -> None:
    half = {key: value for key, value in MOUNT.items() if key != missing}
    assert refusal(workload, source_mount=half).startswith(f"source_mount.{missing} is missing")
