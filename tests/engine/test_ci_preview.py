"""Merge requests and drift as a pipeline tells them: on the real engine, to a server that speaks GitLab's API.

The tests of this module share one repository, whose last commit is the target branch.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.ci.gitlab_server import READ_ONLY, GitLab, running
from tests.engine.project import REPOSITORY, Project, environment

PROGRAM = """\
import pulumi

PROJECT = "example-prod"


def made(type_, name, inputs, **options):
    opts = pulumi.ResourceOptions(**options)
    return pulumi.CustomResource(type_, name, {"project": PROJECT, **inputs}, opts)


apis = [
    made("gcp:projects/service:Service", api, {"service": f"{api}.googleapis.com", "disableOnDestroy": False})
    for api in ("pubsub", "storage")
]


def topic(name, **options):
    labels = {"token": pulumi.Output.secret("hunter-one")}
    made("gcp:pubsub/topic:Topic", name, {"name": name, "labels": labels}, depends_on=apis, **options)


made("gcp:storage/bucket:Bucket", "uploads", {"name": "example-prod-uploads", "location": "EU"}, depends_on=apis)
topic("orders")
topic("invoices")
topic("events", protect=True)
"""
POLICY = """\
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def no_parcels(args, report):
    if args.name == "parcels":
        report("Parcels are not events.")


def european(args, report):
    if args.props.get("location") == "US":
        report("It is beyond the ocean.")


PolicyPack("test", [
    ResourceValidationPolicy("no-parcels", "No parcels.", no_parcels, EnforcementLevel.MANDATORY),
    ResourceValidationPolicy("european", "In Europe.", european, EnforcementLevel.ADVISORY),
])
"""
BUCKET = ("gcp:storage/bucket:Bucket", "example-prod-uploads")


def _git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def _commit(project: Project) -> None:
    _git(project.root, "add", ".")
    _git(project.root, "commit", "--quiet", "--message", "target")


@pytest.fixture(scope="module")
def repository(project: Project) -> Project:
    """The project as the target branch has it, with two policies of the test's own."""
    shutil.copytree(REPOSITORY / "ci", project.root / "ci", dirs_exist_ok=True)
    shutil.rmtree(project.root / "policy", ignore_errors=True)
    (project.root / "policy").mkdir()
    runtime = "runtime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: ../.venv\n"
    (project.root / "policy" / "PulumiPolicy.yaml").write_text(f"description: of a test\n{runtime}version: 1.0.0\n")
    (project.root / "policy" / "__main__.py").write_text(POLICY)
    _git(project.root, "init", "--quiet", "--initial-branch=main")
    (project.root / ".git" / "info" / "exclude").write_text(".venv\n.localcloud\n__pycache__\n")
    _commit(project)
    return project


@pytest.fixture(scope="module")
def small(repository: Project) -> Project:
    """The same with a program of three topics and a bucket, which takes seconds."""
    (repository.root / "__main__.py").write_text(PROGRAM)
    _commit(repository)
    return repository


@pytest.fixture
def gitlab_server() -> Iterator[GitLab]:
    made = running()
    yield made
    made.server.shutdown()
    made.server.server_close()


