"""Projects and their services behave as Google's documentation says."""

from typing import Any

import pytest

from localcloud.providers.google.cloud import ENABLED, SERVICE, Cloud, project_number
from localcloud.providers.google.kind import Place, Refusal
from localcloud.providers.google.projects import (
    IAMAuditConfig,
    IAMBinding,
    IAMCustomRole,
    IAMMember,
    Project,
    Service,
    ServiceIdentity,
)
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable

PUBSUB = "pubsub.googleapis.com"
NUMBER = project_number(PROJECT)
VIEWER = {"project": PROJECT, "role": "roles/viewer", "member": "user:dev@example.com"}


def reasons(kind: Any, inputs: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.reason for each in kind.problems(inputs)}


class TestService:
    def test_enables_an_api_of_the_provider_s_project(self, cloud: Cloud, place: Place) -> None:
        service = cloud.create(Service(), {"service": PUBSUB}, place)
        assert service.id == f"{PROJECT}/{PUBSUB}"
        assert cloud.enabled(PROJECT, PUBSUB)
        assert not cloud.enabled("acme-staging", PUBSUB)

    def test_enabling_twice_is_enabling_once(self, cloud: Cloud, place: Place) -> None:
        first = cloud.create(Service(), {"service": PUBSUB}, place)
        assert cloud.create(Service(), {"service": PUBSUB}, place) == first

    def test_stays_enabled_when_it_is_no_longer_declared(self, cloud: Cloud, place: Place) -> None:
        service = cloud.create(Service(), {"service": PUBSUB}, place)
        cloud.delete(Service(), service.id)
        assert cloud.get(SERVICE, service.id) is None
        assert cloud.enabled(PROJECT, PUBSUB)
        assert cloud.kept(ENABLED) == {(ENABLED, service.id): "stays enabled, for disableOnDestroy is not set"}

    def test_is_not_kept_any_more_when_it_is_declared_again(self, cloud: Cloud, place: Place) -> None:
        for _ in range(2):
            service = cloud.create(Service(), {"service": PUBSUB}, place)
            cloud.delete(Service(), service.id)
        cloud.create(Service(), {"service": PUBSUB}, place)
        assert cloud.kept() == {}

    def test_is_disabled_where_that_is_asked_for(self, cloud: Cloud, place: Place) -> None:
        service = cloud.create(Service(), {"service": PUBSUB, "disableOnDestroy": True}, place)
        cloud.delete(Service(), service.id)
        assert not cloud.enabled(PROJECT, PUBSUB)
        assert cloud.kept() == {}

    def test_is_not_disabled_under_a_service_that_needs_it(self, cloud: Cloud, place: Place) -> None:
        enable(cloud, "container.googleapis.com")
        compute = cloud.create(Service(), {"service": "compute.googleapis.com", "disableOnDestroy": True}, place)
        with pytest.raises(Refusal, match=r"depended on by the following active service\(s\): container.googleapis"):
            cloud.delete(Service(), compute.id)
        assert cloud.enabled(PROJECT, "compute.googleapis.com")

    def test_is_disabled_with_those_that_need_it_where_that_is_asked_for(self, cloud: Cloud, place: Place) -> None:
        enable(cloud, "container.googleapis.com")
        inputs = {
            "service": "compute.googleapis.com",
            "disableOnDestroy": True,
            "disableDependentServices": True,
        }
        cloud.delete(Service(), cloud.create(Service(), inputs, place).id)
        assert not cloud.enabled(PROJECT, "compute.googleapis.com")
        assert not cloud.enabled(PROJECT, "container.googleapis.com")

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("pubsub", "write 'pubsub.googleapis.com'"),
            ("container.googleapi.com", "write 'container.googleapis.com'"),
            ("containers.googleapis.com", "did you mean 'container.googleapis.com'?"),
            ("sqladmins.googleapis.com", "did you mean 'sqladmin.googleapis.com'?"),
        ],
    )
    def test_a_misspelled_name_is_told_apart_at_once(self, name: str, meant: str) -> None:
        assert meant in reasons(Service(), {"service": name})["service"]

    @pytest.mark.parametrize("name", [PUBSUB, "somethingnew.googleapis.com", UNKNOWN])
    def test_a_name_that_is_right_or_may_be_has_no_problem(self, name: Any) -> None:
        assert reasons(Service(), {"service": name}) == {}


