"""What pods have in common, whoever makes them: the shape of their resources, and rights that no pod needs.

In the API's own words, since parts of pods are merged with what others say of them.
"""

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from web_platform.syntax import quantity_of

# A user that owns nothing. Kubernetes can tell only of a number that it is not root, and many images name their user.
NOBODY = 65532

# Kubelets keep five files of 10 MiB of each container, unless they are told otherwise.
# https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation
_LOGS_MIB = 64

# Many languages need a place for temporary files, and the rest of the file system is read-only.
TEMPORARY_FILES = "/tmp"  # noqa: S108 - inside a container, where nobody else is


def resources(
    cpu: str, memory: str, *, cpu_limit: str | None = None, memory_limit: str | None = None, disk: str | None = None
) -> dict[str, Any]:
    """Reserve CPU, memory and disk, and limit memory and disk alone unless more is asked.

    Memory is reserved in full, because a node that runs out of it kills at random; so is disk, for what is written and
    logged. CPU has no limit, because what nobody else needs may be used.
    """
    on_disk = {} if disk is None else {"ephemeral-storage": disk}
    limits = {"memory": memory if memory_limit is None else memory_limit, **on_disk}
    return {
        "requests": {"cpu": cpu, "memory": memory, **on_disk},
        "limits": limits if cpu_limit is None else {"cpu": cpu_limit, **limits},
    }


def disk_for(scratch: Iterable[str]) -> str:
    """Disk for directories of these sizes, and for what a container logs before its log is cut."""
    written = sum((quantity_of(size) or Decimal(0) for size in scratch), Decimal(0))
    return f"{math.ceil(written / 2**20) + _LOGS_MIB}Mi"


def pod_security(user: int) -> dict[str, Any]:
    """What the restricted Pod Security Standard asks of a pod, which runs as `user` and owns its volumes.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": user,
        "fsGroup": user,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> dict[str, Any]:
    """What the same standard asks of a container, which cannot write to its own image either."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def spread(labels: Mapping[str, str], **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as the API names them
    """Keep the pods that have these labels apart from each other, a node each."""
    # A wish, not a demand: while one of two nodes is down, the other must be allowed to run everything.
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
            **more,
        }
    ]
