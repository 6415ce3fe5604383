"""What databases of Cloud SQL must be: out of reach, encrypted on the way, and kept."""

from collections.abc import Iterator

from web_platform.relations.objects import listed

from policy.ranges import wide_ranges
from policy.resource import Resource, value_at
from policy.rule import ResourceRule

_INSTANCE = ("gcp:sql/databaseInstance:DatabaseInstance",)
_ENCRYPTED = ("ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED")


def _private(instance: Resource) -> Iterator[str]:
    if instance.get("settings.ipConfiguration.ipv4Enabled", True) is True:
        yield "settings.ipConfiguration.ipv4Enabled is not false, and an instance has a public address unless it is"
    networks = listed(instance.properties, "settings.ipConfiguration.authorizedNetworks")
    for what in wide_ranges(value_at(network, "value", "") for _, network in networks):
        yield f"settings.ipConfiguration.authorizedNetworks {what}"


NO_PUBLIC_SQL = ResourceRule(
    name="no-public-sql",
    demand="Databases have no public address.",
    danger="Everybody can try passwords on it, and a hole in PostgreSQL is a way to all data.",
    remedy="Set ipv4Enabled to false and name the privateNetwork, as the component Database does.",
    source="https://cloud.google.com/sql/docs/postgres/private-ip",
    types=_INSTANCE,
    check=_private,
)


def _encrypted(instance: Resource) -> Iterator[str]:
    mode = instance.get("settings.ipConfiguration.sslMode", "missing")
    if mode not in (None, *_ENCRYPTED):
        yield f"settings.ipConfiguration.sslMode is {mode}"


ENCRYPTED_SQL = ResourceRule(
    name="encrypted-sql",
    demand="Databases take encrypted connections only.",
    danger="Whoever sees the network reads passwords and data.",
    remedy=f"Set sslMode to {' or '.join(_ENCRYPTED)}.",
    source="https://cloud.google.com/sql/docs/postgres/configure-ssl-instance",
    types=_INSTANCE,
    check=_encrypted,
)


def _backups(instance: Resource) -> Iterator[str]:
    if instance.get("masterInstanceName", "") != "":
        return  # A replica has its master's.
    if instance.get("settings.backupConfiguration.enabled", False) is False:
        yield "settings.backupConfiguration.enabled is not true"


SQL_BACKUPS = ResourceRule(
    name="sql-backups",
    demand="Databases are backed up each day.",
    danger="A wrong statement, or a lost zone, takes all data for good.",
    remedy="Set backupConfiguration.enabled to true, as the component Database does.",
    source="https://cloud.google.com/sql/docs/postgres/backup-recovery/backups",
    only_protected=True,
    types=_INSTANCE,
    check=_backups,
)