class TestServiceIdentity:
    def test_stays_with_the_project_when_it_is_no_longer_declared(self, cloud: Cloud, place: Place) -> None:
        enable(cloud, PUBSUB)
        identity = cloud.create(ServiceIdentity(), {"service": PUBSUB}, place)
        cloud.delete(ServiceIdentity(), identity.id)
        assert [key for _, key in cloud.kept("service-agent")] == [
            f"service-{NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"
        ]

    def test_has_the_address_of_the_service_s_agent(self, cloud: Cloud, place: Place) -> None:
        enable(cloud, "sqladmin.googleapis.com")
        identity = cloud.create(ServiceIdentity(), {"service": "sqladmin.googleapis.com"}, place)
        email = f"service-{NUMBER}@gcp-sa-cloud-sql.iam.gserviceaccount.com"
        assert (identity.state["email"], identity.state["member"]) == (email, f"serviceAccount:{email}")

    def test_needs_its_service(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match="SERVICE_DISABLED"):
            cloud.create(ServiceIdentity(), {"service": "sqladmin.googleapis.com"}, place)


class TestProject:
    def test_has_the_number_that_everything_else_says(self, cloud: Cloud, place: Place) -> None:
        project = cloud.create(Project(), {"projectId": PROJECT, "name": "Prod"}, place)
        assert project.id == f"projects/{PROJECT}"
        assert project.state["number"] == str(NUMBER)
        assert project.state["deletionPolicy"] == "PREVENT"

    @pytest.mark.parametrize("name", ["acme", "Acme-prod", "acme-prod-", "1acme-prod", "a" * 31])
    def test_an_id_of_wrong_syntax_is_a_problem(self, name: str) -> None:
        assert "6 to 30 small letters" in reasons(Project(), {"projectId": name})["projectId"]

    def test_has_one_parent(self) -> None:
        both = {"projectId": PROJECT, "orgId": "1", "folderId": "2"}
        assert "remove one of them" in reasons(Project(), both)["folderId"]
        assert reasons(Project(), {"projectId": PROJECT, "orgId": "1"}) == {}


class TestIAMCustomRole:
    def test_has_its_id_as_its_name(self, cloud: Cloud, place: Place) -> None:
        enable(cloud, "iam.googleapis.com")
        inputs = {"roleId": "reader", "title": "Reader", "permissions": ["pubsub.topics.get"]}
        role = cloud.create(IAMCustomRole(), inputs, place)
        assert role.id == role.state["name"] == f"projects/{PROJECT}/roles/reader"
        assert role.state["deleted"] is False

    @pytest.mark.parametrize(
        ("inputs", "path"),
        [
            ({"roleId": "topic-reader"}, "roleId"),
            ({"roleId": "ok", "permissions": []}, "permissions"),
            ({"permissions": ["pubsub.topics"]}, "permissions[0]"),
            ({"stage": "NEW"}, "stage"),
        ],
    )
    def test_what_google_would_not_take_is_a_problem(self, inputs: dict[str, Any], path: str) -> None:
        assert path in reasons(IAMCustomRole(), inputs)


