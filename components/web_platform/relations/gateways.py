"""Routes of the Gateway API: the Gateways, listeners and Services that they name, and who may name them."""

from collections.abc import Iterator

from web_platform.relations.backends import backends_of
from web_platform.relations.hosts import meet
from web_platform.relations.objects import (
    GATEWAY,
    GATEWAY_CLASS,
    HTTP_ROUTE,
    SERVICE,
    Dangling,
    Object,
    Objects,
    at,
    granted,
    listed,
    selects,
    text,
    texts,
    whole,
)
from web_platform.relations.pods import labels_of_namespace

_UNREACHED = "no request ever comes to this route"


def gateways(objects: Objects) -> Iterator[Dangling]:
    """Find Gateways without a class, and routes that hang on none or may not lead where they do."""
    for gateway in objects.all(GATEWAY):
        name = text(gateway.content, "spec.gatewayClassName")
        if name and objects.find(GATEWAY_CLASS, "", name) is None:
            yield gateway.dangling(
                "spec.gatewayClassName",
                f"names GatewayClass {name!r}, which there is not",
                "no gateway serves it, and no request to its routes is answered",
                "name a GatewayClass that there is, such as 'kong', or create it",
            )
    for route in objects.all(HTTP_ROUTE):
        yield from _route(objects, route)
    for backend in backends_of(objects):
        if backend.namespace == backend.route.namespace or backend.service(objects) is None:
            continue
        if not granted(objects, backend.route, SERVICE, backend.namespace, backend.name):
            yield backend.route.dangling(
                f"{backend.field}.namespace",
                f"is {backend.namespace}, where no ReferenceGrant lets routes of {backend.route.namespace} in",
                "the gateway answers every request of this route with an error",
                f"create a ReferenceGrant in namespace {backend.namespace}, or lead to a Service of this one",
            )


def _route(objects: Objects, route: Object) -> Iterator[Dangling]:
    listeners: list[object] = []
    for field, reference in listed(route.content, "spec.parentRefs"):
        if text(reference, "kind") not in ("", "Gateway"):
            continue
        parent = _parent(objects, route, field, reference)
        if isinstance(parent, Dangling):
            yield parent
        else:
            listeners += parent
    for field, host in texts(route.content, "spec.hostnames") if listeners else ():
        if not any(meet(text(listener, "hostname"), host) for listener in listeners):
            yield route.dangling(
                field,
                f"is {host!r}, which no listener that the route hangs on is for",
                "no request to this host ever comes to this route",
                "add a listener for it to the Gateway, or hang the route on the one that there is",
            )


def _parent(objects: Objects, route: Object, field: str, reference: object) -> list[object] | Dangling:
    """The listeners that a reference of a route means, or what is wrong with it."""
    namespace, name = text(reference, "namespace") or route.namespace, text(reference, "name")
    gateway = objects.find(GATEWAY, namespace, name)
    if not name:
        return []
    if gateway is None:
        what = f"names Gateway {name!r}, which namespace {namespace} does not have"
        return route.dangling(f"{field}.name", what, _UNREACHED, "name a Gateway that there is, with its namespace")
    listeners = [listener for _, listener in listed(gateway.content, "spec.listeners")]
    for key, read, meant in (("sectionName", text, "name"), ("port", whole, "port")):
        value = read(reference, key)
        if value:
            listeners = [listener for listener in listeners if read(listener, meant) == value]
            if not listeners:
                what = f"is {value!r}, which no listener of {gateway} has"
                return route.dangling(f"{field}.{key}", what, _UNREACHED, "name a listener that the Gateway has")
    admitting = [listener for listener in listeners if _admits(objects, gateway, listener, route)]
    if not admitting:
        return route.dangling(
            field,
            f"names {gateway}, which admits no HTTPRoutes of namespace {route.namespace}",
            _UNREACHED,
            "say so in the listener's `allowedRoutes`, which by default are those of its own namespace",
        )
    return admitting


def _admits(objects: Objects, gateway: Object, listener: object, route: Object) -> bool:
    kinds = [text(kind, "kind") for _, kind in listed(listener, "allowedRoutes.kinds")]
    if kinds and route.kind not in kinds:
        return False
    origin = text(listener, "allowedRoutes.namespaces.from") or "Same"
    if origin == "Selector":
        selector = at(listener, "allowedRoutes.namespaces.selector")
        return selects(selector, labels_of_namespace(objects, route.namespace))
    return origin == "All" or (origin == "Same" and gateway.namespace == route.namespace)
