from typing import Any

import pytest

from policy.rules.deletion import DELETION_PROTECTION
from tests.policy.rules import resource, wrong


@pytest.mark.parametrize(
    ("type_", "properties", "what"),
    [
        ("gcp:bigquery/dataset:Dataset", {"deleteContentsOnDestroy": True}, "deleteContentsOnDestroy is true"),
        ("gcp:bigquery/table:Table", {"deletionProtection": False}, "deletionProtection is not true"),
        ("gcp:container/cluster:Cluster", {"deletionProtection": False}, "deletionProtection is not true"),
        ("gcp:dns/managedZone:ManagedZone", {"forceDestroy": True}, "forceDestroy is true"),
        (
            "gcp:sql/databaseInstance:DatabaseInstance",
            {"settings": {}},
            "settings.deletionProtectionEnabled is not true",
        ),
        ("gcp:storage/bucket:Bucket", {"forceDestroy": True}, "forceDestroy is true"),
        ("gcp:pubsub/topic:Topic", {}, "deletionPolicy is not PREVENT"),
    ],
)
def test_what_could_be_deleted_with_all_that_is_in_it_is_found(
    type_: str, properties: dict[str, Any], what: str
) -> None:
    assert wrong(DELETION_PROTECTION, resource(type_, **properties)) == [what]


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("gcp:bigquery/dataset:Dataset", {}),
        ("gcp:bigquery/table:Table", {}),
        ("gcp:container/cluster:Cluster", {"deletionProtection": True}),
        ("gcp:dns/managedZone:ManagedZone", {"forceDestroy": False}),
        ("gcp:sql/databaseInstance:DatabaseInstance", {"settings": {"deletionProtectionEnabled": True}}),
        ("gcp:sql/databaseInstance:DatabaseInstance", {"settings": None}),
        ("gcp:storage/bucket:Bucket", {}),
        ("gcp:pubsub/topic:Topic", {"deletionPolicy": "PREVENT"}),
        ("gcp:compute/network:Network", {}),
    ],
)
def test_what_refuses_to_be_deleted_passes(type_: str, properties: dict[str, Any]) -> None:
    assert wrong(DELETION_PROTECTION, resource(type_, **properties)) == []


def test_it_is_for_protected_stacks() -> None:
    assert DELETION_PROTECTION.only_protected
