"""Subnets: their ranges, and what keeps a subnet or a secondary range of it from going. Not simulated: IPv6."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

from typing_extensions import override

from localcloud.providers.google.addresses import overlap_problems, range_problems, require_free, taken
from localcloud.providers.google.checks import existing, matches, refuse
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.compute.kind import (
    NAME,
    NAME_RULE,
    ComputeKind,
    fill_in,
    fingerprint,
    refuse_in_use,
    repetitions,
)
from localcloud.providers.google.compute.networks import require_network
from localcloud.providers.google.kind import Kind, Refusal, Resource
from localcloud.providers.google.references import network_id, subnetwork_id
from localcloud.providers.google.tokens import ADDRESS, CLUSTER, ROUTER_NAT, SUBNETWORK
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property


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
                for problem in matches(each, "rangeName", NAME, NAME_RULE)
            ),
            *repetitions("secondaryIpRanges", "rangeName", [each.get("rangeName") for _, each in named]),
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
        state["fingerprint"] = fingerprint(identifier)
        state["gatewayAddress"] = _gateway(state)
        state.update(ipv6CidrRange="", ipv6GceEndpoint="", state="")
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_subnetwork
        fill_in(
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
        self._require_free(state, network_id(state["network"], state["project"]), cloud)
        state["gatewayAddress"] = _gateway(state)

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        identifier = self.identifier(state)
        addresses = (each.id for each in addresses_in(cloud, identifier))
        # https://github.com/hashicorp/terraform-provider-google/issues/28572
        gateways = (
            each.id
            for each in cloud.find(ROUTER_NAT)
            for used in each.state.get("subnetworks") or []
            if subnetwork_id(used["name"], each.state["project"], each.state["region"]) == identifier
        )
        clusters = (each.id for each in _clusters_in(cloud, identifier))
        refuse_in_use("subnetwork", identifier, [*clusters, *addresses, *gateways])

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


def require_subnetwork(cloud: Cloud, reference: str, project: str, region: str) -> Resource:
    """A subnetwork that exists.

    Raises:
        Refusal: It does not.
    """
    identifier = subnetwork_id(reference, project, region)
    return existing(cloud, SUBNETWORK, identifier, "there is no subnetwork for the resource to be in")


def addresses_in(cloud: Cloud, subnetwork: str) -> list[Resource]:
    """The reserved addresses of a subnetwork, by its id."""
    return [
        each
        for each in cloud.find(ADDRESS)
        if (used := each.state.get("subnetwork"))
        and subnetwork_id(used, each.state["project"], each.state["region"]) == subnetwork
    ]


def _clusters_in(cloud: Cloud, subnetwork: str) -> list[Resource]:
    region = subnetwork.split("/")[3]
    return [
        each
        for each in cloud.find(CLUSTER)
        if (used := each.state.get("subnetwork")) and subnetwork_id(used, each.state["project"], region) == subnetwork
    ]


def _secondary(state: Mapping[str, Property]) -> dict[str, str]:
    return {each["rangeName"]: each.get("ipCidrRange") or "" for each in state.get("secondaryIpRanges") or []}


def _gateway(state: Mapping[str, Property]) -> str:
    # https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet
    return str(IPv4Network(state["ipCidrRange"])[1])


KINDS: tuple[type[Kind], ...] = (Subnetwork,)
