"""Clusters: what one may be given, what GKE decides where nothing is said, and the control plane behind it."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google import clusters
from localcloud.providers.google.checks import one_of, refuse, value_at
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.container import node_pools
from localcloud.providers.google.container.kind import ContainerKind
from localcloud.providers.google.container.maintenance import window_problems
from localcloud.providers.google.container.networking import (
    control_plane_address,
    control_plane_range_problems,
    ranges,
    require_control_plane_range,
    require_network,
    require_subnetwork,
)
from localcloud.providers.google.kind import Kind, Refusal, Resource
from localcloud.providers.google.locations import is_region, region_at, zones_of
from localcloud.providers.google.tokens import CLUSTER, NODE_POOL
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN, Property


class Cluster(ContainerKind):
    """A GKE Standard cluster, zonal or regional."""

    token = CLUSTER
    path = "projects/{project}/locations/{location}/clusters/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        return [
            *super().problems(inputs),
            # https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels
            *one_of(inputs, "releaseChannel.channel", ("UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED")),
            # https://cloud.google.com/kubernetes-engine/docs/how-to/deploying-gateways#enable-gateway
            *one_of(
                inputs,
                "gatewayApiConfig.channel",
                ("CHANNEL_DISABLED", "CHANNEL_EXPERIMENTAL", "CHANNEL_STANDARD"),
            ),
            # https://cloud.google.com/kubernetes-engine/docs/concepts/dataplane-v2
            *one_of(
                inputs,
                "datapathProvider",
                ("DATAPATH_PROVIDER_UNSPECIFIED", "LEGACY_DATAPATH", "ADVANCED_DATAPATH"),
            ),
            *_policy_problems(inputs),
            *control_plane_range_problems(value_at(inputs, "privateClusterConfig.masterIpv4CidrBlock")),
            *window_problems(inputs.get("maintenancePolicy")),
            *_initial_pool_problems(inputs),
            *node_pools.node_config_problems("nodeConfig", inputs.get("nodeConfig")),
        ]

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

    @override
    def created(self, resource: Resource, cloud: Cloud) -> None:
        with clusters.refusals():
            launched = clusters.launch(cloud, resource)
        certificate = base64.b64encode(launched.ca.read_bytes()).decode()
        access = {**resource.state["masterAuth"], "clusterCaCertificate": certificate}
        endpoint = clusters.endpoint_output(resource.state, launched.server)
        cloud.amend(resource, {**endpoint, "masterAuth": access})

    @override
    def updated(self, former: Resource, resource: Resource, cloud: Cloud) -> None:
        if clusters.pools(cloud, former) != clusters.pools(cloud, resource):
            with clusters.refusals():
                clusters.settle(cloud, resource)

    @override
    def deleted(self, resource: Resource, cloud: Cloud) -> None:
        clusters.remove(cloud.directory, resource.state)
        for each in cloud.find(NODE_POOL):
            if each.id.startswith(f"{resource.id}/nodePools/"):
                cloud.tamper(NODE_POOL, each.id, None)

    def _compute(self, state: dict[str, Property], cloud: Cloud, former: Mapping[str, Property]) -> None:
        refuse(self.problems(state))
        identifier, project = self.identifier(state), state["project"]
        region = region_at(state["location"])
        network = require_network(state, cloud)
        subnetwork = require_subnetwork(state, cloud, network, region)
        require_control_plane_range(state, cloud, network, identifier)
        _require_workload_pool(state)
        version = clusters.version()
        labels = state.get("effectiveLabels") or state.get("resourceLabels") or {}
        state |= {
            **ranges(state, cloud, network, subnetwork),
            **_defaults(state),
            "subnetwork": state.get("subnetwork") or subnetwork.id,
            "endpoint": control_plane_address(state, subnetwork, identifier),
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


def _policy_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    # https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#limitations_and_requirements
    if inputs.get("datapathProvider") != "ADVANCED_DATAPATH" or value_at(inputs, "networkPolicy.enabled") is not True:
        return []
    reason = (
        "enables NetworkPolicy, which for clusters with DatapathProvider=ADVANCED_DATAPATH is not allowed, since "
        "Dataplane V2 always enforces network policies: leave networkPolicy out"
    )
    return [Problem("networkPolicy", reason)]


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


KINDS: tuple[type[Kind], ...] = (Cluster,)
