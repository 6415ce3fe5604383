"""The embedded cluster: etcd, API server, controller manager and scheduler as they are, and kwok in place of kubelets.

What it is: the real admission, validation, RBAC, scheduling and controllers of Kubernetes. What it is not: no container
runs. Hence two differences from a cloud's control plane, both here: admission webhooks are off, since nobody could
answer them, and kwok's stages (``stages/``) say of pods, addresses and volumes what kubelets and a cloud would.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import filelock
import yaml

from localcloud import console
from localcloud.cluster import NodePool, files, kubeconfig, nodes, ports
from localcloud.cluster.pki import Pki
from localcloud.cluster.processes import Processes, wait_until
from localcloud.errors import LocalCloudError
from localcloud.toolchain import Toolchain

_HERE = Path(__file__).parent
_SERVICE_CIDR = "10.96.0.0/16"
_SERVERS = ("etcd", "kube-apiserver")
_CLIENTS = ("kube-controller-manager", "kube-scheduler", "kwok")
_PARTS = _SERVERS + _CLIENTS
_READY_WITHIN = 60.0
_TIMEOUT = "--request-timeout=10s"
_API_PORT_SETTING = "LOCALCLOUD_API_PORT"


class EmbeddedCluster:
    """The control plane whose files are all in `directory`.

    Args:
        name: The cluster's name in kubeconfigs.
        directory: Where everything of it is kept.
        toolchain: The programs to run.
    """

    runs_containers = False

    def __init__(self, name: str, directory: Path, toolchain: Toolchain) -> None:
        self.name = name
        self.directory = directory
        self.kubeconfig = directory / "kubeconfig"
        self._toolchain = toolchain
        self._pki = Pki(directory / "pki")
        self._processes = Processes(directory)

    def start(self, pool: NodePool) -> None:
        """Starts what does not run and waits until the nodes are ready.

        Raises:
            LocalCloudError: A part does not start, or the port that was asked for is taken.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self.directory / "lock"):
            running = self._processes.running()
            if "kube-apiserver" in running:
                self._refuse_another_port()
            lost = [part for part in _PARTS if part not in running]
            # Alive but mute: a hung server is as good as a dead one.
            mute = [] if set(_SERVERS) & set(lost) or self._is_ready() else ["kube-apiserver (which does not answer)"]
            if running and (lost or mute):
                console.say(f"The cluster {self.name} has lost {', '.join(lost + mute)}; starting it again.")
            if mute or set(_SERVERS) & set(lost):
                self._start_all()
            else:
                for part in lost:
                    self._start_part(part)
            if not self._has(pool):
                self._set_up(pool)
                self._await("kwok", lambda: self._has(pool))

    def stop(self) -> None:
        """Ends every process; what is stored stays."""
        self._processes.stop(last="etcd")

    def delete(self) -> None:
        """Stops the cluster and forgets what it stored."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _start_all(self) -> None:
        console.say(f"Starting the cluster {self.name} …")
        self._processes.stop(last="etcd")
        self._pki.ensure()
        server = f"https://127.0.0.1:{self._choose_ports()['kube-apiserver']}"
        for identity, file in self._kubeconfigs().items():
            kubeconfig.write(file, self.name, server, self._pki, identity)
        for part in _SERVERS:  # These two find each other by themselves.
            self._start_part(part)
        self._await("kube-apiserver", self._is_ready)
        for part in _CLIENTS:
            self._start_part(part)

    def _start_part(self, part: str) -> None:
        self._processes.start(part, self._commands(self._ports())[part])

    @property
    def _ports_file(self) -> Path:
        return self.directory / "ports.json"

    def _ports(self) -> dict[str, int]:
        """The ports of the servers, empty before they were first started."""
        ports_of: dict[str, int] = json.loads(self._ports_file.read_text()) if self._ports_file.exists() else {}
        return ports_of

    def _choose_ports(self) -> dict[str, int]:
        """Ports for the servers: the former ones where they are free, so that a kubeconfig once given stays good."""
        former = self._ports()
        chosen = {
            use: former[use] if use in former and ports.is_free(former[use]) else ports.free()
            for use in (*_SERVERS, "etcd-peer")
        }
        if wanted := os.environ.get(_API_PORT_SETTING):
            chosen["kube-apiserver"] = ports.require(wanted, _API_PORT_SETTING)
        files.write(self._ports_file, json.dumps(chosen).encode())
        return chosen

    def _refuse_another_port(self) -> None:
        wanted, present = os.environ.get(_API_PORT_SETTING), str(self._ports()["kube-apiserver"])
        if wanted and wanted != present:
            raise LocalCloudError(
                f"{_API_PORT_SETTING}={wanted}, but the API server of {self.name} listens on {present} already.",
                "The setting would have been ignored.",
                f"Stop the cluster first (`make stop STACK={self.name}`), or leave {_API_PORT_SETTING} out.",
            )

    def _kubeconfigs(self) -> dict[str, Path]:
        own = {part: self.directory / f"{part}.kubeconfig" for part in _CLIENTS}
        return own | {"admin": self.kubeconfig}

    def _commands(self, port: Mapping[str, int]) -> dict[str, list[str | Path]]:
        pki, own = self._pki, self._kubeconfigs()
        etcd = f"https://127.0.0.1:{port['etcd']}"
        peer = f"https://127.0.0.1:{port['etcd-peer']}"
        return {
            "etcd": [
                self._toolchain["etcd"],
                f"--data-dir={self.directory / 'etcd'}",
                f"--listen-client-urls={etcd}",
                f"--advertise-client-urls={etcd}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster=default={peer}",
                *(f"--{prefix}cert-file={pki.certificate('etcd')}" for prefix in ("", "peer-")),
                *(f"--{prefix}key-file={pki.key('etcd')}" for prefix in ("", "peer-")),
                *(f"--{prefix}trusted-ca-file={pki.ca}" for prefix in ("", "peer-")),
                *(f"--{prefix}client-cert-auth" for prefix in ("", "peer-")),
                # A machine's crash may cost the last second of a cluster that is remade with one command.
                "--unsafe-no-fsync",
                "--logger=zap",
                "--log-level=warn",
            ],
            "kube-apiserver": [
                self._toolchain["kube-apiserver"],
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                f"--secure-port={port['kube-apiserver']}",
                f"--tls-cert-file={pki.certificate('kube-apiserver')}",
                f"--tls-private-key-file={pki.key('kube-apiserver')}",
                f"--client-ca-file={pki.ca}",
                f"--etcd-servers={etcd}",
                f"--etcd-cafile={pki.ca}",
                f"--etcd-certfile={pki.certificate('etcd-client')}",
                f"--etcd-keyfile={pki.key('etcd-client')}",
                "--authorization-mode=RBAC",
                "--anonymous-auth=false",
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-key-file={pki.service_account_key}",
                f"--service-account-signing-key-file={pki.service_account_key}",
                f"--service-cluster-ip-range={_SERVICE_CIDR}",
                # 127.0.0.1 would be the endpoint of the Service `kubernetes`, which the API server refuses.
                "--endpoint-reconciler-type=none",
                "--disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook",
                "--allow-privileged=true",  # As on GKE; Pod Security is what forbids it, namespace by namespace.
                "--profiling=false",
            ],
            "kube-controller-manager": [
                self._toolchain["kube-controller-manager"],
                f"--kubeconfig={own['kube-controller-manager']}",
                f"--root-ca-file={pki.ca}",
                f"--cluster-signing-cert-file={pki.ca}",
                f"--cluster-signing-key-file={pki.ca_key}",
                f"--service-account-private-key-file={pki.service_account_key}",
                "--use-service-account-credentials",
                "--leader-elect=false",
                "--secure-port=0",
                "--kube-api-qps=200",
                "--kube-api-burst=400",
                "--profiling=false",
            ],
            "kube-scheduler": [
                self._toolchain["kube-scheduler"],
                f"--kubeconfig={own['kube-scheduler']}",
                "--leader-elect=false",
                "--secure-port=0",
                "--kube-api-qps=200",
                "--kube-api-burst=400",
                "--profiling=false",
            ],
            "kwok": [
                self._toolchain["kwok"],
                f"--kubeconfig={own['kwok']}",
                "--manage-all-nodes=true",
                "--node-ip=127.0.0.1",
                # Without leases the controller manager takes the nodes for lost after 40 s.
                "--node-lease-duration-seconds=40",
                *(f"--config={stages}" for stages in sorted((_HERE / "stages").glob("*.yaml"))),
            ],
        }

    def _set_up(self, pool: NodePool) -> None:
        """Gives the cluster its nodes and storage classes, and takes away nodes that it should not have."""
        wanted = nodes.manifests(pool)
        # The nodes last: `_has` looks at them, and what an interrupted run left out must not be missed for ever.
        objects = [*_documents(_HERE / "manifests"), *wanted]
        for arguments, manifests in (((), objects), (("--subresource=status",), wanted)):
            self._kubectl(
                *("apply", "--server-side", "--force-conflicts", "-f", "-", *arguments),
                stdin=yaml.safe_dump_all(manifests),
            )
        names = {f"node/{manifest['metadata']['name']}" for manifest in wanted}
        surplus = set(self._kubectl("get", "nodes", "-o", "name").split()) - names
        if surplus:
            self._kubectl("delete", "--wait=false", *sorted(surplus))

    def _has(self, pool: NodePool) -> bool:
        """Whether the cluster's nodes are those of `pool`, and ready."""
        present = json.loads(self._kubectl("get", "nodes", "-o", "json"))["items"]
        sizes = [node["metadata"]["labels"].get(nodes.SIZE_LABEL) for node in present]
        conditions = [condition for node in present for condition in node["status"].get("conditions", [])]
        ready = [condition for condition in conditions if (condition["type"], condition["status"]) == ("Ready", "True")]
        return sizes == [pool.machine.name] * pool.count and len(ready) == pool.count

    def _kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        answer = self._run_kubectl(arguments, stdin)
        if answer.returncode:
            raise LocalCloudError(
                f"The cluster {self.name} refused `kubectl {' '.join(arguments)}`:\n{answer.stderr.strip()}",
                "The cluster runs but is not set up.",
                f"See {self.directory / 'logs'}; `make clean` starts over.",
            )
        return answer.stdout

    def _is_ready(self) -> bool:
        return self._run_kubectl(["get", "--raw=/readyz"]).stdout == "ok"

    def _run_kubectl(self, arguments: Sequence[str], stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self._toolchain["kubectl"], f"--kubeconfig={self.kubeconfig}", *arguments, _TIMEOUT],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def _await(self, part: str, ready: Callable[[], bool]) -> None:
        def settled() -> bool:
            return ready() or part not in self._processes.running()

        if wait_until(settled, _READY_WITHIN) and ready():
            return
        log = self._processes.log(part)
        last = "\n".join(f"  {line}" for line in log.read_text(errors="replace").splitlines()[-8:])
        self.stop()
        raise LocalCloudError(
            f"{part} did not become ready. Its log {log} ends:\n{last}",
            "The cluster was stopped again; nothing of it runs.",
            "Run the same command again; if it fails again, `make clean` starts over with an empty cluster.",
        )


def _documents(directory: Path) -> list[dict[str, object]]:
    return [document for file in sorted(directory.glob("*.yaml")) for document in yaml.safe_load_all(file.read_text())]
