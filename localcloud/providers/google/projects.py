"""Projects, the services that are enabled in them, and the roles granted on them.

Simulated: which services are enabled, and that they stay so unless they are disabled on purpose; the identities of
services; roles and audit logs of a project. Not simulated: what else enabling a service brings, quotas, billing.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from localcloud.providers.google import principals, tokens
from localcloud.providers.google.checks import matches, one_of, value_at
from localcloud.providers.google.cloud import ENABLED, SERVICE, Cloud, project_number
from localcloud.providers.google.grants import Binding, Member
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.references import PathKind, last
from localcloud.providers.google.stamps import etag
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

# https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
PROJECT_ID: Final = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"

_SUFFIX = ".googleapis.com"

# Some of the services that `gcloud services list --available` shows, to know a misspelled one; others are believed.
_SERVICES = tuple(
    """
    aiplatform alloydb apigateway apikeys appengine artifactregistry autoscaling bigquery bigqueryconnection
    bigquerydatatransfer bigqueryreservation bigquerystorage binaryauthorization certificatemanager cloudapis
    cloudasset cloudbilling cloudbuild clouderrorreporting cloudfunctions cloudidentity cloudkms cloudprofiler
    cloudresourcemanager cloudscheduler cloudtasks cloudtrace compute connectgateway container containeranalysis
    containerfilesystem containerscanning containersecurity dataflow dataform dataplex dataproc datastore dns
    essentialcontacts eventarc file firebase firestore gkebackup gkeconnect gkehub iam iamcredentials iap
    identitytoolkit logging managedkafka memorystore monitoring multiclusteringress networkconnectivity
    networkmanagement networksecurity networkservices ondemandscanning orgpolicy oslogin policytroubleshooter
    privateca pubsub pubsublite recaptchaenterprise recommender redis run secretmanager securitycenter
    serviceconsumermanagement servicecontrol servicedirectory servicemanagement servicenetworking serviceusage
    sourcerepo spanner sql-component sqladmin storage storage-api storage-component storagetransfer sts
    trafficdirector translate vision vpcaccess websecurityscanner workflows
    """.split()  # noqa: SIM905 - a hundred quoted names would hide them
)

# A service that others need is only disabled with them.
# https://cloud.google.com/service-usage/docs/reference/rest/v1/services/disable
_NEEDED_BY = {"compute.googleapis.com": ("container", "dataflow", "dataproc")}


class Project(PathKind):
    """A project made by the program. Projects that are only named exist without one."""

    token = tokens.PROJECT
    path = "projects/{projectId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        rule = (
            "an id has 6 to 30 small letters, digits and hyphens, begins with a letter and does not end with a hyphen"
        )
        found = matches(inputs, "projectId", PROJECT_ID, rule)
        if value_at(inputs, "orgId") and value_at(inputs, "folderId"):
            found.append(
                Problem("folderId", "is given beside 'orgId', but a project has one parent: remove one of them")
            )
        return found

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        # resourcemanager/resource_google_project.go of hashicorp/terraform-provider-google
        defaults = {"deletionPolicy": "PREVENT", "autoCreateNetwork": True}
        return {**defaults, **super().complete(inputs, place)}

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        state["number"] = str(project_number(state["projectId"]))


class Service(PathKind):
    """An enabled service."""

    token = SERVICE
    path = "{project}/{service}"
    # Enabling what is enabled succeeds: resourcemanager/resource_google_project_service.go of the provider.
    unique = False

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        service = value_at(inputs, "service")
        if not isinstance(service, str):
            return []
        name = service.removesuffix(_SUFFIX)
        if name == service or not name:
            close = difflib.get_close_matches(service.partition(".")[0], _SERVICES, n=1, cutoff=0.5)
            meant = f"'{close[0]}{_SUFFIX}'" if close else f"'…{_SUFFIX}'"
            return [Problem("service", f"is {service!r}, which is no service's name: write {meant}")]
        close = difflib.get_close_matches(name, _SERVICES, n=1, cutoff=0.87)
        if close and name not in _SERVICES:
            return [Problem("service", f"is {service!r}, which does not exist: did you mean '{close[0]}{_SUFFIX}'?")]
        return []

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        cloud.forget(ENABLED, self.identifier(state))

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        """Disables it only where that was asked for.

        https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_service#disable_on_destroy-1
        """
        if not state.get("disableOnDestroy"):
            cloud.keep(ENABLED, self.identifier(state), "stays enabled, for disableOnDestroy is not set")
            return
        needing = _needing(state["service"], state["project"], cloud)
        if needing and not state.get("disableDependentServices"):
            raise Refusal(
                400,
                f"The service {state['service']} is depended on by the following active service(s): "
                f"{', '.join(needing)}, failedPrecondition",
                "what these services run would fail",
                "disable them first, or set disableDependentServices",
            )
        for service in needing:
            identifier = f"{state['project']}/{service}"
            cloud.forget(ENABLED, identifier)
            if cloud.get(self.token, identifier):
                cloud.tamper(self.token, identifier, None)


class ServiceIdentity(PathKind):
    """The account in whose name a service acts, made at once instead of when it is first needed."""

    token = tokens.SERVICE_IDENTITY
    path = "projects/{project}/services/{service}"
    unique = False

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        if not cloud.enabled(state["project"], state["service"]):
            raise Refusal(
                403,
                f"{state['service']} has not been used in project {state['project']} before or it is disabled, "
                "SERVICE_DISABLED",
                "it would have no identity",
                f"enable {state['service']} in the project first",
            )
        state["email"] = principals.agent(state["project"], state["service"])
        state["member"] = f"serviceAccount:{state['email']}"

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/project_service_identity
        cloud.keep("service-agent", state["email"], "Google's own account of a service stays with the project")


class IAMCustomRole(PathKind):
    """A role of the project's own."""

    token = tokens.CUSTOM_ROLE
    api = "iam.googleapis.com"
    path = "projects/{project}/roles/{roleId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/iam/docs/creating-custom-roles#creating
        rule = "the id of a role has 3 to 64 letters, digits, underscores and periods, and no hyphens"
        stages = ("ALPHA", "BETA", "GA", "DEPRECATED", "DISABLED", "EAP")
        found = [*matches(inputs, "roleId", r"[a-zA-Z0-9_.]{3,64}", rule), *one_of(inputs, "stage", stages)]
        permissions = value_at(inputs, "permissions")
        if permissions == []:
            found.append(Problem("permissions", "is empty, but a role that permits nothing is refused: add one"))
        for index, permission in enumerate(permissions or []):
            if isinstance(permission, str) and len(permission.split(".")) < 3:
                form = "write 'service.resources.verb' such as 'pubsub.topics.publish'; wildcards are not taken"
                found.append(Problem(f"permissions[{index}]", f"is {permission!r}, which is no permission: {form}"))
        return found

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        state["name"] = self.identifier(state)
        state["deleted"] = False


