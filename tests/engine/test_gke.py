"""Simulated GKE clusters, on real control planes: their nodes, what runs there, and who gets in."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.cluster import gke_auth_plugin
from localcloud.cluster.processes import Processes, wait_until
from localcloud.providers.google import clusters, compute, container
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Place, Refusal, Resource
from localcloud.toolchain import Toolchain
from tests.engine.conftest import Pulumi
from tests.localcloud.google.conftest import enable

PLACE = Place("acme-prod", "europe-west1", "europe-west1-b")
PARTS = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "cert-manager-controller", "kwok"}
CLUSTER = {
    "name": "web",
    "network": "web",
    "subnetwork": "web",
    "initialNodeCount": 1,
    "removeDefaultNodePool": True,
    "deletionProtection": False,
    "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods", "servicesSecondaryRangeName": "services"},
    "workloadIdentityConfig": {"workloadPool": "acme-prod.svc.id.goog"},
}
POOL = {
    "name": "main",
    "cluster": "web",
    "nodeCount": 2,
    "nodeConfig": {"machineType": "e2-standard-2", "labels": {"team": "web"}},
}
RANGES = [
    {"rangeName": "pods", "ipCidrRange": "10.4.0.0/16"},
    {"rangeName": "services", "ipCidrRange": "10.8.0.0/20"},
]

PROGRAM = """
import json
import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as k8s

apis = [
    gcp.projects.Service(name, service=f"{name}.googleapis.com", disable_on_destroy=False)
    for name in ("compute", "container")
]
network = gcp.compute.Network("web", auto_create_subnetworks=False, opts=pulumi.ResourceOptions(depends_on=apis))
subnetwork = gcp.compute.Subnetwork(
    "web",
    network=network.id,
    region="europe-west1",
    ip_cidr_range="10.0.0.0/20",
    secondary_ip_ranges=[
        {"range_name": "pods", "ip_cidr_range": "10.4.0.0/16"},
        {"range_name": "services", "ip_cidr_range": "10.8.0.0/20"},
    ],
)
cluster = gcp.container.Cluster(
    "web",
    network=network.id,
    subnetwork=subnetwork.id,
    initial_node_count=1,
    remove_default_node_pool=True,
    deletion_protection=False,
    ip_allocation_policy={"cluster_secondary_range_name": "pods", "services_secondary_range_name": "services"},
    control_plane_endpoints_config={"dns_endpoint_config": {"allow_external_traffic": True}},
)
pool = gcp.container.NodePool(
    "main",
    cluster=cluster.id,
    node_count=2,
    node_config={"machine_type": pulumi.Config().require("machine")},
)
user = {
    "apiVersion": "client.authentication.k8s.io/v1beta1",
    "command": "gke-gcloud-auth-plugin",
    "interactiveMode": "Never",
    "provideClusterInfo": True,
}
endpoint = cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
kubeconfig = endpoint.apply(
    lambda host: json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "web", "cluster": {"server": f"https://{host}"}}],
            "users": [{"name": "web", "user": {"exec": user}}],
            "contexts": [{"name": "web", "context": {"cluster": "web", "user": "web"}}],
            "current-context": "web",
        }
    )
)
there = k8s.Provider("there", kubeconfig=kubeconfig, opts=pulumi.ResourceOptions(depends_on=[pool]))
labels = {"app": "shop"}
k8s.apps.v1.Deployment(
    "shop",
    spec={
        "replicas": 2,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "main", "image": "example.test/none:1"}]},
        },
    },
    opts=pulumi.ResourceOptions(provider=there),
)
"""

Kubectl = Callable[..., "subprocess.CompletedProcess[str]"]


def network(cloud: Cloud) -> None:
    """What a cluster stands on."""
    enable(cloud, "compute.googleapis.com", "container.googleapis.com")
    cloud.create(compute.Network(), {"name": "web", "autoCreateSubnetworks": False}, PLACE)
    subnetwork = {"name": "web", "network": "web", "ipCidrRange": "10.0.0.0/20", "secondaryIpRanges": RANGES}
    cloud.create(compute.Subnetwork(), subnetwork, PLACE)


@pytest.fixture(scope="module")
def cloud(programs: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    del programs  # Built before anything is timed.
    made = Cloud(tmp_path_factory.mktemp("stack") / "google")
    network(made)
    yield made
    for cluster in clusters.all_clusters(made.directory):
        cluster.delete()


@pytest.fixture(scope="module")
def cluster(cloud: Cloud) -> Resource:
    return cloud.create(container.Cluster(), CLUSTER, PLACE)


@pytest.fixture(scope="module")
def environment(
    cloud: Cloud, cluster: Resource, programs: Toolchain, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What `make shell` gives: a kubeconfig as gcloud writes it, the stand-in on PATH, and whom to trust."""
    home = tmp_path_factory.mktemp("shell")
    gke_auth_plugin.install(home / "bin")
    (home / "kubeconfig").write_text(yaml.safe_dump(kubeconfig(cluster)))
    return {
        "PATH": os.pathsep.join([str(home / "bin"), str(programs["kubectl"].parent), os.environ["PATH"]]),
        "HOME": str(home),
        "KUBECONFIG": str(home / "kubeconfig"),
        "LOCALCLOUD_GOOGLE_DIRECTORY": str(cloud.directory),
        "SSL_CERT_FILE": str(clusters.trust_bundle(cloud.directory)),
    }


