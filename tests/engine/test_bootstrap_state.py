"""The state of `bootstrap/` moves from one backend to another on the real engine, and is encrypted anew on its way.

Google's keys cannot be had here. To Pulumi, those of Vault are the same: something far away that encrypts a key.
"""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from bootstrap.organisation import STACK
from localcloud import plugins
from localcloud.bootstrap.migration import move
from localcloud.errors import LocalCloudError
from localcloud.toolchain import Toolchain

PROGRAM = """\
import pulumi
import pulumi_random as random

pulumi.export("pet", random.RandomPet("pet").id)
pulumi.export("password", pulumi.Output.secret("open sesame"))
"""
KEY = "hashivault://organisation"


class _Vault(BaseHTTPRequestHandler):
    """https://developer.hashicorp.com/vault/api-docs/secret/transit, without any encryption."""

    def do_PUT(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prefix = "vault:v1:"
        answers = {
            "/v1/transit/encrypt/organisation": lambda: {"ciphertext": prefix + asked["plaintext"]},
            "/v1/transit/decrypt/organisation": lambda: {"plaintext": asked["ciphertext"].removeprefix(prefix)},
        }
        said = json.dumps({"data": answers[self.path]()}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def vault() -> Iterator[str]:
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Vault)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class Engine:
    """The real engine with the state in a folder."""

    def __init__(self, pulumi: Path, project: Path, environment: dict[str, str]) -> None:
        self._pulumi = pulumi
        self._project = project
        self.environment = {**os.environ, **environment}

    def ask(self, *arguments: str) -> str:
        answer = subprocess.run(
            [self._pulumi, *arguments, "--non-interactive"],
            cwd=self._project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if answer.returncode:
            raise LocalCloudError(answer.stderr, "It failed.", "None.")
        return answer.stdout


@pytest.fixture
def backends(programs: Toolchain, pulumi_home: Path, vault: str, tmp_path: Path) -> tuple[Engine, Engine]:
    """Where the state is, of a stack that is up, and where it is to be."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: bootstrap\nruntime: python\n")
    (project / "__main__.py").write_text(PROGRAM)

    def backend(name: str) -> Engine:
        place = tmp_path / name
        place.mkdir()
        keys = {"VAULT_SERVER_URL": vault, "VAULT_SERVER_TOKEN": "none", "PULUMI_CONFIG_PASSPHRASE": ""}
        return Engine(programs["pulumi"], project, plugins.environment(pulumi_home, place) | keys)

    before, after = backend("folder"), backend("bucket")
    before.ask("stack", "select", "--create", STACK)
    before.ask("up", "--yes", "--skip-preview", "--stack", STACK)
    return before, after


def _is_whole(engine: Engine, pet: str) -> bool:
    """Whether secrets can be read without the passphrase of before, and nothing is to be done."""
    del engine.environment["PULUMI_CONFIG_PASSPHRASE"]
    outputs = json.loads(engine.ask("stack", "output", "--json", "--show-secrets", "--stack", STACK))
    engine.ask("preview", "--refresh", "--expect-no-changes", "--stack", STACK)
    return bool(outputs == {"pet": pet, "password": "open sesame"})


def test_a_state_arrives_whole_and_is_encrypted_with_the_key_from_then_on(
    backends: tuple[Engine, Engine], tmp_path: Path
) -> None:
    before, after = backends
    pet = before.ask("stack", "output", "pet", "--stack", STACK).strip()
    assert move(before, after, KEY) == 3
    assert _is_whole(after, pet)
    assert yaml.safe_load((tmp_path / "project" / f"Pulumi.{STACK}.yaml").read_text())["secretsprovider"] == KEY
    state = (tmp_path / "bucket/.pulumi/stacks/bootstrap" / f"{STACK}.json").read_text()
    assert json.loads(state)["checkpoint"]["latest"]["secrets_providers"]["type"] == "cloud"
    assert "open sesame" not in state
    assert not (tmp_path / "folder/.pulumi/stacks/bootstrap" / f"{STACK}.json").exists()


def test_a_move_that_was_cut_short_before_its_end_is_gone_on_with(backends: tuple[Engine, Engine]) -> None:
    before, after = backends
    pet = before.ask("stack", "output", "pet", "--stack", STACK).strip()
    ask, before.ask = before.ask, lambda *words: ask(*words) if words[1] != "rm" else _fail()  # type: ignore[method-assign]
    with pytest.raises(LocalCloudError):
        move(before, after, KEY)
    before.ask = ask  # type: ignore[method-assign]
    before.ask("up", "--yes", "--skip-preview", "--stack", STACK)
    assert move(before, after, KEY) == 3
    assert _is_whole(after, pet)


def _fail() -> str:
    raise LocalCloudError("It was cut short.", "The stack is in two places.", "Run it again.")
