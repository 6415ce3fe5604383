"""The calls of the engine's `ResourceProvider` service."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2
from typing_extensions import override

from localcloud.errors import LocalCloudError
from localcloud.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc
from localcloud.providers.google import DIRECTORY_VARIABLE, functions, schema, settings, validation
from localcloud.providers.google.changes import Change, changes, property_of
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.drift import inputs_now
from localcloud.providers.google.kind import Refusal
from localcloud.providers.google.kinds import is_simulated, kind_of
from localcloud.providers.google.naming import auto_name, generate
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN, Property, from_struct, to_struct
from localcloud.unimplemented import declines

_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")
_Call = Callable[["GoogleProvider", _Request, grpc.ServicerContext], _Answer]

# The inputs that the provider chose, as the real one notes them; the engine does not show names that begin so.
# https://github.com/pulumi/pulumi-terraform-bridge/blob/master/pkg/tfbridge/schema.go
_DEFAULTS = "__defaults"

# https://github.com/pulumi/pulumi-gcp/blob/master/provider/resources.go
_DELETED_BEFORE_REPLACED = {"gcp:projects/iAMMember:IAMMember"}

_STATUS = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.ALREADY_EXISTS,
}


def _answered(call: _Call[_Request, _Answer]) -> _Call[_Request, _Answer]:
    """Makes a refusal the call's status, and one line of whatever else goes wrong: a traceback would reach the user."""

    @functools.wraps(call)
    def answer(provider: GoogleProvider, request: _Request, context: grpc.ServicerContext) -> _Answer:
        try:
            return call(provider, request, context)
        except Refusal as refusal:
            status, message = _STATUS.get(refusal.code, grpc.StatusCode.FAILED_PRECONDITION), str(refusal)
        except LocalCloudError as failure:
            status, message = grpc.StatusCode.FAILED_PRECONDITION, str(failure)
        except Exception as error:  # Whatever it is, the engine must hear of it.
            status = grpc.StatusCode.INTERNAL
            message = f"the simulated Google Cloud failed at {call.__name__}: {type(error).__name__}: {error}"
        return context.abort(status, message)

    return answer


