"""Zones and records in the simulated cloud."""

import re
from typing import Any

import pytest

from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.dns import ManagedZone, RecordSet
from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable

_PLACE = Place(PROJECT, "europe-west1", "europe-west1-b")


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "dns.googleapis.com")


@pytest.fixture
def zone(cloud: Cloud) -> Resource:
    return make(cloud, ManagedZone(), name="public", dnsName="example.com.")


def make(cloud: Cloud, kind: Kind, **inputs: Any) -> Resource:
    return cloud.create(kind, inputs, _PLACE)


def _record(**changes: Any) -> dict[str, Any]:
    given = {"managedZone": "public", "name": "www.example.com.", "type": "A", "ttl": 300, "rrdatas": ["203.0.113.1"]}
    return {**given, **changes}


def _reasons(kind: Kind, inputs: dict[str, Any]) -> list[str]:
    return [f"{each.path} {each.reason}" for each in kind.problems(inputs)]


def test_a_zone_has_google_s_outputs(zone: Resource) -> None:
    assert zone.id == "projects/acme-prod/managedZones/public"
    assert re.fullmatch(r"\d{19}", zone.state["managedZoneId"])
    [group] = {server.removeprefix("ns-cloud-")[0] for server in zone.state["nameServers"]}
    assert group in "abcde"
    assert zone.state["nameServers"] == [f"ns-cloud-{group}{number}.googledomains.com." for number in range(1, 5)]
    assert (zone.state["visibility"], zone.state["description"]) == ("public", "Managed by Pulumi")


def test_a_private_zone_has_the_network_s_server(cloud: Cloud) -> None:
    zone = make(cloud, ManagedZone(), name="private", dnsName="acme.internal.", visibility="private")
    assert zone.state["nameServers"] == ["ns-gcp-private.googledomains.com."]


def test_zones_of_one_name_have_different_servers_as_long_as_there_are_some(cloud: Cloud) -> None:
    zones = [make(cloud, ManagedZone(), name=f"z{number}", dnsName="example.com.") for number in range(5)]
    assert len({zone.state["nameServers"][0] for zone in zones}) == 5
    with pytest.raises(Refusal, match="managedZoneDnsNameNotAvailable"):
        make(cloud, ManagedZone(), name="z5", dnsName="example.com.")


def test_a_zone_needs_the_api(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match=r"dns.googleapis.com has not been used in project acme-dev"):
        make(cloud, ManagedZone(), name="public", dnsName="example.com.", project="acme-dev")


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"dnsName": "example.com"}, "dnsName is 'example.com', which doesn't end with '.': write 'example.com.'"),
        ({"dnsName": "exa mple."}, "dnsName is 'exa mple.', which is no domain name: write it as 'www.example.com.'"),
        (
            {"name": "Public", "dnsName": "example.com."},
            "name is 'Public', but a name has 1 to 63 lower-case letters, digits and dashes, a letter first and no "
            "dash last: choose another",
        ),
        (
            {"visibility": "internal", "dnsName": UNKNOWN},
            "visibility is 'internal', which Google does not know: choose 'public', 'private'",
        ),
    ],
)
def test_a_zone_that_is_wrong_has_a_problem(inputs: dict[str, Any], reason: str) -> None:
    assert _reasons(ManagedZone(), inputs) == [reason]


@pytest.mark.parametrize("identifier", ["projects/acme-prod/managedZones/public", "acme-prod/public", "public"])
def test_a_zone_is_imported_by_every_form(identifier: str) -> None:
    assert ManagedZone().imported(identifier, _PLACE) == "projects/acme-prod/managedZones/public"


def test_a_zone_with_records_stays(cloud: Cloud, zone: Resource) -> None:
    record = make(cloud, RecordSet(), **_record())
    with pytest.raises(Refusal) as refused:
        cloud.delete(ManagedZone(), zone.id)
    assert "The resource named 'public' cannot be deleted because it contains one or more 'resource records'." in str(
        refused.value
    )
    cloud.delete(RecordSet(), record.id)
    cloud.delete(ManagedZone(), zone.id)
    assert cloud.get(ManagedZone.token, zone.id) is None


