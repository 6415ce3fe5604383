"""An agent: a pod on each node, such as one that collects what the node's pods log.

Owns the DaemonSet, its ServiceAccount, the ConfigMap and Secrets of its configuration, and the network policy that lets
nobody connect to its pods. Does not own the namespace: one that looks at folders of the node needs a namespace with the
privileged Pod Security Standard, since nobody else may.
"""

from collections.abc import Mapping
from typing import Any, NotRequired

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from web_platform.syntax import service_name_fault
from web_platform.workloads.arguments import Faults, WorkloadArgs, check_arguments, workload_faults
from web_platform.workloads.files import file_path_fault, volume_name
from web_platform.workloads.workload import declare_workload


class NodeAgentArgs(WorkloadArgs):
    """Arguments of `NodeAgent`."""

    node_folders: NotRequired[Mapping[str, str]]
    """Folders of the node that it may read, by where its container finds them, such as `{"/logs": "/var/log"}`.
    Default: none."""

    on_every_node: NotRequired[bool]
    """Whether it runs on nodes too that others are kept from by taints. Default: true."""


class NodeAgent(pulumi.ComponentResource):
    """A pod on each node."""

    service_account: Output[str]
    """ServiceAccount that the pods run as: what is granted to it, the agent may do."""

    def __init__(self, name: str, args: NodeAgentArgs, opts: ResourceOptions | None = None) -> None:
        check_arguments("NodeAgent", name, args, NodeAgentArgs, node_agent_faults(name, args))

        super().__init__("web-platform:index:NodeAgent", name, None, opts)
        workload = declare_workload(self, name, args)
        self.service_account = workload.account
        folders = sorted(args.get("node_folders", {}).items())
        tolerated = [{"operator": "Exists"}] if args.get("on_every_node", True) else []
        kubernetes.apps.v1.DaemonSet(
            name,
            metadata=workload.metadata(),
            spec={
                "selector": workload.selector,
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
                "template": workload.pod_template(
                    mounts=[
                        {"name": volume_name("node", inside), "mountPath": inside, "readOnly": True}
                        for inside, _ in folders
                    ],
                    volumes=[
                        {"name": volume_name("node", inside), "hostPath": {"path": folder, "type": "Directory"}}
                        for inside, folder in folders
                    ],
                    tolerations=tolerated,
                ),
            },
            opts=ResourceOptions(parent=self),
        )
        self.register_outputs({"serviceAccount": self.service_account})


def node_agent_faults(name: str, args: Mapping[str, Any]) -> Faults:
    """Find what is wrong with an agent."""
    if fault := service_name_fault(name):
        yield "name", fault
    wrong = list(workload_faults(args, NodeAgentArgs))
    yield from wrong
    if wrong:
        return
    for inside, folder in args.get("node_folders", {}).items():
        if fault := file_path_fault(inside) or (None if folder == "/" else file_path_fault(folder)):
            yield f"node_folders {inside!r}", fault
