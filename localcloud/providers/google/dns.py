"""Cloud DNS: zones and their records.

Simulated are the names, what the data of the common types looks like, and that a zone with records stays. Not simulated
are answers to queries, DNSSEC, the zone's own NS and SOA records, and what is inside routing policies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType
from typing import Final

from typing_extensions import override

from localcloud.providers.google import stamps
from localcloud.providers.google.checks import between, existing, matches, one_of, refuse
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.references import PathKind, last
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

# https://cloud.google.com/dns/docs/records-overview#supported_dns_record_types
_TYPES: Final = (
    "A",
    "AAAA",
    "ALIAS",
    "CAA",
    "CNAME",
    "DNSKEY",
    "DS",
    "HTTPS",
    "IPSECKEY",
    "MX",
    "NAPTR",
    "NS",
    "PTR",
    "SOA",
    "SPF",
    "SRV",
    "SSHFP",
    "SVCB",
    "TLSA",
    "TXT",
)

# Labels may begin with an underscore, and the first may be an asterisk. https://www.rfc-editor.org/rfc/rfc1035
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DOMAIN = rf"({_LABEL}\.)+"
_RECORD_NAME = rf"(\*\.)?{_DOMAIN}"

# Each of five groups serves a zone of a name only once. https://cloud.google.com/dns/docs/zones#name-servers
_GROUPS = "abcde"


class ManagedZone(PathKind):
    """A zone, public or private."""

    token = "gcp:dns/managedZone:ManagedZone"  # noqa: S105 - a type
    api = "dns.googleapis.com"
    path = "projects/{project}/managedZones/{name}"
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/dns_managed_zone
    defaults = MappingProxyType({"forceDestroy": False, "visibility": "public"})

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/dns/docs/reference/rest/v1/managedZones
        rule = "a name has 1 to 63 lower-case letters, digits and dashes, a letter first and no dash last"
        return [
            *matches(inputs, "name", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", rule),
            *_domain_problems("dnsName", inputs.get("dnsName"), _DOMAIN),
            *one_of(inputs, "visibility", ("public", "private")),
        ]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        identifier = self.identifier(state)
        state.setdefault("description", "Managed by Pulumi")
        state["managedZoneId"] = str(10**18 + digest(identifier) % (9 * 10**18))
        state["creationTime"] = stamps.now()
        state["nameServers"] = _name_servers(state, cloud)

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        records = self._records(state, cloud)
        if records and not state.get("forceDestroy"):
            # https://github.com/tetratelabs/tetrate-service-bridge-sandbox/issues/256
            raise Refusal(
                400,
                f"The resource named '{state['name']}' cannot be deleted because it contains one or more 'resource "
                f"records'., containerNotEmpty. Among them is {records[0]!r}",
                "names that clients use would have no addresses any more",
                "delete the records first, or set forceDestroy to true and update",
            )
        for each in records:
            cloud.tamper(RecordSet.token, each, None)

    def _records(self, state: Mapping[str, Property], cloud: Cloud) -> list[str]:
        """The ids of all records but those of the zone itself."""
        zone, own = self.identifier(state), (f"{state['dnsName']}/NS", f"{state['dnsName']}/SOA")
        prefix = f"{zone}/rrsets/"
        ids = (each.id for each in cloud.find(RecordSet.token, project=state["project"]))
        return [each for each in ids if each.startswith(prefix) and each.removeprefix(prefix) not in own]


class RecordSet(PathKind):
    """All records of one name and type."""

    token = "gcp:dns/recordSet:RecordSet"  # noqa: S105 - a type
    api = "dns.googleapis.com"
    path = "projects/{project}/managedZones/{managedZone}/rrsets/{name}/{type}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        type_, values = inputs.get("type"), inputs.get("rrdatas")
        problems = [
            *_domain_problems("name", inputs.get("name"), _RECORD_NAME),
            *one_of(inputs, "type", _TYPES),
            *between(inputs, "ttl", 0, 2**31 - 1, "seconds"),
        ]
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/dns_record_set
        if bool(values) == bool(inputs.get("routingPolicy")):
            problems.append(
                Problem("rrdatas", "and 'routingPolicy' exclude each other, one is required: set exactly one")
            )
        if not isinstance(values, list):
            return problems
        for index, value in enumerate(values):
            path = f"rrdatas[{index}]"
            if isinstance(value, str) and isinstance(type_, str) and (rule := _data_rule(type_, value)):
                problems.append(Problem(path, f"is {value!r}, which is no data of type {type_}: {rule}"))
            if isinstance(value, str) and value in values[:index]:
                problems.append(Problem(path, f"is {value!r}, as an entry before it: leave one of them out"))
        if type_ == "CNAME" and len(values) > 1:
            problems.append(Problem("rrdatas", f"has {len(values)} entries, but a CNAME leads to one name: leave one"))
        return problems

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        """With the zone's bare name, as the provider keeps it; an id or link means the same."""
        complete = super().complete(inputs, place)
        zone = complete.get("managedZone")
        return {**complete, "managedZone": last(zone)} if isinstance(zone, str) else complete

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        return self.path.format_map(state)

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        self._require(state, cloud)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self._require(state, cloud)

    def _require(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        project, name, type_ = state["project"], state["name"], state["type"]
        zone_id = f"projects/{project}/managedZones/{state['managedZone']}"
        zone = existing(cloud, ManagedZone.token, zone_id, "the record would be in no zone")
        domain = zone.state["dnsName"]
        if name != domain and not name.endswith(f".{domain}"):
            raise Refusal(
                400,
                f"Invalid value for 'entity.change.additions[0].name': '{name}' is not in zone {zone.state['name']!r} "
                f"of {domain!r}, invalid",
                "nobody would ask this zone for the name",
                f"use {domain!r} or a name that ends with '.{domain}'",
            )
        # https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2
        for other in [each for each in _TYPES if each != "CNAME"] if type_ == "CNAME" else ["CNAME"]:
            if cloud.get(self.token, self.path.format_map({**state, "type": other})) is not None:
                raise _exclusive(name, type_, f"it has records of type {other}")
        if type_ == "CNAME" and name == domain:
            raise _exclusive(name, type_, "it is the zone's own, which has records of type SOA and NS")


def _exclusive(name: str, type_: str, reason: str) -> Refusal:
    return Refusal(
        400,
        f"The resource record set 'entity.change.additions[{name}][{type_}]' is invalid because a CNAME cannot be "
        f"beside other records of a name, and {reason}, cnameResourceRecordSetConflict",
        "resolvers would find one of both, by chance",
        "use another name, or A and AAAA records instead of the CNAME",
    )


def _name_servers(state: Mapping[str, Property], cloud: Cloud) -> list[str]:
    if state["visibility"] == "private":
        return ["ns-gcp-private.googledomains.com."]
    same = cloud.find(ManagedZone.token, dnsName=state["dnsName"], visibility="public")
    used = {each.state["nameServers"][0].removeprefix("ns-cloud-")[0] for each in same}
    free = [group for group in _GROUPS if group not in used]
    if not free:
        raise Refusal(
            400,
            f"Managed zone {state['name']!r} for {state['dnsName']!r} is not available: every group of name servers "
            "serves a zone of this name, managedZoneDnsNameNotAvailable",
            "there is no server left for the zone",
            "use one of the zones that exist",
        )
    group = free[digest(str(state["dnsName"])) % len(free)]
    return [f"ns-cloud-{group}{number}.googledomains.com." for number in range(1, 5)]


def _domain_problems(path: str, value: Property, pattern: str) -> list[Problem]:
    if not isinstance(value, str) or (re.fullmatch(pattern, value) and len(value) <= 254):
        return []
    if re.fullmatch(pattern, f"{value}."):
        # The text is the provider's: `validateRecordNameTrailingDot` in resource_dns_record_set.go.
        return [Problem(path, f"is {value!r}, which doesn't end with '.': write '{value}.'")]
    return [Problem(path, f"is {value!r}, which is no domain name: write it as 'www.example.com.'")]


def _data_rule(type_: str, value: str) -> str | None:
    """How data of a type is written, if `value` is not; None for types that are not looked at."""
    check, rule = _DATA.get(type_, (lambda _value: True, ""))
    return None if check(value) else rule


def _is_ipv4(value: str) -> bool:
    try:
        IPv4Address(value)
    except ValueError:
        return False
    return True


def _is_ipv6(value: str) -> bool:
    try:
        IPv6Address(value)
    except ValueError:
        return False
    return True


def _is_domain(value: str) -> bool:
    return re.fullmatch(_DOMAIN, value) is not None


def _is_mx(value: str) -> bool:
    preference, _, exchange = value.partition(" ")
    return preference.isdecimal() and int(preference) < 2**16 and (exchange == "." or _is_domain(exchange))


def _is_caa(value: str) -> bool:
    """https://www.rfc-editor.org/rfc/rfc8659."""
    return re.fullmatch(r'(0|128) (issue|issuewild|iodef|issuemail) "[^"]*"', value) is not None


def _is_text(value: str) -> bool:
    """Strings of at most 255 octets, in quotes if there is a space in one. https://www.rfc-editor.org/rfc/rfc1035."""
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', value)
    rest = re.sub(r'"(?:[^"\\]|\\.)*"', " ", value)
    return '"' not in rest.replace('\\"', "") and all(len(each.encode()) <= 255 for each in [*quoted, *rest.split()])


_DATA: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "A": (_is_ipv4, "write an IPv4 address"),
    "AAAA": (_is_ipv6, "write an IPv6 address"),
    "CAA": (_is_caa, "write it as '0 issue \"letsencrypt.org\"'"),
    "CNAME": (_is_domain, "write a whole name with a dot at its end"),
    "MX": (_is_mx, "write a preference and a whole name with a dot at its end, as '10 mail.example.com.'"),
    "NS": (_is_domain, "write a whole name with a dot at its end"),
    "TXT": (_is_text, "split it into strings of at most 255 characters, each in quotes"),
}

KINDS: tuple[type[Kind], ...] = (ManagedZone, RecordSet)
