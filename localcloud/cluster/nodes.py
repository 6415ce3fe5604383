"""Node objects, as a cloud's kubelets would have registered them."""

from typing import Any

from localcloud.cluster import NodePool

SIZE_LABEL = "node.kubernetes.io/instance-type"

_REGION = "europe-west1"
_ZONE = f"{_REGION}-b"
_PODS_A_NODE = 110  # GKE's default maximum.


def manifests(pool: NodePool) -> list[dict[str, Any]]:
    """One Node a machine of `pool`, named ``node-1`` and on."""
    return [_manifest(f"node-{number}", pool) for number in range(1, pool.count + 1)]


def _manifest(name: str, pool: NodePool) -> dict[str, Any]:
    machine = pool.machine
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/arch": "arm64" if machine.name.startswith("t2a") else "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                SIZE_LABEL: machine.name,
                "topology.kubernetes.io/region": _REGION,
                "topology.kubernetes.io/zone": _ZONE,
            },
        },
        "status": {
            "capacity": _resources(machine.cpu * 1000, machine.memory),
            "allocatable": _resources(machine.allocatable_cpu, machine.allocatable_memory),
        },
    }


def _resources(cpu: int, memory: int) -> dict[str, str]:
    return {
        "cpu": f"{cpu}m",
        "memory": f"{memory}Mi",
        "ephemeral-storage": "94Gi",
        "pods": str(_PODS_A_NODE),
    }
