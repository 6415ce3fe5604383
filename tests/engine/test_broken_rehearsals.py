"""Rehearsals that are cut short, cannot go on, or are ended when nothing fits any more.

The tests of this module are one story in the order in which they stand: each finds the stack as the one before left it.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from localcloud.cluster.processes import Processes
from tests.engine.project import Project, environment

# A cluster that refuses to be deleted and a pool, what they need, something in the cluster, and a bit of Pulumi's own.
PROGRAM = """\
import json

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

project, zone = "example-prod", "europe-west1-b"
google = gcp.Provider("google", project=project, region="europe-west1", zone=zone)
on_google = pulumi.ResourceOptions(provider=google)
apis = [
    gcp.projects.Service(api, service=f"{api}.googleapis.com", disable_on_destroy=False, opts=on_google)
    for api in ("compute", "container", "pubsub")
]
enabled = pulumi.ResourceOptions(provider=google, depends_on=apis)
network = gcp.compute.Network("network", name="main", auto_create_subnetworks=False, opts=enabled)
subnetwork = gcp.compute.Subnetwork(
    "subnetwork", name="main", network=network.id, ip_cidr_range="10.0.0.0/24", opts=enabled
)
cluster = gcp.container.Cluster(
    "cluster",
    name="main",
    network=network.id,
    subnetwork=subnetwork.id,
    initial_node_count=1,
    remove_default_node_pool=True,
    ip_allocation_policy={},
    opts=enabled,
)
pool = gcp.container.NodePool("pool", name="main", cluster=cluster.id, node_count=1, opts=enabled)


def kubeconfig(host):
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "gke-gcloud-auth-plugin",
                     "provideClusterInfo": True, "interactiveMode": "Never"}}
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": f"https://{host}"}}],
        "users": [{"name": "c", "user": user}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
    })


endpoint = cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
inside = kubernetes.Provider("inside", kubeconfig=endpoint.apply(kubeconfig))
kubernetes.core.v1.Namespace(
    "namespace", metadata={"name": "ours"}, opts=pulumi.ResourceOptions(provider=inside, depends_on=[pool])
)
gcp.pubsub.Topic("policy", name="policy", deletion_policy="PREVENT", opts=enabled)
gcp.pubsub.Topic("option", name="option", opts=pulumi.ResourceOptions(provider=google, depends_on=apis, protect=True))
"""
CLUSTER = ("gcp:container/cluster:Cluster", "projects/example-prod/locations/europe-west1-b/clusters/main")


@pytest.fixture(scope="module")
def prod(project: Project) -> Project:
    project.without_rules()
    (project.root / "__main__.py").write_text(PROGRAM)
    return project


def _directory(project: Project) -> Path:
    """Where the cluster's things are."""
    return project.root / ".localcloud/stacks/prod/google/clusters/example-prod_europe-west1-b_main"


def _started(project: Project, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "localcloud", *arguments],
        cwd=project.root,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _is_pulumis(process: psutil.Process) -> bool:
    """Whether it is of the engine; one that has ended by now is not."""
    try:
        return "pulumi" in process.name()
    except psutil.NoSuchProcess:
        return False


def _killed_while_the_cluster_is_made(project: Project) -> None:
    """A rehearsal of which every process but those of the cluster is killed as soon as the cluster has one."""
    with _started(project, "rehearse", "prod") as rehearsal:
        _wait_for(lambda: "etcd" in Processes(_directory(project)).running())
        own = psutil.Process(rehearsal.pid)
        for process in [own, *filter(_is_pulumis, own.children(recursive=True))]:
            process.kill()
    # The plugins find out by themselves.
    time.sleep(3)


def _exists(project: Project) -> set[tuple[str, str]]:
    """Type and id of everything in the simulated cloud, but for the APIs."""
    listed = project.localcloud("google", "list", "prod", "--json")
    assert listed.returncode == 0, listed.stderr
    found = {(resource["type"], resource["id"]) for resource in json.loads(listed.stdout)}
    return {each for each in found if each[0] != "gcp:projects/service:Service"}


def test_what_was_killed_while_it_made_a_cluster_can_be_taken_down(prod: Project) -> None:
    _killed_while_the_cluster_is_made(prod)
    assert CLUSTER in _exists(prod)
    down = prod.localcloud("rehearse-down", "prod")
    assert down.returncode == 0, down.stdout + down.stderr
    assert f"{CLUSTER[1]} was left half made" in down.stderr
    assert _exists(prod) == set()
    assert Processes(_directory(prod)).running() == {}
    assert not _directory(prod).exists()


def test_and_it_can_be_gone_on_with(prod: Project) -> None:
    _killed_while_the_cluster_is_made(prod)
    up = prod.localcloud("rehearse", "prod")
    assert up.returncode == 0, up.stdout + up.stderr
    assert f"{CLUSTER[1]} was left half made" in up.stderr
    again = prod.shell("pulumi preview --refresh --expect-no-changes && kubectl get namespace ours", "prod")
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_second_command_is_told_who_is_at_work(prod: Project) -> None:
    holder = prod.root / ".localcloud/turns/prod.pid"
    holder.unlink()
    with _started(prod, "rehearse", "prod") as first:
        _wait_for(holder.exists)
        second = prod.localcloud("rehearse-down", "prod")
        assert first.wait(60) == 0
    assert second.returncode == 1
    assert f"Another command is changing the stack prod right now (process {first.pid})." in second.stderr
    assert CLUSTER in _exists(prod)


def test_a_cluster_whose_port_was_taken_does_not_move_and_all_can_still_be_destroyed(prod: Project) -> None:
    """Whatever the program and the stack's file say by then."""
    port = json.loads((_directory(prod) / "ports.json").read_text())["kube-apiserver"]
    assert prod.localcloud("stop", "prod").returncode == 0
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        refused = prod.localcloud("rehearse", "prod")
        assert refused.returncode == 1
        assert f"listens on 127.0.0.1:{port}, which another program has now" in refused.stderr
        assert "make rehearse-down STACK=prod" in refused.stderr
        assert Processes(_directory(prod)).running() == {}
        (prod.root / "__main__.py").write_text("raise SystemExit('broken')\n")
        (prod.root / "Pulumi.prod.yaml").write_text("config: [")
        down = prod.localcloud("rehearse-down", "prod")
    assert down.returncode == 0, down.stdout + down.stderr
    said = down.stderr.partition("is lifted first:")[2]
    lifted = [line.split("::")[-1] for line in said.splitlines() if line.startswith("  urn:")]
    assert sorted(lifted) == ["cluster", "option", "policy"]
    assert "So the cluster main is deleted with all that is in it" in down.stderr
    assert "APIs stay enabled" in down.stderr
    assert _exists(prod) == set()
    assert not _directory(prod).exists()
