from typing import Any

import pytest

from policy.rules.rights import NO_CLUSTER_ADMIN
from tests.policy.rules import kubernetes, wrong

RBAC = "rbac.authorization.k8s.io/v1"


@pytest.mark.parametrize(
    ("kind", "content", "what"),
    [
        ("ClusterRoleBinding", {"roleRef": {"name": "cluster-admin"}}, "roleRef is cluster-admin"),
        ("RoleBinding", {"roleRef": {"name": "cluster-admin"}}, "roleRef is cluster-admin"),
        ("ClusterRole", {"rules": [{"verbs": ["*"], "resources": ["*"]}]}, "rules[0] allows everything"),
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
    ],
)
def test_a_right_to_something_passes(kind: str, content: dict[str, Any]) -> None:
    assert wrong(NO_CLUSTER_ADMIN, kubernetes(RBAC, kind, **content)) == []
