from typing import Any

import pytest

from policy.rules.rights import NO_CLUSTER_ADMIN
from tests.policy.rules import kubernetes, wrong

RBAC = "rbac.authorization.k8s.io/v1"
EVERY_ROLE = "aggregationRule.clusterRoleSelectors[0] is empty, which selects every ClusterRole"


def _rule(verb: str, on: str, names: list[str] | None = None) -> dict[str, Any]:
    """What allows a verb on all of a resource, or on those of some names."""
    rule = {"apiGroups": ["*"], "verbs": ["get", verb], "resources": [on]}
    return {"rules": [rule if names is None else rule | {"resourceNames": names}]}


@pytest.mark.parametrize(
    ("kind", "content", "what"),
    [
        ("ClusterRoleBinding", {"roleRef": {"name": "cluster-admin"}}, "roleRef is cluster-admin"),
        ("RoleBinding", {"roleRef": {"name": "cluster-admin"}}, "roleRef is cluster-admin"),
        ("ClusterRole", {"rules": [{"verbs": ["*"], "resources": ["*"]}]}, "rules[0] allows everything"),
        ("ClusterRole", _rule("escalate", "*"), "rules[0] allows to escalate any resource"),
        ("ClusterRole", _rule("bind", "*"), "rules[0] allows to bind any resource"),
        ("ClusterRole", _rule("impersonate", "*"), "rules[0] allows to impersonate any resource"),
        ("ClusterRole", _rule("escalate", "clusterroles", ["one"]), "rules[0] allows to escalate clusterroles"),
        ("Role", _rule("bind", "roles"), "rules[0] allows to bind roles"),
        ("ClusterRole", _rule("*", "users"), "rules[0] allows to impersonate users"),
        ("ClusterRole", _rule("impersonate", "groups"), "rules[0] allows to impersonate groups"),
        ("ClusterRole", {"aggregationRule": {"clusterRoleSelectors": [{}]}}, EVERY_ROLE),
        ("ClusterRole", {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {}}]}}, EVERY_ROLE),
    ],
)
def test_a_right_to_everything_is_found(kind: str, content: dict[str, Any], what: str) -> None:
    assert wrong(NO_CLUSTER_ADMIN, kubernetes(RBAC, kind, **content)) == [what]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("RoleBinding", {"roleRef": {"name": "view"}}),
        ("RoleBinding", {"roleRef": None}),
        ("Role", {"rules": [{"verbs": ["*"], "resources": ["leases"]}, None]}),
        ("ClusterRole", {"rules": [{"verbs": ["get", "list"], "resources": ["*"]}]}),
        ("ClusterRole", _rule("bind", "clusterroles", ["view"])),
        ("ClusterRole", _rule("impersonate", "serviceaccounts", ["shop"])),
        ("ClusterRole", _rule("get", "clusterroles")),
        ("ClusterRole", {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"for": "monitors"}}, None]}}),
    ],
)
def test_a_right_to_something_passes(kind: str, content: dict[str, Any]) -> None:
    assert wrong(NO_CLUSTER_ADMIN, kubernetes(RBAC, kind, **content)) == []
