"""What a stack declares: a preview by the real engine, from nothing, of which nothing is left.

A stack is previewed in a folder of its own, with an empty state, an empty Google Cloud and before it has a cluster,
whether or not it is up on this machine. So two stacks are looked at under one condition, the answer is the same on
every machine, what is generated is no difference, and nothing that runs is started, stopped or changed.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pulumi.runtime import rpc

import settings
from localcloud import console
from localcloud.cluster.kind import SOURCES
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import LocalCloud
from localcloud.simulated_google import SimulatedGoogle
from localcloud.workspace import Workspace
from settings import CHART_DIRECTORY_VARIABLE, SOURCES_VARIABLE, Settings, stand_ins

UNKNOWN = rpc.UNKNOWN
"""What stands for a value that is known only once its resource is made."""

SECRET = "[secret]"  # noqa: S105 - what the engine shows in place of one
"""What stands for a secret."""

# How the engine writes a secret where it does not hide it.
_SECRET_KEY, _SECRET_MARK = rpc._special_sig_key, rpc._special_secret_sig

# Where a provider notes which inputs it has added.
_DEFAULTS = "__defaults"

# What the engine is told of a resource beside its inputs. Its provider and what it waits for follow from the program.
_OPTIONS = ("protect", "retainOnDelete", "customTimeouts")

_STACK = "pulumi:pulumi:Stack"
_NOT_COMPARED = "The stacks were not compared; nothing was changed."


class Resource(NamedTuple):
    """A resource as its stack declares it."""

    key: str
    """Its URN without the names of stack and project: the types of its parents, its own, and its name."""

    type: str
    parent: str
    """Key of the component that it is a part of; empty where it is of none."""

    properties: Mapping[str, Any]
    """Its inputs, and what the engine is told of it, as `pulumi:protect`."""

    sources: Mapping[str, Sequence[str]]
    """Of each input that is not all known yet, the keys of the resources that it comes from."""


@dataclass(frozen=True)
class Declaration:
    """Everything that a stack declares.

    Attributes:
        stack: Its name.
        is_local: Whether its platform is a cluster on a machine of one's own.
        words: What it calls its own, by what that is: its domain, its project.
        resources: Its resources by their keys.
    """

    stack: str
    is_local: bool
    words: Mapping[str, str]
    resources: Mapping[str, Resource]


def declared(root: Path, stacks: Sequence[str]) -> list[Declaration]:
    """What stacks of the project in `root` declare, in their order.

    Raises:
        LocalCloudError: The program fails for one of them, or there is no engine to run it.
        SettingsError: A stack's file is wrong, or there is none.
    """
    read = {stack: settings.from_stack_file(root, stack) for stack in stacks}
    with tempfile.TemporaryDirectory(prefix="parity-") as scratch:
        # One after the other, since they share plugins; then at once.
        clouds = [_opened(_Scratch(root, stack, Path(scratch)), read[stack]) for stack in stacks]
        with (
            console.progress(f"Previewing {' and '.join(stacks)} from nothing", len(stacks)) as advance,
            ThreadPoolExecutor(len(stacks)) as at_once,
        ):
            previews = []
            for cloud, preview in zip(clouds, at_once.map(_preview, clouds), strict=True):
                advance(cloud.workspace.stack)
                previews.append(preview)
    return [
        Declaration(stack, read[stack].platform == "local", words(stack, read[stack]), resources(stack, preview))
        for stack, preview in zip(stacks, previews, strict=True)
    ]


def words(stack: str, read: Settings) -> dict[str, str]:
    """What a stack calls its own, by what that is."""
    place = read.google.model_dump(by_alias=True) if read.google else {"project": stand_ins.PROJECT}
    return {
        **{f"google {key}": value for key, value in place.items() if isinstance(value, str)},
        "domain": read.domain,
        **{f"other domain {number}": domain for number, domain in enumerate(read.other_domains, 1)},
        **({"email": read.certificates.email} if read.certificates.email else {}),
        **{f"host of {service}": read.host(service) for service in read.public_services()},
        "stack": stack,
    }


def resources(stack: str, preview: str) -> dict[str, Resource]:
    """The resources that `pulumi preview --json` tells of, by their keys.

    Raises:
        LocalCloudError: It is not what the engine writes, or tells of nothing.
    """
    try:
        found = {resource.key: resource for resource in _resources(json.loads(preview))}
    except (AttributeError, KeyError, TypeError, ValueError) as mistake:
        raise LocalCloudError(
            f"What Pulumi answered on {stack} is not a whole preview: {type(mistake).__name__}, {mistake}.",
            _NOT_COMPARED,
            f"Run the command again; `make rehearse-preview STACK={stack}` shows the preview itself.",
        ) from mistake
    if not found:
        raise LocalCloudError(
            f"The preview of {stack} declares nothing.",
            "Two stacks would be equal because of it, so they were not compared.",
            f"`make rehearse-preview STACK={stack}` shows what the program does.",
        )
    return found


@dataclass(frozen=True)
class _Scratch(Workspace):
    """The places of a stack in a folder that is thrown away."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder


