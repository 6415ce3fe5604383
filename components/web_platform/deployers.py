"""Who deploys into a namespace from elsewhere: what their programs may do there, and nothing in any other place.

Owns a Role with the kinds that the package's workloads, plugins and consumers are made of, each kind and verb by name,
and a RoleBinding. Sources of a developer's machine are not among them, since their volumes belong to no namespace.

A Role knows kinds and not objects, so what their contents may be is for `tenant_admission.py` to say. What both leave
open: whoever deploys can read every Secret of the namespace, and open its pods to others by policies, since workloads
have policies too; and at the gateway, which is shared, can make a consumer of any group, whom services of others let
in, and give its own routes any plugin of the typed ones. The namespace itself, its Pod Security Standard, quota and
limits, roles and bindings are of kinds that there is no right to; and pods of other namespaces are closed by policies
there.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, ResourceOptions

from web_platform import labels
from web_platform.errors import Fault

# A colon would make it the name of a part of Kubernetes, such as `system:admin`, or of a member as IAM writes it.
_ACCOUNT = re.compile(r"[A-Za-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")

DEPLOYED: Final[Mapping[str, Sequence[str]]] = {
    "": ("configmaps", "secrets", "serviceaccounts", "services"),
    "apps": ("deployments",),
    "autoscaling": ("horizontalpodautoscalers",),
    "batch": ("cronjobs", "jobs"),
    "cert-manager.io": ("certificates",),
    "configuration.konghq.com": ("kongconsumers", "kongplugins"),
    "gateway.networking.k8s.io": ("gateways", "httproutes"),
    "networking.k8s.io": ("ingresses", "networkpolicies"),
    "policy": ("poddisruptionbudgets",),
}
"""What is deployed, by API group."""

AWAITED: Final[Mapping[str, Sequence[str]]] = {
    "": ("endpoints", "events", "persistentvolumeclaims", "pods"),
    "apps": ("replicasets",),
}
"""What Kubernetes makes of it, which Pulumi watches until it is ready."""

_LOOK = ("get", "list", "watch")
_CHANGE = ("create", "patch", "delete")


def declare_deployers(
    parent: pulumi.ComponentResource,
    name: str,
    namespace: Input[str],
    accounts: Sequence[Input[str]],
    rules: pulumi.Resource,
) -> pulumi.Resource:
    """Let Google accounts deploy into a namespace.

    Args:
        parent: The component.
        name: Name of both objects.
        namespace: The namespace.
        accounts: E-mail addresses of the accounts, by which GKE knows them.
        rules: What must be in force before they may.

    Returns:
        What is there once they may.
    """
    rbac, child = kubernetes.rbac.v1, ResourceOptions(parent=parent)
    metadata = {"name": name, "namespace": namespace, "labels": labels.MANAGED}
    role = rbac.Role(name, metadata=metadata, rules=deployer_rules(), opts=child)
    return rbac.RoleBinding(
        name,
        metadata=metadata,
        role_ref={
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": name,
        },
        subjects=[{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": account} for account in accounts],
        opts=ResourceOptions(parent=parent, depends_on=[role, rules]),
    )


def deployer_rules() -> list[dict[str, list[str]]]:
    """What a Role lets those do who deploy."""
    rights = [(DEPLOYED, (*_LOOK, *_CHANGE)), (AWAITED, _LOOK)]
    return [
        {"apiGroups": [group], "resources": [*resources], "verbs": [*verbs]}
        for kinds, verbs in rights
        for group, resources in kinds.items()
    ]


def account_fault(account: str) -> Fault | None:
    """A Google account is known to GKE by its e-mail address."""
    return None if _ACCOUNT.fullmatch(account) else _NO_ACCOUNT


_NO_ACCOUNT = Fault(
    what="is not the e-mail address of a Google account",
    danger="GKE would know nobody of that name, or somebody else, and who deploys could not reach the namespace",
    remedy="write the address alone, such as 'deploy-orders-prod@acme-platform.iam.gserviceaccount.com'",
)
