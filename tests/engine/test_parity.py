"""Staging and prod are of one kind, on the real engine; and what would make them differ in kind is found and named.

The tests of this module share one copy of the project, whose stack files each comparison finds as it needs them.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from web_platform.chart_values import merge_values

from localcloud.parity import rules
from tests.engine.project import REPOSITORY, Project


def _parity(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return project.localcloud("parity", *arguments)


def _compared(project: Project, *stacks: str) -> dict[str, Any]:
    """What is told to programs; the exit code is what it should be for that."""
    answer = _parity(project, *stacks, "--json")
    assert answer.stdout, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    assert answer.returncode == (0 if found["sameKind"] else 1)
    return found


@contextmanager
def _changed(project: Project, stack: str, **sections: Any) -> Iterator[None]:
    """The stack's file with sections laid over what it says."""
    file = project.root / f"Pulumi.{stack}.yaml"
    before = file.read_text()
    over = {"config": {f"web-platform:{section}": value for section, value in sections.items()}}
    file.write_text(yaml.safe_dump(merge_values(yaml.safe_load(before), over), sort_keys=False))
    try:
        yield
    finally:
        file.write_text(before)


def _files(root: Path) -> dict[str, bytes]:
    """Everything in a project but what Python compiles."""
    found = (path for path in root.rglob("*") if path.is_file() and not path.is_relative_to(root / ".venv"))
    return {str(path): path.read_bytes() for path in found if path.suffix != ".pyc"}


@pytest.fixture(scope="module")
def cloud(project: Project) -> dict[str, Any]:
    """Staging and prod as they are."""
    return _compared(project)


@pytest.fixture(scope="module")
def scaled(project: Project) -> dict[str, Any]:
    """Staging, and a prod that has more of everything."""
    larger: dict[str, Any] = {
        "cluster": {"nodes": 4, "machineType": "e2-standard-8"},
        "gateway": {"replicas": 3, "cpu": "400m", "memory": "1Gi"},
        "database": {"tier": "db-custom-4-15360", "diskGb": 100},
        "services": {
            "hello": {"replicas": 3, "cpu": "200m", "memory": "256Mi", "autoscaling": {"maximumReplicas": 9}},
            "status": {"replicas": 3},
        },
    }
    with _changed(project, "prod", **larger):
        return _compared(project, "staging", "prod")


@pytest.fixture(scope="module")
def local(project: Project) -> dict[str, Any]:
    """Dev and staging as they are."""
    return _compared(project, "dev", "staging")


@pytest.fixture(scope="module")
def changed(project: Project) -> dict[str, Any]:
    """Staging with a plugin more, and a prod that is another in many ways."""
    plugin: dict[str, Any] = {"status": {"plugins": {"bot-detection": {}}}}
    other: dict[str, Any] = {
        "database": {"highlyAvailable": False},
        "topics": {"orders": {"archived": False}},
        "services": {
            "hello": {"image": "ghcr.io/stefanprodan/podinfo:6.14.2", "environment": {"DEBUG": "true"}},
            "status": {"plugins": {"rate-limiting": {"minute": 600}}},
        },
        "datasets": {
            "reporting": {"tables": {"greetings": {"columns": [{"name": "greeted_at", "type": "DATE"}]}}},
        },
        "addons": {
            "podinfo": {
                "chart": "podinfo",
                "repository": "oci://ghcr.io/stefanprodan/charts",
                "version": "6.14.1",
                "values": {"replicaCount": 2},
            }
        },
    }
    with _changed(project, "staging", services=plugin), _changed(project, "prod", **other):
        return _compared(project, "staging", "prod")


def test_staging_and_prod_are_of_one_kind(cloud: dict[str, Any]) -> None:
    assert cloud["kind"] == {"resources": [], "properties": []}
    assert cloud["resources"] > 150
    assert {(each["type"].rpartition(":")[2], each["property"]) for each in cloud["scale"]} >= {
        ("NodePool", "nodeConfig.machineType"),
        ("DatabaseInstance", "settings.tier"),
    }
    assert [(each["name"], each["first"], each["second"]) for each in cloud["identity"]] == [
        ("google project", "example-staging", "example-prod"),
        ("domain", "staging.example.com", "example.com"),
    ]


def test_more_of_everything_is_a_difference_of_scale(scaled: dict[str, Any]) -> None:
    assert scaled["kind"] == {"resources": [], "properties": []}
    told = {difference["property"]: difference for each in scaled["scale"] for difference in each["differences"]}
    for path, first, second in (
        ("nodeCount", 2, 4),
        ("nodeConfig.machineType", "e2-standard-2", "e2-standard-8"),
        ("settings.tier", "db-custom-1-3840", "db-custom-4-15360"),
        ("settings.diskSize", 10, 100),
        ("spec.replicas", 2, 3),
        ("values.gateway.replicaCount", 2, 3),
        ("spec.template.spec.containers[main].resources.requests.cpu", "100m", "200m"),
    ):
        assert (told[path]["first"], told[path]["second"]) == (first, second)