class _Nothing(SimulatedGoogle):
    """What a stack is previewed on: a Google Cloud with nothing in it, and no cluster yet, wherever it is declared.

    Args:
        workspace: Where its things are.
        stand_in_charts: Whether the stack's file asks for the charts that stand in for others.
    """

    # Charts are declared as a cluster gets them whose nodes run containers; nobody fetches them.
    runs_containers = True

    def __init__(self, workspace: Workspace, stand_in_charts: bool) -> None:
        super().__init__(workspace)
        self._charts = {CHART_DIRECTORY_VARIABLE: str(workspace.charts)} if stand_in_charts else {}

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """As of any simulated Google Cloud, but the cluster is one that is known only once it is made."""
        own = {name: value for name, value in inherited.items() if name != CHART_DIRECTORY_VARIABLE}
        # Unknown is a cluster's kubeconfig in any first preview on Google Cloud. A path would lead the provider to
        # ask a cluster, and Helm to fetch each chart.
        return super().environment(own) | {"KUBECONFIG": UNKNOWN, SOURCES_VARIABLE: SOURCES} | self._charts


def _opened(place: Workspace, read: Settings) -> LocalCloud:
    stand_in_charts = read.charts.source == "standin"
    return LocalCloud.open(place, lambda workspace, _: _Nothing(workspace, stand_in_charts))


def _preview(cloud: LocalCloud) -> str:
    """What `pulumi preview --json` answers.

    Raises:
        LocalCloudError: It failed; its own words are in the message.
    """
    stack = cloud.workspace.stack
    cloud.ask("pulumi", ["stack", "init", stack, "--non-interactive"], _NOT_COMPARED)
    answer = subprocess.run(
        [cloud.programs["pulumi"], "preview", "--json", "--non-interactive", "--stack", stack],
        cwd=cloud.project,
        env=cloud.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        said = "\n".join(filter(None, [*_errors(answer.stdout), answer.stderr.strip()]))
        raise LocalCloudError(
            f"The program cannot be previewed for {stack}:\n{said}",
            _NOT_COMPARED,
            f"Mend what is said there; `make rehearse-preview STACK={stack}` shows more of it.",
        )
    return answer.stdout


def _errors(preview: str) -> list[str]:
    """What a preview that failed says went wrong."""
    try:
        told = json.loads(preview).get("diagnostics", [])
    except (AttributeError, ValueError):
        return [preview.strip()]
    return [each["message"].strip() for each in told if each.get("severity") == "error"]


def _resources(preview: Mapping[str, Any]) -> Iterator[Resource]:
    for step in preview["steps"]:
        state = step["newState"]
        if state["type"] == _STACK:
            continue
        key, parent = _key(state["urn"]), state.get("parent", "")
        given = _without_secrets(state.get("inputs", {}))
        generated = _generated(key.rpartition("::")[2], given, given.pop(_DEFAULTS, []))
        inputs = given | dict.fromkeys(generated, UNKNOWN)
        known = state.get("propertyDependencies", {})
        yield Resource(
            key,
            state["type"],
            "" if f"::{_STACK}::" in parent else _key(parent),
            inputs | {f"pulumi:{name}": state[name] for name in _OPTIONS if state.get(name)},
            {name: sorted(map(_key, known.get(name, ()))) for name, value in inputs.items() if UNKNOWN in str(value)},
        )


def _key(urn: str) -> str:
    """A URN without the names of its stack and project."""
    return urn.split("::", 2)[-1]


def _generated(name: str, inputs: Mapping[str, Any], defaults: Iterable[str]) -> list[str]:
    """The inputs that the provider has made up from the name of the resource, anew for each stack."""
    pattern = re.compile(rf"{re.escape(name)}-[0-9a-f]{{7}}", re.IGNORECASE)
    return [each for each in defaults if pattern.fullmatch(str(inputs.get(each)))]


def _without_secrets(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    if isinstance(value, dict):
        if value.get(_SECRET_KEY) == _SECRET_MARK:
            return SECRET
        return {key: _without_secrets(part) for key, part in value.items()}
    return [_without_secrets(part) for part in value] if isinstance(value, list) else value
