"""What pods may do to their node: nothing, unless their namespace says otherwise, and then for a reason."""

from collections.abc import Iterator, Mapping, Sequence

from policy import pods, standards
from policy.namespaces import NAMESPACE, namespace_of
from policy.resource import Resource
from policy.rule import Finding, ResourceRule, StackRule

_LABEL = "pod-security.kubernetes.io/enforce"
_STANDARDS = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
_WEAKER = (standards.BASELINE, standards.PRIVILEGED)


def standard_of(namespace: Resource) -> str | None:
    """The Pod Security Standard that a namespace enforces; nothing where it says none, None where it is known later."""
    labels = namespace.get("metadata.labels", {})
    found = labels.get(_LABEL, namespace.unsaid("")) if isinstance(labels, Mapping) else None
    return found if isinstance(found, str) else None


def _unadmitted(resources: Sequence[Resource]) -> Iterator[Finding]:
    namespaces = [each for each in resources if each.type == NAMESPACE]
    for resource in resources:
        pod = pods.pod_of(resource) if resource.type.startswith(pods.TYPES) else None
        namespace = namespace_of(resource, namespaces) if pod else None
        standard = standard_of(namespace) if namespace else ""
        if pod and standard is not None:
            held = standard if standard in _WEAKER else standards.RESTRICTED
            yield from (Finding(resource, what) for what in standards.refused(held, pod))


RESTRICTED_PODS = StackRule(
    name="restricted-pods",
    demand="Pods keep to the Pod Security Standard of their namespace, the restricted one unless it says otherwise.",
    danger="Whoever gets into such a pod has a way to its node, and to every other pod on it.",
    remedy="Write the field as the standard wants it, as the components do; what must see its node gets a namespace "
    "of its own that says so.",
    source=_STANDARDS,
    check=_unadmitted,
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


def _any_pod(namespace: Resource) -> Iterator[str]:
    if (standard := standard_of(namespace)) not in (standards.RESTRICTED, standards.BASELINE, "", None):
        yield f"label {_LABEL} is {standard}"


PRIVILEGED_NAMESPACES = ResourceRule(
    name="privileged-namespaces",
    demand="A namespace that admits any pod is an exception with a reason.",
    danger="What was let in for one chart or agent is let in for everything that comes into the namespace later, "
    "and each such pod owns its node.",
    remedy="Let it enforce `restricted` or `baseline`, or add it to the exceptions of policy/levels.yaml and say why.",
    source=_STANDARDS,
    types=(NAMESPACE,),
    check=_any_pod,
)


RESTRICTED_NAMESPACES = ResourceRule(
    name="restricted-namespaces",
    demand="A namespace whose pods may be root is an exception with a reason.",
    danger="What was let in for one chart is let in for everything that comes into the namespace later.",
    remedy="Let it enforce `restricted`, or add it to the exceptions of policy/levels.yaml and say why.",
    source=f"{_STANDARDS}#restricted",
    types=(NAMESPACE,),
    check=lambda namespace: [f"label {_LABEL} is baseline"] if standard_of(namespace) == standards.BASELINE else [],
)
