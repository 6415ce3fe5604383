"""Networks in the simulated cloud: what they need, what overlaps, and what stays while it is in use."""

from typing import Any

import pytest

from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute import (
    Address,
    Firewall,
    GlobalAddress,
    Network,
    NetworkPeeringRoutesConfig,
    Route,
    Router,
    RouterNat,
    SecurityPolicy,
    Subnetwork,
)
from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.google.service_networking import Connection
from localcloud.providers.google.tokens import CLUSTER
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable

_LINKS = "https://www.googleapis.com/compute/v1/"
_NETWORK = f"projects/{PROJECT}/global/networks/main"
_SUBNETWORK = f"projects/{PROJECT}/regions/europe-west1/subnetworks/nodes"
_PLACE = Place(PROJECT, "europe-west1", "europe-west1-b")


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "compute.googleapis.com", "servicenetworking.googleapis.com")


@pytest.fixture
def network(cloud: Cloud) -> Resource:
    return make(cloud, Network(), name="main", autoCreateSubnetworks=False)


@pytest.fixture
def subnetwork(cloud: Cloud, network: Resource) -> Resource:
    return make(cloud, Subnetwork(), **_subnetwork())


def make(cloud: Cloud, kind: Kind, **inputs: Any) -> Resource:
    return cloud.create(kind, inputs, _PLACE)


def _subnetwork(**changes: Any) -> dict[str, Any]:
    ranges = [
        {"rangeName": "pods", "ipCidrRange": "10.16.0.0/14"},
        {"rangeName": "services", "ipCidrRange": "10.20.0.0/20"},
    ]
    given = {"name": "nodes", "network": _NETWORK, "ipCidrRange": "10.0.0.0/20", "secondaryIpRanges": ranges}
    return {**given, **changes}


def _firewall(**changes: Any) -> dict[str, Any]:
    given = {
        "name": "webhooks",
        "network": _NETWORK,
        "allows": [{"protocol": "tcp", "ports": ["8080", "10250-10260"]}],
        "sourceRanges": ["172.16.0.0/28"],
    }
    return {**given, **changes}


def _nat(**changes: Any) -> dict[str, Any]:
    given = {"name": "nat", "router": "router", "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES"}
    return {**given, **changes}


def _range(**changes: Any) -> dict[str, Any]:
    given = {"name": "services", "network": _NETWORK, "addressType": "INTERNAL", "purpose": "VPC_PEERING"}
    return {**given, "prefixLength": 16, **changes}


def _connect(cloud: Cloud, **changes: Any) -> Resource:
    given = {"network": _NETWORK, "service": "servicenetworking.googleapis.com", "reservedPeeringRanges": ["services"]}
    return make(cloud, Connection(), **{**given, **changes})


def _cluster(cloud: Cloud, **changes: Any) -> None:
    """A cluster as far as a network knows of it."""
    policy = {"clusterSecondaryRangeName": "pods", "servicesSecondaryRangeName": "services"}
    state = {"project": PROJECT, "network": _NETWORK, "subnetwork": _LINKS + _SUBNETWORK, "ipAllocationPolicy": policy}
    identifier = f"projects/{PROJECT}/locations/europe-west1-b/clusters/main"
    cloud.adopt(Resource(CLUSTER, identifier, {**state, **changes}))


def _reasons(kind: Kind, inputs: dict[str, Any]) -> list[str]:
    return [f"{each.path} {each.reason}" for each in kind.problems(inputs)]


def test_a_network_has_google_s_outputs(network: Resource) -> None:
    assert network.id == _NETWORK
    assert network.state["selfLink"] == _LINKS + _NETWORK
    assert network.state["networkId"] == network.state["numericId"]
    assert len(network.state["networkId"]) == 19
    assert {name: network.state[name] for name in ("gatewayIpv4", "mtu", "routingMode")} == {
        "gatewayIpv4": "",
        "mtu": 1460,
        "routingMode": "REGIONAL",
    }


def test_a_network_needs_the_api(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match=r"compute.googleapis.com has not been used in project acme-dev"):
        make(cloud, Network(), name="main", project="acme-dev")


@pytest.mark.parametrize("name", ["Main", "1main", "main-", "a" * 64, "main_net"])
def test_a_name_that_is_none_is_a_problem(name: str) -> None:
    assert [each.path for each in Network().problems({"name": name})] == ["name"]


