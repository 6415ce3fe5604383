"""Pods that run to success: what Jobs have in common, whoever starts them."""

from collections.abc import Iterator, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import CustomTimeouts, Output, ResourceOptions

from web_platform import labels
from web_platform.errors import Fault
from web_platform.whole_numbers import range_fault
from web_platform.workloads.workload import Workload

_MAXIMUM_NAME = 63  # It is a label of the pods too.
_GIVEN_SUFFIX = len("-01234567")  # What Pulumi adds to a name.
_TIMEOUT_SECONDS = 600
_RETRIES = 2
_DAY = 24 * 60 * 60

# Pods are placed, and images pulled, before Kubernetes counts; after it, Pulumi has to hear of it.
_MARGIN_SECONDS = 120


class JobLimitArgs(TypedDict):
    """How long a job may take, and how often it is tried."""

    timeout_seconds: NotRequired[int]
    """How long it may take, all tries together. Then it is stopped, and has failed. Default: 600."""

    retries: NotRequired[int]
    """How often it is tried again where it fails. Default: 2."""


def own_job_spec(workload: Workload, args: JobLimitArgs) -> dict[str, Any]:
    """The Job that a workload itself is."""
    return job_spec(
        workload.pod_template(restartPolicy="Never"),
        int(args.get("timeout_seconds", _TIMEOUT_SECONDS)),
        int(args.get("retries", _RETRIES)),
    )


def job_spec(template: Mapping[str, Any], timeout_seconds: int, retries: int) -> dict[str, Any]:
    """A Job of pods, each of which is tried by itself, so that the logs of one that failed are kept."""
    return {"backoffLimit": retries, "activeDeadlineSeconds": timeout_seconds, "template": template}


def declare_job(
    parent: pulumi.ComponentResource,
    name: str,
    namespace: pulumi.Input[str],
    spec: Mapping[str, Any],
) -> kubernetes.batch.v1.Job:
    """Declare a Job that runs once for everything it is made of, and is awaited.

    It has no name of its own, but one that Pulumi gives: a Job cannot be changed, so a change of its pods makes
    another, and the one before stays until the new one has run.
    """
    return kubernetes.batch.v1.Job(
        name,
        metadata={
            "namespace": namespace,
            "labels": {labels.NAME: name} | labels.MANAGED,
            # One that failed is tried again with the next `up`, though nothing else has changed.
            "annotations": {"pulumi.com/replaceUnready": "true"},
        },
        spec=spec,
        opts=ResourceOptions(
            parent=parent,
            custom_timeouts=CustomTimeouts(create=f"{int(spec['activeDeadlineSeconds']) + _MARGIN_SECONDS}s"),
        ),
    )


def job_name(job: kubernetes.batch.v1.Job, name: str) -> Output[str]:
    """What a Job is called. Known once it has run."""
    return job.metadata.apply(lambda made: made.name or name)


def job_name_fault(name: str) -> Fault | None:
    """A Job's name, with what Pulumi adds, is also a label of its pods."""
    maximum = _MAXIMUM_NAME - _GIVEN_SUFFIX
    if len(name) <= maximum:
        return None
    what = f"makes {name!r}, of {len(name)} characters and {maximum} at most"
    return Fault(what, danger="the API server would refuse the Job", remedy="shorten the name")


def job_faults(args: Mapping[str, Any], inside: str = "") -> Iterator[tuple[str, Fault]]:
    """Find what is wrong with how long a job may take, and how often it is tried."""
    timeout, retries = args.get("timeout_seconds"), args.get("retries")
    if timeout is not None and (fault := range_fault(int(timeout), 1, _DAY, "it could not end in time, or never")):
        yield f"{inside}timeout_seconds", fault
    if retries is not None and (fault := range_fault(int(retries), 0, 20, "what is wrong would not be told for hours")):
        yield f"{inside}retries", fault
