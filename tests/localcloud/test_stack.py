"""The lock that an update holds on its stack, and the protection that a destruction lifts."""

import json
import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.given_cluster import GivenCluster
from localcloud.local_cloud import LocalCloud
from localcloud.stack import Stack, require
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack that exists, with a `pulumi` that notes what it is asked, and exports the file `export`."""
    (tmp_path / "Pulumi.yaml").write_text("name: web-platform\nruntime: python\n")
    (tmp_path / "policy").mkdir()
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f'#!/bin/sh\n[ "$2" = export ] && exec cat {tmp_path}/export\necho "$@" >> {tmp_path}/asked\n')
    pulumi.chmod(0o755)
    programs = Toolchain({"pulumi": pulumi})
    workspace = Workspace(tmp_path, "dev")
    checkpoint = workspace.state / ".pulumi" / "stacks" / "web-platform" / "dev.json"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text("{}")
    return Stack(LocalCloud(workspace, GivenCluster(workspace, programs), programs, tmp_path))


class _Lifting(GivenCluster):
    """A platform whose stacks' protection is ours to lift."""

    def lift_protection(self, resources: Collection[tuple[str, str]]) -> bool:
        (self._workspace.root / "asked").open("a").write(f"lift {len(resources)}\n")
        return True


def _lifting(stack: Stack) -> Stack:
    cloud = stack.cloud
    platform = _Lifting(cloud.workspace, cloud.programs)
    return Stack(LocalCloud(cloud.workspace, platform, cloud.programs, cloud.project))


def _exporting(stack: Stack, *resources: dict[str, object]) -> Stack:
    (stack.cloud.project / "export").write_text(json.dumps({"deployment": {"resources": list(resources)}}))
    return stack


def _asked(stack: Stack) -> list[str]:
    return (stack.cloud.project / "asked").read_text().splitlines()


PROTECTED: list[dict[str, object]] = [
    {"inputs": {"deletionProtection": True}},
    {"outputs": {"deletionProtection": True}},
    {"inputs": {"settings": {"deletionProtectionEnabled": True}}},
    {"inputs": {"deletionPolicy": "PREVENT"}, "outputs": {"deletionPolicy": "PREVENT"}},
]
FREE: list[dict[str, object]] = [
    {},
    {"protect": False, "inputs": {"deletionProtection": False}, "outputs": {"deletionProtection": False}},
    {"inputs": {"deletionPolicy": "ABANDON", "settings": {"deletionProtectionEnabled": False}}},
    {"inputs": {"deletionProtection": "true", "settings": "true"}},
]
LIFTED = "refresh --yes --skip-preview --clear-pending-creates"


def _resources(*kinds: dict[str, object]) -> list[dict[str, object]]:
    return [{"urn": f"urn:{number}", "type": "t", "id": "i", **kind} for number, kind in enumerate(kinds)]