def test_names_and_options_of_a_network_are_fine() -> None:
    assert Network().problems({"name": "a" * 63, "mtu": 8896, "routingMode": "GLOBAL"}) == []
    assert Network().problems({"name": UNKNOWN}) == []


def test_options_of_a_network_are_checked() -> None:
    assert _reasons(Network(), {"mtu": 9000, "routingMode": "LOCAL"}) == [
        "routingMode is 'LOCAL', which Google does not know: choose 'REGIONAL', 'GLOBAL'",
        "mtu is 9000, but Google takes 1300 to 8896 bytes: choose a number in that range",
    ]


def test_a_second_network_of_a_name_is_refused(cloud: Cloud, network: Resource) -> None:
    with pytest.raises(Refusal, match="already exists, alreadyExists"):
        make(cloud, Network(), name="main")


def test_a_network_is_imported_by_its_name() -> None:
    assert Network().imported("main", _PLACE) == _NETWORK
    assert Network().imported(f"{PROJECT}/main", _PLACE) == _NETWORK


def test_an_unused_network_is_deleted(cloud: Cloud, network: Resource) -> None:
    cloud.delete(Network(), network.id)
    assert cloud.get(Network.token, network.id) is None


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        (Subnetwork(), _subnetwork()),
        (Router(), {"name": "router", "network": "main"}),
        (Firewall(), _firewall(network=_LINKS + _NETWORK)),
        (GlobalAddress(), _range()),
        (
            Route(),
            {"name": "out", "network": "main", "destRange": "0.0.0.0/0", "nextHopGateway": "default-internet-gateway"},
        ),
    ],
)
def test_a_network_in_use_stays(cloud: Cloud, network: Resource, kind: Kind, inputs: dict[str, Any]) -> None:
    user = make(cloud, kind, **inputs)
    with pytest.raises(Refusal) as refused:
        cloud.delete(Network(), network.id)
    assert (
        f"The network resource '{_NETWORK}' is already being used by '{user.id}', resourceInUseByAnotherResource"
        in str(refused.value)
    )
    cloud.delete(kind, user.id)
    cloud.delete(Network(), network.id)


def test_a_network_with_a_cluster_stays(cloud: Cloud, network: Resource) -> None:
    _cluster(cloud)
    with pytest.raises(
        Refusal, match="is already being used by 'projects/acme-prod/locations/europe-west1-b/clusters/main'"
    ):
        cloud.delete(Network(), network.id)


def test_a_network_with_a_peering_stays(cloud: Cloud, network: Resource) -> None:
    address = make(cloud, GlobalAddress(), **_range())
    _connect(cloud)
    cloud.delete(GlobalAddress(), address.id)
    with pytest.raises(Refusal, match=r"is already being used by .*/networkPeerings/servicenetworking-googleapis-com'"):
        cloud.delete(Network(), network.id)


def test_a_subnetwork_has_google_s_outputs(subnetwork: Resource) -> None:
    assert subnetwork.id == _SUBNETWORK
    assert subnetwork.state["selfLink"] == _LINKS + _SUBNETWORK
    assert subnetwork.state["gatewayAddress"] == "10.0.0.1"
    assert subnetwork.state["region"] == "europe-west1"
    assert subnetwork.state["purpose"] == "PRIVATE"
    assert isinstance(subnetwork.state["subnetworkId"], int)


def test_a_subnetwork_needs_its_network(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match="the Network 'projects/acme-prod/global/networks/main' does not exist, notFound"):
        make(cloud, Subnetwork(), **_subnetwork())


def test_a_subnetwork_needs_a_range(cloud: Cloud, network: Resource) -> None:
    with pytest.raises(Refusal, match=r"Required field 'resource.ipCidrRange' not specified"):
        make(cloud, Subnetwork(), **_subnetwork(ipCidrRange=None))


def test_a_subnetwork_needs_a_region(cloud: Cloud, network: Resource) -> None:
    with pytest.raises(Refusal, match="region: required field is not set"):
        cloud.create(Subnetwork(), _subnetwork(), Place(PROJECT))


def test_a_subnetwork_s_region_must_exist(cloud: Cloud, network: Resource) -> None:
    assert _reasons(Subnetwork(), _subnetwork(region="europe-west1-b")) == [
        "region is 'europe-west1-b', which is a zone: write its region, 'europe-west1'"
    ]
    with pytest.raises(Refusal, match=r"'resource.region': is 'moon-1', but there is no such region, invalid"):
        cloud.create(Subnetwork(), _subnetwork(), Place(PROJECT, "moon-1"))


