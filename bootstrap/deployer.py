"""Who deploys from GitLab, a stack or a service beside it: an identity without a key, which jobs of one project become.

Owns the service account, what it may do, and the pool through which GitLab vouches for its jobs. Does not own the
project that it deploys to and the state, on which it gets its rights, nor GitLab's own rules on who may push and merge.

The account is in the project of the organisation: in the stack's it could let others become it, since who deploys the
stack manages the accounts there. And each has a pool of its own, so that a token for one is worth nothing for another.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from bootstrap import names
from bootstrap.organisation import DeployedStack, Repository
from bootstrap.roles import CONDITION_TITLE, GRANTS_ROLES, condition

# As whom Google's audit logs know a job. Its `sub` has the branch's name in it, and more than 127 bytes are refused.
# https://cloud.google.com/iam/docs/workload-identity-federation#mapping
_SUBJECT = "'gitlab::' + assertion.project_id + '::' + assertion.job_id"

# A merge request brings its own pipeline, whose branch may have the name of a protected one, and the pipelines that it
# starts are children of it, with an occasion of their own. So it is said who may, and not who may not.
# https://docs.gitlab.com/ci/jobs/job_rules/#ci_pipeline_source-predefined-variable
OCCASIONS: Final = ("push", "schedule", "web")
"""Occasions of a pipeline that deploys from protected branches and tags: somebody who may push or start one there."""


class DeployerArgs(TypedDict):
    """Arguments of `Deployer`."""

    project: Input[str]
    """Project of the account and of the pool."""

    issuer: str
    """The GitLab that signs the tokens of jobs."""

    repository: Repository
    """Whose jobs may become it."""

    stack: str
    """The stack that they deploy, or that they deploy a service beside."""

    jobs: DeployedStack
    """Which jobs may deploy there."""

    stack_project: Input[str]
    """Project that it deploys to."""

    roles: Sequence[str]
    """What it may do there."""

    grantable: NotRequired[Sequence[str]]
    """What it may let others do there. Default: nothing."""

    bucket: Input[str]
    """Bucket of its state."""

    key: Input[str]
    """Key of the secrets in it."""

    hands_over_to: NotRequired[Mapping[str, Input[str]]]
    """Buckets of the services, by name, that it tells about its stack. On their keys it has no right. Default: none."""


class Deployer(pulumi.ComponentResource):
    """An identity that deploys one stack, or one service beside it, and can do nothing else."""

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
            account_id=names.account(name),
            display_name=f"Deploys {name}",
            description="Jobs of GitLab become it; it has no key",
            opts=child,
        )
        pool = gcp.iam.WorkloadIdentityPool(
            f"{name}-pool",
            project=args["project"],
            workload_identity_pool_id=names.pool(name),
            display_name=f"GitLab: {name}",
            # Its name would stay taken for a month.
            opts=ResourceOptions(parent=self, protect=True),
        )
        provider = gcp.iam.WorkloadIdentityPoolProvider(
            f"{name}-provider",
            project=args["project"],
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=names.PROVIDER,
            display_name="GitLab",
            oidc=gcp.iam.WorkloadIdentityPoolProviderOidcArgs(issuer_uri=args["issuer"]),
            attribute_mapping={"google.subject": _SUBJECT},
            attribute_condition=job_condition(args["repository"], args["stack"], args["jobs"]),
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
                condition=_limit(args.get("grantable", ())) if role == GRANTS_ROLES else None,
                opts=child,
            )
        buckets = {f"{name}-state": args["bucket"]}
        buckets |= {
            f"{name}-hands-over-to-{service}": bucket for service, bucket in args.get("hands_over_to", {}).items()
        }
        for grant, bucket in buckets.items():
            gcp.storage.BucketIAMMember(
                grant, bucket=bucket, role="roles/storage.objectUser", member=account.member, opts=child
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


def job_condition(repository: Repository, stack: str, jobs: DeployedStack) -> str:
    """What Google asks of a job's token before it believes it.

    https://docs.gitlab.com/ci/secrets/id_token_authentication/ has the claims. All of them are texts, those that say
    whether something is protected too.
    """
    asked = {"project_path": repository.project_path, "environment": jobs.environment or stack}
    if repository.project_id is not None:
        asked["project_id"] = str(repository.project_id)
    if jobs.protected_refs:
        asked["ref_protected"] = "true"
    if jobs.protected_environment:
        asked["environment_protected"] = "true"
    conditions = [f"assertion.{claim} == {value!r}" for claim, value in asked.items()]
    if jobs.protected_refs:
        conditions.append(f"assertion.pipeline_source in {list(OCCASIONS)!r}")
    return " && ".join(conditions)


def _limit(grantable: Sequence[str]) -> "gcp.projects.IAMMemberConditionArgs":
    return gcp.projects.IAMMemberConditionArgs(title=CONDITION_TITLE, expression=condition(list(grantable)))
