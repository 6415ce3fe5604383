"""Cloud Armor policies."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google.checks import one_of, refuse, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute.kind import ComputeKind, fill_in, fingerprint, repetitions
from localcloud.providers.google.kind import Kind
from localcloud.providers.google.tokens import SECURITY_POLICY
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property


class SecurityPolicy(ComputeKind):
    """A Cloud Armor policy. Of its rules, only the priorities are looked at."""

    token = SECURITY_POLICY
    path = "projects/{project}/global/securityPolicies/{name}"

    _DEFAULT_RULE = 2147483647

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        rules = value_at(inputs, "rules") or []
        priorities = [each.get("priority") for each in rules if isinstance(each, Mapping)]
        problems = [
            *super().problems(inputs),
            *one_of(inputs, "type", ("CLOUD_ARMOR", "CLOUD_ARMOR_EDGE", "CLOUD_ARMOR_INTERNAL_SERVICE")),
            *repetitions("rules", "priority", priorities),
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
        drawn = fingerprint(self.identifier(state))
        state.update(fingerprint=drawn, labelFingerprint=drawn)
        fill_in(state, type="CLOUD_ARMOR")

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))


KINDS: tuple[type[Kind], ...] = (SecurityPolicy,)