class IAMMember(Member):
    """A role on a whole project for one principal."""

    token = tokens.PROJECT_MEMBER
    api = "cloudresourcemanager.googleapis.com"

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        return f"projects/{last(state['project'])}"

    @override
    def resource_id(self, state: Mapping[str, Property]) -> str:
        project: str = state["project"]
        return project

    @override
    def require_member(self, member: str, state: Mapping[str, Property], cloud: Cloud) -> None:
        # "Project does not support `allUsers` and `allAuthenticatedUsers` as `members` in a `Binding` of a `Policy`."
        # https://cloud.google.com/resource-manager/reference/rest/v1/projects/setIamPolicy
        if member in principals.EVERYONE:
            raise Refusal(
                400,
                f"Policy members {member} are not supported on a project, badRequest",
                "the whole world would get the role on everything in the project",
                "grant it to principals you know, or on the one resource that is public",
            )


class IAMBinding(IAMMember, Binding):
    """All principals that have a role on a whole project."""

    token = tokens.PROJECT_BINDING


class IAMAuditConfig(Kind):
    """Which accesses to a service are logged."""

    token = tokens.AUDIT_CONFIG
    api = "cloudresourcemanager.googleapis.com"
    unique = False

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/logging/docs/audit/configure-data-access#auditlogconfig-object
        kinds = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
        logs = value_at(inputs, "auditLogConfigs") or []
        return [
            Problem(f"auditLogConfigs[{index}].logType", f"is {kind!r}: choose {', '.join(map(repr, kinds))}")
            for index, log in enumerate(logs)
            if isinstance(log, Mapping) and isinstance(kind := log.get("logType"), str) and kind not in kinds
        ]

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        return f"{state['project']}/audit_config/{state['service']}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        state["etag"] = etag(self.identifier(state))


def _needing(service: str, project: str, cloud: Cloud) -> list[str]:
    names = _NEEDED_BY.get(service, ())
    return [name + _SUFFIX for name in names if cloud.enabled(project, name + _SUFFIX)]


KINDS: tuple[type[Kind], ...] = (
    Project,
    Service,
    ServiceIdentity,
    IAMCustomRole,
    IAMMember,
    IAMBinding,
    IAMAuditConfig,
)
