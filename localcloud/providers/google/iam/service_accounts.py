"""Service accounts, their keys, and who may use them. Not simulated: tokens, quotas, and that keys open anything."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.grants import Binding, Member
from localcloud.providers.google.kind import Kind, Place
from localcloud.providers.google.principals import account_exists
from localcloud.providers.google.references import PathKind, last, project_of
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

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


def _email(state: Mapping[str, Property]) -> str:
    return f"{state['accountId']}@{state['project']}.iam.gserviceaccount.com"


def _existing_account(name: str, cloud: Cloud, danger: str) -> str:
    project, email = project_of(name), last(name)
    # "-" stands for whichever project the address names.
    home = None if project == "-" else project
    if not account_exists(email, home, cloud):
        existing(cloud, tokens.ACCOUNT, name, danger)
    return name


KINDS: tuple[type[Kind], ...] = (Account, Key, AccountIAMMember, AccountIAMBinding)
