"""What a drill takes for promised, and what for lost."""

import json
from pathlib import Path

import pytest

from localcloud import leftovers
from localcloud.bootstrap.drill import Drill, Drilled, as_json, lost_of, promises_of
from localcloud.errors import LocalCloudError
from localcloud.providers.google import sql, tokens
from localcloud.providers.google.cloud import ENABLED, SERVICE, Cloud
from localcloud.providers.google.kind import Resource
from localcloud.workspace import Workspace
from settings import SettingsError
from tests.bootstrap.files import LEAST, written

INSTANCE = Resource(tokens.DATABASE_INSTANCE, "main", {"project": "acme-prod", "name": "main"})
PLAN = Resource(tokens.BACKUP_PLAN, "projects/acme-prod/locations/europe-west1/backupPlans/nightly")
DATABASE = Resource(tokens.SQL_DATABASE, "projects/acme-prod/instances/main/databases/shop")
DNS = Resource(SERVICE, "acme-prod/dns.googleapis.com", {"project": "acme-prod", "service": "dns.googleapis.com"})


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    cloud = Cloud(tmp_path)
    for each in (INSTANCE, PLAN, DATABASE, DNS):
        cloud.adopt(each)
    return cloud


def test_a_database_is_promised_its_last_backup(cloud: Cloud) -> None:
    promises = [*promises_of(cloud, [])]
    assert "the last backup of the database main" in lost_of(cloud, promises)
    cloud.keep(sql.BACKUP, "acme-prod/main", "final backup of instance main, kept for 30 days")
    assert lost_of(cloud, promises) == []


def test_backups_of_former_drills_are_promised_too(cloud: Cloud) -> None:
    cloud.keep(sql.BACKUP, "acme-prod/old", "final backup of instance old, kept for 30 days")
    promises = [*promises_of(cloud, [])]
    cloud.forget(sql.BACKUP, "acme-prod/old")
    assert "the final backup of instance old, kept for 30 days, from earlier" in lost_of(cloud, promises)


def test_what_the_program_retains_is_promised_and_goes_on_to_be(cloud: Cloud) -> None:
    promises = [*promises_of(cloud, [(PLAN.type, PLAN.id)])]
    leftovers.retain(cloud, [(PLAN.type, PLAN.id)])
    later = [*promises_of(cloud, [])]
    cloud.tamper(PLAN.type, PLAN.id, None)
    for each in (promises, later):
        assert "the BackupPlan nightly" in lost_of(cloud, each)


def test_what_is_in_a_database_goes_with_it(cloud: Cloud) -> None:
    cloud.keep(sql.BACKUP, "acme-prod/main", "final backup of instance main, kept for 30 days")
    promises = [*promises_of(cloud, [(DATABASE.type, DATABASE.id)])]
    cloud.tamper(DATABASE.type, DATABASE.id, None)
    assert lost_of(cloud, promises) == []


def test_services_stay_enabled(cloud: Cloud) -> None:
    promises = [*promises_of(cloud, [])]
    cloud.tamper(DNS.type, DNS.id, None)
    assert "1 services of Google that stay enabled" in lost_of(cloud, promises)
    cloud.keep(ENABLED, DNS.id, "stays enabled")
    assert "1 services of Google that stay enabled" not in lost_of(cloud, promises)


def test_the_document_has_what_was_measured() -> None:
    said = json.loads(as_json(Drilled("prod", 31.0, 51.2, 167, ["the BackupPlan nightly"])))
    assert said == {
        "stack": "prod",
        "destroyedIn": 31.0,
        "rebuiltIn": 51.2,
        "resources": 167,
        "kept": ["the BackupPlan nightly"],
    }


@pytest.mark.parametrize(
    ("stack", "said"),
    [("dev", "The stack dev is on this machine"), ("staging", "says nothing of the stack staging")],
)
def test_only_what_pipelines_deploy_is_drilled(stack: str, said: str, tmp_path: Path) -> None:
    written(tmp_path, LEAST)
    with pytest.raises(LocalCloudError, match=said):
        Drill(Workspace(tmp_path, stack)).run()
    with pytest.raises(SettingsError, match="There is no stack 'qa'"):
        Drill(Workspace(tmp_path, "qa")).run()
    assert not (tmp_path / ".localcloud").exists()
