"""Which ways lead into the network from outside."""

from collections.abc import Iterator

from policy.rule import Resource, ResourceRule

_ANYWHERE = ("0.0.0.0/0", "::/0")
_SOURCES = ("sourceRanges", "sourceTags", "sourceServiceAccounts")


def _open(firewall: Resource) -> Iterator[str]:
    if firewall.get("direction", "INGRESS") != "INGRESS" or not firewall.get("allows", []):
        return
    if all(source not in firewall.properties for source in _SOURCES):
        yield "no source is named, which means every one"
    for source in firewall.get("sourceRanges", []) or []:
        if source in _ANYWHERE:
            yield f"sourceRanges has {source}"


NO_OPEN_FIREWALL = ResourceRule(
    name="no-open-firewall",
    demand="No firewall rule lets in everybody.",
    danger="Everybody can try the ports that it opens, on every machine it is for.",
    remedy="Name the ranges that need to come in. Requests from outside take the gateway, whose ways GKE opens itself.",
    source="https://cloud.google.com/firewall/docs/firewalls",
    types=("gcp:compute/firewall:Firewall",),
    check=_open,
)