def _ci(project: Project, *arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ci", *arguments],
        cwd=project.root,
        env={**environment(), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def _preview(
    project: Project, *arguments: str, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    report = f"--terraform-report={project.root}/.git/terraform.json"
    return _ci(project, "preview", "prod", "--rehearsed", report, *arguments, env=env)


def _report(project: Project) -> dict[str, int] | None:
    file = project.root / ".git" / "terraform.json"
    return json.loads(file.read_text()) if file.exists() else None


def test_the_note_of_prod_names_the_service_that_a_merge_request_changes(
    repository: Project, gitlab_server: GitLab
) -> None:
    repository.replace("services.yaml", "Hello from the web platform", "Hello from a merge request")
    answer = _preview(repository, env=gitlab_server.environment())
    assert answer.returncode == 3, answer.stdout + answer.stderr
    (note,) = gitlab_server.notes
    assert "## Rehearsed preview of `prod`: 1 to replace, 1 to update" in note["body"]
    assert (
        "**update** Deployment `hello`\n\n- `spec.template.spec.containers[main].env[PODINFO_UI_MESSAGE].value`: "
        "`Hello from the web platform` → `Hello from a merge request`"
    ) in note["body"]
    assert "**replace** Job `hello-migration` of `WebService hello`" in note["body"]
    assert "**Fits**: the pods reserve" in note["body"]
    assert note["body"].endswith(answer.stdout.strip())
    assert _report(repository) == {"create": 1, "update": 1, "delete": 1}
    assert not (repository.root / ".localcloud").exists()


def test_what_a_merge_request_loses_is_on_top_and_no_secret_is_shown(small: Project, gitlab_server: GitLab) -> None:
    changed = PROGRAM.replace('"EU"', '"US"').replace("hunter-one", "hunter-two")
    changed = changed.replace('topic("invoices")', 'topic("parcel-events")').replace(", protect=True", "")
    (small.root / "__main__.py").write_text(changed)
    answer = _preview(small, env=gitlab_server.environment())
    assert answer.returncode == 4, answer.stdout + answer.stderr
    assert _report(small) == {"create": 2, "update": 2, "delete": 2}
    assert "## Rehearsed preview of `prod`: 1 to delete, 1 to replace, 2 to update, 1 to create" in answer.stdout
    dangers = answer.stdout.partition("### Dangerous\n\n")[2].partition("\n\n")[0]
    assert [line.partition("**.")[0].partition("**:")[0] for line in dangers.splitlines()] == [
        "- :warning: **Topic `events` would lose its protection",
        "- :warning: **Topic `invoices` would be deleted",
        "- :warning: **Bucket `uploads` would be deleted and made anew**, because `location` changes. "
        "Lost with it: every file in it.",
    ]
    assert "- **Advice** by `european`, of `uploads`: `" in answer.stdout
    assert "It is beyond the ocean." in answer.stdout
    assert "`[secret]` → `[secret]`" in answer.stdout
    assert "hunter" not in answer.stdout + answer.stderr + gitlab_server.notes[0]["body"]


def test_no_change_is_no_change(small: Project) -> None:
    (small.root / "__main__.py").write_text(PROGRAM + "\n# A remark.\n")
    answer = _preview(small)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "## Rehearsed preview of `prod`: no change" in answer.stdout
    assert "no merge request is told" in answer.stderr
    assert _report(small) == {"create": 0, "update": 0, "delete": 0}


def test_a_broken_program_is_red_and_the_note_says_why(small: Project, gitlab_server: GitLab) -> None:
    (small.root / "__main__.py").write_text(PROGRAM + 'topic("refunds")\nraise ValueError("no place for `refunds`")\n')
    answer = _preview(small, env=gitlab_server.environment())
    assert answer.returncode == 1, answer.stdout + answer.stderr
    (note,) = gitlab_server.notes
    assert "## The rehearsed preview of `prod` failed after 1 to create" in note["body"]
    assert "ValueError: no place for `refunds`" in note["body"]
    assert "**create** Topic `refunds`" in note["body"]
    assert "ValueError: no place for `refunds`" in answer.stderr
    assert _report(small) is None


def test_what_a_policy_forbids_is_red_and_the_note_says_which(small: Project, gitlab_server: GitLab) -> None:
    (small.root / "__main__.py").write_text(PROGRAM + 'topic("parcels")\n')
    answer = _preview(small, env=gitlab_server.environment())
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "- **Forbidden** by `no-parcels`, of `parcels`: `" in gitlab_server.notes[0]["body"]
    assert "Parcels are not events." in gitlab_server.notes[0]["body"]


def test_a_mistake_in_the_stack_file_is_told_before_anything_is_rehearsed(
    small: Project, gitlab_server: GitLab
) -> None:
    file = small.root / "Pulumi.prod.yaml"
    before = file.read_text()
    file.write_text(before.replace("zone: europe-west1-b", "zone: europe-west2-b"))
    answer = _preview(small, env=gitlab_server.environment())
    file.write_text(before)
    assert answer.returncode == 1
    assert "Rehearsing" not in answer.stderr
    assert "europe-west2-b" in gitlab_server.notes[0]["body"]


def test_a_note_that_cannot_be_written_is_red_and_told_in_the_log(small: Project, gitlab_server: GitLab) -> None:
    """What stands in the merge request would be of another change."""
    (small.root / "__main__.py").write_text(PROGRAM)
    answer = _preview(small, "--base", "none", env=gitlab_server.environment(READ_ONLY))
    assert answer.returncode == 1
    assert "insufficient_scope" in answer.stderr
    assert "GitLab was not told" in answer.stderr
    assert "Everything is previewed from nothing." in answer.stdout


def test_where_the_target_branch_does_not_come_up_all_is_previewed_from_nothing_and_somebody_has_to_look(
    small: Project,
) -> None:
    (small.root / "__main__.py").write_text("raise ValueError('the target is broken')\n")
    _commit(small)
    (small.root / "__main__.py").write_text(PROGRAM)
    answer = _preview(small)
    _commit(small)
    assert answer.returncode == 4, answer.stdout + answer.stderr
    assert "does not come up itself**" in answer.stdout
    assert "ValueError: the target is broken" in answer.stdout
    assert "6 to create" in answer.stdout


def test_drift_opens_one_issue_renews_it_and_closes_it(small: Project, gitlab_server: GitLab) -> None:
    job = gitlab_server.environment()
    (small.root / "__main__.py").write_text(PROGRAM)
    up = small.localcloud("rehearse", "prod")
    assert up.returncode == 0, up.stdout + up.stderr

    def changed(value: str) -> None:
        command = f"set {BUCKET[0]} {BUCKET[1]} storageClass={value}"
        done = small.localcloud("google", "make", "prod", "--command", command)
        assert done.returncode == 0, done.stdout + done.stderr

    none = _ci(small, "drift", "prod", "--rehearsed", env=job)
    assert (none.returncode, gitlab_server.issues) == (0, []), none.stdout + none.stderr
    for value in ("NEARLINE", "COLDLINE"):
        changed(value)
        found = _ci(small, "drift", "prod", "--rehearsed", env=job)
        assert found.returncode == 3, found.stdout + found.stderr
        (issue,) = gitlab_server.issues
        assert (issue["title"], issue["labels"], issue["state"]) == ("Drift of the stack prod", ["drift"], "opened")
        assert f"**changed** Bucket `uploads`\n\n- `storageClass`: `STANDARD` → `{value}`" in issue["description"]
        assert "hunter" not in found.stdout + found.stderr + issue["description"]
    changed("STANDARD")
    mended = _ci(small, "drift", "prod", "--rehearsed", env=job)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    (issue,) = gitlab_server.issues
    assert issue["state"] == "closed"
