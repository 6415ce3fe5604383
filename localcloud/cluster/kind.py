"""A kind cluster: real containers, where Docker and kind are to be had."""

import shutil
import subprocess
from pathlib import Path

import yaml

from localcloud import console
from localcloud.cluster import NodePool
from localcloud.errors import LocalCloudError


class KindCluster:
    """The kind cluster `name`. Its nodes are containers of this machine, so their size is the machine's own."""

    runs_containers = True

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.kubeconfig = directory / "kubeconfig"

    def start(self, pool: NodePool) -> None:
        """Creates the cluster, or finds the running one.

        Raises:
            LocalCloudError: Docker or kind is missing, or kind fails.
        """
        self.kubeconfig.parent.mkdir(parents=True, exist_ok=True)
        if self.name in self._kind("get", "clusters").split():
            self._kind("export", "kubeconfig", "--name", self.name, "--kubeconfig", str(self.kubeconfig))
        else:
            console.say(f"Creating the kind cluster {self.name} with {pool.count} worker nodes …")
            self._kind(
                *("create", "cluster", "--name", self.name, "--kubeconfig", str(self.kubeconfig)),
                *("--wait", "120s", "--config", "-"),
                stdin=configuration(pool),
            )
        self.kubeconfig.chmod(0o600)

    def stop(self) -> None:
        """Deletes the cluster: kind knows no stopped one."""
        self.delete()

    def delete(self) -> None:
        """Deletes the cluster, if there is one."""
        self._kind("delete", "cluster", "--name", self.name, "--kubeconfig", str(self.kubeconfig))

    def _kind(self, *arguments: str, stdin: str | None = None) -> str:
        for program in ("docker", "kind"):
            if not shutil.which(program):
                raise LocalCloudError(
                    f"LOCALCLOUD_CLUSTER=kind, and there is no {program} on PATH.",
                    "A kind cluster's nodes are Docker containers; nothing was started.",
                    "Install Docker and kind (https://kind.sigs.k8s.io), or leave LOCALCLOUD_CLUSTER out to use the "
                    "embedded cluster.",
                )
        answer = subprocess.run(["kind", *arguments], input=stdin, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise LocalCloudError(
                f"`kind {' '.join(arguments)}` failed:\n{answer.stderr.strip()}",
                "There is no cluster to work on.",
                "See that `docker info` answers, then run the same command again.",
            )
        return answer.stdout


def configuration(pool: NodePool) -> str:
    """The cluster's description as kind takes it."""
    roles = ["control-plane", *["worker"] * pool.count]
    description = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "nodes": [{"role": role} for role in roles],
    }
    return yaml.safe_dump(description, sort_keys=False)
