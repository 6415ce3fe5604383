"""A mock engine that records what a program declares.

Pulumi's own mocks overwrite a resource that has the same URN as an earlier one, and know only a parent's last type.
This one refuses duplicates and builds URNs as the real engine does, so a test can ask for a resource's whole ancestry.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from tests import google_answers

PROJECT = "web-platform"
GATEWAY_ADDRESS = "203.0.113.7"


class DuplicateUrnError(Exception):
    """Two resources have one URN: the real engine refuses such a program."""


@dataclass(frozen=True)
class Resource:
    """A resource as it was registered."""

    urn: str
    type: str
    name: str
    parent: str
    provider: str
    inputs: dict[str, Any]
    depends_on: frozenset[str]
    read_id: str
    """Id of a resource that is read, not made."""

    @property
    def ancestry(self) -> str:
        """Types from the outermost parent to the resource, as they stand in its URN."""
        return self.urn.split("::")[2]


@dataclass
class Recording:
    """All that a program declared, in order."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    stack: str = ""

    def __iter__(self) -> Iterator[Resource]:
        """Resources in the order in which they were registered."""
        return iter(self.resources)

    def urns(self) -> list[str]:
        """URN of every resource, sorted."""
        return sorted(resource.urn for resource in self.resources)

    def one(self, type_: str, name: str) -> Resource:
        """The resource of a type and name; there must be exactly one."""
        found = [resource for resource in self.resources if (resource.type, resource.name) == (type_, name)]
        assert len(found) == 1, f"{len(found)} of {type_} {name!r} among {self.names()}"
        return found[0]

    def waits_for(self, resource: Resource) -> set[str]:
        """URNs of what must exist before a resource: what it and its parents depend on."""
        parents = [other for other in self.resources if other.urn == resource.parent]
        return set(resource.depends_on).union(*(self.waits_for(parent) for parent in parents))

    def of_type(self, type_: str) -> dict[str, Resource]:
        """Every resource of a type, by name."""
        return {resource.name: resource for resource in self.resources if resource.type == type_}

    def names(self) -> list[tuple[str, str]]:
        """Type and name of every resource, sorted."""
        return sorted((resource.type, resource.name) for resource in self.resources)

    def exports(self) -> dict[str, Any]:
        """Outputs of the stack."""
        return self.outputs[self.stack]

    def outputs_of(self, type_: str, name: str) -> dict[str, Any]:
        """Outputs that a component registered."""
        return self.outputs[self.one(type_, name).urn]


class _Cluster(mocks.Mocks):
    """Answers as a cluster would where components read what the cluster made."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        if args.token == "gcp:organizations/getProject:getProject":
            return {"projectId": args.args["projectId"], "number": google_answers.PROJECT_NUMBER}, []
        raise AssertionError(f"components call no functions, but {args.token} was called")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        state = dict(args.inputs)
        google = google_answers.answer(args.typ, args.name, args.inputs)
        if google is not None:
            identifier, computed = google
            return args.resource_id or identifier, state | computed
        if args.typ == "kubernetes:helm.sh/v3:Release":
            state["status"] = {
                "name": args.inputs["name"],
                "namespace": args.inputs["namespace"],
                "version": args.inputs.get("version", "0.0.0"),
                "status": "deployed",
            }
        if args.typ == "kubernetes:core/v1:Service" and args.resource_id:
            state["status"] = {"loadBalancer": {"ingress": [{"ip": GATEWAY_ADDRESS}]}}
        return args.resource_id or f"{args.name}-id", state


@contextmanager
def _event_loop() -> Iterator[None]:
    """An event loop for a thread, closed afterwards: Pulumi's mocks open one in each and leave it open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()


class _Monitor(mocks.MockMonitor):
    def __init__(self, recording: Recording) -> None:
        super().__init__(_Cluster())
        self.recording = recording

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        inside = "" if not parent or "pulumi:pulumi:Stack" in parent else parent.split("::")[2] + "$"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{inside}{type_}::{name}"

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            self.recording.stack = urn
        else:
            self._record(urn, request, request.object)
        with _event_loop():
            return super().RegisterResource(request)  # type: ignore[no-any-return, no-untyped-call]

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:
        urn = self.make_urn(request.parent, request.type, request.name)
        self._record(urn, request, request.properties)
        with _event_loop():
            return super().ReadResource(request)  # type: ignore[no-any-return, no-untyped-call]

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:
        assert request.urn not in self.recording.outputs, f"{request.urn} registers its outputs twice"
        self.recording.outputs[request.urn] = rpc.deserialize_properties(request.outputs)
        return empty_pb2.Empty()

    def _record(
        self,
        urn: str,
        request: resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest,
        properties: struct_pb2.Struct,
    ) -> None:
        if any(resource.urn == urn for resource in self.recording.resources):
            raise DuplicateUrnError(urn)
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            provider=request.provider,
            inputs=rpc.deserialize_properties(properties, keep_unknowns=True),
            depends_on=frozenset(request.dependencies),
            read_id=request.id if isinstance(request, resource_pb2.ReadResourceRequest) else "",
        )
        self.recording.resources.append(resource)


def declare(
    program: Callable[[], object],
    stack: str = "test",
    config: Mapping[str, str] | None = None,
    secrets: list[str] | None = None,
    recording: Recording | None = None,
) -> Recording:
    """Run a program to its end and return what it declared. Errors of the program are raised.

    A `recording` of the caller's own holds, after an error, what was declared before it.
    """
    recording = Recording() if recording is None else recording

    def run() -> None:
        program()

    async def main() -> None:
        pulumi.runtime.set_all_config(dict(config or {}), secrets or [])
        monitor = _Monitor(recording)
        settings = mocks.MockSettings(  # type: ignore[no-untyped-call]
            monitor=monitor,
            monitor_features=set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures),  # type: ignore[no-untyped-call]
            engine=mocks.MockEngine(None),
            project=PROJECT,
            stack=stack,
            dry_run=False,
            organization=None,
            callbacks=None,
        )
        pulumi.runtime.configure(settings)
        # What a program that failed did not come to is left there, of a loop that is closed by now.
        pulumi.runtime.settings.SETTINGS.outputs.clear()
        await run_in_stack(run)

    asyncio.run(main())
    return recording