@pytest.fixture(scope="module")
def kubectl(environment: Mapping[str, str]) -> Kubectl:
    def run(*arguments: str, stdin: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["kubectl", *arguments],
            env={**environment, **env},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def kubeconfig(cluster: Resource) -> dict[str, Any]:
    """What ``gcloud container clusters get-credentials --dns-endpoint`` writes."""
    server = cluster.state["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["endpoint"]
    user = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "gke-gcloud-auth-plugin",
        "interactiveMode": "Never",
        "provideClusterInfo": True,
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "web", "cluster": {"server": f"https://{server}"}}],
        "users": [{"name": "web", "user": {"exec": user}}],
        "contexts": [{"name": "web", "context": {"cluster": "web", "user": "web"}}],
        "current-context": "web",
    }


def nodes(kubectl: Kubectl) -> dict[str, dict[str, Any]]:
    answer = kubectl("get", "nodes", "-o", "json")
    assert answer.returncode == 0, answer.stderr
    return {each["metadata"]["name"]: each for each in json.loads(answer.stdout)["items"]}


def pods(kubectl: Kubectl) -> list[tuple[str, str | None]]:
    """Phase and node of each pod."""
    items = json.loads(kubectl("get", "pods", "-o", "json").stdout)["items"]
    return sorted((each["status"]["phase"], each["spec"].get("nodeName")) for each in items)


def run(kubectl: Kubectl, manifest: Mapping[str, Any]) -> None:
    answer = kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    assert answer.returncode == 0, answer.stderr


def deployment(replicas: int) -> dict[str, Any]:
    labels = {"app": "shop"}
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": labels},
    }
    container_ = {"name": "main", "image": "example.test/none:1", "resources": {"requests": {"cpu": "500m"}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "shop"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container_], "topologySpreadConstraints": [spread]},
            },
        },
    }


def test_a_cluster_begins_without_nodes_and_answers_at_its_endpoint(cluster: Resource, kubectl: Kubectl) -> None:
    assert nodes(kubectl) == {}
    assert kubectl("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}").stdout == "localcloud-admin"
    ca = cluster.state["masterAuth"]["clusterCaCertificate"]
    assert ca
    assert cluster.state["masterVersion"] == "1.35.4-gke.1000000"


def test_without_the_authority_nobody_trusts_the_cluster(kubectl: Kubectl) -> None:
    answer = kubectl("get", "nodes", SSL_CERT_FILE="/dev/null")
    assert answer.returncode == 1
    assert "certificate signed by unknown authority" in answer.stderr


def test_a_pool_has_the_nodes_that_it_is_declared_with(cloud: Cloud, cluster: Resource, kubectl: Kubectl) -> None:
    cloud.create(container.NodePool(), POOL, PLACE)
    found = nodes(kubectl)
    assert len(found) == 2
    for name, node in found.items():
        assert name.startswith("gke-web-main-")
        assert node["metadata"]["labels"]["cloud.google.com/gke-nodepool"] == "main"
        assert node["metadata"]["labels"]["team"] == "web"
        assert node["metadata"]["labels"]["topology.kubernetes.io/zone"] == "europe-west1-b"
        assert node["status"]["allocatable"]["cpu"] == "1930m"
        assert {"type": "Ready", "status": "True"}.items() <= node["status"]["conditions"][0].items()


def test_the_scheduler_puts_pods_there(kubectl: Kubectl) -> None:
    run(kubectl, deployment(2))
    wanted = [("Running", name) for name in sorted(nodes(kubectl))]
    assert wait_until(lambda: pods(kubectl) == wanted, 20, every=0.3), pods(kubectl)


