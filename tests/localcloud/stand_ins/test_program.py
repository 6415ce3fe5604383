"""What is run of a workload beside stand-ins, where, and with which variables."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from localcloud.cluster.processes import wait_until
from localcloud.errors import LocalCloudError
from localcloud.stand_ins import StandIns
from localcloud.stand_ins.program import Program, choose, program
from localcloud.workspace import Workspace
from settings import Settings, parse
from tests.localcloud.cluster.test_processes import DEAF
from tests.settings.stack_files import CIPHER, IMAGE, LEAST, file_refusal, new_project, read_file

MOUNT: dict[str, Any] = {"folder": "src", "mountPath": "/app", "command": ["python", "/app/main.py"]}


def stack(**sections: object) -> Settings:
    return parse(LEAST | {"services": {}} | sections, "test")


def workers(**arguments: object) -> Settings:
    """A stack of one worker that needs no stand-in."""
    return stack(workers={"one": {"image": IMAGE, "sourceMount": MOUNT} | arguments})


def chosen(root: Path, settings: Settings, name: str = "one", given: str = "") -> Program:
    return program(root, settings, StandIns(Workspace(root, "test")), choose(settings, name, given))


def expanded(root: Path, *words: str, **environment: str) -> list[str]:
    """Words of a command, as the program gets them."""
    settings = workers(environment=environment, sourceMount=MOUNT | {"command": list(words)})
    return list(chosen(root, settings).command)


def test_the_program_is_the_source_mounts_with_the_folder_in_place_of_the_containers(tmp_path: Path) -> None:
    run = chosen(tmp_path, workers(sourceMount=MOUNT | {"arguments": ["--config", "/app/conf/a.yaml", "/apple"]}))
    assert run.directory == tmp_path / "src"
    assert run.command == [
        *("python", f"{tmp_path}/src/main.py"),
        *("--config", f"{tmp_path}/src/conf/a.yaml", "/apple"),
    ]
    assert run.migration == []


def test_where_the_source_mount_has_no_command_it_is_the_workloads_own(tmp_path: Path) -> None:
    mount = {"folder": "src", "mountPath": "/app"}
    run = chosen(tmp_path, workers(command=["sh", "/app"], arguments=["-x"], sourceMount=mount))
    assert run.command == ["sh", f"{tmp_path}/src", "-x"]


def test_a_migration_runs_before_a_service_and_not_before_a_command_of_ones_own(tmp_path: Path) -> None:
    settings = stack(
        services={
            "shop": {
                "image": IMAGE,
                "sourceMount": MOUNT,
                "environment": {"TO": "head"},
                "migration": {"command": ["python", "/app/migrate.py"], "arguments": ["$(TO)"]},
            }
        }
    )
    assert chosen(tmp_path, settings, "shop").migration == ["python", f"{tmp_path}/src/migrate.py", "head"]
    given = chosen(tmp_path, settings, "shop", "echo $TO")
    assert (given.migration, given.command) == ((), ["/bin/sh", "-c", "echo $TO"])
    assert given.directory == tmp_path / "src"


def test_a_command_of_ones_own_is_run_as_any_workload(tmp_path: Path) -> None:
    settings = stack(jobs={"once": {"image": IMAGE, "environment": {"A": "1"}}})
    run = chosen(tmp_path, settings, "once", "echo $A")
    assert run.directory == tmp_path
    assert run.environment["A"] == "1"


# What Kubernetes' own tests of it say, and its documentation:
# https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ (`command` of a container).
@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("$(A)", "1"),
        ("x$(A)y$(B)z", "x1y2z"),
        ("$(A)$(A)", "11"),
        ("$(NONE)", "$(NONE)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$$$$(A)", "$$(A)"),
        ("$$", "$"),
        ("$$$$", "$$"),
        ("a$$b", "a$b"),
        ("$A", "$A"),
        ("${A}", "${A}"),
        ("$", "$"),
        ("$(", "$("),
        ("$(A", "$(A"),
        ("$()", "$()"),
        ("$(A$(B))", "$(A$(B))"),
        ("$( A )", "$( A )"),
        ("$(UNSEEN)", "$(UNSEEN)"),
    ],
)
def test_variables_are_replaced_as_kubernetes_does(
    word: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSEEN", "of this machine, which no pod has")
    assert expanded(tmp_path, "echo", word, A="1", B="2") == ["echo", meant]


def test_a_value_is_not_replaced_again(tmp_path: Path) -> None:
    assert expanded(tmp_path, "$(A)", A="$$(B)", B="2") == ["$(B)"]


def test_a_variable_sees_those_before_it_in_the_order_that_pods_have(tmp_path: Path) -> None:
    settings = workers(environment={"C": "$(B)c", "B": "$(A)b", "A": "$(C)a", "B2": "$$(A)"})
    found = chosen(tmp_path, settings).environment
    assert {name: found[name] for name in ("A", "B", "C", "B2")} == {
        "A": "$(C)a",
        "B": "$(C)ab",
        "C": "$(C)abc",
        "B2": "$(A)",
    }


def test_a_service_that_is_called_is_where_its_own_run_would_put_it(tmp_path: Path) -> None:
    settings = stack(
        services={"web-shop": {"image": IMAGE, "port": 8123}},
        workers={"one": {"image": IMAGE, "calls": ["web-shop"], "environment": {"URL": "$(SERVICE_WEB_SHOP)/x"}}},
    )
    found = chosen(tmp_path, settings, given="true").environment
    assert found["SERVICE_WEB_SHOP"] == "http://127.0.0.1:8123"
    assert found["URL"] == "http://127.0.0.1:8123/x"


def test_what_is_encrypted_is_taken_from_where_the_command_is_called_or_asked_for_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = new_project(tmp_path)
    monkeypatch.delenv("B_KEY", raising=False)
    monkeypatch.setenv("A_KEY", "abc")
    worker = {
        "image": IMAGE,
        "secretEnvironment": {"A_KEY": CIPHER, "B_KEY": CIPHER},
        "environment": {"Z": "$(A_KEY)"},
        "sourceMount": MOUNT | {"command": ["run", "$(A_KEY)", "$(B_KEY)"]},
    }
    run = chosen(tmp_path, read_file(project, LEAST | {"services": {}, "workers": {"one": worker}}))
    assert capsys.readouterr().err == ("Encrypted, and not known here: B_KEY. Set them where you call this from.\n")
    assert run.environment["A_KEY"] == "abc"
    assert "B_KEY" not in run.environment
    assert run.environment["Z"] == "$(A_KEY)"  # In a pod, secrets come last.
    assert run.command == ["run", "abc", "$(B_KEY)"]


def test_python_is_the_one_that_this_runs_with_unless_an_environment_of_ones_own_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/mine")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert chosen(tmp_path, workers()).environment["PATH"] == f"{Path(sys.executable).parent}:/mine"
    monkeypatch.setenv("VIRTUAL_ENV", "/mine")
    assert chosen(tmp_path, workers()).environment["PATH"] == "/mine"


def test_it_does_not_get_what_make_run_was_called_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STACK", "CMD", "WORKLOAD", "MAKEFLAGS", "EDITOR"):
        monkeypatch.setenv(name, "of this machine")
    found = chosen(tmp_path, workers(environment={"STACK": "its own"})).environment
    assert {name: found.get(name) for name in ("STACK", "CMD", "WORKLOAD", "MAKEFLAGS", "EDITOR")} == {
        "STACK": "its own",
        "CMD": None,
        "WORKLOAD": None,
        "MAKEFLAGS": None,
        "EDITOR": "of this machine",
    }


def test_an_unknown_workload_is_refused_with_those_there_are() -> None:
    settings = stack(services={"shop": {"image": IMAGE}}, jobs={"once": {"image": IMAGE}})
    with pytest.raises(LocalCloudError, match="no workload 'shpo'") as caught:
        choose(settings, "shpo")
    assert caught.value.remedy.endswith(": once, shop.")
    with pytest.raises(LocalCloudError) as caught:
        choose(stack(), "")
    assert caught.value.remedy.endswith(": (there are none).")


@pytest.mark.parametrize(
    "arguments",
    [
        {"sourceMount": None, "command": ["/bin/server"]},
        {"sourceMount": {"folder": "src", "mountPath": "/app"}},
        {"sourceMount": None},
    ],
)
def test_what_could_only_be_run_with_its_image_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(LocalCloudError, match="could be run without its image") as caught:
        choose(workers(**arguments), "one")
    assert "make run WORKLOAD=one CMD='…'" in caught.value.remedy
    assert choose(workers(**arguments), "one", "env").given == "env"


def test_a_source_mount_needs_a_folder(tmp_path: Path) -> None:
    service = {"image": IMAGE, "sourceMount": {"mountPath": "/app"}}
    assert "sourceMount.folder" in file_refusal(new_project(tmp_path), LEAST | {"services": {"shop": service}})


def running(root: Path, command: str, migration: str = "", **environment: str) -> Program:
    """A program of shell commands."""
    before = ["/bin/sh", "-c", migration] if migration else []
    return Program(root, ["/bin/sh", "-c", command], before, environment)


def test_what_ends_it_gives_the_exit_code(tmp_path: Path) -> None:
    assert running(tmp_path, "exit 7").run() == 7
    assert running(tmp_path, "kill -TERM $$").run() == -15
    assert running(tmp_path, "true").run() == 0


def test_the_program_is_started_where_its_sources_are_after_its_migration(tmp_path: Path) -> None:
    assert running(tmp_path, "cp version started", 'echo "$TO" > version', TO="head").run() == 0
    assert (tmp_path / "started").read_text() == "head\n"


def test_a_migration_that_fails_keeps_the_program_from_starting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert running(tmp_path, "touch started", "exit 3").run() == 3
    assert list(tmp_path.iterdir()) == []
    assert "The migration failed, so the program is not started." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "folder", "said"),
    [
        ("no-such-program", ".", "`no-such-program` cannot be run in"),
        ("./not-executable", ".", "Permission denied"),
        ("true", "no-such-folder", "no-such-folder"),
    ],
)
def test_a_program_that_cannot_be_run_is_told_with_its_place(
    command: str, folder: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "not-executable").touch()
    with pytest.raises(LocalCloudError, match=said):
        Program(tmp_path / folder, [command], [], {"PATH": "/usr/bin:/bin"}).run()


def test_a_migration_alone_is_run_and_told_in_its_own_words_where_it_fails(tmp_path: Path) -> None:
    running(tmp_path, "exit 1", "touch migrated").migrate()
    assert [entry.name for entry in tmp_path.iterdir()] == ["migrated"]
    with pytest.raises(LocalCloudError, match="The migration failed:\nno such table"):
        running(tmp_path, "true", "echo 'no such table' >&2; exit 3").migrate()


def test_a_program_in_the_background_runs_for_as_long_as_it_is_needed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    talking = "trap 'echo bye; exit' TERM; echo $A $B >&2; while :; do sleep 0.05; done"
    with running(tmp_path, talking, A="1", B="2").running(log, B="3"):
        assert wait_until(lambda: log.read_text() == "1 3\n", 10)
    assert log.read_text() == "1 3\nbye\n"


def test_a_program_in_the_background_that_does_not_heed_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.stand_ins.program._STOP_WITHIN", 0.3)
    log = tmp_path / "log"
    program = Program(tmp_path, [sys.executable, "-c", f"import os; print(os.getpid(), flush=True); {DEAF}"], [], {})
    with program.running(log):
        assert wait_until(lambda: "deaf" in log.read_text(), 10)
    with pytest.raises(ProcessLookupError):
        os.kill(int(log.read_text().split()[0]), 0)
