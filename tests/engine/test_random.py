"""The real engine and the unmodified SDK on the simulated random provider."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import Pulumi

PROGRAM = """
import pulumi
import pulumi_random as random

keepers = {"keepers": {"version": pulumi.Config().require("version")}}
password = random.RandomPassword("password", length=20, min_upper=2, override_special="#!", **keepers)
outputs = {
    "bytes": random.RandomBytes("bytes", length=8, **keepers).hex,
    "hash": password.bcrypt_hash,
    "id": random.RandomId("id", byte_length=4, prefix="p-", **keepers).dec,
    "integer": random.RandomInteger("integer", min=1, max=6, **keepers).result,
    "password": password.result,
    "pet": random.RandomPet("pet", length=3, **keepers).id,
    "shuffle": random.RandomShuffle("shuffle", inputs=["a", "b"], result_count=3, **keepers).results,
    "string": random.RandomString("string", length=12, special=False, **keepers).result,
    "uuid": random.RandomUuid("uuid", **keepers).result,
    "uuid4": random.RandomUuid4("uuid4", **keepers).result,
    "uuid7": random.RandomUuid7("uuid7", **keepers).result,
}
for name, value in outputs.items():
    pulumi.export(name, value)
"""
NAMES = {"bytes", "id", "integer", "password", "pet", "shuffle", "string", "uuid", "uuid4", "uuid7"}
SECRET = {"bytes", "hash", "password"}


@pytest.fixture
def stack(pulumi: Pulumi, tmp_path: Path) -> Path:
    """A project with every random type and a stack that is not up yet."""
    directory = tmp_path / "program"
    directory.mkdir()
    (directory / "Pulumi.yaml").write_text("name: program\nruntime: python\n")
    (directory / "__main__.py").write_text(PROGRAM)
    succeeds(pulumi(directory, "stack", "init", "dev"))
    succeeds(pulumi(directory, "config", "set", "version", "1"))
    return directory


def succeeds(run: subprocess.CompletedProcess[str]) -> str:
    """The output of a command that succeeds and has nothing to warn of."""
    assert run.returncode == 0, run.stdout + run.stderr
    assert "warning" not in run.stdout + run.stderr
    return run.stdout


def outputs(pulumi: Pulumi, stack: Path) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(succeeds(pulumi(stack, "stack", "output", "--json", "--show-secrets")))
    return known


def resources(pulumi: Pulumi, stack: Path) -> dict[str, dict[str, Any]]:
    """Those of the provider, by name, as the state file has them."""
    state = json.loads(succeeds(pulumi(stack, "stack", "export")))
    known = state["deployment"].get("resources", [])
    return {each["urn"].rsplit("::", 1)[1]: each for each in known if each["type"].startswith("random:")}


def is_encrypted(value: object) -> bool:
    return isinstance(value, dict) and "ciphertext" in value


def test_every_type_from_nothing_to_nothing(pulumi: Pulumi, stack: Path) -> None:
    preview = succeeds(pulumi(stack, "preview"))
    assert "11 to create" in preview
    assert "uuid4   : [unknown]" in preview
    assert "password: [secret]" in preview

    succeeds(pulumi(stack, "up", "--yes", "--skip-preview"))
    first = outputs(pulumi, stack)
    assert len(first["string"]) == 12
    assert len(first["pet"].split("-")) == 3
    state = resources(pulumi, stack)
    assert set(state) == NAMES
    assert is_encrypted(state["password"]["outputs"]["result"])
    assert is_encrypted(state["password"]["outputs"]["bcryptHash"])
    assert is_encrypted(state["bytes"]["outputs"]["base64"])
    assert is_encrypted(state["bytes"]["outputs"]["hex"])
    assert first["password"] not in json.dumps(state)

    assert "11 unchanged" in succeeds(pulumi(stack, "up", "--yes", "--skip-preview", "--expect-no-changes"))
    assert "11 unchanged" in succeeds(pulumi(stack, "refresh", "--yes", "--skip-preview", "--expect-no-changes"))
    assert outputs(pulumi, stack) == first

    succeeds(pulumi(stack, "config", "set", "version", "2"))
    preview = succeeds(pulumi(stack, "preview", "--diff"))
    assert "+-10 to replace" in preview
    assert preview.count('~ version: "1" => "2"') == 10
    assert "+-random:index/randomPet:RandomPet: (replace)" in preview
    succeeds(pulumi(stack, "up", "--yes", "--skip-preview"))
    second = outputs(pulumi, stack)
    assert all(
        first[name] != second[name] for name in ("password", "hash", "bytes", "string", "uuid", "uuid4", "uuid7")
    )

    assert "- 11 deleted" in succeeds(pulumi(stack, "destroy", "--yes", "--skip-preview"))
    assert resources(pulumi, stack) == {}


@pytest.mark.parametrize(
    ("type_name", "id", "declared", "known"),
    [
        ("randomString:RandomString", "abc", "RandomString('it', length=3)", {"result": "abc"}),
        ("randomId:RandomId", "p-,p-9hUg", "RandomId('it', byte_length=4, prefix='p-')", {"b64Url": "p-p-9hUg"}),
        ("randomInteger:RandomInteger", "3,1,6", "RandomInteger('it', min=1, max=6)", {"result": 3}),
        ("randomBytes:RandomBytes", "8/fu3g==", "RandomBytes('it', length=4)", {}),
        ("randomPassword:RandomPassword", "hunter2", "RandomPassword('it', length=7)", {"length": 7}),
        (
            "randomUuid:RandomUuid",
            "aabbccdd-eeff-0011-2233-445566778899",
            "RandomUuid('it')",
            {"result": "aabbccdd-eeff-0011-2233-445566778899"},
        ),
    ],
)
def test_what_is_imported_is_what_the_program_declares(
    pulumi: Pulumi, stack: Path, type_name: str, id: str, declared: str, known: dict[str, Any]
) -> None:
    arguments = (f"random:index/{type_name}", "it", id, "--yes", "--skip-preview", "--generate-code=false")
    succeeds(pulumi(stack, "import", *arguments, "--protect=false"))
    imported = resources(pulumi, stack)["it"]["outputs"]
    assert known.items() <= imported.items()
    (stack / "__main__.py").write_text(f"import pulumi_random\npulumi_random.{declared}\n")
    succeeds(pulumi(stack, "up", "--yes", "--skip-preview", "--expect-no-changes"))


def test_an_id_that_cannot_be_imported_changes_nothing(pulumi: Pulumi, stack: Path) -> None:
    refused = pulumi(stack, "import", "random:index/randomPet:RandomPet", "it", "cat", "--yes", "--generate-code=false")
    assert refused.returncode != 0
    assert "a RandomPet cannot be imported" in refused.stdout + refused.stderr
    assert resources(pulumi, stack) == {}


def test_bad_input_is_told_once_and_creates_nothing(pulumi: Pulumi, stack: Path) -> None:
    (stack / "__main__.py").write_text(
        "import pulumi_random\npulumi_random.RandomPassword('it', length=1, min_upper=2)\n"
    )
    refused = pulumi(stack, "up", "--yes", "--skip-preview")
    assert refused.returncode != 0
    diagnostics = refused.stdout.partition("Diagnostics:")[2]
    assert diagnostics.count("error:") == 1
    assert "length is 1, less than minUpper = 2: raise it to 2 or more" in diagnostics
    assert resources(pulumi, stack) == {}


def test_the_schema_is_there_for_programs_in_other_languages(pulumi: Pulumi, stack: Path) -> None:
    schema = json.loads(succeeds(pulumi(stack, "package", "get-schema", "random")))
    assert len(schema["resources"]) == 10
