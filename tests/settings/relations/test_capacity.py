"""Whether a node can hold each pod, and what all of them can have together."""

from typing import Any

import pytest

from localcloud.cluster.machine_types import machine_type
from settings import PROJECT, parse
from settings.capacity import node_size, nodes_size
from settings.sections import ClusterSettings
from tests.settings.stack_files import GOOGLE, IMAGE, KINDS, LEAST, PLACE, one, only_problem, refusal, shop

NODE = machine_type("e2-standard-2")
CPU, MEMORY = NODE.allocatable_cpu, NODE.allocatable_memory

# What makes a pod of exactly `cpu` thousandths and `memory` Mi, in each way that Kubernetes counts.
PODS: list[Any] = [
    pytest.param(lambda cpu, memory: {"cpu": f"{cpu}m", "memory": f"{memory}Mi"}, id="main"),
    pytest.param(
        lambda cpu, memory: {
            "cpu": f"{cpu - 150}m",
            "memory": f"{memory - 300}Mi",
            "sidecars": {"a": {"cpu": "100m", "memory": "200Mi"}, "b": {"cpu": "50m", "memory": "100Mi"}},
        },
        id="sidecars",
    ),
    pytest.param(
        lambda cpu, memory: {
            "initContainers": {"a": {"cpu": "1m"}, "b": {"cpu": f"{cpu}m", "memory": f"{memory}Mi"}, "c": {}}
        },
        id="before",
    ),
    pytest.param(
        lambda cpu, memory: {
            "sidecars": {"a": {"cpu": "100m", "memory": "200Mi"}},
            "initContainers": {"b": {"cpu": f"{cpu - 100}m", "memory": f"{memory - 200}Mi"}},
        },
        id="before and sidecars",
    ),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pod", PODS)
def test_a_pod_may_be_as_large_as_a_node_and_no_larger(kind: str, pod: Any) -> None:
    assert parse(one(kind, **pod(CPU, MEMORY)), "test").workloads()
    problem, remedy = only_problem(refusal(one(kind, **pod(CPU + 1, MEMORY))))
    assert problem == (
        f"{PROJECT}:{kind}.one.cpu makes pods of {CPU + 1}m, and a node of e2-standard-2 has {CPU}m for all its pods"
    )
    assert "choose a larger `cluster.machineType`" in remedy
    problem, _ = only_problem(refusal(one(kind, **pod(CPU, MEMORY + 1))))
    assert problem == (
        f"{PROJECT}:{kind}.one.memory makes pods of {MEMORY + 1}Mi, "
        f"and a node of e2-standard-2 has {MEMORY}Mi for all its pods"
    )


def test_what_is_shown_of_a_pod_that_is_hardly_too_large_is_more_than_a_node_has() -> None:
    assert f"memory makes pods of {MEMORY + 1}Mi, and a node" in refusal(shop(memory=f"{MEMORY}.5Mi"))


def test_the_main_container_begins_when_those_before_it_have_ended() -> None:
    half = {"cpu": f"{CPU // 2 + 1}m", "memory": f"{MEMORY // 2 + 1}Mi"}
    assert parse(shop(**half, initContainers={"a": half, "b": half}), "test").services


def test_a_limit_of_memory_is_what_a_node_has_at_most() -> None:
    assert parse(shop(memoryLimit=f"{MEMORY}Mi"), "test").services
    problem, remedy = only_problem(refusal(shop(memoryLimit=f"{MEMORY + 1}Mi")))
    assert problem == (
        f"{PROJECT}:services.shop.memoryLimit is '{MEMORY + 1}Mi', "
        f"and a node of e2-standard-2 has {MEMORY}Mi for all its pods"
    )
    assert remedy == "  Remedy: lower it, or choose a larger `cluster.machineType`"


def test_a_limit_of_cpu_may_be_more_than_a_node_has() -> None:
    assert parse(shop(cpuLimit="64"), "test").services["shop"].cpu_limit == "64"


def test_a_larger_machine_holds_what_a_smaller_one_does_not() -> None:
    large = shop(memory=f"{MEMORY + 1}Mi")
    assert parse(large | {"cluster": {"nodes": 1, "machineType": "e2-standard-4"}}, "test").services


@pytest.mark.parametrize("cluster", [2, {"nodes": 2}, {"nodes": 2, "machineType": "huge"}])
def test_of_a_cluster_that_is_wrong_only_that_is_told(cluster: object) -> None:
    problem, _ = only_problem(refusal(shop(memory="1000Gi") | {"cluster": cluster}))
    assert problem.startswith(f"{PROJECT}:cluster")


@pytest.mark.parametrize(("kind", "replicas"), [("services", 5), ("workers", 5)], ids=["services", "workers"])
def test_all_pods_together_may_be_as_large_as_all_nodes_and_no_larger(kind: str, replicas: int) -> None:
    nodes = {"cluster": {"nodes": 2, "machineType": "e2-standard-2"}}
    half = {"cpu": f"{2 * CPU // replicas}m", "memory": f"{2 * MEMORY // replicas}Mi", "replicas": replicas}
    assert parse(one(kind, **half) | nodes, "test").workloads()
    problem, remedy = only_problem(refusal(one(kind, **half | {"memory": f"{2 * MEMORY // replicas + 1}Mi"}) | nodes))
    assert problem == (
        f"{PROJECT}:cluster has {2 * MEMORY}Mi of memory on all nodes, "
        f"and services and workers reserve {(2 * MEMORY // replicas + 1) * replicas}Mi"
    )
    assert remedy == "  Remedy: add `nodes`, choose a larger `machineType`, or ask for less"
    problem, _ = only_problem(refusal(one(kind, **half | {"cpu": f"{2 * CPU // replicas + 1}m"}) | nodes))
    assert "m of cpu on all nodes, and services and workers reserve " in problem


def test_pods_of_services_and_workers_count_together_with_all_that_is_in_them() -> None:
    third = {"image": IMAGE, "memory": f"{MEMORY // 2}Mi", "sidecars": {"a": {"memory": f"{MEMORY // 2}Mi"}}}
    config = {"services": {"a": third, "b": third}, "workers": {"c": third}}
    assert f"{PROJECT}:cluster has {2 * MEMORY}Mi of memory" in refusal(LEAST | config)
    assert parse(LEAST | config | {"cluster": {"nodes": 3, "machineType": "e2-standard-2"}}, "test").workloads()


def test_a_regional_cluster_holds_three_times_as_much() -> None:
    large = {"services": {"shop": {"image": IMAGE, "memory": f"{MEMORY - 100}Mi", "replicas": 6}}}
    assert f"{PROJECT}:cluster has" in refusal(GOOGLE | large)
    assert parse(GOOGLE | large | {"google": PLACE | {"regional": True}}, "test").services


def test_what_is_there_for_a_time_alone_does_not_count() -> None:
    large = {"image": IMAGE, "memory": f"{MEMORY}Mi"}
    assert parse(LEAST | {"jobs": {f"job-{number}": large for number in range(3)}}, "test").jobs


def test_all_services_together_may_reserve_what_all_nodes_have() -> None:
    quota = {"cpu": f"{2 * CPU}m", "memory": f"{2 * MEMORY}Mi"}
    assert parse(LEAST, "test").services_quota() == quota
    assert parse(GOOGLE, "test").services_quota() == quota


def test_a_regional_cluster_has_its_nodes_in_three_zones() -> None:
    regional = GOOGLE | {"google": PLACE | {"regional": True}}
    assert parse(regional, "test").services_quota() == {"cpu": f"{6 * CPU}m", "memory": f"{6 * MEMORY}Mi"}


def test_one_container_may_have_what_one_node_has() -> None:
    assert parse(LEAST, "test").largest_memory() == f"{MEMORY}Mi"


def test_a_tenant_may_reserve_what_one_node_has_unless_its_quota_says_otherwise() -> None:
    tenants = {"small": {"quota": {"cpu": "500m", "memory": "1Gi"}}, "other": {}}
    read = parse(LEAST | {"tenants": tenants}, "test")
    assert read.tenant_quota("small") == {"cpu": "500m", "memory": "1Gi"}
    assert read.tenant_quota("other") == {"cpu": f"{CPU}m", "memory": f"{MEMORY}Mi"}


@pytest.mark.parametrize(
    ("quota", "place", "what"),
    [
        ({"cpu": "1"}, "quota.memory", "is missing"),
        ({"memory": "1Gi"}, "quota.cpu", "is missing"),
        ({"cpu": "1Gi", "memory": "1Gi"}, 'quota.cpu ("1Gi")', "is not an amount of CPU"),
        ({"cpu": "1", "memory": "1"}, 'quota.memory ("1")', "is not an amount of memory"),
        ({"cpu": "1", "memory": "1Gi", "pods": 3}, "quota.pods", "is not a known key"),
        ("1Gi", 'quota ("1Gi")', "is not keys with values"),
    ],
)
def test_a_quota_that_is_none_is_refused(quota: object, place: str, what: str) -> None:
    problem, _ = only_problem(refusal(LEAST | {"tenants": {"orders": {"quota": quota}}}))
    assert problem.startswith(f"{PROJECT}:tenants.orders.{place} {what}")


def test_nodes_have_together_what_each_has() -> None:
    cluster = ClusterSettings.model_validate({"nodes": 3, "machineType": "e2-standard-2"})
    assert node_size(cluster) == nodes_size(cluster, 1) == {"cpu": f"{CPU}m", "memory": f"{MEMORY}Mi"}
    assert nodes_size(cluster, 3) == {"cpu": f"{3 * CPU}m", "memory": f"{3 * MEMORY}Mi"}
