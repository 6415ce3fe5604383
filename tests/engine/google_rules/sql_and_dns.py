"""Databases, the way to their private addresses, and names."""

from __future__ import annotations

from typing import Any

from localcloud.providers.google.cloud import SERVICE
from localcloud.providers.google.dns import ManagedZone, RecordSet
from localcloud.providers.google.sql import Database, SslCert, User
from localcloud.providers.google.tokens import CONNECTION, DATABASE_INSTANCE, GLOBAL_ADDRESS, NETWORK
from tests.engine.google_program import REGION, Declared, wrong
from tests.engine.google_rules import Differing, Kept, Rules

DATABASE, USER, CERTIFICATE = Database.token, User.token, SslCert.token
ZONE, RECORD = ManagedZone.token, RecordSet.token

TIER = "db-custom-2-7680"
POSTGRES = {"region": REGION, "databaseVersion": "POSTGRES_15"}
PRIVATE = {"ipv4Enabled": False, "privateNetwork": "databases"}
PEERING = {"network": "projects/acme-prod/global/networks/databases", "service": "servicenetworking.googleapis.com"}
RESERVED = {"addressType": "INTERNAL", "purpose": "VPC_PEERING", "prefixLength": 20}
ABANDONED = {**PEERING, "network": "projects/acme-prod/global/networks/abandoned", "deletionPolicy": "ABANDON"}
IN_ZONE = {"managedZone": "example", "ttl": 300}


def settings(**given: Any) -> dict[str, Any]:
    return {"settings": {"tier": TIER, **given}}


def a_record(name: str) -> dict[str, Any]:
    return {**IN_ZONE, "name": name, "type": "A", "rrdatas": ["192.0.2.1"]}


BASE = [
    [
        Declared("servicenetworking", SERVICE, {"service": "servicenetworking.googleapis.com"}),
        Declared("sqladmin", SERVICE, {"service": "sqladmin.googleapis.com"}),
        Declared("dns", SERVICE, {"service": "dns.googleapis.com"}),
    ],
    [
        *(
            Declared(name, NETWORK, {"name": name, "autoCreateSubnetworks": False})
            for name in ("databases", "unpeered", "abandoned")
        ),
        Declared("example", ZONE, {"name": "example", "dnsName": "example.com."}),
        *(Declared(f"same-{each}", ZONE, {"name": f"same-{each}", "dnsName": "same.example."}) for each in "abcde"),
    ],
    [
        Declared("range", GLOBAL_ADDRESS, {**RESERVED, "name": "range", "network": "databases"}),
        Declared("spare-range", GLOBAL_ADDRESS, {**RESERVED, "name": "spare-range", "network": "databases"}),
        Declared("abandoned-range", GLOBAL_ADDRESS, {**RESERVED, "name": "abandoned-range", "network": "abandoned"}),
        Declared("www", RECORD, a_record("www.example.com.")),
    ],
    [
        Declared("peering", CONNECTION, {**PEERING, "reservedPeeringRanges": ["range"]}),
        Declared("abandoned-peering", CONNECTION, {**ABANDONED, "reservedPeeringRanges": ["abandoned-range"]}),
    ],
    [
        Declared(
            "orders-db",
            DATABASE_INSTANCE,
            {
                **POSTGRES,
                **settings(ipConfiguration=PRIVATE, diskSize=100, diskAutoresize=False),
                "name": "orders",
                "deletionProtection": True,
            },
        ),
        Declared(
            "shared-db",
            DATABASE_INSTANCE,
            {
                **POSTGRES,
                **settings(ipConfiguration=PRIVATE, deletionProtectionEnabled=True),
                "name": "shared",
                "deletionProtection": False,
            },
        ),
        Declared("test-db", DATABASE_INSTANCE, {**POSTGRES, **settings(), "name": "test", "deletionProtection": False}),
    ],
    [
        Declared("orders", DATABASE, {"instance": "orders", "name": "orders"}),
        Declared("web-user", USER, {"instance": "orders", "name": "web", "password": "secret"}),
        Declared("web-certificate", CERTIFICATE, {"instance": "orders", "commonName": "web"}),
    ],
]
BY_NAME = {each.name: each for wave in BASE for each in wave}

