"""Which images run: those that somebody chose."""

from collections.abc import Iterator, Mapping
from typing import Any

from web_platform.syntax import image_fault

from policy import pods
from policy.rule import Resource, ResourceRule

_RELEASE = "kubernetes:helm.sh/v3:Release"


def _moving(resource: Resource) -> Iterator[str]:
    for field, container in pods.containers_of(resource):
        image = container.get("image")
        if isinstance(image, str) and (fault := image_fault(image)):
            yield f"{field}.image {image} {fault.what}"
    if resource.type == _RELEASE:
        yield from _tags(resource.get("values", {}), "values")


def _tags(values: Any, field: str) -> Iterator[str]:  # noqa: ANN401 - values of charts are of any type
    """Tags of images by the names that charts have for them."""
    for key, value in values.items() if isinstance(values, Mapping) else ():
        if key in ("tag", "imageTag") and value == "latest":
            yield f"{field}.{key} is latest"
        yield from _tags(value, f"{field}.{key}")


NO_LATEST = ResourceRule(
    name="no-latest",
    demand="Every image has a tag other than `latest`, or a digest.",
    danger="What runs changes when a node pulls the image again, and nobody can go back to what ran before.",
    remedy="Name the version, or the digest.",
    source="https://kubernetes.io/docs/concepts/containers/images/#image-names",
    types=(*pods.TYPES, _RELEASE),
    check=_moving,
)
