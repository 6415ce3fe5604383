"""OneOffJob: a job that runs once, to success."""

from typing import Any

import pytest
from web_platform import OneOffJob, Worker

from tests.components.workloads.pods import (
    ACCOUNT,
    JOB,
    LABELS,
    LONGEST_NAME,
    POLICY,
    controller,
    make,
    pod_spec,
    refusal,
    shop,
)
from tests.recording import Recording, declare

TYPE = "web-platform:index:OneOffJob"


def job(**change: Any) -> Recording:
    return shop(OneOffJob, **change)


def test_a_job_is_made_of_these_resources() -> None:
    recording = job()
    assert recording.names() == [(JOB, "shop"), (ACCOUNT, "shop-account"), (POLICY, "shop-network"), (TYPE, "shop")]
    assert recording.outputs_of(TYPE, "shop") == {"job": "shop", "serviceAccount": "shop"}


def test_the_job_is_exactly_this_and_has_no_name_of_its_own() -> None:
    assert job().one(JOB, "shop").inputs == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "namespace": "services",
            "labels": LABELS,
            "annotations": {"pulumi.com/replaceUnready": "true"},
        },
        "spec": {
            "backoffLimit": 2,
            "activeDeadlineSeconds": 600,
            "template": {"metadata": {"labels": LABELS}, "spec": pod_spec(restartPolicy="Never")},
        },
    }


def test_time_and_tries_are_as_asked() -> None:
    spec = job(timeout_seconds=30.0, retries=0.0).one(JOB, "shop").inputs["spec"]
    assert (spec["activeDeadlineSeconds"], spec["backoffLimit"]) == (30, 0)


def test_who_uses_the_jobs_name_waits_for_its_success() -> None:
    def program() -> None:
        first = make(OneOffJob, "first")
        assert isinstance(first, OneOffJob)
        make(Worker, environment={"IMPORT": first.job})

    recording = declare(program)
    assert recording.one(JOB, "first").urn in controller(recording).depends_on


def test_raw_parts_may_say_otherwise_how_a_try_is_repeated() -> None:
    spec = job(pod_spec={"restartPolicy": "OnFailure"}).one(JOB, "shop").inputs["spec"]["template"]["spec"]
    assert spec["restartPolicy"] == "OnFailure"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"timeout_seconds": 0}, "timeout_seconds is 0"),
        ({"timeout_seconds": 86401}, "timeout_seconds is 86401"),
        ({"retries": -1}, "retries is -1"),
        ({"retries": 21}, "retries is 21"),
        ({"retries": "2"}, "retries is '2', which is not a whole number"),
        ({"replicas": 1}, "replicas is not a known key"),
        ({"schedule": "@daily"}, "schedule is not a known key"),
        ({"image": "ghcr.io/acme/shop:latest"}, "image has the tag 'latest'"),
        ({"namespace": None}, "namespace is missing"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    assert refusal(OneOffJob, **change).startswith(message)


@pytest.mark.parametrize("change", [{"timeout_seconds": 1}, {"timeout_seconds": 86400}, {"retries": 20}])
def test_the_bounds_themselves_are_accepted(change: dict[str, Any]) -> None:
    assert job(**change).of_type(JOB)


@pytest.mark.parametrize("name", ["Shop", "1shop", "shop-", "web_shop", f"{LONGEST_NAME}a"])
def test_a_name_that_kubernetes_refuses_is_refused_before_it(name: str) -> None:
    assert refusal(OneOffJob, name).startswith("name ")


def test_the_longest_name_is_accepted() -> None:
    assert list(declare(lambda: make(OneOffJob, LONGEST_NAME)).of_type(JOB)) == [LONGEST_NAME]
