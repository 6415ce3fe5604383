"""What `bootstrap/` declares: who may do what, and nothing that Google's provider does not know."""

import json
import runpy
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from bootstrap.apis import OF_DEPLOYERS, OF_STACKS
from bootstrap.deployer import job_condition
from bootstrap.organisation import FILE, STACK, DeployedStack, GitLab
from bootstrap.roles import ROLES
from localcloud.providers.google import kinds, schema
from localcloud.providers.google.cloud import ALWAYS_ENABLED
from localcloud.providers.google.validation import problems
from tests.bootstrap.files import ROOT
from tests.localcloud.google.test_schema import sdk_inputs
from tests.recording import Recording, Resource, declare
from tests.test_google_schema import deprecated, later_than_the_schema, used
from tests.test_program import run

pytestmark = pytest.mark.filterwarnings("ignore:gcp.:DeprecationWarning")

STACKS = ["prod", "staging"]
SERVICES = {
    "orders": {"projectPath": "example/orders", "projectId": 23},
    "payments": {"projectPath": "example/payments", "projectId": 42, "stacks": ["prod"]},
}
BESIDE = ["orders-prod", "orders-staging", "payments-prod"]
RING = "projects/example-platform/locations/europe-west1/keyRings/pulumi"
BUCKET = "gcp:storage/bucket:Bucket"
KEY = "gcp:kms/cryptoKey:CryptoKey"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
GRANTS = {
    "gcp:projects/iAMMember:IAMMember": "project",
    "gcp:serviceaccount/iAMMember:IAMMember": "serviceAccountId",
    "gcp:storage/bucketIAMMember:BucketIAMMember": "bucket",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": "cryptoKeyId",
}


def declared(changes: Mapping[str, Any] | None = None) -> Recording:
    """What the program declares, of the committed file with changes."""
    config = yaml.safe_load((ROOT / "bootstrap" / FILE).read_text())["config"]
    config |= {f"bootstrap:{key}": value for key, value in (changes or {}).items()}
    encoded = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return declare(lambda: runpy.run_path(str(ROOT / "bootstrap" / "__main__.py")), STACK, encoded)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return declared()


@pytest.fixture(scope="module")
def with_services() -> Recording:
    return declared({"services": SERVICES})


def of_google(recording: Recording) -> list[Resource]:
    return [resource for resource in recording if resource.type.startswith("gcp:")]


def account(name: str) -> str:
    return f"serviceAccount:deploy-{name}@example-platform.iam.gserviceaccount.com"


def grants(recording: Recording, member: str) -> set[tuple[str, str]]:
    """On what a member gets which role."""
    return {
        (grant.inputs[GRANTS[grant.type]], grant.inputs["role"])
        for grant in recording
        if grant.type in GRANTS and grant.inputs["member"] == member
    }


@pytest.mark.parametrize("stack", STACKS)
def test_a_deployer_has_the_roles_of_the_table_on_its_own_project_state_and_key_and_nothing_else(
    recording: Recording, stack: str
) -> None:
    roles = {(f"example-{stack}", role) for role in ROLES if role != "roles/iam.roleAdmin"}
    assert grants(recording, account(stack)) == roles | {
        (f"example-platform-state-{stack}", "roles/storage.objectUser"),
        (f"{RING}/cryptoKeys/{stack}", "roles/cloudkms.cryptoKeyEncrypterDecrypter"),
    }


@pytest.mark.parametrize("name", BESIDE)
def test_who_deploys_a_service_reaches_the_clusters_door_and_has_a_state_and_a_key_of_its_own(
    with_services: Recording, name: str
) -> None:
    project = f"example-{name.rpartition('-')[2]}"
    assert grants(with_services, account(name)) == {
        (project, "roles/container.clusterViewer"),
        (f"example-platform-state-{name}", "roles/storage.objectUser"),
        (f"{RING}/cryptoKeys/{name}", "roles/cloudkms.cryptoKeyEncrypterDecrypter"),
    }


