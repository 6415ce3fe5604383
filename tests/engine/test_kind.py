"""The kind cluster with the real kind, kubectl, kwok and API server. Docker is played (docker_stand_in.py).

So kind itself judges what we ask of it, and what it then asks of Docker is seen. That containers run, find the folder
where it is mounted, and are reached by the address of a node is not.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client
from kubernetes import config as kubernetes_config

from localcloud import toolchain
from localcloud.cluster import NodePool, kind
from localcloud.cluster.embedded import EmbeddedCluster
from localcloud.cluster.kind import SOURCES, KindCluster, configuration
from localcloud.cluster.machine_types import machine_type
from localcloud.cluster.processes import Processes, wait_until
from localcloud.toolchain import Toolchain, go
from settings import CHART_DIRECTORY_VARIABLE
from tests.engine.docker_stand_in import CLUSTER, ROLE, Docker
from tests.engine.project import REPOSITORY, Project

PIN = Path(__file__).parent / "kind_config"
POOLS = [NodePool(2, machine_type("e2-standard-2"))]
NODES = {"control-plane", "worker", "worker2"}


@pytest.fixture(scope="module")
def real_kind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("kind") / "kind"
    subprocess.run(
        [go.find("kind has to be built"), "build", "-o", program, "sigs.k8s.io/kind"],
        cwd=PIN,
        env=go.environment(),
        check=True,
    )
    return program


@pytest.fixture(scope="module")
def kubernetes(programs: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCluster]:
    """What the nodes would run: a control plane, and played nodes of its own."""
    made = EmbeddedCluster("kubernetes", tmp_path_factory.mktemp("kubernetes"), programs)
    made.start(POOLS)
    yield made
    made.delete()


@pytest.fixture
def without_addresses(kubernetes: EmbeddedCluster) -> Iterator[None]:
    """Nobody there gives load balancers addresses."""
    kwok = Processes(kubernetes.directory).running()["kwok"]
    kwok.terminate()
    kwok.wait()
    yield
    kubernetes.start(POOLS)


@pytest.fixture
def docker(real_kind: Path, kubernetes: EmbeddedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "kind").symlink_to(real_kind)
    made = Docker(tmp_path)
    made.install(programs)
    (tmp_path / "admin.conf").write_text(kubernetes.kubeconfig.read_text())
    (tmp_path / "server").write_text(kubernetes.server)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return made


@pytest.fixture
def cluster(docker: Docker, programs: Toolchain, tmp_path: Path) -> Iterator[KindCluster]:
    made = KindCluster("web-platform-dev", tmp_path / "cluster", programs, REPOSITORY)
    yield made
    made.delete()


def _kind(*arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["kind", *arguments], input=stdin, capture_output=True, text=True, timeout=120, check=False)


def _nodes(docker: Docker, name: str = "web-platform-dev") -> dict[str, dict[str, Any]]:
    """The containers of a cluster, by what their names add to its own."""
    return {
        node.removeprefix(f"{name}-"): container
        for node, container in docker.containers().items()
        if container["labels"][CLUSTER] == name
    }


def test_kind_makes_the_nodes_that_are_described(cluster: KindCluster, docker: Docker) -> None:
    cluster.start(POOLS)
    nodes = _nodes(docker)
    assert {node: container["labels"][ROLE] for node, container in nodes.items()} == {
        "control-plane": "control-plane",
        "worker": "worker",
        "worker2": "worker",
    }
    assert {container["image"] for container in nodes.values()} == {kind.NODE_IMAGE}


def test_every_node_has_the_project_and_cannot_write_to_it(cluster: KindCluster, docker: Docker) -> None:
    cluster.start(POOLS)
    volumes = {node: container["volumes"] for node, container in _nodes(docker).items()}
    assert set(volumes) == NODES
    assert all(f"{REPOSITORY}:{SOURCES}:ro" in each for each in volumes.values())


def test_kind_knows_every_word_of_the_description(docker: Docker, tmp_path: Path) -> None:
    misspelt = configuration(POOLS, REPOSITORY).replace("readOnly", "readonly")
    created = _kind("create", "cluster", "--kubeconfig", str(tmp_path / "kubeconfig"), "--config", "-", stdin=misspelt)
    assert created.returncode == 1
    assert "field readonly not found" in created.stderr
    assert docker.containers() == {}


def test_kubernetes_is_of_the_release_that_the_toolchain_has() -> None:
    tag = kind.NODE_IMAGE.partition(":v")[2]
    assert tag.split(".")[:2] == toolchain.version("kube-apiserver").split(".")[:2]


def test_the_image_is_of_the_release_of_kind_that_is_tried_here(real_kind: Path) -> None:
    said = subprocess.run([real_kind, "version"], capture_output=True, text=True, check=True).stdout
    assert said.split()[1] == kind.RELEASE


def test_kubectl_reaches_the_cluster_by_the_kubeconfig(cluster: KindCluster, programs: Toolchain) -> None:
    cluster.start(POOLS)
    assert cluster.kubeconfig.stat().st_mode & 0o777 == 0o600
    command: list[str | Path] = [
        programs["kubectl"],
        f"--kubeconfig={cluster.kubeconfig}",
        "get",
        "namespaces",
        "-o",
        "name",
    ]
    asked = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "namespace/default" in asked.stdout.splitlines()


def test_a_load_balancer_gets_the_address_of_a_node_which_passes_on_what_it_has_no_pod_for(
    cluster: KindCluster, without_addresses: None
) -> None:
    cluster.start(POOLS)
    core = client.CoreV1Api(kubernetes_config.new_client_from_config(str(cluster.kubeconfig)))
    core.create_namespaced_service(
        "default",
        {
            "metadata": {"name": "gateway"},
            "spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [{"port": 443}]},
        },
    )
    addresses = {address.address for node in core.list_node().items for address in node.status.addresses}

    def served() -> bool:
        service = core.read_namespaced_service("gateway", "default")
        given = {each.ip for each in service.status.load_balancer.ingress or ()}
        return bool(given & addresses) and service.spec.external_traffic_policy == "Cluster"

    assert wait_until(served, 20), core.read_namespaced_service("gateway", "default")


def test_what_was_stopped_goes_on_from_there(cluster: KindCluster, docker: Docker) -> None:
    cluster.start(POOLS)
    before = _nodes(docker)
    cluster.stop()
    assert {container["running"] for container in _nodes(docker).values()} == {False}
    cluster.start(POOLS)
    assert _nodes(docker) == before


def test_a_cluster_that_was_left_unfinished_is_made_anew(cluster: KindCluster, docker: Docker, tmp_path: Path) -> None:
    elsewhere = str(tmp_path / "kubeconfig")
    _kind("create", "cluster", "--name", cluster.name, "--kubeconfig", elsewhere).check_returncode()
    assert set(_nodes(docker)) == {"control-plane"}
    cluster.start(POOLS)
    assert set(_nodes(docker)) == NODES


def test_a_cluster_that_somebody_deleted_by_hand_is_stopped_and_deleted_already(
    cluster: KindCluster, docker: Docker
) -> None:
    cluster.start(POOLS)
    _kind("delete", "cluster", "--name", cluster.name, "--kubeconfig", str(cluster.kubeconfig)).check_returncode()
    cluster.stop()
    cluster.delete()
    assert docker.containers() == {}


@pytest.mark.parametrize("stack", ["Dev_of.Anna", "d" * 60])
def test_any_name_that_a_stack_can_have_becomes_one_that_kind_takes(
    stack: str, docker: Docker, programs: Toolchain, tmp_path: Path
) -> None:
    cluster = KindCluster(f"web-platform-{stack}", tmp_path / "cluster", programs, REPOSITORY)
    cluster.start(POOLS)
    try:
        assert all(len(name) <= 64 for name in docker.containers())
        assert set(_nodes(docker, cluster.name)) == NODES
    finally:
        cluster.delete()


def test_nodes_are_dockers_whatever_kind_would_take_by_itself(
    cluster: KindCluster, docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIND_EXPERIMENTAL_PROVIDER", "podman")
    cluster.start(POOLS)
    assert set(_nodes(docker)) == NODES


def test_the_stack_comes_up_as_documented_and_its_pods_have_the_folder_that_nodes_have(
    docker: Docker, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    project = Project.copied_to(root)
    _lay_the_documents_example(root / "Pulumi.dev.yaml")
    environment = {
        "LOCALCLOUD_CLUSTER": "kind",
        # Where containers run, charts come from their publishers, who are out of reach here.
        CHART_DIRECTORY_VARIABLE: str(root / ".localcloud" / "charts"),
    }
    up = project.localcloud("up", "dev", env=environment)
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        assert "No container runs" not in up.stderr
        core = client.CoreV1Api(project.client())
        claim = core.read_namespaced_persistent_volume_claim("pages-source", "services")
        assert claim.status.phase == "Bound"
        mounted = core.read_persistent_volume(claim.spec.volume_name).spec.host_path.path
        volumes = {volume for node in docker.containers().values() for volume in node["volumes"]}
        (shared,) = (volume.split(":") for volume in volumes if str(tmp_path) in volume)
        assert shared[0] / Path(mounted).relative_to(shared[1]) == root / "docs"
    finally:
        down = project.localcloud("down", "dev", env=environment)
    assert down.returncode == 0, down.stdout + down.stderr
    assert docker.containers() == {}


def _lay_the_documents_example(file: Path) -> None:
    """Adds the service of docs/kind.md to a stack file, and the folder that it shares."""
    (block,) = re.findall(
        r"^```yaml\n(.*?)^```", (REPOSITORY / "docs" / "kind.md").read_text(), re.MULTILINE | re.DOTALL
    )
    stack = yaml.safe_load(file.read_text())
    for name, service in yaml.safe_load(block)["config"]["web-platform:services"].items():
        stack["config"]["web-platform:services"][name] = service
        (file.parent / service["sourceMount"]["folder"]).mkdir()
    file.write_text(yaml.safe_dump(stack))
