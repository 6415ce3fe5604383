"""Commands that are refused before anything is built or started."""

import os
import shutil
import subprocess
import sys
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


def _refused(root: Path, *arguments: str, **environment: str) -> str:
    """What a command says that must fail as an expected failure does."""
    answer = subprocess.run(
        [sys.executable, "-m", "localcloud", *arguments],
        cwd=root,
        env=os.environ | {"XDG_CACHE_HOME": str(root / "cache")} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
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
