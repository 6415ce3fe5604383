"""DnsSolver: cert-manager's identity for proofs in Cloud DNS, with the rights that those take and no others."""

from pathlib import Path
from typing import Any

import pytest
from pulumi import Output
from web_platform.certificates import CertificateManager
from web_platform.dns_solver import DnsSolver, DnsSolverArgs, default_role_id
from web_platform.errors import ArgumentError

from localcloud.providers.google import schema, tokens
from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.kind import Place, Refusal, Resource
from localcloud.providers.google.projects import IAMCustomRole, IAMMember
from localcloud.providers.google.validation import problems
from tests.components.resource_options import options_of
from tests.google_answers import PROJECT_NUMBER
from tests.localcloud.google.conftest import enable
from tests.recording import Recording, declare

TYPE = "web-platform:index:DnsSolver"
ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
GRANT = "gcp:projects/iAMMember:IAMMember"

PLACE: DnsSolverArgs = {
    "project": "acme-prod",
    "project_number": PROJECT_NUMBER,
    "identity_pool": "acme-prod.svc.id.goog",
    "namespace": "cert-manager",
    "service_account": "cert-manager",
}
MEMBER = (
    f"principal://iam.googleapis.com/projects/{PROJECT_NUMBER}/locations/global/workloadIdentityPools/"
    "acme-prod.svc.id.goog/subject/ns/cert-manager/sa/cert-manager"
)


def solver(name: str = "cert-manager", **args: Any) -> Recording:
    return declare(lambda: DnsSolver(name, {**PLACE, **args}))  # type: ignore[typeddict-item]


def test_a_solver_is_made_of_these_resources() -> None:
    assert sorted((resource.ancestry, resource.name) for resource in solver()) == [
        (TYPE, "cert-manager"),
        (f"{TYPE}${ROLE}", "cert-manager"),
        (f"{TYPE}${GRANT}", "cert-manager-grant"),
    ]


def test_the_role_has_exactly_the_rights_that_proofs_take() -> None:
    assert solver().one(ROLE, "cert-manager").inputs == {
        "project": "acme-prod",
        "roleId": "cert_manager_dns_solver",
        "title": "DNS01 solver",
        "description": "What cert-manager needs to prove in Cloud DNS that hosts are ours",
        "stage": "GA",
        "permissions": [
            "dns.changes.create",
            "dns.changes.get",
            "dns.changes.list",
            "dns.managedZones.list",
            "dns.resourceRecordSets.create",
            "dns.resourceRecordSets.delete",
            "dns.resourceRecordSets.get",
            "dns.resourceRecordSets.list",
            "dns.resourceRecordSets.update",
        ],
    }


def test_the_role_is_granted_to_the_pods_of_cert_manager_alone() -> None:
    assert solver().one(GRANT, "cert-manager-grant").inputs == {
        "project": "acme-prod",
        "role": "projects/acme-prod/roles/cert_manager_dns_solver",
        "member": MEMBER,
    }


def test_the_outputs_are_the_project_the_role_and_the_member() -> None:
    assert solver().outputs_of(TYPE, "cert-manager") == {
        "project": "acme-prod",
        "role": "projects/acme-prod/roles/cert_manager_dns_solver",
        "member": MEMBER,
    }


def test_a_role_of_another_id_takes_the_place_of_one_that_was_deleted() -> None:
    recording = solver(role_id="dns01_solver.2")
    assert recording.one(ROLE, "cert-manager").inputs["roleId"] == "dns01_solver.2"
    assert recording.one(GRANT, "cert-manager-grant").inputs["role"] == "projects/acme-prod/roles/dns01_solver.2"
    assert solver(role_id=None).one(ROLE, "cert-manager").inputs["roleId"] == "cert_manager_dns_solver"


def test_a_long_name_is_cut_to_what_google_allows_and_two_of_them_stay_two() -> None:
    ids = [default_role_id("a" * 70), default_role_id("a" * 71)]
    assert [len(each) for each in ids] == [64, 64]
    assert len(set(ids)) == 2
    assert all(each.endswith("_dns_solver") for each in ids)


def test_the_shortest_name_makes_a_role_too() -> None:
    assert default_role_id("x") == "x_dns_solver"


def test_an_issuer_that_is_given_the_output_is_made_once_the_rights_are_granted() -> None:
    def program() -> None:
        rights = DnsSolver("cert-manager", PLACE)
        CertificateManager(
            "cert-manager",
            {
                "namespace": "cert-manager",
                "issuer": {
                    "authority": "letsEncrypt",  # type: ignore[typeddict-item]
                    "email": "platform@acme.com",
                    "dns01": {"project": rights.project},
                },
            },
        )

    recording = declare(program)
    issuers = recording.of_type("kubernetes:cert-manager.io/v1:ClusterIssuer")
    grant = recording.one(GRANT, "cert-manager-grant")
    assert grant.urn in recording.waits_for(issuers["cert-manager-lets-encrypt-dns01"])
    assert grant.urn not in recording.waits_for(issuers["cert-manager-lets-encrypt"])
    (proof,) = issuers["cert-manager-lets-encrypt-dns01"].inputs["spec"]["acme"]["solvers"]
    assert proof == {"dns01": {"cloudDNS": {"project": "acme-prod"}}}


