from typing import Any

import pytest

from policy.rules.firewalls import NO_OPEN_FIREWALL
from tests.policy.rules import resource, wrong

FIREWALL = "gcp:compute/firewall:Firewall"
NOBODY_NAMED = "sourceRanges is missing, and without any source that means everybody"
ALLOWS = [{"protocol": "tcp", "ports": ["22"]}]


@pytest.mark.parametrize(
    ("properties", "what"),
    [
        ({"allows": ALLOWS}, NOBODY_NAMED),
        ({"allows": ALLOWS, "sourceRanges": []}, NOBODY_NAMED),
        ({"allows": ALLOWS, "sourceRanges": [], "sourceTags": []}, NOBODY_NAMED),
        ({"allows": ALLOWS, "sourceRanges": ["10.0.0.0/8", "0.0.0.0/0"]}, "sourceRanges has 0.0.0.0/0"),
        ({"allows": ALLOWS, "sourceRanges": ["::/0"]}, "sourceRanges has ::/0"),
        ({"allows": ALLOWS, "sourceRanges": ["128.0.0.0/1"], "sourceTags": ["a"]}, "sourceRanges has 128.0.0.0/1"),
    ],
)
def test_a_rule_that_lets_in_everybody_is_found(properties: dict[str, Any], what: str) -> None:
    assert wrong(NO_OPEN_FIREWALL, resource(FIREWALL, **properties)) == [what]


@pytest.mark.parametrize(
    "properties",
    [
        {"allows": ALLOWS, "sourceRanges": ["172.16.0.0/28"]},
        {"allows": ALLOWS, "sourceTags": ["bastion"]},
        {"allows": ALLOWS, "sourceTags": ["bastion"], "sourceRanges": []},
        {"allows": ALLOWS, "sourceTags": None},
        {"allows": ALLOWS, "sourceRanges": None},
        {"denies": [{"protocol": "all"}], "sourceRanges": ["0.0.0.0/0"]},
        {"direction": "EGRESS", "allows": ALLOWS},
    ],
)
def test_a_rule_for_somebody_passes(properties: dict[str, Any]) -> None:
    assert wrong(NO_OPEN_FIREWALL, resource(FIREWALL, **properties)) == []


ANYBODY: dict[str, Any] = {"direction": "INGRESS", "action": "allow", "match": {"srcIpRanges": ["0.0.0.0/0"]}}
OF_POLICIES = ("firewallPolicy", "networkFirewallPolicy", "regionNetworkFirewallPolicy")


def _of_policy(kind: str) -> str:
    return f"gcp:compute/{kind}:{kind[0].upper()}{kind[1:]}"


@pytest.mark.parametrize("policy", OF_POLICIES)
def test_a_rule_of_a_policy_is_held_to_the_same(policy: str) -> None:
    alone, together = _of_policy(f"{policy}Rule"), _of_policy(f"{policy}WithRules")
    assert wrong(NO_OPEN_FIREWALL, resource(alone, **ANYBODY)) == ["match.srcIpRanges has 0.0.0.0/0"]
    assert wrong(NO_OPEN_FIREWALL, resource(together, rules=[None, ANYBODY])) == [
        "rules[1].match.srcIpRanges has 0.0.0.0/0"
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"direction": "EGRESS"},
        {"action": "deny"},
        {"action": None},
        {"match": None},
        {"match": {"srcIpRanges": ["192.0.2.0/24"]}},
        {"match": {"srcSecureTags": [{"name": "tagValues/1"}]}},
        {"match": {"srcIpRanges": None}},
    ],
)
def test_a_rule_of_a_policy_for_somebody_passes(change: dict[str, Any]) -> None:
    assert wrong(NO_OPEN_FIREWALL, resource(_of_policy("networkFirewallPolicyRule"), **ANYBODY | change)) == []


@pytest.mark.parametrize("match", [{}, {"layer4Configs": [{"ipProtocol": "tcp"}]}, {"srcIpRanges": []}])
def test_a_rule_of_a_policy_that_names_no_source_is_found(match: dict[str, Any]) -> None:
    rule = resource(_of_policy("networkFirewallPolicyRule"), **ANYBODY | {"match": match})
    assert wrong(NO_OPEN_FIREWALL, rule) == [f"match.{NOBODY_NAMED.replace('sourceRanges', 'srcIpRanges')}"]
