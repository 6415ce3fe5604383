from typing import Any

import pytest

from policy.rules.firewalls import NO_OPEN_FIREWALL
from tests.policy.rules import resource, wrong

FIREWALL = "gcp:compute/firewall:Firewall"
ALLOWS = [{"protocol": "tcp", "ports": ["22"]}]


@pytest.mark.parametrize(
    ("properties", "what"),
    [
        ({"allows": ALLOWS}, "no source is named, which means every one"),
        ({"allows": ALLOWS, "sourceRanges": ["10.0.0.0/8", "0.0.0.0/0"]}, "sourceRanges has 0.0.0.0/0"),
    ],
)
def test_a_rule_that_lets_in_everybody_is_found(properties: dict[str, Any], what: str) -> None:
    assert wrong(NO_OPEN_FIREWALL, resource(FIREWALL, **properties)) == [what]


@pytest.mark.parametrize(
    "properties",
    [
        {"allows": ALLOWS, "sourceRanges": ["172.16.0.0/28"]},
        {"allows": ALLOWS, "sourceTags": ["bastion"]},
        {"allows": ALLOWS, "sourceRanges": None},
        {"denies": [{"protocol": "all"}], "sourceRanges": ["0.0.0.0/0"]},
        {"direction": "EGRESS", "allows": ALLOWS},
    ],
)
def test_a_rule_for_somebody_passes(properties: dict[str, Any]) -> None:
    assert wrong(NO_OPEN_FIREWALL, resource(FIREWALL, **properties)) == []