def test_larger_machines_come_before_the_former_ones_go(cloud: Cloud, cluster: Resource, kubectl: Kubectl) -> None:
    budget = {"minAvailable": 1, "selector": {"matchLabels": {"app": "shop"}}}
    run(
        kubectl,
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "shop"},
            "spec": budget,
        },
    )
    before = set(nodes(kubectl))
    larger = {**POOL, "nodeConfig": {"machineType": "e2-standard-4"}}
    cloud.update(container.NodePool(), f"{cluster.id}/nodePools/main", larger, PLACE)
    found = nodes(kubectl)
    assert len(found) == 2
    assert not before & set(found)
    assert {each["status"]["allocatable"]["cpu"] for each in found.values()} == {"3920m"}
    assert all("team" not in each["metadata"]["labels"] for each in found.values())
    assert wait_until(lambda: [phase for phase, _ in pods(kubectl)] == ["Running"] * 2, 10, every=0.3), pods(kubectl)
    assert {node for _, node in pods(kubectl)} <= set(found)


def test_labels_and_taints_change_on_the_nodes_there_are(cloud: Cloud, cluster: Resource, kubectl: Kubectl) -> None:
    before = set(nodes(kubectl))
    config = {
        "machineType": "e2-standard-4",
        "labels": {"team": "shop"},
        "taints": [{"key": "only", "value": "batch", "effect": "PREFER_NO_SCHEDULE"}],
    }
    cloud.update(container.NodePool(), f"{cluster.id}/nodePools/main", {**POOL, "nodeConfig": config}, PLACE)
    found = nodes(kubectl)
    assert set(found) == before
    for node in found.values():
        assert node["metadata"]["labels"]["team"] == "shop"
        assert node["spec"]["taints"] == [{"key": "only", "value": "batch", "effect": "PreferNoSchedule"}]
    cloud.update(
        container.NodePool(),
        f"{cluster.id}/nodePools/main",
        {**POOL, "nodeConfig": {"machineType": "e2-standard-4"}},
        PLACE,
    )
    assert all("taints" not in each["spec"] for each in nodes(kubectl).values())


def test_a_pool_that_replaces_another_takes_over_its_pods(cloud: Cloud, cluster: Resource, kubectl: Kubectl) -> None:
    spare = {**POOL, "name": "spare", "nodeConfig": {"machineType": "e2-standard-2"}}
    cloud.create(container.NodePool(), spare, PLACE)
    assert len(nodes(kubectl)) == 4
    cloud.delete(container.NodePool(), f"{cluster.id}/nodePools/main")
    found = nodes(kubectl)
    assert {each["metadata"]["labels"]["cloud.google.com/gke-nodepool"] for each in found.values()} == {"spare"}
    wanted = [("Running", name) for name in sorted(found)]
    assert wait_until(lambda: pods(kubectl) == wanted, 20, every=0.3), pods(kubectl)


def test_a_budget_that_lets_no_pod_go_delays_but_does_not_prevent(
    cloud: Cloud,
    cluster: Resource,
    kubectl: Kubectl,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("localcloud.cluster.embedded._DRAINED_WITHIN", 2)
    assert kubectl("patch", "pdb", "shop", "--patch", '{"spec": {"minAvailable": 2}}').returncode == 0
    guarded = {**POOL, "name": "guarded", "nodeDrainConfigs": [{"respectPdbDuringNodePoolDeletion": True}]}
    cloud.create(container.NodePool(), {**guarded, "nodeConfig": {"machineType": "e2-standard-2"}}, PLACE)
    assert kubectl("delete", "pods", "--all").returncode == 0
    cloud.delete(container.NodePool(), f"{cluster.id}/nodePools/spare")
    assert "Pods did not leave" not in capsys.readouterr().err
    cloud.create(container.NodePool(), {**POOL, "name": "spare"}, PLACE)
    assert wait_until(lambda: [phase for phase, _ in pods(kubectl)] == ["Running"] * 2, 20, every=0.3), pods(kubectl)
    cloud.delete(container.NodePool(), f"{cluster.id}/nodePools/guarded")
    assert "Pods did not leave gke-web-guarded-" in capsys.readouterr().err
    assert {each["metadata"]["labels"]["cloud.google.com/gke-nodepool"] for each in nodes(kubectl).values()} == {
        "spare"
    }
    assert wait_until(lambda: [phase for phase, _ in pods(kubectl)] == ["Running"] * 2, 20, every=0.3), pods(kubectl)
    assert kubectl("delete", "pdb", "shop").returncode == 0


def test_pools_that_are_made_at_a_time_are_all_there(cloud: Cloud, cluster: Resource, kubectl: Kubectl) -> None:
    names = ["one", "two", "three"]
    with ThreadPoolExecutor() as threads:
        small = [{**POOL, "name": name, "nodeCount": 1} for name in names]
        list(threads.map(lambda inputs: cloud.create(container.NodePool(), inputs, PLACE), small))
    assert len(nodes(kubectl)) == 5
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda name: cloud.delete(container.NodePool(), f"{cluster.id}/nodePools/{name}"), names))
    assert len(nodes(kubectl)) == 2


