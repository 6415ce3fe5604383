"""A kind cluster: real containers, where Docker and kind are to be had.

kind has no load balancers. kwok, which the embedded cluster plays nodes with, gives Services the address of a node
instead: there kube-proxy passes on what arrives for a Service's port.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import yaml

from localcloud import console
from localcloud.cluster import NodePool, files
from localcloud.cluster.processes import Processes
from localcloud.errors import LocalCloudError
from localcloud.toolchain import Toolchain

SOURCES = "/sources"
"""Where nodes have the folder of sources."""

_ADDRESSES = Path(__file__).parent / "stages" / "addresses.yaml"
_PLAYED_ADDRESS = "203.0.113.1"
_NODE_ADDRESS = "jsonpath={.items[0].status.addresses[?(@.type=='InternalIP')].address}"


class KindCluster:
    """The kind cluster `name`, whose files are in `directory`. Its nodes' size is the machine's own.

    Args:
        name: The cluster's name, which is one for the whole machine.
        directory: Where its kubeconfig and the log of its load balancers are kept.
        programs: The toolchain, of which kubectl and kwok are used.
        sources: The folder that every node has as `SOURCES`, where pods may run what is being written.
    """

    runs_containers = True

    def __init__(self, name: str, directory: Path, programs: Toolchain, sources: Path) -> None:
        self.name = name
        self.kubeconfig = directory / "kubeconfig"
        self._directory = directory
        self._programs = programs
        self._sources = sources
        self._processes = Processes(directory)

    def start(self, pools: Sequence[NodePool]) -> None:
        """Creates the cluster, or wakes the one there is.

        Raises:
            LocalCloudError: Docker or kind is missing or fails.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        if self.name in _run("kind", "get", "clusters").split():
            _run("docker", "start", *self._nodes())
            _run("kind", "export", "kubeconfig", "--name", self.name, "--kubeconfig", str(self.kubeconfig))
        else:
            console.say(f"Creating the kind cluster {self.name} with {_workers(pools)} worker nodes …")
            _run(
                *("kind", "create", "cluster", "--name", self.name, "--kubeconfig", str(self.kubeconfig)),
                *("--wait", "120s", "--config", "-"),
                stdin=configuration(pools, self._sources),
            )
        self.kubeconfig.chmod(0o600)
        if "kwok" not in self._processes.running():
            self._give_addresses()

    def stop(self) -> None:
        """Stops the nodes; what they stored stays."""
        self._processes.stop(last="kwok")
        _run("docker", "stop", *self._nodes())

    def delete(self) -> None:
        """Deletes the cluster, if there is one."""
        self._processes.stop(last="kwok")
        _run("kind", "delete", "cluster", "--name", self.name, "--kubeconfig", str(self.kubeconfig))

    def _nodes(self) -> list[str]:
        return _run("kind", "get", "nodes", "--name", self.name).split()

    def _give_addresses(self) -> None:
        kubectl = [str(self._programs["kubectl"]), f"--kubeconfig={self.kubeconfig}"]
        address = _run(*kubectl, "get", "nodes", "-o", _NODE_ADDRESS)
        stages = self._directory / "addresses.yaml"
        files.write(stages, _ADDRESSES.read_text().replace(_PLAYED_ADDRESS, address).encode())
        kwok: list[str | Path] = [self._programs["kwok"], f"--kubeconfig={self.kubeconfig}", f"--config={stages}"]
        self._processes.start("kwok", [*kwok, "--manage-nodes-with-label-selector=localcloud/played=true"])


def configuration(pools: Sequence[NodePool], sources: Path) -> str:
    """The cluster's description as kind takes it."""
    roles = ["control-plane", *["worker"] * _workers(pools)]

    def node(role: str) -> dict[str, object]:
        shared = {"hostPath": str(sources), "containerPath": SOURCES, "readOnly": True}
        return {"role": role, "extraMounts": [shared]}

    description = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "nodes": [node(role) for role in roles],
    }
    return yaml.safe_dump(description, sort_keys=False)


def _workers(pools: Sequence[NodePool]) -> int:
    return sum(pool.count * len(pool.zones) for pool in pools)


def _run(*command: str, stdin: str | None = None) -> str:
    for program in ("docker", "kind"):
        if not shutil.which(program):
            raise LocalCloudError(
                f"LOCALCLOUD_CLUSTER=kind, and there is no {program} on PATH.",
                "A kind cluster's nodes are Docker containers; nothing was started.",
                "Install Docker and kind (https://kind.sigs.k8s.io), or leave LOCALCLOUD_CLUSTER out to use the "
                "embedded cluster.",
            )
    answer = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise LocalCloudError(
            f"`{' '.join(command)}` failed:\n{answer.stderr.strip()}",
            "There is no cluster to work on.",
            "See that `docker info` answers, then run the same command again.",
        )
    return answer.stdout
