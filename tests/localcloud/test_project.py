"""Where Pulumi runs a stack."""

from pathlib import Path

import pytest
import yaml

from localcloud import project
from localcloud.workspace import Workspace

PROJECT_FILE = """\
name: web-platform
runtime:
  name: python
  options:
    virtualenv: .venv
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT_FILE)
    return tmp_path


def _stack_file(root: Path, text: str) -> str:
    (root / "Pulumi.prod.yaml").write_text(text)
    return text


def test_a_stack_with_a_salt_of_its_own_runs_in_the_project(root: Path) -> None:
    _stack_file(root, "encryptionsalt: v1:abc\nconfig: {}\n")
    assert project.directory(Workspace(root, "prod")) == root


def test_any_other_runs_in_a_copy_that_knows_nothing_of_its_key_in_the_cloud(root: Path) -> None:
    text = _stack_file(root, "secretsprovider: gcpkms://key\nencryptedkey: abc\nconfig:\n  web-platform:domain: a.b\n")
    copy = project.directory(Workspace(root, "prod"))
    assert yaml.safe_load((copy / "Pulumi.prod.yaml").read_text()) == {"config": {"web-platform:domain": "a.b"}}
    assert (root / "Pulumi.prod.yaml").read_text() == text


def test_the_copy_runs_the_program_and_the_environment_of_the_project(root: Path) -> None:
    _stack_file(root, "config: {}\n")
    copied = yaml.safe_load((project.directory(Workspace(root, "prod")) / "Pulumi.yaml").read_text())
    assert copied["main"] == str(root)
    assert copied["runtime"]["options"]["virtualenv"] == str(root / ".venv")


def test_the_copy_follows_its_stack_file_and_keeps_the_salt_that_pulumi_gave_it(root: Path) -> None:
    _stack_file(root, "config: {}\n")
    copy = project.directory(Workspace(root, "prod")) / "Pulumi.prod.yaml"
    copy.write_text("encryptionsalt: v1:local\nconfig: {}\n")
    _stack_file(root, "config:\n  web-platform:domain: new.example\n")
    project.directory(Workspace(root, "prod"))
    assert yaml.safe_load(copy.read_text()) == {
        "encryptionsalt": "v1:local",
        "config": {"web-platform:domain": "new.example"},
    }