@pytest.mark.parametrize(("stack", "services"), [("prod", ["orders", "payments"]), ("staging", ["orders"])])
def test_who_deploys_a_stack_can_hand_over_to_the_services_beside_it_and_read_no_secret_of_theirs(
    recording: Recording, with_services: Recording, stack: str, services: list[str]
) -> None:
    assert grants(with_services, account(stack)) - grants(recording, account(stack)) == {
        (f"example-platform-state-{service}-{stack}", "roles/storage.objectUser") for service in services
    }


def test_a_service_that_is_added_changes_nothing_that_there_is(recording: Recording, with_services: Recording) -> None:
    after = {resource.urn: resource.inputs for resource in with_services}
    assert {resource.urn: after.get(resource.urn) for resource in recording} == {
        resource.urn: resource.inputs for resource in recording
    }
    added = [with_services.exports()[name] for name in BESIDE]
    assert with_services.exports() == recording.exports() | dict(zip(BESIDE, added, strict=True))


def test_whoever_may_change_grants_is_limited_by_a_condition_and_nobody_else_is(recording: Recording) -> None:
    limited = {
        (resource.inputs["project"], resource.inputs["role"])
        for resource in recording
        if resource.type in GRANTS and "condition" in resource.inputs
    }
    assert limited == {(f"example-{stack}", "roles/resourcemanager.projectIamAdmin") for stack in STACKS}


@pytest.mark.parametrize("name", [*STACKS, *BESIDE])
def test_only_what_a_pool_lets_in_becomes_its_deployer(with_services: Recording, name: str) -> None:
    grant = with_services.of_type("gcp:serviceaccount/iAMMember:IAMMember")[f"{name}-becomes"]
    pool = f"locations/global/workloadIdentityPools/gitlab-{name}"
    assert grant.inputs["role"] == "roles/iam.workloadIdentityUser"
    assert grant.inputs["member"] == f"principalSet://iam.googleapis.com/projects/123456789012/{pool}/*"
    assert grant.inputs["serviceAccountId"].endswith(f"/deploy-{name}@example-platform.iam.gserviceaccount.com")


def test_prod_takes_a_protected_ref_and_staging_any_of_the_project(recording: Recording) -> None:
    conditions = {
        each.inputs["workloadIdentityPoolId"]: each.inputs["attributeCondition"]
        for each in recording.of_type(PROVIDER).values()
    }
    project = "assertion.project_path == 'example/web-platform' && assertion.environment == '{}'"
    number = " && assertion.project_id == '12345678'"
    occasion = " && assertion.pipeline_source in ['push', 'schedule', 'web']"
    assert conditions == {
        "gitlab-prod": project.format("prod") + number + " && assertion.ref_protected == 'true'" + occasion,
        "gitlab-staging": project.format("staging") + number,
    }


def test_a_protected_environment_of_another_name_can_be_asked_for() -> None:
    jobs = DeployedStack.model_validate({"environment": "live/eu", "protectedEnvironment": True})
    gitlab = GitLab.model_validate({"projectPath": "acme/web"})
    assert job_condition(gitlab, "prod", jobs) == (
        "assertion.project_path == 'acme/web' && assertion.environment == 'live/eu' && "
        "assertion.ref_protected == 'true' && assertion.environment_protected == 'true' && "
        "assertion.pipeline_source in ['push', 'schedule', 'web']"
    )


def test_nobody_has_a_key_file(with_services: Recording) -> None:
    assert with_services.of_type("gcp:serviceaccount/account:Account").keys() == {*STACKS, *BESIDE}
    assert not with_services.of_type("gcp:serviceaccount/key:Key")


