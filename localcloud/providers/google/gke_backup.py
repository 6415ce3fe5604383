"""Backup for GKE: plans to back clusters up and to restore them.

Simulated: which cluster a plan is for, and how long backups are kept. Not simulated: backups.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import between, exactly_one, existing, matches, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Kind, Refusal
from localcloud.providers.google.locations import region_problems
from localcloud.providers.google.references import PathKind
from localcloud.providers.google.stamps import etag
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

_API = "gkebackup.googleapis.com"
_NAME = r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?"
_NAME_RULE = (
    "a name has up to 63 small letters, digits and hyphens, begins with a letter and does not end with a hyphen"
)
_CLUSTER_RULE = "a cluster is named by its path 'projects/…/locations/…/clusters/…', which is its output 'id'"
_CLUSTER_PATH = r"projects/[^/]+/locations/[^/]+/clusters/[^/]+"


class BackupPlan(PathKind):
    """When a cluster is backed up, and how long backups are kept."""

    token = tokens.BACKUP_PLAN
    api = _API
    path = "projects/{project}/locations/{location}/backupPlans/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke/reference/rest/v1/projects.locations.backupPlans
        found = [
            *matches(inputs, "name", _NAME, _NAME_RULE),
            *matches(inputs, "cluster", _CLUSTER_PATH, _CLUSTER_RULE),
            *region_problems("location", value_at(inputs, "location")),
            *exactly_one(
                inputs,
                "backupConfig",
                ("allNamespaces", "selectedApplications", "selectedNamespaceLabels", "selectedNamespaces"),
            ),
            *between(inputs, "retentionPolicy.backupDeleteLockDays", 0, 90, "days"),
            *between(inputs, "retentionPolicy.backupRetainDays", 0, 365, "days"),
            *between(inputs, "backupSchedule.rpoConfig.targetRpoMinutes", 60, 86_400, "minutes"),
        ]
        retained = value_at(inputs, "retentionPolicy.backupRetainDays")
        locked = value_at(inputs, "retentionPolicy.backupDeleteLockDays")
        if retained is not None and locked is not None and locked > retained:
            reason = f"is {locked:g}, longer than backupRetainDays, which is {retained:g}: lower it"
            found.append(Problem("retentionPolicy.backupDeleteLockDays", reason))
        schedule = inputs.get("backupSchedule")
        if isinstance(schedule, Mapping):
            given = [name for name in ("cronSchedule", "rpoConfig") if schedule.get(name) is not None]
            if len(given) > 1:
                reason = "is given beside 'cronSchedule', but a plan has one schedule: remove one"
                found.append(Problem("backupSchedule.rpoConfig", reason))
            retention = inputs.get("retentionPolicy", {})
            if given and isinstance(retention, Mapping) and retention.get("backupRetainDays") is None:
                reason = f"is absent, but backups made by {given[0]!r} need an age to go at: set it"
                found.append(Problem("retentionPolicy.backupRetainDays", reason))
            cron = value_at(inputs, "backupSchedule.cronSchedule")
            if isinstance(cron, str) and not re.fullmatch(r"\S+(?: +\S+){4}", cron.strip()):
                reason = f"is {cron!r}, which is no cron schedule: write five fields, such as '10 3 * * *'"
                found.append(Problem("backupSchedule.cronSchedule", reason))
        return found

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        existing(cloud, tokens.CLUSTER, state["cluster"], "nothing would be backed up")
        state |= {"uid": str(uuid.uuid4()), "protectedNamespaceCount": 0, "protectedPodCount": 0}
        self.update(state, state, cloud)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        if former is not state and value_at(former, "deactivated"):
            # "no further updates will be allowed (except deletes), including the deactivated field itself"
            raise Refusal(
                400,
                f"the BackupPlan {state['name']!r} is deactivated and cannot be changed, failedPrecondition",
                "it stays as it is",
                "delete it, and declare another",
            )
        state["state"] = "DEACTIVATED" if state.get("deactivated") else "READY"
        state["stateReason"] = ""
        state["etag"] = etag(state["uid"])

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        plans = cloud.find(tokens.RESTORE_PLAN, backupPlan=self.identifier(state))
        if plans:
            raise Refusal(
                400,
                f"the BackupPlan {state['name']!r} is used by the RestorePlan {plans[0].id!r}, failedPrecondition",
                "the restore plan would have nothing to restore",
                "delete the restore plan first",
            )


class RestorePlan(PathKind):
    """How backups of a plan are restored into a cluster."""

    token = tokens.RESTORE_PLAN
    api = _API
    path = "projects/{project}/locations/{location}/restorePlans/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        scopes = ("allNamespaces", "excludedNamespaces", "noNamespaces", "selectedApplications", "selectedNamespaces")
        return [
            *matches(inputs, "name", _NAME, _NAME_RULE),
            *matches(inputs, "cluster", _CLUSTER_PATH, _CLUSTER_RULE),
            *region_problems("location", value_at(inputs, "location")),
            *exactly_one(inputs, "restoreConfig", scopes),
        ]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        existing(cloud, tokens.CLUSTER, state["cluster"], "there would be nowhere to restore into")
        existing(cloud, tokens.BACKUP_PLAN, state["backupPlan"], "there would be nothing to restore")
        state |= {"uid": str(uuid.uuid4()), "state": "READY", "stateReason": ""}


KINDS: tuple[type[Kind], ...] = (BackupPlan, RestorePlan)
