"""Routes of the Gateway API."""

import pytest
from web_platform.relations.hosts import certified, meet

from tests.components.relations.stack import Case, Edit, add, drop, found, put

ROUTE = "HTTPRoute services/docs"
GATEWAY = "Gateway kong/public"
PARENT = (ROUTE, "spec", "parentRefs", 0)
LISTENER = (GATEWAY, "spec", "listeners", 0)
NAMESPACES = (*LISTENER, "allowedRoutes", "namespaces")
NOT_ADMITTED = (
    ROUTE,
    "spec.parentRefs[0]",
    "names Gateway kong/public, which admits no HTTPRoutes of namespace services",
)

# A route of the Gateway's own namespace instead of the other.
LOCAL: list[Edit] = [
    drop(ROUTE),
    drop("KongPlugin edge/cors"),
    add("{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: local, namespace: kong}}"),
    put("HTTPRoute kong/local", "spec", "parentRefs", [{"name": "public"}]),
]

CASES: dict[str, Case] = {
    "a class that there is not": (
        [drop("GatewayClass kong")],
        GATEWAY,
        "spec.gatewayClassName",
        "names GatewayClass 'kong', which there is not",
    ),
    "a Gateway of another namespace": (
        [drop(*PARENT, "namespace")],
        ROUTE,
        "spec.parentRefs[0].name",
        "names Gateway 'public', which namespace services does not have",
    ),
    "a listener that there is not": (
        [put(*PARENT, "sectionName", "http")],
        ROUTE,
        "spec.parentRefs[0].sectionName",
        "is 'http', which no listener of Gateway kong/public has",
    ),
    "a port that no listener has": (
        [put(*PARENT, "port", 80)],
        ROUTE,
        "spec.parentRefs[0].port",
        "is 80, which no listener of Gateway kong/public has",
    ),
    "a host that no listener is for": (
        [put(ROUTE, "spec", "hostnames", 1, "docs.example.com")],
        ROUTE,
        "spec.hostnames[1]",
        "is 'docs.example.com', which no listener that the route hangs on is for",
    ),
    "a Gateway for its own namespace, by default": ([drop(*LISTENER, "allowedRoutes")], *NOT_ADMITTED),
    "a Gateway for its own namespace": ([put(*NAMESPACES, {"from": "Same"})], *NOT_ADMITTED),
    "a Gateway for none": ([put(*NAMESPACES, {"from": "None"})], *NOT_ADMITTED),
    "a Gateway for namespaces with other labels": (
        [put("Namespace services", "metadata", "labels", "team", "search")],
        *NOT_ADMITTED,
    ),
    "a Gateway for other kinds of routes": (
        [put(*LISTENER, "allowedRoutes", "kinds", [{"kind": "GRPCRoute"}])],
        *NOT_ADMITTED,
    ),
    "a Service of another namespace, without a grant": (
        [drop("ReferenceGrant edge/routes", "spec", "to", 0)],
        ROUTE,
        "spec.rules[0].backendRefs[1].namespace",
        "is edge, where no ReferenceGrant lets routes of services in",
    ),
    "a Service of another namespace, with a grant for one of another name": (
        [put("ReferenceGrant edge/routes", "spec", "to", 0, "name", "mirrors")],
        ROUTE,
        "spec.rules[0].backendRefs[1].namespace",
        "is edge, where no ReferenceGrant lets routes of services in",
    ),
    "a Service that there is not, in a namespace without a grant": (
        [
            drop("ReferenceGrant edge/routes", "spec", "to", 0),
            put(ROUTE, "spec", "rules", 0, "backendRefs", 1, "name", "mirrors"),
        ],
        ROUTE,
        "spec.rules[0].backendRefs[1].name",
        "names Service 'mirrors', which namespace edge does not have",
    ),
    "a Gateway for none, not even of its own namespace": (
        [*LOCAL, put(*NAMESPACES, {"from": "None"})],
        "HTTPRoute kong/local",
        "spec.parentRefs[0]",
        "names Gateway kong/public, which admits no HTTPRoutes of namespace kong",
    ),
    "a certificate that there is not": (
        [drop("Certificate kong/wildcard")],
        GATEWAY,
        "spec.listeners[0].tls.certificateRefs[0].name",
        "names Secret 'wildcard-tls', which namespace kong does not have and no Certificate there writes",
    ),
    "a certificate of other hosts": (
        [put("Certificate kong/wildcard", "spec", "dnsNames", ["a.example.org"])],
        GATEWAY,
        "spec.listeners[0].hostname",
        "is '*.example.org', which Certificate kong/wildcard, the writer of Secret 'wildcard-tls', is not for",
    ),
    "a certificate of another namespace, without a grant": (
        [drop("ReferenceGrant vault/gateways")],
        GATEWAY,
        "spec.listeners[0].tls.certificateRefs[1].namespace",
        "is vault, where no ReferenceGrant lets Gateways of kong in",
    ),
    **{
        f"a certificate of another namespace, with a grant {what}": (
            [edit],
            GATEWAY,
            "spec.listeners[0].tls.certificateRefs[1].namespace",
            "is vault, where no ReferenceGrant lets Gateways of kong in",
        )
        for what, edit in {
            "in another namespace": put("ReferenceGrant vault/gateways", "metadata", "namespace", "kong"),
            "for another namespace": put("ReferenceGrant vault/gateways", "spec", "from", 0, "namespace", "services"),
            "for others than Gateways": put("ReferenceGrant vault/gateways", "spec", "from", 0, "kind", "HTTPRoute"),
            "of others than Secrets": put("ReferenceGrant vault/gateways", "spec", "to", 0, "kind", "ConfigMap"),
        }.items()
    },
    "a certificate of another namespace that it does not have": (
        [drop("Secret vault/wildcard-tls-rsa")],
        GATEWAY,
        "spec.listeners[0].tls.certificateRefs[1].name",
        "names Secret 'wildcard-tls-rsa', which namespace vault does not have and no Certificate there writes",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_route_that_hangs_on_nothing_dangles(case: Case) -> None:
    edits, *expected = case
    assert found(*edits) == [tuple(expected)]


@pytest.mark.parametrize(
    "edits",
    [
        [put(*NAMESPACES, {"from": "All"})],
        [put(*LISTENER, "allowedRoutes", "kinds", [{"kind": "HTTPRoute"}])],
        [
            put(
                *(*NAMESPACES, "selector"),
                {
                    "matchExpressions": [
                        {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["services"]}
                    ]
                },
            ),
            drop("Namespace services"),
        ],
        [drop(*LISTENER, "hostname"), put(ROUTE, "spec", "hostnames", ["docs.example.com"])],
        [drop(ROUTE, "spec", "hostnames")],
        [drop(*PARENT, "sectionName"), drop(*PARENT, "port")],
        [*LOCAL, drop(*LISTENER, "allowedRoutes")],
        [put(*PARENT, {"kind": "Service", "name": "mesh"})],
    ],
    ids=[
        "a Gateway for all namespaces",
        "a Gateway for routes of its kind",
        "a Gateway for a namespace by its name",
        "a listener for all hosts",
        "a route for all hosts",
        "a route that hangs on every listener",
        "a route of the Gateway's own namespace",
        "a route of a mesh",
    ],
)
def test_a_route_that_hangs_on_a_gateway_does_not_dangle(edits: list[Edit]) -> None:
    assert found(*edits) == []


@pytest.mark.parametrize(
    ("name", "host", "is_certified"),
    [
        ("a.example.com", "a.example.com", True),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "*.example.com", True),
        ("*.example.com", "example.com", False),
        ("example.com", "a.example.com", False),
        ("*.example.com", "a.b.example.com", False),
        ("a.example.com", "*.example.com", False),
        ("*.com", "*.example.com", False),
    ],
)
def test_a_wildcard_in_a_certificate_stands_for_one_label(name: str, host: str, is_certified: bool) -> None:
    assert certified(name, host) is is_certified


@pytest.mark.parametrize(
    ("listener", "route", "is_met"),
    [
        ("", "a.example.com", True),
        ("a.example.com", "", True),
        ("a.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("a.example.com", "*.example.com", True),
        ("*.example.com", "*.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "*.example.org", False),
        ("a.example.com", "b.example.com", False),
    ],
)
def test_a_wildcard_of_a_listener_stands_for_any_number_of_labels(listener: str, route: str, is_met: bool) -> None:
    assert meet(listener, route) is is_met
