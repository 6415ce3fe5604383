"""How long a program takes until it asks for its first resource.

An engine that makes nothing is played, so that neither the engine's own start nor a cluster is in the figures.
"""

import json
import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

from benchmarks.measurement import Measurement
from benchmarks.services import PROGRAMS
from localcloud import console
from localcloud.language_host.interpreter import Interpreter
from localcloud.language_host.program import child_command
from settings import PROJECT, load_yaml
from tests.engine.project import REPOSITORY

_ROUNDS = 7
_AIM = "0.6 s"
_TIMEOUT = 60
_STACK = "pulumi:pulumi:Stack"


def startup() -> list[Measurement]:
    """Starts the project's own program, and the two that declare services, in turns."""
    console.say("Starting programs …")
    programs = {
        "The project's program, stack dev": (REPOSITORY, _configuration("dev")),
        "One service by `WebService`": (PROGRAMS / "components", {}),
        "One service by hand": (PROGRAMS / "flat", {}),
    }
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(_ROUNDS):
        for name, (program, configuration) in programs.items():
            taken[name].append(_seconds(program, configuration))
    return [
        Measurement(f"{name}, to its first resource (best of {_ROUNDS})", _AIM, f"{min(times):.2f} s")
        for name, times in taken.items()
    ]


def _configuration(stack: str) -> dict[str, str]:
    """What the engine hands over: the stack's file on the project's defaults, all but text as JSON."""
    declared = load_yaml(REPOSITORY / "Pulumi.yaml")["config"]
    defaults = {f"{PROJECT}:{key}": entry["default"] for key, entry in declared.items() if "default" in entry}
    given = load_yaml(REPOSITORY / f"Pulumi.{stack}.yaml")["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in (defaults | given).items()}


def _seconds(program: Path, configuration: Mapping[str, str]) -> float:
    """From the start of the interpreter to the first resource that is not the stack itself."""
    with _engine() as (address, asked):
        call = {
            "monitor": address,
            "engine": address,
            "project": PROJECT,
            "stack": "dev",
            "organization": "organization",
            "parallel": 16,
            "dry_run": True,
            "root_directory": str(program),
            "directory": str(program),
        }
        environment = {**os.environ, "PULUMI_CONFIG": json.dumps(configuration), "SERVICES": "1"}
        command = child_command(Interpreter(Path(sys.executable)), "program", json.dumps(call), str(program))
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        try:
            return asked.get(timeout=_TIMEOUT) - started
        except queue.Empty:
            sys.exit(
                f"The program in {program} asked for no resource within {_TIMEOUT} s, so there is nothing to report."
            )
        finally:
            process.kill()
            process.wait()


@contextmanager
def _engine() -> Iterator[tuple[str, "queue.Queue[float]"]]:
    """An engine for one program: where it listens, and when it was asked for each resource."""
    monitor = _Monitor()
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(_Engine(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}", monitor.asked
    finally:
        server.stop(None).wait()


class _Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Notes when resources are asked for, and says that they are there."""

    def __init__(self) -> None:
        self.asked: queue.Queue[float] = queue.Queue()

    def SupportsFeature(  # noqa: N802 - Pulumi's name, as below
        self,
        request: resource_pb2.SupportsFeatureRequest,  # noqa: ARG002
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=True)

    def RegisterResource(  # noqa: N802
        self,
        request: resource_pb2.RegisterResourceRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> resource_pb2.RegisterResourceResponse:
        if request.type != _STACK:
            self.asked.put(time.perf_counter())
        urn = f"urn:pulumi:dev::{PROJECT}::{request.type}::{request.name}"
        return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)

    def RegisterResourceOutputs(  # noqa: N802
        self,
        request: resource_pb2.RegisterResourceOutputsRequest,  # noqa: ARG002
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> empty_pb2.Empty:
        return empty_pb2.Empty()


class _Engine(engine_pb2_grpc.EngineServicer):
    """Takes what a program says to its user, and shows it."""

    def Log(  # noqa: N802
        self,
        request: engine_pb2.LogRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> empty_pb2.Empty:
        if request.severity >= engine_pb2.WARNING:
            console.say(request.message)
        return empty_pb2.Empty()
