"""Stand-ins that end, hang or lack something: what is said, and what is left running. Their programs are played."""

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from localcloud import toolchain
from localcloud.cluster import ports
from localcloud.cluster.processes import Processes, wait_until
from localcloud.errors import LocalCloudError
from localcloud.stand_ins import StandIns, bigquery, pubsub, stand_ins, storage
from localcloud.stand_ins.addresses import setting
from localcloud.stand_ins.passwords import Passwords
from localcloud.stand_ins.server import ORIGINALS, listens
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace
from settings import Settings, parse
from tests.localcloud.cluster.test_processes import DEAF
from tests.platforms.stacks import EVERY_NEED, LOCAL, NEEDS, THINGS, given, service
from tests.settings.stack_files import LEAST

ENDS = "sys.exit('out of luck')"
SLEEPS = "time.sleep(60)"
LISTENS = """
given = " ".join(sys.argv).replace("-port ", "-port=")  # One is told its port as another word.
server = socket.create_server(("127.0.0.1", int(re.search(r"-port=(\\d+)", given)[1])))
"""
HANGS = f"{LISTENS}{SLEEPS}"
HANGS_UP = f"{LISTENS}while True: server.accept()[0].close()"

TOPICS: dict[str, Any] = {"topics": {"orders": {}}}
DATASETS: dict[str, Any] = {"datasets": {"sales": {}}}
BUCKETS: dict[str, Any] = {"buckets": {"receipts": {}}}

Play = Callable[..., StandIns]


def declaring(*sections: dict[str, Any]) -> Settings:
    declared: dict[str, Any] = LEAST | {"services": {}}
    for section in sections:
        declared = declared | section
    return parse(declared, "test")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for name in ORIGINALS:
        monkeypatch.delenv(setting(name), raising=False)
    for name in ("no_proxy", "NO_PROXY"):  # Starting changes them, in this process too.
        monkeypatch.setenv(name, os.environ.get(name, ""))
    return Workspace(tmp_path, "test")


