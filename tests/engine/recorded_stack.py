"""Stacks as versions of the components left them, recorded so that later versions can be put to them.

Owns what of a deployment is kept, and how it is had again: objects in an API server, releases of Helm, resources in a
simulated Google Cloud, and the state of Pulumi that describes them. What no state holds is not had again: pods are made
anew, and of Secrets that controllers made nothing is known.

`.venv/bin/python -m tests.engine.recorded_stack` deploys ``recorded/every_component.py`` with the components as they
are, and records what is left of it under their version, with the program: part of each release. A program of a version
is changed afterwards only as everybody has to change theirs who takes on a later one.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from kubernetes import config as kubernetes_config
from kubernetes.dynamic import DynamicClient

from localcloud import plugins, toolchain
from localcloud.charts import assemble
from localcloud.cluster import NodePool
from localcloud.cluster.embedded import EmbeddedCluster
from localcloud.cluster.machine_types import machine_type
from localcloud.local_cloud import install_plugins
from localcloud.providers.google import DIRECTORY_VARIABLE, clusters
from localcloud.providers.google.kind import Resource
from localcloud.providers.google.store import Store
from surface import stacks
from surface.release import next_version

LATEST = "every_component"
"""The program that has every component as it is now."""

_POOLS = [NodePool(2, machine_type("e2-standard-2"))]
_CHARTS = "/where/charts/are"
"""What stands in a record for the directory that charts were in."""

# What says when, by whom and by which lines something was written; and in which order, which the program says too.
_TRACES = {"dependencies", "propertyDependencies"} | {
    "created",
    "modified",
    "managedFields",
    "sourcePosition",
    "stackTrace",
}

# How Pulumi marks a secret among values.
_SECRET = "4dabf18193072939515e22adb298388d"

_NAMESPACE, _RELEASE = "kubernetes:core/v1:Namespace", "kubernetes:helm.sh/v3:Release"
State = dict[str, Any]


class RecordedStack:
    """A place for one stack: a cluster, a simulated Google Cloud, charts, and a project of one program."""

    def __init__(self, directory: Path, cluster: EmbeddedCluster) -> None:
        self._directory = directory
        self._cluster = cluster
        self._programs = toolchain.ensure()
        self._charts = directory / "charts"
        self._google = directory / "google"
        self._project = directory / "project"
        for each in (self._google, self._project, directory / "state"):
            each.mkdir()
        assemble(self._charts)
        install_plugins(directory / "home", self._programs)

    @classmethod
    @contextmanager
    def place(cls, directory: Path) -> Iterator["RecordedStack"]:
        """An empty place in a directory."""
        cluster = EmbeddedCluster("recorded", directory / "cluster", toolchain.ensure())
        try:
            cluster.start(_POOLS)
            yield cls(directory, cluster)
        finally:
            for each in (cluster, *clusters.all_clusters(directory / "google")):
                each.delete()

    def pulumi(self, *arguments: str) -> str:
        """What a command says that succeeds."""
        done = subprocess.run(
            [self._programs["pulumi"], *arguments, "--non-interactive"],
            cwd=self._project,
            env=os.environ
            | plugins.environment(self._directory / "home", self._directory / "state")
            | {
                "GOOGLE_OAUTH_ACCESS_TOKEN": "recorded",
                "KUBECONFIG": str(self._cluster.kubeconfig),
                "PULUMI_CONFIG_PASSPHRASE": "recorded",
                DIRECTORY_VARIABLE: str(self._google),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def deploy(self, name: str) -> State:
        """Declares a program in the empty place, and gives what Pulumi keeps of it."""
        self._write(name)
        self.pulumi("stack", "init", "dev")
        self.pulumi("up", "--yes", "--skip-preview")
        exported = self.pulumi("stack", "export").replace(str(self._charts), _CHARTS)
        state: State = _without_traces(json.loads(exported))
        return state

    def restore(self, name: str) -> None:
        """Makes the place what it was when a program was recorded, for the program to go on from there."""
        recorded = (stacks.DIRECTORY / f"{name}.json").read_text().replace(_CHARTS, str(self._charts))
        self._write(name, json.loads(recorded)["deployment"]["secrets_providers"]["state"]["salt"])
        self.pulumi("stack", "select", "--create", "dev")
        file = self._directory / "state.json"
        file.write_text(recorded)
        self.pulumi("stack", "import", "--file", str(file))
        resources = self._resources()
        self._restore_google(resources)
        self._restore_cluster(resources)

    def steps(self) -> Mapping[str, str]:
        """What an update would do to each resource, by URN, where it would do anything."""
        steps = json.loads(self.pulumi("preview", "--json"))["steps"]
        return {step["urn"]: step["op"] for step in steps if step["op"] not in ("same", "read")}

    def urns(self) -> set[str]:
        """The URN of each resource that the stack has."""
        return {each["urn"] for each in self._resources()}

    def identities(self) -> dict[str, str]:
        """The UID of each object that the stack has in the cluster, by its kind and Pulumi's id of it."""
        kinds = self._kinds()
        found = {}
        for each in filter(_is_object, self._resources()):
            about = each["outputs"]
            kind = kinds.get(api_version=about["apiVersion"], kind=about["kind"])
            live = kind.get(name=about["metadata"]["name"], namespace=about["metadata"].get("namespace"))
            found[f"{about['kind']} {each['id']}"] = live.metadata.uid
        return found

    def _resources(self) -> list[State]:
        """What the stack has, its secrets in plain text: they are examples."""
        exported = _revealed(json.loads(self.pulumi("stack", "export", "--show-secrets")))
        resources: list[State] = exported["deployment"]["resources"]
        return resources

    def _kinds(self) -> Any:
        """The kinds of objects that the cluster has by now."""
        return DynamicClient(kubernetes_config.new_client_from_config(str(self._cluster.kubeconfig))).resources

    def _write(self, name: str, salt: str | None = None) -> None:
        shutil.copy(stacks.DIRECTORY / f"{name}.py", self._project / "__main__.py")
        (self._project / "Pulumi.yaml").write_text("name: recorded\nruntime: python\n")
        config = {"config": {"recorded:charts": str(self._charts)}} | ({"encryptionsalt": salt} if salt else {})
        (self._project / "Pulumi.dev.yaml").write_text(yaml.safe_dump(config))

    def _restore_google(self, resources: list[State]) -> None:
        store = Store(self._google / "google.sqlite")
        with store.transaction():
            for each in resources:
                if each["type"].startswith("gcp:"):
                    store.put(Resource(each["type"], each["id"], each["outputs"]))

    def _restore_cluster(self, resources: list[State]) -> None:
        """Namespaces first, then releases with the kinds that they bring, and then all else."""
        objects = [each for each in resources if _is_object(each)]
        self._apply([each for each in objects if each["type"] == _NAMESPACE])
        for each in resources:
            if each["type"] == _RELEASE:
                self._install(each["inputs"])
        self._apply([each for each in objects if each["type"] != _NAMESPACE])

    def _apply(self, objects: list[State]) -> None:
        """Makes objects as Pulumi did: by the same field managers, which are known by their names."""
        kinds = self._kinds()
        for each in objects:
            wanted = each["inputs"]
            kind = kinds.get(api_version=wanted["apiVersion"], kind=wanted["kind"])
            kind.server_side_apply(
                body=wanted,
                name=wanted["metadata"]["name"],
                namespace=wanted["metadata"].get("namespace"),
                field_manager=each["outputs"]["__fieldManager"],
            )

    def _install(self, release: State) -> None:
        values = self._directory / f"{release['name']}.json"
        values.write_text(json.dumps(release.get("values", {})))
        where = ["--namespace", release["namespace"], "--kubeconfig", self._cluster.kubeconfig]
        command = [self._programs["helm"], "install", release["name"], release["chart"], "--values", values, "--wait"]
        subprocess.run([*command, *where], check=True, capture_output=True)


