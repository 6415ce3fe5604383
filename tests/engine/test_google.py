"""The real engine and the unmodified SDK on the simulated Google Cloud."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localcloud.providers.google.cloud import Cloud
from tests.engine.conftest import Pulumi

NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
TOPIC = "gcp:pubsub/topic:Topic"
SERVICE = "gcp:projects/service:Service"

PROGRAM = """
import pulumi
import pulumi_gcp as gcp

config = pulumi.Config()

compute = gcp.projects.Service("compute", service="compute.googleapis.com")
pubsub = gcp.projects.Service("pubsub", service="pubsub.googleapis.com")
network = gcp.compute.Network(
    "vpc",
    name="vpc",
    auto_create_subnetworks=False,
    routing_mode=config.get("routingMode") or "REGIONAL",
    description=config.get("description"),
    opts=pulumi.ResourceOptions(depends_on=compute),
)
subnetwork = gcp.compute.Subnetwork("nodes", network=network.id, ip_cidr_range="10.0.0.0/24")
topic = gcp.pubsub.Topic(
    "orders", labels={"team": config.get("team") or "web"}, opts=pulumi.ResourceOptions(depends_on=pubsub)
)
pulumi.export("network", network.self_link)
pulumi.export("subnetwork", subnetwork.self_link)
pulumi.export("topic", topic.id)
pulumi.export("number", gcp.organizations.get_project_output().number)
"""


class Stack:
    """A project with a few resources, its stack and its simulated cloud."""

    def __init__(self, pulumi: Pulumi, directory: Path, cloud: Path) -> None:
        self.directory = directory
        self.cloud = Cloud(cloud)
        self._pulumi = pulumi
        self._environment = {"LOCALCLOUD_GOOGLE_DIRECTORY": str(cloud)}
        directory.mkdir()
        (directory / "Pulumi.yaml").write_text("name: program\nruntime: python\n")
        self.program(PROGRAM)
        self("stack", "init", "dev")
        self("config", "set", "gcp:project", "acme-prod")
        self("config", "set", "gcp:region", "europe-west1")

    def program(self, text: str) -> None:
        (self.directory / "__main__.py").write_text(text)

    def __call__(self, *arguments: str) -> str:
        """The output of a command that succeeds."""
        run = self.run(*arguments)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._pulumi(self.directory, *arguments, env=self._environment)

    def up(self, *arguments: str) -> str:
        return self("up", "--yes", "--skip-preview", *arguments)

    def outputs(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self("stack", "output", "--json"))
        return known

    def exists(self, type_: str) -> list[str]:
        """The ids of a type in the cloud."""
        return [each.id for each in self.cloud.find(type_)]


@pytest.fixture
def stack(pulumi: Pulumi, tmp_path: Path) -> Stack:
    return Stack(pulumi, tmp_path / "program", tmp_path / "google")


def test_from_nothing_to_nothing(stack: Stack) -> None:
    preview = stack("preview")
    assert "6 to create" in preview
    assert "network   : [unknown]" in preview
    assert stack.cloud.all() == []

    up = stack.up()
    outputs = stack.outputs()
    base = "https://www.googleapis.com/compute/v1/projects/acme-prod"
    assert outputs["network"] == f"{base}/global/networks/vpc"
    [topic] = stack.exists(TOPIC)
    assert outputs["topic"] == topic
    assert topic.startswith("projects/acme-prod/topics/orders-")
    [subnetwork] = stack.exists(SUBNETWORK)
    assert outputs["subnetwork"] == f"https://www.googleapis.com/compute/v1/{subnetwork}"
    assert len(outputs["number"]) == 12
    assert "Traceback" not in up

    for command in ("preview", "refresh"):
        assert "6 unchanged" in stack(command, "--expect-no-changes", *(["--yes"] if command == "refresh" else []))
    assert stack.outputs() == outputs

    stack("destroy", "--yes", "--skip-preview")
    assert stack.cloud.all() == []


def test_what_is_changed_or_deleted_behind_pulumis_back_is_seen_and_repaired(stack: Stack) -> None:
    stack.up()
    [network] = stack.cloud.find(NETWORK)
    [topic] = stack.cloud.find(TOPIC)
    stack.cloud.tamper(NETWORK, network.id, {**network.state, "routingMode": "GLOBAL"})
    stack.cloud.tamper(TOPIC, topic.id, None)

    drift = stack("refresh", "--preview-only", "--diff")
    assert '~ routingMode: "REGIONAL" => "GLOBAL"' in drift
    assert "- 1 to delete" in drift
    assert "~ 1 to update" in drift

    stack("refresh", "--yes", "--skip-preview")
    assert "+ 1 created" in (repaired := stack.up())
    assert "~ 1 updated" in repaired
    assert stack.cloud.find(NETWORK)[0].state["routingMode"] == "REGIONAL"
    assert stack.exists(TOPIC) != []
    assert "6 unchanged" in stack.up("--expect-no-changes")


def test_a_change_updates_or_replaces_as_the_real_provider_would(stack: Stack) -> None:
    stack.up()
    stack("config", "set", "routingMode", "GLOBAL")
    stack("config", "set", "team", "data")
    preview = stack("preview", "--diff")
    assert '~ routingMode: "REGIONAL" => "GLOBAL"' in preview
    assert '~ team: "web" => "data"' in preview
    assert "~ 2 to update" in preview
    assert "replace" not in preview
    assert "~ 2 updated" in stack.up()
    [topic] = stack.cloud.find(TOPIC)
    assert topic.state["effectiveLabels"] == {"goog-pulumi-provisioned": "true", "team": "data"}

    stack("config", "set", "description", "another one")
    assert "+-2 to replace" in stack("preview")
    # The network's name is given and stays: unless the old one goes first, the new one is refused for having it.
    assert "+-2 replaced" in stack.up()
    assert [each.state["description"] for each in stack.cloud.find(NETWORK)] == ["another one"]


def test_what_exists_is_imported_and_declared(stack: Stack) -> None:
    stack.up()
    [network] = stack.exists(NETWORK)
    network_only = 'import pulumi_gcp as gcp\ngcp.compute.Network("it", name="vpc", auto_create_subnetworks=False)\n'
    stack("stack", "init", "other")
    stack("config", "set", "gcp:project", "acme-prod")
    stack.program(network_only)
    arguments = ("--yes", "--skip-preview", "--generate-code=false", "--protect=false")
    stack("import", NETWORK, "it", network, *arguments)
    assert "2 unchanged" in stack.up("--expect-no-changes")
    missing = stack.run("import", NETWORK, "other", "projects/acme-prod/global/networks/other", *arguments)
    assert missing.returncode != 0
    assert "does not exist" in missing.stdout + missing.stderr


def test_bad_input_is_told_once_and_creates_nothing(stack: Stack) -> None:
    stack.program(
        "import pulumi\npulumi.CustomResource('gcp:compute/network:Network', 'it', {'autoCreateSubnets': False})\n"
    )
    refused = stack.run("up", "--yes", "--skip-preview")
    assert refused.returncode != 0
    assert "did you mean 'autoCreateSubnetworks'?" in refused.stdout
    assert refused.stdout.partition("Diagnostics:")[2].count("error:") == 1
    assert stack.cloud.all() == []


def test_a_project_id_of_wrong_syntax_is_told_before_anything_is_created(stack: Stack) -> None:
    stack("config", "set", "gcp:project", "Acme Prod")
    refused = stack.run("up", "--yes", "--skip-preview")
    assert refused.returncode != 0
    assert "'Acme Prod' is not a project id" in refused.stdout
    assert "Remedy: give the project's id" in refused.stdout
    assert stack.cloud.all() == []


def test_a_service_that_is_not_enabled_refuses(stack: Stack) -> None:
    stack.program("import pulumi_gcp as gcp\ngcp.compute.Network('it')\n")
    refused = stack.run("up", "--yes", "--skip-preview")
    assert refused.returncode != 0
    assert "compute.googleapis.com has not been used in project acme-prod before" in refused.stdout
    assert "Traceback" not in refused.stdout + refused.stderr


def test_a_type_that_is_not_simulated_works_and_says_so_once(stack: Stack) -> None:
    stack.program("import pulumi_gcp as gcp\nfor name in ('a', 'b'):\n    gcp.redis.Instance(name, memory_size_gb=1)\n")
    up = stack.up()
    diagnostics = up.partition("Diagnostics:")[2]
    assert diagnostics.count("warning: gcp:redis/instance:Instance is kept but not simulated") == 1
    assert len(stack.exists("gcp:redis/instance:Instance")) == 2
    stack("destroy", "--yes", "--skip-preview")
    assert stack.cloud.all() == []


def test_without_a_directory_the_cloud_says_what_is_missing(pulumi: Pulumi, stack: Stack) -> None:
    refused = pulumi(stack.directory, "up", "--yes", "--skip-preview", env={"LOCALCLOUD_GOOGLE_DIRECTORY": ""})
    assert refused.returncode != 0
    assert "LOCALCLOUD_GOOGLE_DIRECTORY is not set" in refused.stdout + refused.stderr
