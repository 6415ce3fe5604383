"""What a rehearsal refuses, and what it says when Pulumi fails."""

import json
from pathlib import Path

import pytest

from localcloud import rehearsal
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import LocalCloud
from localcloud.rehearsal import Rehearsal
from localcloud.simulated_google import SimulatedGoogle
from localcloud.stack import Stack
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace

IN_GOOGLE = {"urn": "urn:1", "type": "gcp:compute/network:Network", "id": "n"}
ELSEWHERE = [{"urn": "urn:2", "type": "pulumi:providers:gcp", "id": "p"}, {"urn": "urn:3", "type": "gcp:my:Component"}]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A stack on an empty simulated cloud; its `pulumi` exports the file `export`, and else does what `code` says."""
    workspace = Workspace(tmp_path, "prod")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    checkpoint = workspace.state / ".pulumi/stacks/web-platform/prod.json"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text("{}")
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(
        f'#!/bin/sh\n[ "$1 $2" = "stack export" ] && exec cat {tmp_path}/export\n'
        f'[ "$1 $2" = "stack output" ] && echo "{{}}" && exit 0\n. {tmp_path}/code\n'
    )
    pulumi.chmod(0o755)
    programs = Toolchain({"pulumi": pulumi})
    (tmp_path / "policy").mkdir()
    google = SimulatedGoogle(workspace)
    google.start()
    stack = Stack(LocalCloud(workspace, google, programs, tmp_path))
    monkeypatch.setattr(rehearsal, "opened", lambda *_: stack)
    _pulumi(workspace, "exit 0")
    return workspace


def _pulumi(workspace: Workspace, does: str, *resources: dict[str, str]) -> None:
    (workspace.root / "code").write_text(does)
    (workspace.root / "export").write_text(json.dumps({"deployment": {"resources": list(resources)}}))


@pytest.mark.parametrize("command", ["up", "preview"])
def test_a_state_of_what_was_lost_is_not_gone_on_with(command: str, workspace: Workspace) -> None:
    _pulumi(workspace, "exit 0", IN_GOOGLE, *ELSEWHERE)
    with pytest.raises(LocalCloudError, match=r"lists 1 resources of Google Cloud.*state and cloud disagree") as caught:
        getattr(Rehearsal(workspace), command)()
    assert "make rehearse-down STACK=prod" in caught.value.remedy
    assert Rehearsal(workspace).down() == 0


def test_an_empty_cloud_of_which_nothing_is_known_is_gone_on_with(workspace: Workspace) -> None:
    _pulumi(workspace, "exit 0", *ELSEWHERE)
    assert Rehearsal(workspace).up() == 0


@pytest.mark.parametrize(("does", "advised"), [("exit 255", True), ("kill -9 $$", False)])
def test_advice_is_for_destructions_that_failed_by_themselves(
    does: str, advised: bool, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    _pulumi(workspace, does)
    assert Rehearsal(workspace).down() != 0
    assert ("Mend that and run the same command again" in capsys.readouterr().err) is advised
    assert workspace.state.is_dir()
