"""Whether Let's Encrypt gets through the gateway: it asks for each challenge in plain HTTP, and shows no credentials.

cert-manager makes an Ingress for the time of a challenge. It is Kong's like any other, so what an issuer's template
says of it, or a plugin for all, can close the gateway to Let's Encrypt: then no certificate is renewed, and nobody sees
it for weeks. See `network_policies` for the way from the gateway to the pods that answer.
"""

from collections.abc import Iterator

from web_platform.kong_names import PLUGINS_ANNOTATION
from web_platform.relations.cert_manager import issuers_of, solvers_of
from web_platform.relations.objects import (
    CLUSTER_PLUGIN,
    INGRESS_CLASS,
    Dangling,
    Object,
    Objects,
    at,
    has,
    strings,
    text,
)
from web_platform.relations.plugins import AUTHENTICATING, is_global

PROTOCOLS_ANNOTATION = "konghq.com/protocols"

_TEMPLATE = "ingressTemplate.metadata.annotations"
_UNRENEWED = "Let's Encrypt cannot fetch its challenges, and no certificate is issued or renewed"

# What answers requests itself, or refuses those of callers that it does not know by something else than credentials.
_REFUSING = frozenset({"acl", "ip-restriction", "redirect", "request-termination"})


def challenges(objects: Objects) -> Iterator[Dangling]:
    """Find what keeps Let's Encrypt's requests from the gateway, or the gateway from letting them in."""
    challenged = False
    for issuer in issuers_of(objects):
        for solver in solvers_of(issuer):
            challenged = challenged or has(solver.content, "http01")
            ingress = at(solver.content, "http01.ingress")
            if ingress is not None:
                yield from _solver(objects, issuer, f"{solver.field}.http01.ingress", ingress)
    for plugin in objects.all(CLUSTER_PLUGIN):
        kind = text(plugin.content, "plugin")
        if is_global(plugin) and (kind in AUTHENTICATING or (challenged and kind in _REFUSING)):
            yield plugin.dangling(
                "metadata.labels['global']",
                f"applies {kind} to every request to the gateway",
                _UNRENEWED,
                "remove the label, and name the plugin in annotations of the routes that need it",
            )


def _solver(objects: Objects, issuer: Object, field: str, ingress: object) -> Iterator[Dangling]:
    key = "ingressClassName" if has(ingress, "ingressClassName") else "class"
    name = text(ingress, key)
    known = objects.find(INGRESS_CLASS, "", name)
    if name and known is None:
        yield issuer.dangling(
            f"{field}.{key}",
            f"names IngressClass {name!r}, which there is not",
            _UNRENEWED,
            "name the gateway's class, such as 'kong'",
        )
    # What another controller serves knows nothing of Kong's annotations, and what exists already has its own.
    if has(ingress, "name") or (known and "konghq.com" not in text(known.content, "spec.controller")):
        return
    annotations = strings(ingress, _TEMPLATE)
    protocols = {protocol.strip() for protocol in annotations.get(PROTOCOLS_ANNOTATION, "").split(",")}
    if "http" not in protocols:
        yield issuer.dangling(
            f"{field}.{_TEMPLATE}['{PROTOCOLS_ANNOTATION}']",
            f"is {annotations[PROTOCOLS_ANNOTATION]!r}" if PROTOCOLS_ANNOTATION in annotations else "is missing",
            f"a gateway that redirects to HTTPS by default answers 426: {_UNRENEWED}",
            "write 'http' or 'http,https'",
        )
    if PLUGINS_ANNOTATION in annotations:
        yield issuer.dangling(
            f"{field}.{_TEMPLATE}['{PLUGINS_ANNOTATION}']",
            f"names {annotations[PLUGINS_ANNOTATION]!r}",
            f"a plugin that refuses strangers refuses Let's Encrypt: {_UNRENEWED}",
            "remove the annotation: a challenge needs no plugins",
        )
