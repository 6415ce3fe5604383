"""A job that runs again and again, by the clock.

Owns the CronJob, its ServiceAccount, the ConfigMap and Secrets of its configuration, and the network policy that lets
nobody connect to its pods. Does not own the namespace.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NotRequired

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from web_platform.syntax import service_name_fault
from web_platform.whole_numbers import range_fault
from web_platform.workloads.arguments import Faults, WorkloadArgs, check_arguments, workload_faults
from web_platform.workloads.jobs import JobLimitArgs, job_faults, own_job_spec
from web_platform.workloads.schedule import schedule_fault, time_zone_fault
from web_platform.workloads.workload import declare_workload

# A run that could not start, since a node was away or a run before it took long, is made up for within this time. It
# must not be left out: after a hundred missed runs, Kubernetes would start none any more.
_START_WITHIN_SECONDS = 300

_SUCCEEDED, _FAILED = 3, 3


class ConcurrencyPolicy(Enum):
    """What happens where a run is due and the one before has not ended."""

    FORBID = "Forbid"
    """The new one is left out."""

    REPLACE = "Replace"
    """The one before is stopped."""

    ALLOW = "Allow"
    """Both run."""


class ScheduledJobArgs(WorkloadArgs, JobLimitArgs):
    """Arguments of `ScheduledJob`."""

    schedule: str
    """When it runs: a line of cron, such as `30 4 * * *`, or a word such as `@daily`."""

    time_zone: NotRequired[str]
    """Time zone of the schedule, by IANA's name. Default: `Etc/UTC`, where no hour is left out or there twice."""

    concurrency: NotRequired[ConcurrencyPolicy]
    """What happens where the run before has not ended. Default: Forbid, the new one is left out."""

    start_within_seconds: NotRequired[int]
    """How late a run may start before it is left out. Default: 300."""

    keep_succeeded: NotRequired[int]
    """How many runs that succeeded are kept, with their logs. Default: 3."""

    keep_failed: NotRequired[int]
    """How many runs that failed are kept, with their logs. Default: 3."""

    suspended: NotRequired[bool]
    """Whether no run starts for now. Default: false."""


class ScheduledJob(pulumi.ComponentResource):
    """A job that runs by the clock."""

    service_account: Output[str]
    """ServiceAccount that its pods run as: what is granted to it, the job may do."""

    def __init__(self, name: str, args: ScheduledJobArgs, opts: ResourceOptions | None = None) -> None:
        check_arguments("ScheduledJob", name, args, ScheduledJobArgs, scheduled_job_faults(name, args))

        super().__init__("web-platform:index:ScheduledJob", name, None, opts)
        workload = declare_workload(self, name, args)
        self.service_account = workload.account
        kubernetes.batch.v1.CronJob(
            name,
            metadata=workload.metadata(),
            spec={
                "schedule": args["schedule"],
                "timeZone": args.get("time_zone", "Etc/UTC"),
                "concurrencyPolicy": ConcurrencyPolicy(args.get("concurrency", ConcurrencyPolicy.FORBID)).value,
                "startingDeadlineSeconds": int(args.get("start_within_seconds", _START_WITHIN_SECONDS)),
                "successfulJobsHistoryLimit": int(args.get("keep_succeeded", _SUCCEEDED)),
                "failedJobsHistoryLimit": int(args.get("keep_failed", _FAILED)),
                "suspend": args.get("suspended", False),
                "jobTemplate": {
                    "metadata": {"labels": workload.metadata()["labels"]},
                    "spec": own_job_spec(workload, args),
                },
            },
            opts=ResourceOptions(parent=self),
        )
        self.register_outputs({"serviceAccount": self.service_account})


def scheduled_job_faults(name: str, args: Mapping[str, Any]) -> Faults:
    """Find what is wrong with a scheduled job."""
    if fault := service_name_fault(name):
        yield "name", fault
    wrong = list(workload_faults(args, ScheduledJobArgs))
    yield from wrong
    if wrong:
        return
    yield from job_faults(args)
    late, kept = "runs that could not start in time would be lost", "nobody could look at what a run has said"
    checks = {
        "schedule": schedule_fault(args["schedule"]),
        "time_zone": time_zone_fault(args.get("time_zone", "Etc/UTC")),
        # Kubernetes looks every ten seconds: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
        "start_within_seconds": range_fault(
            int(args.get("start_within_seconds", _START_WITHIN_SECONDS)), 10, 24 * 60 * 60, late
        ),
        "keep_succeeded": range_fault(int(args.get("keep_succeeded", _SUCCEEDED)), 0, 100, kept),
        "keep_failed": range_fault(int(args.get("keep_failed", _FAILED)), 1, 100, kept),
    }
    yield from ((field, fault) for field, fault in checks.items() if fault)
