"""A Kubernetes cluster on one machine: a real control plane whose nodes are played, or kind where there is Docker."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from localcloud.cluster.machine_types import MachineType


@dataclass(frozen=True)
class NodePool:
    """Identical nodes.

    Attributes:
        count: How many.
        machine: Their size.
    """

    count: int
    machine: MachineType


class Cluster(Protocol):
    """What the commands need of a cluster, whichever kind it is of."""

    kubeconfig: Path
    runs_containers: bool

    def start(self, nodes: NodePool) -> None:
        """Brings the cluster up, or what is missing of it; does nothing to one that is up."""

    def stop(self) -> None:
        """Ends every process of the cluster. What it stored stays."""

    def delete(self) -> None:
        """Stops the cluster and forgets what it stored."""
