"""What an organisation has once, rehearsed from nothing, and the drill of prod that stands on it.

The tests of this module are one story in the order in which they stand: each finds things as the one before left them.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localcloud.bootstrap.place import Place
from localcloud.local_cloud import LocalCloud
from localcloud.providers.google import tokens
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Resource
from localcloud.simulated_google import SimulatedGoogle
from tests.engine.project import REPOSITORY, Project

Completed = subprocess.CompletedProcess

PAGE = REPOSITORY / "docs" / "bootstrap.md"
BUCKET = "example-platform-state-organisation"
FILE = "bootstrap/Pulumi.organisation.yaml"
PROD_BUCKET = "example-platform-state-prod"
SERVICES = """\
  bootstrap:services:
    orders: { projectPath: example/orders, projectId: 23 }
"""


def _home(project: Project) -> Path:
    return project.root / ".localcloud" / "bootstrap" / "stacks" / "organisation"


def _cloud(project: Project) -> Cloud:
    (_home(project) / "google").mkdir(parents=True, exist_ok=True)
    return Cloud(_home(project) / "google")


def _begun(project: Project) -> Path:
    return _home(project) / "state/.pulumi/stacks/bootstrap/organisation.json"


def _moved(project: Project) -> Path:
    return _home(project) / "google/buckets" / BUCKET / ".pulumi/stacks/bootstrap/organisation.json"


def _said(completed: "Completed[str]") -> str:
    return completed.stdout + completed.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("issuer: https://gitlab.com", "issuer: http://gitlab.com", "bootstrap:gitlab.issuer"),
        ("projectPath: example/web-platform", "projectPath: web-platform", "bootstrap:gitlab.projectPath"),
        ("  bootstrap:project: example-platform\n", "", "bootstrap:project is missing"),
        ("    prod: {}", "    prod: {}\n    dev: {}", "bootstrap:stacks.dev is not on Google Cloud"),
        ("    prod: {}", "    prod: {}\n    qa: {}", "bootstrap:stacks.qa is no stack"),
        ("    projectId: 12345678\n", "", "bootstrap:gitlab.projectId is missing"),
        ("projectId: 12345678", f"projectId: {10**23}", "bootstrap:gitlab.projectId (1000"),
        ("config:\n", "config: [a]\nconf:\n", 'config (["a"]) is not keys with values'),
        (
            "    prod: {}",
            "    prod: {}\n" + SERVICES.replace("orders", "orders-of-everybody"),
            "bootstrap:services.orders-of-everybody makes a service account whose name has 31 characters",
        ),
    ],
)
@pytest.mark.parametrize("command", [["rehearse-bootstrap"], ["rehearse-rebuild", "prod"]])
def test_a_wrong_file_is_refused_before_anything_is_started(
    command: list[str], old: str, new: str, said: str, project: Project
) -> None:
    right = (project.root / FILE).read_text()
    project.replace(FILE, old, new)
    refused = project.localcloud(*command)
    (project.root / FILE).write_text(right)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert "Danger: " in refused.stderr
    assert "Remedy: " in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (project.root / ".localcloud").exists()


@pytest.mark.parametrize(("stack", "said"), [("dev", "is on this machine"), ("qa", "There is no stack 'qa'")])
def test_only_what_pipelines_deploy_can_be_drilled(stack: str, said: str, project: Project) -> None:
    refused = project.localcloud("rehearse-rebuild", stack)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert not (project.root / ".localcloud").exists()


def test_a_bucket_that_somebody_else_has_is_refused_and_what_is_made_is_kept(project: Project) -> None:
    _cloud(project).adopt(Resource(tokens.BUCKET, PROD_BUCKET, {"name": PROD_BUCKET, "project": "somebody-else"}))
    refused = project.localcloud("rehearse-bootstrap")
    assert refused.returncode != 0
    assert f"Error 409: the Bucket '{PROD_BUCKET}' already exists" in _said(refused)
    assert "Remedy: give one of them another name, or import the one that exists" in _said(refused)
    assert _begun(project).is_file()
    assert not _moved(project).exists()


def test_once_the_name_is_free_it_goes_on_and_the_state_moves_into_the_bucket_that_it_has_made(
    project: Project,
) -> None:
    _cloud(project).tamper(tokens.BUCKET, PROD_BUCKET, None)
    again = project.localcloud("rehearse-bootstrap")
    assert again.returncode == 0, _said(again)
    assert "unchanged" in again.stdout
    assert f"is in gs://{BUCKET} now" in again.stderr
    assert f"backend                   gs://{PROD_BUCKET}\n" in again.stdout
    assert _moved(project).is_file()
    assert not _begun(project).exists()


def test_what_nobody_could_bring_back_is_protected(project: Project) -> None:
    resources = json.loads(_moved(project).read_text())["checkpoint"]["latest"]["resources"]
    protected = {each["type"] for each in resources if each.get("protect") and each["custom"]}
    assert protected == {
        tokens.BUCKET,
        tokens.CRYPTO_KEY,
        tokens.IDENTITY_POOL,
        tokens.IDENTITY_POOL_PROVIDER,
        tokens.KEY_RING,
        tokens.PROJECT,
    }


def test_a_service_that_is_added_gets_its_own_and_changes_nothing_else(project: Project) -> None:
    before = {(each.type, each.id): each.state for each in _cloud(project).all()}
    (project.root / FILE).write_text((project.root / FILE).read_text() + SERVICES)
    added = project.localcloud("rehearse-bootstrap")
    assert added.returncode == 0, _said(added)
    after = {(each.type, each.id): each.state for each in _cloud(project).all()}
    assert {key: after.get(key) for key in before} == before
    made = after.keys() - before.keys()
    assert [identifier for _, identifier in made if "orders" not in identifier] == []
    assert "orders-prod:\n  backend                   gs://example-platform-state-orders-prod\n" in added.stdout
    by_platform = [type_ for type_, identifier in made if "deploy-prod@" in identifier]
    assert by_platform == [tokens.BUCKET_MEMBER]


def test_again_there_is_nothing_to_do_and_from_nothing_it_is_the_same(project: Project) -> None:
    again = project.localcloud("rehearse-bootstrap")
    assert again.returncode == 0, _said(again)
    made = {(each.type, each.id) for each in _cloud(project).all()}
    assert re.search(r"Resources:\n +\d+ unchanged\n", again.stdout), again.stdout
    shutil.rmtree(_home(project))
    anew = project.localcloud("rehearse-bootstrap")
    assert anew.returncode == 0, _said(anew)
    assert {(each.type, each.id) for each in _cloud(project).all()} == made


def test_neither_file_of_the_program_has_changed(project: Project) -> None:
    for file, added in (("bootstrap/Pulumi.yaml", ""), (FILE, SERVICES)):
        assert (project.root / file).read_text() == (REPOSITORY / file).read_text() + added
    assert not (project.root / "bootstrap" / ".state").exists()


def test_a_service_that_goes_is_refused_until_the_commands_of_the_page_lift_its_protection(project: Project) -> None:
    project.replace(FILE, SERVICES, "")
    refused = project.localcloud("rehearse-bootstrap")
    assert refused.returncode != 0
    assert "cannot be deleted\n" in _said(refused)
    place = Place(project.root / "bootstrap", bucket=BUCKET)
    cloud = LocalCloud.open(place, lambda where, _: SimulatedGoogle(where))
    (lifted,) = re.findall(r"^pulumi stack --show-urns.*\n.*unprotect.*$", PAGE.read_text(), flags=re.MULTILINE)
    for stack in ("prod", "staging"):
        command = ["/bin/sh", "-c", lifted.replace("orders-prod", f"orders-{stack}")]
        subprocess.run(command, cwd=cloud.project, env=cloud.environment(), check=True, capture_output=True)
    gone = project.localcloud("rehearse-bootstrap")
    assert gone.returncode == 0, _said(gone)
    assert [each.id for each in _cloud(project).all() if "orders" in each.id] == []
    again = project.localcloud("rehearse-bootstrap")
    assert re.search(r"Resources:\n +\d+ unchanged\n", again.stdout), again.stdout


@pytest.fixture(scope="module")
def drilled(project: Project) -> dict[str, Any]:
    """What the drill of prod says, which is not up, after a deployer has lost a right by somebody's hand."""
    (lost,) = _cloud(project).find(tokens.BUCKET_MEMBER, bucket=PROD_BUCKET)
    _cloud(project).tamper(lost.type, lost.id, None)
    drill = project.localcloud("rehearse-rebuild", "prod", "--json")
    assert drill.returncode == 0, _said(drill)
    assert "missing, or not as it was declared" in drill.stderr
    assert _cloud(project).get(lost.type, lost.id) is not None
    said: dict[str, Any] = json.loads(drill.stdout)
    return said


