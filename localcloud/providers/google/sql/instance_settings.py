"""What is wrong with the settings of an instance by themselves: machine type, availability, the way in, and ranges."""

from __future__ import annotations

import re
from collections.abc import Mapping

from localcloud.providers.google.checks import between, one_of, value_at
from localcloud.providers.google.locations import zone_problems
from localcloud.providers.google.sql.versions import POSTGRES, default_edition
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN, Property

# https://cloud.google.com/sql/docs/postgres/machine-series-overview
_PLUS_CPUS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 128)
_SHARED_CORE = ("db-f1-micro", "db-g1-small")

NETWORK_PATH = "settings.ipConfiguration.privateNetwork"
PUBLIC_PATH = "settings.ipConfiguration.ipv4Enabled"


def settings_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    """What is wrong with the settings, which may be unknown as a whole or in part."""
    version, edition = inputs.get("databaseVersion"), _given(inputs, "settings.edition")
    zone = _given(inputs, "settings.locationPreference.zone")
    modes = ("ALLOW_UNENCRYPTED_AND_ENCRYPTED", "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED")
    # Of an edition that is not known yet, the longer time may be right.
    log_days = 7 if (edition or default_edition(version)) == "ENTERPRISE" else 35
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


def tier_problems(tier: Property, version: Property, edition: Property) -> list[Problem]:
    """What is wrong with the machine type of a PostgreSQL instance; nothing with what is not known yet.

    Args:
        tier: Machine type, such as ``db-custom-2-7680`` (two CPUs, 7,680 MiB).
        version: Database version, such as ``POSTGRES_17``.
        edition: ``ENTERPRISE`` or ``ENTERPRISE_PLUS``; None for what Google chooses.
    """
    if not isinstance(tier, str) or version not in POSTGRES or edition is UNKNOWN:
        return []
    edition = edition or default_edition(version)
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


def _availability_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance, of
    # availability_type. MySQL needs other logs.
    if value_at(inputs, "settings.availabilityType") != "REGIONAL" or inputs.get("databaseVersion") not in POSTGRES:
        return []
    return [
        Problem(path, "must be true for availabilityType REGIONAL: set it to true")
        for name in ("enabled", "pointInTimeRecoveryEnabled")
        if _given(inputs, path := f"settings.backupConfiguration.{name}") in (None, False)
    ]


def _way_in_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    others = (_given(inputs, NETWORK_PATH), _given(inputs, "settings.ipConfiguration.pscConfigs"))
    if value_at(inputs, PUBLIC_PATH) is not False or any(others):
        return []
    # https://github.com/terraform-google-modules/terraform-google-sql-db/issues/535
    reason = "is false. At least one of Public IP or Private IP or PSC connectivity must be enabled"
    return [Problem(PUBLIC_PATH, f"{reason}: set privateNetwork to the network's id")]


def _given(inputs: Mapping[str, Property], path: str) -> Property:
    """The value at a path, `UNKNOWN` too: what only an update will tell is given, after all."""
    value: Property = inputs
    for name in path.split("."):
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
