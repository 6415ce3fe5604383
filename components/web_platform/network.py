"""The network that a platform lives in, closed to the internet but for what a load balancer lets in.

Owns the VPC, one subnet with the ranges of a cluster's pods and Services, the way out (router and NAT), the firewall
rule that lets the control plane reach webhooks, the peering through which Google's services (Cloud SQL) are reached by
private addresses, and the static address of the gateway. Does not own the cluster, the load balancer that uses the
address, or DNS.

There is no rule for health checks and load-balanced traffic: GKE makes its own for each Service of type LoadBalancer.
There is none that denies either: a VPC refuses whatever no rule allows.
https://cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules
https://cloud.google.com/firewall/docs/firewalls#default_firewall_rules
"""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from web_platform.address_ranges import ranges_fault
from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.locations import region_fault
from web_platform.order import after
from web_platform.physical_name import physical_name, physical_name_fault

# https://cloud.google.com/compute/docs/naming-resources
_MAXIMUM_NAME = 63

_POD_RANGE = "pods"
_SERVICE_RANGE = "services"

# Kong's admission webhook, and cert-manager's. Without a rule the control plane waits for both until it gives up, and
# no Ingress and no certificate can be changed.
_WEBHOOK_PORTS = (8080, 10250)

_RANGES = {
    "node_range": "10.0.0.0/22",
    "pod_range": "10.4.0.0/14",
    "service_range": "10.8.0.0/20",
    "control_plane_range": "172.16.0.0/28",
    "private_services_range": "10.16.0.0/16",
}


class NetworkArgs(TypedDict):
    """Arguments of `Network`. No two ranges may overlap, and none can be changed once a cluster uses it."""

    project: Input[str]
    """Project that the network belongs to."""

    region: str
    """Region of the subnet, the way out and the gateway's address, such as `europe-west1`."""

    node_range: NotRequired[str]
    """Addresses of nodes. Default: `10.0.0.0/22`, enough for 1,020 of them."""

    pod_range: NotRequired[str]
    """Addresses of pods, of which each node takes 256. Default: `10.4.0.0/14`, enough for 1,024 nodes."""

    service_range: NotRequired[str]
    """Addresses of Services inside the cluster. Default: `10.8.0.0/20`."""

    control_plane_range: NotRequired[str]
    """The 16 addresses of the cluster's control plane. Default: `172.16.0.0/28`."""

    private_services_range: NotRequired[str]
    """Addresses of what Google runs for the platform, such as databases. Default: `10.16.0.0/16`, as Google advises."""

    webhook_ports: NotRequired[Sequence[int]]
    """Ports on which pods answer webhooks of the control plane. Default: 8080 (Kong) and 10250 (cert-manager)."""