CHECKED = [
    wrong(
        "instance",
        DATABASE_INSTANCE,
        {
            "name": "Orders",
            "region": "europe-west1-b",
            "databaseVersion": "POSTGRES_99",
            **settings(
                edition="BEST",
                availabilityType="SOME",
                diskSize=5,
                ipConfiguration={"ipv4Enabled": False, "sslMode": "NEVER"},
                locationPreference={"zone": "europe-west1-z"},
                finalBackupConfig={"retentionDays": 400},
                backupConfiguration={"transactionLogRetentionDays": 40},
                maintenanceWindow={"day": 8, "hour": 24},
            ),
        },
        "name is 'Orders', but an id is of lower-case letters, digits and dashes",
        "region is 'europe-west1-b', which is a zone: write its region",
        "databaseVersion is 'POSTGRES_99', which Google does not know",
        "settings.edition is 'BEST', which Google does not know: choose 'ENTERPRISE', 'ENTERPRISE_PLUS'",
        "settings.availabilityType is 'SOME', which Google does not know",
        "settings.ipConfiguration.ipv4Enabled is false. At least one of Public IP or Private IP or PSC connectivity",
        "settings.ipConfiguration.sslMode is 'NEVER', which Google does not know",
        "settings.locationPreference.zone is 'europe-west1-z', but there is no such zone: choose 'europe-west1-b' or",
        "settings.diskSize is 5, but Google takes 10 to 65536 GB",
        "settings.finalBackupConfig.retentionDays is 400, but Google takes 1 to 365 days",
        "settings.backupConfiguration.transactionLogRetentionDays is 40, but Google takes 1 to 35 days",
        "settings.maintenanceWindow.day is 8, but Google takes 1 to 7",
        "settings.maintenanceWindow.hour is 24, but Google takes 0 to 23",
    ),
    wrong(
        "instance-without-a-second-place",
        DATABASE_INSTANCE,
        {
            **POSTGRES,
            "name": "orders",
            **settings(availabilityType="REGIONAL", locationPreference={"zone": "europe-west4-a"}),
        },
        "settings.backupConfiguration.enabled must be true for availabilityType REGIONAL",
        "settings.backupConfiguration.pointInTimeRecoveryEnabled must be true for availabilityType REGIONAL",
        "settings.locationPreference.zone is 'europe-west4-a', a zone of 'europe-west4', but the region is",
    ),
    wrong(
        "instance-of-three-cpus",
        DATABASE_INSTANCE,
        {**POSTGRES, "name": "orders", **settings(tier="db-custom-3-7680")},
        "settings.tier has 3 CPUs: use 1, or an even number up to 96",
    ),
    wrong(
        "instance-of-too-little-memory",
        DATABASE_INSTANCE,
        {**POSTGRES, "name": "orders", **settings(tier="db-custom-2-2048")},
        "settings.tier has 2048 MiB of memory: use a multiple of 256 from 3840 to 13312 with 2 CPUs",
    ),
    wrong(
        "instance-of-a-virtual-machines-type",
        DATABASE_INSTANCE,
        {**POSTGRES, "name": "orders", **settings(tier="n1-standard-1")},
        "settings.tier is 'n1-standard-1'. Only custom or shared-core instance Billing Tier type allowed for",
    ),
    wrong(
        "instance-of-the-better-edition",
        DATABASE_INSTANCE,
        {**POSTGRES, "databaseVersion": "POSTGRES_17", "name": "orders", **settings()},
        "settings.tier Invalid Tier (db-custom-2-7680) for (ENTERPRISE_PLUS) Edition",
    ),
    wrong(
        "instance-of-the-lesser-edition",
        DATABASE_INSTANCE,
        {**POSTGRES, "name": "orders", **settings(tier="db-perf-optimized-N-2")},
        "settings.tier is db-perf-optimized-N-2, which is of ENTERPRISE_PLUS",
    ),
    wrong(
        "instance-of-a-size-that-is-none",
        DATABASE_INSTANCE,
        {**POSTGRES, "name": "orders", **settings(tier="db-perf-optimized-N-3", edition="ENTERPRISE_PLUS")},
        "settings.tier is db-perf-optimized-N-3, but there is none with 3 CPUs",
    ),
    wrong(
        "user",
        USER,
        {"instance": "orders", "name": "web", "type": "ROBOT"},
        "type is 'ROBOT', which Google does not know: choose 'BUILT_IN', 'CLOUD_IAM_USER'",
    ),
    wrong(
        "user-by-iam",
        USER,
        {"instance": "orders", "name": "web", "type": "CLOUD_IAM_USER", "password": "secret"},
        "password cannot be set for a user of type CLOUD_IAM_USER",
    ),
    wrong(
        "connection",
        CONNECTION,
        {**PEERING, "service": "sqladmin.googleapis.com", "reservedPeeringRanges": ["range"]},
        "service is 'sqladmin.googleapis.com', which offers no such connection: use 'servicenetworking.googleapis.com'",
    ),
    wrong(
        "zone",
        ZONE,
        {"name": "Example", "dnsName": "example.com", "visibility": "hidden"},
        "name is 'Example', but a name has 1 to 63 lower-case letters",
        "dnsName is 'example.com', which doesn't end with '.': write 'example.com.'",
        "visibility is 'hidden', which Google does not know: choose 'public', 'private'",
    ),
    wrong("zone-of-nothing", ZONE, {"name": "a", "dnsName": "*.com."}, "dnsName is '*.com.', which is no domain name"),
    wrong(
        "record",
        RECORD,
        {"managedZone": "example", "name": "www.example.com", "type": "WWW", "ttl": -1},
        "name is 'www.example.com', which doesn't end with '.'",
        "type is 'WWW', which Google does not know: choose 'A', 'AAAA'",
        "ttl is -1, but Google takes 0 to 2147483647 seconds",
        "rrdatas and 'routingPolicy' exclude each other, one is required",
    ),
    wrong(
        "alias",
        RECORD,
        {**IN_ZONE, "name": "a.example.com.", "type": "CNAME", "rrdatas": ["www", "b.example.com.", "b.example.com."]},
        "rrdatas[0] is 'www', which is no data of type CNAME: write a whole name with a dot at its end",
        "rrdatas[2] is 'b.example.com.', as an entry before it",
        "rrdatas has 3 entries, but a CNAME leads to one name",
    ),
    *(
        wrong(
            f"data-of-{type_.lower()}",
            RECORD,
            {**IN_ZONE, "name": "a.example.com.", "type": type_, "rrdatas": [data]},
            f"rrdatas[0] is {data!r}, which is no data of type {type_}: {rule}",
        )
        for type_, data, rule in (
            ("A", "2001:db8::1", "write an IPv4 address"),
            ("AAAA", "192.0.2.1", "write an IPv6 address"),
            ("CAA", "letsencrypt.org", "write it as"),
            ("MX", "mail.example.com.", "write a preference and a whole name"),
            ("NS", "ns", "write a whole name with a dot at its end"),
            ("TXT", "a" * 256, "split it into strings of at most 255 characters"),
        )
    ),
]