def test_ranges_of_a_subnetwork_are_checked_before_anything_is_made() -> None:
    ranges = [
        {"rangeName": "pods", "ipCidrRange": "10.0.8.0/22"},
        {"rangeName": "pods", "ipCidrRange": "10.1.0.0/30"},
        {"rangeName": "No", "ipCidrRange": UNKNOWN},
        UNKNOWN,
    ]
    assert _reasons(Subnetwork(), _subnetwork(secondaryIpRanges=ranges)) == [
        "secondaryIpRanges[1].ipCidrRange is 10.1.0.0/30, which is too small: use a mask from /4 to /29",
        "secondaryIpRanges[0].ipCidrRange is 10.0.8.0/22, which overlaps ipCidrRange (10.0.0.0/20): "
        "choose a range apart from it",
        "secondaryIpRanges[2].rangeName is 'No', but a name has 1 to 63 lower-case letters, digits and dashes, a "
        "letter first and no dash last: choose another",
        "secondaryIpRanges[1].rangeName is 'pods', as an entry before it: make it unique",
    ]


@pytest.mark.parametrize("field", ["ipCidrRange", "secondaryIpRanges"])
@pytest.mark.parametrize("taken", ["10.0.8.0/22", "10.17.0.0/16"])
def test_a_range_that_overlaps_another_subnetwork_s_is_refused(
    cloud: Cloud, subnetwork: Resource, field: str, taken: str
) -> None:
    free = _subnetwork(name="more", ipCidrRange="10.64.0.0/20", secondaryIpRanges=[])
    value = taken if field == "ipCidrRange" else [{"rangeName": "pods", "ipCidrRange": taken}]
    with pytest.raises(Refusal, match=f"{taken} conflicts with existing subnetwork 'nodes' in region 'europe-west1'"):
        make(cloud, Subnetwork(), **{**free, field: value})
    assert make(cloud, Subnetwork(), **free).state["ipCidrRange"] == "10.64.0.0/20"


def test_ranges_of_different_networks_may_overlap(cloud: Cloud, subnetwork: Resource) -> None:
    make(cloud, Network(), name="other", autoCreateSubnetworks=False)
    assert make(cloud, Subnetwork(), **_subnetwork(name="others", network="other")).id.endswith("/others")


def test_a_range_that_overlaps_one_reserved_for_services_is_refused(cloud: Cloud, network: Resource) -> None:
    make(cloud, GlobalAddress(), **_range(address="10.0.0.0"))
    with pytest.raises(Refusal, match=r"conflicts with IP range 10\.0\.0\.0/16 that was allocated by resource"):
        make(cloud, Subnetwork(), **_subnetwork())


def test_an_auto_mode_network_keeps_its_own_range(cloud: Cloud) -> None:
    make(cloud, Network(), name="main")
    with pytest.raises(Refusal, match="Extended subnetworks in auto subnet mode networks cannot overlap"):
        make(cloud, Subnetwork(), **_subnetwork(ipCidrRange="10.200.0.0/16"))


def test_a_subnetwork_grows_in_place(cloud: Cloud, subnetwork: Resource) -> None:
    grown = cloud.update(Subnetwork(), subnetwork.id, _subnetwork(ipCidrRange="10.0.0.0/19"), _PLACE)
    assert grown.state["ipCidrRange"] == "10.0.0.0/19"
    assert grown.state["fingerprint"] == subnetwork.state["fingerprint"]


def test_a_subnetwork_does_not_shrink(cloud: Cloud, subnetwork: Resource) -> None:
    with pytest.raises(Refusal, match=r"range of subnetwork 'nodes' is 10\.0\.0\.0/20 and can only be expanded"):
        cloud.update(Subnetwork(), subnetwork.id, _subnetwork(ipCidrRange="10.0.0.0/21"), _PLACE)


def test_a_secondary_range_that_a_cluster_uses_stays(cloud: Cloud, subnetwork: Resource) -> None:
    services = _subnetwork()["secondaryIpRanges"][1:]
    cloud.update(Subnetwork(), subnetwork.id, _subnetwork(), _PLACE)
    _cluster(cloud)
    with pytest.raises(Refusal, match="secondary range 'pods' of subnetwork 'nodes' is in use by"):
        cloud.update(Subnetwork(), subnetwork.id, _subnetwork(secondaryIpRanges=services), _PLACE)


