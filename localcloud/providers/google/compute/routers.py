"""Cloud Routers, and the Cloud NAT gateways that are parts of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from typing_extensions import override

from localcloud.providers.google.checks import existing, one_of, refuse
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute.kind import ComputeKind, fill_in
from localcloud.providers.google.compute.networks import require_network
from localcloud.providers.google.compute.traffic import nat_port_problems
from localcloud.providers.google.kind import Kind, Place
from localcloud.providers.google.references import import_id, last
from localcloud.providers.google.tokens import ROUTER, ROUTER_NAT
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property


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
        fill_in(state, enableDynamicPortAllocation=False, enableEndpointIndependentMapping=False)

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


KINDS: tuple[type[Kind], ...] = (Router, RouterNat)
