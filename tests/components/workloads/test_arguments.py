"""The arguments that workloads of every kind have."""

import math
from typing import Any

import pytest
from web_platform import NodeAgent, ScheduledJob, WebService, Worker
from web_platform.workloads.arguments import resource_faults

from tests.components.workloads.pods import DIGEST, IMAGE, MORE, Workload, controller, refusal, shop

COMMON: list[tuple[dict[str, Any], str]] = [
    ({"image": None}, "image is missing"),
    ({"namespace": None}, "namespace is missing"),
    ({"image": 1}, "image is a number, which is not text"),
    ({"image": "ghcr.io/acme/shop"}, "image has neither tag nor digest"),
    ({"image": "ghcr.io/acme/shop:latest"}, "image has the tag 'latest'"),
    ({"image": "ghcr.io/acme/Shop:1"}, "image has upper-case letters"),
    ({"image": "https://ghcr.io/acme/shop:1"}, "image is not an image reference"),
    ({"command": "run"}, "command is text, which is not a list"),
    ({"arguments": [1]}, "arguments[0] is a number, which is not text"),
    ({"environment": {"log-level": "debug"}}, "environment 'log-level' is not a name"),
    ({"environment": {"A": 1}}, "environment.A is a number, which is not text"),
    ({"secret_environment": {"api-key": "k"}}, "secret_environment 'api-key' is not a name"),
    ({"environment": {"A": "1"}, "secret_environment": {"A": "2"}}, "secret_environment 'A' is in environment too"),
    ({"environment_from": {"maps": ["a"]}}, "environment_from.maps is not a known key"),
    ({"environment_from": {"secrets": "a"}}, "environment_from.secrets is text, which is not a list"),
    ({"files": {"a": ""}}, "files 'a' is not a path"),
    ({"secret_files": {"a": ""}}, "secret_files 'a' is not a path"),
    ({"scratch": {"cache": "1Gi"}}, "scratch 'cache' is not a path"),
    ({"scratch": {"/": "1Gi"}}, "scratch '/' is not a path"),
    ({"scratch": {"/cache": "much"}}, "scratch '/cache' is 'much', which is no size"),
    ({"scratch": {"/cache": 1}}, "scratch./cache is a number, which is not text"),
    ({"network_paths": [{"port": 1}]}, "network_paths[0].cidr is missing"),
    ({"network_paths": {"cidr": "10.0.0.1/32"}}, "network_paths is keys with values, which is not a list"),
    ({"internet": "yes"}, "internet is 'yes', which is not true or false"),
    ({"cpu": "128Mi"}, "cpu is not an amount of CPU"),
    ({"cpu": 1}, "cpu is a number, which is not text"),
    ({"cpu_limit": "128Mi"}, "cpu_limit is not an amount of CPU"),
    ({"cpu": "1", "cpu_limit": "999m"}, "cpu_limit is '999m', less than the '1' of `cpu` that is reserved"),
    ({"cpu_limit": "99m"}, "cpu_limit is '99m', less than the '100m' of `cpu` that is reserved"),
    ({"memory": "128m"}, "memory is not an amount of memory"),
    ({"memory_limit": "128"}, "memory_limit is not an amount of memory"),
    ({"memory": "1Gi", "memory_limit": "1023Mi"}, "memory_limit is '1023Mi', less than the '1Gi' of `memory`"),
    ({"memory_limit": "127Mi"}, "memory_limit is '127Mi', less than the '128Mi' of `memory` that is reserved"),
    ({"user": 0}, "user is 0"),
    ({"user": -1}, "user is -1"),
    ({"user": 2**31}, "user is 2147483648"),
    ({"user": "nobody"}, "user is 'nobody', which is not a whole number"),
    ({"shutdown_seconds": 0}, "shutdown_seconds is 0"),
    ({"shutdown_seconds": 3601}, "shutdown_seconds is 3601"),
    ({"sidecars": {"A": {}}}, "sidecars.A is not a name"),
    ({"sidecars": ["a"]}, "sidecars is a list, which is not keys with values"),
    ({"init_containers": {"main": {}}}, "init_containers.main is the name of another container"),
    ({"service_account_token": 1}, "service_account_token is 1, which is not true or false"),
    ({"pod_spec": ["a"]}, "pod_spec is a list, which is not keys with values"),
    ({"pod_spec": {"tolerations": "Exists"}}, "pod_spec.tolerations is text, which is not a list"),
    ({"enviroment": {}}, "enviroment is not a known key"),
]
"""Changes that every kind of workload refuses."""

