"""VPC networks. Not simulated: the `default` network, and the subnets that an auto mode network gets by itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from typing_extensions import override

from localcloud.providers.google.checks import between, existing, one_of
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute.kind import ComputeKind, fill_in, numeric_id, refuse_in_use
from localcloud.providers.google.compute.private_access import PEERING, peered_ranges, private_network
from localcloud.providers.google.kind import Kind
from localcloud.providers.google.references import network_id
from localcloud.providers.google.tokens import (
    ADDRESS,
    CLUSTER,
    DATABASE_INSTANCE,
    FIREWALL,
    GLOBAL_ADDRESS,
    NETWORK,
    ROUTE,
    ROUTER,
    SUBNETWORK,
)
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

_NETWORK_USERS = (SUBNETWORK, ROUTER, ADDRESS, GLOBAL_ADDRESS, FIREWALL, ROUTE, CLUSTER)


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
        number = numeric_id(self.identifier(state))
        state.update(networkId=number, numericId=number, gatewayIpv4="")
        fill_in(state, mtu=1460, routingMode="REGIONAL")

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        identifier = self.identifier(state)
        refuse_in_use("network", identifier, _users_of_network(cloud, identifier))


def require_network(cloud: Cloud, reference: str, project: str) -> str:
    """The id of a network that exists.

    Raises:
        Refusal: It does not.
    """
    identifier = network_id(reference, project)
    return existing(cloud, NETWORK, identifier, "there is no network for the resource to be in").id


def _users_of_network(cloud: Cloud, network: str) -> list[str]:
    users = [
        each.id
        for type_ in _NETWORK_USERS
        for each in cloud.find(type_)
        if (used := each.state.get("network")) and network_id(used, each.state["project"]) == network
    ]
    users += [
        f"projects/{each.state['project']}/instances/{each.id}"
        for each in cloud.find(DATABASE_INSTANCE)
        if private_network(each) == network
    ]
    if peered_ranges(cloud, network) is not None:
        users.append(f"{network}/networkPeerings/{PEERING}")
    return users


KINDS: tuple[type[Kind], ...] = (Network,)
