"""Background processes that are found again by what they carry."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.cluster import processes
from localcloud.cluster.processes import Processes, wait_until

REPOSITORY = Path(__file__).parents[3]
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


PARENT = "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); print('born', flush=True); time.sleep(60)"


@pytest.fixture
def child(group: Processes) -> int:
    """A process that a part started itself."""
    group.start("parent", [sys.executable, "-c", PARENT])
    assert wait_until(lambda: group.log("parent").read_text() == "born\n", 10)
    (process,) = group.running()["parent"].children()
    return process.pid


def test_of_a_part_with_children_it_is_the_one_that_is_found(group: Processes, child: int) -> None:
    assert group.running()["parent"].pid not in (child, 0)
    assert group.running()["parent"].children()[0].pid == child


def test_what_a_part_left_behind_is_found_in_its_place(group: Processes, child: int) -> None:
    group.running()["parent"].kill()
    assert wait_until(lambda: "parent" not in group.running() or group.running()["parent"].pid == child, 5)
    assert group.running()["parent"].pid == child


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("by", ["end", "stop", "stop last"])
def test_children_end_with_their_part(by: str, killed: bool, group: Processes, child: int) -> None:
    if killed:
        group.running()["parent"].kill()
    if by == "end":
        group.end(["parent"])
    else:
        group.stop(last="parent" if by == "stop last" else "")
    assert group.running() == {}


def test_only_those_that_are_named_are_ended_and_one_that_does_not_heed_is_killed(group: Processes) -> None:
    group.start("server", ["sleep", "60"])
    group.start("deaf", [sys.executable, "-c", DEAF])
    assert wait_until(lambda: "deaf" in group.log("deaf").read_text(), 10)
    group.end(["deaf", "nobody"])
    assert list(group.running()) == ["server"]


def test_one_that_its_parent_does_not_ask_for_is_not_waited_for(group: Processes) -> None:
    """Who started it may run for long, and never look after it."""
    group.start("server", ["sleep", "60"])
    ending = (
        "import sys; from pathlib import Path; from localcloud.cluster import processes\n"
        "processes._STOP_WITHIN = 600\n"
        "processes.Processes(Path(sys.argv[1])).end(['server'])"
    )
    subprocess.run([sys.executable, "-c", ending, group.directory], cwd=REPOSITORY, timeout=60, check=True)
    assert group.running() == {}


def test_a_part_that_is_started_again_adds_to_its_log(group: Processes) -> None:
    for word in ("one", "two"):
        assert group.start("server", ["echo", word]).wait(timeout=10) == 0
    assert group.log("server").read_text() == "one\ntwo\n"


def test_output_goes_to_a_log_of_the_part(group: Processes) -> None:
    group.start("server", ["sh", "-c", "echo out; echo err >&2"])
    assert wait_until(lambda: group.log("server").read_text().split() == ["out", "err"], 5)
