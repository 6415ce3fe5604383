"""From the gateway to the pods: whether network policies let it through to what routes lead to.

Pods that answer Let's Encrypt's challenges exist for minutes only, so what keeps the gateway from them is not noticed
while the old certificate lasts.
"""

import ipaddress
from collections.abc import Iterator

from web_platform.relations.backends import Backend, backends_of
from web_platform.relations.cert_manager import SOLVER_LABEL, solvers_of, wanted_of
from web_platform.relations.objects import (
    INGRESS_CLASS,
    NETWORK_POLICY,
    Dangling,
    Object,
    Objects,
    at,
    has,
    listed,
    selects,
    strings,
    text,
    texts,
    whole,
)
from web_platform.relations.pods import Pods, gateways_of, labels_of_namespace, selected
from web_platform.relations.routing import class_of

# https://cert-manager.io/docs/configuration/acme/http01/
_SOLVER_PORT = 8089
_SOLVER_LABELS = {
    SOLVER_LABEL: "true",
    "acme.cert-manager.io/http-domain": "",
    "acme.cert-manager.io/http-token": "",
}


def network_policies(objects: Objects) -> Iterator[Dangling]:
    """Find backends and challenges that network policies keep the gateway from."""
    gateways = gateways_of(objects)
    for backend in backends_of(objects):
        if _is_kongs(objects, backend.route):
            yield from _backend(objects, backend, gateways)
    yield from _challenges(objects, gateways)


def _backend(objects: Objects, backend: Backend, gateways: list[Pods]) -> Iterator[Dangling]:
    service = backend.service(objects)
    port = backend.service_port(service) if service else None
    if service is None or port is None:
        return
    protocol = text(port, "protocol") or "TCP"
    target = at(port, "targetPort" if has(port, "targetPort") else "port")
    for pods in selected(objects, service):
        number = pods.number_of(target, protocol)
        closed = _closed_by(objects, pods, number, protocol, gateways) if number else None
        if closed:
            yield backend.route.dangling(
                backend.field,
                f"leads to port {number} of {pods.owner}, which {closed} closes to the gateway",
                "the gateway answers every request of this route with an error, after a long wait",
                f"let namespace {gateways[0].owner.namespace} in there, by a NetworkPolicy in {service.namespace}",
            )
            return


def _challenges(objects: Objects, gateways: list[Pods]) -> Iterator[Dangling]:
    for wanted in wanted_of(objects):
        issuer, namespace = wanted.signer(objects), wanted.object.namespace
        for solver in solvers_of(issuer) if issuer else ():
            if not has(solver.content, "http01") or not any(solver.answers(wanted, host) for _, host in wanted.hosts):
                continue
            template = at(solver.content, "http01.ingress.podTemplate")
            labels = strings(template, "metadata.labels") | _SOLVER_LABELS
            closed = _closed_by(objects, Pods(wanted.object, labels, [], {}), _SOLVER_PORT, "TCP", gateways)
            if closed:
                yield closed.dangling(
                    "spec.ingress",
                    f"closes port {_SOLVER_PORT} of the pods that answer challenges for {issuer} to the gateway",
                    f"Let's Encrypt cannot fetch its challenges, and no certificate of {namespace} is renewed",
                    f"let namespace {gateways[0].owner.namespace} in to pods with the label {SOLVER_LABEL}",
                )


def _closed_by(objects: Objects, pods: Pods, port: int, protocol: str, gateways: list[Pods]) -> Object | None:
    """The policy that keeps some gateway from a port of pods, or None where all are let in."""
    closing = [policy for policy in objects.all(NETWORK_POLICY) if _applies(policy, pods)]
    for gateway in gateways if closing else ():
        if not any(_admits(objects, policy, gateway, pods, port, protocol) for policy in closing):
            return closing[0]
    return None


def _applies(policy: Object, pods: Pods) -> bool:
    types = [type_ for _, type_ in texts(policy.content, "spec.policyTypes")]
    return (
        policy.namespace == pods.owner.namespace
        and (not types or "Ingress" in types)
        and selects(at(policy.content, "spec.podSelector"), pods.labels)
    )


def _admits(objects: Objects, policy: Object, gateway: Pods, pods: Pods, port: int, protocol: str) -> bool:
    for _, rule in listed(policy.content, "spec.ingress"):
        peers = [peer for _, peer in listed(rule, "from")]
        ports = [open_ for _, open_ in listed(rule, "ports")]
        if (not peers or any(_is_peer(objects, policy, peer, gateway) for peer in peers)) and (
            not ports or any(_is_port(open_, pods, port, protocol) for open_ in ports)
        ):
            return True
    return False


def _is_peer(objects: Objects, policy: Object, peer: object, gateway: Pods) -> bool:
    if at(peer, "ipBlock") is not None:
        return _holds_pods(text(peer, "ipBlock.cidr"))
    pods, namespaces = at(peer, "podSelector"), at(peer, "namespaceSelector")
    if namespaces is None and policy.namespace != gateway.owner.namespace:
        return False
    if not selects(namespaces, labels_of_namespace(objects, gateway.owner.namespace)):
        return False
    return selects(pods, gateway.labels)


def _holds_pods(cidr: str) -> bool:
    """Whether pods may have addresses of a range: which ones they get is only known in the cluster."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    return network.prefixlen == 0 or not network.is_global


def _is_port(open_: object, pods: Pods, port: int, protocol: str) -> bool:
    if (text(open_, "protocol") or "TCP") != protocol:
        return False
    first = at(open_, "port")
    if first is None:
        return True
    if isinstance(first, str):
        return pods.number_of(first, protocol) == port
    start = whole(open_, "port")
    return start is not None and start <= port <= (whole(open_, "endPort") or start)


def _is_kongs(objects: Objects, route: Object) -> bool:
    """Whether the gateway serves a route, as far as its class says."""
    known = objects.find(INGRESS_CLASS, "", class_of(route)[1])
    return known is None or "konghq.com" in text(known.content, "spec.controller")
