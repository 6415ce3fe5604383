"""Service accounts and their keys, and pools of workload identities from elsewhere.

Simulated: names, addresses and numbers; that a deleted pool's name stays taken. Not simulated: tokens; that keys open
anything; quotas.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import exactly_one, existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud, digest, project_number
from localcloud.providers.google.grants import Binding, Member
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.principals import account_exists
from localcloud.providers.google.references import PathKind, last, project_of
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

DELETED_POOL: Final = "deleted-workload-identity-pool"
"""What is kept of a pool, or a pool's provider, whose name stays taken."""

# One issuer for all tenants: Google refuses a provider that would let all of them in.
# https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions
_SHARED_ISSUERS = ("https://gitlab.com", "https://token.actions.githubusercontent.com", "https://app.terraform.io")

_ACCOUNT_NAME = r"projects/[^/]+/serviceAccounts/[^/@\s]+@[^/@\s]+"
_DATE = "%Y-%m-%dT%H:%M:%SZ"


class Account(PathKind):
    """A service account."""

    token = tokens.ACCOUNT
    api = "iam.googleapis.com"
    path = "projects/{project}/serviceAccounts/{accountId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/iam/docs/service-accounts-create#creating
        rule = (
            "an id has 6 to 30 small letters, digits and hyphens, begins with a letter and does not end with a hyphen"
        )
        found = matches(inputs, "accountId", r"[a-z][-a-z0-9]{4,28}[a-z0-9]", rule)
        for name, limit in (("displayName", 100), ("description", 256)):
            text = value_at(inputs, name)
            if isinstance(text, str) and len(text.encode()) > limit:
                found.append(Problem(name, f"has {len(text.encode())} bytes, but Google takes {limit}: shorten it"))
        return found

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        return f"projects/{state['project']}/serviceAccounts/{_email(state)}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        state["email"] = _email(state)
        state["member"] = f"serviceAccount:{state['email']}"
        state["name"] = self.identifier(state)
        # An account made anew under an old name is another one, and has another number.
        state["uniqueId"] = str(10**20 + secrets.randbelow(10**19))

    @override
    def imported(self, identifier: str, place: Place) -> str:
        if "/" in identifier:
            return identifier
        return f"projects/{place.project}/serviceAccounts/{identifier}"


class Key(Kind):
    """A key of a service account. It works nowhere; its file has the form of a real one."""

    token = tokens.ACCOUNT_KEY
    api = "iam.googleapis.com"
    unique = False

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # resourcemanager/resource_google_service_account_key.go of hashicorp/terraform-provider-google
        return [
            *one_of(inputs, "keyAlgorithm", ("KEY_ALG_UNSPECIFIED", "KEY_ALG_RSA_1024", "KEY_ALG_RSA_2048")),
            *one_of(inputs, "publicKeyType", ("TYPE_NONE", "TYPE_X509_PEM_FILE", "TYPE_RAW_PUBLIC_KEY")),
            *one_of(
                inputs,
                "privateKeyType",
                ("TYPE_UNSPECIFIED", "TYPE_PKCS12_FILE", "TYPE_GOOGLE_CREDENTIALS_FILE"),
            ),
        ]

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        # Google draws it; one made of the inputs is another one, too, when `keepers` are.
        drawn = digest(json.dumps([state.get(name) for name in ("serviceAccountId", "keepers")], sort_keys=True))
        return f"{state['serviceAccountId']}/keys/{drawn:040x}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        state["name"] = self.identifier(state)
        account = _existing_account(state["serviceAccountId"], cloud, "a key of nobody would open nothing")
        now = datetime.now(UTC)
        project, email = project_of(account), last(account)
        file = {
            "type": "service_account",
            "project_id": project,
            "private_key_id": last(state["name"]),
            "private_key": "-----BEGIN PRIVATE KEY-----\nsimulated\n-----END PRIVATE KEY-----\n",
            "client_email": email,
            "token_uri": "https://oauth2.googleapis.com/token",
        }
        state["privateKey"] = base64.b64encode(json.dumps(file).encode()).decode()
        certificate = "-----BEGIN CERTIFICATE-----\nsimulated\n-----END CERTIFICATE-----\n"
        state["publicKey"] = base64.b64encode(certificate.encode()).decode()
        state["validAfter"] = now.strftime(_DATE)
        state["validBefore"] = (now + timedelta(days=3650)).strftime(_DATE)


class AccountIAMMember(Member):
    """A role on a service account, such as to act as it."""

    token = tokens.ACCOUNT_MEMBER
    target = tokens.ACCOUNT
    services = ("iam",)

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # `ServiceAccountLinkRegex` in verify/validation.go of hashicorp/terraform-provider-google
        rule = "it is an account's full name, 'projects/…/serviceAccounts/…@…', which is its output 'name'"
        return [*matches(inputs, "serviceAccountId", _ACCOUNT_NAME, rule), *super().problems(inputs)]

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return dict(inputs)

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        account: str = state["serviceAccountId"]
        return account

    @override
    def project(self, state: Mapping[str, Property], cloud: Cloud) -> str | None:
        return project_of(_existing_account(self.on(state), cloud, "there would be nothing to grant the role on"))


class AccountIAMBinding(AccountIAMMember, Binding):
    """All principals that have a role on a service account."""

    token = tokens.ACCOUNT_BINDING


class WorkloadIdentityPool(PathKind):
    """A pool of identities that somebody else vouches for."""

    token = tokens.IDENTITY_POOL
    api = "iam.googleapis.com"
    path = "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        return [
            *_pool_id(inputs, "workloadIdentityPoolId"),
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


def _email(state: Mapping[str, Property]) -> str:
    return f"{state['accountId']}@{state['project']}.iam.gserviceaccount.com"


def _existing_account(name: str, cloud: Cloud, danger: str) -> str:
    project, email = project_of(name), last(name)
    # "-" stands for whichever project the address names.
    home = None if project == "-" else project
    if not account_exists(email, home, cloud):
        existing(cloud, tokens.ACCOUNT, name, danger)
    return name


def _pool_id(inputs: Mapping[str, Property], name: str) -> list[Problem]:
    # iambeta/resource_iam_workload_identity_pool.go of hashicorp/terraform-provider-google
    rule = "an id has 4 to 32 small letters, digits and hyphens, and 'gcp-' in front is Google's own"
    return matches(inputs, name, r"(?!gcp-)[0-9a-z-]{4,32}", rule)


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


KINDS: tuple[type[Kind], ...] = (
    Account,
    Key,
    AccountIAMMember,
    AccountIAMBinding,
    WorkloadIdentityPool,
    WorkloadIdentityPoolProvider,
)
