"""Static routes of networks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from typing_extensions import override

from localcloud.providers.google.addresses import any_range_problems
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute.kind import LINKS, ComputeKind
from localcloud.providers.google.compute.networks import require_network
from localcloud.providers.google.kind import Kind
from localcloud.providers.google.tokens import ROUTE
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property


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
        state.update(nextHopNetwork=LINKS + network, nextHopPeering="")


KINDS: tuple[type[Kind], ...] = (Route,)
