"""Objects of Kubernetes, however a program asks for them: whole, as a patch, or as one of a list.

A resource's type says which kind it is, whatever its properties say or leave out. Items of a list have none, so there
it is their own word, or the list's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from web_platform.relations.objects import listed, text

from policy.resource import Resource

KUBERNETES = "kubernetes:"
_LIST, _PATCH = "List", "Patch"


def objects_of(resources: Iterable[Resource]) -> list[Resource]:
    """The resources, and instead of those that are lists or patches the objects that they stand for."""
    return [found for resource in resources for found in _objects(resource)]


def kind_of(resource: Resource) -> str:
    """Group and kind of an object, as `web_platform.relations` calls them; the kind alone for those of the core.

    Nothing for what is no object of Kubernetes.
    """
    if not resource.type.startswith(KUBERNETES):
        return ""
    version, kind = _split(resource.type)
    group = version.rpartition("/")[0]
    return f"{group}/{kind}" if group else kind


def may_have(type_: str, types: tuple[str, ...]) -> bool:
    """Whether a resource of a type may have an object in it whose type begins as one of `types` does."""
    if not type_.startswith(KUBERNETES):
        return type_.startswith(types)
    version, kind = _split(type_)
    # A list of no kind has objects of any.
    return kind == _LIST or _type(version, kind.removesuffix(_PATCH).removesuffix(_LIST)).startswith(types)


def _objects(resource: Resource) -> Iterator[Resource]:
    if not resource.type.startswith(KUBERNETES):
        yield resource
        return
    version, kind = _split(resource.type)
    resource = replace(resource, declared=resource.type)
    if kind.endswith(_LIST) and "items" in resource.properties:
        for place, item in listed(resource.properties, "items"):
            if isinstance(item, Mapping):
                said = text(item, "apiVersion") or version, text(item, "kind") or kind.removesuffix(_LIST)
                yield _object(replace(resource, place=place), item, *said)
    elif kind.endswith(_PATCH):
        yield _object(replace(resource, partial=True), resource.properties, version, kind.removesuffix(_PATCH))
    else:
        yield _object(resource, resource.properties, version, kind)


def _object(resource: Resource, properties: Mapping[str, Any], version: str, kind: str) -> Resource:
    return replace(resource, type=_type(version, kind), properties={**properties, "apiVersion": version, "kind": kind})


def _split(type_: str) -> tuple[str, str]:
    """Version and kind in a type, such as `v1` and `Pod`. A CustomResource says `v1` where others say `core/v1`."""
    version, _, kind = type_.removeprefix(KUBERNETES).rpartition(":")
    return version.removeprefix("core/"), kind


def _type(version: str, kind: str) -> str:
    return f"{KUBERNETES}{version if '/' in version else f'core/{version}'}:{kind}"
