"""What is made of an engine that fails in its ways: with programs that stand in for it, and do what it did."""

import json
from pathlib import Path

import pytest

from ci.preview import engine, real
from ci.preview.engine import Answer
from localcloud.errors import LocalCloudError

STEP = json.dumps({"resourcePreEvent": {"metadata": {"op": "create", "urn": "u"}}})
DONE = json.dumps({"summaryEvent": {"result": "succeeded"}})
FAILED = json.dumps({"summaryEvent": {"result": "failed"}})
ERROR = json.dumps({"diagnosticEvent": {"severity": "error", "message": "no such zone\n"}})

# The flag's value is the last argument.
_HEAD = '#!/bin/sh\nfor log in "$@"; do :; done\necho shown; echo broken >&2\n'


def _pulumi(folder: Path, script: str) -> Path:
    program = folder / "bin" / "pulumi"
    program.parent.mkdir(exist_ok=True)
    program.write_text(_HEAD + script)
    program.chmod(0o755)
    return program


def _writes(*lines: str) -> str:
    return "".join(f"cat >>\"$log\" <<'EOF'\n{line}\nEOF\n" for line in lines)


def _asked(folder: Path, script: str) -> Answer:
    return engine.ask(_pulumi(folder, script), ["preview"], folder, {"PATH": "/bin:/usr/bin"}, folder)


def test_what_came_to_its_end_has_not_failed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    answer = _asked(tmp_path, _writes(STEP, DONE))
    assert (len(answer.told.steps), answer.failure) == (1, "")
    # Standard output is for the note.
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (_writes(STEP, ERROR, FAILED) + "exit 1", "no such zone"),
        (_writes(STEP, ERROR, FAILED), "no such zone"),
        (_writes(STEP) + f"printf '%s' '{DONE[:-9]}' >>\"$log\"", "shown\nbroken"),
        (_writes(STEP) + "kill -9 $$", "shown\nbroken"),
        ("exit 255", "shown\nbroken"),
        (_writes(STEP, DONE) + "exit 1", "shown\nbroken"),
    ],
    ids=["failed", "failed, but green", "truncated", "killed", "refused", "red, but whole"],
)
def test_what_did_not_come_to_a_good_end_has_failed_and_says_why(script: str, said: str, tmp_path: Path) -> None:
    answer = _asked(tmp_path, script)
    assert answer.failure == said
    assert len(answer.told.steps) == (1 if "resourcePreEvent" in script else 0)


def test_what_an_earlier_run_told_is_not_told_again(tmp_path: Path) -> None:
    _asked(tmp_path, _writes(STEP, DONE))
    assert _asked(tmp_path, "exit 0").told.steps == ()


def test_an_engine_that_says_nothing_is_said_to(tmp_path: Path) -> None:
    program = _pulumi(tmp_path, "")
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    answer = engine.ask(program, ["preview"], tmp_path, {}, tmp_path)
    assert "exit code -9" in answer.failure


STACK_FILE = """\
config:
  web-platform:platform: google
  web-platform:google:
    project: example-prod
    region: europe-west1
    zone: europe-west1-b
  web-platform:domain: example.com
  web-platform:cluster:
    nodes: 2
    machineType: e2-standard-4
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: web-platform\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK_FILE)
    plugin = tmp_path / "bin" / "gke-gcloud-auth-plugin"
    plugin.parent.mkdir()
    plugin.write_text("#!/bin/sh\n")
    plugin.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/bin")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "gs://example-state")
    return tmp_path


def test_with_credentials_it_is_previewed_as_it_is_deployed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.a")
    (project / "policy").mkdir()
    asked = f'echo "$PWD $*" > {project}/asked\n'
    _pulumi(project, asked + _writes(STEP.replace('"u"', '"urn:pulumi:prod::p::t::n"'), DONE))
    made = real.preview(project, "prod")
    assert (made.failure, made.rehearsed, len(made.told.steps)) == ("", False, 1)
    asked_for = f"{project} preview --policy-pack {project}/policy --stack prod --non-interactive --event-log "
    assert (project / "asked").read_text().startswith(asked_for)
    assert made.capacity is not None


def test_without_credentials_nothing_is_asked(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN", raising=False)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("HOME", str(project))
    monkeypatch.setattr("localcloud.google_credentials._PRODUCT_NAME", project / "none")
    _pulumi(project, f"touch {project}/asked\n")
    with pytest.raises(LocalCloudError, match="no Google credentials"):
        real.preview(project, "prod")
    assert not (project / "asked").exists()
