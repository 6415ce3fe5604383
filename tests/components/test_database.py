"""Database: a private PostgreSQL server, its databases, users and passwords."""

from typing import Any

import pulumi_random as random
import pytest
from pulumi import ResourceOptions
from pulumi.runtime import rpc
from web_platform.database import Database, DatabaseArgs, tier_fault
from web_platform.errors import ArgumentError

from tests.components.resource_options import options_of
from tests.recording import Recording, declare

TYPE = "web-platform:index:Database"
INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
DATABASE = "gcp:sql/database:Database"
USER = "gcp:sql/user:User"
PASSWORD = "random:index/randomPassword:RandomPassword"
SUFFIX = "random:index/randomId:RandomId"
NETWORK = "projects/acme-prod/global/networks/network"
SECRET = {rpc._special_sig_key: rpc._special_secret_sig}


def arguments(**args: Any) -> DatabaseArgs:
    known = {"project": "acme-prod", "region": "europe-west1", "network": NETWORK, "databases": ["shop", "users"]}
    return known | args  # type: ignore[return-value]


def database(name: str = "database", **args: Any) -> Recording:
    return declare(lambda: Database(name, arguments(**args)))


def instance(**args: Any) -> dict[str, Any]:
    return database(**args).one(INSTANCE, "database").inputs


def options(**args: Any) -> ResourceOptions:
    """The instance's options."""
    return options_of(lambda opts: Database("database", arguments(**args), opts))[INSTANCE, "database"]


def test_a_database_is_made_of_these_resources() -> None:
    assert sorted((resource.ancestry, resource.name) for resource in database()) == [
        (TYPE, "database"),
        (f"{TYPE}${DATABASE}", "database-shop"),
        (f"{TYPE}${DATABASE}", "database-users"),
        (f"{TYPE}${INSTANCE}", "database"),
        (f"{TYPE}${USER}", "database-shop-user"),
        (f"{TYPE}${USER}", "database-users-user"),
        (f"{TYPE}${SUFFIX}", "database-suffix"),
        (f"{TYPE}${PASSWORD}", "database-shop-password"),
        (f"{TYPE}${PASSWORD}", "database-users-password"),
    ]


def test_the_instance_is_private_encrypted_doubled_backed_up_and_protected() -> None:
    assert instance() == {
        "project": "acme-prod",
        "region": "europe-west1",
        "name": "database-abababab",
        "databaseVersion": "POSTGRES_17",
        "deletionProtection": True,
        "settings": {
            "tier": "db-custom-1-3840",
            "edition": "ENTERPRISE",
            "availabilityType": "REGIONAL",
            "diskType": "PD_SSD",
            "diskSize": 10,
            "diskAutoresize": True,
            "ipConfiguration": {"ipv4Enabled": False, "privateNetwork": NETWORK, "sslMode": "ENCRYPTED_ONLY"},
            "backupConfiguration": {
                "enabled": True,
                "startTime": "01:00",
                "pointInTimeRecoveryEnabled": True,
                "transactionLogRetentionDays": 7,
                "backupRetentionSettings": {"retainedBackups": 7, "retentionUnit": "COUNT"},
            },
            "finalBackupConfig": {"enabled": True, "retentionDays": 30},
            "deletionProtectionEnabled": True,
            "maintenanceWindow": {"day": 7, "hour": 3, "updateTrack": "stable"},
            "insightsConfig": {
                "queryInsightsEnabled": True,
                "queryStringLength": 1024,
                "queryPlansPerMinute": 5,
                "recordApplicationTags": True,
                "recordClientAddress": False,
            },
            "databaseFlags": [
                {"name": "log_connections", "value": "on"},
                {"name": "log_disconnections", "value": "on"},
                {"name": "log_lock_waits", "value": "on"},
            ],
        },
    }


def test_the_callers_choices_arrive_at_the_instance() -> None:
    made = instance(tier="db-g1-small", highly_available=False, disk_gb=20, version="POSTGRES_18", backups=3)
    assert made["databaseVersion"] == "POSTGRES_18"
    assert made["settings"]["tier"] == "db-g1-small"
    assert made["settings"]["availabilityType"] == "ZONAL"
    assert made["settings"]["diskSize"] == 20
    assert made["settings"]["backupConfiguration"]["transactionLogRetentionDays"] == 3
    assert made["settings"]["backupConfiguration"]["backupRetentionSettings"]["retainedBackups"] == 3


def test_logs_are_never_kept_for_longer_than_the_edition_allows() -> None:
    backups = instance(backups=30)["settings"]["backupConfiguration"]
    assert backups["transactionLogRetentionDays"] == 7
    assert backups["backupRetentionSettings"]["retainedBackups"] == 30


def test_protection_is_pulumis_the_providers_and_googles() -> None:
    assert options().protect is True


def test_protection_is_lifted_at_all_three_places() -> None:
    made = instance(deletion_protection=False)
    assert made["deletionProtection"] is False
    assert made["settings"]["deletionProtectionEnabled"] is False
    assert options(deletion_protection=False).protect is False


def test_a_disk_that_has_grown_is_left_as_it_is() -> None:
    assert options().ignore_changes == ["settings.diskSize"]


def test_another_region_gives_the_instance_another_name() -> None:
    suffix = database().one(SUFFIX, "database-suffix").inputs
    assert suffix == {"byteLength": 4, "keepers": {"region": "europe-west1"}}


