"""Pods as they stand in resources: made by hand, or as the template of what makes them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web_platform.relations.objects import listed

from policy.objects import KUBERNETES, kind_of
from policy.resource import Resource, value_at

TYPES = (KUBERNETES,)
"""How the types of resources begin that may have pods: an operator's own kinds have templates too."""

# Where the pod of a kind stands. All other kinds have it where Deployments or CronJobs do, if they have any.
_POD = {"Pod": "", "PodTemplate": "template"}
_TEMPLATES = ("spec.jobTemplate.spec.template", "spec.template")

_EPHEMERAL = "ephemeralContainers"
_PARTS = ("initContainers", "containers", _EPHEMERAL)


@dataclass(frozen=True)
class Pod:
    """A pod, or what pods are made of."""

    field: str
    """Where its specification stands in the resource."""

    spec: Mapping[str, Any]
    annotations: Mapping[str, Any]
    unsaid: Callable[[object], Any]
    """What counts where nothing is said, as of its resource."""

    def containers(self, parts: Sequence[str] = _PARTS) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each container, those that only prepare or that were added to look into it included, with its field."""
        for part in parts:
            for place, container in listed(self.spec, part, self.field):
                if isinstance(container, Mapping):
                    yield place, container


def pod_of(resource: Resource) -> Pod | None:
    """The pods of a resource, or None where it has none that are known."""
    kind = kind_of(resource)
    for path in (_POD[kind],) if kind in _POD else _TEMPLATES:
        holder = resource.get(path) if path else resource.properties
        spec, annotations = value_at(holder, "spec"), value_at(holder, "metadata.annotations", {})
        if isinstance(spec, Mapping):
            field = f"{path}.spec" if path else "spec"
            return Pod(field, spec, annotations if isinstance(annotations, Mapping) else {}, resource.unsaid)
    return None


def containers_of(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each container of the pods of a resource, with its field."""
    pod = pod_of(resource)
    return pod.containers() if pod else iter(())


def lasting_containers_of(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Those of them that a pod is planned with: what is added to look into it may ask for nothing."""
    pod = pod_of(resource)
    return pod.containers([part for part in _PARTS if part != _EPHEMERAL]) if pod else iter(())