@declines(provider_pb2_grpc.ResourceProviderServicer, otherwise="the simulated gcp provider has no {call}")
class GoogleProvider(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of one run of the engine, on a simulated cloud that outlives it.

    Args:
        version: Its release, as the SDK expects it.
        directory: Where the simulated cloud is kept; None if that is not known, so that nothing can be configured.
        warn: Shows the user a message about the resource of a URN.
    """

    def __init__(self, version: str, directory: Path | None, warn: Callable[[str, str], None]) -> None:
        self.version = version
        self.directory = directory
        self._warn = warn
        self._warned: set[str] = set()
        self._settings = settings.Settings()
        self._opened: Cloud | None = None

    @override
    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self.version)

    @override
    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "gcp", "version": self.version}))

    @override
    @_answered
    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        failures = [_failure(each) for each in settings.problems(from_struct(request.news))]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @override
    @_answered
    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Other settings never replace a provider: what it made stays where it is."""
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        differing = sorted(name for name in {*old, *new} if old.get(name) != new.get(name) or new[name] is UNKNOWN)
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_SOME if differing else kinds.DIFF_NONE, diffs=differing)

    @override
    @_answered
    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        if self.directory is None:
            raise Refusal(
                412,
                f"{DIRECTORY_VARIABLE} is not set",
                "the simulated Google Cloud does not know where it is kept, and nothing can be made in it",
                "run Pulumi through `make rehearse` or the shell of a rehearsed stack, or set it to a directory",
            )
        self._settings = settings.settings_of(from_struct(request.args))
        self._opened = Cloud(self.directory)
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    @override
    @_answered
    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        token, kind = _token(request.urn), kind_of(_token(request.urn))
        self._warn_of_generic(token, request.urn)
        given = _inputs(token, request.news)
        inputs = _named(token, request, given)
        problems = validation.problems(token, given) or self._placeless(token, inputs) or kind.problems(inputs)
        defaults = sorted(inputs.keys() - given.keys())
        return provider_pb2.CheckResponse(
            inputs=to_struct({**inputs, _DEFAULTS: defaults}), failures=[_failure(each) for each in problems]
        )

    @override
    @_answered
    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        token = _token(request.urn)
        state, old = _read(token, request.olds), _inputs(token, request.old_inputs)
        new = _inputs(token, request.news)
        planned = self._planned(token, new)
        found = {
            path: change
            for path, change in changes(token, old, new).items()
            # What Google fills in may be said or left unsaid.
            if not _same(property_of(path), planned, state)
        }
        if "pulumiLabels" in planned and _label_input(token) not in map(property_of, found):
            found |= changes(token, _only("pulumiLabels", state), _only("pulumiLabels", planned))
        names = list(dict.fromkeys(map(property_of, found)))
        replaced = list(dict.fromkeys(property_of(path) for path, change in found.items() if change.replaces))
        kinds = provider_pb2.DiffResponse
        return kinds(
            changes=kinds.DIFF_SOME if found else kinds.DIFF_NONE,
            diffs=names,
            replaces=replaced,
            deleteBeforeReplace=bool(replaced) and _needs_the_name(token, old, new, request.news),
            detailedDiff={path: _difference(change) for path, change in found.items()},
            hasDetailedDiff=True,
        )

    @override
    @_answered
    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        token = _token(request.urn)
        inputs = _inputs(token, request.properties)
        if request.preview:
            planned = _unknowns(token) | self._planned(token, self._protected(token, inputs))
            return provider_pb2.CreateResponse(properties=_state(token, planned, UNKNOWN))
        complete = self._labelled(token, self._protected(token, inputs))
        resource = self._cloud.create(kind_of(token), complete, self._settings.place)
        if not context.is_active() and kind_of(token).unique:
            # The engine was killed meanwhile: it will never know of the resource, which would be in its way.
            self._cloud.discard(kind_of(token), resource)
        return provider_pb2.CreateResponse(id=resource.id, properties=_state(token, resource.state, resource.id))

    @override
    @_answered
    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        """A resource as the cloud has it; one that is gone has no id."""
        token = _token(request.urn)
        kind = kind_of(token)
        before = _read(token, request.properties)
        identifier = request.id if before else kind.imported(request.id, self._settings.place)
        resource = self._cloud.get(token, identifier)
        if resource is None:
            return provider_pb2.ReadResponse()
        given = _inputs(token, request.inputs)
        defaults = from_struct(request.inputs).get(_DEFAULTS, [])
        inputs = inputs_now(token, given, before, resource.state)
        return provider_pb2.ReadResponse(
            id=resource.id,
            properties=_state(token, resource.state, resource.id),
            inputs=to_struct({**schema.with_secrets(token, inputs), _DEFAULTS: defaults}),
        )

    @override
    @_answered
    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        token = _token(request.urn)
        inputs = _inputs(token, request.news)
        fields = schema.inputs(token)
        former = _inputs(token, request.old_inputs)
        cleared = {name for name in former.keys() - inputs.keys() if name not in fields or not fields[name].computed}
        if request.preview:
            kept = {name: value for name, value in _read(token, request.olds).items() if name not in cleared}
            planned = schema.laid_over(token, kept, former, self._planned(token, inputs))
            return provider_pb2.UpdateResponse(properties=_state(token, planned))
        labelled = self._labelled(token, inputs)
        resource = self._cloud.update(kind_of(token), request.id, labelled, self._settings.place, cleared)
        return provider_pb2.UpdateResponse(properties=_state(token, resource.state, resource.id))

    @override
    @_answered
    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Deletes a resource, unless its ``deletionPolicy``, which the provider keeps for itself, says otherwise."""
        token = _token(request.urn)
        match _read(token, request.properties).get("deletionPolicy"):
            case "PREVENT":
                raise Refusal(
                    412,
                    f"the {token.rpartition(':')[2]} {request.id!r} has deletionPolicy PREVENT",
                    "whoever set it did not want it deleted",
                    "set deletionPolicy to DELETE and run `pulumi up` first, if it really is to go",
                )
            case "ABANDON":
                return empty_pb2.Empty()
        self._cloud.delete(kind_of(token), request.id)
        return empty_pb2.Empty()

    @override
    @_answered
    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        result = to_struct(functions.call(request.tok, from_struct(request.args), self._settings.place))
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").CopyFrom(result)
        return answer

    @override
    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    @property
    def _cloud(self) -> Cloud:
        if self._opened is None:
            raise Refusal(412, "the provider is not configured", "it has no cloud", "call Configure first")
        return self._opened

    def _planned(self, token: str, inputs: Mapping[str, Property]) -> dict[str, Property]:
        """What a resource would be given, as far as it is known before it is made."""
        return kind_of(token).complete(self._labelled(token, inputs), self._settings.place)

    def _labelled(self, token: str, inputs: Mapping[str, Property]) -> dict[str, Property]:
        """The inputs with the labels that a resource will really have, if its type can have any.

        https://www.pulumi.com/registry/packages/gcp/how-to-guides/8-0-migration/#default-label
        """
        if "pulumiLabels" not in schema.outputs(token):
            return dict(inputs)
        labels = inputs.get(_label_input(token)) or {}
        effective = UNKNOWN if labels is UNKNOWN else {**self._settings.default_labels, **labels}
        return {**inputs, "pulumiLabels": effective, "effectiveLabels": effective}

    def _protected(self, token: str, inputs: Mapping[str, Property]) -> dict[str, Property]:
        """The inputs of a new resource with what deleting it will mean, if its type can say so and does not itself."""
        policy = schema.inputs(token).get("deletionPolicy")
        if (
            policy is None
            or not policy.computed
            or "deletionPolicy" in kind_of(token).complete(inputs, self._settings.place)
        ):
            return dict(inputs)
        return {**inputs, "deletionPolicy": self._settings.deletion_policy}

    def _placeless(self, token: str, inputs: Mapping[str, Property]) -> list[Problem]:
        if "project" not in schema.inputs(token) or inputs.get("project") or self._settings.place.project:
            return []
        return [
            Problem(
                "project",
                "is neither given nor a setting of the provider\n"
                "  Danger: Google cannot know where to make the resource\n"
                "  Remedy: set `gcp:project`, or give the resource its project",
            )
        ]

    def _warn_of_generic(self, token: str, urn: str) -> None:
        if not is_simulated(token) and token not in self._warned:
            self._warned.add(token)
            self._warn(
                urn,
                f"{token} is kept but not simulated: none of Google's rules for it are applied, and outputs that only "
                "Google knows stay empty",
            )


def _token(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _read(token: str, properties: struct_pb2.Struct) -> dict[str, Property]:
    return schema.whole_numbers(token, from_struct(properties))


def _inputs(token: str, properties: struct_pb2.Struct) -> dict[str, Property]:
    """Inputs without the provider's own note in them: checked ones have it, and those that an import has read."""
    return {name: value for name, value in _read(token, properties).items() if name != _DEFAULTS}


