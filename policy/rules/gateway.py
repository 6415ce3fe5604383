"""What lies between the world and the services: one gateway, TLS for every host, and plugins that are there."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from web_platform.kong_names import CLASS_ANNOTATION
from web_platform.relations.cert_manager import SOLVER_LABEL
from web_platform.relations.certificates import certificates
from web_platform.relations.consumers import consumers
from web_platform.relations.objects import Dangling, Objects, text
from web_platform.relations.plugins import plugins

from policy.namespaces import in_namespaces
from policy.rule import Finding, Resource, ResourceRule, StackRule

_INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
_PROTOCOLS = "konghq.com/protocols"


def _past_it(service: Resource) -> Iterator[str]:
    if (kind := service.get("spec.type", "ClusterIP")) in ("LoadBalancer", "NodePort"):
        yield f"spec.type is {kind}"
    if service.get("spec.externalIPs", []):
        yield "spec.externalIPs gives it addresses"


ONE_GATEWAY = ResourceRule(
    name="one-gateway",
    demand="Requests from outside come through the gateway alone.",
    danger="This way has no TLS, no limits and no keys, and each load balancer costs money of its own.",
    remedy="Make it a ClusterIP, and give the service a public host.",
    source="https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
    types=("kubernetes:core/v1:Service",),
    check=lambda service: _past_it(service) if service.type == "kubernetes:core/v1:Service" else (),
)


def _plain(ingress: Resource) -> Iterator[str]:
    annotations, labels = ingress.get("metadata.annotations", {}), ingress.get("metadata.labels", {})
    if annotations is None or labels is None or SOLVER_LABEL in labels:  # Let's Encrypt asks over plain HTTP.
        return
    protocols = annotations.get(_PROTOCOLS, "http,https")
    if isinstance(protocols, str) and "http" in [each.strip() for each in protocols.split(",")]:
        yield f"annotation {_PROTOCOLS} is not https"


ONLY_TLS = ResourceRule(
    name="only-tls",
    demand="Hosts are answered over TLS alone.",
    danger="Whoever is on the way reads passwords and keys of callers, and can change what they get.",
    remedy=f"Annotate the Ingress with {_PROTOCOLS}: https, as the component WebService does.",
    source="https://developer.konghq.com/kubernetes-ingress-controller/reference/annotations/",
    types=(_INGRESS,),
    check=_plain,
)


_Relation = Callable[[Objects], Iterable[Dangling]]


def _related(*relations: _Relation) -> Callable[[Sequence[Resource]], Iterator[Finding]]:
    """What dangles of these relations between the objects of a stack."""

    def check(resources: Sequence[Resource]) -> Iterator[Finding]:
        placed = in_namespaces([each for each in resources if each.type.startswith("kubernetes:")])
        if placed is None:
            return  # Who is whose neighbour, only the update will tell.
        objects = Objects([*(each.properties for each in placed), *_classes(placed)])
        known = {_called(each): each for each in placed}
        for found in sorted({found for relation in relations for found in relation(objects)}):
            # Secrets with what plugins need from elsewhere may be put there by hand, as docs/plugins.md does.
            if found.object in known and "secretKeyRef" not in found.field:
                fault = found.fault
                what = f"{found.field} {fault.what}"
                yield Finding(known[found.object], what, _sentence(fault.danger), _sentence(fault.remedy))

    return check


def _classes(resources: Sequence[Resource]) -> Iterator[Mapping[str, Any]]:
    """The classes that objects name: the gateway's chart makes them, and what charts make is no resource."""
    for name in {
        text(resource.properties, "spec.ingressClassName")
        or dict(resource.get("metadata.annotations", {}) or {}).get(CLASS_ANNOTATION)
        for resource in resources
    }:
        yield {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": name or ""}}


def _called(resource: Resource) -> str:
    """The object of a resource as relations call it."""
    group, kind = text(resource.properties, "apiVersion").rpartition("/")[0], text(resource.properties, "kind")
    return next(map(str, Objects([resource.properties]).all(f"{group}/{kind}" if group else kind)), "")


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
