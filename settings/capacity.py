"""How much the nodes of a stack hold: what is left for pods of the machines that it asks for."""

from web_platform import NamespaceSizeArgs

from localcloud.cluster.machine_types import machine_type
from settings.sections import ClusterSettings


def node_size(cluster: ClusterSettings) -> NamespaceSizeArgs:
    """What one node has for pods."""
    return nodes_size(cluster, 1)


def nodes_size(cluster: ClusterSettings, nodes: int) -> NamespaceSizeArgs:
    """What a number of nodes have for pods, together."""
    machine = machine_type(cluster.machine_type)
    return {"cpu": f"{machine.allocatable_cpu * nodes}m", "memory": f"{machine.allocatable_memory * nodes}Mi"}
