"""What the service checks of itself: run with its own settings, on what its images hold."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.hello_service.service import SERVICE, TREE, copied_to


def _run(*command: str | Path, directory: Path) -> str:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_own_tests_pass_in_the_image_for_integration(programs: Path, tmp_path: Path) -> None:
    directory = TREE.lay_out("integration", SERVICE, tmp_path)
    summary = _run(programs / "python", "-B", "-m", "pytest", directory=directory).splitlines()[-1]
    assert re.fullmatch(r"=+ \d+ passed in .*", summary), summary


def test_its_types_are_right_and_strict(programs: Path, tmp_path: Path) -> None:
    _run(
        *(sys.executable, "-m", "mypy", "--cache-dir", tmp_path / "cache"),
        *("--python-executable", programs / "python", "hello", "tests"),
        directory=copied_to(tmp_path / "service"),
    )


def test_the_types_of_its_stack_are_right_and_strict(tmp_path: Path) -> None:
    # What the SDKs are typed with is theirs, and takes minutes to read.
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = true\n[mypy-pulumi_gcp.*,pulumi_kubernetes.*]\nfollow_imports = skip\n"
    )
    _run(
        *(sys.executable, "-m", "mypy", "--cache-dir", tmp_path / "cache"),
        SERVICE / "infrastructure" / "__main__.py",
        directory=tmp_path,
    )


@pytest.mark.parametrize(
    "check", [("check", "--no-cache"), ("format", "--check", "--no-cache")], ids=lambda each: each[0]
)
def test_its_style_is_that_of_its_own_settings(check: tuple[str, ...], tmp_path: Path) -> None:
    # Away from this project, whose settings it would else find too.
    _run(sys.executable, "-m", "ruff", *check, ".", directory=copied_to(tmp_path / "service"))


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-tools.txt"])
def test_all_that_an_image_installs_is_ready_made_for_its_python(lock: str, machine: str, tmp_path: Path) -> None:
    source = TREE.images["base"].source
    (python,) = re.findall(r"python:(\d+\.\d+)\.\d+-slim", source)
    _run(
        *(sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--quiet", "--require-hashes"),
        *("--only-binary", ":all:", "--python-version", python, "--python-platform", f"{machine}-manylinux2014"),
        *("--target", tmp_path / "packages", "--requirement", lock),
        directory=SERVICE,
    )
