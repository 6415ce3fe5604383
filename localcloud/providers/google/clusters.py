"""The control planes behind the clusters of a simulated cloud, and the nodes of their pools.

Every cluster has an embedded control plane of its own. All of one cloud have one authority, which is made before any
of them: clients learn whom to trust from their environment, and that is fixed when a command begins.

What starts clusters is imported only where one is started or looked for: most programs have none, and wait for the
plugin.
"""

from __future__ import annotations

import importlib
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from localcloud.cluster import NodePool, Taint, files
from localcloud.cluster.machine_types import machine_type
from localcloud.errors import LocalCloudError
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Refusal, Resource
from localcloud.providers.google.tokens import CLUSTER, NODE_POOL
from localcloud.providers.properties import Property

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from localcloud.cluster.embedded import EmbeddedCluster
    from localcloud.cluster.pki import Authority
    from localcloud.toolchain import Toolchain

EFFECTS: Final = {
    "NO_SCHEDULE": "NoSchedule",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
    "NO_EXECUTE": "NoExecute",
}
"""GKE's names of a taint's effects, and Kubernetes' own."""


def directory(cloud_directory: Path, name: str, location: str, project: str) -> Path:
    """Where everything of a cluster is kept."""
    # None of the three can have an underscore, so that no two clusters share a directory.
    return cloud_directory / "clusters" / f"{project}_{location}_{name}"


def embedded(cloud_directory: Path, state: Mapping[str, Property]) -> EmbeddedCluster:
    """The control plane of a cluster, ready to be started.

    Args:
        cloud_directory: The simulated cloud's directory, which is in its stack's.
        state: The cluster's properties, of which name, location and project are used.

    Raises:
        LocalCloudError: The programs to start cannot be had.
    """
    from localcloud.cluster.embedded import EmbeddedCluster

    return EmbeddedCluster(
        state["name"],
        directory(cloud_directory, state["name"], state["location"], state["project"]),
        _programs(),
        authority(cloud_directory),
        stack=cloud_directory.parent.name,
        down="rehearse-down",
    )


def all_clusters(cloud_directory: Path) -> list[EmbeddedCluster]:
    """Every control plane there is, to be looked at, stopped or deleted; starting one takes the toolchain."""
    return [_without_programs(place) for place in sorted((cloud_directory / "clusters").glob("*"))]


def orphans(cloud: Cloud) -> list[EmbeddedCluster]:
    """The control planes of clusters that do not exist."""
    known = {
        directory(cloud.directory, each.state["name"], each.state["location"], each.state["project"])
        for each in cloud.find(CLUSTER)
    }
    return [each for each in all_clusters(cloud.directory) if each.directory not in known]


def resume(cloud_directory: Path) -> list[EmbeddedCluster]:
    """Starts whatever should run and does not, as after a reboot; gives every cluster of the cloud.

    Raises:
        LocalCloudError: One of them does not start.
    """
    if not (cloud_directory / "clusters").is_dir():
        return []
    cloud = Cloud(cloud_directory)
    return [resume_one(cloud, each) for each in standing(cloud)]


def standing(cloud: Cloud) -> list[Resource]:
    """Every cluster, but those that another process is making or deleting just now."""
    return [each for each in cloud.find(CLUSTER) if not cloud.is_under_way(each)]


def resume_one(cloud: Cloud, resource: Resource) -> EmbeddedCluster:
    """As `resume`, for one cluster.

    Raises:
        LocalCloudError: It does not start, or could only be started where nobody would look for it.
    """
    cluster = embedded(cloud.directory, resource.state)
    with _alone(cluster):
        _require_former_port(cluster, resource)
        cluster.start(pools(cloud, resource))
    endpoint = endpoint_output(resource.state, cluster.server)
    if not endpoint.items() <= resource.state.items():  # What it knew of its ports was lost.
        cloud.amend(resource, endpoint)
    return cluster


