"""The service's pipeline: a dozen lines that include the template of the platform."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.pipelines import OCCASIONS, REPOSITORY, TEMPLATES, Pipeline
from tests.ci.schema import faults, faults_of_file
from tests.ci.service_template import rendered
from tests.examples.hello_service.service import SERVICE, TREE, copied_to

_FILE = SERVICE / ".gitlab-ci.yml"


def _included() -> dict[str, Any]:
    (included,) = yaml.safe_load(_FILE.read_text())["include"]
    return dict(included)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The service's repository, with what it includes of the platform's in it, as the independent reader wants it."""
    root = copied_to(tmp_path / "hello-service")
    shutil.copytree(TEMPLATES, root / "ci" / "templates")
    (root / ".gitlab-ci.yml").write_text(rendered(_included()["inputs"]).replace("- local: /ci", "- local: ci"))
    return root


def test_it_is_a_dozen_lines_that_gitlab_takes() -> None:
    assert len(_FILE.read_text().splitlines()) <= 12
    assert faults_of_file(_FILE) == ""


def test_it_includes_what_the_page_of_pipelines_shows() -> None:
    page = (REPOSITORY / "docs" / "pipelines.md").read_text()
    (shown,) = re.findall(r"^```yaml\n(include:\n.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    (example,) = yaml.safe_load(shown)["include"]
    included = _included()
    assert {**included, "inputs": None} == {**example, "inputs": None}
    assert included["inputs"].keys() == example["inputs"].keys()


def test_what_it_becomes_is_valid_and_goes_from_tests_to_prod(repository: Path, tmp_path: Path) -> None:
    pipeline = Pipeline(repository / ".gitlab-ci.yml")
    assert faults(pipeline.content, tmp_path) == ""
    assert list(pipeline.on(OCCASIONS["main"])) == ["test", "images", "deploy to staging", "deploy to prod"]


def test_its_tests_run_in_the_python_of_its_images() -> None:
    assert TREE.images["base"].source.startswith(f"docker.io/library/{_included()['inputs']['test_image']}@")


def test_its_job_tests_it_on_a_runner(repository: Path, programs: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gitlabemu", "--ignore-docker", "test"],
        cwd=repository,
        env={**os.environ, "PATH": os.pathsep.join([str(programs), os.environ["PATH"]])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed", done.stdout)


def test_the_program_that_it_deploys_is_where_the_template_looks_for_it() -> None:
    folder = yaml.safe_load((TEMPLATES / "service.yml").read_text().split("\n---\n")[0])["spec"]["inputs"]["program"]
    assert (SERVICE / folder["default"] / "Pulumi.yaml").exists()