def test_a_smaller_pool_keeps_what_fits(cloud: Cloud, cluster: Resource, kubectl: Kubectl) -> None:
    spare = {**POOL, "name": "spare", "nodeConfig": {"machineType": "e2-standard-2"}, "nodeCount": 1}
    before = set(nodes(kubectl))
    cloud.update(container.NodePool(), f"{cluster.id}/nodePools/spare", spare, PLACE)
    assert len(nodes(kubectl)) == 1
    assert set(nodes(kubectl)) < before


def test_after_a_stop_the_clusters_go_on_where_they_were(cloud: Cloud, cluster: Resource, kubectl: Kubectl) -> None:
    before = set(nodes(kubectl))
    [stopped] = clusters.all_clusters(cloud.directory)
    assert stopped.name == "web"
    assert set(Processes(stopped.directory).running()) == PARTS
    stopped.stop()
    assert Processes(stopped.directory).running() == {}
    [resumed] = clusters.resume(cloud.directory)
    assert set(Processes(resumed.directory).running()) == PARTS
    assert set(nodes(kubectl)) == before
    kubectl("scale", "deployment", "shop", "--replicas=1")
    kubectl("rollout", "restart", "deployment", "shop")
    assert kubectl("rollout", "status", "deployment", "shop", "--timeout=20s").returncode == 0


def test_helm_gets_in_as_kubectl_does(helm: Path, environment: Mapping[str, str], kubectl: Kubectl) -> None:
    del kubectl
    answer = subprocess.run([helm, "list"], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr


def test_one_update_makes_a_cluster_and_what_runs_there_and_another_moves_it(
    pulumi: Pulumi, programs: Toolchain, tmp_path: Path
) -> None:
    google = tmp_path / "stack" / "google"
    gke_auth_plugin.install(tmp_path / "bin")
    environment = {
        "PATH": os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]]),
        "LOCALCLOUD_GOOGLE_DIRECTORY": str(google),
        "SSL_CERT_FILE": str(clusters.trust_bundle(google)),
    }
    home = tmp_path / "program"
    home.mkdir()
    (home / "Pulumi.yaml").write_text("name: in-gke\nruntime:\n  name: python\n")
    (home / "__main__.py").write_text(PROGRAM)

    def run(*arguments: str) -> str:
        answer = pulumi(home, *arguments, env=environment)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    def sizes() -> list[str]:
        [cluster] = clusters.all_clusters(google)
        template = "jsonpath={.items[*].metadata.labels.node\\.kubernetes\\.io/instance-type}"
        command: list[str | Path] = [programs["kubectl"], f"--kubeconfig={cluster.kubeconfig}", "get", "nodes"]
        answer = subprocess.run([*command, "-o", template], capture_output=True, text=True, timeout=60, check=True)
        return answer.stdout.split()

    try:
        run("stack", "init", "dev")
        for setting in (["gcp:project", "acme-prod"], ["gcp:zone", "europe-west1-b"], ["machine", "e2-standard-2"]):
            run("config", "set", *setting)
        run("up", "--yes", "--skip-preview")
        assert sizes() == ["e2-standard-2"] * 2
        run("preview", "--expect-no-changes")
        run("refresh", "--yes", "--expect-no-changes")
        run("config", "set", "machine", "e2-standard-4")
        assert "1 updated" in run("up", "--yes", "--skip-preview")
        assert sizes() == ["e2-standard-4"] * 2
        run("destroy", "--yes", "--skip-preview")
        assert clusters.all_clusters(google) == []
    finally:
        for cluster in clusters.all_clusters(google):
            cluster.delete()


def test_a_protected_cluster_stays(cloud: Cloud, cluster: Resource, kubectl: Kubectl) -> None:
    cloud.update(container.Cluster(), cluster.id, {**CLUSTER, "deletionProtection": True}, PLACE)
    with pytest.raises(Refusal, match="deletion_protection is set to true"):
        cloud.delete(container.Cluster(), cluster.id)
    assert len(nodes(kubectl)) == 1
    updated = cloud.update(container.Cluster(), cluster.id, CLUSTER, PLACE)
    assert updated.state["masterAuth"] == cluster.state["masterAuth"]
    assert updated.state["controlPlaneEndpointsConfig"] == cluster.state["controlPlaneEndpointsConfig"]


def test_a_deleted_cluster_leaves_nothing(cloud: Cloud, cluster: Resource) -> None:
    [place] = (each.directory for each in clusters.all_clusters(cloud.directory))
    cloud.delete(container.Cluster(), cluster.id)
    assert Processes(place).running() == {}
    assert not place.exists()
    assert clusters.all_clusters(cloud.directory) == []
    assert cloud.find(container.NodePool.token) == []
    assert clusters.resume(cloud.directory) == []
