"""Reserved addresses, regional and global, and ranges that are reserved for private services access."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from types import MappingProxyType

from typing_extensions import override

from localcloud.providers.google.addresses import (
    Taken,
    address_problems,
    external_address,
    free_address,
    free_range,
    range_problems,
    require_free,
    reserved_addresses,
    taken,
    usable,
)
from localcloud.providers.google.checks import one_of
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute.kind import ComputeKind, fill_in, fingerprint, numeric_id
from localcloud.providers.google.compute.networks import require_network
from localcloud.providers.google.compute.subnetworks import addresses_in, require_subnetwork
from localcloud.providers.google.kind import Kind, Refusal
from localcloud.providers.google.tokens import ADDRESS, GLOBAL_ADDRESS
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property


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
            fill_in(state, networkTier="PREMIUM")
            _reserve_external(state, cloud)
        state.update(addressId=numeric_id(identifier), labelFingerprint=fingerprint(identifier), users=[])

    def _reserve_internal(self, state: dict[str, Property], cloud: Cloud) -> None:
        if not state.get("subnetwork"):
            require_network(cloud, state["network"], state["project"])
            return
        subnetwork = require_subnetwork(cloud, state["subnetwork"], state["project"], state["region"])
        range_ = IPv4Network(subnetwork.state["ipCidrRange"])
        used = [each.state.get("address") for each in addresses_in(cloud, subnetwork.id)]
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
        fill_in(state, purpose="GCE_ENDPOINT")


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
        state["labelFingerprint"] = fingerprint(self.identifier(state))


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


KINDS: tuple[type[Kind], ...] = (Address, GlobalAddress)
