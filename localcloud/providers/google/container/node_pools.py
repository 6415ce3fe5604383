"""What GKE asks of node pools, whether they are declared in their cluster or by themselves, and what it decides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from localcloud.cluster.machine_types import machine_type
from localcloud.errors import LocalCloudError
from localcloud.providers.google import clusters
from localcloud.providers.google.checks import between, one_of, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Refusal, Resource
from localcloud.providers.google.locations import region_at, zone_problems
from localcloud.providers.google.references import subnetwork_id
from localcloud.providers.google.tokens import ACCOUNT, NODE_POOL, SUBNETWORK
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN, Property


def given(inputs: Mapping[str, Property]) -> dict[str, Property]:
    """The inputs that have a value."""
    return {name: value for name, value in inputs.items() if value is not None}


def zones_problems(zones: Property, region: str | None) -> list[Problem]:
    """Nodes are in zones, which are in their cluster's region.

    https://cloud.google.com/kubernetes-engine/docs/concepts/types-of-clusters#availability
    """
    values = zones if isinstance(zones, list) else []
    return [
        problem
        for index, zone in enumerate(values)
        for problem in zone_problems(f"nodeLocations[{index}]", zone, region)
    ]


def size_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    """Who decides how many nodes there are: the program or the autoscaler, and within which bounds.

    https://www.pulumi.com/registry/packages/gcp/api-docs/container/nodepool/#inputs
    """
    scaling, count = inputs.get("autoscaling"), inputs.get("nodeCount")
    if count is not None and inputs.get("initialNodeCount") is not None:
        reason = "cannot be set together with initialNodeCount: leave initialNodeCount out"
        return [Problem("nodeCount", reason)]
    if not isinstance(scaling, Mapping):
        return between(inputs, "nodeCount", 0, 2000, "nodes in a zone")
    if count is not None:
        reason = "must not be set where the autoscaler decides: leave it out, or leave autoscaling out"
        return [Problem("nodeCount", reason)]
    bounds = {name: value for name, value in scaling.items() if name.endswith("NodeCount") and value is not None}
    total = {name for name in bounds if name.startswith("total")}
    if total and total != set(bounds):
        reason = "has limits of a zone and total ones: give minNodeCount and maxNodeCount, or the two that are total"
        return [Problem("autoscaling", reason)]
    lowest, highest = ("totalMinNodeCount", "totalMaxNodeCount") if total else ("minNodeCount", "maxNodeCount")
    low, high = bounds.get(lowest, 0), bounds.get(highest)
    if high is None or high is UNKNOWN or low is UNKNOWN:
        missing = "has no limit: give maxNodeCount, or totalMaxNodeCount"
        return [Problem("autoscaling", missing)] if high is None else []
    if high < 1 or low > high:
        reason = f"is from {low:g} to {high:g} nodes: choose a maximum of at least 1, and no larger minimum"
        return [Problem("autoscaling", reason)]
    return one_of(inputs, "autoscaling.locationPolicy", ("BALANCED", "ANY"))


def upgrade_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    """How many nodes may be beside, and how many may be missing.

    https://cloud.google.com/kubernetes-engine/docs/concepts/node-pool-upgrade-strategies#surge
    """
    settings = inputs.get("upgradeSettings")
    if not isinstance(settings, Mapping):
        return []
    surge, missing = value_at(settings, "maxSurge"), value_at(settings, "maxUnavailable")
    problems = one_of(inputs, "upgradeSettings.strategy", ("SURGE", "BLUE_GREEN"))
    if settings.get("blueGreenSettings") and settings.get("strategy") in (None, "SURGE"):
        reason = "has blueGreenSettings, which only the strategy BLUE_GREEN takes: set strategy, or leave them out"
        problems.append(Problem("upgradeSettings", reason))
    if surge == 0 and missing == 0:
        reason = "lets no node be added (maxSurge) and none be missing (maxUnavailable): set one of them to at least 1"
        problems.append(Problem("upgradeSettings", reason))
    if (surge or 0) + (missing or 0) > 20:
        reason = "upgrades more than 20 nodes at a time: lower maxSurge and maxUnavailable to a sum of 20"
        problems.append(Problem("upgradeSettings", reason))
    return problems


def node_config_problems(path: str, config: Property) -> list[Problem]:
    """What is wrong with what each node shall be; nothing with what is not given or not yet known."""
    if not isinstance(config, Mapping):
        return []
    inputs = {path: config}
    labels, taints = config.get("labels"), config.get("taints")
    return [
        *_machine_problems(f"{path}.machineType", value_at(config, "machineType")),
        # https://cloud.google.com/kubernetes-engine/docs/how-to/custom-boot-disks
        *between(inputs, f"{path}.diskSizeGb", 10, 65_536, "GB"),
        *one_of(inputs, f"{path}.workloadMetadataConfig.mode", ("GCE_METADATA", "GKE_METADATA")),
        # https://cloud.google.com/kubernetes-engine/docs/how-to/update-existing-nodepools#restrictions
        *(
            Problem(f"{path}.labels[{key!r}]", "has a prefix that is Kubernetes' own: choose another label")
            for key in (labels if isinstance(labels, Mapping) else {})
            if key.partition("/")[0].endswith(("kubernetes.io", "k8s.io"))
        ),
        # https://cloud.google.com/kubernetes-engine/docs/how-to/node-taints
        *(
            Problem(f"{path}.taints[{index}].{problem.path}", problem.reason)
            for index, taint in enumerate(taints if isinstance(taints, list) else [])
            if isinstance(taint, Mapping)
            for problem in one_of(taint, "effect", clusters.EFFECTS)
        ),
    ]


def _machine_problems(path: str, name: Property) -> list[Problem]:
    if not isinstance(name, str):
        return []
    try:
        machine_type(name)
    except LocalCloudError as failure:
        return [Problem(path, f"is {name!r}, but there is no such machine type: {failure.remedy}")]
    return []


def pool_defaults(state: Mapping[str, Property], cluster: Mapping[str, Property]) -> dict[str, Property]:
    """What GKE decides of a pool where nothing is said.

    https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/NodeConfig
    """
    config: dict[str, Any] = {
        "diskSizeGb": 100,
        "diskType": "pd-balanced",
        "imageType": "COS_CONTAINERD",
        "loggingVariant": "DEFAULT",
        "machineType": "e2-medium",
        "metadata": {"disable-legacy-endpoints": "true"},
        "serviceAccount": "default",
        **given(state.get("nodeConfig") or {}),
    }
    config["effectiveTaints"] = config.get("taints") or []
    pods = state.get("maxPodsPerNode") or cluster.get("defaultMaxPodsPerNode") or 110
    return {
        "nodeConfig": config,
        "maxPodsPerNode": pods,
        "management": {"autoRepair": True, "autoUpgrade": True, **given(state.get("management") or {})},
        "upgradeSettings": state.get("upgradeSettings") or {"strategy": "SURGE", "maxSurge": 1, "maxUnavailable": 0},
        "networkConfig": {
            "enablePrivateNodes": bool(value_at(cluster, "privateClusterConfig.enablePrivateNodes")),
            "podRange": value_at(cluster, "ipAllocationPolicy.clusterSecondaryRangeName"),
            "podIpv4CidrBlock": cluster["clusterIpv4Cidr"],
            **given(state.get("networkConfig") or {}),
        },
    }


def node_count(state: Mapping[str, Property], former: Mapping[str, Property] | None) -> int:
    """Nodes in each zone: as many as asked for, or what the autoscaler would begin with or had, within its bounds."""
    scaling = state.get("autoscaling")
    if not scaling:
        asked = state.get("nodeCount")
        return int(asked if asked is not None else state.get("initialNodeCount") or 0)
    zones = len(state["nodeLocations"])
    least = scaling.get("minNodeCount") or math.ceil((scaling.get("totalMinNodeCount") or 0) / zones)
    most = scaling.get("maxNodeCount") or math.ceil((scaling.get("totalMaxNodeCount") or 0) / zones)
    present = former.get("nodeCount") if former else None
    begun = present if present is not None else state.get("initialNodeCount") or least
    return int(min(max(begun, least), most))


def require_channel_upgrades(state: Mapping[str, Property], cluster: Mapping[str, Property]) -> None:
    """A cluster in a release channel is upgraded and repaired, nodes included.

    https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels
    """
    channel = value_at(cluster, "releaseChannel.channel")
    if channel in (None, "UNSPECIFIED"):
        return
    for name, text in (("autoUpgrade", "Auto_upgrade"), ("autoRepair", "Auto_repair")):
        if state["management"][name] is False:
            raise Refusal(
                400,
                f"{text} must be true when release_channel {channel} is set., badRequest",
                "nodes would fall behind their control plane, or stay broken",
                f"set management.{name} of the node pool {state['name']} to true",
            )


def require_metadata_server(state: Mapping[str, Property], cluster: Mapping[str, Property]) -> None:
    """Nodes can only give workloads their identity where the cluster has a workload pool.

    https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#enable_on_clusters_and_node_pools
    """
    mode = value_at(state, "nodeConfig.workloadMetadataConfig.mode")
    if mode == "GKE_METADATA" and not value_at(cluster, "workloadIdentityConfig.workloadPool"):
        raise Refusal(
            400,
            f"The node pool {state['name']} has workloadMetadataConfig mode GKE_METADATA, and workload identity is not "
            "enabled on the cluster., badRequest",
            "no workload would get an identity",
            f"set workloadIdentityConfig.workloadPool of the cluster to '{cluster['project']}.svc.id.goog'",
        )


def require_service_account(config: Mapping[str, Property], project: str, cloud: Cloud) -> None:
    """The nodes' service account exists; those which Google makes itself are taken to.

    https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa
    """
    email = config["serviceAccount"]
    owner = email.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
    if email == "default" or email.endswith("@developer.gserviceaccount.com"):
        return
    if cloud.get(ACCOUNT, f"projects/{owner or project}/serviceAccounts/{email}") is None:
        raise Refusal(
            400,
            f'Service account "{email}" does not exist., badRequest',
            "the nodes would have no identity, and could not register",
            "give nodeConfig.serviceAccount the email of a service account that is declared",
        )


def require_room(state: Mapping[str, Property], identifier: str, cluster: Resource, cloud: Cloud) -> None:
    """A node takes an address of the subnet, and a range of at least twice as many as it takes pods.

    https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#cluster_sizing
    """
    others = [
        each.state
        for each in cloud.find(NODE_POOL)
        if each.id.startswith(f"{cluster.id}/nodePools/") and each.id != identifier
    ]
    everything = [state, *others, *cluster.state["nodePools"]]
    region = region_at(cluster.state["location"])
    subnetwork = subnetwork_id(cluster.state["subnetwork"], cluster.state["project"], region)
    found = cloud.get(SUBNETWORK, subnetwork)
    if found is None:
        return
    # Google keeps four addresses of every subnet.
    if sum(map(_nodes, everything)) > IPv4Network(found.state["ipCidrRange"]).num_addresses - 4:
        raise _exhausted(state, subnetwork, found.state["ipCidrRange"], "ipCidrRange of the subnetwork")
    name = state["networkConfig"]["podRange"]
    pods = secondary_range(name, found, "pod") or cluster.state["clusterIpv4Cidr"]
    sharing = [each for each in everything if each["networkConfig"]["podRange"] == name]
    if sum(_nodes(each) * _pod_range(each) for each in sharing) > IPv4Network(pods).num_addresses:
        raise _exhausted(state, f"{subnetwork}-{name or 'pods'}", pods, "range for pods")


def _nodes(pool: Mapping[str, Property]) -> int:
    return int(pool["nodeCount"]) * len(pool["nodeLocations"])


def _pod_range(pool: Mapping[str, Property]) -> int:
    """How many addresses a node takes for its pods."""
    return int(2 ** math.ceil(math.log2(2 * int(pool["maxPodsPerNode"]))))


def _exhausted(state: Mapping[str, Property], what: str, range_: str, name: str) -> Refusal:
    return Refusal(
        400,
        f"IP space of {what!r} ({range_}) is exhausted by {_nodes(state)} nodes of {state['name']}, "
        "IP_SPACE_EXHAUSTED_WITH_DETAILS",
        "some of the nodes would never come up",
        f"give the {name} a larger range, or have fewer nodes or a lower maxPodsPerNode",
    )


def secondary_range(name: str | None, subnetwork: Resource, use: str) -> str | None:
    """The range of a subnetwork that has this name; None where none is named.

    Raises:
        Refusal: The subnetwork has no such range.
    """
    ranges = {each["rangeName"]: each["ipCidrRange"] for each in subnetwork.state.get("secondaryIpRanges") or []}
    if name is None:
        return None
    if name not in ranges:
        raise Refusal(
            400,
            f'Error validating {use} secondary range: secondary range "{name}" does not exist in subnetwork '
            f'"{subnetwork.state["name"]}"., badRequest',
            f"the cluster's {use} addresses would come from nowhere",
            f"choose one of {', '.join(map(repr, ranges)) or 'the ranges that the subnetwork is yet to be given'}, or "
            "add it to secondaryIpRanges of the subnetwork",
        )
    return str(ranges[name])