def test_a_long_name_leaves_room_for_the_suffix_and_the_project() -> None:
    made = database("d" * 80).one(INSTANCE, "d" * 80).inputs["name"]
    assert len(made) == 98 - len(":") - 30


def test_each_database_has_a_user_of_its_name_and_both_stay_behind_when_destroyed() -> None:
    recording = database()
    common = {"project": "acme-prod", "instance": "database-abababab", "deletionPolicy": "ABANDON"}
    assert recording.one(DATABASE, "database-shop").inputs == {"name": "shop", **common}
    user = recording.one(USER, "database-shop-user").inputs
    assert user == {"name": "shop", "password": SECRET | {"value": "p" * 32}, **common}


def test_passwords_can_be_written_into_an_address() -> None:
    made = database().one(PASSWORD, "database-shop-password").inputs
    assert made == {"length": 32, "special": False}


def test_the_outputs_are_where_to_connect_and_passwords_that_are_secret() -> None:
    assert database().outputs_of(TYPE, "database") == {
        "host": "10.16.0.3",
        "port": 5432,
        "connectionName": "acme-prod:europe-west1:database-abababab",
        "passwords": SECRET | {"value": {"shop": "p" * 32, "users": "p" * 32}},
    }


def test_what_uses_a_password_comes_after_its_database_and_user() -> None:
    def program() -> None:
        made = Database("database", arguments())
        random.RandomId("user-of-it", byte_length=1, keepers={"password": made.passwords["shop"]})

    recording = declare(program)
    waits = recording.waits_for(recording.one(SUFFIX, "user-of-it"))
    assert {recording.one(DATABASE, "database-shop").urn, recording.one(USER, "database-shop-user").urn} <= waits


@pytest.mark.parametrize(
    "tier",
    [
        "db-f1-micro",
        "db-g1-small",
        "db-custom-1-3840",
        "db-custom-1-6656",
        "db-custom-2-3840",
        "db-custom-2-13312",
        "db-custom-4-3840",
        "db-custom-6-5632",
        "db-custom-96-638976",
    ],
)
def test_tiers_that_google_has_are_no_fault(tier: str) -> None:
    assert tier_fault(tier) is None


@pytest.mark.parametrize(
    ("tier", "what"),
    [
        ("db-perf-optimized-N-2", "is 'db-perf-optimized-N-2', which is not a machine of Cloud SQL for PostgreSQL"),
        ("db-n1-standard-1", "is 'db-n1-standard-1', which is not a machine of Cloud SQL for PostgreSQL"),
        ("e2-standard-2", "is 'e2-standard-2', which is not a machine of Cloud SQL for PostgreSQL"),
        ("db-custom-0-3840", "is 'db-custom-0-3840', which is not a machine of Cloud SQL for PostgreSQL"),
        ("db-custom-3-7680", "has 3 CPUs"),
        ("db-custom-98-100352", "has 98 CPUs"),
        ("db-custom-1-3584", "has 3584 MB of memory for 1 CPUs"),
        ("db-custom-1-6912", "has 6912 MB of memory for 1 CPUs"),
        ("db-custom-2-4000", "has 4000 MB of memory for 2 CPUs"),
        ("db-custom-6-5376", "has 5376 MB of memory for 6 CPUs"),
    ],
)
def test_tiers_that_google_does_not_have_are_faults(tier: str, what: str) -> None:
    fault = tier_fault(tier)
    assert fault is not None
    assert fault.what == what


def test_the_remedy_for_a_size_names_the_sizes_that_there_are() -> None:
    fault = tier_fault("db-custom-6-5376")
    assert fault is not None
    assert fault.remedy == "use a multiple of 256 from 5632 to 39936"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"region": "europe-west1-b"}, r"region is 'europe-west1-b', which is a zone"),
        ({"databases": []}, r"databases is empty"),
        ({"databases": ["Shop"]}, r"databases has 'Shop', which is not a name for a database"),
        ({"databases": ["s" * 64]}, r"databases has 's+', which is not a name for a database"),
        ({"databases": ["postgres"]}, r"databases has 'postgres', which PostgreSQL or Google keeps for itself"),
        ({"databases": ["cloudsqladmin"]}, r"databases has 'cloudsqladmin', which PostgreSQL or Google keeps"),
        ({"databases": ["pg_stats"]}, r"databases has 'pg_stats', which PostgreSQL or Google keeps"),
        ({"databases": ["shop", "shop"]}, r"databases has 'shop' twice"),
        ({"tier": "db-custom-3-7680"}, r"tier has 3 CPUs"),
        ({"disk_gb": 9}, r"disk_gb is 9\."),
        ({"version": "MYSQL_8_0"}, r"version is 'MYSQL_8_0', which is not a version of PostgreSQL"),
        ({"backups": 0}, r"backups is 0\."),
        ({"backups": 366}, r"backups is 366\."),
        ({"network": None}, r"network is missing"),
        ({"teir": "db-g1-small"}, r"teir is not a known key\.\n.*\n.*did you mean 'tier'\?"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Database 'database': {message}"):
        database(**change)


def test_a_name_that_google_refuses_is_refused_before() -> None:
    with pytest.raises(ArgumentError, match=r"^Database 'my_database': name is not a name that Google accepts"):
        database("my_database")
