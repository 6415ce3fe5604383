"""Every command of the README, run as it stands."""

import re
import subprocess

from tests.engine.project import REPOSITORY, Project, commands

PAGE = "README.md"


def test_the_quick_start_is_make_up_and_the_test_command_that_ci_runs() -> None:
    assert commands(PAGE)[:2] == ["make up", "make test"]
    assert "make test" in (REPOSITORY / ".ci" / "run").read_text().splitlines()


def test_every_other_command_does_what_it_says(project: Project) -> None:
    said = {}
    for command in commands(PAGE):
        if command == "make test":
            continue  # This is it.
        done = project.run("/bin/sh", "-c", command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        said[command] = done.stdout + done.stderr
    assert "https://hello.dev.localhost/" in said["make up"]
    assert [line.split("s  ", 1)[1][:12].strip() for line in said["make example"].splitlines() if " s  " in line] == [
        *("stand-ins", "migration", "order", "database", "message", "warehouse", "file"),
        *("order", "message", "dead letter"),
    ]
    assert "kong-gateway" in said["make shell CMD='kubectl get pods -A'"]
    assert "https://hello.example.com/" in said["make rehearse STACK=prod"]
    assert said["make shell STACK=prod CMD='kubectl get nodes'"].count(" Ready ") == 2
    assert "APIs stay enabled" in said["make rehearse-down STACK=prod"]
    assert not (project.root / ".localcloud" / "stacks" / "dev").exists()
    # What a real cloud would remember of the stack, and nothing else.
    assert [part.name for part in (project.root / ".localcloud" / "stacks" / "prod").iterdir()] == ["google"]


def test_make_help_lists_every_target_that_the_makefile_documents(project: Project) -> None:
    help_text = subprocess.run(["make", "help"], cwd=project.root, capture_output=True, text=True, check=True).stdout
    documented = re.findall(r"^([a-z-]+):.*##", (REPOSITORY / "Makefile").read_text(), flags=re.MULTILINE)
    assert {"up", "preview", "down", "rehearse", "shell", "google", "test", "lint", "clean", "help"} <= set(documented)
    assert [line.split()[1] for line in help_text.splitlines() if line.startswith("  make ")] == documented
