"""Workloads in a stack file: what is left out of each kind, and what is refused of it."""

from typing import Any

import pytest
from pulumi import Output
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

from settings import parse, worker_autoscaling_args, workload_args
from settings.workloads import (
    WORKLOADS,
    ContainerSettings,
    MigrationSettings,
    ServiceSettings,
)
from tests.recording import Resource, declare
from tests.settings.stack_files import IMAGE, KINDS, LEAST, one, shop

PODS = {
    "database": False,
    "publishes": [],
    "subscribes": [],
    "datasets": [],
    "buckets": [],
    "roles": [],
    "image": IMAGE,
    "command": None,
    "arguments": None,
    "environment": {},
    "secret_environment": {},
    "files": {},
    "secret_files": {},
    "scratch": {},
    "calls": [],
    "internet": False,
    "cpu": "100m",
    "cpu_limit": None,
    "memory": "128Mi",
    "memory_limit": None,
    "user": 65532,
    "shutdown_seconds": 25,
    "sidecars": {},
    "init_containers": {},
    "service_account_token": False,
    "pod_spec": {},
}
OF_JOBS = {"timeout_seconds": 600, "retries": 2}
DEFAULTS: dict[str, dict[str, Any]] = {
    "services": {
        "public": True,
        "host": None,
        "path": "/",
        "port": 8080,
        "replicas": 1,
        "autoscaling": None,
        "liveness_path": "/healthz",
        "readiness_path": "/readyz",
        "startup_seconds": 60,
        "migration": None,
        "source_mount": None,
        "admits": [],
        "plugins": {},
        "consumers": [],
    },
    "workers": {"replicas": 1, "autoscaling": None, "liveness_command": [], "source_mount": None},
    "scheduledJobs": OF_JOBS
    | {
        "schedule": "30 4 * * *",
        "time_zone": "Etc/UTC",
        "concurrency": "Forbid",
        "start_within_seconds": 300,
        "keep_succeeded": 3,
        "keep_failed": 3,
        "suspended": False,
    },
    "jobs": OF_JOBS,
    "nodeAgents": {"node_folders": {}, "on_every_node": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_least_of_each_kind_gets_safe_defaults(kind: str) -> None:
    assert parse(one(kind), "test").workloads()["one"].model_dump() == PODS | DEFAULTS[kind]


def test_the_least_of_a_tenant_gets_safe_defaults() -> None:
    needs = ("database", "publishes", "subscribes", "datasets", "buckets", "roles")
    (tenant,) = parse(LEAST | {"tenants": {"orders": {}}}, "test").tenants.values()
    assert tenant.model_dump() == {need: PODS[need] for need in needs} | {"quota": None, "hosts": []}


def test_what_is_in_a_workload_gets_safe_defaults() -> None:
    inside = {
        "autoscaling": {"maximumReplicas": 2},
        "migration": {"command": ["migrate"]},
        "sidecars": {"proxy": {}},
        "sourceMount": {"folder": "settings", "mountPath": "/app"},
    }
    read = parse(shop(**inside), "test").services["shop"].model_dump()
    no_command = {"command": None, "arguments": None}
    assert {key: read[key] for key in ("autoscaling", "migration", "sidecars", "source_mount")} == {
        "autoscaling": {
            "maximum_replicas": 2,
            "cpu_percent": None,
            "memory_percent": None,
            "requests_per_second": None,
        },
        "migration": {"command": ["migrate"], "arguments": None, "timeout_seconds": 300, "retries": 0},
        "sidecars": {
            "proxy": no_command
            | {"image": None, "environment": {}, "shares_environment": False, "cpu": "20m", "memory": "64Mi"}
        },
        "source_mount": no_command | {"folder": "settings", "mount_path": "/app"},
    }


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
    secrets = {"secretEnvironment": {"A": Output.secret("b")}, "secretFiles": {"/a": Output.secret("b")}}
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
