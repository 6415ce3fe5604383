"""Principals are spelled and exist as Google's documentation says."""

from typing import Any

import pytest

from localcloud.providers.google import tokens
from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.iam import Account, WorkloadIdentityPool
from localcloud.providers.google.kind import Place, Refusal, Resource
from localcloud.providers.google.principals import AGENTS, agent, problem
from localcloud.providers.google.projects import IAMMember, ServiceIdentity
from tests.localcloud.google.conftest import PROJECT, enable

NUMBER = project_number(PROJECT)
EMAIL = f"orders@{PROJECT}.iam.gserviceaccount.com"
POOL = f"{PROJECT}.svc.id.goog"
POOLS = f"principal://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools"
WORKLOAD = f"{POOLS}/{POOL}/subject/ns/orders/sa/orders"


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "iam.googleapis.com")


def grant(cloud: Cloud, place: Place, member: str, role: str = "roles/viewer") -> Resource:
    return cloud.create(IAMMember(), {"project": PROJECT, "role": role, "member": member}, place)


def cluster(cloud: Cloud, **state: Any) -> None:
    identifier = f"projects/{PROJECT}/locations/europe-west1-b/clusters/main"
    cloud.adopt(Resource(tokens.CLUSTER, identifier, {"project": PROJECT, "name": "main", **state}))


class TestSpellingOfPrincipals:
    @pytest.mark.parametrize(
        "member",
        [
            "user:dev@example.com",
            "group:dev@example.com",
            "domain:example.com",
            f"serviceAccount:{EMAIL}",
            f"serviceAccount:{POOL}[orders/orders]",
            WORKLOAD,
            f"principalSet://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/gitlab/*",
            "projectOwner:acme-prod",
            "allUsers",
            "allAuthenticatedUsers",
        ],
    )
    def test_is_right(self, member: str) -> None:
        assert problem(member) is None

    @pytest.mark.parametrize(
        ("member", "remedy"),
        [
            ("dev@example.com", "write 'user:dev@example.com'"),
            (EMAIL, f"write 'serviceAccount:{EMAIL}'"),
            ("user:dev", "after 'user:' comes an e-mail address"),
            ("domain:dev@example.com", "after 'domain:' comes a domain"),
            ("serviceaccount:x@y.z", "begin it with one of 'user:'"),
            ("allusers", "write one of ('allUsers', 'allAuthenticatedUsers')"),
            ("deleted:user:dev@example.com?uid=1", "remove the grant"),
            (POOLS, "after 'principal:' comes //iam.googleapis.com/… with /subject/…"),
        ],
    )
    def test_is_wrong_and_says_what_was_meant(self, member: str, remedy: str) -> None:
        assert remedy in (problem(member) or "")


