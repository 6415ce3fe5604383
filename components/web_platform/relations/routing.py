"""From a route to a pod: an Ingress's class and Services, and the pods that Services select."""

from collections.abc import Iterator

from web_platform.kong_names import CLASS_ANNOTATION
from web_platform.relations.backends import backends_of
from web_platform.relations.objects import (
    INGRESS,
    INGRESS_CLASS,
    SERVICE,
    Dangling,
    Object,
    Objects,
    at,
    has,
    listed,
    strings,
    text,
    whole,
)
from web_platform.relations.pods import Pods, selected

DEFAULT_CLASS_ANNOTATION = "ingressclass.kubernetes.io/is-default-class"

_CLASS_FIELD = "spec.ingressClassName"
_UNSERVED = "no gateway serves it, and no request to its hosts is answered"


def routing(objects: Objects) -> Iterator[Dangling]:
    """Find routes that lead to no pod, and that no gateway serves."""
    yield from _classes(objects)
    yield from _backends(objects)
    for service in objects.all(SERVICE):
        if strings(service.content, "spec.selector"):
            yield from _selector(objects, service)


def has_default_class(objects: Objects) -> bool:
    """Whether what names no class has one nevertheless."""
    return any(known.annotations.get(DEFAULT_CLASS_ANNOTATION) == "true" for known in objects.all(INGRESS_CLASS))


def class_of(ingress: Object) -> tuple[str, str]:
    """The class that an Ingress names, with the field that does. Before the field there was an annotation."""
    if ingress.has_annotation(CLASS_ANNOTATION) and not has(ingress.content, _CLASS_FIELD):
        return f"metadata.annotations['{CLASS_ANNOTATION}']", ingress.annotations.get(CLASS_ANNOTATION, "")
    return _CLASS_FIELD, text(ingress.content, _CLASS_FIELD)


def _classes(objects: Objects) -> Iterator[Dangling]:
    for ingress in objects.all(INGRESS):
        field, name = class_of(ingress)
        if name and objects.find(INGRESS_CLASS, "", name) is None:
            remedy = "name the gateway's class, such as 'kong', or install the gateway"
            yield ingress.dangling(field, f"names IngressClass {name!r}, which there is not", _UNSERVED, remedy)
        elif field == _CLASS_FIELD and not has(ingress.content, field) and not has_default_class(objects):
            remedy = "name the gateway's class, such as 'kong'"
            yield ingress.dangling(field, "is missing, and no IngressClass is the default", _UNSERVED, remedy)


def _backends(objects: Objects) -> Iterator[Dangling]:
    broken = "the gateway answers every request of this route with an error"
    for backend in backends_of(objects):
        service = backend.service(objects)
        if service is None:
            if backend.name:
                what = f"names Service {backend.name!r}, which namespace {backend.namespace} does not have"
                remedy = "name a Service of that namespace, or create it"
                yield backend.route.dangling(f"{backend.field}.name", what, broken, remedy)
            continue
        # The gateway connects to the host that an external name stands for, on whatever port it is told.
        unknown = backend.port is None or text(service.content, "spec.type") == "ExternalName"
        if not unknown and backend.service_port(service) is None:
            what = f"is {backend.port!r}, which {service} does not have"
            remedy = f"use one of its ports: {_ports(service)}"
            yield backend.route.dangling(backend.port_field, what, broken, remedy)


def _selector(objects: Objects, service: Object) -> Iterator[Dangling]:
    pods = selected(objects, service)
    if not pods:
        yield service.dangling(
            "spec.selector",
            "selects no pods",
            "the Service has an address that nobody answers at",
            "write the labels that the pods' template has",
        )
        return
    for field, port in listed(service.content, "spec.ports"):
        name = "targetPort" if has(port, "targetPort") else "port"
        target = at(port, name)
        protocol = text(port, "protocol") or "TCP"
        if target is not None and all(each.number_of(target, protocol) is None for each in pods):
            yield service.dangling(
                f"{field}.{name}",
                f"is {target!r}, which no container of {_owners(pods)} listens on",
                "the Service has an address that nobody answers at",
                "write the name or the number of a port that a container declares",
            )


def _ports(service: Object) -> str:
    numbers = [whole(port, "port") for _, port in listed(service.content, "spec.ports")]
    return ", ".join(str(number) for number in numbers if number is not None) or "it has none"


def _owners(pods: list[Pods]) -> str:
    return " and ".join(sorted({str(each.owner) for each in pods}))
