"""Network: a VPC with its subnet, its way out, its peering and the gateway's address."""

from typing import Any

import pulumi
import pytest
from web_platform.errors import ArgumentError
from web_platform.network import Network, NetworkArgs

from tests.recording import Recording, declare

TYPE = "web-platform:index:Network"
VPC = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
ROUTER = "gcp:compute/router:Router"
NAT = "gcp:compute/routerNat:RouterNat"
FIREWALL = "gcp:compute/firewall:Firewall"
ADDRESS = "gcp:compute/address:Address"
GLOBAL_ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
CONNECTION = "gcp:servicenetworking/connection:Connection"

VPC_ID = "projects/acme-prod/global/networks/platform"
SUBNETWORK_ID = "projects/acme-prod/regions/europe-west1/subnetworks/platform-nodes"


class Later(pulumi.CustomResource):
    """Whatever uses an output."""

    def __init__(self, value: pulumi.Input[str]) -> None:
        super().__init__("test:index:Later", "later", {"value": value})


def network(name: str = "platform", **args: Any) -> Recording:
    arguments: NetworkArgs = {"project": "acme-prod", "region": "europe-west1", **args}  # type: ignore[typeddict-item]
    return declare(lambda: Network(name, arguments))


def test_a_network_is_made_of_these_resources() -> None:
    assert sorted((resource.ancestry, resource.name) for resource in network()) == [
        (TYPE, "platform"),
        (f"{TYPE}${ADDRESS}", "platform-gateway"),
        (f"{TYPE}${FIREWALL}", "platform-webhooks"),
        (f"{TYPE}${GLOBAL_ADDRESS}", "platform-private-services"),
        (f"{TYPE}${VPC}", "platform"),
        (f"{TYPE}${ROUTER}", "platform-router"),
        (f"{TYPE}${NAT}", "platform-nat"),
        (f"{TYPE}${SUBNETWORK}", "platform-nodes"),
        (f"{TYPE}${CONNECTION}", "platform-private-services"),
    ]


def test_the_vpc_has_no_subnets_but_the_one_that_is_asked_for() -> None:
    assert network().one(VPC, "platform").inputs == {
        "name": "platform",
        "project": "acme-prod",
        "autoCreateSubnetworks": False,
        "routingMode": "REGIONAL",
    }


def test_the_subnet_reaches_googles_apis_privately_and_logs_a_tenth_of_its_flows() -> None:
    assert network().one(SUBNETWORK, "platform-nodes").inputs == {
        "name": "platform-nodes",
        "project": "acme-prod",
        "region": "europe-west1",
        "network": VPC_ID,
        "ipCidrRange": "10.0.0.0/22",
        "secondaryIpRanges": [
            {"rangeName": "pods", "ipCidrRange": "10.4.0.0/14"},
            {"rangeName": "services", "ipCidrRange": "10.8.0.0/20"},
        ],
        "privateIpGoogleAccess": True,
        "logConfig": {
            "aggregationInterval": "INTERVAL_10_MIN",
            "flowSampling": 0.1,
            "metadata": "INCLUDE_ALL_METADATA",
        },
    }


def test_nat_allocates_ports_as_they_are_needed() -> None:
    recording = network()
    assert recording.one(ROUTER, "platform-router").inputs == {
        "name": "platform-router",
        "project": "acme-prod",
        "region": "europe-west1",
        "network": VPC_ID,
    }
    assert recording.one(NAT, "platform-nat").inputs == {
        "name": "platform-nat",
        "project": "acme-prod",
        "region": "europe-west1",
        "router": "platform-router",
        "natIpAllocateOption": "AUTO_ONLY",
        "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
        "enableDynamicPortAllocation": True,
        "enableEndpointIndependentMapping": False,
        "minPortsPerVm": 64,
        "logConfig": {"enable": True, "filter": "ERRORS_ONLY"},
    }


def test_the_control_plane_alone_reaches_webhooks_and_nothing_else() -> None:
    assert network().one(FIREWALL, "platform-webhooks").inputs == {
        "name": "platform-webhooks",
        "project": "acme-prod",
        "network": VPC_ID,
        "description": "From the control plane of the cluster to webhooks in it",
        "direction": "INGRESS",
        "sourceRanges": ["172.16.0.0/28"],
        "destinationRanges": ["10.0.0.0/22", "10.4.0.0/14"],
        "allows": [{"protocol": "tcp", "ports": ["8080", "10250"]}],
    }


def test_other_webhook_ports_replace_the_usual_ones() -> None:
    rule = network(webhook_ports=[8443.0]).one(FIREWALL, "platform-webhooks").inputs
    assert rule["allows"] == [{"protocol": "tcp", "ports": ["8443"]}]


