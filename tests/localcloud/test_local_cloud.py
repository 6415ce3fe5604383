"""Which cluster a stack is on, and what a program sees of the local cloud."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.cluster.embedded import EmbeddedCluster
from localcloud.cluster.kind import KindCluster
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import LocalCloud, choose_cluster
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace

NO_PROGRAMS = Toolchain({})


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv("LOCALCLOUD_CLUSTER", raising=False)
    return Workspace(tmp_path, "dev")


def test_a_stack_is_on_the_embedded_cluster_unless_it_is_asked_otherwise(workspace: Workspace) -> None:
    assert isinstance(choose_cluster(workspace, NO_PROGRAMS), EmbeddedCluster)


def test_what_was_chosen_holds_until_the_stack_is_down(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.directory.mkdir(parents=True)
    workspace.cluster_kind.write_text("kind")
    assert isinstance(choose_cluster(workspace, NO_PROGRAMS), KindCluster)
    monkeypatch.setenv("LOCALCLOUD_CLUSTER", "embedded")
    with pytest.raises(LocalCloudError, match="the stack dev is on its kind cluster") as caught:
        choose_cluster(workspace, NO_PROGRAMS)
    assert "make down STACK=dev" in caught.value.remedy


def test_a_kind_cluster_that_did_not_start_is_not_what_the_next_command_finds(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALCLOUD_CLUSTER", "kind")
    assert isinstance(choose_cluster(workspace, NO_PROGRAMS), KindCluster)
    monkeypatch.setenv("LOCALCLOUD_CLUSTER", "")
    assert isinstance(choose_cluster(workspace, NO_PROGRAMS), EmbeddedCluster)


def test_two_clones_have_two_kind_clusters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALCLOUD_CLUSTER", "kind")
    clusters = [choose_cluster(Workspace(tmp_path / clone, "dev"), NO_PROGRAMS) for clone in ("a", "b")]
    names = {cluster.name for cluster in clusters if isinstance(cluster, KindCluster)}
    assert len(names) == 2


def test_a_kind_that_is_none_is_refused(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALCLOUD_CLUSTER", "minikube")
    with pytest.raises(LocalCloudError, match="LOCALCLOUD_CLUSTER=minikube"):
        choose_cluster(workspace, NO_PROGRAMS)
    assert not workspace.directory.exists()


def test_the_environment_leads_to_the_local_cloud_and_to_no_other(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "a real one")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "gs://the-real-state")
    monkeypatch.setenv("KUBECONFIG", "/real/kubeconfig")
    cloud = LocalCloud(workspace, choose_cluster(workspace, NO_PROGRAMS), NO_PROGRAMS, workspace.root)
    environment = cloud.environment()
    assert "PULUMI_ACCESS_TOKEN" not in environment
    assert environment["PULUMI_BACKEND_URL"] == f"file://{workspace.state}"
    assert environment["KUBECONFIG"] == str(workspace.cluster / "kubeconfig")
    assert environment["WEB_PLATFORM_CHART_DIRECTORY"] == str(workspace.charts)
    assert environment["PATH"].split(os.pathsep)[0] == str(workspace.programs)


def test_where_containers_run_charts_come_from_upstream(workspace: Workspace) -> None:
    cluster = KindCluster("web-platform-dev", workspace.cluster, NO_PROGRAMS)
    cloud = LocalCloud(workspace, cluster, NO_PROGRAMS, workspace.root)
    assert "WEB_PLATFORM_CHART_DIRECTORY" not in cloud.environment()


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
