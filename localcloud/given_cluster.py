"""What a stack with ``platform: local`` runs on: one cluster, which is there before the program runs."""

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from localcloud import project
from localcloud.cluster import Cluster, NodePool
from localcloud.cluster.embedded import EmbeddedCluster
from localcloud.cluster.kind import SOURCES, KindCluster
from localcloud.errors import LocalCloudError
from localcloud.platform import ClusterPlace, Commands
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace
from settings import SOURCES_VARIABLE

_CLUSTER_SETTING = "LOCALCLOUD_CLUSTER"
_EMBEDDED, _KIND = "embedded", "kind"


class GivenCluster:
    """The one cluster of a stack.

    Args:
        workspace: Where its things are.
        programs: What it is started with; stopping it takes none.
        pools: Its nodes; what is only stopped needs to know of none.
    """

    commands = Commands("up", "preview", "down")

    def __init__(self, workspace: Workspace, programs: Toolchain, pools: Sequence[NodePool] = ()) -> None:
        self._workspace = workspace
        self._pools = pools
        self._cluster = choose_cluster(workspace, programs)
        self.runs_containers = self._cluster.runs_containers

    def introduction(self) -> str:
        """Of a stack that runs from a copy of its file, what the copy has in place of what is encrypted."""
        return "" if project.is_local(self._workspace) else project.replaced(self._workspace)

    def start(self) -> None:
        """Starts the cluster; cheap when it runs."""
        self._cluster.start(self._pools)
        # Only now: a kind that could not be started must not be what the next command finds.
        self._workspace.cluster_kind.write_text(_KIND if self.runs_containers else _EMBEDDED)

    def project(self) -> Path:
        """The project itself if the stack's secrets are local, else a copy."""
        return self._workspace.root if project.is_local(self._workspace) else project.copy(self._workspace)

    def lift_protection(self, resources: Collection[tuple[str, str]]) -> bool:  # noqa: ARG002 - as on any platform
        """False: here a stack protects only what its program says, for its own reasons."""
        return False

    def is_empty(self) -> bool:
        """False: a cluster and its state are deleted together, and what is missing in one, Pulumi finds."""
        return False

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The inherited one with the cluster's kubeconfig, and where nodes have the project: played ones, in name."""
        return {**inherited, SOURCES_VARIABLE: SOURCES, "KUBECONFIG": str(self._cluster.kubeconfig)}

    def clusters(self) -> list[ClusterPlace]:
        """The one, started or not."""
        return [ClusterPlace(self._workspace.stack, self._workspace.cluster, self._cluster.kubeconfig)]

    def stop(self) -> None:
        """Stops the cluster and keeps what it stored."""
        self._cluster.stop()

    def retain(self, resources: Collection[tuple[str, str]]) -> None:
        """Does nothing: what is in the cluster goes with it."""

    def dispose(self) -> list[str]:
        """Deletes the cluster and the state: nothing of the stack is left."""
        self.delete()
        return []

    def delete(self) -> None:
        """Deletes the cluster and what described it."""
        self._cluster.delete()
        places = self._workspace
        places.forget(places.cluster, places.cluster_kind, places.state, places.project)


def choose_cluster(workspace: Workspace, programs: Toolchain) -> Cluster:
    """The stack's cluster, of the kind it is already of, else of the kind that ``LOCALCLOUD_CLUSTER`` names.

    Args:
        workspace: Whose cluster.
        programs: What a cluster is started with; stopping one takes none.

    Raises:
        LocalCloudError: The setting names no kind, or another than the stack's cluster is of.
    """
    wanted = os.environ.get(_CLUSTER_SETTING)
    present = workspace.cluster_kind.read_text().strip() if workspace.cluster_kind.exists() else None
    present = present if present in (_EMBEDDED, _KIND) else None
    if wanted not in (None, "", _EMBEDDED, _KIND):
        raise LocalCloudError(
            f"{_CLUSTER_SETTING}={wanted} names no kind of cluster.",
            "Nothing was started.",
            f"Set it to {_EMBEDDED} or {_KIND}, or leave it out ({_EMBEDDED} is the default).",
        )
    if wanted and present and wanted != present:
        raise LocalCloudError(
            f"{_CLUSTER_SETTING}={wanted}, but the stack {workspace.stack} is on its {present} cluster.",
            "Its resources would have been left there.",
            f"Run `make down STACK={workspace.stack}` without the setting first.",
        )
    if (present or wanted) == _KIND:
        # kind's names are one for the whole machine, and another clone has a cluster of its own.
        clone = hashlib.sha256(str(workspace.root).encode()).hexdigest()[:8]
        name = f"web-platform-{workspace.stack}-{clone}"
        return KindCluster(name, workspace.cluster, programs, workspace.root)
    return EmbeddedCluster(workspace.stack, workspace.cluster, programs)
