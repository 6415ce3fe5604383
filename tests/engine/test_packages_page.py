"""docs/packages.md, run as it stands: the components in YAML and by a generated SDK, on a real API server.

The tests of this module are one story in the order in which they stand: each finds the stack as the one before left it.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client

from tests.engine.project import REPOSITORY, Project, commands

PAGE = "docs/packages.md"
IN_YAML, IN_PYTHON, DIRECTLY = "../orders-yaml", "../orders-in-python", "../orders-directly"
GOOGLE = "LOCALCLOUD_GOOGLE_DIRECTORY=$OLDPWD/.localcloud/google"

_DIRECTLY = """
import pulumi
from web_platform import EnabledApis, Namespace, Topic, WebService

platform = pulumi.StackReference("platform", f"organization/web-platform/{pulumi.get_stack()}")
route = platform.require_output("route")
apis = EnabledApis(
    "apis", {"project": "acme-orders", "apis": ["pubsub.googleapis.com"], "agents": ["pubsub.googleapis.com"]}
)
placed = Topic(
    "orders-placed",
    {
        "project": apis.project,
        "project_number": "280676236840",
        "subscriptions": {"mailer": {"ack_deadline_seconds": 60}},
        "deletion_protection": False,
    },
)
namespace = Namespace("orders", {"default_deny": True, "gateway_namespace": route["gatewayNamespace"]})
shop = WebService(
    "shop",
    {
        "image": "ghcr.io/stefanprodan/podinfo:6.14.1",
        "namespace": namespace.namespace,
        "port": 9898,
        "environment": {"TOPIC_PLACED": placed.topic},
        "public_host": "shop.dev.localhost",
        "gateway_namespace": route["gatewayNamespace"],
        "ingress_class": route["ingressClass"],
        "issuer": route["issuer"],
    },
)
pulumi.export("url", shop.url)
pulumi.export("topic", placed.topic)
pulumi.export("subscriptions", placed.subscriptions)
"""


def _page(project: Project, pattern: str) -> str:
    """Runs the page's one command that `pattern` is found in, and gives what it said."""
    (command,) = (each for each in commands(PAGE) if re.search(pattern, each))
    done = project.run("/bin/sh", "-c", command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _summary(said: str) -> str:
    """What Pulumi says in the end of what would become of resources."""
    return said.partition("Resources:")[2].strip()


def _state(project: Project) -> dict[str, dict[str, Any]]:
    """All that the stack has, by its URN."""
    exported = project.shell(f"cd {IN_YAML} && pulumi stack export --stack dev")
    assert exported.returncode == 0, exported.stderr
    return {each["urn"]: each for each in json.loads(exported.stdout)["deployment"].get("resources", [])}


def _declared(project: Project) -> list[str]:
    """URN of all that the stack has, but for providers, and what is read."""
    return sorted(urn for urn in _state(project) if not re.search("::pulumi:(providers|pulumi:StackReference):", urn))


def _files(project: Project) -> set[Path]:
    """What is in the project, but for folders that begin with a dot, and what Python compiles."""
    found = [*project.root.glob("[!.]*"), *project.root.glob("[!.]*/**/*")]
    return {path for path in found if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def files(project: Project) -> set[Path]:
    """What was there before any command of the page."""
    return _files(project)


@pytest.fixture(scope="module")
def dev(project: Project, files: set[Path]) -> Project:
    """The stack dev, up; and what the page says of a program in Python, in its folder."""
    assert files  # Listed before.
    _page(project, r"^make up$")
    blocks = dict(re.findall(r"^```(?:yaml|python)\n# (\S+)\n(.*?)^```", (REPOSITORY / PAGE).read_text(), re.M | re.S))
    for folder, contents in {
        IN_PYTHON: blocks,
        DIRECTLY: {"Pulumi.yaml": "name: orders\nruntime: python\n", "__main__.py": _DIRECTLY},
    }.items():
        (project.root / folder).mkdir()
        for name, text in contents.items():
            (project.root / folder / name).write_text(text)
    return project


def test_a_program_in_yaml_comes_up(dev: Project) -> None:
    _page(dev, "^mkdir -p ../orders-yaml")
    _page(dev, "orders-yaml && pulumi package add")
    committed = yaml.safe_load((REPOSITORY / "examples/team-yaml/Pulumi.yaml").read_text())
    added = yaml.safe_load((dev.root / IN_YAML / "Pulumi.yaml").read_text())
    package = dev.root / IN_YAML / added["packages"].pop("web-platform")
    assert package.resolve() == (dev.root / "components").resolve()
    assert added == committed | {"packages": {}}
    _page(dev, "stack select --create")
    said = _page(dev, "pulumi up --yes")
    assert re.search(r"url *: \"https://shop\.dev\.localhost/\"", said), said
    # What clusters say on the way stands behind the resource that it is of.
    assert re.findall(r"^ *warning: .*", said, flags=re.MULTILINE) == []
    shop = client.AppsV1Api(dev.client()).read_namespaced_deployment("shop", "orders")
    assert shop.status.available_replicas == 1
    (topic,) = (each for each in shop.spec.template.spec.containers[0].env if each.name == "TOPIC_PLACED")
    assert topic.value == "projects/acme-orders/topics/orders-placed"


def test_types_names_and_parents_are_those_of_direct_use(dev: Project) -> None:
    preview = dev.shell(f"cd {DIRECTLY} && {GOOGLE} pulumi preview --stack dev")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert _summary(preview.stdout) == f"{len(_declared(dev))} unchanged"


def test_a_generated_sdk_declares_the_same(dev: Project) -> None:
    said = _page(dev, "orders-in-python && pulumi package add")
    assert "import pulumi_web_platform as web_platform" in said
    assert (dev.root / IN_PYTHON / "requirements.txt").read_text() == "sdks/web-platform\n"
    preview = _page(dev, "orders-in-python && .* pulumi preview")
    assert _summary(preview).split("\n    ") == ["+ 1 to create", f"{len(_declared(dev))} unchanged"]


def test_a_program_with_a_generated_sdk_comes_up(dev: Project) -> None:
    by_yaml = _declared(dev)
    _page(dev, "pulumi destroy")
    assert _declared(dev) == []
    up = dev.shell(f"cd {IN_PYTHON} && {GOOGLE} pulumi up --yes --stack dev")
    assert up.returncode == 0, up.stdout + up.stderr
    assert _declared(dev) == by_yaml
    (shop,) = (each for urn, each in _state(dev).items() if urn.endswith(":Deployment::shop"))
    assert "::pulumi:providers:kubernetes::cluster::" in shop["provider"]


def test_nothing_is_left_in_the_repository(dev: Project, files: set[Path]) -> None:
    assert _files(dev) - files == set()
