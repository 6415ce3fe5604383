"""Objects of Kubernetes, however a program asks for them: whole, or as a patch.

A resource's type says which kind it is, whatever its properties say or leave out.
"""

from collections.abc import Iterable
from dataclasses import replace

from policy.resource import Resource

KUBERNETES = "kubernetes:"
_PATCH = "Patch"


def objects_of(resources: Iterable[Resource]) -> list[Resource]:
    """The resources, and instead of those that are objects of Kubernetes, or patches of one, the objects."""
    return [_object(resource) if resource.type.startswith(KUBERNETES) else resource for resource in resources]


def kind_of(resource: Resource) -> str:
    """Group and kind of an object, as `web_platform.relations` calls them; the kind alone for those of the core.

    Nothing for what is no object of Kubernetes.
    """
    if not resource.type.startswith(KUBERNETES):
        return ""
    version, kind = _split(resource.type)
    group = version.rpartition("/")[0]
    return f"{group}/{kind}" if group else kind


def type_of(declared: str) -> str:
    """The type of the object that a resource of a type is, or is a patch of; any other type is what it is."""
    if not declared.startswith(KUBERNETES):
        return declared
    version, kind = _split(declared)
    return f"{KUBERNETES}{version if '/' in version else f'core/{version}'}:{kind.removesuffix(_PATCH)}"


def _object(resource: Resource) -> Resource:
    version, kind = _split(type_of(resource.type))
    return replace(
        resource,
        type=type_of(resource.type),
        properties={**resource.properties, "apiVersion": version, "kind": kind},
        declared=resource.type,
        partial=resource.type.endswith(_PATCH),
    )


def _split(type_: str) -> tuple[str, str]:
    """Version and kind in a type, such as `v1` and `Pod`. A CustomResource says `v1` where others say `core/v1`."""
    version, _, kind = type_.removeprefix(KUBERNETES).rpartition(":")
    return version.removeprefix("core/"), kind
