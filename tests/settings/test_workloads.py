"""Workloads in a stack file: what is left out of each kind, and what is refused of it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import PROJECT, SettingsError, parse
from settings.fields import Encrypted
from settings.workloads import WORKLOADS
from tests.settings.stack_files import IMAGE, KINDS, LARGE, LEAST, one, only_problem, refusal, shop

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
    of_its_own: dict[str, object] = {"quota": None, "hosts": [], "deployers": []}
    assert tenant.model_dump() == {need: PODS[need] for need in needs} | of_its_own


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


WRONG_PODS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"image": "shop"}, 'image ("shop")', "has neither tag nor digest", "add the tag"),
    ({"image": "shop:latest"}, 'image ("shop:latest")', "has the tag 'latest'", "name the tag"),
    ({"cpu": "1", "cpuLimit": "0.5"}, "cpuLimit", "is '0.5', less than the '1' of `cpu`", "raise it to '1'"),
    ({"memory": "1Gi", "memoryLimit": "1000Mi"}, "memoryLimit", "less than the '1Gi' of `memory`", "raise it to '1Gi'"),
    ({"cpuLimit": "99m"}, "cpuLimit", "is '99m', less than the '100m' of `cpu`", "or lower `cpu`"),
    ({"environment": {"A-B": "x"}}, 'environment.A-B ("A-B")', "is not a name for an environment", "use letters"),
    ({"secretEnvironment": {"1A": Encrypted()}}, "secretEnvironment.1A", "is not a name for an environment", "letters"),
    ({"environment": {"PORT": 80}}, "environment.PORT (80)", "is not text", "quote"),
    (
        {"environment": {"my_key": "x"}, "secretEnvironment": {"my_key": Encrypted()}},
        "secretEnvironment.my_key",
        "is in environment too",
        "leave it out of one",
    ),
    ({"files": {"etc/x": ""}}, 'files.etc/x ("etc/x")', "is not a path that something can be mounted at", "begin with"),
    ({"files": {"/a/../b": ""}}, "files./a/../b", "is not a path", "do not end"),
    ({"secretFiles": {"/a/": Encrypted()}}, "secretFiles./a/", "is not a path", "do not end"),
    ({"files": {"/tmp/my_file": ""}}, "files./tmp/my_file", "is in the place of", ""),  # noqa: S108
    ({"files": {f"/{'x' * 254}": ""}}, f"files./{'x' * 254}", "is longer than what Kubernetes", "shorten"),
    ({"scratch": {"/var_x": "1"}}, 'scratch./var_x ("1")', "which is no size of a directory", "unit"),
    ({"cpu": "1Gi"}, 'cpu ("1Gi")', "is not an amount of CPU", "write cores"),
    ({"memory": "128m"}, 'memory ("128m")', "is not an amount of memory", "'128Mi'"),
    ({"user": 0}, "user (0)", "is less than 1", "write 1 or more"),
    ({"shutdownSeconds": 3601}, "shutdownSeconds (3601)", "is more than 3600", "write 3600 or less"),
    ({"command": "serve"}, 'command ("serve")', "is not a list", "between [ and ]"),
    ({"arguments": [8080]}, "arguments.0 (8080)", "is not text", "quote"),
    ({"internet": "yes"}, 'internet ("yes")', "is neither true nor false", "without quotes"),
    ({"sidecars": {"my_proxy": {}}}, "sidecars.my_proxy", "is not a name that Kubernetes accepts for a", "hyphens"),
    ({"sidecars": {"main": {}}}, "sidecars.main", "is the name of another container", "another name"),
    (
        {"sidecars": {"a": {}}, "initContainers": {"a": {}}},
        "initContainers.a",
        "is the name of another container",
        "another name",
    ),
    ({"sidecars": {"a": {"image": "x"}}}, 'sidecars.a.image ("x")', "has neither tag nor digest", "add the tag"),
    ({"sidecars": {"a": {"cpuLimit": "1"}}}, "sidecars.a.cpuLimit", "is not a known key", "use one of: arguments"),
    ({"initContainers": {"a": None}}, "initContainers.a (null)", "is not keys with values", "write `key: value`"),
    ({"podSpec": []}, "podSpec ([])", "is not keys with values", "write `key: value`"),
    ({"comand": ["x"]}, "comand", "is not a known key", "did you mean 'command'?"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("changes", "place", "what", "remedy"), WRONG_PODS)
def test_what_is_wrong_with_pods_is_said_of_each_kind_with_place_danger_and_remedy(
    kind: str, changes: dict[str, Any], place: str, what: str, remedy: str
) -> None:
    _refused(one(kind, **changes), f"{kind}.one.{place}", what, remedy)


@pytest.mark.parametrize(
    ("kind", "changes", "place", "what", "remedy"),
    [
        *(
            (kind, {"replicas": 3, "autoscaling": {"maximumReplicas": 2}}, "autoscaling.maximumReplicas", what, remedy)
            for kind in ("services", "workers")
            for what, remedy in [("is 2, less than the 3 of `replicas`", "raise it to 3 or more, or lower `replicas`")]
        ),
        ("services", {"autoscaling": {}}, "autoscaling.maximumReplicas", "is missing", "add it: Most pods"),
        (
            "services",
            {"autoscaling": {"maximumReplicas": 2, "cpuPercent": 0}},
            "autoscaling.cpuPercent (0)",
            "is less than 1",
            "1 or more",
        ),
        (
            "services",
            {"autoscaling": {"maximumReplicas": 2, "messages": 1}},
            "autoscaling.messages",
            "is not a known key",
            "use one of",
        ),
        (
            "services",
            {"autoscaling": {"maximumReplicas": 2, "requestsPerSecond": 1_000_001}},
            "autoscaling.requestsPerSecond",
            "is 1000001",
            "from 1 to 1000000",
        ),
        (
            "workers",
            {"autoscaling": {"maximumReplicas": 2, "messages": 1}},
            "subscribes",
            "is missing, though the other",
            "both",
        ),
        ("services", {"migration": {}}, "migration.command", "is missing, and so is arguments", "pass the command"),
        ("services", {"migration": {"command": ["x"], "retries": 21}}, "migration.retries (21)", "is more than 20", ""),
        ("services", {"startupSeconds": 0}, "startupSeconds (0)", "is less than 1", "1 or more"),
        ("services", {"sourceMount": {"folder": "x"}}, "sourceMount.mountPath", "is missing", "add it: Where"),
        (
            "workers",
            {"sourceMount": {"folder": "x", "mountPath": "app"}},
            'sourceMount.mountPath ("app")',
            "is not a path",
            "begin with '/'",
        ),
        ("workers", {"port": 80}, "port", "is not a known key", ""),
        ("workers", {"livenessCommand": "true"}, 'livenessCommand ("true")', "is not a list", "between [ and ]"),
        ("scheduledJobs", {"schedule": None}, "schedule (null)", "is not text", "write text"),
        ("scheduledJobs", {"schedule": "* * * *"}, "schedule", "which has 4 fields of 5", "write minute, hour"),
        ("scheduledJobs", {"schedule": "61 * * * *"}, "schedule", "whose minute '61' is nothing from", "write minute"),
        ("scheduledJobs", {"schedule": "@reboot"}, "schedule", "is '@reboot', which is no word of cron", "use one of"),
        ("scheduledJobs", {"schedule": "0 0 31 2 *"}, "schedule", "a day that no month has", "write minute, hour"),
        ("scheduledJobs", {"schedule": "TZ=UTC * * * * *"}, "schedule", "names a time zone", "as the time zone"),
        ("scheduledJobs", {"timeZone": "Mars/Olympus"}, "timeZone", "is 'Mars/Olympus', which is no time", "IANA's"),
        ("scheduledJobs", {"timeZone": "localtime"}, "timeZone", "is 'localtime', which is no time zone", "IANA's"),
        ("scheduledJobs", {"concurrency": "forbid"}, "concurrency", "is not 'Forbid', 'Replace' or", "one of them"),
        ("scheduledJobs", {"startWithinSeconds": 9}, "startWithinSeconds (9)", "is less than 10", "10 or more"),
        ("scheduledJobs", {"keepFailed": 0}, "keepFailed (0)", "is less than 1", "1 or more"),
        ("jobs", {"timeoutSeconds": 86_401}, "timeoutSeconds (86401)", "is more than 86400", "86400 or less"),
        ("jobs", {"schedule": "@daily"}, "schedule", "is not a known key", ""),
        ("nodeAgents", {"nodeFolders": {"/my_x": "y"}}, "nodeFolders./my_x", "is not a path", "begin with '/'"),
        (
            "nodeAgents",
            {"nodeFolders": {"/x_y": "/"}, "scratch": {"/x_y": "1Gi"}},
            "nodeFolders./x_y",
            "is in the place of",
            "",
        ),
    ],
)
def test_what_is_wrong_with_one_kind_is_said_with_place_danger_and_remedy(
    kind: str, changes: dict[str, Any], place: str, what: str, remedy: str
) -> None:
    _refused(one(kind, **changes), f"{kind}.one.{place}", what, remedy)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (shop(autoscaling={"maximumReplicas": 2, "requestsPerSecond": 5}, public=False), "no request comes through"),
        (
            shop(autoscaling={"maximumReplicas": 2, "requestsPerSecond": 5}) | {"gateway": {"gatewayApi": True}},
            "counts requests by HTTPRoutes under names of its own",
        ),
    ],
)
def test_requests_that_nobody_counts_scale_nothing(change: dict[str, Any], what: str) -> None:
    _refused(change, "services.shop.autoscaling.requestsPerSecond", what, "")
    assert parse(change | shop(autoscaling={"maximumReplicas": 2}), "test").services


@pytest.mark.parametrize("kind", [*KINDS, "tenants"])
@pytest.mark.parametrize(
    ("name", "what"), [("Shop", "is not a name that Kubernetes accepts"), ("s" * 47, "has 47 characters, of 46")]
)
def test_names_that_a_service_cannot_have_are_refused_of_each_kind(kind: str, name: str, what: str) -> None:
    _refused(LEAST | {kind: {name: KINDS.get(kind, {})}}, f"{kind}.{name}", what, "")


@pytest.mark.parametrize("kind", KINDS)
def test_the_longest_name_is_accepted_of_each_kind(kind: str) -> None:
    assert list(parse(one(kind, "s" * 46), "test").workloads()) == ["s" * 46]


def test_who_deploys_a_tenants_stack_is_named_by_address() -> None:
    account = "deploy-orders-test@acme-platform.iam.gserviceaccount.com"
    read = parse(LEAST | {"tenants": {"orders": {"deployers": [account]}}}, "test")
    assert read.tenants["orders"].deployers == [account]
    wrong = LEAST | {"tenants": {"orders": {"deployers": [account, "serviceAccount:" + account]}}}
    _refused(wrong, "tenants.orders.deployers.1", "is not the e-mail address of a Google account", "address alone")


def _refused(config: dict[str, Any], place: str, what: str, remedy: str) -> None:
    problem, cure = only_problem(refusal(config))
    assert problem.startswith(f"{PROJECT}:{place} ")
    assert what in problem
    assert remedy in cure


@given(
    st.sampled_from(list(KINDS)).flatmap(
        lambda kind: st.tuples(
            st.just(kind),
            st.dictionaries(
                st.sampled_from([str(info.alias) for info in WORKLOADS[kind].model_fields.values()]),
                st.recursive(
                    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
                    max_leaves=5,
                ),
                max_size=4,
            ),
        )
    )
)
def test_whatever_is_said_of_a_workload_is_accepted_or_refused_with_a_reason(
    example: tuple[str, dict[str, Any]],
) -> None:
    kind, said = example
    config = one(kind, **said) | LARGE
    try:
        read = parse(config, "test")
    except SettingsError:
        assert re.search(rf"\n{PROJECT}:{kind}\.one.*\n  Danger: .+\n  Remedy: .+", refusal(config))
    else:
        assert list(read.workloads()) == ["one"]
