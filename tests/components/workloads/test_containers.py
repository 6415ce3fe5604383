"""Containers beside the main one, and before it."""

from typing import Any

import pytest
from pulumi import Output
from web_platform import Worker
from web_platform.workloads.containers import pull_policy

from tests.components.workloads.pods import (
    CONTAINER_SECURITY,
    DIGEST,
    IMAGE,
    MORE,
    TEMPORARY_MOUNT,
    Workload,
    container,
    make,
    pod,
    refusal,
    shop,
    size,
)
from tests.recording import Recording, declare

# What each kind of container has beside what both have.
KINDS: dict[str, dict[str, Any]] = {"sidecars": {"restartPolicy": "Always"}, "init_containers": {}}
every_kind = pytest.mark.parametrize("kind", KINDS)


def beside(recording: Recording) -> dict[str, Any]:
    """The only container beside the main one."""
    (only,) = pod(recording)["initContainers"]
    assert isinstance(only, dict)
    return only


@every_kind
@pytest.mark.parametrize("workload", MORE)
def test_a_container_with_the_least_arguments_is_exactly_this(workload: Workload, kind: str) -> None:
    recording = shop(workload, **{kind: {"proxy": {}}})
    plain = {
        "name": "proxy",
        "image": IMAGE,
        "imagePullPolicy": "Always",
        "env": [],
        "resources": size("20m", "64Mi", "64Mi"),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [TEMPORARY_MOUNT],
    }
    assert beside(recording) == plain | KINDS[kind]
    assert container(recording) == container(shop(workload))


@every_kind
def test_without_any_there_is_no_list_of_them(kind: str) -> None:
    assert "initContainers" not in pod(shop(Worker))
    assert "initContainers" not in pod(shop(Worker, **{kind: {}}))


@every_kind
@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"image": "envoy:1.30.0"}, {"image": "envoy:1.30.0"}),
        ({"image": f"envoy@{DIGEST}"}, {"image": f"envoy@{DIGEST}", "imagePullPolicy": "IfNotPresent"}),
        ({"command": ["run"]}, {"command": ["run"]}),
        ({"arguments": ["--fast"]}, {"args": ["--fast"]}),
        ({"environment": {"B": "2", "A": "1"}}, {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}),
        ({"cpu": "1"}, {"resources": size("1", "64Mi", "64Mi")}),
        ({"memory": "1Gi"}, {"resources": size("20m", "1Gi", "64Mi")}),
        ({"shares_environment": False}, {}),
    ],
)
def test_each_option_changes_its_own_part_alone(kind: str, change: dict[str, Any], parts: dict[str, Any]) -> None:
    plain, changed = shop(Worker, **{kind: {"proxy": {}}}), shop(Worker, **{kind: {"proxy": change}})
    assert beside(changed) == beside(plain) | parts


@every_kind
def test_the_workloads_variables_are_shared_where_it_is_asked_for(kind: str) -> None:
    own = {"shares_environment": True, "environment": {"C": "3"}}
    recording = shop(Worker, environment={"A": "1"}, secret_environment={"B": "2"}, **{kind: {"proxy": own}})
    assert beside(recording)["env"] == [
        {"name": "C", "value": "3"},
        {"name": "A", "value": "1"},
        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "shop-secrets", "key": "B"}}},
    ]


@every_kind
def test_the_workloads_variables_and_files_are_not_shared_otherwise(kind: str) -> None:
    configuration: dict[str, Any] = {"environment": {"A": "1"}, "secret_environment": {"B": "2"}, "files": {"/c": "3"}}
    recording = shop(Worker, **configuration, **{kind: {"proxy": {}}})
    assert beside(recording) == beside(shop(Worker, **{kind: {"proxy": {}}}))


@every_kind
def test_scratch_directories_are_shared(kind: str) -> None:
    recording = shop(Worker, scratch={"/sockets": "8Mi"}, **{kind: {"proxy": {}}})
    assert beside(recording)["volumeMounts"] == container(recording)["volumeMounts"]
    assert [mount["mountPath"] for mount in beside(recording)["volumeMounts"]] == ["/sockets", "/tmp"]  # noqa: S108


def test_sidecars_start_before_what_runs_once_each_in_the_order_of_their_names() -> None:
    recording = shop(Worker, init_containers={"b": {}, "a": {}}, sidecars={"z": {}, "y": {}})
    started = [(each["name"], each.get("restartPolicy")) for each in pod(recording)["initContainers"]]
    assert started == [("y", "Always"), ("z", "Always"), ("a", None), ("b", None)]


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        (IMAGE, "Always"),
        (f"ghcr.io/acme/shop@{DIGEST}", "IfNotPresent"),
        (f"ghcr.io/acme/shop:1.4.2@{DIGEST}", "IfNotPresent"),
    ],
)
def test_a_tag_is_asked_for_at_each_start_and_a_digest_once_a_node(image: str, policy: str) -> None:
    assert pull_policy(image) == policy

    def program() -> None:
        make(Worker, sidecars={"proxy": {"image": Output.from_input(image)}})

    assert beside(declare(program))["imagePullPolicy"] == policy


@every_kind
@pytest.mark.parametrize("name", ["a", "0", "a-b", "a" * 63])
def test_a_name_that_kubernetes_accepts_is_accepted(kind: str, name: str) -> None:
    assert beside(shop(Worker, **{kind: {name: {}}}))["name"] == name


@every_kind
@pytest.mark.parametrize("name", ["", "A", "a_b", "a.b", "-a", "a-", "a\n", "a" * 64])
def test_a_name_that_kubernetes_refuses_is_refused_before_it(kind: str, name: str) -> None:
    message = refusal(Worker, **{kind: {name: {}}})
    assert message.startswith(f"{kind}.{repr(name)[1:-1]} is not a name that Kubernetes accepts for a container")


@every_kind
def test_the_name_of_the_main_container_is_taken(kind: str) -> None:
    message = refusal(Worker, **{kind: {"main": {}}})
    assert message.startswith(f"{kind}.main is the name of another container of the pod")


def test_a_name_is_taken_once() -> None:
    message = refusal(Worker, sidecars={"proxy": {}}, init_containers={"proxy": {}})
    assert message.startswith("init_containers.proxy is the name of another container of the pod")


@every_kind
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": "envoy"}, "image has neither tag nor digest"),
        ({"image": "envoy:latest"}, "image has the tag 'latest'"),
        ({"image": None}, "image is nothing, which is not text"),
        ({"environment": {"log-level": "debug"}}, "environment 'log-level' is not a name"),
        ({"environment": {"A": 1}}, "environment.A is a number, which is not text"),
        ({"cpu": "0"}, "cpu is not an amount of CPU"),
        ({"cpu": 1}, "cpu is a number, which is not text"),
        ({"memory": "64"}, "memory is not an amount of memory"),
        ({"command": "run"}, "command is text, which is not a list"),
        ({"shares_environment": "yes"}, "shares_environment is 'yes', which is not true or false"),
        ({"secret_environment": {}}, "secret_environment is not a known key"),
        ({"memory_limit": "1Gi"}, "memory_limit is not a known key"),
    ],
)
def test_a_container_that_would_not_start_is_refused(kind: str, change: dict[str, Any], message: str) -> None:
    assert refusal(Worker, **{kind: {"proxy": change}}).startswith(f"{kind}.proxy.{message}")


def test_a_variable_is_there_once() -> None:
    own = {"proxy": {"shares_environment": True, "environment": {"A": "own"}}}
    (made,) = pod(shop(Worker, environment={"A": "shared"}, sidecars=own))["initContainers"]
    assert made["env"] == [{"name": "A", "value": "own"}]
