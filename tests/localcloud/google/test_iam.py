"""Service accounts and identity pools behave as Google's documentation says."""

import base64
import json
from typing import Any, ClassVar

import pytest

from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.iam import (
    DELETED_POOL,
    Account,
    AccountIAMBinding,
    AccountIAMMember,
    Key,
    WorkloadIdentityPool,
    WorkloadIdentityPoolProvider,
)
from localcloud.providers.google.kind import Place, Refusal
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable

NUMBER = project_number(PROJECT)
EMAIL = f"orders@{PROJECT}.iam.gserviceaccount.com"
NAME = f"projects/{PROJECT}/serviceAccounts/{EMAIL}"
OIDC = {"issuerUri": "https://gitlab.example.com"}
SUBJECT = {"google.subject": "assertion.sub"}


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "iam.googleapis.com")


def reasons(kind: Any, inputs: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.reason for each in kind.problems(inputs)}


class TestAccount:
    def test_has_an_address_a_member_a_name_and_a_number(self, cloud: Cloud, place: Place) -> None:
        account = cloud.create(Account(), {"accountId": "orders"}, place)
        assert account.id == account.state["name"] == NAME
        assert account.state["email"] == EMAIL
        assert account.state["member"] == f"serviceAccount:{EMAIL}"
        assert len(account.state["uniqueId"]) == 21
        assert account.state["uniqueId"].isdigit()

    def test_made_again_is_another_one(self, cloud: Cloud, place: Place) -> None:
        first = cloud.create(Account(), {"accountId": "orders"}, place)
        cloud.delete(Account(), first.id)
        assert cloud.create(Account(), {"accountId": "orders"}, place).state["uniqueId"] != first.state["uniqueId"]

    @pytest.mark.parametrize("name", ["short", "Orders", "orders-", "9orders", "o" * 31, "or_ders"])
    def test_an_id_of_wrong_syntax_is_a_problem(self, name: str) -> None:
        assert "6 to 30 small letters" in reasons(Account(), {"accountId": name})["accountId"]

    @pytest.mark.parametrize("name", ["orders", "o" * 30, "or-d3rs", UNKNOWN])
    def test_an_id_that_is_right_is_none(self, name: Any) -> None:
        assert reasons(Account(), {"accountId": name}) == {}

    def test_long_texts_are_problems(self) -> None:
        long = {"displayName": "x" * 101, "description": "é" * 129}
        assert list(reasons(Account(), long)) == ["displayName", "description"]
        assert reasons(Account(), {"displayName": "x" * 100, "description": "é" * 128}) == {}

    def test_is_imported_by_its_address_too(self, place: Place) -> None:
        assert Account().imported(EMAIL, place) == NAME
        assert Account().imported(NAME, place) == NAME

    def test_needs_its_api(self, place: Place, cloud: Cloud) -> None:
        with pytest.raises(Refusal, match="SERVICE_DISABLED"):
            cloud.create(Account(), {"accountId": "orders"}, Place("acme-staging"))


class TestKey:
    def test_is_a_file_that_names_the_account(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Account(), {"accountId": "orders"}, place)
        key = cloud.create(Key(), {"serviceAccountId": NAME}, place)
        assert key.id.startswith(f"{NAME}/keys/")
        assert len(key.id.rpartition("/")[2]) == 40
        file = json.loads(base64.b64decode(key.state["privateKey"]))
        assert file["client_email"] == EMAIL
        assert file["private_key_id"] == key.id.rpartition("/")[2]

    def test_keepers_make_another_key(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Account(), {"accountId": "orders"}, place)
        keys = [cloud.create(Key(), {"serviceAccountId": NAME, "keepers": {"year": y}}, place) for y in ("26", "27")]
        assert keys[0].id != keys[1].id

    def test_needs_an_account(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=f"the Account '{NAME}' does not exist"):
            cloud.create(Key(), {"serviceAccountId": NAME}, place)

    def test_an_algorithm_that_is_none_is_a_problem(self) -> None:
        assert "keyAlgorithm" in reasons(Key(), {"keyAlgorithm": "RSA"})


class TestAccountRoles:
    MEMBER: ClassVar[dict[str, Any]] = {
        "serviceAccountId": NAME,
        "role": "roles/iam.workloadIdentityUser",
        "member": "user:dev@example.com",
    }

    def test_are_granted_on_an_account(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Account(), {"accountId": "orders"}, place)
        member = cloud.create(AccountIAMMember(), self.MEMBER, place)
        assert member.id == f"{NAME}/roles/iam.workloadIdentityUser/user:dev@example.com"
        binding = {"serviceAccountId": NAME, "role": "roles/iam.serviceAccountUser", "members": ["domain:example.com"]}
        assert cloud.create(AccountIAMBinding(), binding, place).id == f"{NAME}/roles/iam.serviceAccountUser"

    def test_need_the_account(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=f"the Account '{NAME}' does not exist"):
            cloud.create(AccountIAMMember(), self.MEMBER, place)

    def test_take_the_account_s_full_name(self) -> None:
        found = reasons(AccountIAMMember(), {**self.MEMBER, "serviceAccountId": EMAIL})
        assert "its output 'name'" in found["serviceAccountId"]
        assert reasons(AccountIAMMember(), self.MEMBER) == {}

    def test_are_roles_of_iam(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Account(), {"accountId": "orders"}, place)
        with pytest.raises(Refusal, match=r"Role roles/pubsub.publisher is not supported for this resource"):
            cloud.create(AccountIAMMember(), {**self.MEMBER, "role": "roles/pubsub.publisher"}, place)


