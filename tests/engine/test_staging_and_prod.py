"""Staging and prod on the local cloud: the same declaration at their own scale."""

from collections.abc import Iterator

import pytest
from kubernetes import client

from tests.engine.project import REPOSITORY, Project

# What the stack files ask for, and what GKE leaves for pods of such a machine.
SCALE = {"staging": ("e2-standard-2", "1930m"), "prod": ("e2-standard-4", "3920m")}


@pytest.fixture(scope="module", params=SCALE)
def stack(request: pytest.FixtureRequest, project: Project) -> Iterator[str]:
    name: str = request.param
    up = project.localcloud("up", name)
    assert up.returncode == 0, up.stdout + up.stderr
    yield name
    down = project.localcloud("down", name)
    assert down.returncode == 0, down.stdout + down.stderr


def test_it_runs_on_two_identical_nodes_of_its_size(stack: str, project: Project) -> None:
    machine, cpu = SCALE[stack]
    nodes = client.CoreV1Api(project.client(stack)).list_node().items
    sizes = [(n.metadata.labels["node.kubernetes.io/instance-type"], n.status.allocatable["cpu"]) for n in nodes]
    assert sizes == [(machine, cpu)] * 2


def test_everything_is_available_and_no_node_runs_all_of_a_service(stack: str, project: Project) -> None:
    deployments = client.AppsV1Api(project.client(stack)).list_deployment_for_all_namespaces().items
    assert {d.metadata.name for d in deployments if d.status.available_replicas != d.spec.replicas} == set()
    pods = client.CoreV1Api(project.client(stack)).list_namespaced_pod("services").items
    places = {(pod.metadata.labels["app.kubernetes.io/name"], pod.spec.node_name) for pod in pods}
    assert places == {(name, node) for name in ("hello", "status") for node in ("node-1", "node-2")}


def test_its_secrets_provider_stays_unsaid_in_its_stack_file(stack: str, project: Project) -> None:
    """What is run locally leaves the committed file alone: its secrets will belong to a key in the cloud."""
    file = f"Pulumi.{stack}.yaml"
    assert (project.root / file).read_text() == (REPOSITORY / file).read_text()
    assert "encryptionsalt" not in (project.root / file).read_text()


def test_plain_pulumi_works_in_its_shell(stack: str, project: Project) -> None:
    answer = project.shell("pulumi preview --expect-no-changes && pulumi stack --show-name", stack)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.splitlines()[-1] == stack
