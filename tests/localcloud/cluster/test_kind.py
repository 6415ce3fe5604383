"""The kind cluster without kind: what is asked of it, and what is said where it fails or is missing.

tests/engine/test_kind.py asks the real one.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from localcloud.cluster import NodePool, kind
from localcloud.cluster.kind import SOURCES, KindCluster, configuration
from localcloud.cluster.machine_types import machine_type
from localcloud.cluster.processes import Processes
from localcloud.errors import LocalCloudError
from localcloud.toolchain import Toolchain

POOLS = [NodePool(2, machine_type("e2-standard-2"))]
SOURCES_OF_THE_MACHINE = Path("/home/dev/web-platform")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands in for Docker, kind, kubectl and kwok: each notes what it is asked; kind keeps a list of clusters."""
    scripts = {
        "docker": "",
        "kubectl": f"""
case "$*" in
*readyz*) [ ! -f {tmp_path}/asleep ] || {{ rm {tmp_path}/asleep; exit 1; }} ;;
*) printf 172.18.0.2 ;;
esac""",
        "kwok": "exec sleep 60",
        "kind": f"""
case "$1 $2" in
"get clusters") cat {tmp_path}/clusters 2>/dev/null || true ;;
"get nodes") echo a-control-plane a-worker ;;
create*) [ -f {tmp_path}/broken ] && {{ echo 'cannot connect to the Docker daemon' >&2; exit 1; }}
  cat > {tmp_path}/configuration; echo "$4" > {tmp_path}/clusters; echo kubeconfig > "$6" ;;
export*) echo kubeconfig > "$6" ;;
delete*) rm {tmp_path}/clusters ;;
esac""",
    }
    (tmp_path / "bin").mkdir()
    for name, script in scripts.items():
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\necho "{name} $@" >> {tmp_path}/asked\n{script}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.fixture
def cluster(machine: Path) -> Iterator[KindCluster]:
    programs = Toolchain({name: machine / "bin" / name for name in ("kubectl", "kwok")})
    made = KindCluster("web-platform-dev", machine / "cluster", programs, SOURCES_OF_THE_MACHINE)
    yield made
    Processes(machine / "cluster").stop(last="kwok")


def _asked(machine: Path, program: str) -> list[str]:
    lines = (machine / "asked").read_text().splitlines()
    return [line.removeprefix(f"{program} ") for line in lines if line.startswith(program)]


def test_the_description_has_a_worker_a_node() -> None:
    description = yaml.safe_load(configuration(POOLS, SOURCES_OF_THE_MACHINE))
    assert [node["role"] for node in description["nodes"]] == ["control-plane", "worker", "worker"]
    assert description["apiVersion"] == "kind.x-k8s.io/v1alpha4"


def test_every_node_has_the_folder_of_sources_which_it_cannot_change() -> None:
    description = yaml.safe_load(configuration(POOLS, SOURCES_OF_THE_MACHINE))
    shared = {"hostPath": "/home/dev/web-platform", "containerPath": SOURCES, "readOnly": True}
    assert [node["extraMounts"] for node in description["nodes"]] == [[shared]] * 3


def test_start_creates_the_cluster_as_described_with_a_kubeconfig_for_its_owner(
    cluster: KindCluster, machine: Path
) -> None:
    cluster.start(POOLS)
    assert cluster.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert (machine / "configuration").read_text() == configuration(POOLS, SOURCES_OF_THE_MACHINE)


def test_a_second_start_wakes_the_cluster_that_is_there(cluster: KindCluster, machine: Path) -> None:
    cluster.start(POOLS)
    cluster.start(POOLS)
    assert [line.split()[0] for line in _asked(machine, "kind")] == ["get", "create", "get", "get", "export"]
    assert _asked(machine, "docker") == ["start a-control-plane a-worker"]


def test_a_cluster_that_wakes_is_not_used_before_its_api_server_answers(cluster: KindCluster, machine: Path) -> None:
    cluster.start(POOLS)
    cluster.stop()
    (machine / "asleep").touch()
    (machine / "asked").unlink()
    cluster.start(POOLS)
    readiness = ["--raw=/readyz" in line for line in _asked(machine, "kubectl")]
    assert readiness == [True, True, False]


def test_a_cluster_that_does_not_wake_is_told_where_to_look(
    cluster: KindCluster, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.start(POOLS)
    cluster.stop()
    monkeypatch.setattr(kind, "_AWAKE_WITHIN", 0.0)
    (machine / "bin" / "kubectl").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(LocalCloudError, match="its API server does not answer") as caught:
        cluster.start(POOLS)
    assert "docker logs web-platform-dev-control-plane" in caught.value.remedy


def test_load_balancers_get_the_address_of_a_node(cluster: KindCluster, machine: Path) -> None:
    cluster.start(POOLS)
    assert set(Processes(machine / "cluster").running()) == {"kwok"}
    stages = list(yaml.safe_load_all((machine / "cluster" / "addresses.yaml").read_text()))
    assert all("172.18.0.2" in stage["spec"]["next"]["statusTemplate"] for stage in stages)
    assert "203.0.113" not in str(stages)


def test_stop_keeps_the_cluster_and_delete_does_not(cluster: KindCluster, machine: Path) -> None:
    cluster.start(POOLS)
    cluster.stop()
    assert _asked(machine, "docker") == ["stop a-control-plane a-worker"]
    assert (machine / "clusters").exists()
    assert Processes(machine / "cluster").running() == {}
    cluster.delete()
    assert not (machine / "clusters").exists()


def test_what_kind_said_of_its_failure_is_shown(cluster: KindCluster, machine: Path) -> None:
    (machine / "broken").touch()
    with pytest.raises(LocalCloudError, match="cannot connect to the Docker daemon") as caught:
        cluster.start(POOLS)
    assert "docker info" in caught.value.remedy


def test_without_docker_the_error_says_what_to_install(cluster: KindCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LocalCloudError, match="there is no docker on PATH"):
        cluster.start(POOLS)
