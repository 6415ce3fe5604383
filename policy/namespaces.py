"""In which namespace an object is, even where a preview does not know its name yet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from web_platform.relations.objects import at

from policy.rule import Resource

NAMESPACE = "kubernetes:core/v1:Namespace"


def namespace_of(resource: Resource, namespaces: Mapping[str, Resource]) -> Resource | None:
    """The one of some namespaces, by URN, that an object is in; None where it is in another, or nobody can tell.

    Before it is made, a namespace has no name for others to know; but what their metadata comes from is known.
    """
    name = resource.get("metadata.namespace", "default")
    if name is not None:
        return next((each for each in namespaces.values() if each.get("metadata.name") == name), None)
    sources = [namespaces[urn] for urn in resource.sources.get("metadata", ()) if urn in namespaces]
    return sources[0] if len(sources) == 1 else None


def in_namespaces(resources: Sequence[Resource]) -> list[Resource] | None:
    """The same resources with the names of their namespaces, or None where nobody can tell all of them yet."""
    namespaces = {each.urn: each for each in resources if each.type == NAMESPACE}
    placed = []
    for resource in resources:
        if resource.type != NAMESPACE and resource.get("metadata.namespace", "") is None:
            found = namespace_of(resource, namespaces)
            metadata = at(resource.properties, "metadata")
            if found is None or found.get("metadata.name") is None or not isinstance(metadata, Mapping):
                return None
            metadata = {**metadata, "namespace": found.get("metadata.name")}
            resource = replace(resource, properties={**resource.properties, "metadata": metadata})
        placed.append(resource)
    return placed
