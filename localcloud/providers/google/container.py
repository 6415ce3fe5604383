"""Google Kubernetes Engine: clusters and their node pools.

Behind every cluster is a real control plane on this machine (`clusters`), and behind every node a played one of the
machine type's size. So that clients reach it, the endpoint by DNS is ``127.0.0.1:<port>``, not
``gke-<hash>-<number>.<region>.gke.goog``; it is the one output that has not its real format. Simulated are references,
ranges, secondary ranges running out, release channels and their upgrades, Workload Identity, maintenance windows,
protection from deletion, surge upgrades, and draining with disruption budgets.

Not simulated are the cluster autoscaler (a pool that it owns begins with `initialNodeCount` or its minimum and stays
within its bounds), Autopilot, versions other than the embedded control plane's, blue-green upgrades (they are surge
upgrades), logging, monitoring, networking and whatever a machine does.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Network

from typing_extensions import override

from localcloud import toolchain
from localcloud.cluster import nodes
from localcloud.errors import LocalCloudError
from localcloud.providers.google import clusters, node_pools
from localcloud.providers.google.addresses import NETWORK, SUBNETWORK, free_range, range_problems, require_free, taken
from localcloud.providers.google.checks import between, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.clusters import CLUSTER, NODE_POOL
from localcloud.providers.google.compute import refuse
from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.google.locations import (
    is_region,
    location_problems,
    zones_of,
)
from localcloud.providers.google.maintenance import window_problems
from localcloud.providers.google.references import PathKind, full_id, last, project_of
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN, Property

# https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters#Cluster.FIELDS.name
_NAME = r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?"
_NAME_RULE = "a name has 1 to 40 lower-case letters, digits and dashes, with a letter first and no dash last"

# Addresses for documentation, which lead nowhere. https://www.rfc-editor.org/rfc/rfc5737
_CONTROL_PLANES = IPv4Network("192.0.2.0/24")

# https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#default_limits_for_range_sizes
_DEFAULT_POD_MASK = 14
_MANAGED_SERVICES = "34.118.224.0/20"

_LINKS = "https://www.googleapis.com/compute/v1/"


class Cluster(PathKind):
    """A GKE Standard cluster, zonal or regional."""

    token = CLUSTER
    api = "container.googleapis.com"
    path = "projects/{project}/locations/{location}/clusters/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        location = value_at(inputs, "location")
        return [
            *matches(inputs, "name", _NAME, _NAME_RULE),
            *location_problems("location", location),
            *node_pools.zones_problems(inputs.get("nodeLocations"), node_pools.region_at(location)),
            # https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels
            *one_of(inputs, "releaseChannel.channel", ("UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED")),
            # https://cloud.google.com/kubernetes-engine/docs/concepts/dataplane-v2
            *one_of(
                inputs,
                "datapathProvider",
                ("DATAPATH_PROVIDER_UNSPECIFIED", "LEGACY_DATAPATH", "ADVANCED_DATAPATH"),
            ),
            *_policy_problems(inputs),
            *_control_plane_range_problems(value_at(inputs, "privateClusterConfig.masterIpv4CidrBlock")),
            *window_problems(inputs.get("maintenancePolicy")),
            *_initial_pool_problems(inputs),
            *node_pools.node_config_problems("nodeConfig", inputs.get("nodeConfig")),
        ]

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        """With the provider's project, and its zone or else its region.

        Raises:
            Refusal: Neither the resource nor the provider says where it belongs.
        """
        return _located(super().complete({"location": place.zone or place.region, **node_pools.given(inputs)}, place))

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        self._compute(state, cloud, {})

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self._compute(state, cloud, former)

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        if state["deletionProtection"]:
            # The text is the provider's: resource_container_cluster.go in hashicorp/terraform-provider-google.
            raise Refusal(
                400,
                "Cannot destroy cluster because deletion_protection is set to true. Set it to false to proceed with "
                "cluster deletion.",
                f"everything that runs on {state['name']} would be lost",
                "set deletionProtection to false and run `pulumi up`; then the cluster can be deleted",
            )
        for each in cloud.find(NODE_POOL):
            if each.id.startswith(f"{self.identifier(state)}/nodePools/"):
                cloud.tamper(NODE_POOL, each.id, None)

    @override
    def created(self, resource: Resource, cloud: Cloud) -> None:
        with _refusals():
            launched = clusters.launch(cloud, resource)
        certificate = base64.b64encode(launched.ca.read_bytes()).decode()
        access = {**resource.state["masterAuth"], "clusterCaCertificate": certificate}
        endpoint = clusters.endpoint_output(resource.state, launched.server)
        cloud.amend(resource, {**endpoint, "masterAuth": access})

    @override
    def updated(self, former: Resource, resource: Resource, cloud: Cloud) -> None:
        if clusters.pools(cloud, former) != clusters.pools(cloud, resource):
            with _refusals():
                clusters.settle(cloud, resource)

    @override
    def deleted(self, resource: Resource, cloud: Cloud) -> None:
        clusters.remove(cloud.directory, resource.state)

    def _compute(self, state: dict[str, Property], cloud: Cloud, former: Mapping[str, Property]) -> None:
        refuse(self.problems(state))
        identifier, project = self.identifier(state), state["project"]
        region = node_pools.region_at(state["location"])
        network = _require_network(state, cloud)
        subnetwork = _require_subnetwork(state, cloud, network, region)
        _require_control_plane_range(state, cloud, network, identifier)
        _require_workload_pool(state)
        version = f"{toolchain.version('kube-apiserver')}-gke.1000000"
        labels = state.get("effectiveLabels") or state.get("resourceLabels") or {}
        state |= {
            **_ranges(state, cloud, network, subnetwork),
            **_defaults(state),
            "subnetwork": state.get("subnetwork") or subnetwork.id,
            "endpoint": _endpoint(state, subnetwork, identifier),
            "selfLink": _self_link(state),
            "masterVersion": version,
            "nodeVersion": version,
            "emulatedVersion": "",
            "labelFingerprint": f"{digest(repr(sorted(labels.items()))):032x}"[:8],
            "operation": "",
            "tpuIpv4CidrBlock": "",
            "masterAuth": {
                "clientCertificateConfig": {"issueClientCertificate": False},
                **(state.get("masterAuth") or {}),
                "clientCertificate": "",
                "clientKey": "",
                "clusterCaCertificate": value_at(former, "masterAuth.clusterCaCertificate") or "",
            },
            **clusters.endpoint_output(
                state, value_at(former, "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint") or ""
            ),
        }
        state["nodePools"] = _own_pools(state)
        for each in state["nodePools"]:
            node_pools.require_service_account(each["nodeConfig"], project, cloud)


class NodePool(PathKind):
    """A node pool of a GKE Standard cluster."""

    token = NODE_POOL
    api = "container.googleapis.com"
    path = "projects/{project}/locations/{location}/clusters/{cluster}/nodePools/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        location = value_at(inputs, "location")
        return [
            *matches(inputs, "name", _NAME, _NAME_RULE),
            *location_problems("location", location),
            *node_pools.zones_problems(inputs.get("nodeLocations"), node_pools.region_at(location)),
            *node_pools.size_problems(inputs),
            # https://cloud.google.com/kubernetes-engine/docs/how-to/flexible-pod-cidr
            *between(inputs, "maxPodsPerNode", 8, 256, "pods on a node"),
            *node_pools.upgrade_problems(inputs),
            *node_pools.node_config_problems("nodeConfig", inputs.get("nodeConfig")),
        ]

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        """With the project and location of its cluster, where the reference names them, else the provider's.

        Raises:
            Refusal: Nobody says where it belongs.
        """
        reference = inputs.get("cluster")
        found = full_id(reference, "", "clusters").split("/") if isinstance(reference, str) and "/" in reference else []
        named = dict(zip(found[::2], found[1::2], strict=False))
        location = named.get("locations") or named.get("zones") or place.zone or place.region
        project = (project_of(reference) if isinstance(reference, str) else None) or place.project
        return _located(super().complete({"project": project, "location": location, **node_pools.given(inputs)}, place))

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        self._compute(state, cloud, None)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self._compute(state, cloud, former)

    @override
    def created(self, resource: Resource, cloud: Cloud) -> None:
        with _refusals():
            clusters.settle(cloud, _cluster_of(resource.state, cloud))

    @override
    def updated(self, former: Resource, resource: Resource, cloud: Cloud) -> None:
        cluster = _cluster_of(resource.state, cloud)
        before, after = (clusters.pool(cluster.state, each.state) for each in (former, resource))
        settings = resource.state["upgradeSettings"]
        with _refusals():
            if before.machine != after.machine:
                step = int(settings.get("maxSurge") or 0) + int(settings.get("maxUnavailable") or 0)
                clusters.upgrade(cloud, cluster, before, max(step, 1))
            elif before != after:
                clusters.settle(cloud, cluster)

    @override
    def deleted(self, resource: Resource, cloud: Cloud) -> None:
        cluster = cloud.get(CLUSTER, _cluster_id(resource.state))
        if cluster is not None:
            drain: Mapping[str, Property] = next(iter(resource.state.get("nodeDrainConfigs") or []), {})
            # Unless it is told to, GKE deletes the pods of a pool that goes without asking disruption budgets.
            # https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/NodeDrainConfig
            with _refusals():
                clusters.settle(cloud, cluster, bool(drain.get("respectPdbDuringNodePoolDeletion")))

    def _compute(self, state: dict[str, Property], cloud: Cloud, former: Mapping[str, Property] | None) -> None:
        # A number of nodes that is only known from before was not asked for.
        computed = former is not None and state.get("nodeCount") == former["nodeCount"]
        refuse(self.problems({**state, "nodeCount": None} if computed else state))
        cluster = _cluster_of(state, cloud)
        state["nodeLocations"] = state.get("nodeLocations") or cluster.state["nodeLocations"]
        refuse(node_pools.zones_problems(state["nodeLocations"], node_pools.region_at(cluster.state["location"])))
        state |= node_pools.pool_defaults(state, cluster.state)
        state["nodeCount"] = node_pools.node_count(state, former)
        node_pools.require_channel_upgrades(state, cluster.state)
        node_pools.require_metadata_server(state, cluster.state)
        node_pools.require_service_account(state["nodeConfig"], state["project"], cloud)
        node_pools.require_room(state, self.identifier(state), cluster, cloud)
        groups = [
            (zone, f"{nodes.group(cluster.state['name'], state['name'], zone)}-grp") for zone in state["nodeLocations"]
        ]
        links = f"{_LINKS}projects/{state['project']}/zones"
        state |= {
            "instanceGroupUrls": [f"{links}/{zone}/instanceGroupManagers/{group}" for zone, group in groups],
            "managedInstanceGroupUrls": [f"{links}/{zone}/instanceGroups/{group}" for zone, group in groups],
            "operation": "",
            "version": cluster.state["masterVersion"],
        }


KINDS: tuple[type[Kind], ...] = (Cluster, NodePool)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the embedded cluster cannot do is what the cloud does not do."""
    try:
        yield
    except LocalCloudError as failure:
        raise Refusal(500, failure.problem, failure.consequence, failure.remedy) from failure


