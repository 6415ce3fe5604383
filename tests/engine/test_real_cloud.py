"""The state of a stack that a pipeline has made, on the real engine: its secrets, in clones that know no key of it."""

import base64
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bootstrap.organisation import Organisation
from localcloud.real_cloud import RealCloud
from localcloud.real_pulumi import RealPulumi
from localcloud.toolchain import Toolchain
from tests.bootstrap.files import LEAST, ROOT, written

PROGRAM = """\
import pulumi

pulumi.export("password", pulumi.Output.secret("correct horse"))
"""
_RUNTIME = "runtime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: .venv\n"


class _Vault(BaseHTTPRequestHandler):
    """A key in a cloud, which nobody sees: what HashiCorp Vault's transit engine answers. It turns bytes round."""

    def log_message(self, *_: object) -> None:
        pass

    def do_PUT(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.startswith("/v1/transit/encrypt/"):
            answer = {"ciphertext": f"vault:v1:{given['plaintext'][::-1]}"}
        else:
            answer = {"plaintext": given["ciphertext"].removeprefix("vault:v1:")[::-1]}
        content = json.dumps({"data": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def vault() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Vault)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as it is committed: no file of it has the encrypted key of a stack.

    The organisation's bucket is a folder here, and its key that of `vault`.
    """
    root = tmp_path / "committed"
    root.mkdir()
    written(root, LEAST)
    (root / "Pulumi.yaml").write_text(f"name: web-platform\n{_RUNTIME}")
    (root / "__main__.py").write_text(PROGRAM)
    (root / ".venv").symlink_to(sys.prefix)
    shutil.copytree(ROOT / "policy", root / "policy")
    (tmp_path / "state").mkdir()
    monkeypatch.setattr(Organisation, "backend", lambda *_: f"file://{tmp_path}/state")
    monkeypatch.setattr(Organisation, "secrets_provider", lambda *_: "hashivault://prod")
    return root


@pytest.fixture
def environment(
    tmp_path: Path, vault: str, programs: Toolchain, pulumi_home: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A job's: nobody is logged in, and there is no passphrase."""
    places = tmp_path / "bin"
    places.mkdir()
    (places / "pulumi").symlink_to(programs["pulumi"])
    (places / "gke-gcloud-auth-plugin").symlink_to("/bin/true")
    # Programs are started by the PATH of this process.
    monkeypatch.setenv("PATH", f"{places}:/usr/bin:/bin")
    return {
        "PATH": f"{places}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PULUMI_HOME": str(pulumi_home),
        "PULUMI_SKIP_CONFIRMATIONS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "VAULT_SERVER_URL": vault,
        "VAULT_SERVER_TOKEN": "any",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.a",
    }


def _clone(committed: Path, name: str) -> Path:
    return Path(shutil.copytree(committed, committed.with_name(name), symlinks=True))


def _key(committed: Path) -> dict[str, Any]:
    """What the state says of the key of its secrets."""
    state = json.loads((committed.parent / "state/.pulumi/stacks/web-platform/prod.json").read_text())
    said: dict[str, Any] = state["checkpoint"]["latest"]["secrets_providers"]
    return said


@pytest.mark.parametrize("first", ["up", "preview"])
def test_what_one_job_has_made_another_job_goes_on_with_by_the_key_in_its_state(
    first: str, committed: Path, environment: dict[str, str]
) -> None:
    here, there = _clone(committed, "here"), _clone(committed, "there")
    assert getattr(RealCloud(here, "prod", environment), first)() == 0
    assert "encryptedkey" in (here / "Pulumi.prod.yaml").read_text(), "what nobody commits"
    assert "encryptedkey" not in (there / "Pulumi.prod.yaml").read_text()
    made = _key(committed)
    assert (made["type"], made["state"]["url"]) == ("cloud", "hashivault://prod")
    assert RealCloud(there, "prod", environment).up() == 0
    assert _key(committed) == made
    pulumi = RealPulumi(_clone(committed, "elsewhere"), environment, f"file://{committed.parent}/state")
    assert json.loads(pulumi.ask("stack", "output", "--stack", "prod", "--json", "--show-secrets")) == {
        "password": "correct horse"
    }
    assert "correct horse" not in (committed.parent / "state/.pulumi/stacks/web-platform/prod.json").read_text()
    assert base64.b64decode(made["state"]["encryptedkey"]).startswith(b"vault:v1:")


def test_without_it_a_clone_would_ask_for_a_passphrase(
    committed: Path, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert RealCloud(_clone(committed, "here"), "prod", environment).up() == 0
    without = environment | {"PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "false"}
    assert RealCloud(_clone(committed, "there"), "prod", without).up() != 0
    assert "passphrase must be set" in capfd.readouterr().err
