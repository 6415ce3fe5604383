"""What the identities that deploy may do in a stack's project.

For those that deploy the stack itself, it is the table of docs/google-cloud.md as code. A test holds the two together,
and the table to what the program makes.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from web_platform.dns_solver import default_role_id

from settings import Settings

ROLES: Final = (
    "roles/serviceusage.serviceUsageAdmin",
    "roles/compute.networkAdmin",
    "roles/compute.securityAdmin",
    "roles/container.admin",
    "roles/gkebackup.backupAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountUser",
    "roles/iam.roleAdmin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/artifactregistry.admin",
    "roles/cloudsql.admin",
    "roles/pubsub.admin",
    "roles/bigquery.dataOwner",
    "roles/storage.admin",
    "roles/dns.admin",
)
"""Every role of the table, in its order."""

OF_SERVICES: Final = (
    # The way to the cluster, in which RBAC says what may be done: in the namespace of the team, and nowhere else.
    "roles/container.clusterViewer",
)
"""What a service that is deployed beside a stack may do in all of the stack's project. To push images is a right in one
repository, which the stack itself grants: on the project, it would be one to replace the charts of the cluster."""

GRANTS_ROLES: Final = "roles/resourcemanager.projectIamAdmin"
"""The role that a condition limits: whoever may change a project's grants could make itself its owner."""

CONDITION_TITLE: Final = "only-what-the-program-grants"

# What the program grants on the project, whatever a stack file says.
_ALWAYS_GRANTED = ("roles/bigquery.jobUser", "roles/container.defaultNodeServiceAccount")

# A condition takes no longer list: https://cloud.google.com/iam/docs/setting-limits-on-granting-roles
_LIST = 10


def roles(stack: Settings) -> list[str]:
    """The roles that it takes to deploy a stack: for what it does not declare, nobody gets any."""
    return [role for role in ROLES if role not in _ONLY_WITH or _ONLY_WITH[role](stack)]


def grantable(stack: Settings, project: str) -> list[str]:
    """The roles that the program grants on the stack's project, and nobody needs to grant more."""
    return sorted({*_ALWAYS_GRANTED, *_asked_for(stack), *_made(stack, project)})


def condition(allowed: list[str]) -> str:
    """The condition under which a grant changes none but the allowed roles."""
    lists = [allowed[start : start + _LIST] for start in range(0, len(allowed), _LIST)]
    return " || ".join(
        f"api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([{', '.join(map(repr, part))}])"
        for part in lists
    )


def _asked_for(stack: Settings) -> Iterator[str]:
    for asking in (*stack.workloads().values(), *stack.tenants.values()):
        yield from asking.roles


def _made(stack: Settings, project: str) -> Iterator[str]:
    if stack.certifies_wildcards():
        yield f"projects/{project}/roles/{default_role_id('cert-manager')}"


_ONLY_WITH: Final[Mapping[str, Callable[[Settings], object]]] = {
    # For cert-manager, which answers in Cloud DNS, the program makes a role of the project's own.
    "roles/iam.roleAdmin": Settings.certifies_wildcards,
    "roles/cloudsql.admin": Settings.databases,
    "roles/pubsub.admin": lambda stack: stack.topics,
    "roles/bigquery.dataOwner": lambda stack: stack.datasets or stack.archives(),
    "roles/storage.admin": lambda stack: stack.buckets,
}
