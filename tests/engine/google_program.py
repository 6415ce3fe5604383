"""Programs of nothing but data on the real engine and the simulated Google Cloud, and what the engine says of them.

Importing the SDK of Google Cloud costs seconds of CPU, so a program here declares resources by their tokens. Each run
tells of many resources at once, since a run costs more than they do.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from localcloud import plugins
from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.kind import Place, Resource
from localcloud.providers.google.kinds import kind_of
from localcloud.providers.google.references import PathKind, fields
from localcloud.toolchain import Toolchain

PROJECT = "acme-prod"
NUMBER = project_number(PROJECT)
REGION = "europe-west1"

_PROGRAM = """
import json
import pathlib

import pulumi

before = []
for wave in json.loads(pathlib.Path("resources.json").read_text()):
    made = []
    for each in wave:
        options = pulumi.ResourceOptions(depends_on=before, id=each["id"], import_=each.get("imports"))
        made.append(pulumi.CustomResource(each["type"], each["name"], each["inputs"], options))
    before = made
"""

_PROBLEM = " has a problem: "
_REFUSAL = "googleapi: Error "
_OF_IMPORTS = "One or more imported inputs failed to validate."


@dataclass(frozen=True)
class Declared:
    """A resource of a program.

    Attributes:
        name: Its name in the program.
        type: Its type's token.
        inputs: Its inputs.
        id: Its id, if the program only reads it; None if it makes it.
        imports: Its id, if somebody else has made it and the program takes it over.
    """

    name: str
    type: str
    inputs: Mapping[str, Any]
    id: str | None = None
    imports: str | None = None

    def changed(self, **inputs: Any) -> Declared:
        """The same resource with other inputs; None takes one away."""
        merged = {**self.inputs, **inputs}
        return replace(self, inputs={name: value for name, value in merged.items() if value is not None})

    def wrongly(self, *told: str, **inputs: Any) -> Wrong:
        """As `changed`, to inputs about which these messages are told."""
        return Wrong(self.name, self.type, self.changed(**inputs).inputs, told)


@dataclass(frozen=True)
class Wrong:
    """A resource that breaks rules, and how the messages about it begin, in any order.

    Attributes:
        name: Its name in the program.
        type: Its type's token.
        inputs: Its inputs.
        told: Beginnings of the messages, one a broken rule, as `Run` tells them.
        id: As of `Declared`.
    """

    name: str
    type: str
    inputs: Mapping[str, Any]
    told: tuple[str, ...]
    id: str | None = None

    @classmethod
    def of(cls, name: str, type_: str, inputs: Mapping[str, Any], *told: str) -> Wrong:
        """As the constructor, with the messages one after another."""
        return cls(name, type_, inputs, told)

    def __str__(self) -> str:
        """Names the test of this case."""
        return self.name


wrong = Wrong.of


class Run:
    """What the engine told of one command.

    Attributes:
        succeeded: Whether the command did.
        messages: Errors and warnings by the resource's name, without what every one of them begins with: of a refusal
            what comes after ``googleapi: Error``, of a wrong input the path of it and what is wrong.
        operations: What was to be done, by the resource's name, such as ``{"vpc": ["create"]}``.
        differences: What differs of a resource, by its name: property path -> ``update``, ``add-replace`` …
    """

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.succeeded = process.returncode == 0
        self.messages: dict[str, list[str]] = {}
        self.operations: dict[str, list[str]] = {}
        self.differences: dict[str, dict[str, str]] = {}
        self._output = process.stdout + process.stderr
        for event in _events(process.stdout):
            self._take(event)

    def __repr__(self) -> str:
        """Everything that the engine wrote, for assertions that fail."""
        told = "\n".join(f"{name}: {each}" for name, messages in self.messages.items() for each in messages)
        return told or self._output

    def done(self, operation: str) -> set[str]:
        """The names of what an operation was done to, or would be."""
        return {name for name, operations in self.operations.items() if operation in operations}

    def _take(self, event: Mapping[str, Any]) -> None:
        said, begun = event.get("diagnosticEvent"), event.get("resourcePreEvent")
        if said is not None and said.get("urn") and said["severity"] in ("error", "warning"):
            message = said["message"].strip().removeprefix(_REFUSAL)
            message = message.partition(_PROBLEM)[2] or message
            if not message.startswith(_OF_IMPORTS):
                self.messages.setdefault(_name(said["urn"]), []).append(message)
        if begun is not None and begun["metadata"]["type"].startswith("gcp:"):
            about = begun["metadata"]
            self.operations.setdefault(_name(about["urn"]), []).append(about["op"])
            if about.get("detailedDiff"):
                found = {path: each["diffKind"] for path, each in about["detailedDiff"].items()}
                self.differences[_name(about["urn"])] = found


class GoogleProgram:
    """A project, its stack and its simulated cloud.

    Args:
        programs: The built tools.
        pulumi_home: Where the engine's plugins are.
        directory: Where to keep everything; must be empty.
    """

    def __init__(self, programs: Toolchain, pulumi_home: Path, directory: Path) -> None:
        state, self._project = directory / "state", directory / "program"
        self.cloud = Cloud(directory / "google")
        self._pulumi = programs["pulumi"]
        self._environment = {
            **os.environ,
            **plugins.environment(pulumi_home, state),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            # A preview then tells the same events as an update.
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
            "LOCALCLOUD_GOOGLE_DIRECTORY": str(self.cloud.directory),
        }
        state.mkdir()
        self._project.mkdir()
        (self._project / "Pulumi.yaml").write_text("name: program\nruntime: python\n")
        config = {"config": {"gcp:project": PROJECT}}
        (self._project / "Pulumi.dev.yaml").write_text(yaml.safe_dump(config))
        (self._project / "__main__.py").write_text(_PROGRAM)
        self._run("stack", "init", "dev")

    def up(self, *waves: Sequence[Declared | Wrong]) -> Run:
        """An update that goes on when something is refused. Each wave of resources waits for the one before it."""
        self._declare(waves)
        return Run(self._run("up", "--yes", "--skip-preview", "--continue-on-error", "--json"))

    def preview(self, *waves: Sequence[Declared | Wrong]) -> Run:
        """What an update would do."""
        self._declare(waves)
        return Run(self._run("preview", "--json"))

    def check(self, wrongs: Iterable[Wrong]) -> Run:
        """Lets the engine have inputs checked that are wrong, those of all resources at once.

        An update ends at the first resource that has a problem, before anything is made. Only an import goes on, with
        the same checks and warnings in place of errors: so what is wrong is in the cloud already, made by other means.
        """
        imports = []
        for each in wrongs:
            identifier = _import_id(each)
            kind = kind_of(each.type)
            self.cloud.adopt(Resource(each.type, kind.imported(identifier, _PLACE), dict(each.inputs)))
            imports.append({"type": each.type, "name": each.name, "id": identifier})
        (self._project / "imports.json").write_text(json.dumps({"resources": imports}))
        return Run(
            self._run("import", "--file=imports.json", "--yes", "--skip-preview", "--generate-code=false", "--json")
        )

    def in_state(self) -> dict[str, dict[str, Any]]:
        """What Pulumi knows of Google's resources, by name."""
        state = json.loads(self._run("stack", "export").stdout)
        found = state["deployment"].get("resources", [])
        return {_name(each["urn"]): each for each in found if each["type"].startswith("gcp:")}

    def _declare(self, waves: Iterable[Sequence[Declared | Wrong]]) -> None:
        listed = [[asdict(each) for each in wave] for wave in waves]
        (self._project / "resources.json").write_text(json.dumps(listed))

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._pulumi, *arguments, "--non-interactive"],
            cwd=self._project,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


_PLACE = Place(PROJECT, REGION, f"{REGION}-b")


def _import_id(case: Wrong) -> str:
    """An import id of the type's, whatever is wrong with the resource."""
    kind = kind_of(case.type)
    if isinstance(kind, PathKind):
        return kind.path.format_map(dict.fromkeys(fields(kind.path), case.name))
    return f"{case.name}:{case.name}"


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _events(output: str) -> Iterator[dict[str, Any]]:
    for line in output.splitlines():
        if line.startswith("{"):
            yield json.loads(line)
