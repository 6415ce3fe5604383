"""Commands that are refused before anything is built or started."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of what a command reads before it starts anything."""
    for source in (*REPOSITORY.glob("Pulumi.*"), *REPOSITORY.glob("*.py")):
        shutil.copy(source, tmp_path)
    (tmp_path / "localcloud").symlink_to(REPOSITORY / "localcloud")
    return tmp_path


def _localcloud(root: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "localcloud", *arguments],
        cwd=root,
        env=os.environ | {"XDG_CACHE_HOME": str(root / "cache")} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _refused(root: Path, *arguments: str, **environment: str) -> str:
    """What a command says that must fail as an expected failure does."""
    answer = _localcloud(root, *arguments, **environment)
    assert answer.returncode == 1, answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.splitlines()) < 25
    assert not (root / ".localcloud").exists()
    return answer.stderr


@pytest.mark.parametrize("command", ["up", "preview", "down", "shell", "stop"])
def test_an_unknown_stack_is_refused_by_every_command_with_the_stacks_there_are(command: str, root: Path) -> None:
    said = _refused(root, command, "prdo")
    assert "'prdo'" in said
    assert all(stack in said for stack in ("dev", "staging", "prod"))


@pytest.mark.parametrize("command", ["up", "down", "stop"])
def test_what_is_no_name_of_a_stack_leads_nowhere(command: str, root: Path) -> None:
    (root / "precious").mkdir()
    assert "STACK='../../precious' is not the name of a stack" in _refused(root, command, "../../precious")
    assert (root / "precious").is_dir()


def test_without_go_and_pulumi_the_error_says_what_to_install(root: Path) -> None:
    said = _refused(root, "up", "dev", PATH=str(root / "nothing"))
    assert "The programs pulumi" in said
    assert "Install Go" in said


def test_a_machine_type_that_google_does_not_offer_is_refused(root: Path) -> None:
    file = root / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("e2-standard-2", "e2-standard-3"))
    assert "cluster.machineType: 'e2-standard-3'" in _refused(root, "up", "dev")


def test_a_mistake_in_a_stack_file_is_named_with_its_field_and_a_remedy(root: Path) -> None:
    file = root / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("      image: ", "      imgae: "))
    said = _refused(root, "up", "dev")
    assert "services.hello.imgae" in said
    assert "Remedy" in said


def test_an_interrupt_while_the_commands_are_loaded_is_quiet(root: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "localcloud", "up", "dev"],
        cwd=root,
        env=os.environ | {"PATH": str(root / "nothing"), "XDG_CACHE_HOME": str(root / "cache")},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said


def test_down_deletes_the_cluster_of_a_stack_whose_file_is_broken(root: Path) -> None:
    """Nothing runs here; what would be a cluster is the record of one."""
    (root / ".localcloud" / "stacks" / "dev" / "state").mkdir(parents=True)
    (root / "Pulumi.dev.yaml").write_text("config: [")
    answer = _localcloud(root, "down", "dev")
    assert answer.returncode == 0, answer.stderr
    assert "its cluster is deleted with all that is in it" in " ".join(answer.stderr.split())
    assert not (root / ".localcloud" / "stacks" / "dev").exists()


def test_clean_does_not_claim_to_have_removed_what_it_cannot(root: Path) -> None:
    (root / ".localcloud").write_text("somebody's file")
    answer = _localcloud(root, "clean")
    assert answer.returncode == 1
    assert "Removed" not in answer.stderr
    assert "Traceback" not in answer.stderr
