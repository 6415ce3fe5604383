"""Compute Engine's networking: networks, subnets, routers, NAT, firewalls, addresses, routes and security policies.

Simulated are names, references, ranges that overlap, what is in use and therefore stays, and the computed outputs.
Not simulated are traffic, quotas, IPv6, the `default` network and the subnets that an auto mode network gets by itself.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import ClassVar, Final

from typing_extensions import override

from localcloud.providers.google import stamps
from localcloud.providers.google.addresses import (
    ADDRESS,
    GLOBAL_ADDRESS,
    NETWORK,
    SUBNETWORK,
    Taken,
    address_problems,
    any_range_problems,
    external_address,
    free_address,
    free_range,
    overlap_problems,
    range_problems,
    require_free,
    reserved_addresses,
    taken,
    usable,
)
from localcloud.providers.google.checks import between, existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.google.locations import region_problems
from localcloud.providers.google.references import PathKind, full_id, import_id, last
from localcloud.providers.google.traffic import direction_problems, nat_port_problems, protocol_problems
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

CONNECTION: Final = "gcp:servicenetworking/connection:Connection"
DATABASE_INSTANCE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
CLUSTER: Final = "gcp:container/cluster:Cluster"
FIREWALL: Final = "gcp:compute/firewall:Firewall"
ROUTE: Final = "gcp:compute/route:Route"
ROUTER: Final = "gcp:compute/router:Router"
ROUTER_NAT: Final = "gcp:compute/routerNat:RouterNat"

PEERING: Final = "servicenetworking-googleapis-com"
"""What the network peering of private services access is called."""

_LINKS: Final = "https://www.googleapis.com/compute/v1/"

# https://cloud.google.com/compute/docs/naming-resources#resource-name-format
_NAME = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
_NAME_RULE = "a name has 1 to 63 lower-case letters, digits and dashes, a letter first and no dash last"

_NETWORK_USERS = (SUBNETWORK, ROUTER, ADDRESS, GLOBAL_ADDRESS, FIREWALL, ROUTE, CLUSTER)


class ComputeKind(PathKind):
    """What all of Compute Engine's types have in common: names, regions, self links and times of creation."""

    api = "compute.googleapis.com"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        return [*matches(inputs, "name", _NAME, _NAME_RULE), *region_problems("region", inputs.get("region"))]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        state["selfLink"] = _LINKS + self.identifier(state)
        state["creationTimestamp"] = stamps.now()


class Network(ComputeKind):
    """A VPC network."""

    token = NETWORK
    path = "projects/{project}/global/networks/{name}"
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_network
    defaults = MappingProxyType(
        {
            "autoCreateSubnetworks": True,
            "deleteDefaultRoutesOnCreate": False,
            "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
        }
    )

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        return [
            *super().problems(inputs),
            *one_of(inputs, "routingMode", ("REGIONAL", "GLOBAL")),
            *between(inputs, "mtu", 1300, 8896, "bytes"),  # https://cloud.google.com/vpc/docs/mtu
        ]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        super().create(state, cloud)
        del state["creationTimestamp"]
        number = _number(self.identifier(state))
        state.update(networkId=number, numericId=number, gatewayIpv4="")
        _fill_in(state, mtu=1460, routingMode="REGIONAL")

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        identifier = self.identifier(state)
        _refuse_in_use("network", identifier, _users_of_network(cloud, identifier))


