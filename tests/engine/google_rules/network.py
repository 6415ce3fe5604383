"""Networks, and what is in them."""

from __future__ import annotations

from localcloud.providers.google import compute
from localcloud.providers.google.cloud import SERVICE
from localcloud.providers.google.tokens import (
    ADDRESS,
    FIREWALL,
    GLOBAL_ADDRESS,
    NETWORK,
    ROUTE,
    ROUTER,
    ROUTER_NAT,
    SUBNETWORK,
    TOPIC,
)
from tests.engine.google_program import REGION, Declared, Wrong, wrong
from tests.engine.google_rules import Differing, Kept, Rules

POLICY = compute.SecurityPolicy.token
ROUTES = compute.NetworkPeeringRoutesConfig.token

HERE = {"region": REGION}
IN_VPC = {"network": "vpc"}
OF_NODES = {**HERE, "addressType": "INTERNAL", "subnetwork": "nodes"}
NAT = {**HERE, "router": "nat", "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES"}
AUTO = {"natIpAllocateOption": "AUTO_ONLY"}
RESERVED = {**IN_VPC, "addressType": "INTERNAL", "purpose": "VPC_PEERING"}
TCP = [{"protocol": "tcp", "ports": ["443"]}]
FROM_ALL = {**IN_VPC, "sourceRanges": ["0.0.0.0/0"]}
ALL = {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}}
DEFAULT_RULE = {"action": "allow", "priority": 2147483647, "match": ALL}


BASE = [
    [Declared("compute", SERVICE, {"service": "compute.googleapis.com", "disableOnDestroy": True})],
    [
        Declared("vpc", NETWORK, {"name": "vpc", "autoCreateSubnetworks": False}),
        Declared("auto", NETWORK, {"name": "auto"}),
        Declared("policy", POLICY, {"name": "policy", "rules": [DEFAULT_RULE]}),
    ],
    [
        Declared(
            "nodes",
            SUBNETWORK,
            {
                **HERE,
                **IN_VPC,
                "name": "nodes",
                "ipCidrRange": "10.0.0.0/24",
                "secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.1.0.0/16"}],
            },
        ),
        Declared("tiny", SUBNETWORK, {**HERE, **IN_VPC, "name": "tiny", "ipCidrRange": "10.3.0.0/29"}),
        Declared("busy", SUBNETWORK, {**HERE, **IN_VPC, "name": "busy", "ipCidrRange": "10.4.0.0/24"}),
        Declared("router", ROUTER, {**HERE, **IN_VPC, "name": "nat", "bgp": {"asn": 64512}}),
        Declared("lost", ROUTER, {**HERE, **IN_VPC, "name": "lost"}),
        Declared("read", NETWORK, {}, id="vpc"),
        Declared("web", FIREWALL, {**FROM_ALL, "name": "web", "allows": TCP}),
        Declared("out", ROUTE, {**IN_VPC, "name": "out", "destRange": "192.0.2.0/24", "nextHopIp": "10.0.0.9"}),
        Declared("public", ADDRESS, {**HERE, "name": "public"}),
        Declared("world", GLOBAL_ADDRESS, {"name": "world"}),
    ],
    [
        Declared("services", GLOBAL_ADDRESS, {**RESERVED, "name": "services", "prefixLength": 16}),
        Declared("inside", ADDRESS, {**OF_NODES, "name": "inside", "address": "10.0.0.5"}),
        *(
            Declared(f"tiny-{each}", ADDRESS, {**OF_NODES, "name": f"tiny-{each}", "subnetwork": "tiny"})
            for each in "abcd"
        ),
        Declared(
            "gateway",
            ROUTER_NAT,
            {
                **NAT,
                **AUTO,
                "name": "gateway",
                "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
                "subnetworks": [{"name": "busy", "sourceIpRangesToNats": ["ALL_IP_RANGES"]}],
                "enableDynamicPortAllocation": True,
                "minPortsPerVm": 64,
                "maxPortsPerVm": 128,
            },
        ),
    ],
]
BY_NAME = {each.name: each for wave in BASE for each in wave}