def _located(complete: dict[str, Property]) -> dict[str, Property]:
    """The same, if it says where.

    Raises:
        Refusal: It does not.
    """
    if complete.get("location") is None:
        # The text is the provider's: tpgresource/regional_utils.go in hashicorp/terraform-provider-google.
        raise Refusal(
            400,
            "Cannot determine location: set location in this resource, or set provider-level zone or region",
            f"it is not known where to make {complete.get('name')!r}",
            "give it its location, or set gcp:zone or gcp:region in the stack's configuration",
        )
    return complete


def _policy_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    # https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#limitations_and_requirements
    if inputs.get("datapathProvider") != "ADVANCED_DATAPATH" or value_at(inputs, "networkPolicy.enabled") is not True:
        return []
    reason = (
        "enables NetworkPolicy, which for clusters with DatapathProvider=ADVANCED_DATAPATH is not allowed, since "
        "Dataplane V2 always enforces network policies: leave networkPolicy out"
    )
    return [Problem("networkPolicy", reason)]


def _control_plane_range_problems(block: Property) -> list[Problem]:
    path = "privateClusterConfig.masterIpv4CidrBlock"
    problems = range_problems(path, block)
    # https://cloud.google.com/kubernetes-engine/docs/how-to/legacy/network-isolation#private_cp
    if not problems and isinstance(block, str) and not block.endswith("/28"):
        return [Problem(path, f"is {block}, but a control plane has 16 addresses: write it with the mask /28")]
    return problems


