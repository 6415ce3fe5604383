"""What a team makes in its namespace with nothing against it, and changes by which it would reach for more."""

from typing import Any

SOUND: dict[str, dict[str, Any]] = {
    "Service": {
        "apiVersion": "v1",
        "spec": {"type": "ClusterIP", "selector": {"app": "web"}, "ports": [{"port": 80}]},
    },
    "Ingress": {
        "apiVersion": "networking.k8s.io/v1",
        "spec": {
            "ingressClassName": "kong",
            "tls": [{"hosts": ["orders.example.com", "a.orders.example.com"], "secretName": "web-tls"}],
            "rules": [{"host": "orders.example.com"}, {"host": "*.orders.example.com"}],
        },
    },
    "Gateway": {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "spec": {
            "gatewayClassName": "kong",
            "listeners": [{"name": "http", "protocol": "HTTP", "port": 80, "hostname": "a.orders.example.com"}],
        },
    },
    "HTTPRoute": {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "spec": {"parentRefs": [{"name": "web"}], "hostnames": ["orders.example.com"]},
    },
    "Certificate": {
        "apiVersion": "cert-manager.io/v1",
        "spec": {
            "secretName": "web-tls",
            "commonName": "orders.example.com",
            "dnsNames": ["orders.example.com", "*.orders.example.com"],
            "issuerRef": {"kind": "ClusterIssuer", "name": "cert-manager-lets-encrypt"},
        },
    },
    "KongPlugin": {"apiVersion": "configuration.konghq.com/v1", "plugin": "cors"},
    "NetworkPolicy": {"apiVersion": "networking.k8s.io/v1", "spec": {"podSelector": {}}},
}
"""Objects by kind."""

_TO_HELLO = {"backend": {"service": {"name": "hello", "port": {"number": 80}}}}
_ADMIN_API = {"type": "ExternalName", "externalName": "localhost"}
_LISTENER: dict[str, Any] = {"name": "http", "protocol": "HTTP", "port": 80}

UNSOUND: list[tuple[str, dict[str, Any], str]] = [
    ("Service", {"spec": {"type": "LoadBalancer"}}, "spec.type is not ClusterIP"),
    ("Service", {"spec": {"type": "NodePort"}}, "spec.type is not ClusterIP"),
    ("Service", {"spec": _ADMIN_API}, "spec.type is not ClusterIP"),
    ("Service", {"spec": {"externalIPs": ["203.0.113.9"]}}, "spec.externalIPs gives it addresses"),
    ("Ingress", {"spec": {"ingressClassName": "gce"}}, "spec.ingressClassName"),
    ("Ingress", {"spec": {"ingressClassName": None}}, "spec.ingressClassName"),
    ("Ingress", {"spec": {"defaultBackend": _TO_HELLO["backend"]}}, "spec.defaultBackend is given"),
    ("Ingress", {"spec": {"rules": [{"host": "hello.example.com"}]}}, "spec.rules[*].host"),
    ("Ingress", {"spec": {"rules": [{"host": "*.example.com"}]}}, "spec.rules[*].host"),
    ("Ingress", {"spec": {"rules": [{"host": "a.b.orders.example.com"}]}}, "spec.rules[*].host"),
    ("Ingress", {"spec": {"rules": [{"host": "orders.example.com"}, {}]}}, "spec.rules[*].host"),
    ("Ingress", {"spec": {"tls": [{"hosts": ["hello.example.com"]}]}}, "spec.tls[*].hosts"),
    ("Ingress", {"spec": {"tls": [{"secretName": "web-tls"}]}}, "spec.tls[*].hosts"),
    (
        "Ingress",
        {"metadata": {"annotations": {"konghq.com/host-aliases": "hello.example.com"}}},
        "annotation konghq.com/host-aliases is given",
    ),
    ("Gateway", {"spec": {"gatewayClassName": "gke-l7-global-external-managed"}}, "spec.gatewayClassName"),
    ("Gateway", {"spec": {"listeners": [_LISTENER]}}, "spec.listeners[*].hostname"),
    (
        "Gateway",
        {"spec": {"listeners": [{**_LISTENER, "hostname": "hello.example.com"}]}},
        "spec.listeners[*].hostname",
    ),
    ("HTTPRoute", {"spec": {"hostnames": ["orders.example.com", "hello.example.com"]}}, "spec.hostnames"),
    ("HTTPRoute", {"spec": {"hostnames": []}}, "spec.hostnames"),
    ("HTTPRoute", {"spec": {"hostnames": None}}, "spec.hostnames"),
    (
        "HTTPRoute",
        {"metadata": {"annotations": {"konghq.com/host-aliases": "hello.example.com"}}},
        "annotation konghq.com/host-aliases is given",
    ),
    ("Certificate", {"spec": {"dnsNames": ["orders.example.com", "hello.example.com"]}}, "spec.dnsNames"),
    ("Certificate", {"spec": {"dnsNames": ["*.example.com"]}}, "spec.dnsNames"),
    ("Certificate", {"spec": {"commonName": "hello.example.com"}}, "spec.commonName"),
    ("Certificate", {"spec": {"ipAddresses": ["203.0.113.1"]}}, "spec.ipAddresses is given"),
    ("Certificate", {"spec": {"uris": ["spiffe://example.com/hello"]}}, "spec.uris is given"),
    ("Certificate", {"spec": {"emailAddresses": ["ada@example.com"]}}, "spec.emailAddresses is given"),
    (
        "Certificate",
        {"spec": {"otherNames": [{"oid": "1.3.6.1.4.1.311.20.2.3", "utf8Value": "ada@example.com"}]}},
        "spec.otherNames is given",
    ),
    ("Certificate", {"spec": {"commonName": None, "literalSubject": "CN=hello.example.com"}}, "spec.literalSubject"),
    ("Certificate", {"spec": {"isCA": True}}, "spec.isCA is true"),
    ("KongPlugin", {"plugin": "pre-function"}, "plugin is none that the components know"),
    ("KongPlugin", {"plugin": "post-function"}, "plugin is none that the components know"),
]
"""Kinds, what is laid over the sound object of the kind, and what is said of it."""
