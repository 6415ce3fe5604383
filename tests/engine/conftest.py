"""What tests on the real engine and API server stand on: the built toolchain, and copies of the project."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from localcloud import plugins, toolchain
from localcloud.local_cloud import install_plugins
from localcloud.toolchain import Toolchain
from tests.engine.project import Project


@pytest.fixture(scope="session")
def programs() -> Toolchain:
    """Every tool of the local cloud, built when nothing is timed yet; the first use on a machine takes minutes."""
    toolchain.ensure_stand_ins()
    toolchain.ensure_languages()
    return toolchain.ensure()


@pytest.fixture(scope="session")
def helm(programs: Toolchain) -> Path:
    return programs["helm"]


class Pulumi(Protocol):
    """Runs the engine in a directory, on a state and with plugins of the test's own."""

    def __call__(
        self, cwd: Path, *arguments: str, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]": ...


@pytest.fixture(scope="session")
def pulumi_home(programs: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ``PULUMI_HOME`` with the local cloud's plugins in it."""
    home = tmp_path_factory.mktemp("pulumi-home")
    install_plugins(home, programs)
    return home


@pytest.fixture
def pulumi_environment(pulumi_home: Path, tmp_path: Path) -> dict[str, str]:
    state = tmp_path / "state"
    state.mkdir()
    return plugins.environment(pulumi_home, state) | {"PULUMI_CONFIG_PASSPHRASE": "test"}


@pytest.fixture
def pulumi(programs: Toolchain, pulumi_environment: dict[str, str]) -> Pulumi:
    def run(cwd: Path, *arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [programs["pulumi"], *arguments, "--non-interactive"],
            cwd=cwd,
            env={**os.environ, **pulumi_environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, programs: Toolchain) -> Iterator[Project]:
    del programs  # Built before anything is timed.
    made = Project.copied_to(tmp_path_factory.mktemp("project"))
    yield made
    cleaned = made.localcloud("clean")
    assert cleaned.returncode == 0, cleaned.stderr