def _initial_pool_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    if inputs.get("enableAutopilot") is True:
        reason = (
            "is true, but Autopilot is not simulated, and no pod would ever find a node: declare node pools, or run "
            "this stack against Google Cloud only"
        )
        return [Problem("enableAutopilot", reason)]
    count = inputs.get("initialNodeCount")
    # https://www.pulumi.com/registry/packages/gcp/api-docs/container/cluster/#initialnodecount_nodejs
    if inputs.get("nodePools") or count is UNKNOWN or (isinstance(count, int | float) and count >= 1):
        return []
    reason = (
        "must be greater than zero (Cluster.initial_node_count): set it to 1, and removeDefaultNodePool to true where "
        "node pools are declared by themselves"
    )
    return [Problem("initialNodeCount", reason)]


def _require_network(state: Mapping[str, Property], cloud: Cloud) -> str:
    reference, project = state.get("network") or "default", state["project"]
    network = full_id(reference, project, "global/networks")
    if cloud.get(NETWORK, network) is None:
        raise Refusal(
            400,
            f'Project "{project_of(network)}" has no network named "{last(network)}"., badRequest',
            f"the cluster {state['name']} would have no network",
            "declare the network, and give the cluster its id as `network`",
        )
    return network


def _require_subnetwork(state: Mapping[str, Property], cloud: Cloud, network: str, region: str | None) -> Resource:
    reference = state.get("subnetwork") or last(network)
    identifier = full_id(reference, state["project"], f"regions/{region}/subnetworks")
    subnetwork = cloud.get(SUBNETWORK, identifier)
    owner = subnetwork and full_id(subnetwork.state["network"], subnetwork.state["project"], "global/networks")
    if subnetwork is None or subnetwork.state["region"] != region or owner != network:
        raise Refusal(
            400,
            f'Network "{last(network)}" has no subnetwork named "{last(reference)}" in region "{region}"., badRequest',
            f"the nodes of the cluster {state['name']} would have no addresses",
            f"give the cluster a subnetwork of that network in {region}, or another location than {state['location']}",
        )
    return subnetwork


