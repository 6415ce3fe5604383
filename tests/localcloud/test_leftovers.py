"""What a destroyed stack leaves in the simulated Google Cloud."""

from pathlib import Path

from localcloud import leftovers
from localcloud.providers.google.cloud import ENABLED, Cloud
from localcloud.providers.google.kind import Kind, Place
from localcloud.providers.google.sql import BACKUP, LOCKED_NAME


class _Thing(Kind):
    token = "gcp:test/thing:Thing"

    def identifier(self, state: object) -> str:
        return "projects/acme/things/lost"


def test_what_is_kept_is_told_with_its_reason_and_by_reason(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    for api in ("compute.googleapis.com", "dns.googleapis.com"):
        cloud.keep(ENABLED, f"acme-prod/{api}", "stays enabled, for disableOnDestroy is not set")
    cloud.keep(BACKUP, "acme-prod/db-1", "final backup of instance db-1, kept for 30 days")
    cloud.keep(LOCKED_NAME, "acme-prod/db-1", "2026-11-23T02:00:00Z")
    assert sorted(leftovers.kept(cloud)) == [
        "compute.googleapis.com, dns.googleapis.com (APIs stay enabled: others in the project may use them, and none "
        "of them costs anything by itself)",
        "db-1 (Google gives the name of a deleted instance to nobody for up to a week)",
        "db-1 (final backup of instance db-1, kept for 30 days)",
    ]
    assert leftovers.unpromised(cloud) == []


def test_what_exists_was_promised_by_nobody(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    cloud.create(_Thing(), {}, Place())
    assert leftovers.unpromised(cloud) == ["gcp:test/thing:Thing projects/acme/things/lost"]
    assert leftovers.kept(cloud) == []


def test_what_the_program_retains_is_kept_for_as_long_as_it_is_there(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    thing = cloud.create(_Thing(), {}, Place())
    leftovers.retain(cloud, [(thing.type, thing.id), (thing.type, "projects/acme/things/of-nobody")])
    assert leftovers.unpromised(cloud) == []
    assert leftovers.kept(cloud) == ["lost (Thing: the program retains it when its stack is destroyed)"]
    cloud.tamper(thing.type, thing.id, None)
    assert leftovers.kept(cloud) == []
