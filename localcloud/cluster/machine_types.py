"""Google's machine types: what a node of each has, and what is left of it for pods.

Sizes: https://cloud.google.com/compute/docs/machine-resource. What GKE keeps for itself:
https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes.
"""

import re
from dataclasses import dataclass

from localcloud.errors import LocalCloudError

_GIB = 1024  # MiB

# Family -> shape -> memory in MiB a vCPU.
_SHAPES = {
    "e2": {"standard": 4 * _GIB, "highmem": 8 * _GIB, "highcpu": 1 * _GIB},
    "n1": {"standard": 3840, "highmem": 6656, "highcpu": 922},
    "n2": {"standard": 4 * _GIB, "highmem": 8 * _GIB, "highcpu": 1 * _GIB},
    "n2d": {"standard": 4 * _GIB, "highmem": 8 * _GIB, "highcpu": 1 * _GIB},
    "n4": {"standard": 4 * _GIB, "highmem": 8 * _GIB, "highcpu": 2 * _GIB},
    "c3": {"standard": 4 * _GIB, "highmem": 8 * _GIB, "highcpu": 2 * _GIB},
    "c3d": {"standard": 4 * _GIB, "highmem": 8 * _GIB, "highcpu": 2 * _GIB},
    "c4": {"standard": 3840, "highmem": 7936, "highcpu": 2 * _GIB},
    "t2d": {"standard": 4 * _GIB},
    "t2a": {"standard": 4 * _GIB},
}
_CPUS = {
    "e2": (2, 4, 8, 16, 32),
    "n1": (1, 2, 4, 8, 16, 32, 64, 96),
    "n2": (2, 4, 8, 16, 32, 48, 64, 80, 96, 128),
    "n2d": (2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224),
    "n4": (2, 4, 8, 16, 32, 48, 64, 80),
    "c3": (4, 8, 22, 44, 88, 176),
    "c3d": (4, 8, 16, 30, 60, 90, 180, 360),
    "c4": (2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288),
    "t2d": (1, 2, 4, 8, 16, 32, 48, 60),
    "t2a": (1, 2, 4, 8, 16, 32, 48),
}
# Shared-core types offer two vCPUs, of which GKE keeps 1060 millicores.
_SHARED_CORE = {"e2-micro": 1 * _GIB, "e2-small": 2 * _GIB, "e2-medium": 4 * _GIB}
_SHARED_CORE_RESERVED = 1060

_CPU_RESERVED = ((1, 0.06), (1, 0.01), (2, 0.005), (float("inf"), 0.0025))  # Cores, share kept.
_MEMORY_RESERVED = (  # MiB, share kept.
    (4 * _GIB, 0.25),
    (4 * _GIB, 0.20),
    (8 * _GIB, 0.10),
    (112 * _GIB, 0.06),
    (float("inf"), 0.02),
)
_EVICTION_THRESHOLD = 100  # MiB


@dataclass(frozen=True)
class MachineType:
    """A node's size.

    Attributes:
        name: Google's name, as ``e2-standard-2``.
        cpu: vCPUs.
        memory: MiB.
        allocatable_cpu: Millicores that pods can have on GKE.
        allocatable_memory: MiB that pods can have on GKE.
    """

    name: str
    cpu: int
    memory: int
    allocatable_cpu: int
    allocatable_memory: int


def machine_type(name: str) -> MachineType:
    """The size of `name`.

    Raises:
        LocalCloudError: There is no such type, or none that this table knows.
    """
    if name in _SHARED_CORE:
        memory = _SHARED_CORE[name]
        return MachineType(name, 2, memory, 2000 - _SHARED_CORE_RESERVED, memory - _memory_reserved(memory))
    match = re.fullmatch(r"([a-z]\d[a-z]?)-(standard|highmem|highcpu)-(\d+)", name)
    if match:
        family, shape, cpus = match[1], match[2], int(match[3])
        memory_a_cpu = _SHAPES.get(family, {}).get(shape)
        if memory_a_cpu and cpus in _CPUS[family]:
            memory = memory_a_cpu * cpus
            return MachineType(
                name,
                cpus,
                memory,
                cpus * 1000 - round(_graded(cpus, _CPU_RESERVED) * 1000),
                memory - _memory_reserved(memory),
            )
    known = ", ".join(sorted(_SHAPES))
    raise LocalCloudError(
        f"cluster.machineType: {name!r} is no machine type that is known here.",
        "The nodes would have no size, and nothing could be placed on them.",
        f"Choose a predefined type such as e2-standard-2; families: {known}, shapes: standard, highmem, highcpu, "
        f"and {', '.join(_SHARED_CORE)}.",
    )


def _memory_reserved(memory: int) -> int:
    kept = 255.0 if memory < 1 * _GIB else _graded(memory, _MEMORY_RESERVED)
    return round(kept) + _EVICTION_THRESHOLD


def _graded(amount: float, grades: tuple[tuple[float, float], ...]) -> float:
    """The sum of each grade's share of the part of `amount` that falls into it, as a progressive tax is."""
    kept = 0.0
    for width, share in grades:
        part = min(amount, width)
        kept += part * share
        amount -= part
    return kept