def test_a_subnetwork_with_a_cluster_stays(cloud: Cloud, subnetwork: Resource) -> None:
    _cluster(cloud)
    with pytest.raises(
        Refusal, match=f"The subnetwork resource '{_SUBNETWORK}' is already being used by '.*/clusters/main'"
    ):
        cloud.delete(Subnetwork(), subnetwork.id)


def test_a_subnetwork_with_an_address_stays(cloud: Cloud, subnetwork: Resource) -> None:
    address = make(cloud, Address(), name="internal", addressType="INTERNAL", subnetwork="nodes")
    with pytest.raises(Refusal, match=f"is already being used by '{address.id}'"):
        cloud.delete(Subnetwork(), subnetwork.id)


def test_a_subnetwork_that_a_gateway_lists_stays(cloud: Cloud, subnetwork: Resource) -> None:
    make(cloud, Router(), name="router", network="main")
    listed = [{"name": subnetwork.state["selfLink"], "sourceIpRangesToNats": ["ALL_IP_RANGES"]}]
    make(cloud, RouterNat(), **_nat(sourceSubnetworkIpRangesToNat="LIST_OF_SUBNETWORKS", subnetworks=listed))
    with pytest.raises(Refusal, match="is already being used by 'acme-prod/europe-west1/router/nat'"):
        cloud.delete(Subnetwork(), subnetwork.id)


def test_an_unused_subnetwork_is_deleted(cloud: Cloud, subnetwork: Resource) -> None:
    cloud.delete(Subnetwork(), subnetwork.id)
    assert cloud.get(Subnetwork.token, subnetwork.id) is None


def test_a_router_needs_its_network(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match=r"the Network .* does not exist"):
        make(cloud, Router(), name="router", network="main")


def test_a_router_is_made_in_the_provider_s_region(cloud: Cloud, network: Resource) -> None:
    router = make(cloud, Router(), name="router", network=network.state["selfLink"], bgp={"asn": 64514})
    assert router.id == f"projects/{PROJECT}/regions/europe-west1/routers/router"


def test_a_router_s_number_is_private() -> None:
    assert _reasons(Router(), {"bgp": {"asn": 15169}}) == [
        "bgp.asn is 15169, which is not a private number: use one from 64512 to 65534"
    ]


def test_a_gateway_needs_its_router(cloud: Cloud, network: Resource) -> None:
    with pytest.raises(
        Refusal, match="the Router 'projects/acme-prod/regions/europe-west1/routers/router' does not exist"
    ):
        make(cloud, RouterNat(), **_nat())


def test_a_gateway_belongs_to_its_router(cloud: Cloud, network: Resource) -> None:
    router = make(cloud, Router(), name="router", network="main")
    ports = {"enableDynamicPortAllocation": True, "minPortsPerVm": 64, "maxPortsPerVm": 4096}
    nat = make(cloud, RouterNat(), **_nat(router=router.id, natIpAllocateOption="AUTO_ONLY", **ports))
    assert nat.id == "acme-prod/europe-west1/router/nat"
    assert nat.state["enableEndpointIndependentMapping"] is False
    assert nat.state["udpIdleTimeoutSec"] == 30


