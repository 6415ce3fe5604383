"""What Helm values have in common, whatever the chart: merging them, and the shapes of a pod's resources and budget."""

from collections.abc import Mapping
from typing import Any


def merge_values(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `override` over `base` as Helm does: mappings merge key by key, everything else is replaced."""
    merged = dict(base)
    for key, value in override.items():
        under = merged.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            value = merge_values(under, value)
        merged[key] = value
    return merged


def resources(cpu: str, memory: str) -> dict[str, Any]:
    """Reserve CPU and memory, and limit memory alone.

    Memory is reserved in full, because a node that runs out of it kills at random. CPU has no limit, because what
    nobody else needs may be used.
    """
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}


def disruption_budget(replicas: int) -> dict[str, Any]:
    """Let nodes be drained one pod at a time.

    There is none for a single pod: it would keep the pod's node from ever being drained, and charts refuse it.
    """
    return {"enabled": True, "maxUnavailable": 1} if replicas > 1 else {"enabled": False}