def test_a_zone_s_own_records_and_those_of_others_do_not_hold_it(cloud: Cloud, zone: Resource) -> None:
    make(cloud, ManagedZone(), name="public-too", dnsName="example.com.")
    make(cloud, RecordSet(), **_record(managedZone="public-too"))
    make(cloud, RecordSet(), **_record(name="example.com.", type="NS", rrdatas=["ns.example.org."]))
    cloud.delete(ManagedZone(), zone.id)
    assert cloud.get(ManagedZone.token, zone.id) is None


def test_a_zone_that_may_be_destroyed_takes_its_records_with_it(cloud: Cloud) -> None:
    zone = make(cloud, ManagedZone(), name="public", dnsName="example.com.", forceDestroy=True)
    make(cloud, RecordSet(), **_record())
    cloud.delete(ManagedZone(), zone.id)
    assert cloud.find(RecordSet.token) == []


@pytest.mark.parametrize("reference", ["public", "projects/acme-prod/managedZones/public"])
def test_a_record_belongs_to_its_zone(cloud: Cloud, zone: Resource, reference: str) -> None:
    record = make(cloud, RecordSet(), **_record(managedZone=reference))
    assert record.id == "projects/acme-prod/managedZones/public/rrsets/www.example.com./A"
    assert record.state["managedZone"] == "public"


def test_a_record_needs_its_zone(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match="the ManagedZone 'projects/acme-prod/managedZones/public' does not exist"):
        make(cloud, RecordSet(), **_record())


@pytest.mark.parametrize("name", ["www.example.org.", "wwwexample.com."])
def test_a_record_outside_of_its_zone_is_refused(cloud: Cloud, zone: Resource, name: str) -> None:
    with pytest.raises(Refusal, match=rf"'{name}' is not in zone 'public' of 'example.com.'"):
        make(cloud, RecordSet(), **_record(name=name))


@pytest.mark.parametrize("name", ["example.com.", "*.example.com.", "_acme-challenge.shop.example.com."])
def test_a_record_is_of_the_zone_or_below_it(cloud: Cloud, zone: Resource, name: str) -> None:
    record = make(cloud, RecordSet(), **_record(name=name, type="TXT", rrdatas=["x"]))
    assert record.id.endswith(f"/rrsets/{name}/TXT")


def test_a_second_record_set_of_a_name_and_type_is_refused(cloud: Cloud, zone: Resource) -> None:
    make(cloud, RecordSet(), **_record())
    make(cloud, RecordSet(), **_record(type="AAAA", rrdatas=["2001:db8::1"]))
    with pytest.raises(Refusal, match="already exists, alreadyExists"):
        make(cloud, RecordSet(), **_record(rrdatas=["203.0.113.2"]))


def test_an_alias_excludes_everything_else_of_its_name(cloud: Cloud, zone: Resource) -> None:
    alias = _record(type="CNAME", rrdatas=["gateway.example.com."])
    address = make(cloud, RecordSet(), **_record())
    with pytest.raises(Refusal, match="and it has records of type A, cnameResourceRecordSetConflict"):
        make(cloud, RecordSet(), **alias)
    cloud.delete(RecordSet(), address.id)
    make(cloud, RecordSet(), **alias)
    with pytest.raises(Refusal, match="and it has records of type CNAME, cnameResourceRecordSetConflict"):
        make(cloud, RecordSet(), **_record())


def test_the_zone_s_own_name_is_no_alias(cloud: Cloud, zone: Resource) -> None:
    with pytest.raises(Refusal, match="it is the zone's own, which has records of type SOA and NS"):
        make(cloud, RecordSet(), **_record(name="example.com.", type="CNAME", rrdatas=["www.example.org."]))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("A", "203.0.113.1"),
        ("AAAA", "2001:db8::1"),
        ("CNAME", "gateway.example.com."),
        ("MX", "10 mail.example.com."),
        ("MX", "0 ."),
        ("NS", "ns1.example.org."),
        ("TXT", "v=spf1"),
        ("TXT", '"v=spf1 -all"'),
        ("TXT", f'"{"a" * 255}" "{"b" * 20}"'),
        ("CAA", '0 issue "letsencrypt.org"'),
        ("CAA", '128 issuewild ";"'),
        ("SRV", "anything that is not looked at"),
    ],
)
def test_data_of_a_type_has_no_problems(type_: str, value: str) -> None:
    assert RecordSet().problems(_record(type=type_, rrdatas=[value])) == []