def test_what_is_protected_and_nothing_else_is_read_again_before_the_destruction(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    lifted = _exporting(_lifting(stack), *_resources(*PROTECTED, *FREE))
    assert lifted.destroy() == 0
    targets = " ".join(f"--target=urn:{number}" for number in range(len(PROTECTED)))
    assert _asked(lifted) == [
        f"lift {len(PROTECTED)}",
        f"{LIFTED} {targets} --stack dev",
        "destroy --yes --skip-preview --stack dev",
    ]
    assert "is lifted first:\n  urn:0\n  urn:1\n" in capsys.readouterr().err


def test_protection_of_pulumis_own_is_lifted_in_its_state(stack: Stack) -> None:
    lifted = _exporting(_lifting(stack), *_resources({"protect": True}, *FREE))
    assert lifted.destroy() == 0
    assert _asked(lifted) == [
        "lift 0",
        "state unprotect --all --yes --stack dev",
        "destroy --yes --skip-preview --stack dev",
    ]


def test_a_destruction_is_not_stopped_by_a_cluster_that_is_gone(stack: Stack) -> None:
    (stack.cloud.project / "pulumi").write_text(
        f'#!/bin/sh\n[ "$2" = export ] && exec cat {stack.cloud.project}/export\n'
        f"echo $1 $PULUMI_K8S_DELETE_UNREACHABLE >> {stack.cloud.project}/asked\n"
    )
    assert _exporting(stack).destroy() == 0
    assert stack.up() == 0
    assert _asked(stack) == ["destroy true", "up"]


@pytest.mark.parametrize("resources", [[], _resources(*FREE)])
def test_without_protection_there_is_nothing_to_lift(resources: list[dict[str, object]], stack: Stack) -> None:
    lifted = _exporting(_lifting(stack), *resources)
    assert lifted.destroy() == 0
    assert _asked(lifted) == ["destroy --yes --skip-preview --stack dev"]


def test_protection_that_is_not_ours_to_lift_is_left_for_pulumi_to_refuse(stack: Stack) -> None:
    assert _exporting(stack, {"urn": "urn:1", "protect": True}).destroy() == 0
    assert _asked(stack) == ["destroy --yes --skip-preview --stack dev"]


def test_what_the_program_leaves_behind_is_known_before_the_destruction(stack: Stack) -> None:
    resources: list[dict[str, object]] = [
        {"type": "a", "id": "1", "retainOnDelete": True},
        {"type": "b", "id": "2", "inputs": {"deletionPolicy": "ABANDON"}},
        {"type": "c", "id": "3", "retainOnDelete": False, "inputs": {"deletionPolicy": "DELETE"}},
        {"type": "component", "retainOnDelete": True},
    ]
    assert _exporting(stack, *resources).retained() == [("a", "1"), ("b", "2")]


def test_a_stack_that_has_never_had_a_resource_can_be_destroyed(stack: Stack) -> None:
    (stack.cloud.project / "export").write_text('{"deployment": {"manifest": {}}}')
    assert stack.destroy() == 0


def _locked_by(stack: Stack, pid: int) -> Path:
    lock = stack.cloud.workspace.state / ".pulumi/locks/organization/web-platform/dev/1.json"
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({"pid": pid}))
    return lock


def test_the_lock_of_a_process_that_lives_is_respected(stack: Stack) -> None:
    lock = _locked_by(stack, os.getpid())
    with pytest.raises(LocalCloudError, match=f"changing the stack dev right now .process {os.getpid()}.") as caught:
        stack.up()
    assert "Wait until it has ended" in caught.value.remedy
    assert lock.exists()
    assert not (stack.cloud.project / "asked").exists()


def test_the_lock_of_one_that_is_gone_is_taken_away(stack: Stack) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    lock = _locked_by(stack, gone.pid)
    assert stack.up() == 0
    assert not lock.exists()
    assert _asked(stack) == [f"up --yes --skip-preview --policy-pack {stack.cloud.project}/policy --stack dev"]


def test_a_newer_process_with_the_same_number_is_not_the_holder(stack: Stack) -> None:
    lock = _locked_by(stack, os.getpid())
    os.utime(lock, (0, 0))
    assert stack.up() == 0
    assert not lock.exists()


def test_the_rules_of_a_project_are_kept_wherever_it_is_brought_up_looked_at_or_analyzed(stack: Stack) -> None:
    pack = stack.cloud.project / "policy"
    told = stack.cloud.project / "pulumi"
    told.write_text(f'#!/bin/sh\necho "$@" $PULUMI_CONFIG >> {stack.cloud.project}/asked\n')
    assert [stack.up(), stack.preview(), stack.analyze(protected=False, as_json=True)] == [0, 0, 0]
    assert _asked(stack) == [
        f"up --yes --skip-preview --policy-pack {pack} --stack dev",
        f"preview --diff --policy-pack {pack} --stack dev",
        f'policy analyze --policy-pack {pack} --json --stack dev {{"web-platform:protected": "false"}}',
    ]


def test_a_stack_that_is_not_up_has_nothing_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError) as refused:
        require(Workspace(tmp_path, "prod"), "There is no cluster to look into.")
    assert str(refused.value) == (
        "The stack prod is not up on this machine.\n"
        "  There is no cluster to look into.\n"
        "  Remedy: `make up STACK=prod` brings it up, or `make rehearse STACK=prod` if it is declared on Google Cloud."
    )


def test_a_stack_that_is_up_can_be_looked_at(stack: Stack) -> None:
    require(stack.cloud.workspace, "There is no cluster to look into.")
