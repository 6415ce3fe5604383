"""Where a stack's things are."""

from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.workspace import Workspace, home, stacks


@pytest.mark.parametrize("name", ["", ".", "..", "../..", "dev/cluster", "/etc", "a b", "x" * 101, "dev\n", ".hidden"])
def test_a_name_that_might_lead_anywhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match="is not the name of a stack"):
        Workspace(tmp_path, name)


@pytest.mark.parametrize("name", ["dev", "prod", "review-42", "a.b_c"])
def test_everything_of_a_stack_is_below_its_folder(name: str, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, name)
    assert workspace.directory.parent == home(tmp_path) / "stacks"
    for place in (workspace.cluster, workspace.google, workspace.state, workspace.project, workspace.cluster_kind):
        assert place.parent == workspace.directory


def test_stacks_are_those_that_have_a_folder(tmp_path: Path) -> None:
    assert stacks(tmp_path) == []
    for name in ("prod", "dev"):
        Workspace(tmp_path, name).directory.mkdir(parents=True)
    assert stacks(tmp_path) == ["dev", "prod"]


def test_forgetting_takes_the_stacks_folder_with_it_only_when_nothing_else_is_there(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, "prod")
    for place in (workspace.state, workspace.google):
        place.mkdir(parents=True)
    workspace.cluster_kind.write_text("kind")
    workspace.forget(workspace.state, workspace.cluster_kind, workspace.project)
    assert [entry.name for entry in workspace.directory.iterdir()] == ["google"]
    workspace.forget(workspace.google)
    assert not workspace.directory.exists()
