"""A worker: pods that do work which nobody asks them for over the network, such as that of messages.

Owns the worker's Deployment with its disruption budget and autoscaler, its ServiceAccount, the ConfigMap and Secrets of
its configuration, and the network policy that lets nobody connect to its pods. Does not own the namespace, nor topics
and subscriptions.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

import pulumi
from pulumi import Output, ResourceOptions

from web_platform.syntax import service_name_fault
from web_platform.workloads.arguments import Faults, WorkloadArgs, check_arguments, workload_faults
from web_platform.workloads.deployment import declare_deployment
from web_platform.workloads.scaling import WorkerAutoscalingArgs, scaling_faults
from web_platform.workloads.source import SourceMountArgs, declare_source_mount, source_faults
from web_platform.workloads.workload import declare_workload


class WorkerArgs(WorkloadArgs):
    """Arguments of `Worker`."""

    replicas: NotRequired[int]
    """Pods that work; with `autoscaling`, the fewest of them. Default: 1."""

    autoscaling: NotRequired[WorkerAutoscalingArgs | None]
    """Autoscaler, which adds pods under load. Default: none, there are always `replicas`."""

    liveness_command: NotRequired[Sequence[str]]
    """Command that succeeds in the container while the process works. A pod where it fails three times in a row is
    restarted. Default: none, so that a process that hangs is not noticed."""

    source_mount: NotRequired[SourceMountArgs | None]
    """Folder of sources that the pods run instead of what their image holds, for development. Default: none."""


class Worker(pulumi.ComponentResource):
    """Pods that work by themselves, without a port."""

    service_account: Output[str]
    """ServiceAccount that the pods run as: what is granted to it, the worker may do."""

    def __init__(self, name: str, args: WorkerArgs, opts: ResourceOptions | None = None) -> None:
        check_arguments("Worker", name, args, WorkerArgs, worker_faults(name, args))

        super().__init__("web-platform:index:Worker", name, None, opts)
        workload = declare_workload(self, name, args)
        self.service_account = workload.account
        source = declare_source_mount(self, workload, args.get("source_mount"))
        declare_deployment(
            self,
            workload,
            workload.pod_template({**_probe(args), **source.command}, mounts=source.mounts, volumes=source.volumes),
            replicas=int(args.get("replicas", 1)),
            autoscaling=args.get("autoscaling"),
            depends_on=[],
        )
        self.register_outputs({"serviceAccount": self.service_account})


def worker_faults(name: str, args: Mapping[str, Any]) -> Faults:
    """Find what is wrong with a worker."""
    if fault := service_name_fault(name):
        yield "name", fault
    wrong = list(workload_faults(args, WorkerArgs))
    yield from wrong
    if not wrong:
        yield from scaling_faults(args)
        yield from source_faults(args)


def _probe(args: WorkerArgs) -> dict[str, Any]:
    command = args.get("liveness_command")
    if not command:
        return {}
    return {
        "livenessProbe": {
            "exec": {"command": list(command)},
            "periodSeconds": 20,
            "failureThreshold": 3,
            "timeoutSeconds": 10,
        }
    }