PLUGIN = "web-platform:index:WebService$web-platform:index:KongPlugin"


@pytest.mark.parametrize(
    ("resource", "parts"),
    [
        ("web-platform:index:Topic::orders", 1),
        ("web-platform:index:HelmAddon::podinfo", 1),
        ("web-platform:index:Namespace::podinfo", 1),
    ],
)
def test_a_resource_of_one_stack_alone_is_of_another_kind(resource: str, parts: int, changed: dict[str, Any]) -> None:
    assert {"resource": resource, "onlyIn": "prod", "parts": parts} in changed["kind"]["resources"]


def test_so_is_one_that_is_missing(changed: dict[str, Any]) -> None:
    missing = [each["resource"] for each in changed["kind"]["resources"] if each["onlyIn"] == "staging"]
    assert missing == [f"{PLUGIN}::status-bot-detection"]


@pytest.mark.parametrize(
    ("resource", "path", "first", "second"),
    [
        ("DatabaseInstance::platform", "settings.availabilityType", "REGIONAL", "ZONAL"),
        (
            "Deployment::hello",
            "spec.template.spec.containers[main].image",
            "ghcr.io/stefanprodan/podinfo:6.14.1",
            "ghcr.io/stefanprodan/podinfo:6.14.2",
        ),
        (
            "Deployment::hello",
            "spec.template.spec.containers[main].env[DEBUG]",
            None,
            {"name": "DEBUG", "value": "true"},
        ),
        ("KongPlugin::status-rate-limiting", "config.minute", 300, 600),
        ("Table::reporting.greetings", "schema[greeted_at].type", "TIMESTAMP", "DATE"),
    ],
)
def test_a_property_that_no_entry_allows_to_differ_is_named_with_both_values(
    resource: str, path: str, first: Any, second: Any, changed: dict[str, Any]
) -> None:
    named = {
        (each["resource"].rpartition(":index:")[2], each["property"]): each for each in changed["kind"]["properties"]
    }
    (found,) = [each for (key, at), each in named.items() if key.endswith(f":{resource}") and at == path]
    assert (found.get("first"), found.get("second")) == (first, second)


def test_dev_has_a_stand_in_for_everything_and_differs_in_nothing_else(local: dict[str, Any]) -> None:
    assert local["kind"] == {"resources": [], "properties": []}
    replaced = {key for each in local["standIns"] for key in each["onGoogle"] if "$" not in key}
    components = {key.split("::")[0].rpartition(":")[2] for key in replaced}
    assert components >= {"Database", "Topic", "Dataset", "Bucket", "WorkloadIdentity", "Network", "Cluster", "DnsZone"}


def test_every_entry_of_the_list_is_needed(
    cloud: dict[str, Any], scaled: dict[str, Any], local: dict[str, Any]
) -> None:
    comparisons = [cloud, scaled, local]
    read = rules.read(REPOSITORY)
    allowed = {(each["type"], each["property"]) for found in comparisons for each in found["scale"] + found["local"]}
    assert {(rule.type, rule.property) for rule in (*read.scale, *read.local)} == allowed
    replaced = [each["replacedBy"] for each in local["standIns"]]
    assert [rule.replaced_by for rule in read.stand_ins] == replaced


def test_nothing_is_left_of_a_comparison(project: Project, local: dict[str, Any]) -> None:
    before = _files(project.root)
    answer = _parity(project, "dev", "prod")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "dev and prod:" in answer.stdout
    assert _files(project.root) == before
    assert not (project.root / ".localcloud").exists()


def test_a_program_that_fails_is_an_error_with_its_own_words(project: Project) -> None:
    program = project.root / "__main__.py"
    before = program.read_text()
    program.write_text(f"{before}\nraise ValueError('the moon is full')\n")
    answer = _parity(project)
    program.write_text(before)
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "The program cannot be previewed for staging" in answer.stderr
    assert "ValueError: the moon is full" in answer.stderr


@pytest.mark.parametrize(
    ("stacks", "said"),
    [(("staging", "prdo"), "There is no stack 'prdo'"), (("prod",), "prod was to be compared with itself")],
)
def test_stacks_that_cannot_be_compared_are_refused(stacks: tuple[str, ...], said: str, project: Project) -> None:
    answer = _parity(project, *stacks)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
