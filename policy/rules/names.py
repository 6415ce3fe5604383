"""How resources are called, and by which labels objects are found."""

import re
from collections.abc import Iterator, Mapping

from web_platform.labels import MANAGED, NAME

from policy.namespaces import NAMESPACE
from policy.resource import Resource
from policy.rule import ResourceRule

_WORKLOADS = (
    "kubernetes:core/v1:Pod",
    "kubernetes:core/v1:ReplicationController",
    "kubernetes:apps/",
    "kubernetes:batch/",
)
_PLAIN = re.compile(r"[a-z][A-Za-z0-9.-]*")


def _unplain(resource: Resource) -> Iterator[str]:
    if not _PLAIN.fullmatch(resource.name):
        yield f"name is {resource.name!r}"
    if resource.stack and resource.stack in re.split(r"[.-]", resource.name):
        yield f"name {resource.name!r} has the stack's name in it"


NAMES = ResourceRule(
    name="names",
    demand="Names are letters, digits, hyphens and dots, and the same in every stack.",
    danger="Stacks whose resources are called differently cannot be compared, and nobody sees what differs in kind.",
    remedy="Leave the stack's name out: it stands in the URN already. A rename wants an alias.",
    source="https://www.pulumi.com/docs/iac/concepts/resources/names/",
    types=("gcp:", "kubernetes:", "random:", "web-platform:"),
    check=_unplain,
)


def _unlabelled(resource: Resource) -> Iterator[str]:
    wanted = {*MANAGED} if resource.type == NAMESPACE else {NAME, *MANAGED}
    labels = resource.get("metadata.labels", {})
    if isinstance(labels, Mapping):
        yield from (f"label {label} is missing" for label in sorted(wanted - labels.keys()))


LABELS = ResourceRule(
    name="labels",
    demand="Objects say what they belong to and who made them.",
    danger="Nobody finds them by what they belong to, and somebody changes by hand what the next update undoes.",
    remedy=f"Give them the labels {NAME} and {', '.join(MANAGED)}, as the components do.",
    source="https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/",
    types=(NAMESPACE, *_WORKLOADS, "kubernetes:core/v1:Service", "kubernetes:networking.k8s.io/v1:Ingress"),
    check=_unlabelled,
)
