"""A Kubernetes cluster on one machine: a real control plane whose nodes are played, or kind where there is Docker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from localcloud.cluster.machine_types import MachineType


@dataclass(frozen=True)
class Taint:
    """What keeps pods that do not tolerate it away from a node.

    Attributes:
        key: Its name.
        value: What it is compared with; may be empty.
        effect: ``NoSchedule``, ``PreferNoSchedule`` or ``NoExecute``.
    """

    key: str
    value: str
    effect: str


@dataclass(frozen=True)
class NodePool:
    """Identical nodes.

    Attributes:
        count: How many in each zone.
        machine: Their size.
        name: The pool's name, unique in its cluster. Nodes that are of no GKE cluster are ``<name>-1`` and on.
        cluster: The GKE cluster whose pool it is; its nodes are named as GKE names them. Default: none.
        zones: Where there are nodes.
        labels: Labels beyond those which every kubelet sets.
        taints: Taints of every node.
        pods: How many pods a node takes. Default: 110, which is GKE's too.
    """

    count: int
    machine: MachineType
    name: str = "node"
    cluster: str | None = None
    zones: tuple[str, ...] = ("europe-west1-b",)
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    pods: int = 110


class Cluster(Protocol):
    """What the commands need of a cluster, whichever kind it is of."""

    kubeconfig: Path
    runs_containers: bool

    def start(self, pools: Sequence[NodePool]) -> None:
        """Brings the cluster up, or what is missing of it; does nothing to one that is up."""

    def stop(self) -> None:
        """Ends every process of the cluster. What it stored stays."""

    def delete(self) -> None:
        """Stops the cluster and forgets what it stored."""
