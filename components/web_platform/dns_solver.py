"""Who cert-manager is to Google Cloud, and what it may do in Cloud DNS to answer challenges of DNS01.

Owns a role of the project's own with exactly the rights that this takes, and its grant to the ServiceAccount of
cert-manager. Does not own the zones (see `DnsZone`), nor the ServiceAccount and the issuer that uses the rights (see
`CertificateManager`). There is no key: the cluster vouches for its pods, as in `WorkloadIdentity`.
"""

import re
from typing import NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.physical_name import physical_name, physical_name_fault
from web_platform.workload_identity import principal

# https://cloud.google.com/iam/docs/creating-custom-roles#creating
_ROLE_ID = re.compile(r"[a-zA-Z0-9_.]{3,64}")
_MAXIMUM_ROLE_ID = 64

# Zones are searched for the one that holds a host, so the rights are on all zones of the project. The smallest role of
# Google's own could also delete the zones.
# https://cert-manager.io/docs/configuration/acme/dns01/google/
_PERMISSIONS = (
    "dns.changes.create",
    "dns.changes.get",
    "dns.changes.list",
    "dns.managedZones.list",
    "dns.resourceRecordSets.create",
    "dns.resourceRecordSets.delete",
    "dns.resourceRecordSets.get",
    "dns.resourceRecordSets.list",
    "dns.resourceRecordSets.update",
)


class DnsSolverArgs(TypedDict):
    """Arguments of `DnsSolver`."""

    project: Input[str]
    """Project of the zones. Whoever takes over cert-manager could change every record in them."""

    project_number: Input[str]
    """Number of the cluster's project. The identity is named by it."""

    identity_pool: Input[str]
    """Pool in which the cluster vouches for its pods, such as `acme-prod.svc.id.goog`: `cluster.identity_pool`."""

    namespace: Input[str]
    """Namespace that cert-manager lives in."""

    service_account: Input[str]
    """ServiceAccount that cert-manager's controller runs as: `certificates.service_account`."""

    role_id: NotRequired[str | None]
    """Id of the role in its project. A deleted role can be had back for a week; for a month after that, its id is
    taken: name another then. Default: made of the component's name, so that whoever limits what may be granted knows
    it beforehand."""


class DnsSolver(pulumi.ComponentResource):
    """Rights of cert-manager to prove in Cloud DNS that hosts are ours, and to nothing else."""

    project: Output[str]
    """Project of the zones. Known once the rights are granted; Google may still take minutes until they are seen
    everywhere."""

    role: Output[str]
    """Full name of the role, such as `projects/acme-prod/roles/cert_manager_dns_solver`."""

    member: Output[str]
    """The identity as IAM knows it, `principal://…`."""

    def __init__(self, name: str, args: DnsSolverArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("DnsSolver", name, args, DnsSolverArgs)
        refuse(component, "name", physical_name_fault(name))
        given = args.get("role_id")
        role_id = default_role_id(name) if given is None else given
        refuse(component, "role_id", _role_id_fault(role_id))

        super().__init__("web-platform:index:DnsSolver", name, None, opts)
        child = ResourceOptions(parent=self)
        role = gcp.projects.IAMCustomRole(
            name,
            project=args["project"],
            role_id=role_id,
            title="DNS01 solver",
            description="What cert-manager needs to prove in Cloud DNS that hosts are ours",
            stage="GA",
            permissions=list(_PERMISSIONS),
            opts=child,
        )
        grant = gcp.projects.IAMMember(
            f"{name}-grant",
            project=args["project"],
            role=role.name,
            member=principal(args["project_number"], args["identity_pool"], args["namespace"], args["service_account"]),
            opts=child,
        )
        self.project = grant.project
        self.role = role.name
        self.member = grant.member
        self.register_outputs({"project": self.project, "role": self.role, "member": self.member})


def default_role_id(name: str) -> str:
    """Id of the role of a component of this name. Roles have no hyphens in their ids."""
    return physical_name(name, _MAXIMUM_ROLE_ID, "-dns-solver").replace("-", "_")


def _role_id_fault(role_id: str) -> Fault | None:
    if _ROLE_ID.fullmatch(role_id):
        return None
    return Fault(
        what=f"is {role_id!r}, which is not an id that Google accepts for a role",
        danger="Google would refuse the role, and no wildcard would be certified",
        remedy="use 3 to 64 letters, digits, underscores and periods, such as 'dns01_solver'",
    )
