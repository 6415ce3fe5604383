"""What has to happen to a service's data before a new version of it runs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input

from web_platform.errors import Fault
from web_platform.workloads.containers import words
from web_platform.workloads.jobs import declare_job, job_faults, job_name_fault, job_spec
from web_platform.workloads.workload import Workload

MIGRATION = "migration"

_TIMEOUT_SECONDS = 300


class MigrationArgs(TypedDict):
    """A command that runs to success before any pod of a new version does, with the service's image and environment.

    Where it fails, the version before goes on serving.
    """

    command: NotRequired[Sequence[Input[str]]]
    """Program to run in place of the image's entry point. Default: the entry point."""

    arguments: NotRequired[Sequence[Input[str]]]
    """Arguments of the program. Required unless there is a `command`."""

    timeout_seconds: NotRequired[int]
    """How long it may take. Then it is stopped, and has failed. Default: 300."""

    retries: NotRequired[int]
    """How often it is tried again where it fails. Default: 0, since not every migration can be begun twice."""


def declare_migration(
    parent: pulumi.ComponentResource, workload: Workload, wanted: MigrationArgs
) -> kubernetes.batch.v1.Job:
    """Declare the Job of a migration. What depends on it waits for its success."""
    # An empty list stands for nothing, as the API has it.
    own = words(wanted.get("command") or None, wanted.get("arguments") or None)
    spec = job_spec(
        workload.task_template(MIGRATION, own),
        int(wanted.get("timeout_seconds", _TIMEOUT_SECONDS)),
        int(wanted.get("retries", 0)),
    )
    return declare_job(parent, f"{workload.name}-{MIGRATION}", workload.args["namespace"], spec)


def migration_faults(name: str, args: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Find what is wrong with a service's `migration`."""
    wanted = args.get(MIGRATION)
    if wanted is None:
        return
    if not wanted.get("command") and not wanted.get("arguments"):
        yield f"{MIGRATION}.command", _NO_COMMAND
    if fault := job_name_fault(f"{name}-{MIGRATION}"):
        yield MIGRATION, fault
    yield from job_faults(wanted, f"{MIGRATION}.")


_NO_COMMAND = Fault(
    what="is missing, and so is arguments",
    danger="the service itself would be started as its migration, and never end",
    remedy="pass the command that migrates, such as ['/app/manage', 'migrate']",
)