def test_googles_services_get_a_range_that_is_given_back_when_the_network_goes() -> None:
    recording = network()
    assert recording.one(GLOBAL_ADDRESS, "platform-private-services").inputs == {
        "name": "platform-private-services",
        "project": "acme-prod",
        "description": "For databases and other services that Google runs",
        "purpose": "VPC_PEERING",
        "addressType": "INTERNAL",
        "address": "10.16.0.0",
        "prefixLength": 16,
        "network": VPC_ID,
    }
    assert recording.one(CONNECTION, "platform-private-services").inputs == {
        "network": VPC_ID,
        "service": "servicenetworking.googleapis.com",
        "reservedPeeringRanges": ["platform-private-services"],
    }


def test_the_gateways_address_is_one_that_a_load_balancer_takes() -> None:
    assert network().one(ADDRESS, "platform-gateway").inputs == {
        "name": "platform-gateway",
        "project": "acme-prod",
        "region": "europe-west1",
        "description": "Where requests from outside arrive",
        "addressType": "EXTERNAL",
        "networkTier": "PREMIUM",
    }


def test_every_range_goes_where_it_is_meant_to() -> None:
    recording = network(
        node_range="10.100.0.0/24",
        pod_range="10.101.0.0/16",
        service_range="10.102.0.0/24",
        control_plane_range="10.103.0.0/28",
        private_services_range="10.104.0.0/20",
    )
    subnetwork = recording.one(SUBNETWORK, "platform-nodes").inputs
    assert subnetwork["ipCidrRange"] == "10.100.0.0/24"
    assert [given["ipCidrRange"] for given in subnetwork["secondaryIpRanges"]] == ["10.101.0.0/16", "10.102.0.0/24"]
    rule = recording.one(FIREWALL, "platform-webhooks").inputs
    assert rule["sourceRanges"] == ["10.103.0.0/28"]
    assert rule["destinationRanges"] == ["10.100.0.0/24", "10.101.0.0/16"]
    reserved = recording.one(GLOBAL_ADDRESS, "platform-private-services").inputs
    assert (reserved["address"], reserved["prefixLength"]) == ("10.104.0.0", 20)
    assert recording.outputs_of(TYPE, "platform")["controlPlaneRange"] == "10.103.0.0/28"


def test_outputs_are_what_a_cluster_a_database_and_dns_need() -> None:
    assert network().outputs_of(TYPE, "platform") == {
        "network": VPC_ID,
        "subnetwork": SUBNETWORK_ID,
        "podRangeName": "pods",
        "serviceRangeName": "services",
        "controlPlaneRange": "172.16.0.0/28",
        "privateServices": VPC_ID,
        "gatewayAddress": "203.0.113.7",
        "gatewayAddressName": "platform-gateway",
    }


@pytest.mark.parametrize(
    ("output", "type_", "name"),
    [
        ("subnetwork", NAT, "platform-nat"),
        ("subnetwork", SUBNETWORK, "platform-nodes"),
        ("pod_range_name", SUBNETWORK, "platform-nodes"),
        ("service_range_name", SUBNETWORK, "platform-nodes"),
        ("control_plane_range", FIREWALL, "platform-webhooks"),
        ("private_services", CONNECTION, "platform-private-services"),
    ],
)
def test_what_uses_an_output_waits_for_what_stands_behind_it(output: str, type_: str, name: str) -> None:
    def program() -> None:
        made = Network("platform", {"project": "acme-prod", "region": "europe-west1"})
        Later(getattr(made, output))

    recording = declare(program)
    assert recording.one(type_, name).urn in recording.waits_for(recording.one("test:index:Later", "later"))


def test_a_long_name_is_cut_where_google_wants_it_shorter() -> None:
    recording = network("n" * 63)
    assert recording.one(VPC, "n" * 63).inputs["name"] == "n" * 63
    (subnetwork,) = recording.of_type(SUBNETWORK).values()
    assert len(subnetwork.inputs["name"]) == 63
    assert subnetwork.inputs["name"].endswith("-nodes")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Platform"}, "name is not a name that Google accepts"),
        ({"region": "europe-west1-b"}, "region is 'europe-west1-b', which is a zone"),
        ({"node_range": "10.4.0.0/22"}, "pod_range is 10.4.0.0/14, which overlaps node_range 10.4.0.0/22"),
        ({"pod_range": "10.4.0.0/25"}, "pod_range is 10.4.0.0/25, which is smaller than /24"),
        ({"webhook_ports": []}, "webhook_ports is empty"),
        ({"webhook_ports": [8080, 0]}, "webhook_ports has 0, which is no port"),
        ({"webhook_ports": [65536]}, "webhook_ports has 65536, which is no port"),
        ({"node_ranges": ""}, r"node_ranges is not a known key.\n.*\n.*did you mean 'node_range'\?"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Network '[Pp]latform': {message}"):
        network(**change)
