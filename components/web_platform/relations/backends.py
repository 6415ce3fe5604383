"""Where routes lead: the Services behind Ingresses and HTTPRoutes."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from web_platform.relations.objects import HTTP_ROUTE, INGRESS, SERVICE, Object, Objects, at, listed, text, whole


class Backend(NamedTuple):
    """A Service that a route sends requests to."""

    route: Object
    field: str
    """Where in the route: what holds the Service's name and port."""

    port_field: str
    namespace: str
    name: str
    """Name of the Service, or nothing where that is only known later."""

    port: int | str | None
    """Number or name of the Service's port, or None where that is only known later."""

    def service(self, objects: Objects) -> Object | None:
        """The Service, where there is one."""
        return objects.find(SERVICE, self.namespace, self.name)

    def service_port(self, service: Object) -> object | None:
        """The Service's port that is meant, where it has it."""
        for _, port in listed(service.content, "spec.ports"):
            # Kong's controller takes a name for that of the pods' port too.
            named = self.port in (text(port, "name"), text(port, "targetPort"))
            if named if isinstance(self.port, str) else whole(port, "port") == self.port:
                return port
        return None


def backends_of(objects: Objects) -> list[Backend]:
    """All backends of all routes."""
    made = [backend for ingress in objects.all(INGRESS) for backend in _of_ingress(ingress)]
    return made + [backend for route in objects.all(HTTP_ROUTE) for backend in _of_http_route(route)]


def _of_ingress(ingress: Object) -> Iterator[Backend]:
    places = [("spec.defaultBackend.service", at(ingress.content, "spec.defaultBackend.service"))]
    for field, rule in listed(ingress.content, "spec.rules"):
        places += [
            (f"{path}.backend.service", at(item, "backend.service")) for path, item in listed(rule, "http.paths", field)
        ]
    for field, service in places:
        if isinstance(service, Mapping):
            port = text(service, "port.name") or whole(service, "port.number")
            yield Backend(ingress, field, f"{field}.port", ingress.namespace, text(service, "name"), port)


def _of_http_route(route: Object) -> Iterator[Backend]:
    for field, rule in listed(route.content, "spec.rules"):
        for place, reference in listed(rule, "backendRefs", field):
            if text(reference, "kind") in ("", SERVICE) and text(reference, "group") in ("", "core"):
                namespace = text(reference, "namespace") or route.namespace
                port = whole(reference, "port")
                yield Backend(route, place, f"{place}.port", namespace, text(reference, "name"), port)
