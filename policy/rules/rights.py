"""What may be done in the cluster, and by whom."""

from collections.abc import Iterator

from web_platform.relations.objects import listed

from policy.rule import Resource, ResourceRule, value_at

_RBAC = "kubernetes:rbac.authorization.k8s.io/v1:"


def _everything(resource: Resource) -> Iterator[str]:
    if resource.get("roleRef.name", "") == "cluster-admin":
        yield "roleRef is cluster-admin"
    for field, rule in listed(resource.properties, "rules"):
        if all("*" in (value_at(rule, part, []) or []) for part in ("verbs", "resources")):
            yield f"{field} allows everything"


NO_CLUSTER_ADMIN = ResourceRule(
    name="no-cluster-admin",
    demand="No program may do everything in the cluster.",
    danger="Whoever gets into one pod of it has the cluster, its Secrets and all that they open.",
    remedy="Name the verbs and resources that it needs.",
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
    types=(f"{_RBAC}ClusterRole", f"{_RBAC}Role"),
    check=_everything,
)
