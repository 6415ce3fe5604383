"""In which namespace an object is, even where a preview does not know its name yet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from policy.resource import Resource, value_at

NAMESPACE = "kubernetes:core/v1:Namespace"


class Placed(NamedTuple):
    """Objects by whether anybody can tell their namespaces."""

    known: list[Resource]
    """Those with the names of their namespaces, and those that are in none."""

    unknown: list[Resource]
    """Those that may be in any."""


def namespace_of(resource: Resource, namespaces: Sequence[Resource]) -> Resource | None:
    """The one of some namespaces that an object is in; None where it is in another, or nobody can tell.

    Before it is made, a namespace has no name for others to know; but what their metadata comes from is known.
    """
    name = value_at(resource.properties, "metadata.namespace", "default")
    if name is not None:
        return next((each for each in namespaces if each.get("metadata.name") == name), None)
    sources = [each for each in namespaces if each.urn in resource.sources.get("metadata", ())]
    return sources[0] if len(sources) == 1 else None


def in_namespaces(resources: Sequence[Resource]) -> Placed:
    """The same objects with the names of their namespaces. One that has no name yet has another for the time being."""
    namespaces = [each for each in resources if each.type == NAMESPACE]
    placed = Placed([], [])
    for resource in resources:
        if resource.type == NAMESPACE:
            placed.known.append(_with(resource, "name", _name(resource)))
        elif value_at(resource.properties, "metadata.namespace", "") is not None:
            placed.known.append(resource)
        elif found := namespace_of(resource, namespaces):
            placed.known.append(within(resource, _name(found)))
        else:
            placed.unknown.append(resource)
    return placed


def within(resource: Resource, namespace: str) -> Resource:
    """The same object, in a namespace."""
    return _with(resource, "namespace", namespace)


def _name(namespace: Resource) -> str:
    name = namespace.get("metadata.name")
    return name if isinstance(name, str) else f"{namespace.name} (named later)"


def _with(resource: Resource, key: str, value: str) -> Resource:
    said = resource.get("metadata")
    metadata = {**(said if isinstance(said, Mapping) else {}), key: value}
    return replace(resource, properties={**resource.properties, "metadata": metadata})
