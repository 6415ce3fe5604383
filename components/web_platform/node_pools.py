"""Node pools: nodes of one kind, of which a cluster has any number.

Owns what a pool of a `Cluster` may be asked for, and how its nodes are made safe. Does not own how much fits on them:
that is the caller's to know.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi_gcp as gcp
from pulumi import CustomTimeouts, Input, Resource, ResourceOptions

from web_platform.errors import ArgumentError, Fault, refuse
from web_platform.physical_name import physical_name_fault
from web_platform.whole_numbers import range_fault, whole

# A pool's name has at most 40 characters, of which Pulumi adds 8: a hyphen and 7 digits.
# https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters.nodePools
_MAXIMUM_NAME = 40 - 8

# https://cloud.google.com/kubernetes-engine/quotas
_MAXIMUM_NODES = 1000

# https://cloud.google.com/compute/docs/disks
_SMALLEST_DISK_GB, _LARGEST_DISK_GB = 10, 65_536

_MACHINE_TYPE = re.compile(r"[a-z]\d+[a-z]?-[a-z]+(-[a-z0-9]+){0,3}", re.ASCII)

# Google's word for each effect of Kubernetes.
_EFFECTS = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}


class GkeTaintArgs(TypedDict):
    """A mark that keeps pods away from nodes, but for those that tolerate it."""

    key: str
    """Key, such as `dedicated`."""

    value: str
    """Value, such as `batch`."""

    effect: str
    """What happens to pods that do not tolerate it: `NoSchedule`, `PreferNoSchedule` or `NoExecute`."""


class GkeNodePoolArgs(TypedDict):
    """Nodes of one kind: so many of them (`nodes`), or as many as are needed (`minimum_nodes` to `maximum_nodes`)."""

    machine_type: str
    """Machine type of each node, such as `e2-standard-2`."""

    nodes: NotRequired[int | None]
    """How many nodes there are in each of the cluster's zones: a zonal cluster has one, a regional one three. Required
    unless there are `minimum_nodes` and `maximum_nodes`."""

    minimum_nodes: NotRequired[int | None]
    """How few nodes the autoscaler may leave in each zone. Required with `maximum_nodes`."""

    maximum_nodes: NotRequired[int | None]
    """How many nodes the autoscaler may make in each zone. Required with `minimum_nodes`."""

    disk_gb: NotRequired[int]
    """Size of each node's disk in GB, for images, logs and scratch. Default: 50."""

    spot: NotRequired[bool]
    """Whether nodes are cheap ones that Google may take back at any moment. Default: false."""

    labels: NotRequired[Mapping[str, str]]
    """Labels of the nodes, for pods that choose where they run. Default: none."""

    taints: NotRequired[Sequence[GkeTaintArgs]]
    """Taints of the nodes. Default: none."""


def check_node_pools(component: str, cluster: str, pools: Mapping[str, GkeNodePoolArgs]) -> None:
    """Refuse pools that could not be made, or that nothing could run on."""
    if not pools:
        raise ArgumentError(component, "node_pools", _NO_POOLS)
    for key, pool in pools.items():
        place = f"node_pools.{key}"
        refuse(component, place, _key_fault(cluster, key))
        refuse(component, f"{place}.machine_type", machine_type_fault(pool["machine_type"]))
        refuse(component, f"{place}.disk_gb", _disk_fault(_disk_gb(pool)))
        refuse(component, f"{place}.nodes", _size_fault(pool))
        for index, taint in enumerate(pool.get("taints", [])):
            refuse(component, f"{place}.taints[{index}].effect", _effect_fault(taint["effect"]))


def node_pool(
    name: str,
    pool: GkeNodePoolArgs,
    cluster: gcp.container.Cluster,
    service_account: Input[str],
    parent: Resource,
    after: Resource,
) -> gcp.container.NodePool:
    """Declare a pool of a cluster, whose nodes have the identity `service_account`, once `after` exists.

    The pool is named by Pulumi, not here: where a change replaces it, the new one can then come up before the old one
    goes, and pods have somewhere to move.
    """
    autoscaled = pool.get("nodes") is None
    minimum, maximum = whole(pool.get("minimum_nodes")), whole(pool.get("maximum_nodes"))
    return gcp.container.NodePool(
        name,
        project=cluster.project,
        location=cluster.location,
        cluster=cluster.name,
        node_count=whole(pool.get("nodes")),
        initial_node_count=minimum if autoscaled else None,
        autoscaling=(
            gcp.container.NodePoolAutoscalingArgs(min_node_count=minimum, max_node_count=maximum)
            if autoscaled
            else None
        ),
        management=gcp.container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
        # One new node comes up before an old one goes, so that an upgrade takes nothing from what there is.
        upgrade_settings=gcp.container.NodePoolUpgradeSettingsArgs(strategy="SURGE", max_surge=1, max_unavailable=0),
        # Deleting a pool otherwise takes nodes without asking the disruption budgets of what runs on them.
        node_drain_configs=[gcp.container.NodePoolNodeDrainConfigArgs(respect_pdb_during_node_pool_deletion=True)],
        node_config=_node_config(pool, service_account),
        opts=ResourceOptions(
            parent=parent,
            depends_on=[after],
            # The autoscaler owns the count. The initial one would replace the pool whenever it differs.
            ignore_changes=["nodeCount", "initialNodeCount"] if autoscaled else None,
            # Disruption budgets may hold each node for up to an hour.
            # https://cloud.google.com/kubernetes-engine/docs/concepts/node-pool-upgrade-strategies
            custom_timeouts=CustomTimeouts(update="3h", delete="3h"),
        ),
    )