class Subnetwork(ComputeKind):
    """A subnet with its secondary ranges. A smaller range, for which the real provider makes another, is refused."""

    token = SUBNETWORK
    path = "projects/{project}/regions/{region}/subnetworks/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        secondary = inputs.get("secondaryIpRanges")
        secondary = secondary if isinstance(secondary, list) else []
        named = [(index, each) for index, each in enumerate(secondary) if isinstance(each, Mapping)]
        primary: tuple[str, Property] = ("ipCidrRange", inputs.get("ipCidrRange"))
        ranges = [
            primary,
            *((f"secondaryIpRanges[{index}].ipCidrRange", each.get("ipCidrRange")) for index, each in named),
        ]
        return [
            *super().problems(inputs),
            *(problem for path, value in ranges for problem in range_problems(path, value)),
            *overlap_problems(ranges),
            *(
                Problem(f"secondaryIpRanges[{index}].{problem.path}", problem.reason)
                for index, each in named
                for problem in matches(each, "rangeName", _NAME, _NAME_RULE)
            ),
            *_repetitions("secondaryIpRanges", "rangeName", [each.get("rangeName") for _, each in named]),
        ]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        super().create(state, cloud)
        network = require_network(cloud, state["network"], state["project"])
        # Only these leave the range to Google: the subnet's reference in the Compute API, field ipCidrRange.
        # https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks
        if state.get("ipCidrRange") is None:
            raise Refusal(
                400,
                f"Required field 'resource.ipCidrRange' not specified for subnetwork {state['name']!r}, required",
                "the subnetwork has no addresses",
                "set ipCidrRange to a range in CIDR notation, such as '10.0.0.0/20'",
            )
        identifier = self.identifier(state)
        self._require_free(state, network, cloud)
        state["subnetworkId"] = digest(identifier) % 10**15  # As a number of the protocol, exact only below 2**53.
        state["fingerprint"] = _fingerprint(identifier)
        state["gatewayAddress"] = _gateway(state)
        state.update(ipv6CidrRange="", ipv6GceEndpoint="", state="")
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_subnetwork
        _fill_in(
            state,
            privateIpGoogleAccess=False,
            privateIpv6GoogleAccess="DISABLE_GOOGLE_ACCESS",
            purpose="PRIVATE",
            stackType="IPV4_ONLY",
        )

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        before, after = IPv4Network(former["ipCidrRange"]), IPv4Network(state["ipCidrRange"])
        # https://cloud.google.com/vpc/docs/create-modify-vpc-networks#expand-subnet
        if not before.subnet_of(after):
            raise Refusal(
                400,
                f"Invalid value for field 'resource.ipCidrRange': '{after}'. The range of subnetwork "
                f"{state['name']!r} is {before} and can only be expanded, invalid",
                "addresses that are in use would be outside of it",
                f"choose a range that contains {before}, or make a subnetwork of another name",
            )
        self._require_used_ranges(former, state, cloud)
        self._require_free(state, full_id(state["network"], state["project"], "global/networks"), cloud)
        state["gatewayAddress"] = _gateway(state)

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        identifier = self.identifier(state)
        addresses = (each.id for each in _addresses_in(cloud, identifier))
        # https://github.com/hashicorp/terraform-provider-google/issues/28572
        gateways = (
            each.id
            for each in cloud.find(ROUTER_NAT)
            for used in each.state.get("subnetworks") or []
            if full_id(used["name"], each.state["project"], f"regions/{each.state['region']}/subnetworks") == identifier
        )
        clusters = (each.id for each in _clusters_in(cloud, identifier))
        _refuse_in_use("subnetwork", identifier, [*clusters, *addresses, *gateways])

    def _require_free(self, state: Mapping[str, Property], network: str, cloud: Cloud) -> None:
        used = taken(cloud, network, besides=self.identifier(state))
        require_free("ipCidrRange", IPv4Network(state["ipCidrRange"]), used)
        for index, each in enumerate(state.get("secondaryIpRanges") or []):
            if each.get("ipCidrRange"):
                require_free(f"secondaryIpRanges[{index}].ipCidrRange", IPv4Network(each["ipCidrRange"]), used)

    def _require_used_ranges(self, former: Mapping[str, Property], state: Mapping[str, Property], cloud: Cloud) -> None:
        """A secondary range that a cluster uses stays as it is.

        https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#defaults_limits
        """
        changed = _secondary(former).items() - _secondary(state).items()
        for cluster in _clusters_in(cloud, self.identifier(state)):
            policy = cluster.state.get("ipAllocationPolicy") or {}
            used = (policy.get("clusterSecondaryRangeName"), policy.get("servicesSecondaryRangeName"))
            for name in sorted(name for name, _ in changed if name in used):
                raise Refusal(
                    400,
                    f"secondary range {name!r} of subnetwork {state['name']!r} is in use by {cluster.id!r}, "
                    "resourceInUseByAnotherResource",
                    "pods or services of the cluster would lose their addresses",
                    "leave the range, and add another one beside it",
                )


