"""The embedded cluster: etcd, API server, controller manager and scheduler as they are, and kwok in place of kubelets.

What it is: the real admission, validation, RBAC, scheduling and controllers of Kubernetes. What it is not: no container
runs. Hence three differences from a cloud's control plane, all here: admission webhooks are off, since nobody could
answer them; kwok's stages (``stages/``) say of pods, addresses and volumes what kubelets and a cloud would; and
cert-manager's controller, without which nobody has certificates, runs beside the control plane.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import filelock
import yaml

from localcloud import console
from localcloud.cluster import NodePool, files, kubeconfig, nodes, ports
from localcloud.cluster.pki import Authority, Pki
from localcloud.cluster.processes import Processes, wait_until
from localcloud.errors import LocalCloudError
from localcloud.toolchain import Toolchain

_HERE = Path(__file__).parent
_SERVICE_CIDR = "10.96.0.0/16"
_SERVERS = ("etcd", "kube-apiserver")
_CLIENTS = ("kube-controller-manager", "kube-scheduler", "cert-manager-controller", "kwok")
_PARTS = _SERVERS + _CLIENTS
_READY_WITHIN = 60.0
# GKE waits up to an hour for disruption budgets; whoever rehearses should not.
# https://cloud.google.com/kubernetes-engine/docs/concepts/node-pool-upgrade-strategies
_DRAINED_WITHIN = 60
_PLACED_WITHIN = 10.0
_LINE = 160  # Of a log's line, what a screen shows without much wrapping.
_TIMEOUT = "--request-timeout=10s"


class EmbeddedCluster:
    """The control plane whose files are all in `directory`.

    Args:
        name: The cluster's name in kubeconfigs.
        directory: Where everything of it is kept.
        toolchain: The programs to run.
        authority: Who signs its certificates. Default: one of its own.
        stack: The stack that commands in error messages name. Default: the cluster's name.
        down: The ``make`` target that forgets the stack, for error messages.
    """

    runs_containers = False

    def __init__(
        self,
        name: str,
        directory: Path,
        toolchain: Toolchain,
        authority: Authority | None = None,
        stack: str | None = None,
        down: str = "down",
    ) -> None:
        self.name = name
        self.directory = directory
        self.kubeconfig = directory / "kubeconfig"
        self._toolchain = toolchain
        self._stack, self._down = stack or name, down
        self._pki = Pki(directory / "pki", authority)
        self._processes = Processes(directory)

    @property
    def server(self) -> str:
        """Where the API server listens, as ``127.0.0.1:<port>``, once it was started."""
        return f"127.0.0.1:{self._ports()['kube-apiserver']}"

    @property
    def ca(self) -> Path:
        """The certificate of the authority that clients have to trust."""
        return self._pki.ca

    def start(self, pools: Sequence[NodePool]) -> None:
        """Starts what does not run, and waits until the nodes of `pools` are ready; without any, until the parts run.

        Nodes beyond those of `pools` are taken away as if their machines had broken.

        Raises:
            LocalCloudError: A part does not start, or the port that was asked for is taken.
        """
        wanted = nodes.manifests(pools)
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._alone():
            running = self._processes.running()
            self._check_wanted_port("kube-apiserver" in running)
            lost = [part for part in _PARTS if part not in running]
            # Alive but mute: a hung server is as good as a dead one, and so is one of which nobody knows the port.
            answers = bool(self._ports()) and not set(_SERVERS) & set(lost) and self._answers()
            mute = [] if answers or set(_SERVERS) & set(lost) else ["kube-apiserver (which does not answer)"]
            if running and (lost or mute):
                console.say(f"The cluster {self.name} has lost {', '.join(lost + mute)}; starting it again.")
            if mute or set(_SERVERS) & set(lost) or not self._is_complete():
                self._start_all()
            else:
                if "kwok" in lost:
                    self._release_nodes()
                for part in lost:
                    self._start_part(part)
            if not self._has(wanted):
                self._set_up(wanted)
                self._remove(self._surplus(wanted))
                self._await(_CLIENTS, lambda: self._has(wanted) and self._controllers_work())

    def set_pools(self, pools: Sequence[NodePool], respect_budgets: bool = True) -> None:
        """Gives the running cluster the nodes of `pools`: new ones first, then pods leave those that have to go.

        Args:
            pools: Every pool that the cluster shall have.
            respect_budgets: Whether pods leave a node only as their disruption budgets allow.

        Raises:
            LocalCloudError: A part of the cluster does not run, or a node does not become ready.
        """
        wanted = nodes.manifests(pools)
        with self._alone():
            self._set_up(wanted)
            names = {manifest["metadata"]["name"] for manifest in wanted}
            self._await(_CLIENTS, lambda: names <= self._ready())
            if surplus := self._surplus(wanted):
                self._drain(surplus, respect_budgets)
                self._remove(surplus)
                # A pod that finds no room stays waiting, as it would in the cloud.
                wait_until(self._all_pods_placed, _PLACED_WITHIN)

    def stop(self) -> None:
        """Ends every process; what is stored stays."""
        self._processes.stop(last="etcd")

    def delete(self) -> None:
        """Stops the cluster and forgets what it stored."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _alone(self) -> filelock.BaseFileLock:
        """Held while the cluster is changed."""
        return filelock.FileLock(self.directory / "lock", mode=0o600)

    def _start_all(self) -> None:
        console.say(f"Starting the cluster {self.name} …")
        self._processes.stop(last="etcd")
        self._pki.ensure()
        server = f"https://127.0.0.1:{self._choose_ports()['kube-apiserver']}"
        for identity, file in self._kubeconfigs().items():
            kubeconfig.write(file, self.name, server, self._pki, identity)
        for part in _SERVERS:  # These two find each other by themselves.
            self._start_part(part)
        self._await(_SERVERS, self._answers)
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
        if wanted := os.environ.get(ports.SETTING):
            chosen["kube-apiserver"] = ports.number(wanted, ports.SETTING)
        files.write(self._ports_file, json.dumps(chosen).encode())
        return chosen

    def _check_wanted_port(self, running: bool) -> None:
        """Refuses, before anything is started or stopped, a port that cannot be had.

        Raises:
            LocalCloudError: It is no port, another program has it, or the running API server has another one.
        """
        wanted = os.environ.get(ports.SETTING)
        present = self._ports().get("kube-apiserver")
        if not wanted or (running and present == ports.number(wanted, ports.SETTING)):
            return
        if running and present:
            raise LocalCloudError(
                f"{ports.SETTING}={wanted}, but the API server of {self.name} listens on {present} already.",
                "The setting would have been ignored.",
                f"Stop the cluster first (`make stop STACK={self._stack}`), or leave {ports.SETTING} out.",
            )
        ports.require(wanted, ports.SETTING)

    def _is_complete(self) -> bool:
        """Whether each client has its kubeconfig; a cluster that an earlier version of this module started may not."""
        return all(file.exists() for file in self._kubeconfigs().values())

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
            "cert-manager-controller": [
                self._toolchain["cert-manager-controller"],
                f"--kubeconfig={own['cert-manager-controller']}",
            ],
        }

    def _set_up(self, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Gives the cluster its storage classes and nodes."""
        # The nodes last: `_has` looks at them, and what an interrupted run left out must not be missed for ever.
        self._apply([*_documents(_HERE / "manifests"), *wanted])
        if wanted:
            self._apply(wanted, "--subresource=status")

    def _apply(self, manifests: Sequence[Mapping[str, Any]], *arguments: str) -> None:
        self._kubectl(
            *("apply", "--server-side", "--force-conflicts", "-f", "-", *arguments),
            stdin=yaml.safe_dump_all(manifests),
        )

    def _surplus(self, wanted: Sequence[Mapping[str, Any]]) -> list[str]:
        """The names of the nodes that should not be there."""
        names = {manifest["metadata"]["name"] for manifest in wanted}
        return sorted(node["metadata"]["name"] for node in self._nodes() if node["metadata"]["name"] not in names)

    def _drain(self, surplus: Sequence[str], respect_budgets: bool) -> None:
        """Moves the pods of nodes away, at last by force."""
        command = ("drain", *surplus, "--ignore-daemonsets", "--delete-emptydir-data", "--force")
        if respect_budgets:
            answer = self._run_kubectl([*command, f"--timeout={_DRAINED_WITHIN}s"])
            if answer.returncode == 0:
                return
            console.say(
                f"Pods did not leave {', '.join(surplus)} within {_DRAINED_WITHIN} s, as their disruption budgets or "
                "finalizers forbade; they are removed now. GKE would have waited for up to an hour."
            )
        self._run_kubectl([*command, "--disable-eviction", "--grace-period=0", f"--timeout={_DRAINED_WITHIN}s"])

    def _remove(self, surplus: Sequence[str]) -> None:
        """Takes nodes away, and with them what still runs there: pods of daemon sets, at least."""
        if not surplus:
            return
        self._kubectl("delete", "nodes", *surplus)
        for name in surplus:
            left = ("pods", "--all-namespaces", f"--field-selector=spec.nodeName={name}")
            self._kubectl("delete", *left, "--force", "--grace-period=0", "--wait=false")

    def _has(self, wanted: Sequence[Mapping[str, Any]]) -> bool:
        """Whether the cluster is set up, with the nodes that are wanted, all ready, and no others."""
        answer = self._kubectl("get", "nodes,storageclasses,csidrivers", "-o", "json")
        present = {(each["kind"], each["metadata"]["name"]): each for each in json.loads(answer)["items"]}
        descriptions = {
            name: _description(each) if _is_ready(each) else None
            for (kind, name), each in present.items()
            if kind == "Node"
        }
        fixed = {(each["kind"], each["metadata"]["name"]) for each in _documents(_HERE / "manifests")}
        return fixed <= set(present) and descriptions == {
            each["metadata"]["name"]: _description(each) for each in wanted
        }

    def _controllers_work(self) -> bool:
        """Whether the controllers have made what pods cannot be without."""
        return self._run_kubectl(["get", "serviceaccount", "default", "--namespace=default"]).returncode == 0

    def _nodes(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = json.loads(self._kubectl("get", "nodes", "-o", "json"))["items"]
        return items

    def _ready(self) -> set[str]:
        return {node["metadata"]["name"] for node in self._nodes() if _is_ready(node)}

    def _all_pods_placed(self) -> bool:
        """Whether every pod has a node, or the scheduler has found that there is none for it."""
        waiting = self._kubectl(
            *("get", "pods", "--all-namespaces", "--field-selector=spec.nodeName=,status.phase=Pending", "-o", "json")
        )
        return all(_is_unschedulable(pod) for pod in json.loads(waiting)["items"])

    def _kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        answer = self._run_kubectl(arguments, stdin)
        if answer.returncode:
            raise LocalCloudError(
                f"The cluster {self.name} refused `kubectl {' '.join(arguments)}`:\n{answer.stderr.strip()}",
                "The cluster runs but is not set up.",
                f"See {self.directory / 'logs'}; `make clean` starts over.",
            )
        return answer.stdout

    def _answers(self) -> bool:
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
            "Run the same command again; if it fails again, "
            f"`make {self._down} STACK={self._stack}` forgets this cluster.",
        )


def _is_ready(node: Mapping[str, Any]) -> bool:
    return _has_condition(node, "Ready", "True")


def _is_unschedulable(pod: Mapping[str, Any]) -> bool:
    return _has_condition(pod, "PodScheduled", "False")


def _has_condition(item: Mapping[str, Any], kind: str, status: str) -> bool:
    conditions = item["status"].get("conditions", [])
    return any((condition["type"], condition["status"]) == (kind, status) for condition in conditions)


def _description(node: Mapping[str, Any]) -> object:
    return node["metadata"].get("annotations", {}).get(nodes.DESCRIPTION)


def _documents(directory: Path) -> list[dict[str, Any]]:
    return [document for file in sorted(directory.glob("*.yaml")) for document in yaml.safe_load_all(file.read_text())]
