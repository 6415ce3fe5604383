"""Only roles that exist are granted."""

from typing import Any

import pytest

from localcloud.providers.google import roles
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Place, Refusal, Resource
from localcloud.providers.google.projects import IAMCustomRole, IAMMember
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "iam.googleapis.com")


def reasons(kind: Any, inputs: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.reason for each in kind.problems(inputs)}


def grant(cloud: Cloud, place: Place, member: str, role: str = "roles/viewer") -> Resource:
    return cloud.create(IAMMember(), {"project": PROJECT, "role": role, "member": member}, place)


class TestRoles:
    @pytest.mark.parametrize(
        ("role", "meant"),
        [
            ("roles/compute.Admin", "roles/compute.admin"),
            ("roles/pubsub.publish", "roles/pubsub.publisher"),
            ("roles/cloudsql.clients", "roles/cloudsql.client"),
            ("roles/ower", "roles/owner"),
        ],
    )
    def test_one_that_is_none_is_told_apart_before_anything_is_made(self, role: str, meant: str) -> None:
        assert f"did you mean '{meant}'?" in reasons(IAMMember(), {"role": role})["role"]

    def test_one_that_is_none_is_refused_when_it_was_not_known_before(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=r"Role roles/pubsub.publish is not supported for this resource"):
            grant(cloud, place, "user:dev@example.com", "roles/pubsub.publish")

    @pytest.mark.parametrize("role", ["pubsub.publisher", "roles/", "role/pubsub.publisher", "projects/p/pubsub"])
    def test_one_of_wrong_syntax_is_a_problem(self, role: str) -> None:
        assert "which is no role" in reasons(IAMMember(), {"role": role})["role"]

    @pytest.mark.parametrize("role", ["roles/pubsub.publisher", "organizations/1/roles/ours", UNKNOWN])
    def test_one_that_is_right_is_none(self, role: Any) -> None:
        assert reasons(IAMMember(), {"role": role}) == {}

    def test_one_of_the_project_s_own_must_exist(self, cloud: Cloud, place: Place) -> None:
        role = f"projects/{PROJECT}/roles/reader"
        with pytest.raises(Refusal, match=r"Role \(projects/acme-prod/roles/reader\) does not exist"):
            grant(cloud, place, "user:dev@example.com", role)
        cloud.create(IAMCustomRole(), {"roleId": "reader", "title": "R", "permissions": ["a.b.c"]}, place)
        assert grant(cloud, place, "user:dev@example.com", role).state["role"] == role

    def test_those_that_other_modules_rely_on_exist(self) -> None:
        assert all(roles.exists(role) for role in roles.NOT_ON_PROJECTS | roles.ONLY_ON_PROJECTS)