TEMPORARY = "/tmp"  # noqa: S108 - inside a container


@pytest.mark.parametrize("kind", MORE)
@pytest.mark.parametrize(("change", "message"), COMMON)
def test_what_would_not_work_is_refused_by_every_kind_of_workload(
    kind: Workload, change: dict[str, Any], message: str
) -> None:
    assert refusal(kind, **change).startswith(message)


@pytest.mark.parametrize("kind", MORE)
@pytest.mark.parametrize(
    "change",
    [
        {"image": f"ghcr.io/acme/shop@{DIGEST}"},
        {"command": [], "arguments": []},
        {"environment": {"A": ""}, "secret_environment": {"B": ""}},
        {"environment_from": {"config_maps": ["a"], "secrets": []}},
        {"scratch": {"/var/cache": "4Mi"}},
        {"network_paths": [], "internet": False},
        {"cpu": "1", "cpu_limit": "1000m", "memory": "1Gi", "memory_limit": "1024Mi"},
        {"cpu_limit": None, "memory_limit": None},
        {"user": 1},
        {"user": 2**31 - 1},
        {"shutdown_seconds": 1},
        {"shutdown_seconds": 3600},
        {"pod_spec": {}},
    ],
)
def test_the_bounds_themselves_and_what_is_empty_are_accepted(kind: Workload, change: dict[str, Any]) -> None:
    assert controller(shop(kind, **change))


def test_a_refusal_says_what_is_wrong_the_danger_and_the_remedy() -> None:
    assert refusal(Worker, cpu="1", cpu_limit="500m") == (
        "cpu_limit is '500m', less than the '1' of `cpu` that is reserved.\n"
        "  Danger: the API server would refuse the pods, and nothing new would start\n"
        "  Remedy: raise it to '1' or more, or lower `cpu`"
    )
    assert refusal(Worker, enviroment={}).endswith("Remedy: did you mean 'environment'?")


def test_a_secret_is_not_told_by_the_message_that_refuses_it() -> None:
    message = refusal(Worker, secret_environment={"api-key": "hunter2"}, secret_files={"etc": "swordfish"})
    assert "hunter2" not in message
    assert "swordfish" not in message


@pytest.mark.parametrize(
    "change",
    [
        {"files": {"/var/cache/a": ""}, "scratch": {"/var/cache": "8Mi"}},
        {"files": {"/var/cache": ""}, "scratch": {"/var/cache": "8Mi"}},
        {"secret_files": {"/var/cache/a/b": ""}, "scratch": {"/var/cache": "8Mi"}},
    ],
)
def test_files_are_not_put_into_scratch_directories(change: dict[str, Any]) -> None:
    message = refusal(Worker, **change)
    assert "files '/var/cache" in message
    assert " is in the place of `scratch '/var/cache'`" in message


@pytest.mark.parametrize("kind", ["files", "secret_files"])
def test_files_are_not_put_among_temporary_ones(kind: str) -> None:
    message = refusal(Worker, **{kind: {"/tmp/a": ""}})  # noqa: S108 - inside a container
    assert message.startswith(f"{kind} '/tmp/a' is in the place of `scratch`")