def _require_control_plane_range(state: Mapping[str, Property], cloud: Cloud, network: str, identifier: str) -> None:
    """The control plane's range is of its own.

    https://cloud.google.com/kubernetes-engine/docs/how-to/legacy/network-isolation#private_cp
    """
    block = value_at(state, "privateClusterConfig.masterIpv4CidrBlock")
    if block is None:
        return
    require_free("privateClusterConfig.masterIpv4CidrBlock", IPv4Network(block), taken(cloud, network))
    for other in cloud.find(CLUSTER):
        theirs = value_at(other.state, "privateClusterConfig.masterIpv4CidrBlock")
        neighbours = full_id(other.state.get("network") or "", other.state["project"], "global/networks") == network
        if other.id != identifier and neighbours and theirs and IPv4Network(theirs).overlaps(IPv4Network(block)):
            raise Refusal(
                400,
                f"The given master_ipv4_cidr {block} overlaps with {theirs} of the cluster {other.id}., badRequest",
                "two control planes would have the same addresses",
                "choose another /28 for privateClusterConfig.masterIpv4CidrBlock",
            )


def _require_workload_pool(state: Mapping[str, Property]) -> None:
    """There is one workload pool a project.

    https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#enable_on_clusters_and_node_pools
    """
    pool = value_at(state, "workloadIdentityConfig.workloadPool")
    wanted = f"{state['project']}.svc.id.goog"
    if pool not in (None, wanted):
        raise Refusal(
            400,
            f"Currently, the only supported workload pool is {wanted!r}, not {pool!r}., badRequest",
            "workloads would have no identity that this project knows",
            f"set workloadIdentityConfig.workloadPool to {wanted!r}",
        )