@pytest.mark.parametrize(
    "identifier",
    [
        "projects/acme-prod/regions/europe-west1/routers/router/nat",
        "acme-prod/europe-west1/router/nat",
        "europe-west1/router/nat",
        "router/nat",
    ],
)
def test_a_gateway_is_imported_by_every_form(identifier: str) -> None:
    assert RouterNat().imported(identifier, _PLACE) == "acme-prod/europe-west1/router/nat"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"enableDynamicPortAllocation": True, "enableEndpointIndependentMapping": True},
            "enableEndpointIndependentMapping and enableDynamicPortAllocation exclude each other: "
            "set enableEndpointIndependentMapping to false",
        ),
        (
            {"enableDynamicPortAllocation": True, "minPortsPerVm": 100},
            "minPortsPerVm is 100, but with dynamic port allocation a power of two from 32 to 65536: change it",
        ),
        (
            {"enableDynamicPortAllocation": True, "minPortsPerVm": 64, "maxPortsPerVm": 64},
            "maxPortsPerVm is 64, not more than minPortsPerVm 64: raise it",
        ),
        (
            {"maxPortsPerVm": 64},
            "maxPortsPerVm is for dynamic port allocation: set enableDynamicPortAllocation too",
        ),
        (
            {"natIpAllocateOption": "MANUAL_ONLY"},
            "natIps is required with natIpAllocateOption MANUAL_ONLY: list addresses",
        ),
        (
            {"natIpAllocateOption": "AUTO_ONLY", "natIps": ["a"]},
            "natIps cannot be set with natIpAllocateOption AUTO_ONLY: use MANUAL_ONLY",
        ),
        (
            {"sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS"},
            "subnetworks is required with LIST_OF_SUBNETWORKS: list at least one subnetwork",
        ),
        (
            {"subnetworks": [{"name": "nodes"}]},
            "subnetworks cannot be set with ALL_SUBNETWORKS_ALL_IP_RANGES: use LIST_OF_SUBNETWORKS",
        ),
    ],
)
def test_options_of_a_gateway_that_contradict_are_problems(changes: dict[str, Any], reason: str) -> None:
    assert _reasons(RouterNat(), _nat(**changes)) == [reason]


def test_a_gateway_is_checked_again_when_it_changes(cloud: Cloud, network: Resource) -> None:
    make(cloud, Router(), name="router", network="main")
    nat = make(cloud, RouterNat(), **_nat())
    with pytest.raises(Refusal, match=r"'resource.maxPortsPerVm'"):
        cloud.update(RouterNat(), nat.id, _nat(maxPortsPerVm=64), _PLACE)


def test_a_firewall_rule_has_google_s_outputs(cloud: Cloud, network: Resource) -> None:
    rule = make(cloud, Firewall(), **_firewall())
    assert rule.id == f"projects/{PROJECT}/global/firewalls/webhooks"
    assert (rule.state["direction"], rule.state["priority"]) == ("INGRESS", 1000)


def test_a_firewall_rule_needs_its_network(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match=r"the Network .* does not exist"):
        make(cloud, Firewall(), **_firewall())


def test_a_firewall_rule_that_changes_needs_its_network(cloud: Cloud, network: Resource) -> None:
    rule = make(cloud, Firewall(), **_firewall())
    with pytest.raises(Refusal, match="the Network 'projects/acme-prod/global/networks/other' does not exist"):
        cloud.update(Firewall(), rule.id, _firewall(network="other"), _PLACE)


@pytest.mark.parametrize(
    "inputs",
    [
        _firewall(),
        _firewall(allows=None, denies=[{"protocol": "all"}], priority=65535),
        _firewall(allows=UNKNOWN),
        _firewall(direction="EGRESS", sourceRanges=None, destinationRanges=["0.0.0.0/0"]),
        _firewall(sourceRanges=None, sourceTags=["web"], targetTags=["nodes"]),
        _firewall(sourceRanges=["10.0.0.1"], allows=[{"protocol": "icmp"}]),
    ],
)
def test_a_firewall_rule_that_is_right_has_no_problems(inputs: dict[str, Any]) -> None:
    assert Firewall().problems(inputs) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"denies": [{"protocol": "tcp"}]},
            "allows and 'denies' exclude each other and one is required: set exactly one",
        ),
        ({"allows": None}, "allows and 'denies' exclude each other and one is required: set exactly one"),
        (
            {"sourceRanges": None},
            "sourceRanges are missing, and nothing else says where the traffic comes from: "
            "set sourceRanges, sourceTags or sourceServiceAccounts",
        ),
        ({"direction": "EGRESS"}, "sourceRanges cannot be set for direction EGRESS: select by destinationRanges"),
        (
            {"sourceServiceAccounts": ["a@b"], "targetTags": ["nodes"]},
            "sourceServiceAccounts cannot be combined with 'targetTags': select by one of both",
        ),
        (
            {"priority": 70000},
            "priority is 70000, but Google takes 0 to 65535 where 0 comes first: choose a number in that range",
        ),
        (
            {"sourceRanges": ["10.0.0.1/24"]},
            "sourceRanges[0] is '10.0.0.1/24', which is not a range in CIDR notation: write it as '10.0.0.0/20'",
        ),
        (
            {"allows": [{"protocol": "tcp", "ports": ["80:90"]}]},
            "allows[0].ports[0] is '80:90', which is no port: write '443' or '8000-8080'",
        ),
        (
            {"allows": [{"protocol": "icmp", "ports": ["80"]}]},
            "allows[0].ports cannot be set for protocol 'icmp': leave them out",
        ),
        (
            {"allows": [{"protocol": "http"}]},
            "allows[0].protocol is 'http', which is no protocol: "
            "use tcp, udp, icmp, esp, ah, sctp, ipip, all or a number",
        ),
    ],
)
def test_a_firewall_rule_that_is_wrong_has_a_problem(changes: dict[str, Any], reason: str) -> None:
    assert _reasons(Firewall(), _firewall(**changes)) == [reason]


