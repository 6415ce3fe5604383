"""A kind cluster: real containers, where Docker and kind are to be had.

kind has no load balancers. kwok, which the embedded cluster plays nodes with, gives Services the address of a node
instead: there kube-proxy passes on what arrives for a Service's port, to pods of any node.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import yaml

from localcloud import console
from localcloud.cluster import NodePool, files
from localcloud.cluster.processes import Processes, wait_until
from localcloud.errors import LocalCloudError
from localcloud.toolchain import Toolchain

SOURCES = "/sources"
"""Where nodes have the folder of sources."""

RELEASE = "v0.33.0"
"""The release of kind that the nodes' image was made for; an older kind may not know how to start it."""

# Of the toolchain's minor release of Kubernetes, whose kubectl serves no distant one. Left to itself, kind takes
# the newest that it knows. Its release notes list the images that were made for it, and say to name them by digest.
# renovate: datasource=docker depName=kindest/node
NODE_IMAGE = "kindest/node:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0"

_STAGES = Path(__file__).parent / "stages"
_ADDRESSES, _CONNECTIONS = _STAGES / "addresses.yaml", _STAGES / "kind" / "connections.yaml"
_PLAYED_ADDRESS = "203.0.113.1"
_NODE_ADDRESS = "jsonpath={.items[0].status.addresses[?(@.type=='InternalIP')].address}"

# What kind takes for a name; it makes names of hosts by adding to it, and these end at 64.
_NAME = re.compile(r"[a-z0-9.-]{1,50}")

# Nodes that were stopped, until their API server answers again.
_AWAKE_WITHIN = 120.0


class KindCluster:
    """The kind cluster `name`, whose files are in `directory`. Its nodes' size is the machine's own.

    Args:
        name: The cluster's name, which is one for the whole machine. One that kind refuses is replaced by another.
        directory: Where its kubeconfig and the log of its load balancers are kept.
        programs: The toolchain, of which kubectl and kwok are used.
        sources: The folder that every node has as `SOURCES`, where pods may run what is being written.
    """

    runs_containers = True

    def __init__(self, name: str, directory: Path, programs: Toolchain, sources: Path) -> None:
        self.name = _accepted(name)
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
        exists = self.name in _run("kind", "get", "clusters").split()
        if exists and not self.kubeconfig.exists():
            # It is the last thing that kind makes. Where our files were removed, so was the state that described it.
            console.say(f"The kind cluster {self.name} was left unfinished; making it anew.")
            self.delete()
            exists = False
        if exists:
            self._wake()
        else:
            self._create(pools)
        self.kubeconfig.chmod(0o600)
        if "kwok" not in self._processes.running():
            self._give_addresses()

    def stop(self) -> None:
        """Stops the nodes; what they stored stays."""
        self._processes.stop(last="kwok")
        if nodes := self._nodes():
            _run("docker", "stop", *nodes)

    def delete(self) -> None:
        """Deletes the cluster, if there is one."""
        self._processes.stop(last="kwok")
        _run("kind", "delete", "cluster", "--name", self.name, "--kubeconfig", str(self.kubeconfig))

    def _create(self, pools: Sequence[NodePool]) -> None:
        console.say(f"Creating the kind cluster {self.name} with {_workers(pools)} worker nodes …")
        self.kubeconfig.unlink(missing_ok=True)  # What is left of another says nothing of this one.
        _run(
            *("kind", "create", "cluster", "--name", self.name, "--kubeconfig", str(self.kubeconfig)),
            *("--wait", "120s", "--config", "-"),
            stdin=configuration(pools, self._sources),
        )

    def _wake(self) -> None:
        _run("docker", "start", *self._nodes())
        _run("kind", "export", "kubeconfig", "--name", self.name, "--kubeconfig", str(self.kubeconfig))
        if not wait_until(self._answers, _AWAKE_WITHIN, every=0.5):
            raise LocalCloudError(
                f"The kind cluster {self.name} was started, and its API server does not answer.",
                "There is no cluster to work on.",
                f"See what `docker logs {self.name}-control-plane` says; `make down` deletes the cluster.",
            )

    def _answers(self) -> bool:
        answer = subprocess.run([*self._kubectl(), "get", "--raw=/readyz"], capture_output=True, check=False)
        return answer.returncode == 0

    def _kubectl(self) -> list[str]:
        return [str(self._programs["kubectl"]), f"--kubeconfig={self.kubeconfig}", "--request-timeout=10s"]

    def _nodes(self) -> list[str]:
        return _run("kind", "get", "nodes", "--name", self.name).split()

    def _give_addresses(self) -> None:
        address = _run(*self._kubectl(), "get", "nodes", "-o", _NODE_ADDRESS)
        stages = self._directory / "addresses.yaml"
        files.write(stages, _ADDRESSES.read_text().replace(_PLAYED_ADDRESS, address).encode())
        kwok: list[str | Path] = [self._programs["kwok"], f"--kubeconfig={self.kubeconfig}"]
        kwok += [f"--config={file}" for file in (stages, _CONNECTIONS)]
        self._processes.start("kwok", [*kwok, "--manage-nodes-with-label-selector=localcloud/played=true"])


def configuration(pools: Sequence[NodePool], sources: Path) -> str:
    """The cluster's description as kind takes it."""
    roles = ["control-plane", *["worker"] * _workers(pools)]

    def node(role: str) -> dict[str, object]:
        shared = {"hostPath": str(sources), "containerPath": SOURCES, "readOnly": True}
        return {"role": role, "image": NODE_IMAGE, "extraMounts": [shared]}

    description = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "nodes": [node(role) for role in roles],
    }
    return yaml.safe_dump(description, sort_keys=False)


def _accepted(name: str) -> str:
    """The name, or where kind would refuse it, another that no other name leads to."""
    if _NAME.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{re.sub('[^a-z0-9.-]', '-', name.lower())[:41]}-{digest}"


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
    # Nodes are started and stopped by docker here, so kind must not make them of anything else.
    environment = os.environ | {"KIND_EXPERIMENTAL_PROVIDER": "docker"}
    answer = subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise LocalCloudError(
            f"`{' '.join(command)}` failed:\n{answer.stderr.strip()}",
            "There is no cluster to work on.",
            "See that `docker info` answers, then run the same command again.",
        )
    return answer.stdout