def _ranges(state: Mapping[str, Property], cloud: Cloud, network: str, subnetwork: Resource) -> dict[str, Property]:
    """The ranges of pods and services: named secondary ones, given ones, or ones that GKE chooses.

    https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips
    """
    policy = {**(state.get("ipAllocationPolicy") or {})}
    pods = node_pools.secondary_range(policy.get("clusterSecondaryRangeName"), subnetwork, "pod")
    services = node_pools.secondary_range(policy.get("servicesSecondaryRangeName"), subnetwork, "services")
    pods = pods or policy.get("clusterIpv4CidrBlock") or state.get("clusterIpv4Cidr") or f"/{_DEFAULT_POD_MASK}"
    services = services or policy.get("servicesIpv4CidrBlock") or _MANAGED_SERVICES
    if pods.startswith("/"):
        pods = str(free_range(int(pods[1:]), taken(cloud, network)))
    if services.startswith("/"):
        services = str(IPv4Network((IPv4Network(_MANAGED_SERVICES).network_address, int(services[1:]))))
    policy |= {"clusterIpv4CidrBlock": pods, "servicesIpv4CidrBlock": services}
    policy.setdefault("stackType", "IPV4")
    return {"ipAllocationPolicy": policy, "clusterIpv4Cidr": pods, "servicesIpv4Cidr": services}


def _endpoint(state: Mapping[str, Property], subnetwork: Resource, identifier: str) -> str:
    """The control plane's address: of its own range where only that is wanted, else an external one."""
    private = state.get("privateClusterConfig") or {}
    if private.get("enablePrivateEndpoint"):
        return str(IPv4Network(private.get("masterIpv4CidrBlock") or subnetwork.state["ipCidrRange"])[2])
    return str(_CONTROL_PLANES[1 + digest(identifier) % 254])


def _self_link(state: Mapping[str, Property]) -> str:
    collection = "locations" if is_region(state["location"]) else "zones"
    path = f"projects/{state['project']}/{collection}/{state['location']}/clusters/{state['name']}"
    return f"https://container.googleapis.com/v1/{path}"


def _defaults(state: Mapping[str, Property]) -> dict[str, Property]:
    """What GKE decides where nothing is said.

    https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters
    """
    location = state["location"]
    zones = state.get("nodeLocations") or (zones_of(location)[:3] if is_region(location) else [])
    defaults = {
        "datapathProvider": "DATAPATH_PROVIDER_UNSPECIFIED",
        "defaultMaxPodsPerNode": 110,
        "deletionProtection": True,
        "loggingService": "logging.googleapis.com/kubernetes",
        "monitoringService": "monitoring.googleapis.com/kubernetes",
        "networkingMode": "VPC_NATIVE",
        "releaseChannel": {"channel": "REGULAR"},
    }
    return {
        **{name: value for name, value in defaults.items() if state.get(name) is None},
        # A zonal cluster's own zone always is one of them.
        "nodeLocations": list(zones) if is_region(location) else list(dict.fromkeys([location, *zones])),
    }


def _own_pools(state: Mapping[str, Property]) -> list[Property]:
    """The pools that are declared in the cluster itself, or else the default one unless it is removed."""
    if state.get("removeDefaultNodePool"):
        return []
    declared = state.get("nodePools") or [
        {
            "name": "default-pool",
            "initialNodeCount": state.get("initialNodeCount"),
            "nodeConfig": state.get("nodeConfig"),
        }
    ]
    pools = []
    for each in declared:
        zones = each.get("nodeLocations") or state["nodeLocations"]
        complete = {**each, "nodeLocations": zones, **node_pools.pool_defaults({**each, "nodeLocations": zones}, state)}
        pools.append({**complete, "nodeCount": node_pools.node_count(complete, each)})
    return pools


def _cluster_id(state: Mapping[str, Property]) -> str:
    return Cluster().identifier({**state, "name": state["cluster"]})


def _cluster_of(state: Mapping[str, Property], cloud: Cloud) -> Resource:
    identifier = _cluster_id(state)
    cluster = cloud.get(CLUSTER, identifier)
    if cluster is None:
        raise Refusal(
            404,
            f"Not found: {identifier}., notFound",
            f"the node pool {state['name']} would belong to no cluster",
            "give the pool its cluster's id, and the cluster's location; let it wait for the cluster",
        )
    return cluster