CHECKED = [
    wrong(
        "network",
        NETWORK,
        {"name": "Vpc", "mtu": 1200, "routingMode": "WIDE"},
        "name is 'Vpc', but a name has 1 to 63 lower-case letters, digits and dashes",
        "mtu is 1200, but Google takes 1300 to 8896 bytes",
        "routingMode is 'WIDE', which Google does not know: choose 'REGIONAL', 'GLOBAL'",
    ),
    wrong(
        "subnet",
        SUBNETWORK,
        {
            **IN_VPC,
            "name": "-a",
            "region": "europe-west1-b",
            "ipCidrRange": "10.0.0.1/24",
            "secondaryIpRanges": [
                {"rangeName": "Pods", "ipCidrRange": "10.1.0.0/30"},
                {"rangeName": "both", "ipCidrRange": "10.2.0.0/16"},
                {"rangeName": "both", "ipCidrRange": "10.2.8.0/24"},
                {"rangeName": "loop", "ipCidrRange": "127.0.0.0/24"},
                {"rangeName": "wide", "ipCidrRange": "64.0.0.0/2"},
                {"rangeName": "text", "ipCidrRange": "ten"},
            ],
        },
        "name is '-a', but a name has",
        "region is 'europe-west1-b', which is a zone: write its region, 'europe-west1'",
        "ipCidrRange is '10.0.0.1/24', which is not a range in CIDR notation: write '10.0.0.0/24'",
        "secondaryIpRanges[0].ipCidrRange is 10.1.0.0/30, which is too small: use a mask from /4 to /29",
        "secondaryIpRanges[0].rangeName is 'Pods', but a name has",
        "secondaryIpRanges[2].ipCidrRange is 10.2.8.0/24, which overlaps secondaryIpRanges[1].ipCidrRange",
        "secondaryIpRanges[2].rangeName is 'both', as an entry before it",
        "secondaryIpRanges[3].ipCidrRange is 127.0.0.0/24, but Google does not allow 127.0.0.0/8",
        "secondaryIpRanges[4].ipCidrRange is 64.0.0.0/2, which is too large: use a mask from /4 to /29",
        "secondaryIpRanges[4].ipCidrRange is 64.0.0.0/2, which overlaps secondaryIpRanges[3].ipCidrRange",
        "secondaryIpRanges[5].ipCidrRange is 'ten', which is not a range in CIDR notation: write it as '10.0.0.0/20'",
    ),
    wrong(
        "router",
        ROUTER,
        {**IN_VPC, "name": "nat", "region": "europe-west99", "bgp": {"asn": 65000000}},
        "region is 'europe-west99', but there is no such region: did you mean 'europe-west",
        "bgp.asn is 65000000, which is not a private number",
    ),
    wrong(
        "gateway-by-hand",
        ROUTER_NAT,
        {
            **NAT,
            "name": "a",
            "natIpAllocateOption": "MANUAL_ONLY",
            "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
            "maxPortsPerVm": 128,
        },
        "natIps is required with natIpAllocateOption MANUAL_ONLY",
        "subnetworks is required with LIST_OF_SUBNETWORKS",
        "maxPortsPerVm is for dynamic port allocation: set enableDynamicPortAllocation too",
    ),
    wrong(
        "gateway-by-itself",
        ROUTER_NAT,
        {
            **NAT,
            **AUTO,
            "name": "a",
            "natIps": ["public"],
            "subnetworks": [{"name": "nodes", "sourceIpRangesToNats": ["ALL_IP_RANGES"]}],
            "enableDynamicPortAllocation": True,
            "enableEndpointIndependentMapping": True,
            "minPortsPerVm": 100,
            "maxPortsPerVm": 64,
        },
        "natIps cannot be set with natIpAllocateOption AUTO_ONLY",
        "subnetworks cannot be set with ALL_SUBNETWORKS_ALL_IP_RANGES: use LIST_OF_SUBNETWORKS",
        "enableEndpointIndependentMapping and enableDynamicPortAllocation exclude each other",
        "minPortsPerVm is 100, but with dynamic port allocation a power of two from 32 to 65536",
        "maxPortsPerVm is 64, not more than minPortsPerVm 100",
    ),
    wrong(
        "gateway-of-some",
        ROUTER_NAT,
        {**NAT, **AUTO, "name": "a", "sourceSubnetworkIpRangesToNat": "SOME"},
        "sourceSubnetworkIpRangesToNat is 'SOME', which Google does not know",
    ),
    wrong(
        "firewall",
        FIREWALL,
        {
            **IN_VPC,
            "name": "a",
            "direction": "INSIDE",
            "priority": 70000,
            "allows": [
                {"protocol": "http"},
                {"protocol": "icmp", "ports": ["1"]},
                {"protocol": "tcp", "ports": ["443", "8080-80"]},
            ],
            "denies": TCP,
            "sourceRanges": ["10.0.0.1/8"],
            "destinationRanges": ["here"],
            "sourceTags": ["web"],
            "targetServiceAccounts": ["web@acme-prod.iam.gserviceaccount.com"],
        },
        "direction is 'INSIDE', which Google does not know: choose 'INGRESS', 'EGRESS'",
        "priority is 70000, but Google takes 0 to 65535",
        "allows and 'denies' exclude each other and one is required",
        "allows[0].protocol is 'http', which is no protocol: use tcp, udp",
        "allows[1].ports cannot be set for protocol 'icmp'",
        "allows[2].ports[1] is '8080-80', which is no port",
        "targetServiceAccounts cannot be combined with 'sourceTags'",
        "sourceRanges[0] is '10.0.0.1/8', which is not a range in CIDR notation",
        "destinationRanges[0] is 'here', which is not a range in CIDR notation",
    ),
    wrong("in", FIREWALL, {**IN_VPC, "name": "a", "allows": TCP}, "sourceRanges are missing, and nothing else says"),
    wrong(
        "out",
        FIREWALL,
        {**FROM_ALL, "name": "a", "allows": TCP, "direction": "EGRESS"},
        "sourceRanges cannot be set for direction EGRESS",
    ),
    wrong(
        "address",
        ADDRESS,
        {**HERE, "name": "a", "addressType": "BOTH", "networkTier": "FAST", "address": "10.0.0"},
        "addressType is 'BOTH', which Google does not know",
        "networkTier is 'FAST', which Google does not know",
        "address is '10.0.0', which is not an IPv4 address",
    ),
    wrong(
        "address-inside",
        ADDRESS,
        {**HERE, "name": "a", "addressType": "INTERNAL", "networkTier": "PREMIUM"},
        "networkTier is of external addresses only",
        "subnetwork is required for an INTERNAL address",
    ),
    wrong(
        "address-outside",
        ADDRESS,
        {**HERE, "name": "a", "subnetwork": "nodes"},
        "subnetwork is of internal addresses only: set addressType to INTERNAL",
    ),
    wrong(
        "global-address",
        GLOBAL_ADDRESS,
        {"name": "a", "addressType": "BOTH", "address": "here", "purpose": "VPC_PEERING"},
        "addressType is 'BOTH', which Google does not know",
        "address is 'here', which is not an IPv4 address",
        "addressType must be INTERNAL for purpose VPC_PEERING",
        "network is required for purpose VPC_PEERING",
        "prefixLength is required for purpose VPC_PEERING",
    ),
    wrong(
        "range-of-a-size-that-is-none",
        GLOBAL_ADDRESS,
        {**RESERVED, "name": "a", "prefixLength": 30},
        "prefixLength is 10.0.0.0/30, which is too small",
    ),
    wrong(
        "route",
        ROUTE,
        {**IN_VPC, "name": "a", "destRange": "far", "nextHopIp": "10.0.0.9", "nextHopGateway": "default"},
        "destRange is 'far', which is not a range in CIDR notation",
        "nextHopIp is one of 'nextHopGateway' and 'nextHopIp': set exactly one next hop",
    ),
    wrong(
        "security-policy",
        POLICY,
        {"name": "a", "type": "SHIELD", "rules": [{**DEFAULT_RULE, "priority": 1}] * 2},
        "type is 'SHIELD', which Google does not know",
        "rules[1].priority is 1, as an entry before it",
        "rules have no default rule: add one of priority 2147483647",
    ),
]

