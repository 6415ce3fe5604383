"""Private services access as networks see it: over which ranges Google's services are reached, and by whom."""

from __future__ import annotations

from typing import Final

from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Resource
from localcloud.providers.google.references import last, network_id
from localcloud.providers.google.tokens import CONNECTION

PEERING: Final = "servicenetworking-googleapis-com"
"""What the network peering of private services access is called."""


def peered_ranges(cloud: Cloud, network: str) -> list[str] | None:
    """The names of the reserved ranges of a network's private services access; None where it has none."""
    for each in cloud.find(CONNECTION):
        if network_id(each.state["network"], "") == network:
            return [last(name) for name in each.state["reservedPeeringRanges"]]
    return None


def private_network(instance: Resource) -> str | None:
    """The id of the network that a database instance has a private address in."""
    configuration = (instance.state.get("settings") or {}).get("ipConfiguration") or {}
    reference = configuration.get("privateNetwork")
    return network_id(reference, instance.state["project"]) if reference else None
