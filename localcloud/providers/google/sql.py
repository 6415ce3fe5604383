"""Cloud SQL: PostgreSQL instances with their databases, users and client certificates.

Simulated are names that stay locked, machine types, the way into the private network, protection from deletion and what
outlives one. Not simulated are databases that answer, replicas, clones, restoring, and the rules of other engines.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from typing_extensions import override

from localcloud.providers.google import stamps
from localcloud.providers.google.addresses import (
    EXTERNAL_OF_DATABASES,
    GLOBAL_ADDRESS,
    allocated_range,
    free_address,
)
from localcloud.providers.google.checks import between, existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud, digest, project_number
from localcloud.providers.google.compute import (
    DATABASE_INSTANCE,
    peered_ranges,
    refuse,
    require_network,
)
from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.google.locations import region_problems, zone_problems
from localcloud.providers.google.references import PathKind, full_id, import_id, last, project_of
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN, Property

LOCKED_NAME: Final = "sql-name"
"""What `Cloud.keep` calls the name of a deleted instance, by `project/name`, with the time of the deletion."""

BACKUP: Final = "sql-backup"
"""What `Cloud.keep` calls the backups that a deleted instance leaves, by `project/name`."""

# https://cloud.google.com/sql/docs/postgres/delete-instance
_LOCKED = timedelta(days=7)

# https://cloud.google.com/sql/docs/postgres/instance-settings
_NAME = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_NAME_LENGTH = 98

# https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance
_POSTGRES = ("POSTGRES_9_6", *(f"POSTGRES_{major}" for major in range(10, 19)))
_VERSIONS = (
    *_POSTGRES,
    *("MYSQL_5_6", "MYSQL_5_7", "MYSQL_8_0", "MYSQL_8_4"),
    *(
        f"SQLSERVER_{year}_{edition}"
        for year in ("2017", "2019", "2022", "2025")
        for edition in ("STANDARD", "ENTERPRISE", "EXPRESS", "WEB")
    ),
)

# https://cloud.google.com/sql/docs/postgres/machine-series-overview
_PLUS_CPUS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 128)
_SHARED_CORE = ("db-f1-micro", "db-g1-small")

# What every PostgreSQL instance has from the start.
# https://cloud.google.com/sql/docs/postgres/create-manage-databases
_OWN_DATABASES = ("postgres", "template0", "template1", "cloudsqladmin")

_NETWORK_PATH = "settings.ipConfiguration.privateNetwork"
_PUBLIC_PATH = "settings.ipConfiguration.ipv4Enabled"

# https://cloud.google.com/sql/docs/postgres/configure-ssl-instance
_VALID = timedelta(days=3650)

_LINKS = "https://sqladmin.googleapis.com/sql/v1beta4/"


class DatabaseInstance(PathKind):
    """A database server."""

    token = DATABASE_INSTANCE
    api = "sqladmin.googleapis.com"
    path = "projects/{project}/instances/{name}"
    filled_in = ("region",)
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance
    defaults = MappingProxyType({"deletionProtection": True})

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        rule = "an id is of lower-case letters, digits and dashes, a letter first and no dash last"
        return [
            *matches(inputs, "name", _NAME, rule),
            *region_problems("region", inputs.get("region")),
            *one_of(inputs, "databaseVersion", _VERSIONS),
            *_settings_problems(inputs),
        ]

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        """Only the name: `d.SetId(instance.Name)` in resource_sql_database_instance.go of the provider."""
        name: str = state["name"]
        return name

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        project, name, region = state["project"], state["name"], state["region"]
        self._require_name(project, name, cloud)
        self._connect(state, cloud)
        state.update(
            availableMaintenanceVersions=[],
            connectionName=f"{project}:{region}:{name}",
            dnsName="",
            dnsNames=[],
            pscServiceAttachmentLink="",
            selfLink=f"{_LINKS}projects/{project}/instances/{name}",
            serverCaCerts=[_server_certificate(project, name)],
            serviceAccountEmailAddress=_service_account(project, name),
        )
        for computed, value in {
            "instanceType": "CLOUD_SQL_INSTANCE",
            "maintenanceVersion": f"{state['databaseVersion']}.R20260901.01_00",
            "masterInstanceName": "",
            "replicaNames": [],
        }.items():
            state.setdefault(computed, value)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        before, after = value_at(former, _NETWORK_PATH), value_at(state, _NETWORK_PATH)
        if before and not after:
            # `privateNetworkCustomizeDiff` in resource_sql_database_instance.go of the provider.
            raise Refusal(
                400,
                f"the private network {before!r} of instance {state['name']!r} cannot be removed once set, invalid",
                "whoever uses the private address would lose the database",
                "leave privateNetwork as it is, or make another instance",
            )
        _keep_disk(former, state)
        self._connect(state, cloud)

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        name, key = state["name"], f"{state['project']}/{state['name']}"
        _refuse_protected(state)
        if value_at(state, "settings.finalBackupConfig.enabled"):
            days = value_at(state, "settings.finalBackupConfig.retentionDays") or 30
            cloud.keep(BACKUP, key, f"final backup of instance {name}, kept for {days:.0f} days")
        elif value_at(state, "settings.retainBackupsOnDelete"):
            cloud.keep(BACKUP, key, f"the backups of instance {name}, kept as long as its settings said")
        cloud.keep(LOCKED_NAME, key, stamps.now())
        for type_ in (Database.token, User.token, SslCert.token):
            for each in cloud.find(type_, instance=name, project=state["project"]):
                cloud.tamper(type_, each.id, None)

    @override
    def imported(self, identifier: str, place: Place) -> str:
        return last(super().imported(identifier, place))

    def _require_name(self, project: str, name: str, cloud: Cloud) -> None:
        if len(f"{project}:{name}") > _NAME_LENGTH:
            raise Refusal(
                400,
                f"Invalid request: {project}:{name} is longer than {_NAME_LENGTH} characters, invalid",
                "the instance cannot be named",
                f"shorten the name to {_NAME_LENGTH - 1 - len(project)} characters",
            )
        deleted = cloud.kept(LOCKED_NAME).get((LOCKED_NAME, f"{project}/{name}"))
        if deleted is not None and datetime.now(UTC) < datetime.fromisoformat(deleted) + _LOCKED:
            # https://github.com/terraform-google-modules/terraform-google-gke-gitlab/issues/81
            raise Refusal(
                409,
                "The Cloud SQL instance already exists. When you delete an instance, you can't reuse the name of the "
                f"deleted instance until one week from the deletion date. {name!r} was deleted at {deleted}, "
                "instanceAlreadyExists",
                "an instance of this name cannot be made again for days",
                "use another name; a suffix from a RandomId makes one for each new instance",
            )

    def _connect(self, state: dict[str, Property], cloud: Cloud) -> None:
        """Gives the instance its addresses, those that it has first."""
        others = [each.state for each in cloud.find(self.token) if each.id != state["name"]]
        private, public = None, None
        if value_at(state, _NETWORK_PATH):
            private = state.get("privateIpAddress") or _private_address(state, others, cloud)
        if value_at(state, _PUBLIC_PATH) is not False:
            used = (each.get("publicIpAddress") for each in others)
            public = state.get("publicIpAddress") or free_address(EXTERNAL_OF_DATABASES, used)
        found = (("PRIMARY", public), ("PRIVATE", private))
        state["ipAddresses"] = [
            {"ipAddress": address, "timeToRetire": "", "type": type_} for type_, address in found if address
        ]
        state.update(
            privateIpAddress=private or "",
            publicIpAddress=public or "",
            firstIpAddress=state["ipAddresses"][0]["ipAddress"] if state["ipAddresses"] else "",
        )


class Database(PathKind):
    """A database of an instance."""

    token = "gcp:sql/database:Database"  # noqa: S105 - a type
    api = "sqladmin.googleapis.com"
    path = "projects/{project}/instances/{instance}/databases/{name}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        instance = _instance(cloud, state)
        if _is_postgres(instance):
            self._require_postgres(state)
            state.setdefault("charset", "UTF8")
            state.setdefault("collation", "en_US.UTF8")
        state["selfLink"] = _LINKS + self.identifier(state)

    @override
    def imported(self, identifier: str, place: Place) -> str:
        return import_id(self.path, re.sub(r"^instances/([^/]+)/databases/", r"\1/", identifier), place)

    def _require_postgres(self, state: Mapping[str, Property]) -> None:
        name = state["name"]
        if name in _OWN_DATABASES:
            raise Refusal(
                400,
                f"Invalid request: failed to create database {name}. Detail: pq: database {name!r} already exists",
                "every instance has a database of this name of its own",
                "choose another name",
            )
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database
        refuse([*one_of(state, "charset", ("UTF8",)), *one_of(state, "collation", ("en_US.UTF8",))])


class User(PathKind):
    """A user of an instance. The engine keeps its password as a secret, since the schema says so."""

    token = "gcp:sql/user:User"  # noqa: S105 - a type
    api = "sqladmin.googleapis.com"
    path = "projects/{project}/instances/{instance}/users/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_user
        types = (
            "BUILT_IN",
            *(
                f"CLOUD_IAM_{each}"
                for each in ("USER", "SERVICE_ACCOUNT", "GROUP", "GROUP_USER", "GROUP_SERVICE_ACCOUNT")
            ),
        )
        type_ = inputs.get("type")
        problems = one_of(inputs, "type", types)
        if isinstance(type_, str) and type_.startswith("CLOUD_IAM_") and inputs.get("password"):
            problems.append(Problem("password", f"cannot be set for a user of type {type_}: leave it out"))
        return problems

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        """The host in the middle is PostgreSQL's to leave empty: resource_sql_user.go of the provider."""
        return f"{state['name']}/{state.get('host') or ''}/{last(state['instance'])}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        self._require(state, cloud)
        state.setdefault("host", "")
        state.update(iamEmail="", sqlServerUserDetails=[])

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self._require(state, cloud)

    @override
    def imported(self, identifier: str, place: Place) -> str:
        parts = identifier.split("/")
        match len(parts), parts:
            case 3, [_, instance, name] if instance:
                return f"{name}//{instance}"
            case 4, [_, instance, host, name]:
                return f"{name}/{host}/{instance}"
        return identifier

    def _require(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        instance = _instance(cloud, state)
        refuse(self.problems(state))
        if not _is_postgres(instance):
            return
        built_in = (state.get("type") or "BUILT_IN") == "BUILT_IN"
        if state.get("host"):
            # The text is the provider's: resource_sql_user.go.
            raise Refusal(
                400,
                f"Host field is only supported for MySQL instances: {instance.state['databaseVersion']}",
                "the user is not made",
                "leave 'host' out",
            )
        if built_in and not (state.get("password") or state.get("passwordWo")):
            raise Refusal(
                400,
                f"Invalid request: user {state['name']!r} of a PostgreSQL instance has no password, invalid",
                "nobody could log in as the user, or anybody",
                "set 'password', for example to the result of a RandomPassword",
            )
        if state.get("type") == "CLOUD_IAM_SERVICE_ACCOUNT" and state["name"].endswith(".gserviceaccount.com"):
            # https://cloud.google.com/sql/docs/postgres/add-manage-iam-users
            raise Refusal(
                400,
                f"Invalid request: the name {state['name']!r} of a service account has the suffix .gserviceaccount.com",
                "the service account could not log in",
                f"use {state['name'].removesuffix('.gserviceaccount.com')!r}",
            )


class SslCert(PathKind):
    """A client certificate of an instance."""

    token = "gcp:sql/sslCert:SslCert"  # noqa: S105 - a type
    api = "sqladmin.googleapis.com"
    path = "projects/{project}/instances/{instance}/sslCerts/{sha1Fingerprint}"

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        """With the fingerprint, which is in the id."""
        complete = super().complete(inputs, place)
        key = [complete.get(name) for name in ("project", "instance", "commonName")]
        return complete if UNKNOWN in key else {**complete, "sha1Fingerprint": _sha1("/".join(map(str, key)))}

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        instance = _instance(cloud, state)
        identifier = self.identifier(state)
        state.update(
            cert=_pem("CERTIFICATE", identifier),
            certSerialNumber=str(digest(identifier) % 2**31),
            createTime=stamps.now(),
            expirationTime=_expiry(),
            privateKey=_pem("RSA PRIVATE KEY", identifier),
            serverCaCert=instance.state["serverCaCerts"][0]["cert"],
        )


def tier_problems(tier: Property, version: Property, edition: Property) -> list[Problem]:
    """What is wrong with the machine type of a PostgreSQL instance; nothing with what is not known yet.

    Args:
        tier: Machine type, such as ``db-custom-2-7680`` (two CPUs, 7,680 MiB).
        version: Database version, such as ``POSTGRES_17``.
        edition: ``ENTERPRISE`` or ``ENTERPRISE_PLUS``; None for what Google chooses.
    """
    if not isinstance(tier, str) or version not in _POSTGRES or edition is UNKNOWN:
        return []
    edition = edition or _default_edition(version)
    plus = re.fullmatch(r"db-(?:perf-optimized-N|c4a-[a-z]+)-(\d+)", tier)
    custom = re.fullmatch(r"db-custom-(\d+)-(\d+)", tier)
    if edition == "ENTERPRISE_PLUS" and (custom or tier in _SHARED_CORE):
        # The text is Google's: https://github.com/hashicorp/terraform-provider-google/issues/20498
        reason = f"Invalid Tier ({tier}) for (ENTERPRISE_PLUS) Edition, which is the default from PostgreSQL 16 on"
        return [_tier(f"{reason}: set edition to ENTERPRISE, or use a predefined Tier like db-perf-optimized-N-2")]
    if edition == "ENTERPRISE" and plus:
        return [_tier(f"is {tier}, which is of ENTERPRISE_PLUS: set edition to that, or use db-custom-<CPUs>-<MiB>")]
    if plus:
        known = "c4a" in tier or int(plus[1]) in _PLUS_CPUS
        choices = ", ".join(map(str, _PLUS_CPUS))
        return [] if known else [_tier(f"is {tier}, but there is none with {plus[1]} CPUs: use {choices}")]
    if custom:
        return _custom_problems(int(custom[1]), int(custom[2]))
    if tier in _SHARED_CORE:
        return []
    # https://github.com/serverpod/serverpod/issues/2373
    reason = "Only custom or shared-core instance Billing Tier type allowed for PostgreSQL database"
    return [_tier(f"is {tier!r}. {reason}: use db-custom-<CPUs>-<MiB>, db-g1-small or db-f1-micro")]


def _custom_problems(cpus: int, mebibytes: int) -> list[Problem]:
    # https://cloud.google.com/sql/docs/postgres/instance-settings, "Cores" and "Memory"
    if not 1 <= cpus <= 96 or (cpus > 1 and cpus % 2):
        return [_tier(f"has {cpus} CPUs: use 1, or an even number up to 96")]
    # 0.9 and 6.5 GB a CPU, in multiples of 256 MiB inside of that.
    least = max(3840, -(-cpus * 9 * 1024 // 2560) * 256)
    most = cpus * 65 * 1024 // 2560 * 256
    if mebibytes % 256 == 0 and least <= mebibytes <= most:
        return []
    return [_tier(f"has {mebibytes} MiB of memory: use a multiple of 256 from {least} to {most} with {cpus} CPUs")]


def _tier(reason: str) -> Problem:
    return Problem("settings.tier", reason)


def _settings_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    """Of the settings, which may be unknown as a whole or in part."""
    version, edition = inputs.get("databaseVersion"), _given(inputs, "settings.edition")
    zone = _given(inputs, "settings.locationPreference.zone")
    modes = ("ALLOW_UNENCRYPTED_AND_ENCRYPTED", "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED")
    # Of an edition that is not known yet, the longer time may be right.
    log_days = 7 if (edition or _default_edition(version)) == "ENTERPRISE" else 35
    return [
        *one_of(inputs, "settings.edition", ("ENTERPRISE", "ENTERPRISE_PLUS")),
        *tier_problems(_given(inputs, "settings.tier"), version, edition),
        *one_of(inputs, "settings.availabilityType", ("REGIONAL", "ZONAL")),
        *_availability_problems(inputs),
        *_way_in_problems(inputs),
        *one_of(inputs, "settings.ipConfiguration.sslMode", modes),
        *zone_problems("settings.locationPreference.zone", zone, inputs.get("region")),
        *between(inputs, "settings.diskSize", 10, 65536, "GB"),
        *between(inputs, "settings.finalBackupConfig.retentionDays", 1, 365, "days"),
        *between(inputs, "settings.backupConfiguration.transactionLogRetentionDays", 1, log_days, "days"),
        *between(inputs, "settings.maintenanceWindow.day", 1, 7, "where Monday is 1"),
        *between(inputs, "settings.maintenanceWindow.hour", 0, 23, "o'clock UTC"),
    ]


def _availability_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance, of
    # availability_type. MySQL needs other logs.
    if value_at(inputs, "settings.availabilityType") != "REGIONAL" or inputs.get("databaseVersion") not in _POSTGRES:
        return []
    return [
        Problem(path, "must be true for availabilityType REGIONAL: set it to true")
        for name in ("enabled", "pointInTimeRecoveryEnabled")
        if _given(inputs, path := f"settings.backupConfiguration.{name}") in (None, False)
    ]


def _way_in_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    others = (_given(inputs, _NETWORK_PATH), _given(inputs, "settings.ipConfiguration.pscConfigs"))
    if value_at(inputs, _PUBLIC_PATH) is not False or any(others):
        return []
    # https://github.com/terraform-google-modules/terraform-google-sql-db/issues/535
    reason = "is false. At least one of Public IP or Private IP or PSC connectivity must be enabled"
    return [Problem(_PUBLIC_PATH, f"{reason}: set privateNetwork to the network's id")]


def _keep_disk(former: Mapping[str, Property], state: dict[str, Property]) -> None:
    """A disk only grows: `diskSizeCutomizeDiff` in resource_sql_database_instance.go of the provider."""
    before, after = value_at(former, "settings.diskSize"), value_at(state, "settings.diskSize")
    if before is None or after is None or after >= before:
        return
    if value_at(state, "settings.diskAutoresize") is False:
        raise Refusal(
            400,
            f"the disk of instance {state['name']!r} cannot be reduced from {before:g} to {after:g} GB, invalid",
            "the data might not fit; the real provider would delete the instance and make another",
            f"set settings.diskSize to {before:g} or more",
        )
    state["settings"] = {**state["settings"], "diskSize": before}


def _refuse_protected(state: Mapping[str, Property]) -> None:
    if state.get("deletionProtection"):
        # The text is the provider's: resource_sql_database_instance.go.
        raise Refusal(
            400,
            f"failed to delete instance {state['name']!r} because deletion_protection is set to true",
            "its databases would be lost",
            "set deletionProtection to false and update, to proceed with instance deletion",
        )
    if value_at(state, "settings.deletionProtectionEnabled"):
        # https://cloud.google.com/sql/docs/postgres/deletion-protection
        raise Refusal(
            400,
            f"failed to delete instance {state['name']!r}: The instance is protected. Please disable the deletion "
            "protection and try again",
            "its databases would be lost",
            "update the instance settings with deletionProtectionEnabled set to false",
        )


def _private_address(state: Mapping[str, Property], others: Sequence[Mapping[str, Property]], cloud: Cloud) -> str:
    network = require_network(cloud, value_at(state, _NETWORK_PATH), state["project"])
    ranges = peered_ranges(cloud, network)
    if ranges is None:
        # The text is the provider's: `sqlDatabaseInstanceServiceNetworkPrecheck` in resource_sql_database_instance.go.
        raise Refusal(
            400,
            f"failed to create instance {state['name']!r} because the network doesn't have at least 1 private services "
            f"connection. The network is {network!r}",
            "the instance would have no private address, and its name would be locked for a week",
            "make the servicenetworking Connection first, and let the instance wait for it",
        )
    name = value_at(state, "settings.ipConfiguration.allocatedIpRange") or ranges[0]
    address = cloud.get(GLOBAL_ADDRESS, full_id(name, str(project_of(network)), "global/addresses"))
    if name not in ranges or address is None:
        raise Refusal(
            400,
            f"Allocated IP range {name!r} not found in the connection of network {network!r}",
            "the instance would have no private address",
            f"use {' or '.join(map(repr, ranges))} for allocatedIpRange, or leave it out",
        )
    # Google keeps the first addresses of a range for itself.
    return free_address(allocated_range(address), (each.get("privateIpAddress") for each in others), skip=2)


def _instance(cloud: Cloud, state: Mapping[str, Property]) -> Resource:
    return existing(cloud, DATABASE_INSTANCE, last(state["instance"]), "there is no instance to make it in")


def _is_postgres(instance: Resource) -> bool:
    return instance.state.get("databaseVersion") in _POSTGRES


def _default_edition(version: Property) -> str:
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance, of edition
    return "ENTERPRISE_PLUS" if version in _POSTGRES[_POSTGRES.index("POSTGRES_16") :] else "ENTERPRISE"


def _given(inputs: Mapping[str, Property], path: str) -> Property:
    """The value at a path, `UNKNOWN` too: what only an update will tell is given, after all."""
    value: Property = inputs
    for name in path.split("."):
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _service_account(project: str, name: str) -> str:
    # https://cloud.google.com/sql/docs/postgres/configure-cmek
    return f"p{project_number(project)}-{_sha1(f'{project}/{name}')[:6]}@gcp-sa-cloud-sql.iam.gserviceaccount.com"


def _server_certificate(project: str, name: str) -> dict[str, Property]:
    key = f"{project}/{name}"
    return {
        "cert": _pem("CERTIFICATE", key),
        "commonName": f"C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA,dnQualifier={_sha1(key)}",
        "createTime": stamps.now(),
        "expirationTime": _expiry(),
        "sha1Fingerprint": _sha1(key),
    }


def _expiry() -> str:
    return (datetime.now(UTC) + _VALID).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _sha1(key: str) -> str:
    return hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()


def _pem(label: str, key: str) -> str:
    """Text in the form of a certificate or key, with nothing in it that would work as one."""
    octets = b"".join(hashlib.sha256(f"{label} {key} {part}".encode()).digest() for part in range(24))
    text = base64.b64encode(octets).decode()
    lines = (text[start : start + 64] for start in range(0, len(text), 64))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"))


KINDS: tuple[type[Kind], ...] = (DatabaseInstance, Database, User, SslCert)