class Router(ComputeKind):
    """A Cloud Router."""

    token = ROUTER
    path = "projects/{project}/regions/{region}/routers/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        bgp = inputs.get("bgp")
        asn = bgp.get("asn") if isinstance(bgp, Mapping) else None
        # https://www.rfc-editor.org/rfc/rfc6996, and 16550 for Partner Interconnect:
        # https://cloud.google.com/network-connectivity/docs/router/how-to/creating-routers
        wrong = isinstance(asn, int | float) and not (
            64512 <= asn <= 65534 or 4200000000 <= asn <= 4294967294 or asn == 16550
        )
        problem = Problem("bgp.asn", f"is {asn}, which is not a private number: use one from 64512 to 65534")
        return [*super().problems(inputs), *([problem] if wrong else [])]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        super().create(state, cloud)
        if state.get("network") is not None:
            require_network(cloud, state["network"], state["project"])


class RouterNat(ComputeKind):
    """A Cloud NAT gateway, which is a part of its router."""

    token = ROUTER_NAT
    path = "{project}/{region}/{router}/{name}"
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_router_nat
    defaults = MappingProxyType(
        {
            "icmpIdleTimeoutSec": 30,
            "tcpEstablishedIdleTimeoutSec": 1200,
            "tcpTimeWaitTimeoutSec": 120,
            "tcpTransitoryIdleTimeoutSec": 30,
            "type": "PUBLIC",
            "udpIdleTimeoutSec": 30,
        }
    )

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        sources = ("ALL_SUBNETWORKS_ALL_IP_RANGES", "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES", "LIST_OF_SUBNETWORKS")
        source = inputs.get("sourceSubnetworkIpRangesToNat")
        problems = [
            *super().problems(inputs),
            *one_of(inputs, "sourceSubnetworkIpRangesToNat", sources),
            *nat_port_problems(inputs),
        ]
        # https://cloud.google.com/nat/docs/set-up-manage-network-address-translation
        option, addresses = inputs.get("natIpAllocateOption"), inputs.get("natIps")
        if option == "MANUAL_ONLY" and not addresses:
            problems.append(Problem("natIps", "is required with natIpAllocateOption MANUAL_ONLY: list addresses"))
        if option == "AUTO_ONLY" and addresses:
            problems.append(Problem("natIps", "cannot be set with natIpAllocateOption AUTO_ONLY: use MANUAL_ONLY"))
        if source == "LIST_OF_SUBNETWORKS" and not inputs.get("subnetworks"):
            problems.append(Problem("subnetworks", f"is required with {source}: list at least one subnetwork"))
        if source in sources[:2] and inputs.get("subnetworks"):
            problems.append(Problem("subnetworks", f"cannot be set with {source}: use LIST_OF_SUBNETWORKS"))
        return problems

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        router = f"projects/{state['project']}/regions/{state['region']}/routers/{last(state['router'])}"
        existing(cloud, ROUTER, router, "there is no router that could translate addresses")
        _fill_in(state, enableDynamicPortAllocation=False, enableEndpointIndependentMapping=False)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))

    @override
    def imported(self, identifier: str, place: Place) -> str:
        whole = "projects/{project}/regions/{region}/routers/{router}/{name}"
        if "projects/" not in identifier:
            return import_id(self.path, identifier, place)
        _, project, _, region, _, router, name = import_id(whole, identifier, place).split("/")
        return f"{project}/{region}/{router}/{name}"


class Firewall(ComputeKind):
    """A firewall rule of a network."""

    token = FIREWALL
    path = "projects/{project}/global/firewalls/{name}"
    defaults = MappingProxyType({"priority": 1000})

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        problems = [
            *super().problems(inputs),
            *one_of(inputs, "direction", ("INGRESS", "EGRESS")),
            *between(inputs, "priority", 0, 65535, "where 0 comes first"),
            *direction_problems(inputs),
            *protocol_problems(inputs),
        ]
        # https://cloud.google.com/firewall/docs/firewalls#firewall_rule_components
        if bool(inputs.get("allows")) == bool(inputs.get("denies")):
            problems.append(Problem("allows", "and 'denies' exclude each other and one is required: set exactly one"))
        accounts = [name for name in ("sourceServiceAccounts", "targetServiceAccounts") if inputs.get(name)]
        tags = [name for name in ("sourceTags", "targetTags") if inputs.get(name)]
        if accounts and tags:
            problems.append(Problem(accounts[0], f"cannot be combined with {tags[0]!r}: select by one of both"))
        for name in ("sourceRanges", "destinationRanges"):
            values = inputs.get(name)
            for index, value in enumerate(values if isinstance(values, list) else []):
                problems += any_range_problems(f"{name}[{index}]", value)
        return problems

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        super().create(state, cloud)
        require_network(cloud, state["network"], state["project"])
        _fill_in(state, direction="INGRESS")

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        require_network(cloud, state["network"], state["project"])


