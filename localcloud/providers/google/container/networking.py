"""Where a cluster is in its network: the ranges of its pods and services, and the address of its control plane."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

from localcloud.providers.google.addresses import free_range, range_problems, require_free, taken
from localcloud.providers.google.checks import value_at
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.container import node_pools
from localcloud.providers.google.kind import Refusal, Resource
from localcloud.providers.google.references import last, network_id, project_of, subnetwork_id
from localcloud.providers.google.tokens import CLUSTER, NETWORK, SUBNETWORK
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

# Addresses for documentation, which lead nowhere. https://www.rfc-editor.org/rfc/rfc5737
_CONTROL_PLANES = IPv4Network("192.0.2.0/24")

# https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#default_limits_for_range_sizes
_DEFAULT_POD_MASK = 14
_MANAGED_SERVICES = "34.118.224.0/20"


def control_plane_range_problems(block: Property) -> list[Problem]:
    """What is wrong with a control plane's range; nothing with what is not given or not yet known."""
    path = "privateClusterConfig.masterIpv4CidrBlock"
    problems = range_problems(path, block)
    # https://cloud.google.com/kubernetes-engine/docs/how-to/legacy/network-isolation#private_cp
    if not problems and isinstance(block, str) and not block.endswith("/28"):
        return [Problem(path, f"is {block}, but a control plane has 16 addresses: write it with the mask /28")]
    return problems


def require_network(state: Mapping[str, Property], cloud: Cloud) -> str:
    """The id of a cluster's network.

    Raises:
        Refusal: It does not exist.
    """
    reference, project = state.get("network") or "default", state["project"]
    network = network_id(reference, project)
    if cloud.get(NETWORK, network) is None:
        raise Refusal(
            400,
            f'Project "{project_of(network)}" has no network named "{last(network)}"., badRequest',
            f"the cluster {state['name']} would have no network",
            "declare the network, and give the cluster its id as `network`",
        )
    return network


def require_subnetwork(state: Mapping[str, Property], cloud: Cloud, network: str, region: str | None) -> Resource:
    """A cluster's subnetwork, which is one of its network in its region.

    Raises:
        Refusal: It is not.
    """
    reference = state.get("subnetwork") or last(network)
    identifier = subnetwork_id(reference, state["project"], region)
    subnetwork = cloud.get(SUBNETWORK, identifier)
    owner = subnetwork and network_id(subnetwork.state["network"], subnetwork.state["project"])
    if subnetwork is None or subnetwork.state["region"] != region or owner != network:
        raise Refusal(
            400,
            f'Network "{last(network)}" has no subnetwork named "{last(reference)}" in region "{region}"., badRequest',
            f"the nodes of the cluster {state['name']} would have no addresses",
            f"give the cluster a subnetwork of that network in {region}, or another location than {state['location']}",
        )
    return subnetwork


def require_control_plane_range(state: Mapping[str, Property], cloud: Cloud, network: str, identifier: str) -> None:
    """The control plane's range is of its own.

    https://cloud.google.com/kubernetes-engine/docs/how-to/legacy/network-isolation#private_cp
    """
    block = value_at(state, "privateClusterConfig.masterIpv4CidrBlock")
    if block is None:
        return
    require_free("privateClusterConfig.masterIpv4CidrBlock", IPv4Network(block), taken(cloud, network))
    for other in cloud.find(CLUSTER):
        theirs = value_at(other.state, "privateClusterConfig.masterIpv4CidrBlock")
        neighbours = network_id(other.state.get("network") or "", other.state["project"]) == network
        if other.id != identifier and neighbours and theirs and IPv4Network(theirs).overlaps(IPv4Network(block)):
            raise Refusal(
                400,
                f"The given master_ipv4_cidr {block} overlaps with {theirs} of the cluster {other.id}., badRequest",
                "two control planes would have the same addresses",
                "choose another /28 for privateClusterConfig.masterIpv4CidrBlock",
            )


def ranges(state: Mapping[str, Property], cloud: Cloud, network: str, subnetwork: Resource) -> dict[str, Property]:
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


def control_plane_address(state: Mapping[str, Property], subnetwork: Resource, identifier: str) -> str:
    """The control plane's address: of its own range where only that is wanted, else an external one."""
    private = state.get("privateClusterConfig") or {}
    if private.get("enablePrivateEndpoint"):
        return str(IPv4Network(private.get("masterIpv4CidrBlock") or subnetwork.state["ipCidrRange"])[2])
    return str(_CONTROL_PLANES[1 + digest(identifier) % 254])
