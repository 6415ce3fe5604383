"""Which routes the two sides of a network peering exchange."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute.kind import ComputeKind
from localcloud.providers.google.compute.networks import require_network
from localcloud.providers.google.compute.private_access import PEERING, peered_ranges
from localcloud.providers.google.kind import Kind, Refusal
from localcloud.providers.google.references import last
from localcloud.providers.google.tokens import NETWORK_PEERING_ROUTES_CONFIG
from localcloud.providers.properties import Property


class NetworkPeeringRoutesConfig(ComputeKind):
    """Which routes cross an existing peering. It patches the peering, so there is nothing to create or delete."""

    token = NETWORK_PEERING_ROUTES_CONFIG
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


KINDS: tuple[type[Kind], ...] = (NetworkPeeringRoutesConfig,)
