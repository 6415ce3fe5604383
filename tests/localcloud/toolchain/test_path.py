"""Which of the user's own tools are taken."""

from pathlib import Path

import pytest

from localcloud.toolchain import path
from localcloud.toolchain.tools import LANGUAGES, MODULES, STAND_INS, Tool

KUBECTL = Tool("kubectl", module="m", package="p", version_arguments=("version", "--client"))


def _install(directory: Path, says: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / "kubectl"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("version", "pinned", "series", "verdict"),
    [
        ("v3.270.1", "v3.246.0", 1, True),
        ("v2.270.1", "v3.246.0", 1, False),
        ("Kubernetes v1.35.9", "v1.35.4", 2, True),
        ("Kubernetes v1.36.4", "v1.35.4", 2, False),
        ("4.25.0", "v4.25.0", 3, True),
        ("4.25.1", "v4.25.0", 3, False),
        ("v3.259.0-dev+1.gabc", "v3.246.0", 1, True),
        ("no version at all", "v3.246.0", 1, False),
        (None, "v3.246.0", 1, False),
    ],
)
def test_a_version_fits_when_its_first_numbers_are_the_pinned_ones(
    version: str | None, pinned: str, series: int, verdict: bool
) -> None:
    assert path.fits(version, pinned, series) is verdict


def test_a_tool_on_path_of_the_right_series_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _install(tmp_path, "Client Version: v1.35.2")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert path.find(KUBECTL, "v1.35.4") == program


def test_a_tool_of_another_series_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, "Client Version: v1.20.2")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert path.find(KUBECTL, "v1.35.4") is None


def test_a_tool_that_does_not_run_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, "").write_text("no program")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert path.find(KUBECTL, "v1.35.4") is None


def test_a_program_that_is_written_here_is_not_taken_from_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, "v1.35.4")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert path.find(Tool("kubectl", module="m", package="./kubectl", own=True), "v1.35.4") is None


# One that reaches Let's Encrypt itself would use up what the real one may have issued in a week; Google's own emulator
# of Pub/Sub makes other dead letters and takes any message; Pulumi's own host for YAML reads schemas that are old.
@pytest.mark.parametrize("name", ["cert-manager-controller", "pubsub-emulator", "pulumi-language-yaml"])
def test_what_must_not_be_another_is_written_here(name: str) -> None:
    (tool,) = (tool for module in (*MODULES, *STAND_INS, *LANGUAGES) for tool in module.tools if tool.name == name)
    assert tool.own


def test_our_own_links_are_not_taken_for_the_users_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path / ".localcloud" / "bin", "Client Version: v1.35.4")
    monkeypatch.setenv("PATH", str(tmp_path / ".localcloud" / "bin"))
    assert path.find(KUBECTL, "v1.35.4") is None


def test_every_tool_has_a_pinned_version_in_its_go_mod() -> None:
    versions = {
        tool.name: module.version(tool) for module in (*MODULES, *STAND_INS, *LANGUAGES) for tool in module.tools
    }
    assert all(version.startswith("v") and "-0." not in version for version in versions.values()), versions
    assert versions["pulumi-resource-kubernetes"] == "v4.25.0"
    assert versions["kube-apiserver"] == versions["kubectl"]
