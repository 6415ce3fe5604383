"""The components as a Pulumi package on the real engine: its schema, and what it refuses from other languages."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import Pulumi
from tests.engine.project import REPOSITORY, commands

COMPONENTS = REPOSITORY / "components"
SCHEMA = COMPONENTS / "schema.json"

Preview = Callable[[str | Mapping[str, Any]], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def preview(tmp_path: Path, pulumi: Pulumi) -> Preview:
    """Previews a program, text in Python or resources in YAML, that reaches no cluster."""

    def run(program: str | Mapping[str, Any]) -> "subprocess.CompletedProcess[str]":
        project: dict[str, Any] = {"name": "project", "packages": {"web-platform": str(COMPONENTS)}}
        if isinstance(program, str):
            project |= {"runtime": "python"}
            (tmp_path / "__main__.py").write_text(program)
        else:
            project |= {"runtime": "yaml", "resources": program}
        (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        made = pulumi(tmp_path, "stack", "init", "dev")
        assert made.returncode == 0, made.stderr
        return pulumi(tmp_path, "preview", env={"KUBECONFIG": "/dev/null"})

    return run


def _told(run: "subprocess.CompletedProcess[str]") -> str:
    """What the engine's summary says went wrong."""
    return run.stdout.partition("Diagnostics:")[2].partition("Resources:")[0]


def test_the_schema_that_the_engine_reads_is_the_committed_one(tmp_path: Path, pulumi: Pulumi) -> None:
    (again,) = (command for command in commands("docs/packages.md") if "get-schema" in command)
    got = pulumi(tmp_path, "package", "get-schema", str(COMPONENTS))
    assert got.returncode == 0, got.stderr
    assert got.stdout == SCHEMA.read_text(), (
        "components/schema.json is not what the components say. What is gone from it, programs in other languages can "
        "no longer pass or read, and `python -m surface check` says which version that asks for. Write it again with\n"
        f"  {again}"
    )


@pytest.mark.parametrize(
    ("component", "arguments", "told"),
    [
        ("WebService", {"image": "acme/shop:1"}, ["WebService", "Missing required property 'namespace'"]),
        (
            "WebService",
            {"image": "acme/shop:1", "namespace": "shop", "replica": 2},
            ["Property replica does not exist on", "WebService", "replicas"],
        ),
        (
            "WebService",
            {"image": "acme/shop:1", "namespace": "shop", "replicas": 3.5},
            ["WebService resource 'shop'", "replicas is 3.5, which is not a whole number", "Danger:", "Remedy:"],
        ),
        (
            "Topic",
            {"project": "acme-shop", "projectNumber": 123456789012},
            ["Topic resource 'shop'", "projectNumber is a number, which is not text"],
        ),
        (
            "WebService",
            {"image": "acme/shop:1", "namespace": "shop", "secretEnvironment": {"fn::secret": {"KEY": "hush"}}},
            ["WebService resource 'shop'", "secretEnvironment is a secret", "the values may be outputs and secrets"],
        ),
        (
            "WebService",
            {"image": "acme/shop:1", "namespace": "shop", "publicHost": "shop.example.com"},
            ["WebService resource 'shop'", "ingressClass is missing", "gateway.ingressClass"],
        ),
    ],
    ids=["missing", "unknown", "half a number", "number for text", "secret keys", "what the component itself refuses"],
)
def test_a_program_in_yaml_is_told_component_argument_and_expectation(
    preview: Preview, component: str, arguments: dict[str, Any], told: list[str]
) -> None:
    run = preview({"shop": {"type": f"web-platform:index:{component}", "properties": arguments}})
    assert run.returncode != 0
    said = _told(run)
    assert [each for each in told if each not in said] == [], said
    assert "Traceback" not in run.stdout + run.stderr
    assert 'File "' not in run.stdout + run.stderr
    assert "hush" not in run.stdout + run.stderr


def test_what_arrives_in_another_shape_is_taken(preview: Preview) -> None:
    shop = {
        "image": "acme/shop:1",
        "namespace": "${namespace.namespace}",
        "replicas": 3.0,
        "environment": {"PLACE": "${namespace.namespace}"},
        "secretEnvironment": {"KEY": {"fn::secret": "hush"}},
    }
    run = preview(
        {
            "namespace": {
                "type": "web-platform:index:Namespace",
                "name": "shop",
                "properties": {"podSecurity": "baseline"},
            },
            "shop": {"type": "web-platform:index:WebService", "properties": shop},
        }
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "kubernetes:apps/v1:Deployment shop" in run.stdout


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("Namespace('shop', pod_security='lax')", "podSecurity is 'lax', which is not one of 'restricted', 'baseline'"),
        (
            "Topic('shop', project='acme-shop', project_number='1', subscriptions={'mailer': {'ack_deadline': 60}})",
            "subscriptions.mailer.ack_deadline is not a known key",
        ),
        (
            "Topic('shop', project='acme-shop', project_number='1', "
            "subscriptions=Output.from_input({'mailer': {'ack_deadline_seconds': 60}}))",
            "subscriptions is a secret, or known only when another resource has been made",
        ),
    ],
    ids=["no such choice", "unknown key in a key", "keys as an output"],
)
def test_a_program_with_an_sdk_is_told_component_argument_and_expectation(
    preview: Preview, tmp_path: Path, pulumi: Pulumi, program: str, told: str
) -> None:
    run = preview(_with_sdk(pulumi, SCHEMA, tmp_path) + program)
    assert run.returncode != 0
    said = _told(run)
    assert f"web-platform:index:{program.partition('(')[0]} resource 'shop' has a problem: {told}" in said, said
    assert "Traceback" not in said


def test_an_sdk_of_another_version_is_told_of_by_name(preview: Preview, tmp_path: Path, pulumi: Pulumi) -> None:
    schema = json.loads(SCHEMA.read_text())
    version, schema["version"] = schema["version"], "0.0.1"
    arguments = schema["resources"]["web-platform:index:Namespace"]["inputProperties"]
    arguments["security"] = arguments.pop("podSecurity")
    older = tmp_path / "older.json"
    older.write_text(json.dumps(schema))
    run = preview(_with_sdk(pulumi, older, tmp_path) + "Namespace('shop', security='baseline')")
    assert run.returncode != 0
    said = _told(run)
    assert "web-platform:index:Namespace resource 'shop' has a problem: security is not a known key" in said, said
    assert f"another version than web-platform {version} is renewed by `pulumi package add`" in said


def _with_sdk(pulumi: Pulumi, schema: Path, directory: Path) -> str:
    """Has the SDK of a schema written, and gives the lines of a program that import it."""
    written = pulumi(directory, "package", "gen-sdk", str(schema), "--language", "python", "--out", "sdk")
    assert written.returncode == 0, written.stdout + written.stderr
    sdk = directory / "sdk" / "python"
    # What installing it would leave: an SDK asks which version it has.
    installed = sdk / "pulumi_web_platform.egg-info"
    installed.mkdir()
    version = json.loads(schema.read_text())["version"]
    (installed / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: pulumi_web_platform\nVersion: {version}\n")
    return (
        f"import sys\nsys.path.insert(0, {str(sdk)!r})\n"
        "from pulumi import Output\n"
        "from pulumi_web_platform import Namespace, Topic\n"
    )
