"""ScheduledJob: a job that runs by the clock."""

from typing import Any

import pytest
from web_platform import ConcurrencyPolicy, ScheduledJob

from tests.components.workloads.pods import (
    ACCOUNT,
    CRON_JOB,
    LABELS,
    LONGEST_NAME,
    METADATA,
    POLICY,
    make,
    pod_spec,
    refusal,
    shop,
)
from tests.recording import Recording, declare

TYPE = "web-platform:index:ScheduledJob"


def job(**change: Any) -> Recording:
    return shop(ScheduledJob, **change)


def spec(**change: Any) -> dict[str, Any]:
    made: dict[str, Any] = job(**change).one(CRON_JOB, "shop").inputs["spec"]
    return made


def test_a_scheduled_job_is_made_of_these_resources() -> None:
    recording = job()
    assert recording.names() == [
        (CRON_JOB, "shop"),
        (ACCOUNT, "shop-account"),
        (POLICY, "shop-network"),
        (TYPE, "shop"),
    ]
    assert recording.outputs_of(TYPE, "shop") == {"serviceAccount": "shop"}


def test_the_cron_job_is_exactly_this() -> None:
    assert job().one(CRON_JOB, "shop").inputs == {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": METADATA,
        "spec": {
            "schedule": "30 4 * * *",
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 300,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "suspend": False,
            "jobTemplate": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "backoffLimit": 2,
                    "activeDeadlineSeconds": 600,
                    "template": {"metadata": {"labels": LABELS}, "spec": pod_spec(restartPolicy="Never")},
                },
            },
        },
    }


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"schedule": "@hourly"}, "schedule", "@hourly"),
        ({"time_zone": "Europe/Berlin"}, "timeZone", "Europe/Berlin"),
        ({"start_within_seconds": 10.0}, "startingDeadlineSeconds", 10),
        ({"start_within_seconds": 86400}, "startingDeadlineSeconds", 86400),
        ({"keep_succeeded": 0.0}, "successfulJobsHistoryLimit", 0),
        ({"keep_succeeded": 100}, "successfulJobsHistoryLimit", 100),
        ({"keep_failed": 1.0}, "failedJobsHistoryLimit", 1),
        ({"keep_failed": 100}, "failedJobsHistoryLimit", 100),
        ({"suspended": True}, "suspend", True),
        ({"suspended": False}, "suspend", False),
    ],
)
def test_each_option_changes_its_own_field_alone(change: dict[str, Any], field: str, value: object) -> None:
    made, plain = spec(**change), spec()
    assert made == plain | {field: value}


def test_time_and_tries_are_those_of_each_run() -> None:
    run = spec(timeout_seconds=30.0, retries=0.0)["jobTemplate"]["spec"]
    assert (run["activeDeadlineSeconds"], run["backoffLimit"]) == (30, 0)


@pytest.mark.parametrize("policy", list(ConcurrencyPolicy))
def test_what_happens_to_two_runs_at_once_may_be_said_by_a_choice_or_its_text(policy: ConcurrencyPolicy) -> None:
    assert spec(concurrency=policy) == spec(concurrency=policy.value) == spec() | {"concurrencyPolicy": policy.value}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schedule": None}, "schedule is missing"),
        ({"schedule": "daily"}, "schedule is 'daily', which has 1 fields of 5"),
        ({"time_zone": "Berlin"}, "time_zone is 'Berlin', which is no time zone"),
        ({"concurrency": "Never"}, "concurrency is 'Never', which is not one of 'Forbid', 'Replace', 'Allow'"),
        ({"start_within_seconds": 9}, "start_within_seconds is 9"),
        ({"start_within_seconds": 86401}, "start_within_seconds is 86401"),
        ({"keep_succeeded": -1}, "keep_succeeded is -1"),
        ({"keep_succeeded": 101}, "keep_succeeded is 101"),
        ({"keep_failed": 0}, "keep_failed is 0"),
        ({"keep_failed": 101}, "keep_failed is 101"),
        ({"suspended": "false"}, "suspended is 'false', which is not true or false"),
        ({"timeout_seconds": 0}, "timeout_seconds is 0"),
        ({"retries": 21}, "retries is 21"),
        ({"image": "ghcr.io/acme/shop:latest"}, "image has the tag 'latest'"),
        ({"cron": "@daily"}, "cron is not a known key"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    assert refusal(ScheduledJob, **change).startswith(message)


@pytest.mark.parametrize("name", ["Shop", "1shop", "shop-", "web_shop", f"{LONGEST_NAME}a"])
def test_a_name_that_kubernetes_refuses_is_refused_before_it(name: str) -> None:
    assert refusal(ScheduledJob, name).startswith("name ")


def test_the_longest_name_is_accepted_and_leaves_room_for_what_kubernetes_adds_to_a_run() -> None:
    assert list(declare(lambda: make(ScheduledJob, LONGEST_NAME)).of_type(CRON_JOB)) == [LONGEST_NAME]
    assert len(LONGEST_NAME) <= 52
