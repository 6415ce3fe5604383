"""Firewall rules of networks. Not simulated: what they let through."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from typing_extensions import override

from localcloud.providers.google.addresses import any_range_problems
from localcloud.providers.google.checks import between, one_of, refuse
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute.kind import ComputeKind, fill_in
from localcloud.providers.google.compute.networks import require_network
from localcloud.providers.google.compute.traffic import direction_problems, protocol_problems
from localcloud.providers.google.kind import Kind
from localcloud.providers.google.tokens import FIREWALL
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property


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
        fill_in(state, direction="INGRESS")

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        require_network(cloud, state["network"], state["project"])


KINDS: tuple[type[Kind], ...] = (Firewall,)
