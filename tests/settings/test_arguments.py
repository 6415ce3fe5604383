"""What a stack file says of workloads, as the components take it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from web_platform import (
    NodeAgent,
    NodeAgentArgs,
    OneOffJob,
    OneOffJobArgs,
    ScheduledJob,
    ScheduledJobArgs,
    WebService,
    WebServiceArgs,
    Worker,
    WorkerArgs,
)

from settings import SettingsError, parse, worker_autoscaling_args, workload_args
from settings.fields import Encrypted
from settings.workloads import WORKLOADS, ContainerSettings, MigrationSettings, ServiceSettings
from tests.recording import Resource, declare
from tests.settings.stack_files import IMAGE, KINDS, LARGE, LEAST, one

COMPONENTS: dict[str, Any] = {
    "services": WebService,
    "workers": Worker,
    "scheduledJobs": ScheduledJob,
    "jobs": OneOffJob,
    "nodeAgents": NodeAgent,
}
# Without a route, some of what a stack file says of a service would be refused.
PUBLIC = {
    "public_host": "one.example.com",
    "gateway_namespace": "kong",
    "ingress_class": "kong",
    "issuer": "self-signed",
}


def declared(kind: str, arguments: dict[str, Any]) -> dict[str, Resource]:
    around = {"namespace": "services"} | (PUBLIC if kind == "services" else {})
    recording = declare(lambda: COMPONENTS[kind]("one", around | arguments))
    return {resource.urn: resource for resource in recording}


def defaults(section: type[BaseModel]) -> dict[str, Any]:
    """What a section has where nothing is said of it, in the words of a stack file."""
    optional = {str(info.alias): info.default for info in section.model_fields.values() if not info.is_required()}
    return {key: default for key, default in optional.items() if default is not None}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_stack_file_leaves_out_of_a_workload_is_what_the_component_would_choose(kind: str) -> None:
    section = WORKLOADS[kind]
    said = section.model_validate(KINDS[kind] | defaults(section))
    arguments: dict[str, Any] = {**workload_args(said, "services")}
    assert arguments.keys() > KINDS[kind].keys() | {"cpu", "user", "shutdown_seconds"}
    assert declared(kind, KINDS[kind]) == declared(kind, arguments)


def test_a_service_is_public_at_the_path_that_the_component_would_choose() -> None:
    path = ServiceSettings.model_validate(KINDS["services"]).path
    assert declared("services", KINDS["services"]) == declared("services", KINDS["services"] | {"public_path": path})


# What a component takes and a stack file does not say: it follows from what other sections say, and from the platform.
GIVEN = {"namespace", "environment_from", "network_paths"}
APART: dict[str, set[str]] = {
    "services": {
        *("callers", "source_mount", "consumers"),
        *("public_host", "public_path", "gateway_namespace", "ingress_class", "gateway_class", "issuer", "tls_secret"),
        *("service_plugins", "shared_plugins"),
    },
    "workers": {"source_mount"},
}
ARGUMENTS: dict[str, Any] = {
    "services": WebServiceArgs,
    "workers": WorkerArgs,
    "scheduledJobs": ScheduledJobArgs,
    "jobs": OneOffJobArgs,
    "nodeAgents": NodeAgentArgs,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_stack_file_can_say_whatever_a_component_takes(kind: str) -> None:
    written, _ = OF_ITS_OWN[kind]
    secrets = {"secretEnvironment": {"A": Encrypted()}, "secretFiles": {"/a": Encrypted()}}
    said = WORKLOADS[kind].model_validate(WRITTEN | written | secrets)
    arguments = workload_args(said, "services").keys() - {"namespace"}
    assert arguments == ARGUMENTS[kind].__annotations__.keys() - GIVEN - APART.get(kind, set())


@pytest.mark.parametrize(
    ("key", "many", "least", "section"),
    [
        ("sidecars", True, {}, ContainerSettings),
        ("initContainers", True, {}, ContainerSettings),
        ("migration", False, {"command": ["migrate"]}, MigrationSettings),
    ],
)
def test_what_is_left_out_inside_of_a_workload_is_what_the_component_would_choose(
    key: str, many: bool, least: dict[str, Any], section: type[BaseModel]
) -> None:
    def around(inside: dict[str, Any]) -> dict[str, Any]:
        service = ServiceSettings.model_validate({"image": IMAGE, key: {"other": inside} if many else inside})
        return {**workload_args(service, "services")}

    assert around(least) != around(least | defaults(section))
    assert declared("services", around(least)) == declared("services", around(least | defaults(section)))


WRITTEN: dict[str, Any] = {
    "image": IMAGE,
    "command": ["/bin/shop"],
    "arguments": ["--verbose"],
    "environment": {"LOG_LEVEL": "info"},
    "files": {"/etc/shop.yaml": "a: 1"},
    "scratch": {"/var/cache": "1Gi"},
    "internet": True,
    "cpu": "200m",
    "cpuLimit": "1",
    "memory": "256Mi",
    "memoryLimit": "512Mi",
    "user": 1000,
    "shutdownSeconds": 5,
    "sidecars": {"proxy": {"image": "proxy:1", "sharesEnvironment": True}},
    "initContainers": {"check": {"command": ["check"], "environment": {"A": "b"}}},
    "serviceAccountToken": True,
    "podSpec": {"dnsConfig": {"options": [{"name": "ndots", "value": None}]}},
}
READ: dict[str, Any] = {
    **{key: WRITTEN[key] for key in ("image", "command", "arguments", "environment", "files", "scratch", "internet")},
    "cpu": "200m",
    "cpu_limit": "1",
    "memory": "256Mi",
    "memory_limit": "512Mi",
    "user": 1000,
    "shutdown_seconds": 5,
    "sidecars": {"proxy": {"image": "proxy:1", "shares_environment": True}},
    "init_containers": {"check": {"command": ["check"], "environment": {"A": "b"}}},
    "service_account_token": True,
    "pod_spec": WRITTEN["podSpec"],
    "namespace": "services",
}
OF_ITS_OWN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "services": (
        {
            "port": 80,
            "replicas": 2,
            "autoscaling": {"maximumReplicas": 3, "requestsPerSecond": 10, "cpuPercent": None},
            "livenessPath": "/live",
            "readinessPath": "/ready",
            "startupSeconds": 5,
            "migration": {"command": ["migrate"], "retries": 1},
            "plugins": {"rate-limiting": {"minute": 60}},
        },
        {
            "port": 80,
            "replicas": 2,
            "autoscaling": {"maximum_replicas": 3, "requests_per_second": 10},
            "liveness_path": "/live",
            "readiness_path": "/ready",
            "startup_seconds": 5,
            "migration": {"command": ["migrate"], "retries": 1},
            "plugins": {"rate_limiting": {"minute": 60}},
        },
    ),
    "workers": (
        {"replicas": 2, "autoscaling": {"maximumReplicas": 3}, "livenessCommand": ["true"]},
        {"replicas": 2, "autoscaling": {"maximum_replicas": 3}, "liveness_command": ["true"]},
    ),
    "scheduledJobs": (
        {
            "schedule": "@daily",
            "timeZone": "Europe/Berlin",
            "concurrency": "Replace",
            "startWithinSeconds": 60,
            "keepSucceeded": 1,
            "keepFailed": 2,
            "suspended": True,
            "timeoutSeconds": 60,
            "retries": 0,
        },
        {
            "schedule": "@daily",
            "time_zone": "Europe/Berlin",
            "concurrency": "Replace",
            "start_within_seconds": 60,
            "keep_succeeded": 1,
            "keep_failed": 2,
            "suspended": True,
            "timeout_seconds": 60,
            "retries": 0,
        },
    ),
    "jobs": ({"timeoutSeconds": 60, "retries": 0}, {"timeout_seconds": 60, "retries": 0}),
    "nodeAgents": (
        {"nodeFolders": {"/host": "/"}, "onEveryNode": False},
        {"node_folders": {"/host": "/"}, "on_every_node": False},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_stack_file_says_reaches_the_component_as_it_is(kind: str) -> None:
    written, read = OF_ITS_OWN[kind]
    config = one(kind, **WRITTEN, **written)
    arguments: dict[str, Any] = {**workload_args(parse(config, "test").workloads()["one"], "services")}
    assert arguments == READ | read
    assert declared(kind, arguments)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_for_others_to_say_is_no_argument(kind: str) -> None:
    config = one(kind, calls=["shop"], database=True, publishes=["orders"])
    config["services"] = config["services"] | LEAST["services"]
    config["topics"] = {"orders": {}}
    arguments = workload_args(parse(config, "test").workloads()["one"], "services")
    assert arguments == KINDS[kind] | {"namespace": "services"}


def test_an_autoscaler_of_messages_goes_by_the_subscriptions_of_its_worker() -> None:
    scaling = {"maximumReplicas": 3, "messages": 100}
    orders: dict[str, Any] = {"topics": {"orders": {}}}
    worker = parse(one("workers", autoscaling=scaling, subscribes=["orders"]) | orders, "test").workers["one"]
    expected = {"maximum_replicas": 3, "messages": 100, "subscriptions": ["projects/p/subscriptions/orders-one"]}
    assert worker_autoscaling_args(worker, ["projects/p/subscriptions/orders-one"]) == expected


def test_an_autoscaler_without_messages_is_told_of_no_subscription() -> None:
    worker = parse(one("workers", autoscaling={"maximumReplicas": 3}), "test").workers["one"]
    assert worker_autoscaling_args(worker, ["x"]) == {"maximum_replicas": 3}
    assert worker_autoscaling_args(parse(one("workers"), "test").workers["one"], ["x"]) is None


IDENTIFIERS = st.from_regex(r"[a-z]([-a-z0-9]{0,10}[a-z0-9])?", fullmatch=True)
VARIABLES = st.dictionaries(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True), st.text(max_size=5), max_size=3
)
PATHS = st.from_regex(r"(/[A-Za-z0-9._-]{1,8}){1,3}", fullmatch=True)
CPU = st.sampled_from(["1m", "100m", "0.5", "1"])
MEMORY = st.sampled_from(["4Mi", "100M", "64Mi", "0.5Gi"])
WORDS = st.lists(st.text(max_size=5), min_size=1, max_size=2)
CONTAINER = st.fixed_dictionaries(
    {},
    optional={
        "image": st.just("proxy:1"),
        "command": WORDS,
        "arguments": WORDS,
        "environment": VARIABLES,
        "sharesEnvironment": st.booleans(),
        "cpu": CPU,
        "memory": MEMORY,
    },
)
POD: dict[str, st.SearchStrategy[Any]] = {
    "command": WORDS,
    "arguments": WORDS,
    "environment": VARIABLES,
    "files": st.dictionaries(PATHS, st.text(max_size=5), max_size=3),
    "scratch": st.dictionaries(PATHS, MEMORY, max_size=3),
    "internet": st.booleans(),
    "cpu": CPU,
    "cpuLimit": CPU | st.none(),
    "memory": MEMORY,
    "memoryLimit": MEMORY | st.none(),
    "user": st.integers(min_value=1, max_value=2**31 - 1),
    "shutdownSeconds": st.integers(1, 3600),
    "sidecars": st.dictionaries(IDENTIFIERS, CONTAINER, max_size=2),
    "initContainers": st.dictionaries(IDENTIFIERS, CONTAINER, max_size=2),
    "serviceAccountToken": st.booleans(),
    "podSpec": st.sampled_from([{}, {"priorityClassName": "high"}, {"containers": [{"name": "main", "tty": True}]}]),
}
REPLICAS = st.integers(1, 100)
AUTOSCALING = st.fixed_dictionaries(
    {"maximumReplicas": REPLICAS}, optional={"cpuPercent": st.integers(1, 1000), "memoryPercent": st.integers(1, 1000)}
)
JOB = {"timeoutSeconds": st.integers(1, 86_400), "retries": st.integers(0, 20)}
FIELDS = st.integers(0, 60).map(str) | st.sampled_from(["*", "*/5", "1-5", "1,2", "mon", "jan"])
KEYS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "services": {
        "port": st.integers(1, 65_535),
        "replicas": REPLICAS,
        "autoscaling": AUTOSCALING | st.none(),
        "startupSeconds": st.integers(1, 3600),
        "migration": st.fixed_dictionaries({}, optional={"command": WORDS, "arguments": WORDS, **JOB}) | st.none(),
    },
    "workers": {"replicas": REPLICAS, "autoscaling": AUTOSCALING | st.none(), "livenessCommand": WORDS},
    "scheduledJobs": JOB
    | {
        "schedule": st.lists(FIELDS, min_size=5, max_size=5).map(" ".join) | st.just("@daily"),
        "timeZone": st.sampled_from(["Europe/Berlin", "Etc/UTC", "UTC"]),
        "concurrency": st.sampled_from(["Forbid", "Replace", "Allow"]),
        "startWithinSeconds": st.integers(10, 86_400),
        "keepSucceeded": st.integers(0, 100),
        "keepFailed": st.integers(1, 100),
        "suspended": st.booleans(),
    },
    "jobs": JOB,
    "nodeAgents": {
        "nodeFolders": st.dictionaries(PATHS, PATHS | st.just("/"), max_size=3),
        "onEveryNode": st.booleans(),
    },
}


@given(
    st.sampled_from(list(KINDS)).flatmap(
        lambda k: st.tuples(st.just(k), st.fixed_dictionaries({}, optional=POD | KEYS[k]))
    )
)
def test_what_a_stack_file_may_say_the_component_accepts(example: tuple[str, dict[str, Any]]) -> None:
    kind, said = example
    try:
        read = parse(one(kind, **said) | LARGE, "test")
    except SettingsError:
        return
    assert declared(kind, {**workload_args(read.workloads()["one"], "services")})