def _require_former_port(cluster: EmbeddedCluster, resource: Resource) -> None:
    """Refuses to start a cluster where its former port cannot be had: Pulumi's state and all clients know it by that.

    Raises:
        LocalCloudError: Another program has the port, or a setting asks for another one.
    """
    from localcloud.cluster import ports
    from localcloud.cluster.processes import Processes

    former = dns_endpoint(resource.state).rpartition(":")[2]
    if not former or "kube-apiserver" in Processes(cluster.directory).running():
        return
    wanted = os.environ.get(ports.SETTING) or former
    if wanted == former and ports.is_free(int(former)):
        return
    name = resource.state["name"]
    if wanted != former:
        problem = f"{ports.SETTING}={wanted}, but the cluster {name} was made with its API server on port {former}."
        remedy = f"Leave {ports.SETTING} out and run the same command again"
    else:
        problem = f"The API server of the cluster {name} listens on 127.0.0.1:{former}, which another program has now."
        remedy = f"End that program (`ss -ltnp 'sport = :{former}'` names it) and run the same command again"
    raise LocalCloudError(
        problem,
        "Pulumi's state knows the cluster by that address alone, and would find nothing in it; nothing was started.",
        f"{remedy}, or destroy the stack with `make rehearse-down STACK={cluster.directory.parents[2].name}`.",
    )


def launch(cloud: Cloud, cluster: Resource) -> EmbeddedCluster:
    """Starts the control plane of a new cluster; if it does not start, nothing of it is left.

    Raises:
        LocalCloudError: It does not start.
    """
    launched = embedded(cloud.directory, cluster.state)
    try:
        with _alone(launched):
            launched.start(pools(cloud, cluster))
    except BaseException:
        launched.delete()
        raise
    return launched


def remove(cloud_directory: Path, state: Mapping[str, Property]) -> None:
    """Ends a cluster's processes and forgets what it stored."""
    _without_programs(directory(cloud_directory, state["name"], state["location"], state["project"])).delete()


@contextmanager
def refusals() -> Iterator[None]:
    """What the embedded cluster cannot do is what the cloud does not do."""
    try:
        yield
    except LocalCloudError as failure:
        raise Refusal(500, failure.problem, failure.consequence, failure.remedy) from failure


def settle(cloud: Cloud, cluster: Resource, respect_budgets: bool = True) -> None:
    """Gives a cluster the nodes of all its pools, and no others.

    Args:
        cloud: The cloud, which knows the pools.
        cluster: The cluster.
        respect_budgets: Whether disruption budgets delay pods that have to leave their node.

    Raises:
        LocalCloudError: The nodes do not become ready.
    """
    settled = embedded(cloud.directory, cluster.state)
    # The pools are read when it is their turn: of two that change at a time, the later one sees both.
    with _alone(settled):
        settled.set_pools(pools(cloud, cluster), respect_budgets)


def upgrade(cloud: Cloud, cluster: Resource, former: NodePool, step: int) -> None:
    """As `settle`, after a pool's machines became others: a few nodes at a time, as in a surge upgrade.

    Args:
        cloud: The cloud, which knows what the pool shall be.
        cluster: The cluster.
        former: What the pool was.
        step: How many nodes at a time.

    Raises:
        LocalCloudError: The nodes do not become ready.
    """
    upgraded = embedded(cloud.directory, cluster.state)
    with _alone(upgraded):
        wanted = pools(cloud, cluster)
        others = [each for each in wanted if each.name != former.name]
        for stage in _surge(former, next(each for each in wanted if each.name == former.name), step):
            upgraded.set_pools([*others, *stage])


def pools(cloud: Cloud, cluster: Resource) -> list[NodePool]:
    """The node pools of a cluster: those of its own, and those that are resources by themselves."""
    inline = cluster.state.get("nodePools") or []
    separate = (each.state for each in cloud.find(NODE_POOL) if each.id.startswith(f"{cluster.id}/nodePools/"))
    return [pool(cluster.state, state) for state in (*inline, *separate)]


def pool(cluster: Mapping[str, Property], state: Mapping[str, Property]) -> NodePool:
    """The nodes of one pool; `state` is complete, defaults included."""
    config = state["nodeConfig"]
    return NodePool(
        count=int(state["nodeCount"]),
        machine=machine_type(config["machineType"]),
        name=state["name"],
        cluster=cluster["name"],
        zones=tuple(state["nodeLocations"]),
        labels={**(config.get("labels") or {}), **_own_labels(state["name"], config)},
        taints=tuple(
            Taint(each["key"], each.get("value") or "", EFFECTS[each["effect"]]) for each in config.get("taints") or []
        ),
        pods=int(state["maxPodsPerNode"]),
    )


def version() -> str:
    """The version of every cluster, as GKE writes it: that of the embedded control plane."""
    from localcloud import toolchain

    return f"{toolchain.version('kube-apiserver')}-gke.1000000"