def _is_object(resource: State) -> bool:
    """Whether a resource is an object in the cluster that its stack made."""
    return resource["type"].startswith("kubernetes:") and resource["type"] != _RELEASE and not resource.get("external")


def _without_traces(state: Any) -> Any:
    """A state without what only says when, by which lines and by whom something was written."""
    if isinstance(state, list):
        return [_without_traces(each) for each in state]
    if isinstance(state, dict):
        return {key: _without_traces(each) for key, each in state.items() if key not in _TRACES}
    return state


def _revealed(state: Any) -> Any:
    """A state that was exported with its secrets, these as they are."""
    if isinstance(state, list):
        return [_revealed(each) for each in state]
    if isinstance(state, dict):
        if _SECRET in state:
            return _revealed(json.loads(state["plaintext"]))
        return {key: _revealed(each) for key, each in state.items()}
    return state


def record(
    again: Annotated[
        bool, typer.Option("--again", help="Though this version is recorded, since nobody has it.")
    ] = False,
) -> None:
    """Records what a deployment of every component leaves, as that of the version in components/pyproject.toml."""
    version = next_version()
    fault = None if again else stacks.recording_fault(version)
    if fault is not None:
        typer.echo(fault, err=True)
        raise typer.Exit(1)
    file = stacks.record_of(version)
    _record(LATEST, file)
    shutil.copy(stacks.DIRECTORY / f"{LATEST}.py", file.with_suffix(".py"))
    typer.echo(file)


def _record(name: str, file: Path) -> None:
    """Deploys a program with the components as they are, and writes down what is left of it, a resource a line."""
    with tempfile.TemporaryDirectory() as directory, RecordedStack.place(Path(directory)) as place:
        state = place.deploy(name)
    lines = [json.dumps(each, sort_keys=True, separators=(",", ":")) for each in state["deployment"].pop("resources")]
    rest = json.dumps(state, sort_keys=True)
    resources = '"deployment": {"resources": [\n' + ",\n".join(lines) + "\n], "
    file.write_text(rest.replace('"deployment": {', resources, 1) + "\n")


if __name__ == "__main__":
    typer.run(record)
