"""The same way to a service from outside as `route.py` asks for, in the words of the Gateway API.

Pure: what is asked of the gateway for one host. Each service has a Gateway of its own beside its routes, since a host's
certificate is named there: Kong's controller lays all of one class together onto the same proxies, and so they share
the address. Who may publish what is for namespaces to say then, not for one list of hosts that all teams change.
https://gateway-api.sigs.k8s.io/
"""

from typing import Any

from pulumi import Input

GATEWAY_API = "gateway.networking.k8s.io/v1"
"""Group and version of the kinds of the Gateway API."""

# https://github.com/Kong/kubernetes-ingress-controller/tree/v3.5.13/internal/controllers/gateway
_CONTROLLER = "konghq.com/kic-gateway-controller"

GATEWAY_CLASS_ANNOTATIONS = {"konghq.com/gatewayclass-unmanaged": "true"}
"""Says that the proxies are there already: Kong's controller makes none for a Gateway."""

_HTTP, _HTTPS = "http", "https"


def gateway_class_spec() -> dict[str, Any]:
    """The class of Gateways that Kong serves."""
    return {"controllerName": _CONTROLLER}


def gateway_spec(gateway_class: Input[str], host: str, tls_secret: Input[str]) -> dict[str, Any]:
    """Take requests to a host, with TLS and without; only routes of the same namespace may say where they go."""
    listener = {"hostname": host, "allowedRoutes": {"namespaces": {"from": "Same"}}}
    certificate = {"group": "", "kind": "Secret", "name": tls_secret}
    return {
        "gatewayClassName": gateway_class,
        "listeners": [
            {"name": _HTTP, "protocol": "HTTP", "port": 80, **listener},
            {
                "name": _HTTPS,
                "protocol": "HTTPS",
                "port": 443,
                "tls": {"mode": "Terminate", "certificateRefs": [certificate]},
                **listener,
            },
        ],
    }


def http_route_spec(gateway: Input[str], host: str, path: str, service: Input[str], port: int) -> dict[str, Any]:
    """Send requests to `host` below `path` to a port of a Service.

    The route belongs to both listeners: its annotations let Kong answer those without TLS with a redirect, as they do
    for an Ingress. Not by the filter `RequestRedirect`: Kong's controller takes only one that names a host, which a
    wildcard does not, and it has no 308.
    """
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway}
    return {
        "parentRefs": [{**parent, "sectionName": _HTTP}, {**parent, "sectionName": _HTTPS}],
        "hostnames": [host],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": path}}],
                "backendRefs": [{"group": "", "kind": "Service", "name": service, "port": port, "weight": 1}],
            }
        ],
    }