def test_every_state_is_in_a_bucket_of_its_own_that_is_private_and_keeps_former_ones(
    with_services: Recording,
) -> None:
    buckets = {each.inputs["name"]: each.inputs for each in with_services.of_type(BUCKET).values()}
    assert buckets.keys() == {f"example-platform-state-{name}" for name in (STACK, *STACKS, *BESIDE)}
    for bucket in buckets.values():
        assert bucket["uniformBucketLevelAccess"] is True
        assert bucket["publicAccessPrevention"] == "enforced"
        assert bucket["versioning"] == {"enabled": True}
        assert bucket["softDeletePolicy"]["retentionDurationSeconds"] == 90 * 86_400
        assert {"daysSinceNoncurrentTime": 90, "withState": "ARCHIVED"} in [
            rule["condition"] for rule in bucket["lifecycleRules"]
        ]
        assert "retentionPolicy" not in bucket
        assert bucket["forceDestroy"] is False


def test_every_key_rotates(with_services: Recording) -> None:
    keys = with_services.of_type(KEY)
    assert keys.keys() == {STACK, *STACKS, *BESIDE}
    assert {key.inputs["rotationPeriod"] for key in keys.values()} == {"7776000s"}


def test_the_deployers_project_has_every_service_that_a_stack_enables(recording: Recording) -> None:
    enabled = {
        (each.inputs["project"], each.inputs["service"])
        for each in recording.of_type("gcp:projects/service:Service").values()
    }
    here = {service for project, service in enabled if project == "example-platform"}
    assert here == set(OF_DEPLOYERS)
    assert {each.inputs["service"] for each in run("prod").of_type("gcp:projects/service:Service").values()} < here
    assert {service for project, service in enabled if project == "example-prod"} == set(OF_STACKS)
    assert set(OF_STACKS) == set(ALWAYS_ENABLED)


def test_projects_are_made_where_nobody_else_makes_them(recording: Recording) -> None:
    projects = recording.of_type("gcp:organizations/project:Project")
    assert projects.keys() == {"example-platform", "example-prod", "example-staging"}
    assert {each.inputs["orgId"] for each in projects.values()} == {"123456789012"}
    assert {each.inputs["autoCreateNetwork"] for each in projects.values()} == {False}
    assert not declared({"newProjects": {}}).of_type("gcp:organizations/project:Project")
    in_folder = declared({"newProjects": {"parent": "folders/7", "billingAccount": "0A1B2C-3D4E5F-6A7B8C"}})
    assert {each.inputs["folderId"] for each in in_folder.of_type("gcp:organizations/project:Project").values()} == {
        "7"
    }


@pytest.mark.parametrize("name", [*STACKS, *BESIDE])
def test_what_the_commands_are_told_is_what_is_made(with_services: Recording, name: str) -> None:
    told = with_services.exports()[name]
    assert told["backend"] == f"gs://example-platform-state-{name}"
    assert told["secretsProvider"] == f"gcpkms://{RING}/cryptoKeys/{name}"
    assert told["serviceAccount"] == f"deploy-{name}@example-platform.iam.gserviceaccount.com"
    assert told["workloadIdentityProvider"].endswith(f"/workloadIdentityPools/gitlab-{name}/providers/gitlab")


def test_of_the_organisation_itself_nobody_is_told_who_deploys_it(recording: Recording) -> None:
    assert recording.exports()[STACK].keys() == {"backend", "secretsProvider"}


def test_everything_is_known_to_googles_provider_and_simulated(with_services: Recording) -> None:
    asked = [(each.type, each.inputs) for each in of_google(with_services)]
    assert len({type_ for type_, _ in asked}) > 10
    assert [type_ for type_, _ in asked if not kinds.is_simulated(type_)] == []
    assert [(type_, problem) for type_, inputs in asked for problem in problems(type_, inputs)] == []
    given = [each for type_, inputs in asked for each in used(type_, inputs)]
    assert [each for each in given if deprecated(each) or later_than_the_schema(each)] == []
    assert [each for each in given if each.name not in sdk_inputs(each.type)] == []
    assert [type_ for type_, _ in asked if not schema.known(type_)] == []
