"""Which cluster a local stack is on, and where it runs."""

from pathlib import Path

import pytest

from localcloud.cluster.embedded import EmbeddedCluster
from localcloud.cluster.kind import KindCluster
from localcloud.errors import LocalCloudError
from localcloud.given_cluster import GivenCluster, choose_cluster
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace

NO_PROGRAMS = Toolchain({})


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv("LOCALCLOUD_CLUSTER", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: web-platform\nruntime: {name: python, options: {virtualenv: .venv}}\n")
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


def test_a_stack_with_a_salt_runs_in_the_project_without_a_word(workspace: Workspace) -> None:
    (workspace.root / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:a\nconfig: {other:password: {secure: b}}\n")
    platform = GivenCluster(workspace, NO_PROGRAMS)
    assert platform.project() == workspace.root
    assert platform.introduction() == ""
    assert not platform.lift_protection([])
    assert not platform.is_empty()


def test_any_other_runs_in_a_copy_and_is_told_what_it_has_not(workspace: Workspace) -> None:
    (workspace.root / "Pulumi.dev.yaml").write_text("config: {other:password: {secure: b}}\n")
    platform = GivenCluster(workspace, NO_PROGRAMS)
    assert platform.project() == workspace.project
    assert "other:password hold 'stand-in' here" in platform.introduction()


def test_what_is_deleted_with_the_cluster_is_what_described_it(workspace: Workspace) -> None:
    for place in (workspace.cluster, workspace.state, workspace.project, workspace.google):
        place.mkdir(parents=True)
    workspace.cluster_kind.write_text("embedded")
    assert GivenCluster(workspace, NO_PROGRAMS).dispose() == []
    assert [entry.name for entry in workspace.directory.iterdir()] == ["google"]