def test_external_addresses_come_from_the_range_for_documentation(cloud: Cloud) -> None:
    first = make(cloud, Address(), name="gateway")
    second = make(cloud, GlobalAddress(), name="website")
    assert first.id == f"projects/{PROJECT}/regions/europe-west1/addresses/gateway"
    assert (first.state["address"], second.state["address"]) == ("203.0.113.1", "203.0.113.2")
    assert (first.state["networkTier"], first.state["users"]) == ("PREMIUM", [])
    cloud.delete(Address(), first.id)
    assert make(cloud, Address(), name="again").state["address"] == "203.0.113.1"


def test_an_address_is_reserved_once(cloud: Cloud) -> None:
    make(cloud, Address(), name="gateway", address="203.0.113.7")
    with pytest.raises(Refusal, match=r"'203\.0\.113\.7'. Specified IP address is already reserved"):
        make(cloud, GlobalAddress(), name="website", address="203.0.113.7")


def test_an_internal_address_is_one_of_its_subnetwork(cloud: Cloud, subnetwork: Resource) -> None:
    given = {"addressType": "INTERNAL", "subnetwork": subnetwork.id}
    first = make(cloud, Address(), name="first", **given)
    assert (first.state["address"], first.state["purpose"]) == ("10.0.0.2", "GCE_ENDPOINT")
    assert make(cloud, Address(), name="second", **given).state["address"] == "10.0.0.3"
    assert make(cloud, Address(), name="third", **given, address="10.0.15.253").state["address"] == "10.0.15.253"
    with pytest.raises(Refusal, match="Specified IP address is already reserved"):
        make(cloud, Address(), name="fourth", **given, address="10.0.0.3")


def test_an_internal_address_is_never_one_that_google_keeps(cloud: Cloud, network: Resource) -> None:
    make(cloud, Subnetwork(), **_subnetwork(name="tiny", ipCidrRange="10.9.0.0/29", secondaryIpRanges=[]))
    given = {"addressType": "INTERNAL", "subnetwork": "tiny"}
    addresses = [make(cloud, Address(), name=name, **given).state["address"] for name in "abcd"]
    assert addresses == ["10.9.0.2", "10.9.0.3", "10.9.0.4", "10.9.0.5"]
    with pytest.raises(Refusal, match=r"IP space of 10\.9\.0\.0/29 is exhausted"):
        make(cloud, Address(), name="e", **given)


def test_internal_addresses_of_different_networks_may_be_the_same(cloud: Cloud, subnetwork: Resource) -> None:
    make(cloud, Network(), name="other", autoCreateSubnetworks=False)
    make(cloud, Subnetwork(), **_subnetwork(name="others", network="other"))
    for name in ("nodes", "others"):
        assert make(cloud, Address(), name=name, addressType="INTERNAL", subnetwork=name).state["address"] == "10.0.0.2"


@pytest.mark.parametrize("address", ["10.0.0.0", "10.0.0.1", "10.0.15.254", "10.0.15.255", "10.0.16.1"])
def test_an_internal_address_outside_of_its_subnetwork_is_refused(
    cloud: Cloud, subnetwork: Resource, address: str
) -> None:
    with pytest.raises(Refusal, match="IP address is outside the usable part of the subnetwork's range"):
        make(cloud, Address(), name="a", addressType="INTERNAL", subnetwork="nodes", address=address)