def dns_endpoint(state: Mapping[str, Property]) -> str:
    """Where a cluster's API server is, as ``127.0.0.1:<port>``; empty before it was started."""
    access = state.get("controlPlaneEndpointsConfig") or {}
    return (access.get("dnsEndpointConfig") or {}).get("endpoint") or ""


def endpoint_output(state: Mapping[str, Property], server: str) -> dict[str, Property]:
    """The cluster's property that tells clients where its API server is."""
    config = state.get("controlPlaneEndpointsConfig") or {}
    dns = {**(config.get("dnsEndpointConfig") or {}), "endpoint": server}
    return {"controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": True}, **config, "dnsEndpointConfig": dns}}


def authority(cloud_directory: Path) -> Authority:
    """Who signs the certificates of every cluster of a cloud."""
    from localcloud.cluster.pki import Authority

    return Authority(cloud_directory / "ca")


def trust_bundle(cloud_directory: Path) -> Path:
    """A file for ``SSL_CERT_FILE``: whom this machine trusts anyway, and the authority of the cloud's clusters.

    The authority is made if there is none. Programs in Go follow the variable on Linux; on macOS they do not.
    """
    own = authority(cloud_directory)
    own.ensure()
    bundle = cloud_directory / "ca" / "bundle.pem"
    roots, added = _roots(), own.certificate.read_bytes()
    # Inside an environment that has the bundle already, it is what the machine trusts.
    files.write(bundle, roots if added in roots else roots + b"\n" + added)
    return bundle


def _without_programs(place: Path) -> EmbeddedCluster:
    from localcloud.cluster.embedded import EmbeddedCluster
    from localcloud.toolchain import Toolchain

    return EmbeddedCluster(place.name.rpartition("_")[2], place, Toolchain({}))


def _roots() -> bytes:
    """Whom this machine trusts: the file that ``SSL_CERT_FILE`` names, the system's, or certifi's."""
    place = ssl.get_default_verify_paths().cafile
    if place is None:
        try:
            place = importlib.import_module("certifi").where()
        except ModuleNotFoundError:
            return b""
    return Path(place).read_bytes()


def _own_labels(name: str, config: Mapping[str, Property]) -> dict[str, str]:
    """What GKE itself says of a node, as far as workloads choose nodes by it.

    https://cloud.google.com/kubernetes-engine/docs/how-to/node-auto-provisioning#supported_node_labels
    """
    labels = {
        "cloud.google.com/gke-nodepool": name,
        "cloud.google.com/machine-family": config["machineType"].partition("-")[0],
        "cloud.google.com/gke-provisioning": "standard",
    }
    if config.get("spot"):
        labels |= {"cloud.google.com/gke-provisioning": "spot", "cloud.google.com/gke-spot": "true"}
    elif config.get("preemptible"):
        labels |= {"cloud.google.com/gke-provisioning": "preemptible", "cloud.google.com/gke-preemptible": "true"}
    if (config.get("workloadMetadataConfig") or {}).get("mode") == "GKE_METADATA":
        labels["iam.gke.io/gke-metadata-server-enabled"] = "true"
    return labels


def _surge(former: NodePool, wanted: NodePool, step: int) -> Iterator[list[NodePool]]:
    """What a pool is on its way from `former` to `wanted`: zone by zone, `step` nodes at a time.

    https://cloud.google.com/kubernetes-engine/docs/concepts/node-pool-upgrade-strategies#surge
    """
    for index, zone in enumerate(wanted.zones):
        done = replace(wanted, zones=wanted.zones[:index])
        later = replace(former, zones=tuple(each for each in former.zones if each not in wanted.zones[: index + 1]))
        for number in range(step, wanted.count + step, step):
            new = replace(wanted, zones=(zone,), count=min(number, wanted.count))
            old = replace(former, zones=(zone,), count=max(wanted.count - number, 0))
            yield [done, new, old, later]
    yield [wanted]


def _alone(cluster: EmbeddedCluster) -> BaseFileLock:
    """Held while a cluster's pools are read and brought about."""
    from filelock import FileLock

    cluster.directory.mkdir(parents=True, exist_ok=True)
    return FileLock(cluster.directory / "pools.lock", mode=0o600)


@cache
def _programs() -> Toolchain:
    from localcloud import toolchain

    return toolchain.ensure()
