"""The local cloud of one stack: programs, plugins, charts and a cluster, and the environment that leads to them."""

import hashlib
import os
import signal
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
_EMBEDDED, _KIND = "embedded", "kind"

# What would lead Pulumi to another stack's account, secrets or configuration.
_NOT_INHERITED = ("PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_CONFIG", "PULUMI_STACK")


@dataclass(frozen=True)
class LocalCloud:
    """An open local cloud: everything is in place, the cluster runs.

    Attributes:
        workspace: Where its things are.
        cluster: Its cluster.
        programs: Where its programs are.
        project: Where Pulumi finds the stack's project.
    """

    workspace: Workspace
    cluster: Cluster
    programs: Toolchain
    project: Path

    @classmethod
    def open(cls, workspace: Workspace, pool: NodePool) -> "LocalCloud":
        """Makes whatever is missing and starts the cluster; cheap when nothing is.

        Raises:
            LocalCloudError: Something of it cannot be had; what, and what to do.
        """
        programs = toolchain.ensure()
        workspace.home.mkdir(mode=0o700, exist_ok=True)
        _link_programs(workspace, programs)
        install_plugins(workspace.pulumi_home, programs)
        charts.assemble(workspace.charts)
        cluster = choose_cluster(workspace, programs)
        cluster.start(pool)
        # Only now: a kind that could not be started must not be what the next command finds.
        workspace.cluster_kind.write_text(_KIND if cluster.runs_containers else _EMBEDDED)
        return cls(workspace, cluster, programs, project.directory(workspace))

    def environment(self) -> dict[str, str]:
        """The environment in which plain ``pulumi``, ``kubectl`` and ``helm`` work on this stack."""
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        self.workspace.state.mkdir(parents=True, exist_ok=True)
        own = plugins.environment(self.workspace.pulumi_home, self.workspace.state) | {
            "PATH": os.pathsep.join([str(self.workspace.programs), os.environ.get("PATH", os.defpath)]),
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "PULUMI_CONFIG_PASSPHRASE": project.PASSPHRASE,
        }
        if not self.cluster.runs_containers:
            own["WEB_PLATFORM_CHART_DIRECTORY"] = str(self.workspace.charts)
        return inherited | own

    def run(self, command: Sequence[str | Path]) -> int:
        """Runs `command` where the project is, in the foreground, with this environment; gives its exit code."""
        return run_in_foreground(command, self.project, self.environment())


def install_plugins(pulumi_home: Path, programs: Toolchain) -> None:
    """Gives the engine that uses `pulumi_home` every plugin that the local cloud has."""
    plugins.install(pulumi_home, Path(sys.executable))
    provider = "pulumi-resource-kubernetes"
    plugins.link(pulumi_home, "kubernetes", toolchain.version(provider), programs[provider])


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
        return KindCluster(f"web-platform-{workspace.stack}-{clone}", workspace.cluster, programs)
    return EmbeddedCluster(workspace.stack, workspace.cluster, programs)


def run_in_foreground(command: Sequence[str | Path], directory: Path, environment: Mapping[str, str]) -> int:
    """Runs `command` on this terminal and gives its exit code.

    An interrupt reaches it from the terminal too, and is its to answer. Any other end of this process is passed on to
    it as one, and waited for: Pulumi then writes down what it has done.
    """
    process = subprocess.Popen(command, cwd=directory, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
        except BaseException:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise


def _link_programs(workspace: Workspace, programs: Toolchain) -> None:
    workspace.programs.mkdir(parents=True, exist_ok=True)
    for name in ("pulumi", "kubectl", "helm"):
        link = workspace.programs / name
        if not (link.is_symlink() and link.readlink() == programs[name]):
            link.unlink(missing_ok=True)
            link.symlink_to(programs[name])
