"""Pods as they stand in resources: made by hand, or as the template of what makes them."""

from collections.abc import Iterator, Mapping
from typing import Any

from web_platform.relations.objects import listed

from policy.rule import Resource

TYPES = ("kubernetes:core/v1:Pod", "kubernetes:core/v1:ReplicationController", "kubernetes:apps/", "kubernetes:batch/")
"""How the types of resources begin that may have pods."""

_TEMPLATES = ("spec.jobTemplate.spec.template.spec", "spec.template.spec")


def pod_of(resource: Resource) -> tuple[str, Mapping[str, Any]] | None:
    """The field and the specification of the pods of a resource, or None where it has none that are known."""
    paths = ("spec",) if resource.properties.get("kind") == "Pod" else _TEMPLATES
    for path in paths:
        found = resource.get(path)
        if isinstance(found, Mapping):
            return path, found
    return None


def containers_of(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each container of the pods of a resource, those that only prepare included, with its field."""
    found = pod_of(resource)
    for part in ("initContainers", "containers") if found else ():
        field, pod = found or ("", {})
        for place, container in listed(pod, part, field):
            if isinstance(container, Mapping):
                yield place, container
