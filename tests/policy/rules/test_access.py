import json
from typing import Any

import pytest

from policy.rules import access
from tests.policy.rules import resource, wrong

MEMBER = "gcp:projects/iAMMember:IAMMember"
BINDING = "gcp:storage/bucketIAMBinding:BucketIAMBinding"
POLICY = "gcp:projects/iAMPolicy:IAMPolicy"
DATASET = "gcp:bigquery/dataset:Dataset"
ACCESS = "gcp:bigquery/datasetAccess:DatasetAccess"
SOMEBODY = "serviceAccount:hello@p.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("gcp:serviceaccount/key:Key", "Key"),
        ("gcp:storage/hmacKey:HmacKey", "HmacKey"),
        ("gcp:projects/apiKey:ApiKey", "ApiKey"),
    ],
)
def test_a_key_is_found(type_: str, kind: str) -> None:
    assert wrong(access.NO_KEYS, resource(type_)) == [f"{kind} is a key that is kept in Pulumi's state"]


def test_an_account_without_keys_passes() -> None:
    assert wrong(access.NO_KEYS, resource("gcp:serviceaccount/account:Account", accountId="hello")) == []


@pytest.mark.parametrize(
    ("type_", "properties", "what"),
    [
        (
            "gcp:storage/bucketIAMMember:BucketIAMMember",
            {"role": "roles/storage.objectViewer", "member": "allUsers"},
            "allUsers gets roles/storage.objectViewer",
        ),
        (
            BINDING,
            {"role": "roles/storage.objectViewer", "members": [SOMEBODY, "allAuthenticatedUsers"]},
            "allAuthenticatedUsers gets roles/storage.objectViewer",
        ),
        (
            POLICY,
            {"policyData": json.dumps({"bindings": [{"role": "roles/run.invoker", "members": ["allUsers"]}]})},
            "allUsers gets roles/run.invoker",
        ),
        (
            DATASET,
            {"accesses": [{"role": "READER", "specialGroup": "allAuthenticatedUsers"}]},
            "allAuthenticatedUsers gets READER",
        ),
        (ACCESS, {"role": "READER", "iamMember": "allUsers"}, "allUsers gets READER"),
        (
            ACCESS,
            {"role": "READER", "specialGroup": "allAuthenticatedUsers"},
            "allAuthenticatedUsers gets READER",
        ),
        (
            "gcp:storage/bucketAccessControl:BucketAccessControl",
            {"entity": "allUsers", "role": "READER"},
            "allUsers is let in by an access list",
        ),
        (
            "gcp:storage/bucketACL:BucketACL",
            {"roleEntities": ["OWNER:user-a@example.org", "READER:allUsers"]},
            "READER:allUsers is let in by an access list",
        ),
        ("gcp:storage/bucketACL:BucketACL", {"predefinedAcl": "publicRead"}, "predefinedAcl is publicRead"),
    ],
)
def test_what_is_for_everybody_is_found(type_: str, properties: dict[str, Any], what: str) -> None:
    assert wrong(access.NO_PUBLIC_ACCESS, resource(type_, **properties)) == [what]


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        (MEMBER, {"role": "roles/owner", "member": SOMEBODY}),
        (BINDING, {"role": "roles/editor", "members": [SOMEBODY]}),
        (POLICY, {"policyData": json.dumps({"bindings": [{"role": "roles/viewer", "members": [SOMEBODY]}]})}),
    ],
)
def test_a_role_that_reaches_the_whole_project_is_found(type_: str, properties: dict[str, Any]) -> None:
    (what,) = wrong(access.NO_BASIC_ROLES, resource(type_, **properties))
    assert what.startswith("role is roles/")


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        (MEMBER, {"role": "roles/bigquery.jobUser", "member": SOMEBODY}),
        (MEMBER, {"role": None, "member": None}),
        (BINDING, {"role": "roles/storage.objectUser", "members": None}),
        (POLICY, {"policyData": None}),
        (POLICY, {"policyData": "{ not JSON"}),
        (POLICY, {"policyData": "[]"}),
        (ACCESS, {"role": "READER", "specialGroup": "projectWriters"}),
        (ACCESS, {"role": "READER", "specialGroup": None}),
        (DATASET, {"accesses": [{"role": "READER", "iamMember": SOMEBODY}, None]}),
        ("gcp:compute/network:Network", {"name": "platform"}),
    ],
)
def test_a_right_that_somebody_needs_passes(type_: str, properties: dict[str, Any]) -> None:
    assert wrong(access.NO_PUBLIC_ACCESS, resource(type_, **properties)) == []
    assert wrong(access.NO_BASIC_ROLES, resource(type_, **properties)) == []
