"""What is left of a PostgreSQL that was killed, played by processes of that name."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from localcloud.stand_ins.backends import end_backends

Start = Callable[[str, Path], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a program of some name, which does nothing, somewhere."""
    sleep = shutil.which("sleep")
    assert sleep is not None
    with ExitStack() as started:

        def run(name: str, place: Path) -> "subprocess.Popen[bytes]":
            program = tmp_path / "bin" / name
            program.parent.mkdir(exist_ok=True)
            if not program.exists():
                shutil.copy(sleep, program)
            process = started.enter_context(subprocess.Popen([program, "60"], cwd=place))
            started.callback(process.kill)
            return process

        yield run


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def test_what_works_in_the_data_is_killed_and_nothing_else(tmp_path: Path, start: Start) -> None:
    data, other = folder(tmp_path / "postgres"), folder(tmp_path / "postgres-2")
    backends = [start("postgres", data), start("postgres", data)]
    others = [start("postgres", other), start("psql", data)]
    end_backends(data)
    assert [process.poll() for process in others] == [None, None]
    assert [process for process in backends if psutil.pid_exists(process.pid)] == []


def test_the_word_that_it_runs_is_taken_away_and_what_it_stored_is_not(tmp_path: Path) -> None:
    data = folder(tmp_path / "postgres")
    for name in ("postmaster.pid", "PG_VERSION"):
        (data / name).write_text("1\n")
    end_backends(data)
    assert [entry.name for entry in data.iterdir()] == ["PG_VERSION"]


def test_it_is_known_by_whatever_way_the_data_is_named(tmp_path: Path, start: Start) -> None:
    data = folder(tmp_path / "project" / "postgres")
    (tmp_path / "link").symlink_to(tmp_path / "project")
    backend = start("postgres", data)
    end_backends(tmp_path / "link" / "postgres")
    assert not psutil.pid_exists(backend.pid)


def test_where_there_never_was_one_nothing_is_to_be_done(tmp_path: Path) -> None:
    end_backends(tmp_path / "postgres")
    assert list(tmp_path.iterdir()) == []
