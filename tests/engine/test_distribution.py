"""docs/importing.md, run as it stands: a wheel in a virtual environment of its own, and a team's stack made with it.

The tests of this module are one story in the order in which they stand: each finds the stack as the one before left it.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client
from web_platform.relations import dangling

from tests.engine.objects import objects_of
from tests.engine.project import REPOSITORY, Project, commands

PAGE = "docs/importing.md"
TEAM = "reviews"


@pytest.fixture(scope="module")
def team(project: Project) -> Path:
    """The team's folder beside the project, once every command of the page was run."""
    (in_dev,) = re.findall(
        r"^```yaml\n# Pulumi.dev.yaml\n(.*?)^```", (REPOSITORY / PAGE).read_text(), flags=re.MULTILINE | re.DOTALL
    )
    file = project.root / "Pulumi.dev.yaml"
    stack = yaml.safe_load(file.read_text())
    stack["config"] |= yaml.safe_load(in_dev)["config"]
    file.write_text(yaml.safe_dump(stack))
    for command in commands(PAGE):
        done = project.run("/bin/sh", "-c", command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return project.root.parent / TEAM


def _python(team: Path, code: str) -> str:
    """What a program says that runs in the team's virtual environment, and nowhere near this repository."""
    command = [f"{team}/.venv/bin/python", "-I", "-c", code]
    return subprocess.run(command, cwd=team, capture_output=True, text=True, check=True).stdout.strip()


def test_the_wheel_is_what_the_team_has(team: Path) -> None:
    location = Path(_python(team, "import web_platform; print(web_platform.__file__)"))
    assert location.is_relative_to(team / ".venv")
    installed = _python(team, "import importlib.metadata; print(importlib.metadata.version('web-platform'))")
    assert [wheel.name for wheel in (team / "wheels").iterdir()] == [f"web_platform-{installed}-py3-none-any.whl"]


def test_every_exported_name_is_there_with_no_other_package_than_the_wheel_asks_for(team: Path) -> None:
    code = "import web_platform as w; print(sum(getattr(w, name) is not None for name in w.__all__), len(w.__all__))"
    found, exported = _python(team, code).split()
    assert found == exported


def test_programs_are_type_checked_against_the_wheel(team: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text('from web_platform import Bucket\n\nBucket("a", {"locatoin": "EU"})\n')
    # What the SDKs are typed with is theirs, and takes minutes to read.
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = true\n[mypy-pulumi_gcp.*,pulumi_kubernetes.*]\nfollow_imports = skip\n"
    )
    command = [sys.executable, "-m", "mypy", f"--python-executable={team}/.venv/bin/python"]
    checked = [*command, f"{team}/__main__.py", "wrong.py"]
    done = subprocess.run(checked, cwd=tmp_path, capture_output=True, text=True, check=False)
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert {line.partition(":")[0] for line in errors} == {"wrong.py"}, done.stdout + done.stderr
    assert 'Extra key "locatoin" for TypedDict "BucketArgs"' in done.stdout


def test_the_teams_service_and_its_job_are_up(team: Path, project: Project) -> None:
    exported = project.shell(f"cd ../{TEAM} && pulumi stack output --json")
    assert json.loads(exported.stdout) == {"url": "https://reviews.dev.localhost/"}
    deployment: Any = client.AppsV1Api(project.client()).read_namespaced_deployment(TEAM, TEAM)
    assert deployment.status.available_replicas == 1
    (job,) = client.BatchV1Api(project.client()).list_namespaced_cron_job(TEAM).items
    assert job.metadata.name == "summary"
    assert dangling(objects_of(project)) == []


def test_the_platform_and_the_team_do_not_see_each_others_changes(team: Path, project: Project) -> None:
    preview = project.shell("pulumi preview --json")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    steps = {step["urn"]: step["op"] for step in json.loads(preview.stdout)["steps"]}
    assert {urn: operation for urn, operation in steps.items() if operation not in ("same", "read")} == {}
    down = project.shell(f"cd ../{TEAM} && pulumi destroy --yes")
    assert down.returncode == 0, down.stdout + down.stderr
    assert client.AppsV1Api(project.client()).list_namespaced_deployment(TEAM).items == []
