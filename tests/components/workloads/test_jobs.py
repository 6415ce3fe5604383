"""Pods that run to success."""

from typing import Any

import pytest
from web_platform import OneOffJob, ScheduledJob, WebService
from web_platform.workloads.jobs import job_faults, job_name_fault, job_spec

from tests.components.resource_options import options_of
from tests.components.workloads.pods import JOB, arguments, pod, shop


def test_a_job_is_its_pods_with_an_end_and_a_number_of_tries() -> None:
    assert job_spec({"spec": {}}, 30, 0) == {"backoffLimit": 0, "activeDeadlineSeconds": 30, "template": {"spec": {}}}


@pytest.mark.parametrize("workload", [OneOffJob, ScheduledJob])
def test_each_try_is_a_pod_of_its_own_whose_log_stays(workload: Any) -> None:
    assert pod(shop(workload))["restartPolicy"] == "Never"


def created_within(component: Any, name: str) -> str:
    """How long Pulumi waits for a Job's success."""
    timeouts = options_of(component)[JOB, name].custom_timeouts
    assert timeouts is not None
    assert timeouts.create is not None
    return timeouts.create


@pytest.mark.parametrize(("timeout", "waited"), [(1, "121s"), (600.0, "720s"), (86400, "86520s")])
def test_a_job_is_awaited_longer_than_it_may_run(timeout: float, waited: str) -> None:
    def job(opts: Any) -> None:
        OneOffJob("shop", arguments(OneOffJob, timeout_seconds=timeout), opts)  # type: ignore[arg-type]

    def service(opts: Any) -> None:
        migration = {"command": ["migrate"], "timeout_seconds": timeout}
        WebService("shop", arguments(WebService, migration=migration), opts)  # type: ignore[arg-type]

    assert created_within(job, "shop") == created_within(service, "shop-migration") == waited


def test_a_name_leaves_room_for_what_pulumi_adds_to_it() -> None:
    longest = "a" * 54
    assert job_name_fault(longest) is None
    fault = job_name_fault(f"{longest}a")
    assert fault is not None
    assert fault.what == f"makes '{longest}a', of 55 characters and 54 at most"
    assert len(f"{longest}-01234567") == 63


@pytest.mark.parametrize("args", [{}, {"timeout_seconds": 1, "retries": 0}, {"timeout_seconds": 86400, "retries": 20}])
def test_limits_between_their_bounds_have_no_fault(args: dict[str, int]) -> None:
    assert list(job_faults(args)) == []


@pytest.mark.parametrize(
    ("args", "fields"),
    [
        ({"timeout_seconds": 0}, ["migration.timeout_seconds"]),
        ({"timeout_seconds": 86401}, ["migration.timeout_seconds"]),
        ({"retries": -1}, ["migration.retries"]),
        ({"retries": 21, "timeout_seconds": 0}, ["migration.timeout_seconds", "migration.retries"]),
    ],
)
def test_limits_beyond_their_bounds_are_named_with_their_place(args: dict[str, int], fields: list[str]) -> None:
    assert [field for field, _ in job_faults(args, "migration.")] == fields
