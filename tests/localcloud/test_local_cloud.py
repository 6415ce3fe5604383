"""What a program sees of the local cloud, and which platforms a stack has."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud import local_cloud
from localcloud.errors import LocalCloudError
from localcloud.given_cluster import GivenCluster
from localcloud.local_cloud import LocalCloud, present
from localcloud.simulated_google import SimulatedGoogle
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace

NO_PROGRAMS = Toolchain({})


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv("LOCALCLOUD_CLUSTER", raising=False)
    return Workspace(tmp_path, "dev")


def _cloud(workspace: Workspace) -> LocalCloud:
    return LocalCloud(workspace, GivenCluster(workspace, NO_PROGRAMS), NO_PROGRAMS, workspace.root)


def test_the_environment_leads_to_the_local_cloud_and_to_no_other(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "a real one")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "gs://the-real-state")
    monkeypatch.setenv("KUBECONFIG", "/real/kubeconfig")
    environment = _cloud(workspace).environment()
    assert "PULUMI_ACCESS_TOKEN" not in environment
    assert environment["PULUMI_BACKEND_URL"] == f"file://{workspace.state}"
    assert environment["KUBECONFIG"] == str(workspace.cluster / "kubeconfig")
    assert environment["WEB_PLATFORM_CHART_DIRECTORY"] == str(workspace.charts)
    assert environment["PATH"].split(os.pathsep)[0] == str(workspace.programs)


def test_where_containers_run_charts_come_from_upstream(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALCLOUD_CLUSTER", "kind")
    monkeypatch.delenv("WEB_PLATFORM_CHART_DIRECTORY", raising=False)
    cloud = _cloud(workspace)
    assert cloud.platform.runs_containers
    assert "WEB_PLATFORM_CHART_DIRECTORY" not in cloud.environment()


@pytest.mark.parametrize(
    ("folders", "platforms"),
    [
        ([], []),
        (["state"], [GivenCluster]),
        (["cluster", "state"], [GivenCluster]),
        (["google", "state"], [SimulatedGoogle]),
        (["google"], [SimulatedGoogle]),
        (["cluster", "google"], [GivenCluster, SimulatedGoogle]),
    ],
)
def test_what_there_is_of_a_stack_is_seen_by_its_folders(
    folders: list[str], platforms: list[type], workspace: Workspace
) -> None:
    for folder in folders:
        (workspace.directory / folder).mkdir(parents=True)
    assert [type(platform) for platform in present(workspace)] == platforms


def test_a_state_of_another_platform_is_not_gone_on_with(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is built for this: what `open` does before is left out."""
    monkeypatch.setattr("localcloud.toolchain.ensure", lambda: NO_PROGRAMS)
    for step in ("_link_programs", "install_plugins"):
        monkeypatch.setattr(local_cloud, step, lambda *_: None)
    monkeypatch.setattr("localcloud.charts.assemble", lambda *_: None)
    workspace.cluster.mkdir(parents=True)
    workspace.state.mkdir()
    with pytest.raises(LocalCloudError, match="is up on another platform") as caught:
        LocalCloud.open(workspace, lambda workspace, _: SimulatedGoogle(workspace))
    assert "make rehearse-down STACK=dev" in caught.value.remedy
    assert not workspace.google.exists()


@pytest.mark.parametrize(("code", "said"), [(0, "0"), (1, "interrupted")])
def test_an_interrupt_is_the_commands_to_answer_and_told_where_it_stopped_it(code: int, said: str) -> None:
    child = (
        f"import signal, sys\nsignal.signal(2, lambda *_: sys.exit({code}))\nprint('up', flush=True)\nsignal.pause()"
    )
    program = (
        "import os, signal, sys; from pathlib import Path; from localcloud.local_cloud import run_in_foreground\n"
        # Whoever started the tests in the background has interrupts ignored, in all that they start too.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"try: print(run_in_foreground([sys.executable, '-c', {child!r}], Path.cwd(), os.environ))\n"
        "except KeyboardInterrupt: print('interrupted')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        os.killpg(process.pid, signal.SIGINT)  # As a terminal sends it.
        assert process.stdout.read() == f"{said}\n"


def test_a_polite_end_is_passed_on_as_an_interrupt_and_waited_for() -> None:
    child = (
        "import signal, sys, time\nsignal.signal(2, lambda *_: sys.exit(5))\nprint('up', flush=True)\ntime.sleep(60)"
    )
    program = (
        "import os, signal, sys; from pathlib import Path; from localcloud.local_cloud import run_in_foreground\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
        f"run_in_foreground([sys.executable, '-c', {child!r}], Path.cwd(), os.environ)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.terminate()
        assert process.wait(timeout=10) == 143
        assert process.stdout.read() == ""  # The child's end of the pipe is closed: it is gone.