@pytest.fixture
def play(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """Gives the stand-ins of a stack whose programs are these lines of Python."""

    def played(**programs: str) -> StandIns:
        files = {}
        for name, lines in programs.items():
            files[name.replace("_", "-")] = file = workspace.root / name
            file.write_text(f"#!{sys.executable} -IS\nimport os, re, socket, sys, time\n{lines}\n")
            file.chmod(0o755)
        monkeypatch.setattr(toolchain, "ensure_stand_ins", lambda: Toolchain(files))
        return StandIns(workspace)

    yield played
    StandIns(workspace).delete()


def failure(stand_ins: StandIns, *sections: dict[str, Any]) -> LocalCloudError:
    """What is said of a start that fails."""
    with pytest.raises(LocalCloudError) as caught:
        stand_ins.start(declaring(*sections))
    return caught.value


def test_a_stack_that_declares_nothing_starts_nothing_and_needs_no_programs(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To build them takes minutes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(workspace.root / "cache"))
    monkeypatch.setenv("PATH", str(workspace.root / "nothing"))
    assert StandIns(workspace).start(declaring()) == []
    assert not workspace.directory.exists()


def test_one_that_ends_at_once_is_told_with_its_last_words_and_where_to_read_on(
    play: Play, workspace: Workspace
) -> None:
    stand_ins = play(pubsub_emulator=ENDS)
    said = failure(stand_ins, TOPICS)
    assert said.problem == "The stand-in of Pub/Sub ended before it answered.\nIt said last:\n  out of luck"
    log = workspace.stand_ins / "logs" / "pubsub.log"
    assert str(log) in said.remedy
    assert log.read_text() == "out of luck\n"
    assert stand_ins.running() == {}


def test_only_the_last_of_many_words_are_shown(play: Play) -> None:
    said = failure(play(pubsub_emulator="print(*range(1001), sep='\\n')"), TOPICS).problem
    assert said.splitlines()[-1] == "  1000"
    assert len(said.splitlines()) < 20


def test_one_that_never_answers_is_ended_and_its_log_can_be_read(
    play: Play, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand_ins, "_PATIENCE", 0.5)
    played = play(fake_gcs_server=f"print('thinking', flush=True); {SLEEPS}")
    said = failure(played, BUCKETS)
    assert said.problem.startswith("The stand-in of Cloud Storage did not answer for ")
    assert said.problem.endswith("It said last:\n  thinking")
    log = workspace.stand_ins / "logs" / "storage.log"
    assert str(log) in said.remedy
    assert log.read_text() == "thinking\n"
    assert played.running() == {}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server on this machine that hangs is given, made short."""
    monkeypatch.setitem(pubsub.CALL, "timeout", 0.5)
    monkeypatch.setattr(bigquery, "_SECONDS", 0.5)
    monkeypatch.setattr(storage, "_SECONDS", 0.5)


@pytest.mark.parametrize("fate", [HANGS, HANGS_UP], ids=["hangs", "hangs up"])
@pytest.mark.parametrize(
    ("program", "section", "original"),
    [
        ("pubsub_emulator", TOPICS, "Pub/Sub"),
        ("bigquery_emulator", DATASETS, "BigQuery"),
        ("fake_gcs_server", BUCKETS, "Cloud Storage"),
    ],
)
def test_one_that_listens_and_does_not_answer_is_told_by_its_name(
    program: str, section: dict[str, Any], original: str, fate: str, play: Play, impatient: None
) -> None:
    played = play(**{program: fate})
    said = failure(played, section)
    assert said.problem.startswith(f"The stand-in of {original} does not ")
    assert played.running() == {}


def test_those_that_were_started_with_one_that_fails_are_ended_and_not_said_to_have_ended(
    play: Play, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    others = {"bigquery_emulator": SLEEPS, "fake_gcs_server": SLEEPS}
    played = play(pubsub_emulator=ENDS, **others)
    failure(played, TOPICS, DATASETS, BUCKETS)
    assert played.running() == {}
    capsys.readouterr()
    failure(play(pubsub_emulator=ENDS, **others), TOPICS, DATASETS, BUCKETS)
    said = capsys.readouterr().err
    assert "The stand-in of Pub/Sub had ended; it is started again.\nIt said last:\n  out of luck" in said
    assert "BigQuery" not in said
    assert "Cloud Storage" not in said


def noted(workspace: Workspace, name: str, program: str) -> int:
    """Has a stand-in run that is this program of Python, on a port that was noted; gives its process."""
    workspace.stand_ins.mkdir(parents=True)
    port = ports.free()
    (workspace.stand_ins / "ports.json").write_text(json.dumps({name: port}))
    lines = f"import os, re, socket, sys, time\n{program}"
    process = Processes(workspace.stand_ins).start(name, [sys.executable, "-c", lines, f"-port={port}"])
    assert program == SLEEPS or wait_until(lambda: listens(port), 10)
    return process.pid


def test_one_that_ran_before_still_runs_when_another_fails(play: Play, workspace: Workspace) -> None:
    before = noted(workspace, "storage", HANGS)
    played = play(pubsub_emulator=ENDS)
    assert "Pub/Sub ended" in failure(played, TOPICS, BUCKETS).problem
    assert {name: process.pid for name, process in played.running().items()} == {"storage": before}


def test_one_that_ran_before_is_not_ended_because_it_does_not_take_what_is_declared(
    play: Play, workspace: Workspace, impatient: None
) -> None:
    before = noted(workspace, "storage", HANGS_UP)
    played = play(fake_gcs_server=ENDS)
    said = failure(played, BUCKETS)
    assert said.problem.startswith("The stand-in of Cloud Storage does not take what the stack declares: ")
    assert said.consequence.endswith("what ran before still does.")
    assert {name: process.pid for name, process in played.running().items()} == {"storage": before}


def test_one_that_runs_and_does_not_listen_is_started_anew(play: Play, workspace: Workspace) -> None:
    before = noted(workspace, "pubsub", SLEEPS)
    played = play(pubsub_emulator=ENDS)
    assert failure(played, TOPICS).problem.endswith("It said last:\n  out of luck")
    assert wait_until(lambda: not psutil.pid_exists(before), 5) or psutil.Process(before).status() == "zombie"


def test_one_of_which_nobody_knows_where_it_listens_is_started_anew(play: Play, workspace: Workspace) -> None:
    workspace.stand_ins.mkdir(parents=True)
    Processes(workspace.stand_ins).start("pubsub", ["sleep", "60"])
    played = play(pubsub_emulator=ENDS)
    with pytest.raises(LocalCloudError, match="The stand-in of Pub/Sub does not run for the stack test"):
        played.address("pubsub")
    assert "ended before it answered" in failure(played, TOPICS).problem


def test_a_program_that_is_not_there_leaves_nothing_running(play: Play, workspace: Workspace) -> None:
    played = play(pubsub_emulator=SLEEPS, bigquery_emulator=SLEEPS)
    (workspace.root / "bigquery_emulator").unlink()
    with pytest.raises(FileNotFoundError):
        played.start(declaring(TOPICS, DATASETS))
    assert played.running() == {}


def test_an_interrupt_leaves_nothing_running_and_nothing_that_is_said_to_have_ended(
    play: Play, workspace: Workspace
) -> None:
    played = play(bigquery_emulator=SLEEPS, pubsub_emulator=f"os.kill({os.getpid()}, 2); {SLEEPS}")
    with pytest.raises(KeyboardInterrupt):
        played.start(declaring(TOPICS, DATASETS))
    assert played.running() == {}
    assert list((workspace.stand_ins / "logs").iterdir()) == []


def test_only_who_owns_them_may_look_into_what_they_keep(play: Play, workspace: Workspace) -> None:
    failure(play(pubsub_emulator=ENDS), TOPICS)
    assert stat.S_IMODE(workspace.stand_ins.stat().st_mode) == 0o700


def test_stop_ends_even_one_that_does_not_heed_and_leaves_no_log_that_says_that_it_ended(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.cluster.processes._STOP_WITHIN", 0.3)
    processes = Processes(workspace.stand_ins)
    workspace.stand_ins.mkdir(parents=True)
    processes.start("pubsub", [sys.executable, "-c", DEAF])
    assert wait_until(lambda: processes.log("pubsub").read_text() == "deaf\n", 5)
    StandIns(workspace).stop()
    assert processes.running() == {}
    assert not processes.log("pubsub").exists()
    assert workspace.stand_ins.is_dir()


def test_delete_forgets_what_they_stored_and_nothing_else(workspace: Workspace) -> None:
    for folder in (workspace.stand_ins / "storage" / "local-receipts", workspace.cluster):
        folder.mkdir(parents=True)
    StandIns(workspace).delete()
    assert [entry.name for entry in workspace.directory.iterdir()] == ["cluster"]
    StandIns(workspace).delete()


def test_those_of_another_stack_are_not_touched(workspace: Workspace) -> None:
    other = Workspace(workspace.root, "test-2")
    other.stand_ins.mkdir(parents=True)
    Processes(other.stand_ins).start("pubsub", ["sleep", "60"])
    try:
        StandIns(workspace).delete()
        assert StandIns(workspace).running() == {}
        assert list(StandIns(other).running()) == ["pubsub"]
    finally:
        StandIns(other).delete()


def test_one_that_does_not_run_is_told_with_its_last_words_and_the_command_that_starts_it(
    play: Play, workspace: Workspace
) -> None:
    stand_ins = play(pubsub_emulator=ENDS)
    failure(stand_ins, TOPICS)
    with pytest.raises(LocalCloudError) as caught:
        stand_ins.address("pubsub")
    assert caught.value.problem.splitlines()[0] == "The stand-in of Pub/Sub does not run for the stack test."
    assert caught.value.problem.endswith("  out of luck")
    assert caught.value.remedy == "`make stand-ins STACK=test` starts it."


@pytest.fixture
def running(workspace: Workspace) -> Iterator[StandIns]:
    """Stand-ins of every kind: processes that do nothing, on ports that were noted."""
    workspace.stand_ins.mkdir(parents=True)
    (workspace.stand_ins / "ports.json").write_text('{"postgres": 1, "pubsub": 2, "bigquery": 3, "storage": 4}')
    for name in ORIGINALS:
        Processes(workspace.stand_ins).start(name, ["sleep", "60"])
    yield StandIns(workspace)
    StandIns(workspace).delete()


ADDRESSES = {
    "PGHOST": "127.0.0.1",
    "PGPORT": "1",
    "PUBSUB_EMULATOR_HOST": "127.0.0.1:2",
    "BIGQUERY_EMULATOR_HOST": "http://127.0.0.1:3",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:4",
}


@pytest.mark.parametrize("needs", [{}, *NEEDS.values(), EVERY_NEED], ids=lambda needs: "+".join(needs))
def test_a_workload_has_the_variables_that_it_has_in_a_cluster_and_other_addresses(
    needs: dict[str, Any], running: StandIns
) -> None:
    declared = LOCAL | THINGS | service(**needs)
    found = running.variables("web-shop", parse(declared, "test").services["web-shop"])
    in_cluster = given(declared)
    secret = in_cluster.secret_environment.get("value", {})
    assert found.keys() == in_cluster.environment.keys() | secret.keys()
    for name, value in in_cluster.environment.items():
        assert found[name] == ADDRESSES.get(name, value)


def test_each_workload_has_a_password_of_its_own_that_stays(running: StandIns, workspace: Workspace) -> None:
    needs = parse(LOCAL | service(database=True), "test").services["web-shop"]
    passwords = [running.variables(name, needs)["PGPASSWORD"] for name in ("web-shop", "mail")]
    assert passwords[0] != passwords[1]
    assert StandIns(workspace).variables("web-shop", needs)["PGPASSWORD"] == passwords[0]


@pytest.mark.parametrize(
    ("need", "original"),
    [
        ("database", "Cloud SQL"),
        ("publishes", "Pub/Sub"),
        ("subscribes", "Pub/Sub"),
        ("datasets", "BigQuery"),
        ("buckets", "Cloud Storage"),
    ],
)
def test_without_the_stand_in_that_it_needs_a_workload_has_no_variables(
    need: str, original: str, workspace: Workspace
) -> None:
    needs = parse(LOCAL | THINGS | service(**NEEDS[need]), "test").services["web-shop"]
    with pytest.raises(LocalCloudError, match=f"The stand-in of {original} does not run for the stack test"):
        StandIns(workspace).variables("web-shop", needs)


def test_databases_of_another_major_version_are_left_as_they_are(play: Play, workspace: Workspace) -> None:
    files = workspace.stand_ins / "postgres"
    files.mkdir(parents=True)
    (files / "PG_VERSION").write_text("9\n")
    Passwords(workspace.stand_ins).of("postgres")
    played = play(pubsub_emulator=SLEEPS)
    said = failure(played, TOPICS, {"jobs": {"one": {"image": "a/b:1.0.0", "database": True}}})
    assert said.problem.startswith(f"The databases in {files} were written by PostgreSQL 9, and ")
    assert said.consequence == "It could not read them; nothing was started."
    assert "make stand-ins-down" in said.remedy
    assert [file.name for file in files.iterdir()] == ["PG_VERSION"]
    assert played.running() == {}


def test_databases_whose_passwords_are_lost_are_left_as_they_are(play: Play, workspace: Workspace) -> None:
    files = workspace.stand_ins / "postgres"
    files.mkdir(parents=True)
    (files / "PG_VERSION").write_text("9\n")
    said = failure(play(), {"jobs": {"one": {"image": "a/b:1.0.0", "database": True}}})
    assert "has the passwords of the databases" in said.problem
    assert [file.name for file in files.iterdir()] == ["PG_VERSION"]