REFUSED = [
    wrong(
        "topic-without-its-service",
        TOPIC,
        {"name": "orders", "project": "acme-test"},
        "403: pubsub.googleapis.com has not been used in project acme-test before or it is disabled, SERVICE_DISABLED",
    ),
    wrong(
        "second-of-a-name",
        NETWORK,
        {"name": "vpc"},
        "409: the Network 'projects/acme-prod/global/networks/vpc' already",
    ),
    wrong(
        "subnet-of-no-network",
        SUBNETWORK,
        {**HERE, "name": "a", "network": "none", "ipCidrRange": "10.9.0.0/24"},
        "404: the Network 'projects/acme-prod/global/networks/none' does not exist, notFound",
    ),
    wrong(
        "subnet-nowhere",
        SUBNETWORK,
        {**IN_VPC, "name": "a", "ipCidrRange": "10.9.0.0/24"},
        "400: region: required field is not set",
    ),
    wrong(
        "subnet-without-range",
        SUBNETWORK,
        {**HERE, **IN_VPC, "name": "a"},
        "400: Required field 'resource.ipCidrRange' not specified for subnetwork 'a', required",
    ),
    wrong(
        "subnet-over-another",
        SUBNETWORK,
        {**HERE, **IN_VPC, "name": "a", "ipCidrRange": "10.0.0.128/25"},
        "400: Invalid value for field 'resource.ipCidrRange': '10.0.0.128/25'. Invalid IPCidrRange: 10.0.0.128/25 "
        "conflicts with existing subnetwork 'nodes' in region 'europe-west1'.",
    ),
    wrong(
        "pods-over-services",
        SUBNETWORK,
        {
            **HERE,
            **IN_VPC,
            "name": "a",
            "ipCidrRange": "10.9.0.0/24",
            "secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.2.1.0/24"}],
        },
        "400: Invalid value for field 'resource.secondaryIpRanges[0].ipCidrRange': '10.2.1.0/24'. Invalid IP CIDR "
        "range: 10.2.1.0/24 conflicts with IP range 10.2.0.0/16 that was allocated by resource",
    ),
    wrong(
        "subnet-over-those-of-auto-mode",
        SUBNETWORK,
        {**HERE, "name": "a", "network": "auto", "ipCidrRange": "10.128.0.0/20"},
        "400: Invalid value for field 'resource.ipCidrRange': '10.128.0.0/20'. Extended subnetworks in auto subnet "
        "mode networks cannot overlap with 10.128.0.0/9.",
    ),
    wrong(
        "range-larger-than-what-is-free",
        GLOBAL_ADDRESS,
        {**RESERVED, "name": "a", "prefixLength": 8},
        "400: no range of size /8 is free in the network, RANGES_EXHAUSTED",
    ),
    wrong(
        "range-over-a-subnet",
        GLOBAL_ADDRESS,
        {**RESERVED, "name": "a", "address": "10.1.0.0", "prefixLength": 20},
        "400: Invalid value for field 'resource.address': '10.1.0.0/20'. Invalid IPCidrRange",
    ),
    wrong(
        "address-of-no-subnet",
        ADDRESS,
        {**OF_NODES, "name": "a", "subnetwork": "none"},
        "404: the Subnetwork 'projects/acme-prod/regions/europe-west1/subnetworks/none' does not exist, notFound",
    ),
    wrong(
        "address-of-the-gateway",
        ADDRESS,
        {**OF_NODES, "name": "a", "address": "10.0.0.1"},
        "400: Invalid value for field 'resource.address': '10.0.0.1'. IP address is outside the usable part",
    ),
    wrong(
        "address-of-another",
        ADDRESS,
        {**OF_NODES, "name": "a", "address": "10.0.0.5"},
        "400: Invalid value for field 'resource.address': '10.0.0.5'. Specified IP address is already reserved",
    ),
    wrong(
        "external-address-of-another",
        GLOBAL_ADDRESS,
        {"name": "a", "address": "203.0.113.1"},
        "400: Invalid value for field 'resource.address': '203.0.113.1'. Specified IP address is already reserved",
    ),
    wrong(
        "address-too-many",
        ADDRESS,
        {**OF_NODES, "name": "a", "subnetwork": "tiny"},
        "400: IP space of 10.3.0.0/29 is exhausted, IP_SPACE_EXHAUSTED",
    ),
    wrong(
        "gateway-of-no-router",
        ROUTER_NAT,
        {**NAT, **AUTO, "name": "a", "router": "none"},
        "404: the Router 'projects/acme-prod/regions/europe-west1/routers/none' does not exist, notFound",
    ),
    wrong(
        "routes-of-no-peering",
        ROUTES,
        {**IN_VPC, "peering": "none", "importCustomRoutes": True, "exportCustomRoutes": True},
        "400: There is no peering 'none' in network 'projects/acme-prod/global/networks/vpc', invalid",
    ),
    Wrong("gone", NETWORK, {}, ("resource 'none' does not exist",), id="none"),
    Wrong("malformed", NETWORK, {}, ("400: import id 'a/b/c' doesn't match any of the accepted formats",), id="a/b/c"),
]

