"""Which ways lead into the network from outside."""

from collections.abc import Iterator

from web_platform.relations.objects import listed, texts

from policy.ranges import wide_ranges
from policy.resource import Resource, value_at
from policy.rule import ResourceRule

_FIREWALL = "gcp:compute/firewall:Firewall"
_SOURCES = ("sourceRanges", "sourceTags", "sourceServiceAccounts")

# Rules of policies, one by one or with their policy, of a folder, a network or a region.
_POLICY_RULES = (
    "gcp:compute/firewallPolicyRule:FirewallPolicyRule",
    "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule",
    "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule",
)
_POLICIES = (
    "gcp:compute/firewallPolicyWithRules:FirewallPolicyWithRules",
    "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules",
    "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules",
)
_SOURCES_OF_POLICIES = (
    "srcIpRanges",
    "srcAddressGroups",
    "srcFqdns",
    "srcRegionCodes",
    "srcSecureTags",
    "srcThreatIntelligences",
    "srcNetworks",
)

# The second looks into what it lets in.
_LETS_IN = ("allow", "apply_security_profile_group")


def _open(resource: Resource) -> Iterator[str]:
    if resource.type == _FIREWALL:
        if _is_ingress(resource.properties) and resource.get("allows", []):
            yield from _everybody(resource.properties, _SOURCES, "")
    elif resource.type in _POLICY_RULES:
        yield from _of_policy(resource.properties, "")
    else:
        for place, rule in listed(resource.properties, "rules"):
            yield from _of_policy(rule, f"{place}.")


def _of_policy(rule: object, field: str) -> Iterator[str]:
    if _is_ingress(rule) and value_at(rule, "action", "") in _LETS_IN and value_at(rule, "match", {}) is not None:
        yield from _everybody(value_at(rule, "match", {}), _SOURCES_OF_POLICIES, f"{field}match.")


def _is_ingress(rule: object) -> bool:
    return bool(value_at(rule, "direction", "INGRESS") == "INGRESS")


def _everybody(holder: object, sources: tuple[str, ...], field: str) -> Iterator[str]:
    # Of sources the first is ranges. Google takes an empty list for none at all.
    if all(value_at(holder, source, []) == [] for source in sources):
        yield f"{field}{sources[0]} is missing, and without any source that means everybody"
    ranges = [source for _, source in texts(holder, sources[0])]
    yield from (f"{field}{sources[0]} {what}" for what in wide_ranges(ranges))


NO_OPEN_FIREWALL = ResourceRule(
    name="no-open-firewall",
    demand="No firewall rule lets in everybody.",
    danger="Everybody can try the ports that it opens, on every machine it is for.",
    remedy="Name the ranges that need to come in. Requests from outside take the gateway, whose ways GKE opens itself.",
    source="https://cloud.google.com/firewall/docs/firewalls",
    types=(_FIREWALL, *_POLICY_RULES, *_POLICIES),
    check=_open,
)
