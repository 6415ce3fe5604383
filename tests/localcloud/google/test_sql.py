"""Databases in the simulated cloud: what an instance needs, what protects it, and what it leaves behind."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.compute import GlobalAddress, Network
from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.google.service_networking import Connection
from localcloud.providers.google.sql import (
    BACKUP,
    LOCKED_NAME,
    Database,
    DatabaseInstance,
    SslCert,
    User,
)
from localcloud.providers.google.sql.instance_settings import tier_problems
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable

_NETWORK = f"projects/{PROJECT}/global/networks/main"
_PLACE = Place(PROJECT, "europe-west1", "europe-west1-b")


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "compute.googleapis.com", "servicenetworking.googleapis.com", "sqladmin.googleapis.com")


@pytest.fixture
def connection(cloud: Cloud) -> Resource:
    make(cloud, Network(), name="main", autoCreateSubnetworks=False)
    given = {"network": _NETWORK, "addressType": "INTERNAL", "purpose": "VPC_PEERING", "prefixLength": 16}
    make(cloud, GlobalAddress(), name="services", address="10.32.0.0", **given)
    service = "servicenetworking.googleapis.com"
    return make(cloud, Connection(), network=_NETWORK, service=service, reservedPeeringRanges=["services"])


@pytest.fixture
def instance(cloud: Cloud, connection: Resource) -> Resource:
    return make(cloud, DatabaseInstance(), **_instance(deletionProtection=False))


def make(cloud: Cloud, kind: Kind, **inputs: Any) -> Resource:
    return cloud.create(kind, inputs, _PLACE)


def _instance(settings: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    usual = {
        "tier": "db-custom-2-7680",
        "edition": "ENTERPRISE",
        "ipConfiguration": {"ipv4Enabled": False, "privateNetwork": _NETWORK, "sslMode": "ENCRYPTED_ONLY"},
    }
    return {
        "name": "main-1a2b",
        "databaseVersion": "POSTGRES_17",
        "settings": {**usual, **(settings or {})},
        **changes,
    }


def _reasons(kind: Kind, inputs: dict[str, Any]) -> list[str]:
    return [f"{each.path} {each.reason}" for each in kind.problems(inputs)]


def test_an_instance_has_google_s_outputs(instance: Resource) -> None:
    assert instance.id == "main-1a2b"
    state = instance.state
    assert state["connectionName"] == "acme-prod:europe-west1:main-1a2b"
    assert state["selfLink"] == "https://sqladmin.googleapis.com/sql/v1beta4/projects/acme-prod/instances/main-1a2b"
    account = rf"p{project_number(PROJECT)}-[0-9a-f]{{6}}@gcp-sa-cloud-sql\.iam\.gserviceaccount\.com"
    assert re.fullmatch(account, state["serviceAccountEmailAddress"])
    assert state["privateIpAddress"] == state["firstIpAddress"] == "10.32.0.3"
    assert state["publicIpAddress"] == ""
    assert state["ipAddresses"] == [{"ipAddress": "10.32.0.3", "timeToRetire": "", "type": "PRIVATE"}]
    certificate = state["serverCaCerts"][0]
    assert certificate["cert"].startswith("-----BEGIN CERTIFICATE-----\n")
    assert certificate["cert"].endswith("\n-----END CERTIFICATE-----")
    assert len(certificate["sha1Fingerprint"]) == 40


def test_an_instance_is_protected_and_in_the_provider_s_region_by_default(cloud: Cloud, connection: Resource) -> None:
    state = make(cloud, DatabaseInstance(), **_instance()).state
    assert (state["deletionProtection"], state["region"]) == (True, "europe-west1")


def test_instances_have_addresses_of_their_own(cloud: Cloud, instance: Resource) -> None:
    assert make(cloud, DatabaseInstance(), **_instance(name="second")).state["privateIpAddress"] == "10.32.0.4"


def test_a_public_instance_has_an_address_for_documentation(cloud: Cloud) -> None:
    given = _instance({"ipConfiguration": {}})
    first = make(cloud, DatabaseInstance(), **given)
    assert first.state["ipAddresses"] == [{"ipAddress": "198.51.100.1", "timeToRetire": "", "type": "PRIMARY"}]
    assert make(cloud, DatabaseInstance(), **{**given, "name": "second"}).state["publicIpAddress"] == "198.51.100.2"


def test_an_instance_needs_the_api(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match=r"sqladmin.googleapis.com has not been used in project acme-dev"):
        make(cloud, DatabaseInstance(), **_instance(project="acme-dev"))


def test_an_instance_needs_its_network(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match=f"the Network '{_NETWORK}' does not exist"):
        make(cloud, DatabaseInstance(), **_instance())


def test_a_private_instance_before_the_peering_is_refused(cloud: Cloud) -> None:
    make(cloud, Network(), name="main")
    with pytest.raises(Refusal, match="because the network doesn't have at least 1 private services connection"):
        make(cloud, DatabaseInstance(), **_instance())


def test_an_instance_takes_its_address_from_the_range_that_it_names(cloud: Cloud, connection: Resource) -> None:
    configuration = {"ipv4Enabled": False, "privateNetwork": _NETWORK, "allocatedIpRange": "services"}
    given = _instance({"ipConfiguration": configuration})
    assert make(cloud, DatabaseInstance(), **given).state["privateIpAddress"] == "10.32.0.3"
    other = _instance({"ipConfiguration": {**configuration, "allocatedIpRange": "others"}}, name="second")
    with pytest.raises(Refusal, match="Allocated IP range 'others' not found in the connection of network"):
        make(cloud, DatabaseInstance(), **other)


def test_an_instance_that_nobody_can_reach_is_a_problem() -> None:
    assert _reasons(DatabaseInstance(), _instance({"ipConfiguration": {"ipv4Enabled": False}})) == [
        "settings.ipConfiguration.ipv4Enabled is false. At least one of Public IP or Private IP or PSC connectivity "
        "must be enabled: set privateNetwork to the network's id"
    ]
    later = {"ipv4Enabled": False, "privateNetwork": UNKNOWN}
    services = {"ipv4Enabled": False, "pscConfigs": [{"pscEnabled": True}]}
    for configuration in (later, services, UNKNOWN):
        assert DatabaseInstance().problems(_instance({"ipConfiguration": configuration})) == []


@pytest.mark.parametrize("name", ["Main", "1main", "main-", "main_1"])
def test_a_name_that_is_none_is_a_problem(name: str) -> None:
    assert [each.path for each in DatabaseInstance().problems(_instance(name=name))] == ["name"]


def test_a_name_that_is_too_long_with_the_project_is_refused(cloud: Cloud, connection: Resource) -> None:
    longest = "a" * (98 - len("acme-prod:"))
    assert make(cloud, DatabaseInstance(), **_instance(name=longest)).id == longest
    with pytest.raises(Refusal, match="shorten the name to 88 characters"):
        make(cloud, DatabaseInstance(), **_instance(name=f"{longest}a"))


@pytest.mark.parametrize(
    ("tier", "edition"),
    [
        ("db-f1-micro", "ENTERPRISE"),
        ("db-g1-small", "ENTERPRISE"),
        ("db-custom-1-3840", "ENTERPRISE"),
        ("db-custom-2-3840", "ENTERPRISE"),
        ("db-custom-2-13312", "ENTERPRISE"),
        ("db-custom-96-638976", "ENTERPRISE"),
        ("db-perf-optimized-N-2", None),
        ("db-perf-optimized-N-128", "ENTERPRISE_PLUS"),
        ("db-custom-3-1", UNKNOWN),
        (UNKNOWN, "ENTERPRISE"),
    ],
)
def test_machine_types_that_exist_have_no_problems(tier: Any, edition: Any) -> None:
    assert tier_problems(tier, "POSTGRES_17", edition) == []


@pytest.mark.parametrize(
    ("tier", "edition", "reason"),
    [
        ("db-custom-3-7680", "ENTERPRISE", "has 3 CPUs: use 1, or an even number up to 96"),
        ("db-custom-98-99840", "ENTERPRISE", "has 98 CPUs: use 1, or an even number up to 96"),
        (
            "db-custom-2-7000",
            "ENTERPRISE",
            "has 7000 MiB of memory: use a multiple of 256 from 3840 to 13312 with 2 CPUs",
        ),
        (
            "db-custom-2-13568",
            "ENTERPRISE",
            "has 13568 MiB of memory: use a multiple of 256 from 3840 to 13312 with 2 CPUs",
        ),
        (
            "db-custom-8-7168",
            "ENTERPRISE",
            "has 7168 MiB of memory: use a multiple of 256 from 7424 to 53248 with 8 CPUs",
        ),
        (
            "db-n1-standard-1",
            "ENTERPRISE",
            "is 'db-n1-standard-1'. Only custom or shared-core instance Billing Tier type allowed for PostgreSQL "
            "database: use db-custom-<CPUs>-<MiB>, db-g1-small or db-f1-micro",
        ),
        (
            "db-perf-optimized-N-2",
            "ENTERPRISE",
            "is db-perf-optimized-N-2, which is of ENTERPRISE_PLUS: set edition to that, or use db-custom-<CPUs>-<MiB>",
        ),
        (
            "db-perf-optimized-N-3",
            None,
            "is db-perf-optimized-N-3, but there is none with 3 CPUs: use 2, 4, 8, 16, 32, 48, 64, 80, 96, 128",
        ),
        (
            "db-g1-small",
            None,
            "Invalid Tier (db-g1-small) for (ENTERPRISE_PLUS) Edition, which is the default from PostgreSQL 16 on: "
            "set edition to ENTERPRISE, or use a predefined Tier like db-perf-optimized-N-2",
        ),
    ],
)
def test_machine_types_that_do_not_exist_are_problems(tier: str, edition: str | None, reason: str) -> None:
    [problem] = tier_problems(tier, "POSTGRES_17", edition)
    assert (problem.path, problem.reason) == ("settings.tier", reason)


def test_older_versions_are_of_the_simpler_edition() -> None:
    assert tier_problems("db-g1-small", "POSTGRES_15", None) == []
    assert tier_problems("db-n1-standard-1", "MYSQL_8_0", None) == []


def test_a_version_that_is_none_is_a_problem() -> None:
    [problem] = DatabaseInstance().problems(_instance(databaseVersion="POSTGRES_17_2"))
    assert problem.path == "databaseVersion"
    assert problem.reason.startswith("is 'POSTGRES_17_2', which Google does not know: choose 'POSTGRES_9_6', ")


def test_two_zones_need_backups_and_recovery() -> None:
    regional = {"availabilityType": "REGIONAL"}
    assert _reasons(DatabaseInstance(), _instance(regional)) == [
        "settings.backupConfiguration.enabled must be true for availabilityType REGIONAL: set it to true",
        "settings.backupConfiguration.pointInTimeRecoveryEnabled must be true for availabilityType REGIONAL: "
        "set it to true",
    ]
    backups = {"enabled": True, "pointInTimeRecoveryEnabled": True, "transactionLogRetentionDays": 7}
    assert DatabaseInstance().problems(_instance({**regional, "backupConfiguration": backups})) == []
    assert DatabaseInstance().problems(_instance({**regional, "backupConfiguration": UNKNOWN})) == []


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"availabilityType": "GLOBAL"}, "settings.availabilityType"),
        ({"edition": "EXPRESS", "tier": UNKNOWN}, "settings.edition"),
        ({"diskSize": 9}, "settings.diskSize"),
        ({"finalBackupConfig": {"enabled": True, "retentionDays": 366}}, "settings.finalBackupConfig.retentionDays"),
        (
            {"backupConfiguration": {"transactionLogRetentionDays": 8}},
            "settings.backupConfiguration.transactionLogRetentionDays",
        ),
        ({"maintenanceWindow": {"day": 8, "hour": 3}}, "settings.maintenanceWindow.day"),
        ({"maintenanceWindow": {"day": 7, "hour": 24}}, "settings.maintenanceWindow.hour"),
        ({"ipConfiguration": {"sslMode": "REQUIRED"}}, "settings.ipConfiguration.sslMode"),
        ({"locationPreference": {"zone": "europe-west4-a"}}, "settings.locationPreference.zone"),
    ],
)
def test_settings_outside_of_their_range_are_problems(settings: dict[str, Any], path: str) -> None:
    given = _instance(settings, region="europe-west1")
    assert [each.path for each in DatabaseInstance().problems(given)] == [path]


def test_the_larger_edition_keeps_logs_for_longer() -> None:
    backups = {"backupConfiguration": {"transactionLogRetentionDays": 35}}
    plus = {"edition": "ENTERPRISE_PLUS", "tier": "db-perf-optimized-N-2", **backups}
    assert DatabaseInstance().problems(_instance(plus)) == []


def test_settings_that_are_known_late_are_checked_when_the_instance_is_made(cloud: Cloud, connection: Resource) -> None:
    with pytest.raises(Refusal, match=r"'resource.settings.tier': has 3 CPUs, invalid"):
        make(cloud, DatabaseInstance(), **_instance({"tier": "db-custom-3-7680"}))


def test_a_protected_instance_stays(cloud: Cloud, connection: Resource) -> None:
    instance = make(cloud, DatabaseInstance(), **_instance())
    with pytest.raises(Refusal, match="because deletion_protection is set to true"):
        cloud.delete(DatabaseInstance(), instance.id)


def test_an_instance_that_google_protects_stays(cloud: Cloud, connection: Resource) -> None:
    given = _instance({"deletionProtectionEnabled": True}, deletionProtection=False)
    instance = make(cloud, DatabaseInstance(), **given)
    with pytest.raises(
        Refusal, match=r"The instance is protected. Please disable the deletion protection and try again"
    ):
        cloud.delete(DatabaseInstance(), instance.id)
    cloud.update(DatabaseInstance(), instance.id, _instance(deletionProtection=False), _PLACE)
    cloud.delete(DatabaseInstance(), instance.id)
    assert cloud.get(DatabaseInstance.token, instance.id) is None


def test_the_name_of_a_deleted_instance_is_locked_for_a_week(cloud: Cloud, instance: Resource) -> None:
    cloud.delete(DatabaseInstance(), instance.id)
    with pytest.raises(
        Refusal, match="you can't reuse the name of the deleted instance until one week from the deletion"
    ):
        make(cloud, DatabaseInstance(), **_instance())
    earlier = datetime.now(UTC) - timedelta(days=7, seconds=1)
    cloud.keep(LOCKED_NAME, f"{PROJECT}/main-1a2b", earlier.isoformat())
    assert make(cloud, DatabaseInstance(), **_instance()).id == "main-1a2b"


def test_a_deleted_instance_leaves_only_its_name_unless_it_says_otherwise(cloud: Cloud, instance: Resource) -> None:
    cloud.delete(DatabaseInstance(), instance.id)
    assert list(cloud.kept()) == [(LOCKED_NAME, f"{PROJECT}/main-1a2b")]


@pytest.mark.parametrize(
    ("settings", "detail"),
    [
        (
            {"finalBackupConfig": {"enabled": True, "retentionDays": 60.0}},
            "final backup of instance main-1a2b, kept for 60 days",
        ),
        ({"finalBackupConfig": {"enabled": True}}, "final backup of instance main-1a2b, kept for 30 days"),
        ({"retainBackupsOnDelete": True}, "the backups of instance main-1a2b, kept as long as its settings said"),
    ],
)
def test_backups_outlive_their_instance(
    cloud: Cloud, connection: Resource, settings: dict[str, Any], detail: str
) -> None:
    instance = make(cloud, DatabaseInstance(), **_instance(settings, deletionProtection=False))
    cloud.delete(DatabaseInstance(), instance.id)
    assert cloud.kept(BACKUP) == {(BACKUP, f"{PROJECT}/main-1a2b"): detail}


def test_an_instance_takes_its_databases_and_users_with_it(cloud: Cloud, instance: Resource) -> None:
    make(cloud, Database(), name="shop", instance="main-1a2b")
    make(cloud, User(), name="shop", instance="main-1a2b", password="x")
    cloud.delete(DatabaseInstance(), instance.id)
    assert cloud.find(Database.token) == cloud.find(User.token) == []


def test_the_network_and_its_connection_stay_while_an_instance_uses_them(
    cloud: Cloud, connection: Resource, instance: Resource
) -> None:
    with pytest.raises(
        Refusal, match=r"Producer services \(e.g. CloudSQL, Cloud Memstore, etc.\) are still using this"
    ):
        cloud.delete(Connection(), connection.id)
    cloud.delete(GlobalAddress(), f"projects/{PROJECT}/global/addresses/services")
    with pytest.raises(Refusal, match="is already being used by 'projects/acme-prod/instances/main-1a2b'"):
        cloud.delete(Network(), _NETWORK)
    cloud.delete(DatabaseInstance(), instance.id)
    cloud.delete(Connection(), connection.id)
    cloud.delete(Network(), _NETWORK)


def test_an_instance_keeps_its_addresses_when_it_changes(cloud: Cloud, instance: Resource) -> None:
    larger = _instance({"tier": "db-custom-4-15360"}, deletionProtection=False)
    changed = cloud.update(DatabaseInstance(), instance.id, larger, _PLACE)
    assert changed.state["settings"]["tier"] == "db-custom-4-15360"
    assert changed.state["ipAddresses"] == instance.state["ipAddresses"]


def test_the_private_network_cannot_be_taken_away(cloud: Cloud, instance: Resource) -> None:
    public = _instance({"ipConfiguration": {"ipv4Enabled": True}})
    with pytest.raises(Refusal, match="of instance 'main-1a2b' cannot be removed once set"):
        cloud.update(DatabaseInstance(), instance.id, public, _PLACE)


def test_a_disk_does_not_shrink(cloud: Cloud, connection: Resource) -> None:
    instance = make(cloud, DatabaseInstance(), **_instance({"diskSize": 100, "diskAutoresize": False}))
    less = _instance({"diskSize": 50, "diskAutoresize": False})
    with pytest.raises(Refusal, match="the disk of instance 'main-1a2b' cannot be reduced from 100 to 50 GB"):
        cloud.update(DatabaseInstance(), instance.id, less, _PLACE)
    more = cloud.update(DatabaseInstance(), instance.id, _instance({"diskSize": 200, "diskAutoresize": False}), _PLACE)
    assert more.state["settings"]["diskSize"] == 200


def test_a_disk_that_grew_by_itself_stays_as_large_as_it_is(cloud: Cloud, connection: Resource) -> None:
    instance = make(cloud, DatabaseInstance(), **_instance({"diskSize": 100}))
    changed = cloud.update(DatabaseInstance(), instance.id, _instance({"diskSize": 50}), _PLACE)
    assert changed.state["settings"]["diskSize"] == 100


@pytest.mark.parametrize("identifier", ["projects/acme-prod/instances/main", "acme-prod/main", "main"])
def test_an_instance_is_imported_by_every_form(identifier: str) -> None:
    assert DatabaseInstance().imported(identifier, _PLACE) == "main"


def test_a_database_has_google_s_outputs(cloud: Cloud, instance: Resource) -> None:
    database = make(cloud, Database(), name="shop", instance=instance.id)
    assert database.id == "projects/acme-prod/instances/main-1a2b/databases/shop"
    assert database.state["selfLink"] == f"https://sqladmin.googleapis.com/sql/v1beta4/{database.id}"
    assert (database.state["charset"], database.state["collation"]) == ("UTF8", "en_US.UTF8")


def test_a_database_needs_its_instance(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match="the DatabaseInstance 'main-1a2b' does not exist"):
        make(cloud, Database(), name="shop", instance="main-1a2b")


def test_a_second_database_of_a_name_is_refused(cloud: Cloud, instance: Resource) -> None:
    make(cloud, Database(), name="shop", instance=instance.id)
    with pytest.raises(Refusal, match="already exists, alreadyExists"):
        make(cloud, Database(), name="shop", instance=instance.id)


def test_a_database_that_every_instance_has_is_refused(cloud: Cloud, instance: Resource) -> None:
    with pytest.raises(Refusal, match="database 'postgres' already exists"):
        make(cloud, Database(), name="postgres", instance=instance.id)


def test_a_database_has_the_one_character_set(cloud: Cloud, instance: Resource) -> None:
    with pytest.raises(Refusal, match=r"'resource.charset': is 'LATIN1', which Google does not know"):
        make(cloud, Database(), name="shop", instance=instance.id, charset="LATIN1")


@pytest.mark.parametrize(
    "identifier",
    [
        "projects/acme-prod/instances/main/databases/shop",
        "instances/main/databases/shop",
        "acme-prod/main/shop",
        "main/shop",
    ],
)
def test_a_database_is_imported_by_every_form(identifier: str) -> None:
    assert Database().imported(identifier, _PLACE) == "projects/acme-prod/instances/main/databases/shop"


def test_a_user_has_google_s_id(cloud: Cloud, instance: Resource) -> None:
    user = make(cloud, User(), name="shop", instance=instance.id, password="x")
    assert user.id == "shop//main-1a2b"
    assert user.state["password"] == "x"


def test_a_user_needs_its_instance(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match="the DatabaseInstance 'main-1a2b' does not exist"):
        make(cloud, User(), name="shop", instance="main-1a2b", password="x")


def test_a_user_needs_a_password(cloud: Cloud, instance: Resource) -> None:
    with pytest.raises(Refusal, match="user 'shop' of a PostgreSQL instance has no password"):
        make(cloud, User(), name="shop", instance=instance.id)
    user = make(cloud, User(), name="shop", instance=instance.id, password="x")
    assert cloud.update(User(), user.id, {**user.state, "password": "y"}, _PLACE).state["password"] == "y"
    with pytest.raises(Refusal, match="has no password"):
        cloud.update(User(), user.id, {**user.state, "password": ""}, _PLACE)


def test_a_user_of_postgresql_has_no_host(cloud: Cloud, instance: Resource) -> None:
    with pytest.raises(Refusal, match="Host field is only supported for MySQL instances: POSTGRES_17"):
        make(cloud, User(), name="shop", instance=instance.id, password="x", host="%")


def test_a_service_account_logs_in_without_its_suffix(cloud: Cloud, instance: Resource) -> None:
    given = {"instance": instance.id, "type": "CLOUD_IAM_SERVICE_ACCOUNT"}
    name = "shop@acme-prod.iam"
    assert make(cloud, User(), name=name, **given).id == "shop@acme-prod.iam//main-1a2b"
    with pytest.raises(Refusal, match=r"Remedy: use 'shop@acme-prod.iam'"):
        make(cloud, User(), name=f"{name}.gserviceaccount.com", **given)


def test_a_user_of_another_type_has_no_password() -> None:
    assert _reasons(User(), {"type": "CLOUD_IAM_USER", "password": "x"}) == [
        "password cannot be set for a user of type CLOUD_IAM_USER: leave it out"
    ]
    assert [each.path for each in User().problems({"type": "IAM"})] == ["type"]


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("acme-prod/main/shop", "shop//main"),
        ("acme-prod/main/10.0.0.1/shop", "shop/10.0.0.1/main"),
        ("shop//main", "shop//main"),
    ],
)
def test_a_user_is_imported_by_every_form(identifier: str, expected: str) -> None:
    assert User().imported(identifier, _PLACE) == expected


def test_a_client_certificate_is_signed_by_its_instance(cloud: Cloud, instance: Resource) -> None:
    certificate = make(cloud, SslCert(), commonName="reports", instance=instance.id)
    assert certificate.id == f"projects/acme-prod/instances/main-1a2b/sslCerts/{certificate.state['sha1Fingerprint']}"
    assert certificate.state["serverCaCert"] == instance.state["serverCaCerts"][0]["cert"]
    assert certificate.state["privateKey"].startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    assert "sha1Fingerprint" not in SslCert().complete({"commonName": "reports", "instance": UNKNOWN}, _PLACE)


def test_a_client_certificate_needs_its_instance(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match="the DatabaseInstance 'main-1a2b' does not exist"):
        make(cloud, SslCert(), commonName="reports", instance="main-1a2b")