class Address(ComputeKind):
    """A regional address: an external one, or an internal one of a subnetwork."""

    token = ADDRESS
    path = "projects/{project}/regions/{region}/addresses/{name}"
    defaults = MappingProxyType({"addressType": "EXTERNAL"})

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        problems = [
            *super().problems(inputs),
            *one_of(inputs, "addressType", ("EXTERNAL", "INTERNAL")),
            *one_of(inputs, "networkTier", ("PREMIUM", "STANDARD")),
            *address_problems("address", inputs.get("address")),
        ]
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_address
        if inputs.get("addressType") == "INTERNAL":
            if inputs.get("networkTier"):
                problems.append(Problem("networkTier", "is of external addresses only: leave it out"))
            if not inputs.get("subnetwork") and not inputs.get("network"):
                problems.append(Problem("subnetwork", "is required for an INTERNAL address: name the subnetwork"))
        elif inputs.get("subnetwork"):
            problems.append(Problem("subnetwork", "is of internal addresses only: set addressType to INTERNAL"))
        return problems

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        super().create(state, cloud)
        identifier = self.identifier(state)
        if state["addressType"] == "INTERNAL":
            self._reserve_internal(state, cloud)
        else:
            _fill_in(state, networkTier="PREMIUM")
            _reserve_external(state, cloud)
        state.update(addressId=_number(identifier), labelFingerprint=_fingerprint(identifier), users=[])

    def _reserve_internal(self, state: dict[str, Property], cloud: Cloud) -> None:
        if not state.get("subnetwork"):
            require_network(cloud, state["network"], state["project"])
            return
        subnetwork = require_subnetwork(cloud, state["subnetwork"], state["project"], state["region"])
        range_ = IPv4Network(subnetwork.state["ipCidrRange"])
        used = [each.state.get("address") for each in _addresses_in(cloud, subnetwork.id)]
        if state.get("address") is None:
            # The first host is the gateway's, and the last is Google's.
            state["address"] = free_address(range_, [*used, str(range_[-2])], skip=1)
        elif not usable(range_, state["address"]):
            raise Refusal(
                400,
                f"Invalid value for field 'resource.address': '{state['address']}'. IP address is outside the usable "
                f"part of the subnetwork's range {range_}, invalid",
                "the address cannot be given to anything in the subnetwork",
                f"choose one from {range_[2]} to {range_[-3]}, or leave 'address' out",
            )
        elif state["address"] in used:
            raise _in_use(state["address"])
        _fill_in(state, purpose="GCE_ENDPOINT")


class GlobalAddress(ComputeKind):
    """A global address: an external one of load balancers, or a range for private services access."""

    token = GLOBAL_ADDRESS
    path = "projects/{project}/global/addresses/{name}"
    defaults = MappingProxyType({"addressType": "EXTERNAL"})

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        problems = [
            *super().problems(inputs),
            *one_of(inputs, "addressType", ("EXTERNAL", "INTERNAL")),
            *address_problems("address", inputs.get("address")),
        ]
        # https://cloud.google.com/vpc/docs/configure-private-services-access#allocating-range
        if inputs.get("purpose") == "VPC_PEERING":
            if inputs.get("addressType") != "INTERNAL":
                problems.append(Problem("addressType", "must be INTERNAL for purpose VPC_PEERING: set it"))
            problems += [
                Problem(name, f"is required for purpose VPC_PEERING: {remedy}")
                for name, remedy in (
                    ("network", "name the network that the range is reserved in"),
                    ("prefixLength", "set it to the size of the range, such as 16"),
                )
                if inputs.get(name) is None
            ]
            address, mask = inputs.get("address"), inputs.get("prefixLength")
            if isinstance(mask, int | float):
                problems += range_problems("prefixLength", f"{address or '10.0.0.0'}/{mask:.0f}")
        return problems

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        super().create(state, cloud)
        if state["addressType"] == "EXTERNAL":
            _reserve_external(state, cloud)
        else:
            network = require_network(cloud, state["network"], state["project"])
            if state.get("purpose") == "VPC_PEERING":
                _reserve_range(state, taken(cloud, network))
        state["labelFingerprint"] = _fingerprint(self.identifier(state))


