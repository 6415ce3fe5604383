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
_LINE = 160  # Of a log's line, what a screen shows without much wrapping.
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
            self._check_wanted_port("kube-apiserver" in running)
            lost = [part for part in _PARTS if part not in running]
            # Alive but mute: a hung server is as good as a dead one, and so is one of which nobody knows the port.
            answers = bool(self._ports()) and not set(_SERVERS) & set(lost) and self._is_ready()
            mute = [] if answers or set(_SERVERS) & set(lost) else ["kube-apiserver (which does not answer)"]
            if running and (lost or mute):
                console.say(f"The cluster {self.name} has lost {', '.join(lost + mute)}; starting it again.")
            if mute or set(_SERVERS) & set(lost):
                self._start_all()
            else:
                if "kwok" in lost:
                    self._release_nodes()
                for part in lost:
                    self._start_part(part)
            if not self._has(pool):
                self._set_up(pool)
                self._await(_CLIENTS, lambda: self._has(pool))

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
        self._await(_SERVERS, self._is_ready)
        self._release_nodes()
        for part in _CLIENTS:
            self._start_part(part)

    def _release_nodes(self) -> None:
        """Each kwok holds the nodes' leases under a name of its own, and would wait for its predecessor's to end."""
        self._kubectl("delete", "leases", "--all", "--namespace=kube-node-lease", "--ignore-not-found")

    def _start_part(self, part: str) -> None:
        self._processes.start(part, self._commands(self._ports())[part])

    @property
    def _ports_file(self) -> Path:
        return self.directory / "ports.json"

    def _ports(self) -> dict[str, int]:
        """The ports of the servers; empty before they were first started, or where the file was lost or damaged."""
        try:
            noted = json.loads(self._ports_file.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return noted if isinstance(noted, dict) and set(noted) == {*_SERVERS, "etcd-peer"} else {}

    def _choose_ports(self) -> dict[str, int]:
        """Ports for the servers: the former ones where they are free, so that a kubeconfig once given stays good."""
        former = self._ports()
        chosen = {
            use: former[use] if use in former and ports.is_free(former[use]) else ports.free()
            for use in (*_SERVERS, "etcd-peer")
        }
        if wanted := os.environ.get(_API_PORT_SETTING):
            chosen["kube-apiserver"] = ports.number(wanted, _API_PORT_SETTING)
        files.write(self._ports_file, json.dumps(chosen).encode())
        return chosen

    def _check_wanted_port(self, running: bool) -> None:
        """Refuses, before anything is started or stopped, a port that cannot be had.

        Raises:
            LocalCloudError: It is no port, another program has it, or the running API server has another one.
        """
        wanted = os.environ.get(_API_PORT_SETTING)
        present = self._ports().get("kube-apiserver")
        if not wanted or (running and present == ports.number(wanted, _API_PORT_SETTING)):
            return
        if running and present:
            raise LocalCloudError(
                f"{_API_PORT_SETTING}={wanted}, but the API server of {self.name} listens on {present} already.",
                "The setting would have been ignored.",
                f"Stop the cluster first (`make stop STACK={self.name}`), or leave {_API_PORT_SETTING} out.",
            )
        ports.require(wanted, _API_PORT_SETTING)

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

    def _await(self, parts: Sequence[str], ready: Callable[[], bool]) -> None:
        """Waits for what `parts` have to bring about, as long as they live.

        Raises:
            LocalCloudError: One of them ended, or it took too long; the log of the one to blame is shown.
        """

        def ended() -> list[str]:
            running = self._processes.running()
            return [part for part in parts if part not in running]

        if wait_until(lambda: ready() or bool(ended()), _READY_WITHIN) and ready():
            return
        part = (ended() or parts[-1:])[0]
        log = self._processes.log(part)
        lines = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
        last = "\n".join(f"  {line[:_LINE]}" for line in lines)
        self.stop()
        raise LocalCloudError(
            f"{part} did not become ready. Its log {log} ends:\n{last}",
            "The cluster was stopped again; nothing of it runs.",
            f"Run the same command again; if it fails again, `make down STACK={self.name}` forgets this cluster.",
        )


def _documents(directory: Path) -> list[dict[str, object]]:
    return [document for file in sorted(directory.glob("*.yaml")) for document in yaml.safe_load_all(file.read_text())]
