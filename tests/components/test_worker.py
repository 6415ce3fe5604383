"""Worker: pods that work by themselves."""

from typing import Any

import pytest
from web_platform import Worker

from tests.components.workloads.pods import (
    ACCOUNT,
    AUTOSCALER,
    BUDGET,
    CLAIM,
    DEPLOYMENT,
    LONGEST_NAME,
    METADATA,
    POLICY,
    SECRET,
    SERVICE,
    VOLUME,
    container,
    deployment_spec,
    make,
    pod,
    refusal,
    shop,
)
from tests.recording import Recording, declare

TYPE = "web-platform:index:Worker"


def worker(**change: Any) -> Recording:
    return shop(Worker, **change)


def test_a_worker_is_made_of_these_resources_and_has_no_address() -> None:
    recording = worker()
    assert recording.names() == [
        (DEPLOYMENT, "shop"),
        (ACCOUNT, "shop-account"),
        (POLICY, "shop-network"),
        (BUDGET, "shop-disruption-budget"),
        (TYPE, "shop"),
    ]
    assert recording.of_type(SERVICE) == {}
    assert recording.outputs_of(TYPE, "shop") == {"serviceAccount": "shop"}


def test_each_option_brings_its_resource() -> None:
    recording = worker(
        autoscaling={"maximum_replicas": 2},
        secret_environment={"A": "1"},
        source_mount={"node_path": "/sources/shop", "mount_path": "/app"},
    )
    assert {*recording.names()} - {*worker().names()} == {
        (AUTOSCALER, "shop-autoscaler"),
        (VOLUME, "shop-source-volume"),
        (CLAIM, "shop-source"),
        (SECRET, "shop-secrets"),
    }


def test_the_deployment_is_exactly_this() -> None:
    assert worker().one(DEPLOYMENT, "shop").inputs == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": METADATA,
        "spec": deployment_spec(),
    }


def test_a_process_that_hangs_is_restarted_where_there_is_a_command_to_tell() -> None:
    assert container(worker(liveness_command=["/app/alive", "--quick"]))["livenessProbe"] == {
        "exec": {"command": ["/app/alive", "--quick"]},
        "periodSeconds": 20,
        "failureThreshold": 3,
        "timeoutSeconds": 10,
    }


@pytest.mark.parametrize("change", [{}, {"liveness_command": []}])
def test_without_such_a_command_there_is_no_probe(change: dict[str, Any]) -> None:
    assert {"livenessProbe", "readinessProbe", "startupProbe"}.isdisjoint(container(worker(**change)))


def test_there_are_as_many_pods_as_asked() -> None:
    assert worker(replicas=3.0).one(DEPLOYMENT, "shop").inputs["spec"]["replicas"] == 3


def test_sources_are_run_instead_of_what_the_image_holds() -> None:
    mount = {"node_path": "/sources/shop", "mount_path": "/app", "arguments": ["--reload"]}
    made = container(worker(source_mount=mount, command=["/bin/shop"], liveness_command=["true"]))
    assert (made["command"], made["args"]) == (["/bin/shop"], ["--reload"])
    assert made["volumeMounts"][-1]["mountPath"] == "/app"
    assert made["livenessProbe"]["exec"] == {"command": ["true"]}


def test_raw_constraints_take_the_place_of_the_wish_to_be_apart() -> None:
    assert pod(worker(pod_spec={"topologySpreadConstraints": []}))["topologySpreadConstraints"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"port": 80}, "port is not a known key"),
        ({"replicas": 0}, "replicas is 0"),
        ({"replicas": 1001}, "replicas is 1001"),
        ({"autoscaling": {"maximum_replicas": 1}, "replicas": 2}, "autoscaling.maximum_replicas is 1, less than the 2"),
        ({"autoscaling": {"requests_per_second": 1}}, "autoscaling.requests_per_second is not a known key"),
        ({"liveness_command": "true"}, "liveness_command is text, which is not a list"),
        ({"source_mount": {"node_path": "/a", "mount_path": "app"}}, "source_mount.mount_path is not a path"),
        ({"source_mount": {"node_path": "/a"}}, "source_mount.mount_path is missing"),
        ({"image": "ghcr.io/acme/shop:latest"}, "image has the tag 'latest'"),
        ({"namespace": None}, "namespace is missing"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    assert refusal(Worker, **change).startswith(message)


@pytest.mark.parametrize("name", ["Shop", "1shop", "shop-", "web_shop", f"{LONGEST_NAME}a"])
def test_a_name_that_kubernetes_refuses_is_refused_before_it(name: str) -> None:
    assert refusal(Worker, name).startswith("name ")


def test_the_longest_name_is_accepted() -> None:
    assert list(declare(lambda: make(Worker, LONGEST_NAME)).of_type(DEPLOYMENT)) == [LONGEST_NAME]
