"""The commands as jobs call them, where there is nothing to preview."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ci.cli import app
from ci.preview import real
from tests.ci.gitlab_server import GitLab
from tests.engine.project import REPOSITORY


def _ci(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "GITLAB", "GOOGLE"))}
    return subprocess.run(
        [sys.executable, "-m", "ci", *arguments],
        cwd=REPOSITORY,
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("rehearsed", [(), ("--rehearsed", "--base", "none")], ids=["real", "rehearsed"])
def test_a_stack_that_is_not_there_is_red_and_the_note_says_so(
    rehearsed: tuple[str, ...], gitlab_server: GitLab, tmp_path: Path
) -> None:
    report, file = tmp_path / "terraform.json", tmp_path / "note.md"
    report.write_text(json.dumps({"create": 0, "update": 0, "delete": 0}))
    answer = _ci(
        *("preview", "nowhere", *rehearsed, "--terraform-report", str(report), "--note-file", str(file)),
        **gitlab_server.environment(),
    )
    assert answer.returncode == 1
    (note,) = gitlab_server.notes
    assert "preview of `nowhere` failed" in note["body"]
    assert "There is no stack 'nowhere'" in note["body"]
    assert file.read_text() == note["body"]
    # What was there was of another change.
    assert not report.exists()


@pytest.mark.parametrize("option", ["--note-file", "--terraform-report"])
def test_a_file_that_cannot_be_written_is_red_and_the_note_is_of_this_change_all_the_same(
    option: str, gitlab_server: GitLab, tmp_path: Path
) -> None:
    answer = _ci("preview", "nowhere", option, str(tmp_path), **gitlab_server.environment())
    assert answer.returncode == 1
    assert f"{tmp_path} cannot be used" in answer.stderr
    assert "preview of `nowhere` failed" in gitlab_server.notes[0]["body"]


@pytest.mark.parametrize("command", ["preview", "drift"])
def test_what_is_on_this_machine_is_not_looked_for_on_the_real_cloud(command: str) -> None:
    answer = _ci(command, "dev")
    assert answer.returncode == 1
    assert "The stack dev has the platform 'local', so that it is not on the real Google Cloud." in answer.stderr
    assert "`make rehearse-preview STACK=dev`" in answer.stderr


def test_a_commit_that_is_not_there_is_red_and_the_note_says_so(gitlab_server: GitLab) -> None:
    answer = _ci("preview", "prod", "--rehearsed", "--base", "no-such-commit", **gitlab_server.environment())
    assert answer.returncode == 1
    assert "There is no commit 'no-such-commit'" in gitlab_server.notes[0]["body"]


def test_without_a_token_the_log_says_that_nobody_is_told(gitlab_server: GitLab) -> None:
    answer = _ci("preview", "nowhere", **gitlab_server.environment(token=""))
    assert answer.returncode == 1
    assert "There is no GITLAB_TOKEN in the environment, so no merge request is told." in answer.stderr
    assert gitlab_server.asked == []


def test_drift_that_cannot_be_looked_for_leaves_the_issue_as_it_is(gitlab_server: GitLab) -> None:
    issue = dict(gitlab_server.add_issue("Drift of the stack nowhere", "as it was", "drift"))
    answer = _ci("drift", "nowhere", **gitlab_server.environment())
    assert answer.returncode == 1
    assert "There is no stack 'nowhere'" in answer.stderr
    assert gitlab_server.issues == [issue]


def test_what_nobody_expected_is_red_and_told_too(monkeypatch: pytest.MonkeyPatch, gitlab_server: GitLab) -> None:
    def fails(*_: object) -> None:
        raise KeyError("metadata")

    for name, value in gitlab_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(real, "preview", fails)
    answer = CliRunner().invoke(app, ["preview", "prod"])
    assert answer.exit_code == 1
    assert "KeyError: 'metadata'" in answer.output
    (note,) = gitlab_server.notes
    assert "failed" in note["body"]