class Route(ComputeKind):
    """A static route of a network."""

    token = ROUTE
    path = "projects/{project}/global/routes/{name}"
    defaults = MappingProxyType({"priority": 1000})

    _HOPS: ClassVar = ("nextHopGateway", "nextHopIlb", "nextHopInstance", "nextHopIp", "nextHopVpnTunnel")

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        problems = [*super().problems(inputs), *any_range_problems("destRange", inputs.get("destRange"))]
        hops = [name for name in self._HOPS if inputs.get(name) is not None]
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_route
        if len(hops) != 1:
            given = " and ".join(map(repr, hops)) or "none"
            problems.append(Problem(hops[1] if hops else self._HOPS[0], f"is one of {given}: set exactly one next hop"))
        return problems

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        super().create(state, cloud)
        network = require_network(cloud, state["network"], state["project"])
        state.update(asPaths=[], warnings=[], routeStatus="ACTIVE", routeType="STATIC")
        state.update(dict.fromkeys(("nextHopHub", "nextHopInterRegionCost", "nextHopMed", "nextHopOrigin"), ""))
        state.update(nextHopNetwork=_LINKS + network, nextHopPeering="")


class SecurityPolicy(ComputeKind):
    """A Cloud Armor policy. Of its rules, only the priorities are looked at."""

    token = "gcp:compute/securityPolicy:SecurityPolicy"  # noqa: S105 - a type
    path = "projects/{project}/global/securityPolicies/{name}"

    _DEFAULT_RULE = 2147483647

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        rules = value_at(inputs, "rules") or []
        priorities = [each.get("priority") for each in rules if isinstance(each, Mapping)]
        problems = [
            *super().problems(inputs),
            *one_of(inputs, "type", ("CLOUD_ARMOR", "CLOUD_ARMOR_EDGE", "CLOUD_ARMOR_INTERNAL_SERVICE")),
            *_repetitions("rules", "priority", priorities),
        ]
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_security_policy
        known = all(isinstance(each, int | float) for each in priorities)
        if priorities and known and self._DEFAULT_RULE not in priorities:
            remedy = f"add one of priority {self._DEFAULT_RULE} that matches '*'"
            problems.append(Problem("rules", f"have no default rule: {remedy}"))
        return problems

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        super().create(state, cloud)
        del state["creationTimestamp"]
        fingerprint = _fingerprint(self.identifier(state))
        state.update(fingerprint=fingerprint, labelFingerprint=fingerprint)
        _fill_in(state, type="CLOUD_ARMOR")

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))


class NetworkPeeringRoutesConfig(ComputeKind):
    """Which routes cross an existing peering. It patches the peering, so there is nothing to create or delete."""

    token = "gcp:compute/networkPeeringRoutesConfig:NetworkPeeringRoutesConfig"  # noqa: S105 - a type
    path = "projects/{project}/global/networks/{network}/networkPeerings/{peering}"
    unique = False

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        network = require_network(cloud, state["network"], state["project"])
        if last(state["peering"]) != PEERING or peered_ranges(cloud, network) is None:
            raise Refusal(
                400,
                f"There is no peering {state['peering']!r} in network {network!r}, invalid",
                "no routes can be exchanged",
                "make the peering first, and pass its output (Connection.peering) on",
            )

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self.create(state, cloud)


def refuse(problems: Iterable[Problem]) -> None:
    """Refuses inputs with problems, which were not known before or were not looked for.

    Raises:
        Refusal: There are some.
    """
    for each in problems:
        reason, _, remedy = each.reason.rpartition(": ")
        raise Refusal(
            400, f"Invalid value for field 'resource.{each.path}': {reason}, invalid", "it is not made", remedy
        )


def require_network(cloud: Cloud, reference: str, project: str) -> str:
    """The id of a network that exists.

    Raises:
        Refusal: It does not.
    """
    identifier = full_id(reference, project, "global/networks")
    return existing(cloud, NETWORK, identifier, "there is no network for the resource to be in").id


def require_subnetwork(cloud: Cloud, reference: str, project: str, region: str) -> Resource:
    """A subnetwork that exists.

    Raises:
        Refusal: It does not.
    """
    identifier = full_id(reference, project, f"regions/{region}/subnetworks")
    return existing(cloud, SUBNETWORK, identifier, "there is no subnetwork for the resource to be in")


