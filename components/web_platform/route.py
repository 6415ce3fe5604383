"""The way to a service from outside: what is asked of the gateway and of cert-manager for one host."""

from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import Input, Output

# Without an explicit list of protocols the controller leaves them to the gateway, which would also answer in plain
# HTTP. A redirect, because browsers and old links begin with http; 308, because it keeps the method. ACME challenges
# have Ingresses of their own and stay reachable without TLS.
ROUTE_ANNOTATIONS = {
    "konghq.com/protocols": "https",
    "konghq.com/https-redirect-status-code": "308",
    "konghq.com/strip-path": "false",
    "konghq.com/preserve-host": "true",
}


def example_host(host: str) -> str:
    """A host, or of a wildcard one that it stands for."""
    return f"any{host[1:]}" if host.startswith("*.") else host


def certificate_spec(secret: str, host: str, issuer: Input[str] | None) -> dict[str, Any]:
    """What is asked of cert-manager for one host."""
    spec: dict[str, Any] = {
        "secretName": secret,
        "dnsNames": [host],
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": issuer},
        # With a third of its life left. The authority says how long that is and shortens it over the years: days, and a
        # duration of our own, would one day be more than there are.
        "renewBeforePercentage": 33,
        # A new key with each renewal: one that leaks is of use until then only.
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "usages": ["digital signature", "server auth"],
    }
    # A certificate that signs itself has no issuer but its subject, and some clients refuse an empty one. The field
    # holds 64 characters at most.
    return spec | ({"commonName": host} if len(host) <= 64 else {})


def ingress_spec(
    ingress_class: Input[str] | None, host: str, path: str, service: Output[str], port: int, tls_secret: Output[str]
) -> kubernetes.networking.v1.IngressSpecArgs:
    """What is asked of the gateway: requests to `host` below `path`, over TLS, go to a port of a Service."""
    network = kubernetes.networking.v1
    backend = network.IngressBackendArgs(
        service=network.IngressServiceBackendArgs(name=service, port=network.ServiceBackendPortArgs(number=port))
    )
    return network.IngressSpecArgs(
        ingress_class_name=ingress_class,
        tls=[network.IngressTLSArgs(hosts=[host], secret_name=tls_secret)],
        rules=[
            network.IngressRuleArgs(
                host=host,
                http=network.HTTPIngressRuleValueArgs(
                    paths=[network.HTTPIngressPathArgs(path=path, path_type="Prefix", backend=backend)]
                ),
            )
        ],
    )
