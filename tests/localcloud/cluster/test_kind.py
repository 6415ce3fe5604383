"""The kind cluster, as far as a machine without Docker can tell: what is asked of kind, and what is said without it."""

import os
from pathlib import Path

import pytest
import yaml

from localcloud.cluster import NodePool
from localcloud.cluster.kind import KindCluster, configuration
from localcloud.cluster.machine_types import machine_type
from localcloud.errors import LocalCloudError

POOL = NodePool(2, machine_type("e2-standard-2"))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands in for Docker and kind; kind notes its arguments, keeps a list of clusters, and writes a kubeconfig."""
    place = tmp_path / "bin"
    place.mkdir()
    script = f"""#!/bin/sh
echo "$@" >> {tmp_path}/asked
case "$1" in
get) cat {tmp_path}/clusters 2>/dev/null || true ;;
create) [ -f {tmp_path}/broken ] && {{ echo 'cannot connect to the Docker daemon' >&2; exit 1; }}
  cat > {tmp_path}/configuration; echo "$4" > {tmp_path}/clusters; echo kubeconfig > "$6" ;;
export) echo kubeconfig > "$6" ;;
delete) rm {tmp_path}/clusters ;;
esac
"""
    for name in ("kind", "docker"):
        (place / name).write_text(script)
        (place / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def _asked(programs: Path) -> list[str]:
    return [line.split()[0] for line in (programs / "asked").read_text().splitlines()]


def test_the_description_has_a_worker_a_node() -> None:
    description = yaml.safe_load(configuration(POOL))
    assert [node["role"] for node in description["nodes"]] == ["control-plane", "worker", "worker"]
    assert description["apiVersion"] == "kind.x-k8s.io/v1alpha4"


def test_a_second_start_finds_the_running_cluster(programs: Path) -> None:
    cluster = KindCluster("web-platform-dev", programs / "cluster")
    cluster.start(POOL)
    cluster.start(POOL)
    assert _asked(programs) == ["get", "create", "get", "export"]
    assert cluster.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load((programs / "configuration").read_text()) == yaml.safe_load(configuration(POOL))


def test_stop_leaves_no_cluster(programs: Path) -> None:
    cluster = KindCluster("web-platform-dev", programs / "cluster")
    cluster.start(POOL)
    cluster.stop()
    assert not (programs / "clusters").exists()


def test_what_kind_said_of_its_failure_is_shown(programs: Path) -> None:
    (programs / "broken").touch()
    with pytest.raises(LocalCloudError, match="cannot connect to the Docker daemon") as caught:
        KindCluster("web-platform-dev", programs / "cluster").start(POOL)
    assert "docker info" in caught.value.remedy


def test_without_docker_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LocalCloudError, match="there is no docker on PATH"):
        KindCluster("web-platform-dev", tmp_path).start(POOL)
