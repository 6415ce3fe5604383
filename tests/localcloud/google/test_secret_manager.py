"""Secrets behave as Google's documentation says."""

from typing import Any, ClassVar

import pytest

from localcloud.providers.google import tokens
from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.kind import Place, Refusal
from localcloud.providers.google.secret_manager import Secret, SecretIamMember, SecretVersion
from tests.localcloud.google.conftest import PROJECT, enable

NUMBER = project_number(PROJECT)


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "secretmanager.googleapis.com")


def reasons(kind: Any, inputs: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.reason for each in kind.problems(inputs)}


class TestSecrets:
    SECRET: ClassVar[dict[str, Any]] = {"secretId": "orders", "replication": {"auto": {}}}

    def test_a_secret_has_the_project_s_number_in_its_name(self, cloud: Cloud, place: Place) -> None:
        secret = cloud.create(Secret(), self.SECRET, place)
        assert secret.id == f"projects/{PROJECT}/secrets/orders"
        assert secret.state["name"] == f"projects/{NUMBER}/secrets/orders"

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"secretId": "a/b"}, "secretId"),
            ({"replication": {}}, "replication"),
            ({"replication": {"auto": {}, "userManaged": {"replicas": []}}}, "replication"),
        ],
    )
    def test_what_google_would_not_take_is_a_problem(self, change: dict[str, Any], path: str) -> None:
        assert list(reasons(Secret(), {**self.SECRET, **change})) == [path]
        assert reasons(Secret(), self.SECRET) == {}

    def test_a_version_belongs_to_a_secret(self, cloud: Cloud, place: Place) -> None:
        inputs = {"secret": f"projects/{PROJECT}/secrets/orders", "secretData": "hush"}
        with pytest.raises(Refusal, match="the Secret 'projects/acme-prod/secrets/orders' does not exist"):
            cloud.create(SecretVersion(), inputs, place)
        cloud.create(Secret(), self.SECRET, place)
        version = cloud.create(SecretVersion(), inputs, place)
        number = version.state["version"]
        assert number.isdigit()
        assert version.id == version.state["name"] == f"projects/{NUMBER}/secrets/orders/versions/{number}"
        assert cloud.create(SecretVersion(), {**inputs, "secretData": "new"}, place).id != version.id

    @pytest.mark.parametrize(
        "inputs",
        [
            {},
            {"secretData": "a", "secretDataWo": "b"},
            {"secretData": "x" * 65537},
            {"secretData": "not base64!", "isSecretDataBase64": True},
        ],
    )
    def test_data_that_cannot_be_is_a_problem(self, inputs: dict[str, Any]) -> None:
        assert list(reasons(SecretVersion(), inputs)) == ["secretData"]
        assert reasons(SecretVersion(), {"secretData": "aHVzaA==", "isSecretDataBase64": True}) == {}

    def test_a_protected_secret_is_not_deleted(self, cloud: Cloud, place: Place) -> None:
        secret = cloud.create(Secret(), {**self.SECRET, "deletionProtection": True}, place)
        with pytest.raises(Refusal, match="while deletionProtection is set"):
            cloud.delete(Secret(), secret.id)
        cloud.update(Secret(), secret.id, {**self.SECRET, "deletionProtection": False}, place)
        cloud.delete(Secret(), secret.id)
        assert cloud.get(tokens.SECRET, secret.id) is None

    def test_versions_go_with_their_secret(self, cloud: Cloud, place: Place) -> None:
        secret = cloud.create(Secret(), self.SECRET, place)
        version = cloud.create(SecretVersion(), {"secret": secret.id, "secretData": "hush"}, place)
        cloud.delete(Secret(), secret.id)
        assert cloud.get(tokens.SECRET_VERSION, version.id) is None

    def test_a_role_on_a_secret_is_one_of_secret_manager(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Secret(), self.SECRET, place)
        inputs = {"secretId": "orders", "role": "roles/secretmanager.secretAccessor", "member": "group:dev@example.com"}
        member = cloud.create(SecretIamMember(), inputs, place)
        assert member.id == f"projects/{PROJECT}/secrets/orders/{inputs['role']}/group:dev@example.com"
        assert "role" in reasons(SecretIamMember(), {**inputs, "role": "roles/cloudsql.client"})
