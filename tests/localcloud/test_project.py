"""Where Pulumi runs a stack."""

from pathlib import Path

import pytest
import yaml

from localcloud import project
from localcloud.workspace import Workspace
from settings import SettingsError

PROJECT_FILE = """\
name: web-platform
backend:
  url: gs://the-real-state
runtime:
  name: python
  options:
    virtualenv: .venv
"""
STAND_IN = {"secure": "v1:2NKph1jdRaCUcLul:0MiLQHOPWMxr6+HZ4iBHrflXMrT3getZ"}


@pytest.fixture
def prod(tmp_path: Path) -> Workspace:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT_FILE)
    return Workspace(tmp_path, "prod")


def _stack_file(prod: Workspace, text: str) -> str:
    (prod.root / "Pulumi.prod.yaml").write_text(text)
    return text


def _copied(prod: Workspace) -> dict[str, object]:
    copied: dict[str, object] = yaml.safe_load((project.copy(prod) / "Pulumi.prod.yaml").read_text())
    return copied


@pytest.mark.parametrize(
    ("text", "local"), [("encryptionsalt: v1:abc\n", True), ("secretsprovider: gcpkms://key\n", False)]
)
def test_a_stacks_secrets_are_local_when_it_has_a_salt(text: str, local: bool, prod: Workspace) -> None:
    _stack_file(prod, text)
    assert project.is_local(prod) is local


def test_a_copy_knows_nothing_of_the_key_in_the_cloud(prod: Workspace) -> None:
    text = _stack_file(prod, "secretsprovider: gcpkms://key\nencryptedkey: abc\nconfig:\n  web-platform:domain: a.b\n")
    copied = _copied(prod)
    assert set(copied) == {"encryptionsalt", "config"}
    assert copied["config"] == {"web-platform:domain": "a.b"}
    assert (prod.root / "Pulumi.prod.yaml").read_text() == text


def test_a_copy_has_a_salt_of_its_own_also_where_the_stack_has_another(prod: Workspace) -> None:
    _stack_file(prod, "encryptionsalt: v1:a-real-one\nconfig: {}\n")
    assert "a-real-one" not in str(_copied(prod))


def test_every_encrypted_value_of_a_copy_is_another_one_still_encrypted(prod: Workspace) -> None:
    _stack_file(
        prod,
        "config:\n"
        "  gcp:accessToken: {secure: real-1}\n"
        "  other:list: [plain, {secure: real-2}]\n"
        "  other:deep: {user: ann, password: {secure: real-3}, insecure: {secure: a, b: c}}\n",
    )
    assert _copied(prod)["config"] == {
        "gcp:accessToken": STAND_IN,
        "other:list": ["plain", STAND_IN],
        "other:deep": {"user": "ann", "password": STAND_IN, "insecure": {"secure": "a", "b": "c"}},
    }
    assert project.replaced(prod) == (
        "Encrypted values are not decrypted; gcp:accessToken, other:deep.password, other:list.1 hold 'stand-in' here."
    )


def test_a_copy_opens_no_environments_of_pulumi_cloud_and_names_no_backend(prod: Workspace) -> None:
    _stack_file(prod, "environment: [acme/prod]\nconfig: {}\n")
    assert "environment" not in _copied(prod)
    assert "Pulumi ESC environments are not opened" in project.replaced(prod)
    assert "backend" not in yaml.safe_load((prod.project / "Pulumi.yaml").read_text())


def test_nothing_is_said_of_what_needs_no_replacement(prod: Workspace) -> None:
    _stack_file(prod, "secretsprovider: gcpkms://key\nconfig:\n  web-platform:domain: a.b\n")
    assert project.replaced(prod) == ""


def test_a_copy_runs_the_program_and_the_environment_of_the_project(prod: Workspace) -> None:
    _stack_file(prod, "config: {}\n")
    copied = yaml.safe_load((project.copy(prod) / "Pulumi.yaml").read_text())
    assert copied["main"] == str(prod.root)
    assert copied["runtime"]["options"]["virtualenv"] == str(prod.root / ".venv")


def test_a_copy_follows_its_stack_file(prod: Workspace) -> None:
    _stack_file(prod, "config: {}\n")
    assert _copied(prod)["config"] == {}
    _stack_file(prod, "config:\n  web-platform:domain: new.example\n")
    assert _copied(prod)["config"] == {"web-platform:domain": "new.example"}


def test_a_stack_file_without_configuration_can_be_copied(prod: Workspace) -> None:
    _stack_file(prod, "secretsprovider: gcpkms://key\n")
    assert _copied(prod)["config"] == {}


@pytest.mark.parametrize("text", ["config: [", "config: {web-platform:domain: a.b}\n", None])
def test_a_bare_copy_has_nothing_of_the_stack_file(text: str | None, prod: Workspace) -> None:
    if text is not None:
        _stack_file(prod, text)
    copy = project.bare_copy(prod)
    stack = yaml.safe_load((copy / "Pulumi.prod.yaml").read_text())
    assert set(stack) == {"encryptionsalt", "config"}
    assert stack["config"] == {}
    assert yaml.safe_load((copy / "Pulumi.yaml").read_text()) == {
        "name": "web-platform",
        "runtime": "python",
        "main": str(prod.root),
    }


def test_a_project_file_that_cannot_be_read_is_an_expected_failure(prod: Workspace) -> None:
    (prod.root / "Pulumi.yaml").write_text("name: [")
    with pytest.raises(SettingsError, match=r"Pulumi\.yaml cannot be read"):
        project.bare_copy(prod)
