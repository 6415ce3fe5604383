"""The calls of the engine's `ResourceProvider` service."""

from __future__ import annotations

import json
from collections.abc import Mapping

import grpc
from google.protobuf import empty_pb2
from typing_extensions import override

from localcloud.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc
from localcloud.providers.inputs import Problem, check, has_unknowns, with_defaults
from localcloud.providers.properties import UNKNOWN, Property, Secret, from_struct, to_struct
from localcloud.providers.random.changes import changes, property_of, replaces
from localcloud.providers.random.choices import RandomInteger, RandomShuffle
from localcloud.providers.random.identifiers import RandomUuid, RandomUuid4, RandomUuid7
from localcloud.providers.random.octets import RandomBytes, RandomId
from localcloud.providers.random.pets import RandomPet
from localcloud.providers.random.resource import ImportIdError, RandomResource
from localcloud.providers.random.schema import package_schema
from localcloud.providers.random.text import RandomPassword, RandomString
from localcloud.unimplemented import declines

RESOURCES: Mapping[str, RandomResource] = {
    kind.type_name: kind()
    for kind in (
        RandomBytes,
        RandomId,
        RandomInteger,
        RandomPassword,
        RandomPet,
        RandomShuffle,
        RandomString,
        RandomUuid,
        RandomUuid4,
        RandomUuid7,
    )
}


@declines(provider_pb2_grpc.ResourceProviderServicer, otherwise="the simulated random provider has no {call}")
class RandomProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Generates values; the engine keeps them, so the provider itself has no state."""

    def __init__(self, version: str) -> None:
        """A provider of that release, as the SDK expects it."""
        self.version = version

    @override
    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self.version)

    @override
    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=json.dumps(package_schema(self.version, RESOURCES.values())))

    @override
    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """The provider has no settings; `version` is the engine's own."""
        failures = [
            provider_pb2.CheckFailure(property=name, reason="is not a setting: the random provider has none, remove it")
            for name in request.news.fields
            if name != "version"
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @override
    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    @override
    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    @override
    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        resource = _resource(request.urn, context)
        given = from_struct(request.news)
        problems = check(resource.inputs, given)
        if not problems:
            inputs = _complete(resource, given)
            problems = [] if has_unknowns(_without_keepers(inputs)) else resource.problems(inputs)
        return provider_pb2.CheckResponse(inputs=request.news, failures=[_failure(each) for each in problems])

    @override
    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        resource = _resource(request.urn, context)
        state, planned = from_struct(request.olds), _complete(resource, from_struct(request.news))
        found = changes(state, planned)
        names = list(dict.fromkeys(map(property_of, found)))
        kinds = provider_pb2.PropertyDiff
        for name in names:
            if not replaces(name, state, planned):
                found[name] = kinds(kind=kinds.DELETE)
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=names,
            replaces=[name for name in names if replaces(name, state, planned)],
            detailedDiff=found,
            hasDetailedDiff=True,
        )

    @override
    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        resource = _resource(request.urn, context)
        inputs = _complete(resource, from_struct(request.properties))
        if request.preview:
            unknown = {each.name: UNKNOWN for each in resource.outputs}
            return provider_pb2.CreateResponse(properties=to_struct(_state(resource, inputs, unknown)))
        generated = resource.generate(inputs)
        identifier = resource.id_of(generated)
        state = _state(resource, inputs, {**generated, "id": identifier})
        return provider_pb2.CreateResponse(id=identifier, properties=to_struct(state))

    @override
    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        """A resource that is in the state is as the state says; otherwise its id is one to import."""
        resource = _resource(request.urn, context)
        state = from_struct(request.properties)
        if state:
            known = _state(resource, state, state)
            return provider_pb2.ReadResponse(id=request.id, properties=to_struct(known), inputs=request.inputs)
        try:
            imported = resource.import_id(request.id)
        except ImportIdError as failure:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(failure))
        identifier = resource.id_of(imported.generated)
        inputs = _complete(resource, imported.inputs)
        state = _state(resource, inputs, {**imported.generated, "id": identifier})
        return provider_pb2.ReadResponse(id=identifier, properties=to_struct(state), inputs=to_struct(imported.inputs))

    @override
    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        """Inputs that changed without meaning; what was generated stays."""
        resource = _resource(request.urn, context)
        inputs = _complete(resource, from_struct(request.news))
        state = _state(resource, inputs, from_struct(request.olds))
        return provider_pb2.UpdateResponse(properties=to_struct(state))

    @override
    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    @override
    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()


def _resource(urn: str, context: grpc.ServicerContext) -> RandomResource:
    token = urn.split("::")[2].rsplit("$", 1)[-1]
    resource = RESOURCES.get(token)
    if resource is None:
        context.abort(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"the simulated random provider has no resource type {token!r}; it has {', '.join(RESOURCES)}",
        )
    return resource


def _complete(resource: RandomResource, given: Mapping[str, Property]) -> dict[str, Property]:
    return resource.complete(with_defaults(resource.inputs, given))


def _without_keepers(inputs: Mapping[str, Property]) -> dict[str, Property]:
    return {name: value for name, value in inputs.items() if name != "keepers"}


def _failure(problem: Problem) -> provider_pb2.CheckFailure:
    return provider_pb2.CheckFailure(property=problem.name, reason=f"{problem.path} {problem.reason}")


def _state(
    resource: RandomResource, inputs: Mapping[str, Property], generated: Mapping[str, Property]
) -> dict[str, Property]:
    """What the engine keeps: inputs with their defaults, and outputs, secret where the real provider's are."""
    state = {each.name: inputs.get(each.name) for each in resource.inputs}
    state["id"] = generated.get("id")
    for each in resource.outputs:
        value = generated.get(each.name)
        state[each.name] = Secret(value) if each.secret and value is not None else value
    return state
