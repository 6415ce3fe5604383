"""Node pools that are declared by themselves."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from localcloud.cluster import nodes
from localcloud.providers.google import clusters
from localcloud.providers.google.checks import between, refuse
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute.kind import LINKS
from localcloud.providers.google.container import node_pools
from localcloud.providers.google.container.cluster_kind import Cluster
from localcloud.providers.google.container.kind import ContainerKind
from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.google.locations import region_at
from localcloud.providers.google.references import full_id, project_of
from localcloud.providers.google.tokens import CLUSTER, NODE_POOL
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property


class NodePool(ContainerKind):
    """A node pool of a GKE Standard cluster."""

    token = NODE_POOL
    path = "projects/{project}/locations/{location}/clusters/{cluster}/nodePools/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        return [
            *super().problems(inputs),
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
        return super().complete({"project": project, "location": location, **node_pools.given(inputs)}, place)

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        self._compute(state, cloud, None)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self._compute(state, cloud, former)

    @override
    def created(self, resource: Resource, cloud: Cloud) -> None:
        with clusters.refusals():
            clusters.settle(cloud, _cluster_of(resource.state, cloud))

    @override
    def updated(self, former: Resource, resource: Resource, cloud: Cloud) -> None:
        cluster = _cluster_of(resource.state, cloud)
        before, after = (clusters.pool(cluster.state, each.state) for each in (former, resource))
        settings = resource.state["upgradeSettings"]
        with clusters.refusals():
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
            with clusters.refusals():
                clusters.settle(cloud, cluster, bool(drain.get("respectPdbDuringNodePoolDeletion")))

    def _compute(self, state: dict[str, Property], cloud: Cloud, former: Mapping[str, Property] | None) -> None:
        # A number of nodes that is only known from before was not asked for.
        computed = former is not None and state.get("nodeCount") == former["nodeCount"]
        refuse(self.problems({**state, "nodeCount": None} if computed else state))
        cluster = _cluster_of(state, cloud)
        state["nodeLocations"] = state.get("nodeLocations") or cluster.state["nodeLocations"]
        refuse(node_pools.zones_problems(state["nodeLocations"], region_at(cluster.state["location"])))
        state |= node_pools.pool_defaults(state, cluster.state)
        state["nodeCount"] = node_pools.node_count(state, former)
        node_pools.require_channel_upgrades(state, cluster.state)
        node_pools.require_metadata_server(state, cluster.state)
        node_pools.require_service_account(state["nodeConfig"], state["project"], cloud)
        node_pools.require_room(state, self.identifier(state), cluster, cloud)
        groups = [
            (zone, f"{nodes.group(cluster.state['name'], state['name'], zone)}-grp") for zone in state["nodeLocations"]
        ]
        links = f"{LINKS}projects/{state['project']}/zones"
        state |= {
            "instanceGroupUrls": [f"{links}/{zone}/instanceGroupManagers/{group}" for zone, group in groups],
            "managedInstanceGroupUrls": [f"{links}/{zone}/instanceGroups/{group}" for zone, group in groups],
            "operation": "",
            "version": cluster.state["masterVersion"],
        }


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


KINDS: tuple[type[Kind], ...] = (NodePool,)
