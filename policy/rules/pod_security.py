"""What pods may do to their node: nothing, unless their namespace says otherwise, and then for a reason."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from web_platform.relations.objects import listed

from policy import pods
from policy.namespaces import NAMESPACE, namespace_of
from policy.rule import Finding, Resource, ResourceRule, StackRule, value_at

_LABEL = "pod-security.kubernetes.io/enforce"
_STANDARDS = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
_VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)
_OF_NODE = ("hostNetwork", "hostPID", "hostIPC")


def standard_of(namespace: Resource) -> str | None:
    """The Pod Security Standard that a namespace enforces; nothing where it says none, None where it is known later."""
    labels = namespace.get("metadata.labels", {})
    found = labels.get(_LABEL, "") if isinstance(labels, Mapping) else None
    return found if isinstance(found, str) else None


def _unrestricted(resources: Sequence[Resource]) -> Iterator[Finding]:
    namespaces = {each.urn: each for each in resources if each.type == NAMESPACE}
    for resource in resources:
        if not resource.type.startswith(pods.TYPES):
            continue
        namespace = namespace_of(resource, namespaces)
        if namespace is None or standard_of(namespace) in ("restricted", ""):
            yield from (Finding(resource, what) for what in faults(resource))


def faults(resource: Resource) -> Iterator[str]:
    """What the restricted standard would refuse of the pods of a resource."""
    field, pod = pods.pod_of(resource) or ("", {})
    for key in _OF_NODE:
        if pod.get(key) is True:
            yield f"{field}.{key} is true"
    for place, volume in listed(pod, "volumes", field):
        kinds = volume.keys() - {"name"} if isinstance(volume, Mapping) else set()
        yield from (f"{place} is a {kind}" for kind in sorted(kinds - _VOLUMES))
    for place, container in pods.containers_of(resource):
        yield from (f"{place}.{fault}" for fault in _of_container(container, pod))


def _of_container(container: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[str]:
    def said(path: str, default: object) -> Any:  # noqa: ANN401 - as the API has it
        """What counts for the container, which overrules its pod."""
        return value_at(container, f"securityContext.{path}", value_at(pod, f"securityContext.{path}", default))

    if value_at(container, "securityContext.privileged", False) is True:
        yield "securityContext.privileged is true"
    if value_at(container, "securityContext.allowPrivilegeEscalation", True) is True:
        yield "securityContext.allowPrivilegeEscalation is not false"
    if said("runAsNonRoot", False) is False:
        yield "securityContext.runAsNonRoot is not true"
    if said("runAsUser", "") == 0:
        yield "securityContext.runAsUser is root"
    if said("seccompProfile.type", "Unconfined") == "Unconfined":
        yield "securityContext.seccompProfile is missing"
    dropped = value_at(container, "securityContext.capabilities.drop", [])
    if dropped is not None and "ALL" not in dropped and None not in dropped:
        yield "securityContext.capabilities.drop does not have ALL"
    for capability in value_at(container, "securityContext.capabilities.add", []) or []:
        if capability not in (None, "NET_BIND_SERVICE"):
            yield f"securityContext.capabilities.add has {capability}"
    for port, opened in listed(container, "ports"):
        if value_at(opened, "hostPort", 0):
            yield f"{port}.hostPort is a port of the node"


RESTRICTED_PODS = StackRule(
    name="restricted-pods",
    demand="Pods keep to the restricted Pod Security Standard, unless their namespace says otherwise.",
    danger="Whoever gets into such a pod has a way to its node, and to every other pod on it.",
    remedy="Write the field as the standard wants it, as the components do; what must see its node gets a namespace "
    "of its own that says so.",
    source=f"{_STANDARDS}#restricted",
    check=_unrestricted,
)


DECLARED_NAMESPACES = ResourceRule(
    name="declared-namespaces",
    demand="Every namespace says which pods it admits.",
    danger="Without a word the API server admits any pod, those that own their node included.",
    remedy=f"Give it the label {_LABEL}, or use the component Namespace.",
    source="https://kubernetes.io/docs/concepts/security/pod-security-admission/",
    types=(NAMESPACE,),
    check=lambda namespace: [f"label {_LABEL} is missing"] if standard_of(namespace) == "" else [],
)


def _admits_more(namespace: Resource) -> Iterator[str]:
    if (standard := standard_of(namespace)) not in ("restricted", "", None):
        yield f"label {_LABEL} is {standard}"


RESTRICTED_NAMESPACES = ResourceRule(
    name="restricted-namespaces",
    demand="A namespace that admits more than restricted pods is an exception with a reason.",
    danger="What was let in for one chart or agent is let in for everything that comes into the namespace later.",
    remedy="Let it enforce `restricted`, or add it to the exceptions of policy/levels.yaml and say why.",
    source=_STANDARDS,
    types=(NAMESPACE,),
    check=_admits_more,
)
