"""Pools of workload identities from elsewhere, and who vouches for them. A deleted one's name stays taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import exactly_one, existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.kind import Kind, Refusal
from localcloud.providers.google.references import PathKind, last, project_of
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

DELETED_POOL: Final = "deleted-workload-identity-pool"
"""What is kept of a pool, or a pool's provider, whose name stays taken."""

# One issuer for all tenants: Google refuses a provider that would let all of them in.
# https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions
_SHARED_ISSUERS = ("https://gitlab.com", "https://token.actions.githubusercontent.com", "https://app.terraform.io")

# What people read, and how long it may be.
_TEXTS = {"displayName": 32, "description": 256}


class WorkloadIdentityPool(PathKind):
    """A pool of identities that somebody else vouches for."""

    token = tokens.IDENTITY_POOL
    api = "iam.googleapis.com"
    path = "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        return [
            *_pool_id(inputs, "workloadIdentityPoolId"),
            *_text_problems(inputs),
            *one_of(inputs, "mode", ("FEDERATION_ONLY", "TRUST_DOMAIN", "SYSTEM_TRUST_DOMAIN")),
        ]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        _refuse_reuse(self.identifier(state), cloud)
        state["name"] = _numbered(self.identifier(state))
        state["state"] = "ACTIVE"

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        cloud.keep(DELETED_POOL, self.identifier(state), "its name stays taken for 30 days")


class WorkloadIdentityPoolProvider(PathKind):
    """Who vouches for the identities of a pool."""

    token = tokens.IDENTITY_POOL_PROVIDER
    api = "iam.googleapis.com"
    path = (
        "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"
        "/providers/{workloadIdentityPoolProviderId}"
    )

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers
        rule = "identities are only believed over https: write the issuer's https:// address"
        one = exactly_one({"provider": inputs}, "provider", ("aws", "oidc", "saml", "x509"))
        return [
            *_pool_id(inputs, "workloadIdentityPoolProviderId"),
            *(Problem("oidc", each.reason) for each in one),
            *matches(inputs, "oidc.issuerUri", r"https://[^\s/]\S*", rule),
            *_text_problems(inputs),
            *_mapping_problems(inputs),
            *_condition_problems(inputs),
        ]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        _refuse_reuse(self.identifier(state), cloud)
        pool = self.identifier(state).partition("/providers/")[0]
        existing(cloud, tokens.IDENTITY_POOL, pool, "its identities would belong to nothing")
        state["name"] = _numbered(self.identifier(state))
        state["state"] = "ACTIVE"

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        cloud.keep(DELETED_POOL, self.identifier(state), "its name stays taken for 30 days")


def _mapping_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    mapping = inputs.get("attributeMapping", {})
    if not isinstance(mapping, Mapping):
        return []
    found = []
    if "google.subject" not in mapping and (mapping or value_at(inputs, "oidc")):
        example = "{'google.subject': 'assertion.sub'}"
        found.append(Problem("attributeMapping", f"must say what 'google.subject' is: add it, as in {example}"))
    for key in mapping:
        if not key.startswith(("google.", "attribute.")):
            known = "'google.subject', 'google.groups' or begin with 'attribute.'"
            reason = f"has the key {key!r}, but keys are {known}: write 'attribute.{key}'"
            found.append(Problem("attributeMapping", reason))
    return found


def _condition_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    condition, issuer = inputs.get("attributeCondition"), value_at(inputs, "oidc.issuerUri")
    if isinstance(condition, str) and len(condition) > 4096:
        return [Problem("attributeCondition", f"has {len(condition)} characters of 4096: shorten it")]
    if isinstance(issuer, str) and issuer.rstrip("/") in _SHARED_ISSUERS and not condition:
        example = "\"assertion.namespace_path == 'acme'\""
        reason = f"is absent, but {issuer} vouches for everybody's pipelines: name your own, as in {example}"
        return [Problem("attributeCondition", reason)]
    return []


def _pool_id(inputs: Mapping[str, Property], name: str) -> list[Problem]:
    # iambeta/resource_iam_workload_identity_pool.go of hashicorp/terraform-provider-google
    rule = "an id has 4 to 32 small letters, digits and hyphens, and 'gcp-' in front is Google's own"
    return matches(inputs, name, r"(?!gcp-)[0-9a-z-]{4,32}", rule)


def _text_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    # https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools
    lengths = {name: len(text) for name in _TEXTS if isinstance(text := inputs.get(name), str)}
    return [
        Problem(name, f"has {length} characters, but Google takes {_TEXTS[name]}: shorten it")
        for name, length in lengths.items()
        if length > _TEXTS[name]
    ]


def _numbered(path: str) -> str:
    project = project_of(path) or ""
    return path.replace(f"projects/{project}/", f"projects/{project_number(project)}/", 1)


def _refuse_reuse(identifier: str, cloud: Cloud) -> None:
    """Names stay taken for 30 days.

    https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/create
    """
    if (DELETED_POOL, identifier) in cloud.kept(DELETED_POOL):
        raise Refusal(
            409,
            f"Requested entity already exists: {identifier!r} was deleted less than 30 days ago, alreadyExists",
            "it cannot be made again under its name",
            f"give it another id, or undelete {last(identifier)!r} (gcloud iam workload-identity-pools undelete)",
        )


KINDS: tuple[type[Kind], ...] = (WorkloadIdentityPool, WorkloadIdentityPoolProvider)
