"""What may stand in Pulumi.organisation.yaml, and how a wrong one is answered."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap.organisation import FILE, PROJECT, Organisation, from_file
from settings import SettingsError, problems
from tests.bootstrap.files import LEAST, ROOT, written


def refusal(directory: Path, changes: dict[str, Any]) -> str:
    values = {key: value for key, value in (LEAST | changes).items() if value is not None}
    with pytest.raises(SettingsError) as refused:
        from_file(written(directory, values), with_stacks=True)
    return str(refused.value)


def test_the_least_is_a_project_a_region_a_gitlab_project_and_a_stack(tmp_path: Path) -> None:
    organisation = from_file(written(tmp_path, LEAST))
    assert organisation.gitlab.issuer == "https://gitlab.com"
    assert organisation.stacks["prod"].protected_refs
    assert organisation.new_projects is None


def test_the_committed_file_deploys_every_stack_that_is_on_google_cloud() -> None:
    on_google = {
        file.stem.partition(".")[2]
        for file in ROOT.glob("Pulumi.*.yaml")
        if yaml.safe_load(file.read_text())["config"]["web-platform:platform"] == "google"
    }
    assert from_file().stacks.keys() == on_google


def test_names_follow_from_what_is_said(tmp_path: Path) -> None:
    organisation = from_file(written(tmp_path, LEAST))
    assert organisation.backend("prod") == "gs://acme-platform-state-prod"
    ring = "projects/acme-platform/locations/europe-west1/keyRings/pulumi"
    assert organisation.secrets_provider("prod") == f"gcpkms://{ring}/cryptoKeys/prod"


@pytest.mark.parametrize(
    ("changes", "place", "said", "remedy"),
    [
        ({"project": None}, "project", "is missing", "add it: Id of the project"),
        ({"project": "Acme"}, "project", "is not the id of a Google Cloud project", "write 6 to 30"),
        ({"projct": "acme-platform", "project": None}, "projct", "is not a known key", "did you mean 'project'?"),
        ({"region": "europe-west1-b"}, "region", "is not a region", "write the region alone"),
        *(
            (
                {"gitlab": {"projectPath": "acme/web", "projectId": 12, "issuer": issuer}},
                "gitlab.issuer",
                "is not the address of a GitLab as its tokens have it",
                f"such as '{right}'",
            )
            for issuer, right in (
                ("http://gitlab.com", "https://gitlab.com"),
                ("gitlab.acme.test", "https://gitlab.acme.test"),
                ("https://gitlab.com/", "https://gitlab.com"),
                ("https://", "https://gitlab.example.com"),
                ("https://gitlab.com' || true || '", "https://gitlab.example.com"),
            )
        ),
        *(
            (
                {"gitlab": {"projectPath": path, "projectId": 12}},
                "gitlab.projectPath",
                "is not the path of a GitLab project",
                f"such as '{right}'",
            )
            for path, right in (
                ("web-platform", "acme/web-platform"),
                ("/acme/web", "acme/web"),
                ("https://gitlab.com/acme/web.git", "acme/web"),
                ("acme/web' || 'a' == 'a", "acme/web-platform"),
            )
        ),
        ({"gitlab": {"projectPath": "acme/web", "projectId": "12"}}, "gitlab.projectId", "is not a whole", "without q"),
        ({"gitlab": {"projectPath": "acme/web", "projectId": 0}}, "gitlab.projectId", "is less than 1", "1 or more"),
        (
            {"gitlab": {"projectPath": "acme/web", "projectId": 99999999999999999999999}},
            "gitlab.projectId",
            "is more than 9007199254740992",
            "9007199254740992 or less",
        ),
        (
            {"gitlab": {"projectPath": "acme/web"}},
            "gitlab.projectId",
            "is missing",
            "the `id` in https://gitlab.com/api/v4/projects/acme%2Fweb",
        ),
        ({"stacks": {}}, "stacks", "names no stack", "name 'prod'"),
        ({"stacks": {"qa": {}}}, "stacks.qa", "is no stack: Pulumi.qa.yaml does not exist", "dev, prod, staging"),
        ({"stacks": {"dev": {}}}, "stacks.dev", "is not on Google Cloud", "remove it, or set `platform: google`"),
        ({"stacks": {"Prod": {}}}, "stacks.Prod", "is not a name of which Google accepts", "lower-case letters"),
        ({"stacks": {"prod": {"protectedRefs": False}}}, "stacks.prod.protectedRefs", "is false", "protect the branch"),
        ({"stacks": {"prod": {"environment": "a'b"}}}, "stacks.prod.environment", "is not the name of a GitL", "`env"),
        (
            {"project": "example-prod"},
            "stacks.prod",
            "is in the project 'example-prod', as 'organisation'",
            "of its own",
        ),
        *(
            ({"services": {name: {"projectPath": "acme/orders", "projectId": 23} | changes}}, place, said, remedy)
            for name, changes, place, said, remedy in (
                ("Orders", {}, "services.Orders", "is not a name of which Google accepts", "lower-case letters"),
                (
                    "orders",
                    {"projectPath": "orders"},
                    "services.orders.projectPath",
                    "is not the path",
                    "acme/web-plat",
                ),
                ("orders", {"projectId": None}, "services.orders.projectId", "is missing", "/projects/acme%2Forders"),
                ("orders", {"stack": []}, "services.orders.stack", "is not a known key", "did you mean 'stacks'?"),
                ("orders", {"stacks": []}, "services.orders.stacks", "names no stack", "name 'prod'"),
                (
                    "orders",
                    {"stacks": ["staging"]},
                    "services.orders.stacks",
                    "has 'staging', which is not am",
                    "some of pr",
                ),
                (
                    "a-long-name-of-orders",
                    {},
                    "services.a-long-name-of-orders",
                    "makes a service account whose name has 33 characters, of which Google takes 30",
                    "shorter by 3 or more",
                ),
                (
                    "a-service-that-processes-orders",
                    {},
                    "services.a-service-that-processes-orders",
                    "makes a service account whose name has 43 characters, of which Google takes 30",
                    "shorter by 13 or more",
                ),
            )
        ),
        (
            {"bucketName": "state-of-web-platform", "project": "acme-platform-of-the-web-shops"},
            "bucketName",
            "makes a bucket whose name has 65 characters, of which Google takes 63",
            "shorter by",
        ),
        ({"keyRing": "my ring"}, "keyRing", "is not a name that Google accepts for a key ring", "use 1 to 63"),
        ({"bucketName": "State"}, "bucketName", "is not a name of which Google accepts", "lower-case letters"),
        (
            {"newProjects": {"parent": "acme.test", "billingAccount": "0A1B2C-3D4E5F-6A7B8C"}},
            "newProjects.parent",
            "is neither an organisation nor a folder",
            "gcloud organizations list",
        ),
        (
            {"newProjects": {"parent": "folders/1", "billingAccount": "123"}},
            "newProjects.billingAccount",
            "is not the id of a billing account",
            "gcloud billing accounts list",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_place_danger_and_remedy(
    changes: dict[str, Any], place: str, said: str, remedy: str, tmp_path: Path
) -> None:
    told = refusal(tmp_path, changes)
    assert told.startswith(f"{FILE} has a problem. Nothing was created or changed.\n")
    (problem,) = [block for block in told.split("\n\n")[1:] if block.startswith(f"{PROJECT}:{place}")]
    first, danger, last = problem.split("\n")
    assert said in first
    assert danger.startswith("  Danger: ")
    assert last.startswith("  Remedy: ")
    assert remedy in last


def test_a_number_is_asked_for_only_where_everybody_can_take_a_path(tmp_path: Path) -> None:
    gitlab = {"issuer": "https://gitlab.acme.test", "projectPath": "acme/web-platform"}
    services = {"orders": {"projectPath": "acme/orders"}}
    assert from_file(written(tmp_path, LEAST | {"gitlab": gitlab, "services": services})).gitlab.project_id is None


def test_services_are_deployed_beside_the_stacks_that_they_name_and_else_beside_all(tmp_path: Path) -> None:
    services = {
        "orders": {"projectPath": "acme/orders", "projectId": 23},
        "payments": {"projectPath": "acme/payments", "projectId": 42, "stacks": ["prod"]},
    }
    organisation = from_file(written(tmp_path, LEAST | {"stacks": {"prod": {}, "staging": {}}, "services": services}))
    assert organisation.beside("prod") == {"orders": "orders-prod", "payments": "payments-prod"}
    assert organisation.beside("staging") == {"orders": "orders-staging"}
    assert organisation.backend("orders-prod") == "gs://acme-platform-state-orders-prod"


@pytest.mark.parametrize(
    ("stacks", "services", "said"),
    [
        (
            ["eu-prod", "prod"],
            ["orders", "orders-eu"],
            "services.orders-eu makes two things of one name: 'orders-eu-prod'",
        ),
        (["prod", "orders-prod"], ["orders"], "services.orders makes two things of one name: 'orders-prod'"),
    ],
)
def test_two_things_of_one_name_are_refused(stacks: list[str], services: list[str], said: str, tmp_path: Path) -> None:
    named = {name: {"projectPath": f"acme/{name}", "projectId": 23} for name in services}
    place = written(tmp_path, LEAST | {"stacks": {name: {} for name in stacks}, "services": named})
    for name in stacks:
        text = (ROOT / "Pulumi.prod.yaml").read_text()
        (tmp_path / f"Pulumi.{name}.yaml").write_text(text.replace("example-prod", f"example-{name}"))
    with pytest.raises(SettingsError) as refused:
        from_file(place)
    assert said in str(refused.value)


def test_two_stacks_in_one_project_are_refused(tmp_path: Path) -> None:
    place = written(tmp_path, LEAST | {"stacks": {"prod": {}, "staging": {}}})
    file = tmp_path / "Pulumi.staging.yaml"
    file.write_text(file.read_text().replace("example-staging", "example-prod"))
    with pytest.raises(SettingsError, match=r"stacks\.staging is in the project 'example-prod', as 'prod' is"):
        from_file(place, with_stacks=True)


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    told = refusal(tmp_path, {"region": "here", "gitlab": {}, "more": 1})
    assert told.startswith(f"{FILE} has 3 problems.")


def test_a_wrong_stack_file_says_itself_what_is_wrong(tmp_path: Path) -> None:
    place = written(tmp_path, LEAST)
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(file.read_text().replace("europe-west1-b", "europe-west2-b"))
    with pytest.raises(SettingsError, match=r"^Pulumi\.prod\.yaml"):
        from_file(place, with_stacks=True)
    assert from_file(place).backend("prod") == "gs://acme-platform-state-prod"


@pytest.mark.parametrize(
    ("key", "said"),
    [("bootstrp:region", "did you mean `bootstrap:region`?"), ("region", "write `bootstrap:region`")],
)
def test_a_key_of_another_namespace_is_refused(key: str, said: str, tmp_path: Path) -> None:
    place = written(tmp_path, LEAST)
    content = yaml.safe_load((place / FILE).read_text())
    content["config"][key] = "europe-west1"
    (place / FILE).write_text(yaml.safe_dump(content))
    with pytest.raises(SettingsError) as refused:
        from_file(place)
    assert said in str(refused.value)


@pytest.mark.parametrize(("config", "shown"), [(["a"], '["a"]'), ("a", '"a"'), ([], "[]"), (False, "false")])
def test_a_config_without_keys_is_refused_as_that_and_not_for_all_that_it_lacks(
    config: object, shown: str, tmp_path: Path
) -> None:
    place = written(tmp_path, LEAST)
    (place / FILE).write_text(yaml.safe_dump({"config": config}))
    with pytest.raises(SettingsError) as refused:
        from_file(place)
    assert str(refused.value) == (
        f"{FILE} has a problem. Nothing was created or changed.\n\nconfig ({shown}) is not keys with values\n"
        "  Danger: nobody could say for which organisation this is\n"
        "  Remedy: write keys below it, such as `bootstrap:project: acme-platform`; docs/bootstrap.md has all of them"
    )


def test_a_key_that_pulumi_does_not_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"secretprovider is not a known key(.|\n)*did you mean 'secretsprovider'\?"
    ):
        from_file(written(tmp_path, LEAST, secretprovider="gcpkms://k"))


def test_without_the_file_nothing_is_done(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        from_file(tmp_path)


def test_the_project_declares_every_key() -> None:
    declared = yaml.safe_load((ROOT / "bootstrap/Pulumi.yaml").read_text())["config"]
    assert list(declared) == list(problems.fields(Organisation))
