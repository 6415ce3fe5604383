"""Google Kubernetes Engine: clusters and their node pools.

Behind every cluster is a real control plane on this machine (`clusters`), and behind every node a played one of the
machine type's size. So that clients reach it, the endpoint by DNS is ``127.0.0.1:<port>``, not
``gke-<hash>-<number>.<region>.gke.goog``; it is the one output that has not its real format. Simulated are references,
ranges, secondary ranges running out, release channels and their upgrades, Workload Identity, maintenance windows,
protection from deletion, surge upgrades, and draining with disruption budgets.

Not simulated are the cluster autoscaler (a pool that it owns begins with `initialNodeCount` or its minimum and stays
within its bounds), Autopilot, versions other than the embedded control plane's, blue-green upgrades (they are surge
upgrades), logging, monitoring, networking and whatever a machine does.
"""

from localcloud.providers.google.container.cluster_kind import Cluster
from localcloud.providers.google.container.node_pool_kind import NodePool

__all__ = ["Cluster", "NodePool"]
