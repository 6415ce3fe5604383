"""Who deploys a stack from GitLab: an identity without a key, which some jobs of one project may become.

Owns the service account, what it may do, and the pool through which GitLab vouches for its jobs. Does not own the
stack's project and its state, on which it gets its rights, nor GitLab's own rules on who may push and merge.

The account is in the project of the organisation: in the stack's it could let others become it, since it manages the
accounts there. And each stack has a pool of its own, so that a token for one is worth nothing for another.
"""

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from bootstrap.organisation import DeployedStack, GitLab
from bootstrap.roles import CONDITION_TITLE, GRANTS_ROLES, condition

_PROVIDER = "gitlab"

# As whom Google's audit logs know a job. Its `sub` has the branch's name in it, and more than 127 bytes are refused.
# https://cloud.google.com/iam/docs/workload-identity-federation#mapping
_SUBJECT = "'gitlab::' + assertion.project_id + '::' + assertion.job_id"


class DeployerArgs(TypedDict):
    """Arguments of `Deployer`."""

    project: Input[str]
    """Project of the account and of the pool."""

    gitlab: GitLab
    """Whose jobs may become it."""

    jobs: DeployedStack
    """Which of them."""

    stack_project: Input[str]
    """Project that it deploys to."""

    roles: Sequence[str]
    """What it may do there."""

    grantable: Sequence[str]
    """What it may let others do there."""

    bucket: Input[str]
    """Bucket of the stack's state."""

    key: Input[str]
    """Key of the stack's secrets."""


class Deployer(pulumi.ComponentResource):
    """An identity that deploys one stack and can do nothing else."""

    email: Output[str]
    """Address of the service account."""

    provider: Output[str]
    """Full name of the provider: `projects/<number>/locations/global/workloadIdentityPools/…/providers/gitlab`."""

    def __init__(self, name: str, args: DeployerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("bootstrap:index:Deployer", name, None, opts)
        child = ResourceOptions(parent=self)
        account = gcp.serviceaccount.Account(
            name,
            project=args["project"],
            account_id=f"deploy-{name}",
            display_name=f"Deploys {name}",
            description="Jobs of GitLab become it; it has no key",
            opts=child,
        )
        pool = gcp.iam.WorkloadIdentityPool(
            f"{name}-pool",
            project=args["project"],
            workload_identity_pool_id=f"gitlab-{name}",
            display_name=f"GitLab: {name}",
            # Its name would stay taken for a month.
            opts=ResourceOptions(parent=self, protect=True),
        )
        provider = gcp.iam.WorkloadIdentityPoolProvider(
            f"{name}-provider",
            project=args["project"],
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=_PROVIDER,
            display_name="GitLab",
            oidc=gcp.iam.WorkloadIdentityPoolProviderOidcArgs(issuer_uri=args["gitlab"].issuer),
            attribute_mapping={"google.subject": _SUBJECT},
            attribute_condition=job_condition(args["gitlab"], name, args["jobs"]),
            opts=ResourceOptions(parent=self, protect=True),
        )
        gcp.serviceaccount.IAMMember(
            f"{name}-becomes",
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            # All of the pool: its provider lets nobody else in.
            member=Output.format("principalSet://iam.googleapis.com/{0}/*", pool.name),
            opts=child,
        )
        for role in args["roles"]:
            gcp.projects.IAMMember(
                f"{name}-{role.removeprefix('roles/')}",
                project=args["stack_project"],
                role=role,
                member=account.member,
                condition=_limit(args["grantable"]) if role == GRANTS_ROLES else None,
                opts=child,
            )
        gcp.storage.BucketIAMMember(
            f"{name}-state",
            bucket=args["bucket"],
            role="roles/storage.objectUser",
            member=account.member,
            opts=child,
        )
        gcp.kms.CryptoKeyIAMMember(
            f"{name}-key",
            crypto_key_id=args["key"],
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            member=account.member,
            opts=child,
        )
        self.email = account.email
        self.provider = provider.name
        self.register_outputs({"email": self.email, "provider": self.provider})


def job_condition(gitlab: GitLab, stack: str, jobs: DeployedStack) -> str:
    """What Google asks of a job's token before it believes it.

    https://docs.gitlab.com/ci/secrets/id_token_authentication/ has the claims. All of them are texts, those that say
    whether something is protected too.
    """
    asked = {"project_path": gitlab.project_path, "environment": jobs.environment or stack}
    if gitlab.project_id is not None:
        asked["project_id"] = str(gitlab.project_id)
    if jobs.protected_refs:
        asked["ref_protected"] = "true"
    if jobs.protected_environment:
        asked["environment_protected"] = "true"
    conditions = [f"assertion.{claim} == {value!r}" for claim, value in asked.items()]
    if jobs.protected_refs:
        # A merge request brings its own pipeline, and its branch may have the name of a protected one.
        conditions.append("assertion.pipeline_source != 'merge_request_event'")
    return " && ".join(conditions)


def _limit(grantable: Sequence[str]) -> "gcp.projects.IAMMemberConditionArgs":
    return gcp.projects.IAMMemberConditionArgs(title=CONDITION_TITLE, expression=condition(list(grantable)))
