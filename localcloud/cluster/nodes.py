"""Node objects, as a cloud's kubelets would have registered them."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from localcloud.cluster import NodePool

DESCRIPTION = "localcloud/description"
"""Annotation: a digest of what the node was made from, by which a changed one is told from an unchanged one."""

# What Kubernetes itself uses in the ends of names: no vowels, so that no word comes about, and no 0, 1 or 3.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_NAMES = len(_ALPHABET) ** 4
# Shares no factor with `_NAMES`, so that no two nodes of a group have one name.
_STRIDE = 104_729
_NAME_PART = 21  # Of a cluster's and a pool's name each, so that a node's name is a DNS label.


def manifests(pools: Sequence[NodePool]) -> list[dict[str, Any]]:
    """One Node a machine of `pools`."""
    return [_manifest(name, zone, pool) for pool in pools for name, zone in _places(pool)]


def group(cluster: str, pool: str, zone: str) -> str:
    """The name of the group that GKE makes for a pool's machines in a zone, without its ending ``-grp``."""
    return f"gke-{cluster[:_NAME_PART]}-{pool[:_NAME_PART]}-{_digest(cluster, pool, zone):064x}"[: -64 + 8]


def region(zone: str) -> str:
    """The region that a zone is in."""
    return zone.rpartition("-")[0]


def _places(pool: NodePool) -> Iterator[tuple[str, str]]:
    """Name and zone of each node."""
    for zone_index, zone in enumerate(pool.zones):
        for index in range(pool.count):
            if pool.cluster is None:
                yield f"{pool.name}-{zone_index * pool.count + index + 1}", zone
            else:
                # Another machine type is another machine, and so another name.
                number = (_digest(pool.name, zone, pool.machine.name) + index * _STRIDE) % _NAMES
                yield f"{group(pool.cluster, pool.name, zone)}-{_letters(number)}", zone


def _manifest(name: str, zone: str, pool: NodePool) -> dict[str, Any]:
    machine = pool.machine
    manifest: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                **pool.labels,
                "kubernetes.io/arch": "arm64" if machine.name.startswith("t2a") else "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": machine.name,
                "topology.kubernetes.io/region": region(zone),
                "topology.kubernetes.io/zone": zone,
            },
        },
        "status": {
            "capacity": _resources(machine.cpu * 1000, machine.memory, pool.pods),
            "allocatable": _resources(machine.allocatable_cpu, machine.allocatable_memory, pool.pods),
        },
    }
    if pool.taints:
        taints = [{"key": each.key, "value": each.value, "effect": each.effect} for each in pool.taints]
        manifest["spec"] = {"taints": taints}
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    manifest["metadata"]["annotations"] = {DESCRIPTION: digest[:16]}
    return manifest


def _resources(cpu: int, memory: int, pods: int) -> dict[str, str]:
    return {
        "cpu": f"{cpu}m",
        "memory": f"{memory}Mi",
        "ephemeral-storage": "94Gi",
        "pods": str(pods),
    }


def _digest(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest())


def _letters(number: int) -> str:
    letters = ""
    for _ in range(4):
        number, position = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[position]
    return letters
