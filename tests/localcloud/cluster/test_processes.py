"""Background processes that are found again by what they carry."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.cluster import processes
from localcloud.cluster.processes import Processes, wait_until

DEAF = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    monkeypatch.setattr(processes, "_STOP_WITHIN", 0.3)
    made = Processes(tmp_path / "cluster")
    made.directory.mkdir()
    yield made
    made.stop(last="server")


def test_a_process_is_found_by_another_instance_that_shares_nothing_but_the_directory(group: Processes) -> None:
    group.start("server", ["sleep", "60"])
    assert list(Processes(group.directory).running()) == ["server"]


def test_the_processes_of_another_cluster_are_not_ours(group: Processes, tmp_path: Path) -> None:
    group.start("server", ["sleep", "60"])
    assert Processes(tmp_path / "clus").running() == {}
    assert Processes(tmp_path / "cluster-2").running() == {}


def test_one_that_ended_is_missed(group: Processes) -> None:
    group.start("server", ["true"])
    assert wait_until(lambda: not group.running(), 5)


def test_stop_ends_all_even_one_that_does_not_heed(group: Processes) -> None:
    group.start("server", ["sleep", "60"])
    group.start("deaf", [sys.executable, "-c", DEAF])
    assert wait_until(lambda: "deaf" in group.log("deaf").read_text(), 10)
    group.stop(last="server")
    assert group.running() == {}


def test_output_goes_to_a_log_of_the_part(group: Processes) -> None:
    group.start("server", ["sh", "-c", "echo out; echo err >&2"])
    assert wait_until(lambda: group.log("server").read_text().split() == ["out", "err"], 5)
