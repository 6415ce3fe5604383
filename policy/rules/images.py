"""Which images run: those that somebody chose."""

from collections.abc import Iterator, Mapping
from typing import Any

from web_platform.syntax import image_fault

from policy import pods
from policy.charts import values_of
from policy.resource import Resource
from policy.rule import ResourceRule

_LATEST = "latest"


def _moving(resource: Resource) -> Iterator[str]:
    for field, container in pods.containers_of(resource):
        image = container.get("image")
        if isinstance(image, str) and (fault := image_fault(image)):
            yield f"{field}.image {image} {fault.what}"
    yield from _tags(values_of(resource), "values")


def _tags(values: Any, field: str) -> Iterator[str]:  # noqa: ANN401 - values of charts are of any type
    """Tags of images by the names that charts have for them. An image without a tag may have it from its chart."""
    for number, value in enumerate(values if isinstance(values, list | tuple) else ()):
        yield from _tags(value, f"{field}[{number}]")
    for key, value in values.items() if isinstance(values, Mapping) else ():
        name, place = str(key).lower(), f"{field}.{key}"
        if name.endswith("tag") and value == _LATEST:
            yield f"{place} is {_LATEST}"
        if name.endswith("image") and isinstance(value, str) and value.endswith(f":{_LATEST}"):
            yield f"{place} {value} has the tag {_LATEST!r}"
        yield from _tags(value, place)


NO_LATEST = ResourceRule(
    name="no-latest",
    demand="Every image has a tag other than `latest`, or a digest.",
    danger="What runs changes when a node pulls the image again, and nobody can go back to what ran before.",
    remedy="Name the version, or the digest.",
    source="https://kubernetes.io/docs/concepts/containers/images/#image-names",
    types=pods.TYPES,
    check=_moving,
)
