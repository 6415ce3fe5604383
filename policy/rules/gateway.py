"""What lies between the world and the services: one gateway, TLS for every host, and plugins that are there."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from web_platform.gateway_values import INGRESS_CLASS
from web_platform.http_route import gateway_class_spec
from web_platform.kong_names import CLASS_ANNOTATION
from web_platform.relations.cert_manager import SOLVER_LABEL
from web_platform.relations.certificates import certificates
from web_platform.relations.consumers import consumers
from web_platform.relations.objects import (
    CERTIFICATE,
    CLUSTER_ISSUER,
    CLUSTER_PLUGIN,
    CONSUMER,
    CONSUMER_GROUP,
    GATEWAY,
    GATEWAY_CLASS,
    HTTP_ROUTE,
    INGRESS,
    ISSUER,
    NAMESPACE,
    PLUGIN,
    REFERENCE_GRANT,
    SECRET,
    SERVICE,
    Dangling,
    Objects,
    strings,
    text,
)
from web_platform.relations.objects import INGRESS_CLASS as CLASS_OF_INGRESSES
from web_platform.relations.plugins import plugins

from policy.namespaces import in_namespaces, within
from policy.objects import kind_of
from policy.resource import Resource, value_at
from policy.rule import Finding, ResourceRule, StackRule

# What is named by what in the relations below, and where it is.
_RELATED = frozenset(
    {
        CERTIFICATE,
        CLASS_OF_INGRESSES,
        CLUSTER_ISSUER,
        CLUSTER_PLUGIN,
        CONSUMER,
        CONSUMER_GROUP,
        GATEWAY,
        HTTP_ROUTE,
        INGRESS,
        ISSUER,
        NAMESPACE,
        PLUGIN,
        REFERENCE_GRANT,
        SECRET,
        SERVICE,
        "apps/Deployment",  # One of cert-manager's says where its Secrets are.
    }
)
_ROUTES = (INGRESS, HTTP_ROUTE, "gateway.networking.k8s.io/GRPCRoute")
_PROTOCOLS = "konghq.com/protocols"
_ENCRYPTED = ("grpcs", "https", "tls", "tls_passthrough", "wss")
_CHALLENGES = "/.well-known/acme-challenge/"
_GATEWAY_API = "kubernetes:gateway.networking.k8s.io/"
_KONG = "ingress-controllers.konghq.com/kong"


def _service(service: Resource) -> Iterator[str]:
    if (kind := service.get("spec.type", "ClusterIP")) in ("LoadBalancer", "NodePort"):
        yield f"spec.type is {kind}"
    if service.get("spec.externalIPs", []):
        yield "spec.externalIPs gives it addresses"


def _ingress(ingress: Resource) -> Iterator[str]:
    annotations = ingress.get("metadata.annotations", {})
    named = {"spec.ingressClassName": ingress.get("spec.ingressClassName", "")}
    if isinstance(annotations, Mapping):
        named[f"annotation {CLASS_ANNOTATION}"] = annotations.get(CLASS_ANNOTATION, "")
    # GKE makes a load balancer of its own for one that names no class.
    if all(name == "" for name in named.values()) and annotations is not None:
        yield "spec.ingressClassName is missing"
    yield from (f"{field} is {name}" for field, name in named.items() if name not in (None, "", INGRESS_CLASS))


def _of_class(path: str, name: str) -> Callable[[Resource], Iterator[str]]:
    def check(found: Resource) -> Iterator[str]:
        if (said := found.get(path, "missing")) not in (None, name):
            yield f"{path} is {said}"

    return check


# Kinds of objects that open ways from outside, with what is wrong with one.
_WAYS: Mapping[str, Callable[[Resource], Iterator[str]]] = {
    SERVICE: _service,
    INGRESS: _ingress,
    CLASS_OF_INGRESSES: _of_class("spec.controller", _KONG),
    GATEWAY: _of_class("spec.gatewayClassName", INGRESS_CLASS),
    GATEWAY_CLASS: _of_class("spec.controllerName", gateway_class_spec()["controllerName"]),
}


def _past_it(resource: Resource) -> Iterator[str]:
    if check := _WAYS.get(kind_of(resource)):
        yield from check(resource)


ONE_GATEWAY = ResourceRule(
    name="one-gateway",
    demand="Requests from outside come through the gateway alone.",
    danger="This way has no limits, no keys and perhaps no TLS, and each load balancer costs money of its own.",
    remedy=f"Make a Service a ClusterIP and give the service a public host; an Ingress or a Gateway is of the class "
    f"{INGRESS_CLASS}.",
    source="https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
    types=("kubernetes:core/v1:Service", "kubernetes:networking.k8s.io/", _GATEWAY_API),
    check=_past_it,
)


def _plain(route: Resource) -> Iterator[str]:
    annotations = route.get("metadata.annotations", {})
    if kind_of(route) not in _ROUTES or not isinstance(annotations, Mapping) or _answers_challenges(route):
        return
    if _PROTOCOLS not in annotations and not route.partial:
        yield f"annotation {_PROTOCOLS} is missing, which lets in http"
    protocols = annotations.get(_PROTOCOLS)
    named = [each.strip() for each in protocols.split(",")] if isinstance(protocols, str) else []
    if plain := [each or "http" for each in named if each not in _ENCRYPTED]:
        yield f"annotation {_PROTOCOLS} lets in {' and '.join(plain)}"


def _answers_challenges(route: Resource) -> bool:
    """Whether an Ingress leads to what answers Let's Encrypt, which asks over plain HTTP, and to nothing else."""
    labels = route.get("metadata.labels", {})
    if labels is not None and not (isinstance(labels, Mapping) and SOLVER_LABEL in labels):
        return False
    paths = list(_paths(route))
    only = all(path is None or str(path).startswith(_CHALLENGES) for path in paths)
    return only and bool(paths) and value_at(route.properties, "spec.defaultBackend") is None