@pytest.mark.parametrize(
    ("type_", "value", "rule"),
    [
        ("A", "gateway.example.com.", "write an IPv4 address"),
        ("AAAA", "203.0.113.1", "write an IPv6 address"),
        ("CNAME", "gateway.example.com", "write a whole name with a dot at its end"),
        ("NS", "ns1", "write a whole name with a dot at its end"),
        (
            "MX",
            "mail.example.com.",
            "write a preference and a whole name with a dot at its end, as '10 mail.example.com.'",
        ),
        ("CAA", "letsencrypt.org", "write it as '0 issue \"letsencrypt.org\"'"),
        ("TXT", "a" * 256, "split it into strings of at most 255 characters, each in quotes"),
        ("TXT", '"open', "split it into strings of at most 255 characters, each in quotes"),
    ],
)
def test_data_of_another_type_is_a_problem(type_: str, value: str, rule: str) -> None:
    reason = f"rrdatas[0] is {value!r}, which is no data of type {type_}: {rule}"
    assert _reasons(RecordSet(), _record(type=type_, rrdatas=[value])) == [reason]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"name": "www.example.com"},
            "name is 'www.example.com', which doesn't end with '.': write 'www.example.com.'",
        ),
        ({"ttl": -1}, "ttl is -1, but Google takes 0 to 2147483647 seconds: choose a number in that range"),
        ({"rrdatas": None}, "rrdatas and 'routingPolicy' exclude each other, one is required: set exactly one"),
        (
            {"rrdatas": ["203.0.113.1", "203.0.113.1"]},
            "rrdatas[1] is '203.0.113.1', as an entry before it: leave one of them out",
        ),
        (
            {"type": "CNAME", "rrdatas": ["a.example.com.", "b.example.com."]},
            "rrdatas has 2 entries, but a CNAME leads to one name: leave one",
        ),
    ],
)
def test_a_record_that_is_wrong_has_a_problem(changes: dict[str, Any], reason: str) -> None:
    assert _reasons(RecordSet(), _record(**changes)) == [reason]


def test_a_type_that_is_none_is_a_problem() -> None:
    [problem] = RecordSet().problems(_record(type="a", rrdatas=UNKNOWN))
    assert problem.reason.startswith("is 'a', which Google does not know: choose 'A', 'AAAA', ")


def test_what_is_not_known_yet_is_no_problem() -> None:
    later = _record(name=UNKNOWN, type=UNKNOWN, ttl=UNKNOWN, rrdatas=[UNKNOWN], managedZone=UNKNOWN)
    assert RecordSet().problems(later) == []
    assert RecordSet().complete(later, _PLACE) == {**later, "project": PROJECT}


def test_a_record_is_checked_again_when_it_changes(cloud: Cloud, zone: Resource) -> None:
    record = make(cloud, RecordSet(), **_record())
    with pytest.raises(Refusal, match=r"is '1.2.3', which is no data of type A, invalid"):
        cloud.update(RecordSet(), record.id, _record(rrdatas=["1.2.3"]), _PLACE)
    changed = cloud.update(RecordSet(), record.id, _record(rrdatas=["203.0.113.9"]), _PLACE)
    assert changed.state["rrdatas"] == ["203.0.113.9"]


@pytest.mark.parametrize(
    "identifier",
    [
        "projects/acme-prod/managedZones/public/rrsets/www.example.com./A",
        "acme-prod/public/www.example.com./A",
        "public/www.example.com./A",
    ],
)
def test_a_record_is_imported_by_every_form(identifier: str) -> None:
    expected = "projects/acme-prod/managedZones/public/rrsets/www.example.com./A"
    assert RecordSet().imported(identifier, _PLACE) == expected