class TestRolesOnAProject:
    def test_a_member_has_the_provider_s_id(self, cloud: Cloud, place: Place) -> None:
        member = cloud.create(IAMMember(), VIEWER, place)
        assert member.id == f"{PROJECT}/roles/viewer/user:dev@example.com"
        assert len(member.state["etag"]) == 12

    def test_an_address_is_in_small_letters_in_the_id(self, cloud: Cloud, place: Place) -> None:
        member = cloud.create(IAMMember(), {**VIEWER, "member": "user:Dev@Example.com"}, place)
        assert member.id == f"{PROJECT}/roles/viewer/user:dev@example.com"

    def test_a_condition_is_part_of_the_id(self, cloud: Cloud, place: Place) -> None:
        condition = {"title": "soon", "expression": "request.time < timestamp('2027-01-01T00:00:00Z')"}
        member = cloud.create(IAMMember(), {**VIEWER, "condition": condition}, place)
        assert member.id == f"{PROJECT}/roles/viewer/user:dev@example.com/soon//{condition['expression']}"

    def test_granting_twice_is_granting_once(self, cloud: Cloud, place: Place) -> None:
        assert cloud.create(IAMMember(), VIEWER, place) == cloud.create(IAMMember(), VIEWER, place)

    def test_a_binding_has_all_members_of_a_role(self, cloud: Cloud, place: Place) -> None:
        inputs = {"project": PROJECT, "role": "roles/browser", "members": ["group:dev@example.com"]}
        assert cloud.create(IAMBinding(), inputs, place).id == f"{PROJECT}/roles/browser"

    def test_a_binding_s_members_are_looked_at_one_by_one(self, cloud: Cloud, place: Place) -> None:
        members = ["user:dev@example.com", "dev@example.com", UNKNOWN]
        assert list(reasons(IAMBinding(), {"members": members})) == ["members[1]"]
        ghost = f"serviceAccount:ghost@{PROJECT}.iam.gserviceaccount.com"
        with pytest.raises(Refusal, match=r"ghost@acme-prod.iam.gserviceaccount.com does not exist"):
            cloud.create(IAMBinding(), {"project": PROJECT, "role": "roles/viewer", "members": [ghost]}, place)

    @pytest.mark.parametrize("everyone", ["allUsers", "allAuthenticatedUsers"])
    def test_the_whole_world_gets_nothing(self, cloud: Cloud, place: Place, everyone: str) -> None:
        with pytest.raises(Refusal, match="not supported on a project"):
            cloud.create(IAMMember(), {**VIEWER, "member": everyone}, place)

    @pytest.mark.parametrize("role", ["roles/storage.legacyBucketReader", "roles/resourcemanager.projectCreator"])
    def test_a_role_for_other_resources_is_refused(self, cloud: Cloud, place: Place, role: str) -> None:
        assert "grant it on what takes it" in reasons(IAMMember(), {**VIEWER, "role": role})["role"]
        with pytest.raises(Refusal, match=f"Role {role} is not supported for this resource"):
            cloud.create(IAMMember(), {**VIEWER, "role": role}, place)

    @pytest.mark.parametrize("role", ["roles/owner", "roles/pubsub.publisher", "roles/newservice.admin"])
    def test_every_other_role_is_granted(self, cloud: Cloud, place: Place, role: str) -> None:
        assert reasons(IAMMember(), {**VIEWER, "role": role}) == {}
        assert cloud.create(IAMMember(), {**VIEWER, "role": role}, place).state["role"] == role


def test_an_audit_config_knows_the_kinds_of_logs() -> None:
    right = {"auditLogConfigs": [{"logType": "DATA_READ"}, {"logType": UNKNOWN}]}
    assert reasons(IAMAuditConfig(), right) == {}
    wrong = {"auditLogConfigs": [{"logType": "READ"}]}
    assert "'ADMIN_READ', 'DATA_READ', 'DATA_WRITE'" in reasons(IAMAuditConfig(), wrong)["auditLogConfigs[0].logType"]


def test_an_audit_config_has_the_provider_s_id(cloud: Cloud, place: Place) -> None:
    inputs = {"project": PROJECT, "service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}
    assert cloud.create(IAMAuditConfig(), inputs, place).id == f"{PROJECT}/audit_config/allServices"