def test_an_internal_address_needs_its_subnetwork(cloud: Cloud, network: Resource) -> None:
    with pytest.raises(Refusal, match=f"the Subnetwork '{_SUBNETWORK}' does not exist"):
        make(cloud, Address(), name="a", addressType="INTERNAL", subnetwork="nodes")


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"addressType": "INTERNAL"}, "subnetwork is required for an INTERNAL address: name the subnetwork"),
        (
            {"addressType": "INTERNAL", "subnetwork": "nodes", "networkTier": "PREMIUM"},
            "networkTier is of external addresses only: leave it out",
        ),
        ({"subnetwork": "nodes"}, "subnetwork is of internal addresses only: set addressType to INTERNAL"),
        ({"address": "10.0.0"}, "address is '10.0.0', which is not an IPv4 address: write it as '10.0.0.5'"),
    ],
)
def test_an_address_that_is_wrong_has_a_problem(inputs: dict[str, Any], reason: str) -> None:
    assert _reasons(Address(), inputs) == [reason]


def test_a_reserved_range_is_chosen_where_nothing_is(cloud: Cloud, subnetwork: Resource) -> None:
    chosen = make(cloud, GlobalAddress(), **_range())
    assert chosen.id == f"projects/{PROJECT}/global/addresses/services"
    assert (chosen.state["address"], chosen.state["prefixLength"]) == ("10.1.0.0", 16)
    assert make(cloud, GlobalAddress(), **_range(name="more")).state["address"] == "10.2.0.0"


def test_a_reserved_range_that_overlaps_a_subnetwork_is_refused(cloud: Cloud, subnetwork: Resource) -> None:
    with pytest.raises(Refusal, match=r"10.16.0.0/16 conflicts with existing subnetwork 'nodes'"):
        make(cloud, GlobalAddress(), **_range(address="10.16.0.0"))


def test_a_reserved_range_that_overlaps_another_is_refused(cloud: Cloud, network: Resource) -> None:
    make(cloud, GlobalAddress(), **_range(address="10.32.0.0"))
    with pytest.raises(Refusal, match=f"allocated by resource projects/{PROJECT}/global/addresses/services"):
        make(cloud, GlobalAddress(), **_range(name="more", address="10.32.128.0", prefixLength=20))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"network": None},
            "network is required for purpose VPC_PEERING: name the network that the range is reserved in",
        ),
        (
            {"prefixLength": None},
            "prefixLength is required for purpose VPC_PEERING: set it to the size of the range, such as 16",
        ),
        ({"addressType": "EXTERNAL"}, "addressType must be INTERNAL for purpose VPC_PEERING: set it"),
        ({"prefixLength": 30}, "prefixLength is 10.0.0.0/30, which is too small: use a mask from /4 to /29"),
        (
            {"address": "10.0.1.0"},
            "prefixLength is '10.0.1.0/16', which is not a range in CIDR notation: "
            "write '10.0.0.0/16', which begins at the range's first address",
        ),
    ],
)
def test_a_reserved_range_that_is_wrong_has_a_problem(changes: dict[str, Any], reason: str) -> None:
    assert _reasons(GlobalAddress(), _range(**changes)) == [reason]


def test_a_connection_peers_a_network(cloud: Cloud, network: Resource) -> None:
    make(cloud, GlobalAddress(), **_range())
    connection = _connect(cloud)
    assert connection.id == "projects%2Facme-prod%2Fglobal%2Fnetworks%2Fmain:servicenetworking.googleapis.com"
    assert connection.state["peering"] == "servicenetworking-googleapis-com"
    cloud.delete(Connection(), connection.id)
    cloud.delete(GlobalAddress(), f"projects/{PROJECT}/global/addresses/services")
    cloud.delete(Network(), network.id)


def test_a_connection_needs_its_network(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match=r"the Network .* does not exist"):
        _connect(cloud)


def test_a_connection_needs_the_api(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match=r"servicenetworking.googleapis.com has not been used in project acme-dev"):
        _connect(cloud, network="projects/acme-dev/global/networks/main")


def test_a_connection_needs_its_ranges(cloud: Cloud, network: Resource) -> None:
    with pytest.raises(Refusal, match="Allocated IP range 'services' not found in network"):
        _connect(cloud)
    make(cloud, GlobalAddress(), name="services")
    with pytest.raises(Refusal, match="Allocated IP range 'services' not found in network"):
        _connect(cloud)


