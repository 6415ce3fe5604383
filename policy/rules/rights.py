"""What may be done in the cluster, and by whom."""

from collections.abc import Iterator

from web_platform.relations.objects import listed, texts

from policy.resource import Resource, value_at
from policy.rule import ResourceRule

_RBAC = "kubernetes:rbac.authorization.k8s.io/v1:"

# Verbs that give whoever has them what somebody else has, on what: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
_ROLES, _PEOPLE = ("roles", "clusterroles"), ("users", "groups", "serviceaccounts")
_WAYS_UP = {"escalate": _ROLES, "bind": _ROLES, "impersonate": _PEOPLE}


def _everything(resource: Resource) -> Iterator[str]:
    if resource.get("roleRef.name", "") == "cluster-admin":
        yield "roleRef is cluster-admin"
    for field, rule in listed(resource.properties, "rules"):
        verbs, resources = _of(rule, "verbs"), _of(rule, "resources")
        if "*" in verbs and "*" in resources:
            yield f"{field} allows everything"
        else:
            yield from (f"{field} allows to {verb} {what}" for verb, what in _ways_up(rule, verbs, resources))
    for field, selector in listed(resource.properties, "aggregationRule.clusterRoleSelectors"):
        if all(value_at(selector, part, []) in ([], {}) for part in ("matchLabels", "matchExpressions")):
            yield f"{field} is empty, which selects every ClusterRole"


def _ways_up(rule: object, verbs: set[str], resources: set[str]) -> Iterator[tuple[str, str]]:
    """The verbs of a rule that lead to any right, with what they are allowed on."""
    for verb, targets in _WAYS_UP.items():
        found = "any resource" if "*" in resources else next((each for each in targets if each in resources), "")
        if not found or not {verb, "*"} & verbs:
            continue
        # Whoever may give or be what is named gets no more than that, but a role that may be changed can become any.
        if verb == "escalate" or value_at(rule, "resourceNames", []) == []:
            yield verb, found


def _of(rule: object, part: str) -> set[str]:
    return {text for _, text in texts(rule, part)}


NO_CLUSTER_ADMIN = ResourceRule(
    name="no-cluster-admin",
    demand="No program may do everything in the cluster.",
    danger="Whoever gets into one pod of it has the cluster, its Secrets and all that they open.",
    remedy="Name the verbs and resources that it needs.",
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
    types=(f"{_RBAC}ClusterRole", f"{_RBAC}Role"),
    check=_everything,
)
