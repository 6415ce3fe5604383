"""DnsZone: a signed zone whose hosts lead to one address."""

from typing import Any

import pytest
from web_platform.dns import DnsZone, DnsZoneArgs
from web_platform.errors import ArgumentError

from tests.recording import Recording, declare

TYPE = "web-platform:index:DnsZone"
ZONE = "gcp:dns/managedZone:ManagedZone"
RECORD = "gcp:dns/recordSet:RecordSet"


def zone(name: str = "public", **args: Any) -> Recording:
    arguments: DnsZoneArgs = {
        "project": "acme-prod",
        "domain": "example.com",
        "hosts": ["example.com", "shop.example.com"],
        "address": "203.0.113.7",
        **args,  # type: ignore[typeddict-item]
    }
    return declare(lambda: DnsZone(name, arguments))


def test_a_zone_is_made_of_these_resources() -> None:
    assert sorted((resource.ancestry, resource.name) for resource in zone()) == [
        (TYPE, "public"),
        (f"{TYPE}${ZONE}", "public"),
        (f"{TYPE}${RECORD}", "public-@-address"),
        (f"{TYPE}${RECORD}", "public-issuer"),
        (f"{TYPE}${RECORD}", "public-shop-address"),
    ]


def test_the_zone_is_public_and_signed_and_keeps_what_others_put_into_it() -> None:
    assert zone().one(ZONE, "public").inputs == {
        "name": "public",
        "project": "acme-prod",
        "description": "Public names in example.com",
        "dnsName": "example.com.",
        "visibility": "public",
        "dnssecConfig": {"state": "on", "nonExistence": "nsec3"},
        "forceDestroy": False,
    }


@pytest.mark.parametrize(("host", "name"), [("example.com", "@"), ("shop.example.com", "shop")])
def test_each_host_leads_to_the_address(host: str, name: str) -> None:
    assert zone().one(RECORD, f"public-{name}-address").inputs == {
        "project": "acme-prod",
        "managedZone": "public",
        "name": f"{host}.",
        "type": "A",
        "ttl": 300,
        "rrdatas": ["203.0.113.7"],
    }


def test_one_authority_may_certify_the_domain() -> None:
    assert zone().one(RECORD, "public-issuer").inputs == {
        "project": "acme-prod",
        "managedZone": "public",
        "name": "example.com.",
        "type": "CAA",
        "ttl": 300,
        "rrdatas": ['0 issue "letsencrypt.org"'],
    }


def test_another_time_to_live_is_every_records() -> None:
    records = zone(ttl_seconds=60.0).of_type(RECORD).values()
    assert [record.inputs["ttl"] for record in records] == [60, 60, 60]


def test_a_zone_without_hosts_is_a_zone() -> None:
    assert list(zone(hosts=[]).of_type(RECORD)) == ["public-issuer"]


def test_the_registrar_is_told_these_name_servers() -> None:
    assert zone().outputs_of(TYPE, "public") == {
        "nameServers": [f"ns-cloud-a{number}.googledomains.com." for number in (1, 2, 3, 4)],
        "zone": "public",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "public_zone"}, "name is not a name that Google accepts"),
        ({"domain": "example"}, "domain is not a full host name"),
        ({"domain": "example.com."}, "domain is not a full host name"),
        ({"hosts": ["shop.example.org"]}, "hosts 'shop.example.org' is not in the domain 'example.com'"),
        ({"hosts": ["badexample.com"]}, "hosts 'badexample.com' is not in the domain 'example.com'"),
        ({"hosts": ["a.*.example.com"]}, r"hosts 'a.\*.example.com' is not a full host name"),
        ({"hosts": ["a.example.com", "a.example.com"]}, "hosts 'a.example.com' is there more than once"),
        ({"ttl_seconds": 0}, "ttl_seconds is 0"),
        ({"ttl_seconds": 86401}, "ttl_seconds is 86401"),
        ({"ttl": 60}, r"ttl is not a known key"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^DnsZone '[a-z_]+': {message}"):
        zone(**change)
