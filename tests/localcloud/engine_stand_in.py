"""The smallest engine that a Python program runs against: it registers what it is told and keeps the log."""

from __future__ import annotations

from dataclasses import dataclass, field

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

from localcloud.plugin_process import new_server
from localcloud.providers.properties import Property, from_struct
from localcloud.unimplemented import declines


@declines(engine_pb2_grpc.EngineServicer, otherwise="the stand-in has no {call}")
class _Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self, log: list[str]) -> None:
        self.log = log

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        if request.severity == engine_pb2.ERROR:
            self.log.append(request.message)
        return empty_pb2.Empty()


@declines(resource_pb2_grpc.ResourceMonitorServicer, otherwise="the stand-in has no {call}")
class _Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    def __init__(self, outputs: dict[str, Property]) -> None:
        self.outputs = outputs

    def SupportsFeature(
        self, request: resource_pb2.SupportsFeatureRequest, context: grpc.ServicerContext
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=False)

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        if request.type == "test:index:Refused":
            context.abort(grpc.StatusCode.UNAVAILABLE, "the monitor has shut down")
        return resource_pb2.RegisterResourceResponse(urn=f"urn:pulumi:dev::p::{request.type}::{request.name}", id="id")

    def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        self.outputs.update(from_struct(request.outputs))
        return empty_pb2.Empty()


@dataclass
class EngineStandIn:
    """What a program did, as the engine saw it."""

    log: list[str] = field(default_factory=list)
    outputs: dict[str, Property] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server, port = new_server()
        engine_pb2_grpc.add_EngineServicer_to_server(_Engine(self.log), self._server)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(_Monitor(self.outputs), self._server)
        self._server.start()
        self.address = f"127.0.0.1:{port}"

    def close(self) -> None:
        self._server.stop(None)