class TestWorkloadIdentityPool:
    def test_has_the_project_s_number_in_its_name(self, cloud: Cloud, place: Place) -> None:
        pool = cloud.create(WorkloadIdentityPool(), {"workloadIdentityPoolId": "gitlab"}, place)
        assert pool.id == f"projects/{PROJECT}/locations/global/workloadIdentityPools/gitlab"
        assert pool.state["name"] == f"projects/{NUMBER}/locations/global/workloadIdentityPools/gitlab"
        assert pool.state["state"] == "ACTIVE"

    @pytest.mark.parametrize("name", ["abc", "gcp-pool", "Pool", "p" * 33])
    def test_an_id_of_wrong_syntax_is_a_problem(self, name: str) -> None:
        assert "4 to 32" in reasons(WorkloadIdentityPool(), {"workloadIdentityPoolId": name})["workloadIdentityPoolId"]

    def test_its_name_stays_taken_after_it(self, cloud: Cloud, place: Place) -> None:
        pool = cloud.create(WorkloadIdentityPool(), {"workloadIdentityPoolId": "gitlab"}, place)
        cloud.delete(WorkloadIdentityPool(), pool.id)
        assert list(cloud.kept()) == [(DELETED_POOL, pool.id)]
        with pytest.raises(Refusal, match="was deleted less than 30 days ago"):
            cloud.create(WorkloadIdentityPool(), {"workloadIdentityPoolId": "gitlab"}, place)


class TestWorkloadIdentityPoolProvider:
    INPUTS: ClassVar[dict[str, Any]] = {
        "workloadIdentityPoolId": "gitlab",
        "workloadIdentityPoolProviderId": "gitlab",
        "oidc": OIDC,
        "attributeMapping": SUBJECT,
    }

    def test_belongs_to_a_pool(self, cloud: Cloud, place: Place) -> None:
        assert reasons(WorkloadIdentityPoolProvider(), self.INPUTS) == {}
        with pytest.raises(Refusal, match=r"the WorkloadIdentityPool .* does not exist"):
            cloud.create(WorkloadIdentityPoolProvider(), self.INPUTS, place)
        pool = cloud.create(WorkloadIdentityPool(), {"workloadIdentityPoolId": "gitlab"}, place)
        provider = cloud.create(WorkloadIdentityPoolProvider(), self.INPUTS, place)
        assert provider.id == f"{pool.id}/providers/gitlab"
        assert provider.state["name"] == f"{pool.state['name']}/providers/gitlab"

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"attributeMapping": {"attribute.project": "assertion.project_path"}}, "attributeMapping"),
            ({"attributeMapping": {**SUBJECT, "project": "assertion.project_path"}}, "attributeMapping"),
            ({"oidc": {"issuerUri": "http://gitlab.example.com"}}, "oidc.issuerUri"),
            ({"oidc": {"issuerUri": "https://gitlab.com"}}, "attributeCondition"),
            ({"attributeCondition": "x" * 4097}, "attributeCondition"),
            ({"aws": {"accountId": "1"}}, "oidc"),
            ({"workloadIdentityPoolProviderId": "gcp-gitlab"}, "workloadIdentityPoolProviderId"),
        ],
    )
    def test_what_google_would_not_take_is_a_problem(self, change: dict[str, Any], path: str) -> None:
        assert list(reasons(WorkloadIdentityPoolProvider(), {**self.INPUTS, **change})) == [path]

    def test_an_issuer_for_everybody_needs_a_condition(self) -> None:
        change = {"oidc": {"issuerUri": "https://gitlab.com"}, "attributeCondition": "assertion.namespace_id == '7'"}
        assert reasons(WorkloadIdentityPoolProvider(), {**self.INPUTS, **change}) == {}

    def test_without_a_mapping_nobody_is_anybody(self) -> None:
        inputs = {name: value for name, value in self.INPUTS.items() if name != "attributeMapping"}
        assert list(reasons(WorkloadIdentityPoolProvider(), inputs)) == ["attributeMapping"]
        assert reasons(WorkloadIdentityPoolProvider(), {**inputs, "attributeMapping": UNKNOWN}) == {}