def _paths(ingress: Resource) -> Iterator[object]:
    """Each path that an Ingress has a way for; None where that is known later."""
    rules = ingress.get("spec.rules", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        paths = value_at(rule, "http.paths", [])
        for path in paths if isinstance(paths, list) else [paths]:
            yield value_at(path, "path", "")


ONLY_TLS = ResourceRule(
    name="only-tls",
    demand="Hosts are answered over TLS alone.",
    danger="Whoever is on the way reads passwords and keys of callers, and can change what they get.",
    remedy=f"Annotate the Ingress or the route with {_PROTOCOLS}: https, as the component WebService does.",
    source="https://developer.konghq.com/kubernetes-ingress-controller/reference/annotations/",
    types=("kubernetes:networking.k8s.io/", _GATEWAY_API),
    check=_plain,
)


_Relation = Callable[[Objects], Iterable[Dangling]]


def _related(*relations: _Relation) -> Callable[[Sequence[Resource]], Iterator[Finding]]:
    """What dangles of these relations between the objects of a stack."""

    def check(resources: Sequence[Resource]) -> Iterator[Finding]:
        known, unknown = in_namespaces([each for each in resources if kind_of(each) in _RELATED])
        if any(not isinstance(each.get("metadata"), Mapping) for each in (*known, *unknown)):
            return  # It may be called as anything is that others name.
        # What may be in any namespace is found nowhere, and all else only if it dangles with that beside it as well.
        names = sorted({text(each.properties, "metadata.namespace") for each in known} - {""})
        everywhere = [within(each, name) for name in names for each in unknown]
        beside = {(found.object, found.field) for found in _dangling(relations, [*everywhere, *known])}
        named = {_called(each): each for each in known}
        for found in _dangling(relations, known):
            # Secrets with what plugins need from elsewhere may be put there by hand, as docs/plugins.md does.
            by_hand = "secretKeyRef" in found.field
            if found.object in named and not by_hand and (found.object, found.field) in beside:
                fault = found.fault
                what = f"{found.field} {fault.what}"
                yield Finding(named[found.object], what, _sentence(fault.danger), _sentence(fault.remedy))

    return check


def _dangling(relations: Iterable[_Relation], resources: Sequence[Resource]) -> list[Dangling]:
    objects = Objects([*(each.properties for each in resources), *_classes(resources)])
    return sorted({found for relation in relations for found in relation(objects)})


def _classes(resources: Sequence[Resource]) -> Iterator[Mapping[str, Any]]:
    """The classes that objects name: the gateway's chart makes them, and what charts make is no resource."""
    for name in {
        text(resource.properties, "spec.ingressClassName")
        or strings(resource.properties, "metadata.annotations").get(CLASS_ANNOTATION, "")
        for resource in resources
    }:
        yield {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": name}}


def _called(resource: Resource) -> str:
    """The object of a resource as relations call it."""
    return next(map(str, Objects([resource.properties]).all(kind_of(resource))), "")


def _sentence(phrase: str) -> str:
    return f"{phrase[:1].upper()}{phrase[1:]}."


TLS = StackRule(
    name="tls",
    demand="Every public host has a certificate that somebody issues.",
    danger="The gateway shows a certificate of its own, which no client accepts for the host.",
    remedy="Add the host to spec.tls, with the Secret of a Certificate for it.",
    source="https://cert-manager.io/docs/usage/ingress/",
    check=_related(certificates),
)


PLUGINS = StackRule(
    name="plugins",
    demand="Plugins, consumers and credentials that are named are there.",
    danger="Kong's controller passes over what it cannot find, and lets in everybody or nobody.",
    remedy="Let the components relate them: `plugins` and `consumers` of a service.",
    source="https://developer.konghq.com/kubernetes-ingress-controller/reference/annotations/",
    check=_related(plugins, consumers),
)
