"""Jobs of the pipeline, each run in a shell by a runner that is not GitLab's, with programs that note their calls.

What the programs themselves do, `tests/engine/test_pipelines.py` and their own tests show.
"""

import shutil
from pathlib import Path

import pytest
from typing_extensions import override

from tests.ci.noting import Repository
from tests.ci.pipelines import REPOSITORY

_DOES = """\
case "$call" in
  gcloud*)
    cp "$CREDENTIALS.jwt" "$CALLS.jwt"
    mkdir -p "$CLOUDSDK_CONFIG" "$DOCKER_CONFIG"
    for place in "$CLOUDSDK_CONFIG" "$DOCKER_CONFIG" "$(dirname "$KUBECONFIG")"; do
      echo of-an-hour > "$place/cache" && echo "$place" >> "$CALLS.caches"
    done
    for last; do :; done; echo '{}' > "${last#--output-file=}" ;;
esac
"""
_VARIABLES = {
    "IDENTITY": "deploy-prod@example-platform.iam.gserviceaccount.com",
    "IDENTITY_PROVIDER": "projects/1/locations/global/workloadIdentityPools/gitlab-prod/providers/gitlab",
    "ID_TOKEN": "signed-by-gitlab",
    "OCCASION": "main",
}


class Jobs(Repository):
    """A repository that has the pipeline and none of the programs, and what its jobs call."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "web-platform", ("make", "gcloud", "pulumi"), _DOES, _VARIABLES)
        self.equip(self.root / ".venv" / "bin", ("python", "uv"))
        shutil.copytree(REPOSITORY / "ci", self.root / "ci", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        shutil.copy2(REPOSITORY / ".gitlab-ci.yml", self.root)

    @override
    def calls(self) -> list[str]:
        """What the job itself has called, after what makes it who it is."""
        return [each for each in super().calls() if not each.startswith(("gcloud", "make .venv"))]

    def caches(self) -> list[str]:
        """Where docker, gcloud and GKE's plugin have kept what lets them in."""
        return self.kept("caches").splitlines()


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path)


@pytest.mark.parametrize(
    ("of_command", "of_job"),
    [(0, 0), (3, 0), (4, 4), (1, 1), (2, 2), (137, 137)],
    ids=["no change", "a change", "a dangerous one", "a failure", "bad usage", "killed"],
)
def test_a_preview_is_green_for_a_change_and_tells_a_dangerous_one_from_a_failure(
    of_command: int, of_job: int, jobs: Jobs
) -> None:
    assert jobs.run("preview of prod", "ci preview", of_command) == of_job


@pytest.mark.parametrize(("job", "how"), [("rehearsed preview of prod", ["--rehearsed"]), ("preview of prod", [])])
def test_a_preview_is_told_of_what_and_how(job: str, how: list[str], jobs: Jobs) -> None:
    assert jobs.run(job) == 0
    (call,) = jobs.calls()
    assert call.split() == [
        *("python", "-m", "ci", "preview", "prod", *how),
        *("--terraform-report", ".reports/terraform.json", "--note-file", ".reports/note.md"),
    ]


@pytest.mark.parametrize("code", [0, 255])
@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_a_deploy_that_somebody_starts_does_that_and_ends_as_it_does(stack: str, code: int, jobs: Jobs) -> None:
    assert jobs.run(f"deploy {stack}", "make up", code) == code
    assert jobs.calls() == [f"make up STACK={stack}"]


@pytest.mark.parametrize(
    ("of_preview", "of_job"),
    [(0, 0), (3, 0), (4, 4), (1, 1), (137, 137)],
    ids=["no change", "a change", "a dangerous one", "a failure", "killed"],
)
def test_prod_that_nobody_starts_is_looked_at_once_more_and_not_begun_where_it_is_dangerous(
    of_preview: int, of_job: int, jobs: Jobs
) -> None:
    assert jobs.run("deploy prod", "ci preview", of_preview, PROD_FROM_MAIN="automatically") == of_job
    deploys = [] if of_job else ["make up STACK=prod"]
    assert jobs.calls() == ["python -m ci preview prod", *deploys]


@pytest.mark.parametrize("code", [0, 1])
def test_what_services_are_to_know_is_handed_over_by_a_job_of_its_own(code: int, jobs: Jobs) -> None:
    assert jobs.run("hand over prod", "ci hand-over", code) == code
    assert jobs.calls() == ["python -m ci hand-over prod"]


def test_what_is_released_is_built_by_the_job_that_releases_it(jobs: Jobs) -> None:
    """What the programs say of versions is nothing here, and so is the tag's."""
    assert jobs.run("release of components", CI_COMMIT_TAG="v") == 0
    built, published = (place for place, call in enumerate(jobs.calls()) if "uv build" in call or "uv publish" in call)
    assert jobs.calls()[built] == "uv build components --out-dir dist"
    assert built < published


def test_a_check_asks_whether_all_is_deployed_and_then_the_public_services(jobs: Jobs) -> None:
    assert jobs.run("check prod") == 0
    # Both ends of a pipe begin at once.
    first, *rest = jobs.calls()
    assert first == "pulumi preview --stack prod --expect-no-changes"
    assert sorted(rest) == ["pulumi stack output --stack prod --json urls", "python -m ci.public_urls"]


@pytest.mark.parametrize(
    ("job", "call"),
    [("policies of prod", "make policy STACK=prod"), ("drift of staging", "python -m ci drift staging")],
)
@pytest.mark.parametrize("code", [0, 3])
def test_at_night_a_job_ends_as_what_it_asks(job: str, call: str, code: int, jobs: Jobs) -> None:
    assert jobs.run(job, call, code) == code
    assert jobs.calls() == [call]


@pytest.mark.parametrize("fails", ["nothing", "make up"])
def test_a_job_with_credentials_leaves_none_behind(fails: str, jobs: Jobs) -> None:
    assert (jobs.run("deploy prod", fails) == 0) is (fails == "nothing")
    assert jobs.kept("jwt") == "signed-by-gitlab"
    assert jobs.caches() == [f"{jobs.credentials}.d{place}" for place in ("/gcloud", "/docker", "")]
    assert not jobs.credentials.is_relative_to(jobs.root)
    assert not list(jobs.credentials.parent.glob("google.*"))


def test_a_job_that_google_does_not_know_does_nothing(jobs: Jobs) -> None:
    assert jobs.run("deploy prod", "gcloud iam") != 0
    assert jobs.calls() == []
