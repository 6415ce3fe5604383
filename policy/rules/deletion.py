"""What holds data refuses to be deleted, in protected stacks."""

from collections.abc import Iterator

from policy.resource import Resource
from policy.rule import ResourceRule

# For each type: a property, what it must not be, and what it is where nobody says.
_PROTECTION: dict[str, tuple[tuple[str, object, object], ...]] = {
    "gcp:bigquery/dataset:Dataset": (("deleteContentsOnDestroy", True, False),),
    "gcp:bigquery/table:Table": (("deletionProtection", False, True),),
    "gcp:container/cluster:Cluster": (("deletionProtection", False, True),),
    "gcp:dns/managedZone:ManagedZone": (("forceDestroy", True, False),),
    "gcp:sql/databaseInstance:DatabaseInstance": (
        ("deletionProtection", False, True),
        ("settings.deletionProtectionEnabled", False, False),
    ),
    "gcp:storage/bucket:Bucket": (("forceDestroy", True, False),),
}
_TOPIC = "gcp:pubsub/topic:Topic"


def _unprotected(resource: Resource) -> Iterator[str]:
    for path, wrong, default in _PROTECTION.get(resource.type, ()):
        if resource.get(path, default) is wrong:
            yield f"{path} is {'true' if wrong else 'not true'}"
    if resource.type == _TOPIC and resource.get("deletionPolicy", "DELETE") not in (None, "PREVENT"):
        yield "deletionPolicy is not PREVENT"


DELETION_PROTECTION = ResourceRule(
    name="deletion-protection",
    demand="What holds data refuses to be deleted.",
    danger="A renamed or mistaken line deletes it with all that is in it, within one update.",
    remedy="Leave `protected` of the stack file true; a stack of which nothing is to be kept says false, unless "
    "policy/levels.yaml names it.",
    source="https://cloud.google.com/sql/docs/postgres/deletion-protection",
    only_protected=True,
    types=(*_PROTECTION, _TOPIC),
    check=_unprotected,
)