CHANGED = [
    BY_NAME["lost"].wrongly(
        "404: the Router 'projects/acme-prod/regions/europe-west1/routers/lost' does not exist, notFound",
        description="?",
    ),
    BY_NAME["tiny"].wrongly(
        "400: Invalid value for field 'resource.ipCidrRange': '10.3.0.8/29'. The range of subnetwork 'tiny' is "
        "10.3.0.0/29 and can only be expanded, invalid",
        ipCidrRange="10.3.0.8/29",
    ),
    BY_NAME["busy"].wrongly(
        "400: Invalid value for field 'resource.ipCidrRange': '10.0.0.0/8'. Invalid IPCidrRange: 10.0.0.0/8 conflicts",
        ipCidrRange="10.0.0.0/8",
    ),
    BY_NAME["nodes"].wrongly(
        "400: secondary range 'pods' of subnetwork 'nodes' is in use by 'projects/acme-prod/locations/europe-west1/"
        "clusters/web', resourceInUseByAnotherResource",
        secondaryIpRanges=[{"rangeName": "pods", "ipCidrRange": "10.1.0.0/17"}],
    ),
    # Left out, whether ports are allocated dynamically stays as it is, since Google decides on it.
    BY_NAME["gateway"].wrongly(
        "400: Invalid value for field 'resource.minPortsPerVm': is 100, but with dynamic port allocation a power of",
        enableDynamicPortAllocation=None,
        minPortsPerVm=100,
        maxPortsPerVm=None,
    ),
]