class Network(pulumi.ComponentResource):
    """A VPC with one subnet, its way out, a peering with Google's services, and the gateway's address."""

    network: Output[str]
    """Id of the VPC, such as `projects/acme-prod/global/networks/platform`."""

    subnetwork: Output[str]
    """Id of the subnet. Known once the way out stands, so that no node starts without one."""

    pod_range_name: Output[str]
    """Name of the subnet's range for pods."""

    service_range_name: Output[str]
    """Name of the subnet's range for Services."""

    control_plane_range: Output[str]
    """Addresses for the control plane. What uses them is created once the firewall lets them reach webhooks."""

    private_services: Output[str]
    """Id of the VPC, known once Google's services can have private addresses in it: for databases."""

    gateway_address: Output[str]
    """Static address of the gateway, for its load balancer and for DNS."""

    gateway_address_name: Output[str]
    """Name under which the static address is reserved."""

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("Network", name, args, NetworkArgs)
        refuse(component, "name", physical_name_fault(name))
        project, region = args["project"], args["region"]
        refuse(component, "region", region_fault(region))
        ranges = _ranges(args)
        wrong = ranges_fault(ranges)
        if wrong is not None:
            refuse(component, *wrong)
        # Numbers arrive as floats when the component is used from another language.
        webhook_ports = [int(port) for port in args.get("webhook_ports", _WEBHOOK_PORTS)]
        refuse(component, "webhook_ports", _ports_fault(webhook_ports))

        super().__init__("web-platform:index:Network", name, None, opts)
        child = ResourceOptions(parent=self)
        network = gcp.compute.Network(
            name,
            name=physical_name(name, _MAXIMUM_NAME),
            project=project,
            # Otherwise Google makes a subnet in each region, of ranges that overlap those of the next network.
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=child,
        )
        subnetwork = gcp.compute.Subnetwork(
            f"{name}-nodes",
            name=physical_name(name, _MAXIMUM_NAME, "-nodes"),
            project=project,
            region=region,
            network=network.id,
            ip_cidr_range=ranges["node_range"],
            secondary_ip_ranges=[
                gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=_POD_RANGE, ip_cidr_range=ranges["pod_range"]),
                gcp.compute.SubnetworkSecondaryIpRangeArgs(
                    range_name=_SERVICE_RANGE, ip_cidr_range=ranges["service_range"]
                ),
            ],
            # Nodes have no public addresses: this is their way to Google's APIs and registries, without NAT's fee.
            private_ip_google_access=True,
            # A tenth is enough to see afterwards who talked to whom; logs are paid for by their size.
            log_config=gcp.compute.SubnetworkLogConfigArgs(
                aggregation_interval="INTERVAL_10_MIN", flow_sampling=0.1, metadata="INCLUDE_ALL_METADATA"
            ),
            opts=child,
        )
        nat = self._way_out(name, project, region, network)
        webhooks = gcp.compute.Firewall(
            f"{name}-webhooks",
            name=physical_name(name, _MAXIMUM_NAME, "-webhooks"),
            project=project,
            network=network.id,
            description="From the control plane of the cluster to webhooks in it",
            direction="INGRESS",
            source_ranges=[ranges["control_plane_range"]],
            destination_ranges=[ranges["node_range"], ranges["pod_range"]],
            allows=[gcp.compute.FirewallAllowArgs(protocol="tcp", ports=[str(port) for port in webhook_ports])],
            opts=child,
        )
        peering = self._private_services(name, project, network, IPv4Network(ranges["private_services_range"]))
        address = gcp.compute.Address(
            f"{name}-gateway",
            name=physical_name(name, _MAXIMUM_NAME, "-gateway"),
            project=project,
            region=region,
            description="Where requests from outside arrive",
            address_type="EXTERNAL",
            # GKE's load balancers are of this tier, and take an address of no other.
            # https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters
            network_tier="PREMIUM",
            opts=child,
        )
        self.network = network.id
        self.subnetwork = after(subnetwork.id, nat.urn)
        self.pod_range_name = after(_POD_RANGE, subnetwork.urn)
        self.service_range_name = after(_SERVICE_RANGE, subnetwork.urn)
        self.control_plane_range = after(ranges["control_plane_range"], webhooks.urn)
        self.private_services = after(network.id, peering.urn)
        self.gateway_address = address.address
        self.gateway_address_name = address.name
        self.register_outputs(
            {
                "network": self.network,
                "subnetwork": self.subnetwork,
                "podRangeName": self.pod_range_name,
                "serviceRangeName": self.service_range_name,
                "controlPlaneRange": self.control_plane_range,
                "privateServices": self.private_services,
                "gatewayAddress": self.gateway_address,
                "gatewayAddressName": self.gateway_address_name,
            }
        )

    def _way_out(
        self, name: str, project: Input[str], region: str, network: gcp.compute.Network
    ) -> gcp.compute.RouterNat:
        """Let what has no public address reach the internet, and nothing from there reach it."""
        router = gcp.compute.Router(
            f"{name}-router",
            name=physical_name(name, _MAXIMUM_NAME, "-router"),
            project=project,
            region=region,
            network=network.id,
            opts=ResourceOptions(parent=self),
        )
        return gcp.compute.RouterNat(
            f"{name}-nat",
            name=physical_name(name, _MAXIMUM_NAME, "-nat"),
            project=project,
            region=region,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
            # A node with many pods gets more ports as it needs them, instead of losing connections. Google allows
            # this only without endpoint-independent mapping.
            # https://cloud.google.com/nat/docs/ports-and-addresses#dynamic-port
            enable_dynamic_port_allocation=True,
            enable_endpoint_independent_mapping=False,
            # Twice what dynamic allocation starts with: the first burst of image pulls needs them at once.
            min_ports_per_vm=64,
            log_config=gcp.compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=ResourceOptions(parent=self),
        )

    def _private_services(
        self, name: str, project: Input[str], network: gcp.compute.Network, addresses: IPv4Network
    ) -> gcp.servicenetworking.Connection:
        """Let Google's services have addresses in the network."""
        reserved = gcp.compute.GlobalAddress(
            f"{name}-private-services",
            name=physical_name(name, _MAXIMUM_NAME, "-private-services"),
            project=project,
            description="For databases and other services that Google runs",
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=str(addresses.network_address),
            prefix_length=addresses.prefixlen,
            network=network.id,
            opts=ResourceOptions(parent=self),
        )
        # It is deleted like everything else: a peering that is abandoned leaves the VPC undeletable.
        return gcp.servicenetworking.Connection(
            f"{name}-private-services",
            network=network.id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[reserved.name],
            opts=ResourceOptions(parent=self),
        )


def _ranges(args: NetworkArgs) -> dict[str, str]:
    return {
        "node_range": args.get("node_range", _RANGES["node_range"]),
        "pod_range": args.get("pod_range", _RANGES["pod_range"]),
        "service_range": args.get("service_range", _RANGES["service_range"]),
        "control_plane_range": args.get("control_plane_range", _RANGES["control_plane_range"]),
        "private_services_range": args.get("private_services_range", _RANGES["private_services_range"]),
    }


def _ports_fault(ports: Sequence[int]) -> Fault | None:
    if not ports:
        return Fault(
            what="is empty",
            danger="a rule without ports opens all of them",
            remedy="name the ports of the webhooks, or leave it out",
        )
    for port in ports:
        if not 1 <= port <= 65535:
            return Fault(
                what=f"has {port}, which is no port",
                danger="Google would refuse the firewall rule, and no webhook could be reached",
                remedy="pass numbers from 1 to 65535",
            )
    return None
