"""Principals: whom a role can be granted to, how they are written, and who of them exists.

Simulated are the spellings, the service accounts and service agents of a project, and its workload identity pools.
People, groups and domains are believed, and so is all of other projects.
https://cloud.google.com/iam/docs/principal-identifiers
"""

from __future__ import annotations

import re
from typing import Final

from localcloud.providers.google import tokens
from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.kind import Refusal

EVERYONE: Final = ("allUsers", "allAuthenticatedUsers")
_EMAIL = r"[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+"
_SYNTAX = {
    "user": _EMAIL,
    "group": _EMAIL,
    "serviceAccount": rf"{_EMAIL}|[^\s\[\]]+\.svc\.id\.goog\[[^/\s]+/[^/\s]+\]",
    "domain": r"[^@\s:/]+\.[^@\s:/]+",
    "principal": r"//\S+/subject/\S+",
    "principalSet": r"//\S+",
    "projectOwner": r"\S+",
    "projectEditor": r"\S+",
    "projectViewer": r"\S+",
}

# https://cloud.google.com/iam/docs/service-agents
AGENTS: Final = {
    "artifactregistry.googleapis.com": "service-{number}@gcp-sa-artifactregistry.iam.gserviceaccount.com",
    "bigquerydatatransfer.googleapis.com": "service-{number}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com",
    "certificatemanager.googleapis.com": "service-{number}@gcp-sa-certificatemanager.iam.gserviceaccount.com",
    "cloudbuild.googleapis.com": "service-{number}@gcp-sa-cloudbuild.iam.gserviceaccount.com",
    "cloudkms.googleapis.com": "service-{number}@gcp-sa-cloudkms.iam.gserviceaccount.com",
    "cloudscheduler.googleapis.com": "service-{number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com",
    "compute.googleapis.com": "service-{number}@compute-system.iam.gserviceaccount.com",
    "container.googleapis.com": "service-{number}@container-engine-robot.iam.gserviceaccount.com",
    "dns.googleapis.com": "service-{number}@gcp-sa-dns.iam.gserviceaccount.com",
    "eventarc.googleapis.com": "service-{number}@gcp-sa-eventarc.iam.gserviceaccount.com",
    "gkebackup.googleapis.com": "service-{number}@gcp-sa-gkebackup.iam.gserviceaccount.com",
    "logging.googleapis.com": "service-{number}@gcp-sa-logging.iam.gserviceaccount.com",
    "monitoring.googleapis.com": "service-{number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com",
    "pubsub.googleapis.com": "service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com",
    "redis.googleapis.com": "service-{number}@cloud-redis.iam.gserviceaccount.com",
    "run.googleapis.com": "service-{number}@serverless-robot-prod.iam.gserviceaccount.com",
    "secretmanager.googleapis.com": "service-{number}@gcp-sa-secretmanager.iam.gserviceaccount.com",
    "servicenetworking.googleapis.com": "service-{number}@service-networking.iam.gserviceaccount.com",
    "sqladmin.googleapis.com": "service-{number}@gcp-sa-cloud-sql.iam.gserviceaccount.com",
    "storage.googleapis.com": "service-{number}@gs-project-accounts.iam.gserviceaccount.com",
}
"""Service -> the e-mail address of its agent in a project. Simulated as there once the service is enabled."""

# These are only made when they are asked for, by a ServiceIdentity.
# https://cloud.google.com/secret-manager/docs/event-notifications#service-identity
# https://cloud.google.com/sql/docs/postgres/configure-cmek#service-account
_ON_REQUEST = ("secretmanager.googleapis.com", "sqladmin.googleapis.com")

# Accounts that come with a service, beside its agent.
# https://cloud.google.com/compute/docs/access/service-accounts
_DEFAULT_ACCOUNTS = {
    "{number}-compute@developer.gserviceaccount.com": "compute.googleapis.com",
    "{number}@cloudservices.gserviceaccount.com": "compute.googleapis.com",
    "{number}@cloudbuild.gserviceaccount.com": "cloudbuild.googleapis.com",
}


def agent(project: str, api: str) -> str:
    """The e-mail address of a service's agent in a project."""
    usual = "service-{number}@gcp-sa-" + api.partition(".")[0] + ".iam.gserviceaccount.com"
    return AGENTS.get(api, usual).format(number=project_number(project))


def problem(member: str) -> str | None:
    """What is wrong with the spelling of a principal."""
    if member in EVERYONE:
        return None
    if member.startswith("deleted:"):
        # tpgiamresource/resource_iam_member.go of hashicorp/terraform-provider-google
        return f"is {member!r}, a principal that was deleted and can do nothing: remove the grant"
    kind, colon, name = member.partition(":")
    if colon and kind in _SYNTAX:
        if re.fullmatch(_SYNTAX[kind], name):
            return None
        return f"is {member!r}, but after {kind + ':'!r} comes {_follows(kind)}: nobody would get the role"
    if re.fullmatch(_EMAIL, member):
        kind = "serviceAccount" if member.endswith(".gserviceaccount.com") else "user"
        return f"is {member!r}, of which Google cannot tell what it is: write '{kind}:{member}'"
    kinds = ", ".join(f"'{each}:'" for each in _SYNTAX)
    return f"is {member!r}, which is no principal: begin it with one of {kinds}, or write one of {EVERYONE}"