REFUSED = [
    wrong(
        "connection-of-no-range",
        CONNECTION,
        {**PEERING, "reservedPeeringRanges": ["world"]},
        "400: Allocated IP range 'world' not found in network 'projects/acme-prod/global/networks/databases'",
    ),
    wrong(
        "second-connection",
        CONNECTION,
        {**PEERING, "reservedPeeringRanges": ["spare-range"]},
        "400: Cannot modify allocated ranges in CreateConnection. Please use UpdateConnection.",
    ),
    wrong(
        "private-instance-before-the-peering",
        DATABASE_INSTANCE,
        {**POSTGRES, "name": "a", **settings(ipConfiguration={**PRIVATE, "privateNetwork": "unpeered"})},
        "400: failed to create instance 'a' because the network doesn't have at least 1 private services connection.",
    ),
    wrong(
        "instance-in-no-network",
        DATABASE_INSTANCE,
        {**POSTGRES, "name": "a", **settings(ipConfiguration={**PRIVATE, "privateNetwork": "none"})},
        "404: the Network 'projects/acme-prod/global/networks/none' does not exist, notFound",
    ),
    wrong(
        "instance-in-another-range",
        DATABASE_INSTANCE,
        {**POSTGRES, "name": "a", **settings(ipConfiguration={**PRIVATE, "allocatedIpRange": "spare-range"})},
        "400: Allocated IP range 'spare-range' not found in the connection of network",
    ),
    wrong(
        "instance-of-a-long-name",
        DATABASE_INSTANCE,
        {**POSTGRES, "name": "a" * 89, **settings()},
        f"400: Invalid request: acme-prod:{'a' * 89} is longer than 98 characters, invalid",
    ),
    wrong(
        "database-of-no-instance",
        DATABASE,
        {"instance": "none", "name": "a"},
        "404: the DatabaseInstance 'none' does not exist, notFound",
    ),
    wrong(
        "database-that-every-instance-has",
        DATABASE,
        {"instance": "orders", "name": "postgres"},
        "400: Invalid request: failed to create database postgres. Detail: pq: database 'postgres' already exists",
    ),
    wrong(
        "database-of-a-charset",
        DATABASE,
        {"instance": "orders", "name": "a", "charset": "LATIN1"},
        "400: Invalid value for field 'resource.charset': is 'LATIN1', which Google does not know",
    ),
    wrong(
        "database-of-a-collation",
        DATABASE,
        {"instance": "orders", "name": "a", "collation": "C"},
        "400: Invalid value for field 'resource.collation': is 'C', which Google does not know",
    ),
    wrong(
        "user-at-a-host",
        USER,
        {"instance": "orders", "name": "a", "host": "%", "password": "secret"},
        "400: Host field is only supported for MySQL instances: POSTGRES_15",
    ),
    wrong(
        "user-without-password",
        USER,
        {"instance": "orders", "name": "a"},
        "400: Invalid request: user 'a' of a PostgreSQL instance has no password, invalid",
    ),
    wrong(
        "user-of-a-service-account",
        USER,
        {
            "instance": "orders",
            "name": "web@acme-prod.iam.gserviceaccount.com",
            "type": "CLOUD_IAM_SERVICE_ACCOUNT",
        },
        "400: Invalid request: the name 'web@acme-prod.iam.gserviceaccount.com' of a service account has the suffix",
    ),
    wrong(
        "sixth-zone-of-a-name",
        ZONE,
        {"name": "same-f", "dnsName": "same.example."},
        "400: Managed zone 'same-f' for 'same.example.' is not available: every group of name servers serves a zone",
    ),
    wrong(
        "record-in-no-zone",
        RECORD,
        {**a_record("a.example.com."), "managedZone": "none"},
        "404: the ManagedZone 'projects/acme-prod/managedZones/none' does not exist, notFound",
    ),
    wrong(
        "record-of-another-zone",
        RECORD,
        a_record("www.example.org."),
        "400: Invalid value for 'entity.change.additions[0].name': 'www.example.org.' is not in zone 'example'",
    ),
    wrong(
        "alias-beside-an-address",
        RECORD,
        {**IN_ZONE, "name": "www.example.com.", "type": "CNAME", "rrdatas": ["a.example.com."]},
        "400: The resource record set 'entity.change.additions[www.example.com.][CNAME]' is invalid because a CNAME",
    ),
    wrong(
        "alias-of-the-whole-zone",
        RECORD,
        {**IN_ZONE, "name": "example.com.", "type": "CNAME", "rrdatas": ["a.example.org."]},
        "400: The resource record set 'entity.change.additions[example.com.][CNAME]' is invalid because a CNAME cannot",
    ),
]

