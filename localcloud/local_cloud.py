"""The local cloud of one stack: programs, plugins, charts and a cluster, and the environment that leads to them."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud import charts, plugins, project, toolchain
from localcloud.cluster import Cluster, NodePool
from localcloud.cluster.embedded import EmbeddedCluster
from localcloud.cluster.kind import KindCluster
from localcloud.errors import LocalCloudError
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace

_CLUSTER_SETTING = "LOCALCLOUD_CLUSTER"
_KINDS = ("embedded", "kind")

# What would lead a program to the user's own clouds, clusters and accounts, which are not this stack's.
_NOT_INHERITED = ("PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_CONFIG", "PULUMI_STACK")


@dataclass(frozen=True)
class LocalCloud:
    """An open local cloud: everything is in place, the cluster runs.

    Attributes:
        workspace: Where its things are.
        cluster: Its cluster.
        programs: Where its programs are.
    """

    workspace: Workspace
    cluster: Cluster
    programs: Toolchain

    @classmethod
    def open(cls, workspace: Workspace, pool: NodePool) -> "LocalCloud":
        """Makes whatever is missing and starts the cluster; cheap when nothing is.

        Raises:
            LocalCloudError: Something of it cannot be had; what, and what to do.
        """
        programs = toolchain.ensure()
        _link_programs(workspace, programs)
        plugins.install(workspace.pulumi_home, Path(sys.executable))
        provider = "pulumi-resource-kubernetes"
        plugins.link(workspace.pulumi_home, "kubernetes", toolchain.version(provider), programs[provider])
        charts.assemble(workspace.charts)
        cluster = choose_cluster(workspace, programs)
        cluster.start(pool)
        return cls(workspace, cluster, programs)

    @property
    def project(self) -> Path:
        """Where Pulumi finds the stack's project."""
        return project.directory(self.workspace)

    def environment(self) -> dict[str, str]:
        """The environment in which plain ``pulumi``, ``kubectl`` and ``helm`` work on this stack."""
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        self.workspace.state.mkdir(parents=True, exist_ok=True)
        own = {
            "PATH": os.pathsep.join([str(self.workspace.programs), os.environ.get("PATH", os.defpath)]),
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "PULUMI_HOME": str(self.workspace.pulumi_home),
            "PULUMI_BACKEND_URL": f"file://{self.workspace.state}",
            "PULUMI_CONFIG_PASSPHRASE": project.PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # All plugins are here; one that is not should be an error at once, not a download that is waited for.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # What PATH holds is another version, or the same with a warning at each use.
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        }
        if not self.cluster.runs_containers:
            own["WEB_PLATFORM_CHART_DIRECTORY"] = str(self.workspace.charts)
        return inherited | own

    def run(self, command: Sequence[str | Path], directory: Path | None = None) -> int:
        """Runs `command` in the foreground with this environment; gives its exit code."""
        return run_in_foreground(command, directory or self.project, self.environment())


def choose_cluster(workspace: Workspace, programs: Toolchain) -> Cluster:
    """The stack's cluster, of the kind it is already of, else of the kind that ``LOCALCLOUD_CLUSTER`` names.

    Args:
        workspace: Whose cluster.
        programs: What an embedded cluster is started with; stopping one takes none.

    Raises:
        LocalCloudError: The setting names no kind, or another than the stack's cluster is of.
    """
    record = workspace.directory / "cluster-kind"
    wanted = os.environ.get(_CLUSTER_SETTING)
    present = record.read_text() if record.exists() else None
    if wanted and wanted not in _KINDS:
        raise LocalCloudError(
            f"{_CLUSTER_SETTING}={wanted} names no kind of cluster.",
            "Nothing was started.",
            f"Set it to {' or '.join(_KINDS)}, or leave it out ({_KINDS[0]} is the default).",
        )
    if wanted and present and wanted != present:
        raise LocalCloudError(
            f"{_CLUSTER_SETTING}={wanted}, but the stack {workspace.stack} is on its {present} cluster.",
            "Its resources would have been left there.",
            f"Run `make down STACK={workspace.stack}` without the setting first.",
        )
    kind = present or wanted or _KINDS[0]
    workspace.directory.mkdir(parents=True, exist_ok=True)
    record.write_text(kind)
    if kind == "kind":
        return KindCluster(f"web-platform-{workspace.stack}", workspace.cluster)
    return EmbeddedCluster(workspace.stack, workspace.cluster, programs)


def run_in_foreground(command: Sequence[str | Path], directory: Path, environment: Mapping[str, str]) -> int:
    """Runs `command` on this terminal. An interrupt reaches it from the terminal too, and is its to answer."""
    with subprocess.Popen(command, cwd=directory, env=environment) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def _link_programs(workspace: Workspace, programs: Toolchain) -> None:
    workspace.programs.mkdir(parents=True, exist_ok=True)
    for name in ("pulumi", "kubectl", "helm"):
        link = workspace.programs / name
        if not (link.is_symlink() and link.readlink() == programs[name]):
            link.unlink(missing_ok=True)
            link.symlink_to(programs[name])
