"""How much a container may have."""

from collections.abc import Iterator

from policy import pods
from policy.resource import Resource, value_at
from policy.rule import ResourceRule

# CPU has no limit on purpose: what nobody else needs may be used.
_NEEDED = ("requests.cpu", "requests.memory", "limits.memory")


def _unlimited(resource: Resource) -> Iterator[str]:
    for field, container in pods.lasting_containers_of(resource):
        for path in _NEEDED:
            if value_at(container, f"resources.{path}", resource.unsaid("")) == "":
                yield f"{field}.resources.{path} is missing"


LIMITS = ResourceRule(
    name="limits",
    demand="Every container says what it needs, and how much memory it has at most.",
    danger="One container can take all memory of its node, and pods that did nothing wrong are killed for it.",
    remedy="Set requests of cpu and memory and a limit of memory, as the components do.",
    source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    types=pods.TYPES,
    check=_unlimited,
)