def peered_ranges(cloud: Cloud, network: str) -> list[str] | None:
    """The names of the reserved ranges of a network's private services access; None where it has none."""
    for each in cloud.find(CONNECTION):
        if full_id(each.state["network"], "", "global/networks") == network:
            return [last(name) for name in each.state["reservedPeeringRanges"]]
    return None


def private_network(instance: Resource) -> str | None:
    """The id of the network that a database instance has a private address in."""
    configuration = (instance.state.get("settings") or {}).get("ipConfiguration") or {}
    reference = configuration.get("privateNetwork")
    return full_id(reference, instance.state["project"], "global/networks") if reference else None


def _users_of_network(cloud: Cloud, network: str) -> list[str]:
    users = [
        each.id
        for type_ in _NETWORK_USERS
        for each in cloud.find(type_)
        if (used := each.state.get("network")) and full_id(used, each.state["project"], "global/networks") == network
    ]
    users += [
        f"projects/{each.state['project']}/instances/{each.id}"
        for each in cloud.find(DATABASE_INSTANCE)
        if private_network(each) == network
    ]
    if peered_ranges(cloud, network) is not None:
        users.append(f"{network}/networkPeerings/{PEERING}")
    return users


def _addresses_in(cloud: Cloud, subnetwork: str) -> list[Resource]:
    return [
        each
        for each in cloud.find(ADDRESS)
        if (used := each.state.get("subnetwork"))
        and full_id(used, each.state["project"], f"regions/{each.state['region']}/subnetworks") == subnetwork
    ]


def _clusters_in(cloud: Cloud, subnetwork: str) -> list[Resource]:
    region = subnetwork.split("/")[3]
    return [
        each
        for each in cloud.find(CLUSTER)
        if (used := each.state.get("subnetwork"))
        and full_id(used, each.state["project"], f"regions/{region}/subnetworks") == subnetwork
    ]


def _refuse_in_use(what: str, identifier: str, users: Iterable[str]) -> None:
    for user in users:
        raise Refusal(
            400,
            f"The {what} resource '{identifier}' is already being used by '{user}', resourceInUseByAnotherResource",
            f"what uses the {what} would stop working",
            f"delete {user} first",
        )


def _in_use(address: str) -> Refusal:
    return Refusal(
        400,
        f"Invalid value for field 'resource.address': '{address}'. Specified IP address is already reserved, invalid",
        "two resources would have one address",
        "choose another one, or leave 'address' out",
    )


def _reserve_external(state: dict[str, Property], cloud: Cloud) -> None:
    # Google refuses an address that it does not own; whoever names one here imports it or plays a certain one.
    if state.get("address") is None:
        state["address"] = external_address(cloud)
    elif state["address"] in reserved_addresses(cloud):
        raise _in_use(state["address"])


def _reserve_range(state: dict[str, Property], used: list[Taken]) -> None:
    mask = int(state["prefixLength"])
    if state.get("address") is None:
        state["address"] = str(free_range(mask, used).network_address)
    else:
        require_free("address", IPv4Network((state["address"], mask)), used)


def _secondary(state: Mapping[str, Property]) -> dict[str, str]:
    return {each["rangeName"]: each.get("ipCidrRange") or "" for each in state.get("secondaryIpRanges") or []}


def _gateway(state: Mapping[str, Property]) -> str:
    # https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet
    return str(IPv4Network(state["ipCidrRange"])[1])


def _fill_in(state: dict[str, Property], **defaults: Property) -> None:
    for name, value in defaults.items():
        if state.get(name) is None:
            state[name] = value


def _number(identifier: str) -> str:
    """Nineteen digits, as Google numbers resources."""
    return str(10**18 + digest(identifier) % (9 * 10**18))


def _fingerprint(identifier: str) -> str:
    return base64.b64encode((digest(identifier) % 2**64).to_bytes(8)).decode()


def _repetitions(path: str, key: str, values: list[Property]) -> list[Problem]:
    return [
        Problem(f"{path}[{index}].{key}", f"is {value!r}, as an entry before it: make it unique")
        for index, value in enumerate(values)
        if isinstance(value, str | int | float) and value in values[:index]
    ]


KINDS: tuple[type[Kind], ...] = (
    Network,
    Subnetwork,
    Router,
    RouterNat,
    Firewall,
    Address,
    GlobalAddress,
    Route,
    SecurityPolicy,
    NetworkPeeringRoutesConfig,
)
