"""What is said of machines: this one, with programs of ours on PATH and nothing else of its user's."""

import dataclasses
import io
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import psutil
import pytest
from rich.console import Console

from localcloud import doctor
from localcloud.cluster.kind import RELEASE
from localcloud.cluster.processes import wait_until
from localcloud.doctor import builds, embedded, programs
from localcloud.doctor.findings import State
from localcloud.doctor.modes import Mode
from localcloud.errors import LocalCloudError
from localcloud.stand_ins import postgres
from localcloud.toolchain import build
from localcloud.toolchain.tools import LANGUAGES, MODULES

REPOSITORY = Path(__file__).parents[2]
TOOLS = {tool.name for module in MODULES for tool in module.tools}
GO = 'echo "go version go1.26.1 linux/amd64"'


class Machine:
    """A home, a cache and a PATH, all empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"PATH": str(folder / "bin"), "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
        (folder / "bin").mkdir()

    def install(self, name: str, script: str = "") -> None:
        program = self.folder / "bin" / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def build(self) -> None:
        """Leaves the folders of everything that is built."""
        for module in MODULES:
            name = f"{module.name}-{build.fingerprint(module)}"
            (self.folder / "cache" / "web-platform" / "toolchain" / name).mkdir(parents=True)

    def doctor(self) -> "subprocess.CompletedProcess[str]":
        """The command, on this machine."""
        answer = subprocess.run(
            [sys.executable, "-m", "localcloud", "doctor", "--json"],
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert answer.stderr == ""
        return answer

    def modes(self) -> dict[str, Mode]:
        """What is found on it."""
        with mock.patch.dict(os.environ, self.environment, clear=True):
            return {mode.name: mode for mode in doctor.examine()}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_bare_machine_lacks_what_has_to_be_installed_and_is_told_how(machine: Machine) -> None:
    answer = machine.doctor()
    assert answer.returncode == 1
    modes = {mode["name"]: mode for mode in json.loads(answer.stdout)}
    assert {"make", "Go"} <= set(modes["embedded cluster"]["lacking"])
    assert {"Go", "Docker", "kind"} <= set(modes["kind"]["lacking"])
    assert {"pulumi", "Pulumi's login", "gke-gcloud-auth-plugin"} <= set(modes["Google Cloud"]["lacking"])
    checks = [check for mode in modes.values() for check in mode["checks"]]
    assert all(check["remedy"].endswith(".") for check in checks if check["state"] != State.HAS)
    assert not any(check["remedy"] for check in checks if check["state"] == State.HAS)


def test_with_go_and_make_and_everything_built_stacks_can_be_rehearsed(machine: Machine) -> None:
    machine.install("go", GO)
    machine.install("make")
    machine.build()
    answer = machine.doctor()
    (first, *_) = json.loads(answer.stdout)
    assert (first["name"], first["lacking"], answer.returncode) == ("embedded cluster", [], 0)
    assert {check["name"] for check in first["checks"] if check["found"].endswith(", built")} == TOOLS


def test_what_is_not_built_yet_is_no_obstacle_but_is_said(machine: Machine) -> None:
    mode = machine.modes()["embedded cluster"]
    assert {name for name, finding in mode.findings.items() if "not built yet" in finding.found} == TOOLS
    assert "in about 20 minutes" in mode.findings["pulumi"].remedy
    assert not TOOLS & set(mode.lacking)


@pytest.mark.parametrize(
    ("says", "state"),
    [
        ("go version go1.26.1 linux/amd64", State.HAS),
        ("go version go1.27rc1 linux/amd64", State.HAS),
        ("go version go2.0 linux/amd64", State.HAS),
        ("go version go1.25.9 linux/amd64", State.LACKS),
        ("command not found", State.LACKS),
        ("\\377\\376", State.LACKS),
    ],
)
def test_go_has_to_be_as_new_as_the_modules_want_it(says: str, state: State, machine: Machine) -> None:
    machine.install("go", f"printf '{says}'")
    found = machine.modes()["embedded cluster"].findings["Go"]
    assert found.state is state
    assert found.remedy in ("", "Install Go 1.26 or later: https://go.dev/doc/install.")


@pytest.mark.parametrize(("version", "is_taken"), [("v1.35.2", True), ("v1.20.1", False)])
def test_a_tool_of_the_users_own_is_found_where_its_version_fits(
    version: str, is_taken: bool, machine: Machine
) -> None:
    machine.install("kubectl", f"echo 'Client Version: {version}'")
    found = machine.modes()["embedded cluster"].findings["kubectl"].found
    assert (found == "on PATH: ~/bin/kubectl") is is_taken


def test_a_disk_that_is_too_small_is_said_only_where_something_is_to_be_built(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", machine.environment["XDG_CACHE_HOME"])
    huge = [dataclasses.replace(module, space=2**30) for module in MODULES]
    look = builds.looks(huge, memory=0)["free disk"]
    assert look().state is State.LACKS
    assert "XDG_CACHE_HOME" in look().remedy
    machine.build()
    assert look().state is State.HAS


def test_memory_that_may_not_do_for_the_first_build_is_a_hint(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", machine.environment["XDG_CACHE_HOME"])
    too_much = psutil.virtual_memory().total // 1024**3 + 2
    assert builds.looks(MODULES, memory=too_much)["memory"]().state is State.HINT
    assert builds.looks(MODULES, memory=0)["memory"]().state is State.HAS


def test_other_systems_than_linux_do_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    assert embedded.looks()["system"]().state is State.HAS
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    found = embedded.looks()["system"]()
    assert (found.state, found.found.split()[0]) == (State.LACKS, "Darwin")


@pytest.mark.parametrize(
    ("script", "state", "found"),
    [
        ("echo 28.2.2", State.HAS, "engine 28.2.2, ~/bin/docker"),
        ("echo; echo 'permission denied' >&2; exit 1", State.LACKS, "does not answer: permission denied"),
        ("exit 7", State.LACKS, "does not answer: exit code 7"),
    ],
)
def test_of_docker_the_engine_has_to_answer(script: str, state: State, found: str, machine: Machine) -> None:
    machine.install("docker", script)
    finding = machine.modes()["kind"].findings["Docker"]
    assert finding.state is state
    assert found in finding.found


@pytest.mark.parametrize(
    ("says", "state"),
    [
        (f"kind {RELEASE} go1.26.8 linux/amd64", State.HAS),
        ("kind v1.0.0 go1.26.8 linux/amd64", State.HAS),
        ("kind v0.9.0 go1.15 linux/amd64", State.HINT),
        ("no version at all", State.HINT),
    ],
)
def test_an_older_kind_than_the_nodes_image_is_hinted_at(says: str, state: State, machine: Machine) -> None:
    machine.install("kind", f"echo '{says}'")
    assert machine.modes()["kind"].findings["kind"].state is state


def test_postgresql_is_found_as_the_stand_ins_find_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "locate", lambda: machine.folder / "postgresql" / "bin")
    assert machine.modes()["stand-ins"].findings["PostgreSQL"] == (State.HAS, "~/postgresql/bin", "")
    monkeypatch.setattr(postgres, "locate", mock.Mock(side_effect=LocalCloudError("None.", "No database.", "Get it.")))
    assert machine.modes()["stand-ins"].findings["PostgreSQL"] == (State.LACKS, "None.", "Get it.")


def test_what_other_languages_take_is_built_when_it_is_asked_for(machine: Machine) -> None:
    modes = machine.modes()
    findings = modes["other languages"].findings
    for tool in (tool for module in LANGUAGES for tool in module.tools):
        assert findings[tool.name].state is State.HINT
        assert "builds it, once" in findings[tool.name].remedy
    assert modes["other languages"].lacking == modes["embedded cluster"].lacking


def test_kind_needs_what_the_embedded_cluster_does(machine: Machine) -> None:
    machine.install("docker", "echo 28.2.2")
    machine.install("kind", f"echo kind {RELEASE}")
    modes = machine.modes()
    assert modes["kind"].lacking == modes["embedded cluster"].lacking != []


@pytest.mark.parametrize(
    ("file", "content", "state", "found"),
    [
        (None, "", State.LACKS, "none"),
        ("credentials.json", '{"current": "gs://state"}', State.HAS, "gs://state"),
        ("credentials.json", '{"current": ""}', State.LACKS, "none"),
        ("credentials.json", "{", State.LACKS, "cannot be told"),
    ],
)
def test_pulumis_login_is_read_where_pulumi_keeps_it(
    file: str | None, content: str, state: State, found: str, machine: Machine
) -> None:
    if file:
        (machine.folder / ".pulumi").mkdir()
        (machine.folder / ".pulumi" / file).write_text(content)
    finding = machine.modes()["Google Cloud"].findings["Pulumi's login"]
    assert finding.state is state
    assert found in finding.found


def test_what_the_environment_says_of_google_is_heeded(machine: Machine) -> None:
    machine.environment |= {"GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.a", "PULUMI_BACKEND_URL": "gs://other"}
    for program in ("pulumi", "gke-gcloud-auth-plugin"):
        machine.install(program)
    mode = machine.modes()["Google Cloud"]
    assert mode.lacking == []
    assert {name for name, finding in mode.findings.items() if finding.state is State.HINT} == {"gcloud"}


def test_what_the_shell_of_a_local_cloud_puts_on_path_is_not_the_users(machine: Machine) -> None:
    ours = machine.folder / "project" / ".localcloud"
    ours.mkdir(parents=True)
    machine.install("pulumi")
    (machine.folder / "bin").rename(ours / "bin")
    machine.environment["PATH"] = str(ours / "bin")
    assert "pulumi" in machine.modes()["Google Cloud"].lacking


def test_looking_changes_nothing(machine: Machine) -> None:
    real = shutil.which("go")
    assert real
    (machine.folder / "bin" / "go").symlink_to(real)
    before = sorted(machine.folder.rglob("*"))
    assert '"found": "go1.' in machine.doctor().stdout
    assert sorted(machine.folder.rglob("*")) == before


def test_a_program_that_hangs_is_ended_with_all_that_it_started(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_ANSWERS_WITHIN", 0.5)
    started = machine.folder / "started"
    machine.install("docker", f"sleep 600 & echo $! > {started}; wait")
    answer = programs.ask(machine.folder / "bin" / "docker", "version")
    assert not answer.good
    assert "no answer within" in answer.text
    sleeper = int(started.read_text())
    assert wait_until(lambda: not psutil.pid_exists(sleeper) or psutil.Process(sleeper).status() == "zombie", 10)


@pytest.mark.parametrize("width", [120, 90])
def test_people_see_a_table_a_mode_that_fits_their_terminal_and_cuts_nothing_off(width: int, machine: Machine) -> None:
    machine.install("docker", "echo '[bold]no markup[/bold]' >&2; exit 1")
    modes, shown = machine.modes().values(), io.StringIO()
    Console(file=shown, width=width, highlight=False).print(doctor.shown(modes))
    lines = shown.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    for mode in modes:
        assert any(line.startswith(f"{mode.name}: ") for line in lines)
        for name, finding in mode.findings.items():
            assert any(line.startswith(f"  {name} ") and f" {finding.state} " in line for line in lines), name
    assert "[bold]no" in shown.getvalue()
    assert "…" not in shown.getvalue()