class TestExistenceOfPrincipals:
    def test_an_account_of_the_project_must_exist(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=f"Service account {EMAIL} does not exist., badRequest"):
            grant(cloud, place, f"serviceAccount:{EMAIL}")
        cloud.create(Account(), {"accountId": "orders"}, place)
        assert grant(cloud, place, f"serviceAccount:{EMAIL}").id == f"{PROJECT}/roles/viewer/serviceAccount:{EMAIL}"

    def test_an_account_of_a_project_that_makes_accounts_here_must_exist(self, cloud: Cloud, place: Place) -> None:
        enable(cloud, "iam.googleapis.com", project="acme-staging")
        with pytest.raises(Refusal, match="does not exist"):
            grant(cloud, place, "serviceAccount:ci-runner@acme-staging.iam.gserviceaccount.com")

    def test_an_account_of_somebody_else_is_believed(self, cloud: Cloud, place: Place) -> None:
        assert grant(cloud, place, "serviceAccount:bot@elsewhere.iam.gserviceaccount.com").state["etag"]

    @pytest.mark.parametrize("name", ["service-report", "service-desk"])
    def test_an_account_that_is_called_like_an_agent_must_exist(self, cloud: Cloud, place: Place, name: str) -> None:
        with pytest.raises(Refusal, match="does not exist"):
            grant(cloud, place, f"serviceAccount:{name}@{PROJECT}.iam.gserviceaccount.com")

    @pytest.mark.parametrize("api", sorted(set(AGENTS) - {"secretmanager.googleapis.com", "sqladmin.googleapis.com"}))
    def test_an_agent_comes_with_its_service(self, cloud: Cloud, place: Place, api: str) -> None:
        member = f"serviceAccount:{agent(PROJECT, api)}"
        if not cloud.enabled(PROJECT, api):
            with pytest.raises(Refusal, match=r"does not exist[^\n]*\n[^\n]*\n  Remedy: enable " + api):
                grant(cloud, place, member)
        enable(cloud, api)
        assert grant(cloud, place, member).state["member"] == member

    def test_some_agents_are_only_made_when_they_are_asked_for(self, cloud: Cloud, place: Place) -> None:
        member = f"serviceAccount:{agent(PROJECT, 'secretmanager.googleapis.com')}"
        enable(cloud, "secretmanager.googleapis.com")
        with pytest.raises(Refusal, match="declare a ServiceIdentity"):
            grant(cloud, place, member)
        cloud.create(ServiceIdentity(), {"service": "secretmanager.googleapis.com"}, place)
        assert grant(cloud, place, member).state["member"] == member

    @pytest.mark.parametrize(
        "form", ["{}-compute@developer.gserviceaccount.com", "{}@cloudservices.gserviceaccount.com"]
    )
    def test_default_accounts_come_with_compute(self, cloud: Cloud, place: Place, form: str) -> None:
        member = f"serviceAccount:{form.format(NUMBER)}"
        with pytest.raises(Refusal, match="does not exist"):
            grant(cloud, place, member)
        enable(cloud, "compute.googleapis.com")
        assert grant(cloud, place, member).state["member"] == member

    @pytest.mark.parametrize("member", [WORKLOAD, f"serviceAccount:{POOL}[orders/orders]"])
    def test_a_workload_needs_a_cluster_that_gives_identities(self, cloud: Cloud, place: Place, member: str) -> None:
        with pytest.raises(Refusal, match=rf"Identity Pool does not exist \({POOL}\)"):
            grant(cloud, place, member)
        cluster(cloud)
        with pytest.raises(Refusal, match="Identity Pool does not exist"):
            grant(cloud, place, member)
        cluster(cloud, workloadIdentityConfig={"workloadPool": POOL})
        assert grant(cloud, place, member).id == f"{PROJECT}/roles/viewer/{member}"

    def test_an_autopilot_cluster_gives_identities_always(self, cloud: Cloud, place: Place) -> None:
        cluster(cloud, enableAutopilot=True)
        assert grant(cloud, place, WORKLOAD).state["etag"]

    @pytest.mark.parametrize("wrong", [PROJECT, "123456789012"])
    def test_a_workload_is_of_the_project_s_number(self, cloud: Cloud, place: Place, wrong: str) -> None:
        cluster(cloud, workloadIdentityConfig={"workloadPool": POOL})
        with pytest.raises(Refusal, match=f"the number of '{PROJECT}' is {NUMBER}"):
            grant(cloud, place, WORKLOAD.replace(str(NUMBER), wrong))

    def test_a_federated_identity_needs_its_pool(self, cloud: Cloud, place: Place) -> None:
        member = f"{POOLS}/gitlab/subject/project_path:acme/shop"
        with pytest.raises(Refusal, match=r"Identity Pool does not exist \(gitlab\)"):
            grant(cloud, place, member)
        cloud.create(WorkloadIdentityPool(), {"workloadIdentityPoolId": "gitlab"}, place)
        assert grant(cloud, place, member).state["member"] == member
        with pytest.raises(Refusal, match=f"write {NUMBER} for '{PROJECT}'"):
            grant(cloud, place, member.replace(str(NUMBER), PROJECT))
