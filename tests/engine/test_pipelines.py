"""Jobs of the pipeline, as they stand, run by a runner that is not GitLab's: on a clone, in this machine's shell."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from localcloud.toolchain import Toolchain
from tests.ci import gitlab_server, runner
from tests.ci.gitlab_server import GitLab
from tests.engine.project import REPOSITORY, environment

_COMMITTER = ("-c", "user.name=Tests", "-c", "user.email=tests@example.com")
_CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")


@dataclass(frozen=True)
class Clone:
    """A repository with all that is not ignored in this one, committed to `main`."""

    root: Path

    @classmethod
    def made_in(cls, root: Path) -> "Clone":
        files = _git(REPOSITORY, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
        for file in filter(None, files):
            if (REPOSITORY / file).is_file():
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(REPOSITORY / file, root / file)
        # What is installed is this process's, and make finds it newer than what was to be installed.
        environment = root / ".venv"
        environment.mkdir()
        for part in Path(sys.prefix).iterdir():
            if part.name != ".installed":
                (environment / part.name).symlink_to(part)
        clone = cls(root)
        _git(root, "init", "--quiet", "--initial-branch=main")
        clone.commit("As it is")
        (environment / ".installed").touch()
        return clone

    def commit(self, message: str) -> None:
        _git(self.root, "add", "--all")
        _git(self.root, *_COMMITTER, "commit", "--quiet", "--message", message)

    def branch(self, name: str, file: str, old: str, new: str) -> None:
        """A branch from main with one change."""
        _git(self.root, "checkout", "--quiet", "-B", name, "main")
        text = (self.root / file).read_text()
        assert text.count(old) == 1, f"{file} says {old!r} {text.count(old)} times"
        (self.root / file).write_text(text.replace(old, new))
        self.commit(name)

    def run(
        self, job: str, env: Mapping[str, str] | None = None, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        """Runs a job as it would run in a merge request, `variables` set beside what the pipeline itself says."""
        given = {"OCCASION": "merge request", "XDG_CACHE_HOME": _CACHE, **variables}
        return runner.run(self.root, job, given, {**environment(), **(env or {})})


def _git(directory: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=directory, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, programs: Toolchain) -> Clone:
    del programs  # Jobs find them built.
    return Clone.made_in(tmp_path_factory.mktemp("clone"))


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    server = gitlab_server.running()
    yield server
    server.server.shutdown()
    server.server.server_close()


def _previewed(clone: Clone, gitlab: GitLab) -> "subprocess.CompletedProcess[str]":
    base = _git(clone.root, "rev-parse", "main")
    return clone.run(
        "rehearsed preview of prod", gitlab.environment(), CI_MERGE_REQUEST_DIFF_BASE_SHA=base, CI_PIPELINE_ID="100"
    )


def test_lint_is_green_and_red_for_a_name_that_nobody_uses(clone: Clone) -> None:
    _git(clone.root, "checkout", "--quiet", "main")
    green = clone.run("lint")
    assert green.returncode == 0, green.stdout
    clone.branch("careless", "platforms/platform.py", "from dataclasses", "import os\nfrom dataclasses")
    red = clone.run("lint")
    assert red.returncode != 0
    assert "`os` imported but unused" in red.stdout


def test_unit_tests_are_green_and_red_for_one_that_fails(clone: Clone) -> None:
    report = "--junit-xml=.reports/tests.xml"  # All that there are take minutes.
    some = f"{report} tests/settings tests/test_versions.py"
    _git(clone.root, "checkout", "--quiet", "main")
    green = clone.run("unit tests", PYTEST_ADDOPTS=some)
    assert green.returncode == 0, green.stdout
    clone.branch("careless", "localcloud/charts/ingress/Chart.yaml", "version: 0.24.0+", "version: 0.23.0+")
    red = clone.run("unit tests", PYTEST_ADDOPTS=f"{report} tests/test_versions.py")
    assert red.returncode != 0
    assert "<failure" in (clone.root / ".reports" / "tests.xml").read_text()


def test_the_toolchain_is_where_later_jobs_look_for_it(clone: Clone) -> None:
    _git(clone.root, "checkout", "--quiet", "main")
    done = clone.run("toolchain")
    assert done.returncode == 0, done.stdout
    assert f"{_CACHE}/web-platform/toolchain" in done.stdout


def test_parity_is_green(clone: Clone) -> None:
    _git(clone.root, "checkout", "--quiet", "main")
    done = clone.run("parity")
    assert done.returncode == 0, done.stdout


def test_the_components_become_packages(clone: Clone) -> None:
    _git(clone.root, "checkout", "--quiet", "main")
    done = clone.run("components")
    assert done.returncode == 0, done.stdout
    assert sorted(file.suffix for file in (clone.root / "dist").iterdir() if file.suffix != "") == [".gz", ".whl"]


def test_a_change_is_green_and_its_note_names_the_service(clone: Clone, gitlab: GitLab) -> None:
    clone.branch("scale", "Pulumi.prod.yaml", "maximumReplicas: 6", "maximumReplicas: 7")
    done = _previewed(clone, gitlab)
    assert done.returncode == 0, done.stdout
    (note,) = gitlab.notes
    assert "1 to update" in note["body"]
    assert "of `WebService hello`" in note["body"]
    assert "`spec.maxReplicas`: `6` → `7`" in note["body"]
    assert (clone.root / ".reports" / "terraform.json").read_text() == '{"create": 0, "update": 1, "delete": 0}'


def test_a_dangerous_change_is_orange_and_its_note_says_what_is_lost(clone: Clone, gitlab: GitLab) -> None:
    elsewhere = '"location": {},\n                "versioned": wanted.versioned,'
    here, there = (elsewhere.format(place) for place in ("self._place.region", '"EU"'))
    clone.branch("careless", "platforms/google.py", here, there)
    done = _previewed(clone, gitlab)
    assert done.returncode == 4, done.stdout
    (note,) = gitlab.notes
    dangers = note["body"].partition("### Dangerous\n\n")[2].partition("\n\n")[0]
    assert "**Bucket `uploads` would be deleted and made anew**, because `location` changes. Lost with it" in dangers


def test_a_broken_program_is_red_and_its_note_says_why(clone: Clone, gitlab: GitLab) -> None:
    export = 'pulumi.export("urls"'
    clone.branch("broken", "__main__.py", export, f'raise ValueError("half of it is missing")\n{export}')
    done = _previewed(clone, gitlab)
    assert done.returncode != 0
    (note,) = gitlab.notes
    assert "failed" in note["body"]
    assert "ValueError: half of it is missing" in note["body"]


def test_a_tag_of_another_version_is_not_released(clone: Clone) -> None:
    _git(clone.root, "checkout", "--quiet", "main")
    done = clone.run("release of components", CI_COMMIT_TAG="v99.0.0")
    assert done.returncode != 0
    assert "The tag is v99.0.0, but components/pyproject.toml says v" in done.stdout
