"""The embedded cluster by itself: what is real in it, what is played, and how it survives."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, utils
from kubernetes import config as kubernetes_config

from localcloud.cluster import NodePool, ports
from localcloud.cluster.embedded import EmbeddedCluster
from localcloud.cluster.machine_types import machine_type
from localcloud.cluster.processes import Processes, wait_until
from localcloud.errors import LocalCloudError
from localcloud.toolchain import Toolchain

POOL = NodePool(2, machine_type("e2-standard-2"))
POOLS = [POOL]
PARTS = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "cert-manager-controller", "kwok"}


@pytest.fixture(scope="module")
def cluster(programs: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCluster]:
    made = EmbeddedCluster("test", tmp_path_factory.mktemp("cluster"), programs)
    made.start(POOLS)
    yield made
    made.delete()


@pytest.fixture(scope="module")
def api(cluster: EmbeddedCluster) -> client.ApiClient:
    return kubernetes_config.new_client_from_config(str(cluster.kubeconfig))


def _processes(cluster: EmbeddedCluster) -> dict[str, int]:
    return {part: process.pid for part, process in Processes(cluster.directory).running().items()}


def _apply(api: client.ApiClient, *manifests: dict[str, Any]) -> None:
    utils.create_from_dict(api, {"apiVersion": "v1", "kind": "List", "items": list(manifests)})


def _claim(name: str, **spec: str) -> dict[str, Any]:
    request = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "3Gi"}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "default"},
        "spec": request | spec,
    }


def _pod(name: str, **spec: object) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"containers": [{"name": "main", "image": "example.test/none:1"}]} | spec,
    }


def test_the_nodes_have_the_size_that_gke_leaves_of_the_machine(api: client.ApiClient) -> None:
    nodes = client.CoreV1Api(api).list_node().items
    assert [node.metadata.name for node in nodes] == ["node-1", "node-2"]
    for node in nodes:
        assert node.status.allocatable["cpu"] == "1930m"
        assert node.status.allocatable["memory"] == f"{POOL.machine.allocatable_memory}Mi"
        assert node.metadata.labels["node.kubernetes.io/instance-type"] == "e2-standard-2"


def test_the_nodes_show_that_they_live_so_that_they_are_not_taken_for_lost(api: client.ApiClient) -> None:
    leases = client.CoordinationV1Api(api)

    def renewals() -> dict[str, Any]:
        found = leases.list_namespaced_lease("kube-node-lease").items
        return {lease.metadata.name: lease.spec.renew_time for lease in found}

    assert wait_until(lambda: set(renewals()) == {"node-1", "node-2"}, 20), renewals()
    before = renewals()
    assert wait_until(lambda: all(renewed > before[node] for node, renewed in renewals().items()), 40)


def test_a_pod_runs_where_the_scheduler_finds_room_and_waits_where_it_finds_none(api: client.ApiClient) -> None:
    greedy = {"name": "main", "image": "example.test/none:1", "resources": {"requests": {"cpu": "1900m"}}}
    core = client.CoreV1Api(api)
    _apply(api, *(_pod(f"greedy-{number}", containers=[greedy]) for number in range(3)))

    def phases() -> list[str]:
        pods = [core.read_namespaced_pod(f"greedy-{number}", "default") for number in range(3)]
        return sorted(pod.status.phase for pod in pods)

    assert wait_until(lambda: phases() == ["Pending", "Running", "Running"], 20), phases()
    for number in range(3):
        core.delete_namespaced_pod(f"greedy-{number}", "default")


def test_a_claim_is_bound_to_a_volume_that_goes_with_it(api: client.ApiClient) -> None:
    core = client.CoreV1Api(api)
    _apply(api, _claim("data"), _claim("fast", storageClassName="premium-rwo"))
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    _apply(api, _pod("reader", volumes=[volume]))

    def claims() -> dict[str, str]:
        return {c.metadata.name: c.status.phase for c in core.list_namespaced_persistent_volume_claim("default").items}

    assert wait_until(lambda: claims() == {"data": "Bound", "fast": "Bound"}, 20), claims()
    assert wait_until(lambda: core.read_namespaced_pod("reader", "default").status.phase == "Running", 20)
    assert {v.spec.capacity["storage"] for v in core.list_persistent_volume().items} == {"3Gi"}
    core.delete_namespaced_pod("reader", "default")
    for name in ("data", "fast"):
        core.delete_namespaced_persistent_volume_claim(name, "default")
    assert wait_until(lambda: not core.list_persistent_volume().items, 20)


def test_a_load_balancer_gets_the_address_it_asks_for_or_one_that_is_nobodys(api: client.ApiClient) -> None:
    core = client.CoreV1Api(api)

    def service(name: str, **spec: str) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]} | spec,
        }

    _apply(api, service("any"), service("static", loadBalancerIP="198.51.100.7"))

    def address(name: str) -> list[str]:
        ingress = core.read_namespaced_service(name, "default").status.load_balancer.ingress
        return [entry.ip for entry in ingress or []]

    assert wait_until(lambda: address("any") == ["203.0.113.1"], 20)
    assert wait_until(lambda: address("static") == ["198.51.100.7"], 20)
    for name in ("any", "static"):
        core.delete_namespaced_service(name, "default")


def test_a_custom_resource_definition_establishes_and_validates(api: client.ApiClient) -> None:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"n": {"type": "integer"}}}}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.test"},
        "spec": {
            "group": "example.test",
            "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    extensions = client.ApiextensionsV1Api(api)
    extensions.create_custom_resource_definition(definition)

    def established() -> bool:
        found = extensions.read_custom_resource_definition("things.example.test").status
        return any(c.type == "Established" and c.status == "True" for c in found.conditions or [])

    assert wait_until(established, 20)
    thing = {"apiVersion": "example.test/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": {"n": "not a number"}}
    custom = client.CustomObjectsApi(api)
    with pytest.raises(client.ApiException) as refused:
        custom.create_namespaced_custom_object("example.test", "v1", "default", "things", thing)
    assert refused.value.status == 422
    extensions.delete_custom_resource_definition("things.example.test")


def test_a_job_completes(api: client.ApiClient) -> None:
    container = {"name": "main", "image": "example.test/none:1"}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    _apply(
        api,
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "once", "namespace": "default"},
            "spec": {"template": template},
        },
    )
    batch = client.BatchV1Api(api)
    assert wait_until(lambda: batch.read_namespaced_job("once", "default").status.succeeded == 1, 20)
    batch.delete_namespaced_job("once", "default", propagation_policy="Background")


def test_rbac_holds_for_a_service_account(api: client.ApiClient) -> None:
    core = client.CoreV1Api(api)
    assert wait_until(lambda: bool(core.list_namespaced_service_account("default").items), 20)
    token = core.create_namespaced_service_account_token(
        "default", "default", {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    ).status.token
    configuration = client.Configuration()
    configuration.host = api.configuration.host
    configuration.ssl_ca_cert = api.configuration.ssl_ca_cert
    configuration.api_key = {"authorization": f"Bearer {token}"}
    with pytest.raises(client.ApiException) as forbidden:
        client.CoreV1Api(client.ApiClient(configuration)).list_namespaced_secret("default")
    assert forbidden.value.status == 403


def test_nobody_gets_in_without_a_name(api: client.ApiClient) -> None:
    configuration = client.Configuration()
    configuration.host = api.configuration.host
    configuration.ssl_ca_cert = api.configuration.ssl_ca_cert
    with pytest.raises(client.ApiException) as unknown:
        client.CoreV1Api(client.ApiClient(configuration)).list_namespace()
    assert unknown.value.status == 401


def test_a_second_start_starts_nothing(cluster: EmbeddedCluster) -> None:
    before = _processes(cluster)
    cluster.start(POOLS)
    assert _processes(cluster) == before
    assert set(before) == PARTS


@pytest.mark.parametrize("part", ["kwok", "cert-manager-controller", "kube-scheduler", "kube-apiserver", "etcd"])
def test_a_part_that_crashed_is_started_again_and_nothing_stored_is_lost(part: str, cluster: EmbeddedCluster) -> None:
    def namespaces() -> client.CoreV1Api:
        return client.CoreV1Api(kubernetes_config.new_client_from_config(str(cluster.kubeconfig)))

    namespaces().create_namespace({"metadata": {"name": f"before-{part}"}})
    crashed = _processes(cluster)[part]
    os.kill(crashed, signal.SIGKILL)
    assert wait_until(lambda: _processes(cluster).get(part) != crashed, 10)
    cluster.start(POOLS)
    after = _processes(cluster)
    assert set(after) == PARTS
    assert after[part] != crashed
    assert namespaces().read_namespace(f"before-{part}").metadata.name == f"before-{part}"


@pytest.mark.parametrize("content", [None, '{"etcd": ', '["a list"]'])
def test_ports_that_were_lost_are_chosen_anew(content: str | None, cluster: EmbeddedCluster) -> None:
    ports_file = cluster.directory / "ports.json"
    ports_file.unlink()
    if content is not None:
        ports_file.write_text(content)
    cluster.start(POOLS)
    assert set(_processes(cluster)) == PARTS


def test_a_lost_key_is_made_anew_with_all_that_belong_to_it(cluster: EmbeddedCluster) -> None:
    cluster.stop()
    (cluster.directory / "pki" / "etcd.key").unlink()
    cluster.start(POOLS)
    assert set(_processes(cluster)) == PARTS


def test_a_part_that_an_earlier_version_did_not_know_is_started_with_all_that_it_needs(
    cluster: EmbeddedCluster,
) -> None:
    part = "cert-manager-controller"
    os.kill(_processes(cluster)[part], signal.SIGKILL)
    (cluster.directory / f"{part}.kubeconfig").unlink()
    for suffix in ("crt", "key"):
        (cluster.directory / "pki" / f"{part}.{suffix}").unlink()
    cluster.start(POOLS)
    assert set(_processes(cluster)) == PARTS


def test_after_a_restart_a_pod_is_ready_as_soon_as_before(cluster: EmbeddedCluster) -> None:
    cluster.stop()
    cluster.start(POOLS)
    api = kubernetes_config.new_client_from_config(str(cluster.kubeconfig))
    _apply(api, _pod("after-restart"))
    core = client.CoreV1Api(api)
    assert wait_until(lambda: core.read_namespaced_pod("after-restart", "default").status.phase == "Running", 10)
    core.delete_namespaced_pod("after-restart", "default")


def test_a_server_that_hangs_is_noticed(cluster: EmbeddedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localcloud.cluster.embedded._TIMEOUT", "--request-timeout=2s")
    hung = _processes(cluster)["kube-apiserver"]
    os.kill(hung, signal.SIGSTOP)
    cluster.start(POOLS)
    assert _processes(cluster)["kube-apiserver"] != hung


def test_other_machines_replace_the_nodes_and_fewer_take_some_away(
    cluster: EmbeddedCluster,
) -> None:
    cluster.start([NodePool(1, machine_type("e2-standard-4"))])
    nodes = client.CoreV1Api(kubernetes_config.new_client_from_config(str(cluster.kubeconfig))).list_node().items
    assert [(node.metadata.name, node.status.allocatable["cpu"]) for node in nodes] == [("node-1", "3920m")]
    cluster.start(POOLS)


def test_stop_leaves_no_process_and_start_goes_on_from_there(cluster: EmbeddedCluster) -> None:
    cluster.stop()
    assert _processes(cluster) == {}
    cluster.start(POOLS)
    core = client.CoreV1Api(kubernetes_config.new_client_from_config(str(cluster.kubeconfig)))
    assert core.read_namespace("before-etcd")


def test_a_cluster_whose_wanted_port_is_taken_starts_nothing(
    programs: Toolchain, cluster: EmbeddedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = kubernetes_config.new_client_from_config(str(cluster.kubeconfig)).configuration.host.rsplit(":")[-1]
    monkeypatch.setenv("LOCALCLOUD_API_PORT", taken)
    other = EmbeddedCluster("other", tmp_path / "other", programs)
    with pytest.raises(LocalCloudError, match=f"LOCALCLOUD_API_PORT={taken}"):
        other.start(POOLS)
    assert Processes(other.directory).running() == {}


def test_a_running_cluster_is_not_moved_to_another_port_behind_its_users_back(
    cluster: EmbeddedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALCLOUD_API_PORT", str(ports.free()))
    with pytest.raises(LocalCloudError, match="already") as caught:
        cluster.start(POOLS)
    assert "make stop STACK=test" in caught.value.remedy


def test_the_api_server_listens_where_it_is_asked_to(
    programs: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = ports.free()
    monkeypatch.setenv("LOCALCLOUD_API_PORT", str(port))
    other = EmbeddedCluster("other", tmp_path / "other", programs)
    try:
        other.start(POOLS)
        host = kubernetes_config.new_client_from_config(str(other.kubeconfig)).configuration.host
        assert host == f"https://127.0.0.1:{port}"
    finally:
        other.delete()
    assert not other.directory.exists()


def test_a_part_that_cannot_start_stops_the_rest_and_shows_its_log(
    programs: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Toolchain({**programs.programs, "kube-apiserver": Path("/bin/false")})
    other = EmbeddedCluster("other", tmp_path / "other", broken)
    with pytest.raises(LocalCloudError, match="kube-apiserver did not become ready") as caught:
        other.start(POOLS)
    assert "make down STACK=other" in caught.value.remedy
    assert Processes(other.directory).running() == {}