def normal(member: str) -> str:
    """A principal as ids contain it, e-mail addresses in small letters.

    `NormalizeIamPrincipalCasing` in tpgresource/utils.go of hashicorp/terraform-provider-google
    """
    if member in EVERYONE or member.startswith(("principal:", "principalSet:", "iamMember:")):
        return member
    kind, colon, name = member.partition(":")
    return kind + colon + name.lower()


def require(member: str, project: str | None, cloud: Cloud) -> None:
    """Refuses a principal that does not exist.

    Args:
        member: Spelled rightly.
        project: The project of the resource on which it gets a role; None if that is not known.
        cloud: Where it should exist.
    """
    kind, _, name = member.partition(":")
    if kind == "serviceAccount":
        if "[" in name:
            _require_pool(name.partition("[")[0], cloud)
        elif not account_exists(name.lower(), project, cloud):
            raise _missing_account(name)
    elif kind in ("principal", "principalSet"):
        _require_federated(member, name, project, cloud)


def account_exists(email: str, project: str | None, cloud: Cloud) -> bool:
    """Whether a service account exists, as far as can be known: one of another project does."""
    if cloud.get(tokens.ACCOUNT, f"projects/{owner(email)}/serviceAccounts/{email}"):
        return True
    if project is not None and str(project_number(project)) in re.split(r"[-@]", email.partition(".")[0]):
        return _is_agent(email, project, cloud)
    home = owner(email)
    return home is None or not (home == project or cloud.enabled(home, "iam.googleapis.com"))


def owner(email: str) -> str | None:
    """The project that a service account's address names; None for those that Google makes."""
    name, _, domain = email.partition("@")
    project = domain.removesuffix(".iam.gserviceaccount.com")
    return None if project == domain or re.fullmatch(r"service-\d+", name) else project


def _is_agent(email: str, project: str, cloud: Cloud) -> bool:
    number = project_number(project)
    for api in (*AGENTS, *_DEFAULT_ACCOUNTS.values()):
        if email == agent(project, api):
            asked = cloud.get(tokens.SERVICE_IDENTITY, f"projects/{project}/services/{api}") is not None
            return asked or (api not in _ON_REQUEST and cloud.enabled(project, api))
    for form, api in _DEFAULT_ACCOUNTS.items():
        if email == form.format(number=number):
            return cloud.enabled(project, api)
    return True


def _require_federated(member: str, name: str, project: str | None, cloud: Cloud) -> None:
    found = re.match(r"//iam\.googleapis\.com/projects/([^/]+)/locations/global/workloadIdentityPools/([^/]+)/", name)
    if found is None:
        return
    number, pool = found.groups()
    of_project = pool.removesuffix(".svc.id.goog")
    if of_project != pool:
        if number != str(project_number(of_project)):
            raise Refusal(
                400,
                f"Invalid principal member {member!r}, badRequest: {of_project!r} is not the project {number!r}",
                "the workload would be refused whatever it asks for",
                f"the number of {of_project!r} is {project_number(of_project)}: take it from the project's 'number'",
            )
        _require_pool(pool, cloud)
    elif project is not None and number == project:
        raise Refusal(
            400,
            f"Invalid principal member {member!r}, badRequest: a project is named in it by its number",
            "no identity of the pool would get the role",
            f"write {project_number(project)} for {project!r}, or build it from the pool's output 'name'",
        )
    elif project is not None and number == str(project_number(project)):
        identifier = f"projects/{project}/locations/global/workloadIdentityPools/{pool}"
        if cloud.get(tokens.IDENTITY_POOL, identifier) is None:
            raise _missing_pool(pool, "declare the WorkloadIdentityPool, and build the principal from its 'name'")


def _require_pool(pool: str, cloud: Cloud) -> None:
    """A project's own pool comes with its first cluster that asks for it.

    https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#enable_on_clusters_and_node_pools
    """
    project = pool.removesuffix(".svc.id.goog")
    for cluster in cloud.find(tokens.CLUSTER, project=project):
        if cluster.state.get("enableAutopilot"):
            return
        if (cluster.state.get("workloadIdentityConfig") or {}).get("workloadPool") == pool:
            return
    raise _missing_pool(
        pool, "let the grant wait for a cluster with workloadIdentityConfig (build the principal from its outputs)"
    )


def _missing_pool(pool: str, remedy: str) -> Refusal:
    # https://github.com/terraform-google-modules/terraform-google-kubernetes-engine/issues/916
    return Refusal(
        400,
        f"Identity Pool does not exist ({pool}). Please check that you specified a valid resource name as returned in "
        "the `name` attribute in the configuration API., badRequest",
        "the role would be granted to nobody",
        remedy,
    )


def _missing_account(email: str) -> Refusal:
    made_by = next((api for api in AGENTS if email.endswith(AGENTS[api].partition("@")[2])), None)
    remedy = "declare the account, and use its output 'member', so that it is made first"
    if made_by is not None:
        remedy = f"enable {made_by} first, or declare a ServiceIdentity of it and use its output 'member'"
    return Refusal(
        400,
        f"Service account {email} does not exist., badRequest",
        "the role would be granted to nobody",
        remedy,
    )


def _follows(kind: str) -> str:
    return {
        "domain": "a domain such as example.com",
        "principal": "//iam.googleapis.com/… with /subject/…",
        "principalSet": "//iam.googleapis.com/…",
    }.get(kind, "an e-mail address" if _SYNTAX[kind].startswith(_EMAIL) else "the id of a project")