def test_the_identity_may_be_that_of_the_certificate_manager_itself() -> None:
    def program() -> None:
        certificates = CertificateManager("tls", {"namespace": "cert-manager"})
        DnsSolver("tls", {**PLACE, "service_account": certificates.service_account})

    member = declare(program).one(GRANT, "tls-grant").inputs["member"]
    assert member == MEMBER.replace("/sa/cert-manager", "/sa/tls")


def test_every_child_is_the_solvers_own() -> None:
    seen = options_of(lambda opts: DnsSolver("cert-manager", PLACE, opts))
    assert {type(options.parent) for (type_, _), options in seen.items() if type_ != TYPE} == {DnsSolver}


def test_names_may_be_known_later() -> None:
    def program() -> None:
        project, namespace = Output.from_input("acme-prod"), Output.concat("cert-", "manager")
        DnsSolver("cert-manager", {**PLACE, "project": project, "namespace": namespace})

    recording = declare(program)
    assert recording.one(ROLE, "cert-manager").inputs["project"] == "acme-prod"
    assert recording.one(GRANT, "cert-manager-grant").inputs["member"] == MEMBER


class TestTheSimulatedGoogleCloud:
    """It takes what the component asks for, and refuses what the component keeps from being asked for."""

    PLACE = Place("acme-prod", "europe-west1", "europe-west1-b")

    def cloud(self, directory: Path) -> Cloud:
        cloud = Cloud(directory / "google")
        enable(cloud, "iam.googleapis.com", "cloudresourcemanager.googleapis.com", "container.googleapis.com")
        pool = {"workloadIdentityConfig": {"workloadPool": "acme-prod.svc.id.goog"}}
        cluster = "projects/acme-prod/locations/europe-west1-b/clusters/platform"
        cloud.adopt(Resource(tokens.CLUSTER, cluster, {"project": "acme-prod", **pool}))
        return cloud

    def asked_for(self) -> Recording:
        return solver(project_number=str(project_number("acme-prod")))

    def test_makes_the_role_and_grants_it(self, tmp_path: Path) -> None:
        cloud, recording = self.cloud(tmp_path), self.asked_for()
        role = cloud.create(IAMCustomRole(), recording.one(ROLE, "cert-manager").inputs, self.PLACE)
        granted = recording.one(GRANT, "cert-manager-grant").inputs
        grant = cloud.create(IAMMember(), granted, self.PLACE)
        assert role.id == granted["role"]
        assert grant.id == f"acme-prod/{role.id}/{granted['member']}"

    def test_grants_no_role_that_is_not_there(self, tmp_path: Path) -> None:
        granted = self.asked_for().one(GRANT, "cert-manager-grant").inputs
        with pytest.raises(Refusal, match=r"cert_manager_dns_solver\) does not exist in the resource's hierarchy"):
            self.cloud(tmp_path).create(IAMMember(), granted, self.PLACE)

    @pytest.mark.parametrize("role_id", ["cert_manager_dns_solver", "dns01_solver.2"])
    def test_finds_no_fault_with_the_inputs(self, role_id: str) -> None:
        inputs = solver(role_id=role_id).one(ROLE, "cert-manager").inputs
        assert schema.known(ROLE)
        assert list(problems(ROLE, inputs)) == []
        assert IAMCustomRole().problems(inputs) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"role_id": "dns01-solver"},
            "role_id is 'dns01-solver', which is not an id that Google accepts for a role.\n"
            "  Danger: Google would refuse the role, and no wildcard would be certified\n"
            "  Remedy: use 3 to 64 letters, digits, underscores and periods, such as 'dns01_solver'",
        ),
        (
            {"role_id": "a"},
            "role_id is 'a', which is not an id that Google accepts for a role.\n"
            "  Danger: Google would refuse the role, and no wildcard would be certified\n"
            "  Remedy: use 3 to 64 letters, digits, underscores and periods, such as 'dns01_solver'",
        ),
        (
            {"service_acount": "x"},
            "service_acount is not a known key.\n"
            "  Danger: it would be ignored, and what it was meant to change would stay as it is\n"
            "  Remedy: did you mean 'service_account'?",
        ),
        (
            {"identity_pool": None},
            "identity_pool is missing.\n"
            "  Danger: there is no value that would be safe to assume\n"
            "  Remedy: add 'identity_pool'",
        ),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    recording, args = Recording(), {**PLACE, **change}
    with pytest.raises(ArgumentError) as refused:
        declare(lambda: DnsSolver("cert-manager", args), recording=recording)  # type: ignore[arg-type]
    assert str(refused.value) == f"DnsSolver 'cert-manager': {message}"
    assert recording.names() == []


def test_a_name_that_google_would_refuse_is_refused_before() -> None:
    with pytest.raises(ArgumentError, match=r"^DnsSolver 'Cert_Manager': name is not a name that Google accepts"):
        solver("Cert_Manager")
