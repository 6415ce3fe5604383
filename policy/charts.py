"""Charts as they stand in resources: what they make is no resource, so of them there are only their values."""

from typing import Any

from policy.resource import Resource

_RELEASE = "kubernetes:helm.sh/v3:Release"


def values_of(resource: Resource) -> Any:  # noqa: ANN401 - values of charts are of any type
    """The values that a chart is released with; none for what is no release of a chart."""
    return resource.get("values", {}) if resource.type == _RELEASE else {}
