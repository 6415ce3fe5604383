"""The lock that an update holds on its stack."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.cluster.embedded import EmbeddedCluster
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import LocalCloud
from localcloud.stack import Stack
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack that exists, with a `pulumi` that only notes what it is asked."""
    (tmp_path / "Pulumi.yaml").write_text("name: web-platform\nruntime: python\n")
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n')
    pulumi.chmod(0o755)
    programs = Toolchain({"pulumi": pulumi})
    workspace = Workspace(tmp_path, "dev")
    checkpoint = workspace.state / ".pulumi" / "stacks" / "web-platform" / "dev.json"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text("{}")
    return Stack(LocalCloud(workspace, EmbeddedCluster("dev", workspace.cluster, programs), programs, tmp_path))


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
    assert (stack.cloud.project / "asked").read_text() == "up --yes --skip-preview --stack dev\n"


def test_a_newer_process_with_the_same_number_is_not_the_holder(stack: Stack) -> None:
    lock = _locked_by(stack, os.getpid())
    os.utime(lock, (0, 0))
    assert stack.up() == 0
    assert not lock.exists()
