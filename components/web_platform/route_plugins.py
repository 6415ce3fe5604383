"""Which plugins a service's route has: those that are asked for, and what lets its consumers in.

Pure functions. What callers must show and who is let in belong together: Kong keeps them apart, and by default lets in
everybody who is known at all.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from pulumi import Input

from web_platform.argument_types import type_faults
from web_platform.errors import Fault
from web_platform.kong_plugins import KINDS, KongPluginsArgs, authenticating, plugins_faults, route_faults
from web_platform.kong_plugins.kind import Faults

_FIELDS = ("plugins", "service_plugins")


class _NamesArgs(TypedDict):
    """The arguments that name what is made apart."""

    consumers: NotRequired[Sequence[Input[str]] | None]
    shared_plugins: NotRequired[Sequence[Input[str]]]


def plugins_of_route(args: Mapping[str, Any]) -> KongPluginsArgs:
    """The plugins of a service's route, of arguments without fault."""
    admitted = args.get("consumers")
    return cast("KongPluginsArgs", {**args.get("plugins", {}), **({"acl": {"allow": admitted}} if admitted else {})})


def service_plugins_faults(args: Mapping[str, Any]) -> Faults:
    """Find what is wrong in `plugins`, `service_plugins` and `consumers` of a service, with its field."""
    names = {field: args[field] for field in _NamesArgs.__annotations__.keys() & args.keys()}
    wrong = list(type_faults(names, _NamesArgs))
    wrong += [(f"{field}.{place}", fault) for field in _FIELDS for place, fault in plugins_faults(args.get(field, {}))]
    yield from wrong
    if wrong:
        return
    yield from ((f"plugins.{place}", fault) for place, fault in route_faults(args.get("plugins", {})))
    of_route, of_service = (args.get(field, {}) for field in _FIELDS)
    for key in sorted(of_route.keys() & of_service.keys() - {"other"}):
        yield f"service_plugins.{key}", _TWICE
    for name in sorted(of_route.get("other", {}).keys() & of_service.get("other", {}).keys()):
        yield f"service_plugins.other.{name}", _TWICE
    for key in [*authenticating(of_service), *(["acl"] if "acl" in of_service else [])]:
        yield f"service_plugins.{key}", _AUTHENTICATES
    yield from _admission_faults(args)


def _admission_faults(args: Mapping[str, Any]) -> Faults:
    plugins, consumers = args.get("plugins", {}), args.get("consumers")
    asking = [key for key in authenticating(plugins) if key in KINDS]
    if consumers and not asking:
        yield (
            "consumers",
            Fault(
                what="is given, though nothing asks callers who they are",
                danger="everybody would be let in",
                remedy="add key-auth, basic-auth or jwt to the plugins, or remove it",
            ),
        )
    if consumers and "acl" in plugins:
        yield (
            "consumers",
            Fault(
                what="is given beside plugins.acl",
                danger="one of the two would be ignored",
                remedy="name those who are let in here, and remove acl",
            ),
        )
    for key in asking if not consumers and "acl" not in plugins else ():
        yield (
            f"plugins.{key}",
            Fault(
                what="is there without consumers",
                danger="nobody could call the service, or everybody whom the gateway knows for any other",
                remedy="name those who are let in: `consumers`, with consumers or groups of them",
            ),
        )


_TWICE = Fault(
    what="is among plugins too",
    danger="Kong runs one of a kind for a request, the route's: this one would be ignored",
    remedy="keep one of the two",
)

_AUTHENTICATES = Fault(
    what="says who may call, which is for a route to say",
    danger="whoever finds out who may call would look at the route, and not find it",
    remedy="write it among plugins",
)
