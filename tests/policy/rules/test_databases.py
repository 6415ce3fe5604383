from typing import Any

import pytest

from policy.rule import Rule
from policy.rules import databases
from tests.policy.rules import resource, wrong

INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"


def _instance(**ip: Any) -> dict[str, Any]:
    return {"settings": {"ipConfiguration": ip}}


@pytest.mark.parametrize(
    ("rule", "properties", "what"),
    [
        (
            databases.NO_PUBLIC_SQL,
            {"settings": {"tier": "db-f1-micro"}},
            "settings.ipConfiguration.ipv4Enabled is not false, and an instance has a public address unless it is",
        ),
        (
            databases.NO_PUBLIC_SQL,
            _instance(ipv4Enabled=False, authorizedNetworks=[{"value": "192.0.2.0/24"}, {"value": "0.0.0.0/0"}]),
            "settings.ipConfiguration.authorizedNetworks has 0.0.0.0/0",
        ),
        (databases.ENCRYPTED_SQL, _instance(), "settings.ipConfiguration.sslMode is missing"),
        (
            databases.ENCRYPTED_SQL,
            _instance(sslMode="ALLOW_UNENCRYPTED_AND_ENCRYPTED"),
            "settings.ipConfiguration.sslMode is ALLOW_UNENCRYPTED_AND_ENCRYPTED",
        ),
        (databases.SQL_BACKUPS, {"settings": {}}, "settings.backupConfiguration.enabled is not true"),
    ],
)
def test_a_database_that_is_open_or_lost_with_its_zone_is_found(
    rule: Rule, properties: dict[str, Any], what: str
) -> None:
    assert wrong(rule, resource(INSTANCE, **properties)) == [what]


@pytest.mark.parametrize(
    "properties",
    [
        {
            "settings": {
                "ipConfiguration": {"ipv4Enabled": False, "sslMode": "ENCRYPTED_ONLY"},
                "backupConfiguration": {"enabled": True},
            }
        },
        {"settings": None},
    ],
    ids=["closed", "known later"],
)
@pytest.mark.parametrize("rule", [databases.NO_PUBLIC_SQL, databases.ENCRYPTED_SQL, databases.SQL_BACKUPS])
def test_a_closed_database_with_backups_passes(rule: Rule, properties: dict[str, Any]) -> None:
    assert wrong(rule, resource(INSTANCE, **properties)) == []


def test_a_replica_has_the_backups_of_its_master() -> None:
    assert wrong(databases.SQL_BACKUPS, resource(INSTANCE, masterInstanceName="one", settings={})) == []