@pytest.mark.parametrize(
    "change",
    [
        {"files": {"/var/cached": ""}, "scratch": {"/var/cache": "8Mi"}},
        {"files": {"/tmpl": ""}},  # noqa: S108 - inside a container
        {"files": {"/var/a": ""}, "secret_files": {"/var/b": ""}, "scratch": {"/var/c": "8Mi"}},
    ],
)
def test_files_beside_scratch_directories_are_accepted(change: dict[str, Any]) -> None:
    assert controller(shop(Worker, **change))


@pytest.mark.parametrize("number", [1.5, True])
def test_what_is_no_whole_number_is_refused(number: object) -> None:
    assert refusal(Worker, replicas=number).startswith(f"replicas is {number!r}, which is not a whole number")


@pytest.mark.parametrize("number", [math.nan, math.inf, 1e300])
def test_what_is_no_number_that_anybody_reads_is_refused(number: float) -> None:
    assert refusal(Worker, replicas=number).startswith("replicas is a number that is too large, or none")


def test_several_faults_are_found_and_the_first_is_told() -> None:
    found = resource_faults({"cpu": "one", "memory_limit": "1Mi", "cpu_limit": "two"}, "quota.", "1", "8Mi")
    assert [field for field, _ in found] == ["quota.cpu", "quota.cpu_limit", "quota.memory_limit"]
    assert refusal(Worker, cpu="one", memory="much").startswith("cpu is not an amount")


def test_a_limit_is_compared_with_what_is_reserved_by_default() -> None:
    assert list(resource_faults({"cpu_limit": "100m"}, "", "100m", "128Mi")) == []
    assert [field for field, _ in resource_faults({"cpu_limit": "99m"}, "", "100m", "128Mi")] == ["cpu_limit"]


def test_a_tag_beside_a_digest_does_not_matter() -> None:
    assert controller(shop(Worker, image=f"{IMAGE}@{DIGEST}"))


@pytest.mark.parametrize(
    "change",
    [
        {"files": {TEMPORARY: ""}},
        {"files": {"/a": "", "/a/b": ""}},
        {"files": {"/a": ""}, "secret_files": {"/a/b": ""}},
        {"source_mount": {"node_path": "/s", "mount_path": TEMPORARY}},
        {"source_mount": {"node_path": "/s", "mount_path": "/a"}, "files": {"/a": ""}},
        {"source_mount": {"node_path": "/s", "mount_path": "/a"}, "scratch": {"/a": "8Mi"}},
    ],
)
def test_a_place_is_taken_once(change: dict[str, Any]) -> None:
    assert refusal(Worker, **change)


NO_NONE = (
    *("environment", "secret_environment", "environment_from", "files", "secret_files", "scratch", "network_paths"),
    *("cpu", "memory", "sidecars", "init_containers", "pod_spec", "user", "shutdown_seconds", "command", "internet"),
)


@pytest.mark.parametrize("kind", MORE)
@pytest.mark.parametrize("field", NO_NONE)
def test_none_is_no_value_of_what_has_a_default(kind: Workload, field: str) -> None:
    assert refusal(kind, **{field: None}).startswith(f"{field} is nothing, which is not")


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *((WebService, field) for field in ("port", "replicas", "callers", "liveness_path", "public_path")),
        *((ScheduledJob, field) for field in ("timeout_seconds", "retries", "time_zone", "concurrency", "suspended")),
        *((NodeAgent, field) for field in ("node_folders", "on_every_node")),
    ],
)
def test_none_is_no_value_of_what_one_kind_has(kind: Workload, field: str) -> None:
    assert refusal(kind, **{field: None}).startswith(f"{field} is nothing, which is not")


@pytest.mark.parametrize("kind", ["secret_environment", "secret_files"])
def test_a_secret_of_another_type_is_not_told_either(kind: str) -> None:
    message = refusal(Worker, **{kind: {"/PIN": 73645}})
    assert message.startswith(f"{kind}./PIN")
    assert "73645" not in message
