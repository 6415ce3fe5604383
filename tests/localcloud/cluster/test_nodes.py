"""Node objects of pools."""

from dataclasses import replace

import pytest

from localcloud.cluster import NodePool, Taint
from localcloud.cluster.machine_types import machine_type
from localcloud.cluster.nodes import DESCRIPTION, group, manifests

MACHINE = machine_type("e2-standard-2")
GKE = NodePool(2, MACHINE, name="main", cluster="web", zones=("europe-west1-b", "europe-west1-c"))


def _names(*pools: NodePool) -> list[str]:
    return [manifest["metadata"]["name"] for manifest in manifests(pools)]


def test_a_node_is_as_a_kubelet_would_have_registered_it() -> None:
    pool = NodePool(1, MACHINE, labels={"team": "web"}, taints=(Taint("only", "web", "NoSchedule"),), pods=32)
    [node] = manifests([pool])
    assert set(node["metadata"].pop("annotations")) == {DESCRIPTION}
    sizes = {"ephemeral-storage": "94Gi", "pods": "32"}
    assert node == {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": "node-1",
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": "node-1",
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": "e2-standard-2",
                "team": "web",
                "topology.kubernetes.io/region": "europe-west1",
                "topology.kubernetes.io/zone": "europe-west1-b",
            },
        },
        "spec": {"taints": [{"key": "only", "value": "web", "effect": "NoSchedule"}]},
        "status": {
            "capacity": {"cpu": "2000m", "memory": "8192Mi", **sizes},
            "allocatable": {"cpu": "1930m", "memory": f"{MACHINE.allocatable_memory}Mi", **sizes},
        },
    }


def test_nodes_of_no_gke_cluster_are_counted() -> None:
    assert _names(NodePool(2, MACHINE)) == ["node-1", "node-2"]
    assert _names(NodePool(2, MACHINE, zones=("europe-west1-b", "europe-west1-c"))) == [
        f"node-{n}" for n in range(1, 5)
    ]


def test_nodes_of_gke_are_named_after_cluster_pool_and_group() -> None:
    names = _names(GKE)
    groups = [group("web", "main", zone) for zone in GKE.zones]
    assert [name.rpartition("-")[0] for name in names] == [groups[0]] * 2 + [groups[1]] * 2
    assert all(len(name.rpartition("-")[2]) == 4 for name in names)
    assert groups[0].startswith("gke-web-main-")
    assert len(groups[0]) == len("gke-web-main-") + 8
    assert _names(GKE) == names


def test_a_larger_pool_keeps_the_nodes_that_it_had() -> None:
    zone = replace(GKE, zones=("europe-west1-b",))
    assert _names(replace(zone, count=5))[:2] == _names(zone)
    assert set(_names(zone)) < set(_names(GKE))


def test_other_machines_are_other_nodes() -> None:
    assert not set(_names(GKE)) & set(_names(replace(GKE, machine=machine_type("e2-standard-4"))))


def test_no_two_of_many_nodes_have_one_name() -> None:
    names = _names(replace(GKE, count=1000))
    assert len(set(names)) == len(names) == 2000


def test_the_longest_names_make_a_node_whose_name_is_a_label() -> None:
    [name] = _names(NodePool(1, MACHINE, name="p" * 40, cluster="c" * 40))
    assert len(name) <= 63


@pytest.mark.parametrize(
    "other",
    [
        replace(GKE, labels={"team": "web"}),
        replace(GKE, taints=(Taint("a", "", "NoSchedule"),)),
        replace(GKE, pods=32),
    ],
)
def test_a_changed_node_is_told_from_an_unchanged_one(other: NodePool) -> None:
    def described(pool: NodePool) -> list[str]:
        return [manifest["metadata"]["annotations"][DESCRIPTION] for manifest in manifests([pool])]

    assert described(other) != described(GKE)
    assert _names(other) == _names(GKE)