CHANGED = [
    BY_NAME["peering"].wrongly(
        "400: Allocated IP range 'none' not found in network", reservedPeeringRanges=["range", "none"]
    ),
    BY_NAME["orders-db"].wrongly(
        "400: the disk of instance 'orders' cannot be reduced from 100 to 50 GB, invalid",
        **settings(ipConfiguration=PRIVATE, diskSize=50, diskAutoresize=False),
    ),
    BY_NAME["shared-db"].wrongly(
        "400: the private network 'databases' of instance 'shared' cannot be removed once set, invalid",
        **settings(ipConfiguration={"ipv4Enabled": True}, deletionProtectionEnabled=True),
    ),
]

DIFFERING = [
    Differing(
        BY_NAME["orders-db"].changed(**settings(ipConfiguration=PRIVATE, diskSize=200, diskAutoresize=False)),
        {"settings.diskSize": "update"},
    ),
    Differing(BY_NAME["test-db"].changed(region="europe-west4"), {"region": "update-replace"}),
    Differing(BY_NAME["www"].changed(ttl=60, rrdatas=["192.0.2.2"]), {"ttl": "update", "rrdatas[0]": "update"}),
    Differing(BY_NAME["example"].changed(dnsName="example.org."), {"dnsName": "update-replace"}),
    Differing(BY_NAME["web-user"].changed(password="other"), {"password": "update"}),
]

KEPT = [
    Kept("orders-db", "400: failed to delete instance 'orders' because deletion_protection is set to true"),
    Kept(
        "shared-db", "400: failed to delete instance 'shared': The instance is protected. Please disable the deletion"
    ),
    Kept(
        "peering", "400: Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are still"
    ),
    Kept(
        "abandoned", "400: The network resource 'projects/acme-prod/global/networks/abandoned' is already being used by"
    ),
    Kept(
        "example",
        "400: The resource named 'example' cannot be deleted because it contains one or more 'resource records'",
    ),
]

DELETED = ["test-db", "abandoned-peering"]

AFTERWARDS = [
    BY_NAME["test-db"].wrongly(
        "409: The Cloud SQL instance already exists. When you delete an instance, you can't reuse the name of the",
    ),
]

RULES = Rules(
    BASE,
    CHECKED,
    REFUSED,
    changed=CHANGED,
    differing=DIFFERING,
    kept=KEPT,
    deleted=DELETED,
    afterwards=AFTERWARDS,
)