LOST = ["lost"]

DIFFERING = [
    Differing(BY_NAME["vpc"].changed(routingMode="GLOBAL"), {"routingMode": "add"}),
    Differing(BY_NAME["auto"].changed(name="other"), {"name": "update-replace"}),
    Differing(BY_NAME["nodes"].changed(ipCidrRange="10.0.0.0/23"), {"ipCidrRange": "update"}),
    Differing(BY_NAME["web"].changed(priority=1, direction="INGRESS"), {"priority": "add"}),
    Differing(BY_NAME["public"].changed(networkTier="STANDARD"), {"networkTier": "add-replace"}),
]

KEPT = [
    Kept(
        "vpc", "400: The network resource 'projects/acme-prod/global/networks/vpc' is already being used by 'projects/"
    ),
    Kept(
        "nodes", "400: The subnetwork resource 'projects/acme-prod/regions/europe-west1/subnetworks/nodes' is already "
    ),
    Kept("tiny", "400: The subnetwork resource 'projects/acme-prod/regions/europe-west1/subnetworks/tiny' is already "),
    Kept("busy", "400: The subnetwork resource 'projects/acme-prod/regions/europe-west1/subnetworks/busy' is already "),
]

RULES = Rules(BASE, CHECKED, REFUSED, changed=CHANGED, differing=DIFFERING, kept=KEPT, lost=LOST)
