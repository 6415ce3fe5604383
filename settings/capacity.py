"""How much the nodes of a stack hold: what is left for pods of the machines that it asks for."""

from web_platform import NamespaceSizeArgs

from localcloud.cluster.machine_types import machine_type
from settings.sections import ClusterSettings

# https://cloud.google.com/kubernetes-engine/docs/concepts/regional-clusters
_ZONES_OF_A_REGIONAL_CLUSTER = 3


def number_of_nodes(cluster: ClusterSettings, *, regional: bool) -> int:
    """How many nodes there are: a regional cluster has them in each of its zones."""
    return cluster.nodes * (_ZONES_OF_A_REGIONAL_CLUSTER if regional else 1)


def node_size(cluster: ClusterSettings) -> NamespaceSizeArgs:
    """What one node has for pods."""
    return nodes_size(cluster, 1)


def nodes_size(cluster: ClusterSettings, nodes: int) -> NamespaceSizeArgs:
    """What a number of nodes have for pods, together."""
    machine = machine_type(cluster.machine_type)
    return {"cpu": f"{machine.allocatable_cpu * nodes}m", "memory": f"{machine.allocatable_memory * nodes}Mi"}