def test_a_connection_takes_only_ranges_that_exist_when_it_changes(cloud: Cloud, network: Resource) -> None:
    make(cloud, GlobalAddress(), **_range())
    connection = _connect(cloud)
    given = {"network": _NETWORK, "service": "servicenetworking.googleapis.com"}
    with pytest.raises(Refusal, match="Allocated IP range 'more' not found"):
        cloud.update(Connection(), connection.id, {**given, "reservedPeeringRanges": ["services", "more"]}, _PLACE)
    make(cloud, GlobalAddress(), **_range(name="more"))
    changed = cloud.update(Connection(), connection.id, {**given, "reservedPeeringRanges": ["more"]}, _PLACE)
    assert changed.state["peering"] == "servicenetworking-googleapis-com"


def test_a_connection_that_exists_is_not_given_other_ranges_by_a_second(cloud: Cloud, network: Resource) -> None:
    make(cloud, GlobalAddress(), **_range())
    make(cloud, GlobalAddress(), **_range(name="more"))
    connection = _connect(cloud)
    assert _connect(cloud).id == connection.id
    with pytest.raises(
        Refusal, match=r"Cannot modify allocated ranges in CreateConnection. Please use UpdateConnection."
    ):
        _connect(cloud, reservedPeeringRanges=["more"])
    forced = _connect(cloud, reservedPeeringRanges=["more"], updateOnCreationFail=True)
    assert forced.state["reservedPeeringRanges"] == ["more"]


def test_a_connection_is_of_one_service() -> None:
    assert _reasons(Connection(), {"service": "compute.googleapis.com"}) == [
        "service is 'compute.googleapis.com', which offers no such connection: use 'servicenetworking.googleapis.com'"
    ]


@pytest.mark.parametrize("network", ["main", _NETWORK, f"/{_NETWORK}"])
def test_a_connection_is_imported_by_network_and_service(network: str) -> None:
    expected = "projects%2Facme-prod%2Fglobal%2Fnetworks%2Fmain:servicenetworking.googleapis.com"
    assert Connection().imported(f"{network}:servicenetworking.googleapis.com", _PLACE) == expected


def test_a_route_has_one_next_hop(cloud: Cloud, network: Resource) -> None:
    given = {"name": "out", "network": "main", "destRange": "0.0.0.0/0"}
    assert _reasons(Route(), given) == ["nextHopGateway is one of none: set exactly one next hop"]
    assert _reasons(Route(), {**given, "nextHopIp": "10.0.0.5", "nextHopGateway": "g"}) == [
        "nextHopIp is one of 'nextHopGateway' and 'nextHopIp': set exactly one next hop"
    ]
    route = make(cloud, Route(), **given, nextHopGateway="default-internet-gateway")
    assert route.state["nextHopNetwork"] == _LINKS + _NETWORK
    assert route.state["priority"] == 1000


def test_a_route_needs_its_network(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match=r"the Network .* does not exist"):
        make(cloud, Route(), name="out", network="main", destRange="10.9.0.0/16", nextHopIp="10.0.0.5")


def test_a_security_policy_needs_a_default_rule(cloud: Cloud) -> None:
    match = {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}}
    last = {"action": "allow", "priority": 2147483647, "match": match}
    first = {"action": "deny(403)", "priority": 10, "match": match}
    assert _reasons(SecurityPolicy(), {"rules": [first]}) == [
        "rules have no default rule: add one of priority 2147483647 that matches '*'"
    ]
    assert _reasons(SecurityPolicy(), {"rules": [first, first, last]}) == [
        "rules[1].priority is 10, as an entry before it: make it unique"
    ]
    policy = make(cloud, SecurityPolicy(), name="edge", rules=[first, last])
    assert policy.id == f"projects/{PROJECT}/global/securityPolicies/edge"
    assert policy.state["type"] == "CLOUD_ARMOR"


def test_routes_are_exchanged_over_a_peering_that_exists(cloud: Cloud, network: Resource) -> None:
    given: dict[str, Any] = {"peering": "servicenetworking-googleapis-com", "network": "main"}
    given |= {"importCustomRoutes": True, "exportCustomRoutes": True}
    with pytest.raises(Refusal, match="There is no peering 'servicenetworking-googleapis-com' in network"):
        make(cloud, NetworkPeeringRoutesConfig(), **given)
    make(cloud, GlobalAddress(), **_range())
    _connect(cloud)
    exchanged = make(cloud, NetworkPeeringRoutesConfig(), **given)
    assert exchanged.id == f"{_NETWORK}/networkPeerings/servicenetworking-googleapis-com"
