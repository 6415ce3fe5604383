"""A job that runs once, to success: an import, for one, or a repair.

Owns the Job, its ServiceAccount, the ConfigMap and Secrets of its configuration, and the network policy that lets
nobody connect to its pods. Does not own the namespace. It runs again where anything that it is made of changes, and
where it failed; what depends on it waits for its success.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import Output, ResourceOptions

from web_platform.syntax import service_name_fault
from web_platform.workloads.arguments import Faults, WorkloadArgs, check_arguments, workload_faults
from web_platform.workloads.jobs import JobLimitArgs, declare_job, job_faults, job_name, own_job_spec
from web_platform.workloads.workload import declare_workload


class OneOffJobArgs(WorkloadArgs, JobLimitArgs):
    """Arguments of `OneOffJob`."""


class OneOffJob(pulumi.ComponentResource):
    """A job that runs once for what it is made of."""

    job: Output[str]
    """Name of the Job. Known once it has run to success."""

    service_account: Output[str]
    """ServiceAccount that its pods run as: what is granted to it, the job may do."""

    def __init__(self, name: str, args: OneOffJobArgs, opts: ResourceOptions | None = None) -> None:
        check_arguments("OneOffJob", name, args, OneOffJobArgs, one_off_job_faults(name, args))

        super().__init__("web-platform:index:OneOffJob", name, None, opts)
        workload = declare_workload(self, name, args)
        self.service_account = workload.account
        self.job = job_name(declare_job(self, name, args["namespace"], own_job_spec(workload, args)), name)
        self.register_outputs({"job": self.job, "serviceAccount": self.service_account})


def one_off_job_faults(name: str, args: Mapping[str, Any]) -> Faults:
    """Find what is wrong with a job."""
    if fault := service_name_fault(name):
        yield "name", fault
    wrong = list(workload_faults(args, OneOffJobArgs))
    yield from wrong
    if not wrong:
        yield from job_faults(args)
