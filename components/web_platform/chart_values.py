"""What Helm values have in common, whatever the chart: merging and hiding them, and disruption budgets."""

from collections.abc import Mapping
from typing import Any

from pulumi import Output


def merge_values(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `override` over `base` as Helm does: mappings merge key by key, everything else is replaced."""
    merged = dict(base)
    for key, value in override.items():
        under = merged.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            value = merge_values(under, value)
        merged[key] = value
    return merged


def hide_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Make every value a secret by itself, so that previews still show which one changes."""
    return {
        key: hide_values(value) if isinstance(value, Mapping) else Output.secret(value) for key, value in values.items()
    }


def disruption_budget(replicas: int) -> dict[str, Any]:
    """Let nodes be drained one pod at a time.

    There is none for a single pod: it would keep the pod's node from ever being drained, and charts refuse it.
    """
    return {"enabled": True, "maxUnavailable": 1} if replicas > 1 else {"enabled": False}
