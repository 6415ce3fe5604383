"""A PostgreSQL server of Cloud SQL with databases and users.

Owns the instance, reachable inside the network alone, its backups, and for each database a user of the same name with
a random password. Does not own the network or its private services access (see `Network`), nor tables and the rights
on them, which belong to the services' migrations.

Google makes every user a member of `cloudsqlsuperuser`, to which the databases belong, so that users of one instance
can read each other's databases. Workloads that must not are given instances of their own.
https://cloud.google.com/sql/docs/postgres/users
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
import pulumi_random as random
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.locations import region_fault
from web_platform.order import after
from web_platform.physical_name import physical_name, physical_name_fault

_PORT = 5432

# An instance's name and its project's share 98 characters, and a project's has 30 at most. The rest is for the suffix.
# https://cloud.google.com/sql/docs/postgres/instance-settings
_SUFFIX_BYTES = 4
_MAXIMUM_NAME = 98 - 30 - len(":") - len("-") - 2 * _SUFFIX_BYTES

# Letters and digits alone, so that it can be written into a connection address as it is: 190 bits.
_PASSWORD_CHARACTERS = 32

# Logs of changes are kept for as many days, the most that this edition allows.
_MAXIMUM_LOG_DAYS = 7
_FINAL_BACKUP_DAYS = 30

_VERSION = re.compile(r"POSTGRES_\d+", re.ASCII)
_DATABASE = re.compile(r"[a-z][-_a-z0-9]{0,62}")
_RESERVED_DATABASES = re.compile(r"postgres|template[01]|cloudsql.*|pg_.*|public|none")
_SHARED_TIERS = ("db-f1-micro", "db-g1-small")
_CUSTOM_TIER = re.compile(r"db-custom-(?P<cpus>[1-9]\d*)-(?P<megabytes>[1-9]\d*)", re.ASCII)


class DatabaseArgs(TypedDict):
    """Arguments of `Database`."""

    project: Input[str]
    """Project that the instance belongs to."""

    region: str
    """Region that the instance lives in, such as `europe-west1`. Another one means a new instance, without the data."""

    network: Input[str]
    """Network whose workloads reach the instance, such as `network.private_services`: known only once the network has
    private services access, without which Google refuses the instance."""

    databases: Sequence[str]
    """Names of the databases, each with a user of its name. One that is left out later stays in the instance with its
    user and its data, to be dropped by hand."""

    tier: NotRequired[str]
    """Machine: `db-custom-<CPUs>-<MB>`, or `db-g1-small` and `db-f1-micro`, which share a CPU and have no service level
    agreement. A change restarts the instance. Default: `db-custom-1-3840`."""

    highly_available: NotRequired[bool]
    """Whether a second machine in another zone takes over within about a minute. It costs as much as the first.
    Default: true."""

    disk_gb: NotRequired[int]
    """Size of the disk in GB when the instance is made. It grows by itself and never shrinks, so that later changes
    have no effect. Default: 10."""

    version: NotRequired[str]
    """Major version of PostgreSQL. A later one upgrades the instance in place, with minutes of downtime. Default:
    `POSTGRES_17`."""

    backups: NotRequired[int]
    """Daily backups that are kept. The database can be had back as it was at any second of as many days, up to 7.
    Default: 7."""

    deletion_protection: NotRequired[bool]
    """Whether nobody can destroy the instance: not in the console, and not Pulumi, which also refuses to replace it.
    Default: true."""


class Database(pulumi.ComponentResource):
    """A private PostgreSQL server that survives the loss of a zone, with backups to the second."""

    host: Output[str]
    """Address inside the network."""

    port: Output[int]
    """Port that the server listens on: 5432. It accepts encrypted connections only."""

    connection_name: Output[str]
    """What Google's connectors call the instance, such as `acme-prod:europe-west1:database-1a2b3c4d`."""

    passwords: Output[dict[str, str]]
    """Secret: the password of each database's user, by database. Known once the user and the database exist."""

    def __init__(self, name: str, args: DatabaseArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("Database", name, args, DatabaseArgs)
        # Numbers arrive as floats when the component is used from another language.
        disk_gb = int(args.get("disk_gb", 10))
        backups = int(args.get("backups", 7))
        tier = args.get("tier", "db-custom-1-3840")
        version = args.get("version", "POSTGRES_17")
        protected = args.get("deletion_protection", True)
        refuse(component, "name", physical_name_fault(name))
        refuse(component, "region", region_fault(args["region"]))
        refuse(component, "databases", databases_fault(args["databases"]))
        refuse(component, "tier", tier_fault(tier))
        refuse(component, "disk_gb", _disk_fault(disk_gb))
        refuse(component, "version", _version_fault(version))
        refuse(component, "backups", _backups_fault(backups))

        super().__init__("web-platform:index:Database", name, None, opts)
        child = ResourceOptions(parent=self)
        suffix = random.RandomId(
            f"{name}-suffix",
            byte_length=_SUFFIX_BYTES,
            # The name of a deleted instance stays taken for a week, and what replaces an instance comes before it goes.
            keepers={"region": args["region"]},
            opts=child,
        )
        instance = gcp.sql.DatabaseInstance(
            name,
            project=args["project"],
            region=args["region"],
            name=Output.concat(physical_name(name, _MAXIMUM_NAME), "-", suffix.hex),
            database_version=version,
            settings=_settings(tier, args.get("highly_available", True), disk_gb, backups, protected, args["network"]),
            deletion_protection=protected,
            opts=ResourceOptions(
                parent=self,
                # The provider's protection comes too late for a replacement: services would be on an empty instance
                # when the old one refuses to go. Pulumi's own refuses it in the preview.
                protect=protected,
                # The disk grows by itself; to bring it back to its first size would mean a new instance.
                ignore_changes=["settings.diskSize"],
            ),
        )
        passwords: dict[str, Any] = {
            database: self._database(name, database, instance, args) for database in sorted(args["databases"])
        }
        self.host = instance.private_ip_address
        self.port = Output.from_input(_PORT)
        self.connection_name = instance.connection_name
        self.passwords = Output.secret(passwords)
        self.register_outputs(
            {
                "host": self.host,
                "port": self.port,
                "connectionName": self.connection_name,
                "passwords": self.passwords,
            }
        )

    def _database(
        self, name: str, database: str, instance: "gcp.sql.DatabaseInstance", args: DatabaseArgs
    ) -> Output[Any]:
        """A database and its user; what it returns is the user's password, known once both exist."""
        child = ResourceOptions(parent=self)
        password = random.RandomPassword(
            f"{name}-{database}-password", length=_PASSWORD_CHARACTERS, special=False, opts=child
        )
        # Left behind rather than deleted: PostgreSQL refuses to drop a user who owns tables and a database that is in
        # use, and a destroy would stop there. Both go with the instance; a database alone is dropped by hand.
        # https://github.com/hashicorp/terraform-provider-google/issues/3820
        made = gcp.sql.Database(
            f"{name}-{database}",
            project=args["project"],
            instance=instance.name,
            name=database,
            deletion_policy="ABANDON",
            opts=child,
        )
        user = gcp.sql.User(
            f"{name}-{database}-user",
            project=args["project"],
            instance=instance.name,
            name=database,
            password=password.result,
            deletion_policy="ABANDON",
            opts=child,
        )
        return after(password.result, made.urn, user.urn)


def _settings(
    tier: str, highly_available: bool, disk_gb: int, backups: int, protected: bool, network: Input[str]
) -> "gcp.sql.DatabaseInstanceSettingsArgs":
    sql = gcp.sql
    return sql.DatabaseInstanceSettingsArgs(
        tier=tier,
        # Said explicitly: from version 16 on the default is Enterprise Plus, which has no custom or shared tiers.
        edition="ENTERPRISE",
        availability_type="REGIONAL" if highly_available else "ZONAL",
        disk_type="PD_SSD",
        disk_size=disk_gb,
        # A full disk stops the server.
        disk_autoresize=True,
        ip_configuration=sql.DatabaseInstanceSettingsIpConfigurationArgs(
            ipv4_enabled=False,
            private_network=network,
            ssl_mode="ENCRYPTED_ONLY",
        ),
        backup_configuration=sql.DatabaseInstanceSettingsBackupConfigurationArgs(
            enabled=True,
            # In UTC, before the maintenance.
            start_time="01:00",
            point_in_time_recovery_enabled=True,
            transaction_log_retention_days=min(backups, _MAXIMUM_LOG_DAYS),
            backup_retention_settings=sql.DatabaseInstanceSettingsBackupConfigurationBackupRetentionSettingsArgs(
                retained_backups=backups, retention_unit="COUNT"
            ),
        ),
        # Other backups go with the instance. This one is made when it is deleted, and remains for a while.
        final_backup_config=sql.DatabaseInstanceSettingsFinalBackupConfigArgs(
            enabled=True, retention_days=_FINAL_BACKUP_DAYS
        ),
        deletion_protection_enabled=protected,
        # Sunday at 03:00 UTC, and two weeks after those who test for others.
        maintenance_window=sql.DatabaseInstanceSettingsMaintenanceWindowArgs(day=7, hour=3, update_track="stable"),
        # Which queries are slow, and whose: free of charge. Client addresses are pods', and personal data elsewhere.
        insights_config=sql.DatabaseInstanceSettingsInsightsConfigArgs(
            query_insights_enabled=True,
            query_string_length=1024,
            query_plans_per_minute=5,
            record_application_tags=True,
            record_client_address=False,
        ),
        database_flags=[sql.DatabaseInstanceSettingsDatabaseFlagArgs(name=flag, value="on") for flag in _LOGGED],
    )


# Who came and went, as CIS asks for, and who waited for a lock, the usual reason why all is slow and nothing is busy.
_LOGGED = ("log_connections", "log_disconnections", "log_lock_waits")


def tier_fault(tier: str) -> Fault | None:
    """A machine that Cloud SQL has for PostgreSQL in the Enterprise edition.

    https://cloud.google.com/sql/docs/postgres/create-instance#machine-types
    """
    custom = _CUSTOM_TIER.fullmatch(tier)
    if custom is not None:
        return _size_fault(int(custom["cpus"]), int(custom["megabytes"]))
    if tier in _SHARED_TIERS:
        return None
    return Fault(
        what=f"is {tier!r}, which is not a machine of Cloud SQL for PostgreSQL",
        danger="Google would refuse the instance, and every service that needs it would wait",
        remedy=f"write db-custom-<CPUs>-<MB>, such as 'db-custom-1-3840', or one of: {', '.join(_SHARED_TIERS)}",
    )


def _size_fault(cpus: int, megabytes: int) -> Fault | None:
    danger = "Google would refuse the instance, and every service that needs it would wait"
    if cpus > 96 or (cpus > 1 and cpus % 2):
        return Fault(
            what=f"has {cpus} CPUs",
            danger=danger,
            remedy="use one CPU, or an even number up to 96",
        )
    # In steps of 256 MB: 0.9 to 6.5 GB for each CPU, and 3.75 GB at least.
    step = 256
    lowest = max(3840, -(-cpus * 9 * 1024 // (10 * step)) * step)
    highest = cpus * 13 * 1024 // 2
    if megabytes % step or not lowest <= megabytes <= highest:
        return Fault(
            what=f"has {megabytes} MB of memory for {cpus} CPUs",
            danger=danger,
            remedy=f"use a multiple of {step} from {lowest} to {highest}",
        )
    return None


def databases_fault(databases: Sequence[str]) -> Fault | None:
    """Databases are named as users are, each once, and not as those that PostgreSQL and Google have already."""
    if not databases:
        return Fault(
            what="is empty",
            danger="an instance would be paid for that nobody can use",
            remedy="name a database, or leave the component out",
        )
    for database in databases:
        if not _DATABASE.fullmatch(database):
            return Fault(
                what=f"has {database!r}, which is not a name for a database and its user",
                danger="PostgreSQL would refuse it, or cut it where nobody notices",
                remedy="use at most 63 lower-case letters, digits, '_' and hyphens, beginning with a letter",
            )
        if _RESERVED_DATABASES.fullmatch(database):
            return Fault(
                what=f"has {database!r}, which PostgreSQL or Google keeps for itself",
                danger="the database or the user would exist already, or be refused",
                remedy="name it after the service that uses it",
            )
    doubled = [database for database, count in Counter(databases).items() if count > 1]
    if doubled:
        return Fault(
            what=f"has {doubled[0]!r} twice",
            danger="one database would be declared twice, and Pulumi refuses that",
            remedy="write each database once",
        )
    return None


def _disk_fault(gigabytes: int) -> Fault | None:
    if 10 <= gigabytes <= 65536:
        return None
    return Fault(
        what=f"is {gigabytes}",
        danger="Google would refuse the instance, and every service that needs it would wait",
        remedy="pass a whole number of GB from 10 to 65536",
    )


def _version_fault(version: str) -> Fault | None:
    if _VERSION.fullmatch(version):
        return None
    return Fault(
        what=f"is {version!r}, which is not a version of PostgreSQL",
        danger="Google would refuse the instance, or make one that speaks another language",
        remedy="write POSTGRES_ and the major version, such as 'POSTGRES_17'",
    )


def _backups_fault(backups: int) -> Fault | None:
    if 1 <= backups <= 365:
        return None
    return Fault(
        what=f"is {backups}",
        danger="nothing could bring back what a wrong statement deletes, and no second machine could take over",
        remedy="keep from 1 to 365",
    )
