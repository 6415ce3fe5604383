"""The simulated Google Cloud by itself: what it adds to each resource, and whether that grows with their number."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
from google.protobuf import struct_pb2

from benchmarks.measurement import Measurement
from localcloud import console
from localcloud.protocol import provider_pb2, provider_pb2_grpc
from localcloud.providers.google import DIRECTORY_VARIABLE
from tests.engine.project import REPOSITORY

_RESOURCES = 5000
_SAMPLE = 500
_PROJECT = "example-benchmark"
_TOPIC = "gcp:pubsub/topic:Topic"


def simulated_provider(directory: Path) -> list[Measurement]:
    """Makes topics as the engine does, over gRPC, in a process of the provider's own."""
    console.say(f"Making {_RESOURCES} resources in the simulated Google Cloud …")
    with _provider(directory) as provider:
        _make(provider, "gcp:projects/service:Service", "pubsub", service="pubsub.googleapis.com")
        taken = [_milliseconds(provider, number) for number in range(_RESOURCES)]
    first, last = statistics.mean(taken[:_SAMPLE]), statistics.mean(taken[-_SAMPLE:])
    result = f"{first:.1f} ms for the first {_SAMPLE}, {last:.1f} ms for the last {_SAMPLE} of {_RESOURCES}"
    return [Measurement("Simulated Google Cloud: check, create and read a resource", "5 ms, flat", result)]


def _milliseconds(provider: provider_pb2_grpc.ResourceProviderStub, number: int) -> float:
    started = time.perf_counter()
    _make(provider, _TOPIC, f"topic-{number}", name=f"topic-{number}")
    return (time.perf_counter() - started) * 1000


def _make(provider: provider_pb2_grpc.ResourceProviderStub, token: str, label: str, **inputs: str) -> None:
    urn = f"urn:pulumi:benchmark::web-platform::{token}::{label}"
    given = struct_pb2.Struct()
    given.update(inputs | {"project": _PROJECT})
    checked = provider.Check(provider_pb2.CheckRequest(urn=urn, news=given))
    if checked.failures:
        raise ValueError(f"{token}: {checked.failures}")
    made = provider.Create(provider_pb2.CreateRequest(urn=urn, properties=checked.inputs))
    provider.Read(
        provider_pb2.ReadRequest(urn=urn, id=made.id, properties=made.properties, inputs=checked.inputs),
    )


@contextmanager
def _provider(directory: Path) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    process = subprocess.Popen(
        [sys.executable, "-m", "localcloud.providers.google"],
        cwd=REPOSITORY,
        env={**os.environ, DIRECTORY_VARIABLE: str(directory)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            provider = provider_pb2_grpc.ResourceProviderStub(channel)
            provider.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True))
            yield provider
    finally:
        process.terminate()
        process.wait()