def test_the_drill_destroys_prod_and_rebuilds_it_from_nothing(drilled: dict[str, Any], project: Project) -> None:
    assert drilled["stack"] == "prod"
    assert drilled["resources"] > 100
    assert drilled["destroyedIn"] > 0
    assert drilled["rebuiltIn"] > 0
    preview = project.shell("pulumi preview --expect-no-changes", "prod")
    assert preview.returncode == 0, _said(preview)


def test_the_drill_keeps_what_is_promised(drilled: dict[str, Any], project: Project) -> None:
    kinds = [re.sub(r" [\w-]*\d[\w-]*$", "", kept) for kept in drilled["kept"]]
    assert kinds[:2] == ["the last backup of the database", "the BackupPlan"]
    assert kinds[2].endswith("services of Google that stay enabled")
    prod = Cloud(project.root / ".localcloud/stacks/prod/google")
    assert len(prod.find(tokens.BACKUP_PLAN)) == 2
    assert _moved(project).is_file()


def test_a_drill_that_loses_what_was_promised_fails_and_names_it(drilled: dict[str, Any], project: Project) -> None:
    del drilled
    prod = Cloud(project.root / ".localcloud/stacks/prod/google")
    (instance,) = prod.find(tokens.DATABASE_INSTANCE)
    plain = {key: value for key, value in instance.state["settings"].items() if key != "finalBackupConfig"}
    prod.tamper(instance.type, instance.id, instance.state | {"settings": plain | {"retainBackupsOnDelete": False}})
    drill = project.localcloud("rehearse-rebuild", "prod")
    assert drill.returncode == 1
    assert f"\n  the last backup of the database {instance.id}\n" in drill.stderr
    assert "lost what was there, or promised to be kept" in drill.stderr
    assert "Remedy: " in drill.stderr
