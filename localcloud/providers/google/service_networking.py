"""Private services access: the connection that peers a network with Google's services, such as Cloud SQL.

Simulated is what it needs, and what keeps it from being deleted. One that is abandoned (deletionPolicy ABANDON) stays
in the cloud, and its network with it. Not simulated is that Google may hold on to a connection for days after its last
user was deleted: https://github.com/hashicorp/terraform-provider-google/issues/16275.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote_plus, unquote_plus

from typing_extensions import override

from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute.networks import require_network
from localcloud.providers.google.compute.private_access import PEERING, peered_ranges, private_network
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.references import full_id, last, network_id, project_of
from localcloud.providers.google.tokens import CONNECTION, DATABASE_INSTANCE, GLOBAL_ADDRESS
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

SERVICE: Final = "servicenetworking.googleapis.com"


class Connection(Kind):
    """A connection of a network with `servicenetworking.googleapis.com`."""

    token = CONNECTION
    api = SERVICE
    unique = False

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        service = inputs.get("service")
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/service_networking_connection
        if isinstance(service, str) and last(service) != SERVICE:
            return [Problem("service", f"is {service!r}, which offers no such connection: use {SERVICE!r}")]
        return []

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        """With the network's whole id where only its name is given, for the project is nowhere else."""
        network = inputs.get("network")
        if not isinstance(network, str) or place.project is None:
            return dict(inputs)
        return {**inputs, "network": network if project_of(network) else network_id(network, place.project)}

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        """Both parts escaped: `connectionId` in resource_service_networking_connection.go of the provider."""
        return f"{quote_plus(state['network'])}:{quote_plus(state['service'])}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        project = project_of(state["network"]) or ""
        # The type has no property `project`, in which the cloud looks for what is enabled.
        cloud.require_api(self, {"project": project})
        network = require_network(cloud, state["network"], project)
        self._require_ranges(state, network, cloud)
        existing = peered_ranges(cloud, network)
        if existing is not None and set(existing) != set(_names(state)) and not state.get("updateOnCreationFail"):
            # https://github.com/hashicorp/terraform-provider-google/issues/3294
            raise Refusal(
                400,
                f"Cannot modify allocated ranges in CreateConnection. Please use UpdateConnection. Network {network!r} "
                f"has a connection with {', '.join(existing)}",
                "services that were given addresses in those ranges would lose them",
                "name the same ranges, import the connection, or set updateOnCreationFail to true",
            )
        state["peering"] = PEERING

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self._require_ranges(state, network_id(state["network"], ""), cloud)

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        network = network_id(state["network"], "")
        users = [each.id for each in cloud.find(DATABASE_INSTANCE) if private_network(each) == network]
        if users:
            # https://github.com/hashicorp/terraform-provider-google/issues/19908
            raise Refusal(
                400,
                "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are still using "
                f"this connection. In network {network!r} these are {', '.join(users)}",
                "they would lose their private addresses",
                "delete them first",
            )

    @override
    def imported(self, identifier: str, place: Place) -> str:
        network, _, service = unquote_plus(identifier).rpartition(":")
        network = network_id(network.lstrip("/"), str(place.project))
        return self.identifier({"network": network, "service": service})

    def _require_ranges(self, state: Mapping[str, Property], network: str, cloud: Cloud) -> None:
        project = project_of(network) or ""
        for name in _names(state):
            address = cloud.get(GLOBAL_ADDRESS, full_id(name, project, "global/addresses"))
            of_network = (
                address is not None
                and address.state.get("purpose") == "VPC_PEERING"
                and network_id(address.state["network"], project) == network
            )
            if not of_network:
                # https://github.com/hashicorp/terraform-provider-google/issues/11100
                raise Refusal(
                    400,
                    f"Allocated IP range '{name}' not found in network {network!r}",
                    "the services would have no range to take addresses from",
                    "name a GlobalAddress of that network with purpose VPC_PEERING and addressType INTERNAL",
                )


def _names(state: Mapping[str, Property]) -> list[str]:
    return [last(each) for each in state["reservedPeeringRanges"]]


KINDS: tuple[type[Kind], ...] = (Connection,)