def _node_config(pool: GkeNodePoolArgs, service_account: Input[str]) -> gcp.container.NodePoolNodeConfigArgs:
    return gcp.container.NodePoolNodeConfigArgs(
        machine_type=pool["machine_type"],
        image_type="COS_CONTAINERD",
        disk_type=_disk_type(pool["machine_type"]),
        disk_size_gb=_disk_gb(pool),
        spot=pool.get("spot", False),
        labels=pool.get("labels"),
        taints=[
            gcp.container.NodePoolNodeConfigTaintArgs(
                key=taint["key"], value=taint["value"], effect=_EFFECTS[taint["effect"]]
            )
            for taint in pool.get("taints", [])
        ],
        service_account=service_account,
        # The scope of old allows everything, so that the account's roles alone decide.
        # https://cloud.google.com/kubernetes-engine/docs/how-to/access-scopes
        oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
        shielded_instance_config=gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
            enable_secure_boot=True, enable_integrity_monitoring=True
        ),
        # Pods that ask for credentials get those of their own identity, never the node's.
        workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(mode="GKE_METADATA"),
    )


def machine_type_fault(machine_type: str) -> Fault | None:
    """A machine type is a family, a kind and a size: https://cloud.google.com/compute/docs/machine-resource."""
    if _MACHINE_TYPE.fullmatch(machine_type):
        return None
    return Fault(
        what=f"is {machine_type!r}, which is not a machine type of Google Compute Engine",
        danger="no node of it could be made, and nothing would have a place to run",
        remedy="write family, kind and CPUs, such as 'e2-standard-2'",
    )


_NO_POOLS = Fault(
    what="is empty",
    danger="there would be no node, and nothing could ever run",
    remedy="name at least one pool, such as {'main': {'machine_type': 'e2-standard-2', 'nodes': 2}}",
)


def _key_fault(cluster: str, key: str) -> Fault | None:
    name = f"{cluster}-{key}"
    if len(name) > _MAXIMUM_NAME:
        return Fault(
            what=f"makes the name {name!r} of {len(name)} characters, of {_MAXIMUM_NAME} at most",
            danger="Google would refuse the pool once Pulumi has added its digits, and the cluster would have no nodes",
            remedy="shorten the pool's key or the cluster's name",
        )
    return physical_name_fault(name)


def _size_fault(pool: GkeNodePoolArgs) -> Fault | None:
    nodes = whole(pool.get("nodes"))
    minimum, maximum = whole(pool.get("minimum_nodes")), whole(pool.get("maximum_nodes"))
    if nodes is not None:
        if minimum is not None or maximum is not None:
            return Fault(
                what="is given, and so is minimum_nodes or maximum_nodes",
                danger="each `up` would undo what the autoscaler did",
                remedy="pass nodes alone, or minimum_nodes and maximum_nodes alone",
            )
        if not 1 <= nodes <= _MAXIMUM_NODES:
            return Fault(
                what=f"is {nodes}",
                danger="there would be no node, or Google would refuse the pool",
                remedy=f"pass 1 to {_MAXIMUM_NODES}",
            )
        return None
    if minimum is None or maximum is None:
        return Fault(
            what="is missing, and so is minimum_nodes or maximum_nodes",
            danger="nobody would know how many nodes to make",
            remedy="pass nodes, or both minimum_nodes and maximum_nodes",
        )
    if not (0 <= minimum <= maximum and 1 <= maximum <= _MAXIMUM_NODES):
        return Fault(
            what=f"is to be from {minimum} to {maximum}",
            danger="the autoscaler could make no node, or Google would refuse the pool",
            remedy=f"pass 0 or more for minimum_nodes, and as many up to {_MAXIMUM_NODES} for maximum_nodes",
        )
    return None


def _disk_fault(size: int) -> Fault | None:
    if size >= _SMALLEST_DISK_GB:
        return range_fault(size, _SMALLEST_DISK_GB, _LARGEST_DISK_GB, "Google makes no larger disk, and no node of it")
    return Fault(
        what=f"is {size}",
        danger="Google makes no smaller disk, and images would not fit",
        remedy=f"pass {_SMALLEST_DISK_GB} or more",
    )


def _effect_fault(effect: str) -> Fault | None:
    if effect in _EFFECTS:
        return None
    return Fault(
        what=f"is {effect!r}, which is no effect of a taint",
        danger="Google would refuse the pool",
        remedy=f"write one of: {', '.join(_EFFECTS)}",
    )


def _disk_type(machine_type: str) -> str:
    """Disks of a middling price; machines of the fourth generation on take none of the older kind.

    https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support
    """
    generation = int(re.findall(r"\d+", machine_type)[0])
    return "pd-balanced" if generation < 4 else "hyperdisk-balanced"


def _disk_gb(pool: GkeNodePoolArgs) -> int:
    return int(pool.get("disk_gb", 50))
