"""What components cost: services that `WebService` declares, against the same objects written by hand.

Both programs run on one engine and one cluster, in turns, so that whatever else the machine does is the same for both.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measurement import Measurement, seconds
from localcloud import console, plugins, toolchain
from localcloud.cluster import NodePool
from localcloud.cluster.embedded import EmbeddedCluster
from localcloud.cluster.machine_types import machine_type
from localcloud.language_host import child
from localcloud.local_cloud import install_plugins
from localcloud.toolchain import Toolchain

PROGRAMS = Path(__file__).parent / "programs"

_COMPONENTS, _FLAT = "components", "flat"
_ROUNDS = {10: 3, 100: 2}
_AIM = 1.05
_NAMESPACE = "services"
_SAMPLE_SECONDS = 0.02
_NODES = NodePool(2, machine_type("e2-standard-16"))


@dataclass
class _Taken:
    """What one program took in each round."""

    preview: list[float] = field(default_factory=list)
    up: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def services(directory: Path) -> list[Measurement]:
    """Previews, makes and destroys services by both programs, round by round."""
    programs = toolchain.ensure()
    directory.mkdir()
    cluster = EmbeddedCluster("benchmark", directory / "cluster", programs)
    try:
        cluster.start([_NODES])
        _kubectl(programs, cluster, "create", "namespace", _NAMESPACE)
        stacks = {name: _Stack(name, directory / name, programs, cluster) for name in (_COMPONENTS, _FLAT)}
        return [row for number in _ROUNDS for row in _compared(number, stacks)]
    finally:
        cluster.delete()


def _compared(number: int, stacks: Mapping[str, "_Stack"]) -> list[Measurement]:
    console.say(f"Making {number} services by components and by hand …")
    taken = {name: _Taken() for name in stacks}
    for _ in range(_ROUNDS[number]):
        objects: dict[str, object] = {}
        for name, stack in stacks.items():
            taken[name].preview.append(seconds(partial(stack.pulumi, "preview", services=number)))
            taken[name].up.append(seconds(partial(stack.pulumi, "up", "--skip-preview", services=number)))
            taken[name].memory.append(stack.peak)
            objects[name] = stack.objects()
            stack.pulumi("destroy", "--skip-preview", services=number)
        _require_the_same(objects[_COMPONENTS], objects[_FLAT])
    components, flat = taken[_COMPONENTS], taken[_FLAT]
    return [
        _row(f"`pulumi preview` of {number} services", components.preview, flat.preview, "s"),
        _row(f"`pulumi up` of {number} services", components.up, flat.up, "s"),
        _row(f"Most memory of the program of {number} services", components.memory, flat.memory, "MiB"),
    ]


class _Stack:
    """One of the two programs, with a state of its own."""

    def __init__(self, program: str, directory: Path, programs: Toolchain, cluster: EmbeddedCluster) -> None:
        self.peak = 0.0
        """Most memory that the program had in the last command, in MiB."""

        self._executable = programs["pulumi"]
        self._project = directory / "project"
        shutil.copytree(PROGRAMS / program, self._project)
        home, state = directory / "pulumi", directory / "state"
        state.mkdir()
        install_plugins(home, programs)
        self._environment = {
            **os.environ,
            **plugins.environment(home, state),
            "PULUMI_CONFIG_PASSPHRASE": "benchmark",
            # Else the engine writes its whole state at each step: with 100 services, little else would be seen.
            "PULUMI_EXPERIMENTAL": "true",
            "PULUMI_SKIP_CHECKPOINTS": "true",
            "KUBECONFIG": str(cluster.kubeconfig),
        }
        self.pulumi("stack", "init", "benchmark")

    def pulumi(self, *arguments: str, services: int = 0) -> str:
        """Runs the engine, with an eye on the program that it runs, and gives what it says."""
        confirmed = ["--yes"] if arguments[0] in ("up", "destroy") else []
        command: list[str | Path] = [self._executable, *arguments, *confirmed, "--non-interactive"]
        with subprocess.Popen(
            command,
            cwd=self._project,
            env=self._environment | {"SERVICES": str(services)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            watch = _Watch(process.pid)
            said: str = process.communicate()[0]
            self.peak = watch.peak()
        if process.returncode:
            sys.exit(f"`pulumi {' '.join(arguments)}` failed, so there is nothing to report:\n{said}")
        return said

    def objects(self) -> dict[str, Any]:
        """What the stack asked the cluster for, by its kind and its name in the program.

        Names that Pulumi makes up end differently each time: those are left out, wherever they stand.
        """
        state = json.loads(self.pulumi("stack", "export", "--show-secrets"))["deployment"]["resources"]
        objects = {
            f"{resource['type']} {resource['urn'].rpartition('::')[2]}": resource
            for resource in state
            if resource["custom"] and not resource["type"].startswith("pulumi:")
        }
        text = json.dumps({key: resource["inputs"] for key, resource in objects.items()})
        for resource in objects.values():
            metadata = resource["inputs"]["metadata"]
            if metadata.get("annotations", {}).get("pulumi.com/autonamed") == "true":
                text = text.replace(metadata["name"], resource["urn"].rpartition("::")[2])
        made: dict[str, Any] = json.loads(text)
        return made


class _Watch(threading.Thread):
    """Looks at the program of an engine again and again, since nobody else says what it took when it has ended."""

    def __init__(self, engine: int) -> None:
        super().__init__(daemon=True)
        self._engine = engine
        self._peak = 0.0
        self._ended = threading.Event()
        self.start()

    def peak(self) -> float:
        self._ended.set()
        self.join()
        return self._peak

    def run(self) -> None:
        program: psutil.Process | None = None
        while not self._ended.wait(_SAMPLE_SECONDS):
            with suppress(psutil.Error):
                program = program or self._find()
                if program is not None:
                    self._peak = max(self._peak, program.memory_info().rss / 1024**2)

    def _find(self) -> psutil.Process | None:
        for process in psutil.Process(self._engine).children(recursive=True):
            with suppress(psutil.Error):
                if child.__file__ in process.cmdline() and "program" in process.cmdline():
                    return process
        return None


def _require_the_same(components: object, flat: object) -> None:
    """Ends everything where the two programs did not make the same: their figures could not be compared."""
    if different := list(_differences(components, flat)):
        first = "\n".join(different[:10])
        sys.exit(
            f"The programs in {PROGRAMS} make other objects, so there is nothing to compare "
            f"({_COMPONENTS} != {_FLAT}, {len(different)} in all):\n{first}"
        )


def _differences(ours: object, theirs: object, place: str = "") -> Iterator[str]:
    """Where two values differ, each place with what is there."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from _differences(ours.get(key), theirs.get(key), f"{place}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from _differences(*pair, f"{place}[{index}]")
    elif ours != theirs:
        yield f"  {place.removeprefix('.')}: {json.dumps(ours)} != {json.dumps(theirs)}"


def _row(what: str, components: Sequence[float], flat: Sequence[float], unit: str) -> Measurement:
    """The best of each, since what else the machine does can only add to them."""
    ours, theirs = min(components), min(flat)
    digits = 1 if unit == "s" else 0
    result = f"{ours / theirs:.2f} x: {ours:.{digits}f} {unit}, by hand {theirs:.{digits}f} {unit}"
    return Measurement(f"{what} (best of {len(flat)})", f"{_AIM} x by hand", result)


def _kubectl(programs: Toolchain, cluster: EmbeddedCluster, *arguments: str) -> None:
    command: list[str | Path] = [programs["kubectl"], f"--kubeconfig={cluster.kubeconfig}", *arguments]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
