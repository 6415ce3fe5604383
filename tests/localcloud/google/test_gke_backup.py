"""Backup plans behave as Google's documentation says."""

from typing import Any

import pytest

from localcloud.providers.google import tokens
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.gke_backup import BackupPlan, RestorePlan
from localcloud.providers.google.kind import Place, Refusal, Resource
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable

CLUSTER = f"projects/{PROJECT}/locations/europe-west1-b/clusters/main"
PLAN = {"name": "daily", "cluster": CLUSTER, "location": "europe-west1"}
DAILY = {"cronSchedule": "10 3 * * *"}
RESTORE = {"name": "all", "cluster": CLUSTER, "location": "europe-west1", "restoreConfig": {"allNamespaces": True}}


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "gkebackup.googleapis.com")


@pytest.fixture
def cluster(cloud: Cloud) -> None:
    cloud.adopt(Resource(tokens.CLUSTER, CLUSTER, {"project": PROJECT, "name": "main"}))


def reasons(kind: Any, inputs: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.reason for each in kind.problems(inputs)}


@pytest.mark.usefixtures("cluster")
def test_a_plan_is_ready(cloud: Cloud, place: Place) -> None:
    plan = cloud.create(BackupPlan(), PLAN, place)
    assert plan.id == f"projects/{PROJECT}/locations/europe-west1/backupPlans/daily"
    assert plan.state["state"] == "READY"
    assert len(plan.state["uid"]) == 36


def test_a_plan_needs_its_cluster(cloud: Cloud, place: Place) -> None:
    with pytest.raises(Refusal, match=f"the Cluster '{CLUSTER}' does not exist"):
        cloud.create(BackupPlan(), PLAN, place)


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"name": "Daily"}, "name"),
        ({"cluster": "main"}, "cluster"),
        ({"location": "europe-west1-b"}, "location"),
        ({"backupConfig": {}}, "backupConfig"),
        ({"backupConfig": {"allNamespaces": True, "selectedNamespaces": {"namespaces": ["a"]}}}, "backupConfig"),
        ({"retentionPolicy": {"backupRetainDays": 366}}, "retentionPolicy.backupRetainDays"),
        ({"retentionPolicy": {"backupDeleteLockDays": 91}}, "retentionPolicy.backupDeleteLockDays"),
        (
            {"retentionPolicy": {"backupDeleteLockDays": 8, "backupRetainDays": 7}},
            "retentionPolicy.backupDeleteLockDays",
        ),
        ({"backupSchedule": DAILY}, "retentionPolicy.backupRetainDays"),
        (
            {"backupSchedule": {"cronSchedule": "daily"}, "retentionPolicy": {"backupRetainDays": 7}},
            "backupSchedule.cronSchedule",
        ),
        (
            {"backupSchedule": {**DAILY, "rpoConfig": {}}, "retentionPolicy": {"backupRetainDays": 7}},
            "backupSchedule.rpoConfig",
        ),
    ],
)
def test_what_google_would_not_take_is_a_problem(inputs: dict[str, Any], path: str) -> None:
    assert list(reasons(BackupPlan(), inputs)) == [path]


@pytest.mark.parametrize(
    "inputs",
    [
        {**PLAN, "backupConfig": {"allNamespaces": True, "includeSecrets": True}},
        {**PLAN, "backupSchedule": DAILY, "retentionPolicy": {"backupRetainDays": 7.0, "backupDeleteLockDays": 7.0}},
        {**PLAN, "backupSchedule": DAILY, "retentionPolicy": UNKNOWN, "backupConfig": UNKNOWN},
    ],
)
def test_what_google_takes_is_none(inputs: dict[str, Any]) -> None:
    assert reasons(BackupPlan(), inputs) == {}


@pytest.mark.usefixtures("cluster")
def test_a_deactivated_plan_is_never_changed_again(cloud: Cloud, place: Place) -> None:
    plan = cloud.create(BackupPlan(), PLAN, place)
    off = cloud.update(BackupPlan(), plan.id, {**PLAN, "deactivated": True}, place)
    assert off.state["state"] == "DEACTIVATED"
    with pytest.raises(Refusal, match="is deactivated and cannot be changed"):
        cloud.update(BackupPlan(), plan.id, {**PLAN, "deactivated": False}, place)


@pytest.mark.usefixtures("cluster")
def test_a_restore_plan_holds_its_backup_plan(cloud: Cloud, place: Place) -> None:
    plan = f"projects/{PROJECT}/locations/europe-west1/backupPlans/daily"
    with pytest.raises(Refusal, match=r"the BackupPlan .* does not exist"):
        cloud.create(RestorePlan(), {**RESTORE, "backupPlan": plan}, place)
    cloud.create(BackupPlan(), PLAN, place)
    restore = cloud.create(RestorePlan(), {**RESTORE, "backupPlan": plan}, place)
    with pytest.raises(Refusal, match="is used by the RestorePlan"):
        cloud.delete(BackupPlan(), plan)
    cloud.delete(RestorePlan(), restore.id)
    cloud.delete(BackupPlan(), plan)
    assert cloud.get(tokens.BACKUP_PLAN, plan) is None


def test_a_restore_plan_has_one_scope() -> None:
    assert reasons(RestorePlan(), RESTORE) == {}
    assert list(reasons(RestorePlan(), {**RESTORE, "restoreConfig": {}})) == ["restoreConfig"]