def _state(token: str, state: Mapping[str, Property], identifier: Property = None) -> struct_pb2.Struct:
    """What the engine keeps, secret where the real provider's is."""
    return to_struct(schema.with_secrets(token, {**state, "id": state.get("id") if identifier is None else identifier}))


def _named(token: str, request: provider_pb2.CheckRequest, given: Mapping[str, Property]) -> dict[str, Property]:
    """The inputs with a name that the provider chose, now or before."""
    rule = auto_name(token)
    if rule is None or given.get(rule.property) is not None:
        return dict(given)
    old = from_struct(request.olds)
    if rule.property in old.get(_DEFAULTS, []):
        return {**given, rule.property: old[rule.property]}
    return {**given, rule.property: generate(rule, request.urn.rpartition("::")[2], request.randomSeed)}


def _needs_the_name(
    token: str, old: Mapping[str, Property], new: Mapping[str, Property], checked: struct_pb2.Struct
) -> bool:
    """Whether a replacement would have the name of what it replaces, which must therefore go first."""
    if token in _DELETED_BEFORE_REPLACED:
        return True
    rule = auto_name(token)
    if rule is None or rule.property in from_struct(checked).get(_DEFAULTS, []):
        return False
    return bool(old.get(rule.property) == new.get(rule.property))


def _label_input(token: str) -> str:
    """The input with a resource's own labels: a cluster calls it otherwise."""
    return "labels" if "labels" in schema.inputs(token) else "resourceLabels"


def _unknowns(token: str) -> dict[str, Property]:
    """What only an update will tell."""
    computed = [name for name, field in schema.inputs(token).items() if field.computed]
    return dict.fromkeys((*schema.outputs(token), *computed), UNKNOWN)


def _same(name: str, planned: Mapping[str, Property], state: Mapping[str, Property]) -> bool:
    return name in planned and name in state and bool(planned[name] == state[name])


def _only(name: str, properties: Mapping[str, Property]) -> dict[str, Property]:
    return {name: properties.get(name)}


def _difference(change: Change) -> provider_pb2.PropertyDiff:
    kinds = provider_pb2.PropertyDiff
    if change.old is None:
        kind = kinds.ADD_REPLACE if change.replaces else kinds.ADD
    elif change.new is None:
        kind = kinds.DELETE_REPLACE if change.replaces else kinds.DELETE
    else:
        kind = kinds.UPDATE_REPLACE if change.replaces else kinds.UPDATE
    return kinds(kind=kind)


def _failure(problem: Problem) -> provider_pb2.CheckFailure:
    return provider_pb2.CheckFailure(property=property_of(problem.path), reason=f"{problem.path} {problem.reason}")
