"""From the gateway to pods, through network policies."""

from typing import Any

import pytest
from web_platform.relations.objects import Objects, selects
from web_platform.relations.pods import gateways_of

from tests.components.relations.stack import Case, Edit, add, drop, found, put, stack

FROM_GATEWAY = ("NetworkPolicy services/from-gateway", "spec")
RULE = (*FROM_GATEWAY, "ingress", 0)
CHALLENGES = ("NetworkPolicy services/challenges", "spec")
CHALLENGE_RULE = (*CHALLENGES, "ingress", 0)
SHOP = "Ingress services/shop"
SHOP_FIELD = "spec.rules[0].http.paths[0].backend.service"
DOCS_PORT = ("spec", "template", "spec", "containers", 0, "ports", 0)
DOCS = "HTTPRoute services/docs"


def shut(policy: str) -> str:
    return f"leads to port 8080 of Deployment services/shop, which {policy} closes to the gateway"


SHOP_SHUT = (SHOP, SHOP_FIELD, shut("NetworkPolicy services/closed"))
SOLVERS_SHUT = (
    "spec.ingress",
    "closes port 8089 of the pods that answer challenges for ClusterIssuer letsencrypt to the gateway",
)
# What lets the gateway in to the documentation, where only the shop is to be shut.
DOCS_OPEN: list[Edit] = [
    add("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: docs, namespace: services}}"),
    put("NetworkPolicy services/docs", "spec", "podSelector", {"matchLabels": {"app.kubernetes.io/name": "docs"}}),
    put("NetworkPolicy services/docs", "spec", "ingress", [{}]),
]
# No policy about the services but the one that closes all.
UNGUARDED = [drop("NetworkPolicy services/from-gateway"), drop("NetworkPolicy services/challenges")]
KONG_CLOSED = add(
    """
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: closed, namespace: kong}
    spec: {podSelector: {}}
    """
)

CASES: dict[str, Case] = {
    "a port that no policy opens": ([put(*RULE, "ports", 0, "port", 8081)], *SHOP_SHUT),
    "a port that is opened by the name of another": ([put(*RULE, "ports", 0, "port", "metrics")], *SHOP_SHUT),
    "a port of another protocol": ([put(*RULE, "ports", 0, "protocol", "UDP")], *SHOP_SHUT),
    "a port outside of a range": (
        [put(*RULE, "ports", 1, {"port": 3001, "endPort": 3010})],
        DOCS,
        "spec.rules[0].backendRefs[0]",
        "leads to port 3000 of StatefulSet services/docs, which NetworkPolicy services/closed closes to the gateway",
    ),
    "pods that no policy opens": (
        [put(*FROM_GATEWAY, "podSelector", {"matchLabels": {"app.kubernetes.io/name": "docs"}})],
        *SHOP_SHUT,
    ),
    "a namespace that is not the gateway's": (
        [
            put(*RULE, "from", 0, "namespaceSelector", {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}),
            *DOCS_OPEN,
        ],
        *SHOP_SHUT,
    ),
    "pods that are not the gateway's": (
        [put(*RULE, "from", 0, "podSelector", {"matchLabels": {"app.kubernetes.io/name": "kong"}}), *DOCS_OPEN],
        *SHOP_SHUT,
    ),
    "pods of the services' own namespace": ([put(*RULE, "from", [{"podSelector": {}}]), *DOCS_OPEN], *SHOP_SHUT),
    "addresses of the internet": (
        [put(*RULE, "from", [{"ipBlock": {"cidr": "130.211.0.0/22"}}]), *DOCS_OPEN],
        *SHOP_SHUT,
    ),
    "a port of a protocol that no policy opens": (
        [
            put("StatefulSet services/docs", *DOCS_PORT, {"name": "dns", "containerPort": 3000, "protocol": "UDP"}),
            put("Service services/docs", "spec", "ports", 0, {"port": 3000, "targetPort": "dns", "protocol": "UDP"}),
        ],
        DOCS,
        "spec.rules[0].backendRefs[0]",
        "leads to port 3000 of StatefulSet services/docs, which NetworkPolicy services/closed closes to the gateway",
    ),
    "no rules": ([put(*FROM_GATEWAY, "ingress", []), *DOCS_OPEN], *SHOP_SHUT),
    "a gateway that was moved": (
        [
            put("Namespace edge", "metadata", {"name": "edge", "labels": {"team": "platform"}}),
            put("Deployment kong/kong-gateway", "metadata", "namespace", "edge"),
            put("Service kong/kong-gateway-proxy", "metadata", "namespace", "edge"),
            *DOCS_OPEN,
        ],
        *SHOP_SHUT,
    ),
    "challenges on a port that is not opened": (
        [put(*CHALLENGE_RULE, "ports", 0, "port", 8080)],
        "NetworkPolicy services/challenges",
        *SOLVERS_SHUT,
    ),
    "challenges that are opened to another namespace": (
        [put(*CHALLENGE_RULE, "from", 0, "namespaceSelector", "matchLabels", "team", "search")],
        "NetworkPolicy services/challenges",
        *SOLVERS_SHUT,
    ),
    "challenges that no policy opens": (
        [drop("NetworkPolicy services/challenges")],
        "NetworkPolicy services/closed",
        *SOLVERS_SHUT,
    ),
}
CASES["a gateway that was moved"][0].insert(0, add("{apiVersion: v1, kind: Namespace, metadata: {name: edge}}"))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_pods_that_are_closed_to_the_gateway_dangle(case: Case) -> None:
    edits, *expected = case
    assert found(*edits) == [tuple(expected)]


def rule(**said: Any) -> list[Edit]:
    """The one rule that opens the shop and the documentation."""
    return [put(*FROM_GATEWAY, "ingress", [{key.rstrip("_"): value for key, value in said.items()}])]


@pytest.mark.parametrize(
    "edits",
    [
        rule(),
        rule(from_=[], ports=[]),
        rule(from_=[{"namespaceSelector": {}}]),
        rule(from_=[{"ipBlock": {"cidr": "10.0.0.0/8"}}]),
        rule(from_=[{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["192.0.2.0/24"]}}]),
        rule(from_=[{"podSelector": {}}, {"namespaceSelector": {"matchLabels": {"team": "platform"}}}]),
        rule(ports=[{"protocol": "TCP"}]),
        rule(ports=[{"port": 3000, "endPort": 8080}]),
        rule(ports=[{"port": 3000.0}, {"port": 8080.0}]),
        [*UNGUARDED, put("NetworkPolicy services/closed", "spec", "policyTypes", ["Egress"])],
        [*UNGUARDED, drop("NetworkPolicy services/closed"), KONG_CLOSED],
        [KONG_CLOSED],
        [
            put("Deployment kong/kong-gateway", "metadata", "namespace", "services"),
            put("Service kong/kong-gateway-proxy", "metadata", "namespace", "services"),
            put(*RULE, "from", [{"podSelector": {}}]),
            put(*CHALLENGE_RULE, "from", [{"podSelector": {}}]),
        ],
        [put("NetworkPolicy services/closed", "spec", "ingress", [{}]), drop("NetworkPolicy services/challenges")],
        [
            put(
                "NetworkPolicy services/challenges",
                *("spec", "podSelector"),
                {"matchExpressions": [{"key": "acme.cert-manager.io/http-token", "operator": "Exists"}]},
            )
        ],
        [
            drop("NetworkPolicy services/challenges"),
            put("Certificate services/shop", "spec", "issuerRef", {"name": "inside"}),
        ],
        [drop("Deployment kong/kong-gateway"), drop("Service kong/kong-gateway-proxy"), *rule(ports=[{"port": 1}])],
        [
            put("IngressClass kong", "spec", "controller", "k8s.io/ingress-nginx"),
            put(*RULE, "ports", 0, "port", 1),
        ],
    ],
    ids=[
        "all from everywhere",
        "all from everywhere, in empty lists",
        "all namespaces",
        "addresses that pods may have",
        "all addresses",
        "the gateway's namespace by its label, among others",
        "all ports of a protocol",
        "ports in a range",
        "ports as floats",
        "a policy about other ways alone",
        "a policy of another namespace alone",
        "a policy about a namespace whose certificates are proven in DNS",
        "pods of the gateway's own namespace",
        "a policy that opens everything to everybody",
        "challenges by another of their labels",
        "a namespace without challenges",
        "no gateway",
        "routes of another controller",
    ],
)
def test_pods_that_are_open_to_the_gateway_do_not_dangle(edits: list[Edit]) -> None:
    assert found(*edits) == []


GATEWAY_POD = ("Deployment kong/kong-gateway", "spec", "template")
SIDECAR = {"name": "proxy", "image": "envoy"}


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], ["kong-gateway"]),
        ([drop(*GATEWAY_POD, "metadata", "labels")], ["kong-gateway"]),
        ([put(*GATEWAY_POD, "spec", "containers", 0, "image", "mirror/gateway:1")], ["kong-gateway"]),
        ([put("Deployment services/shop", "spec", "template", "spec", "containers", 1, SIDECAR)], ["kong-gateway"]),
        (
            [
                drop(*GATEWAY_POD, "metadata", "labels"),
                put(*GATEWAY_POD, "spec", "containers", 0, "image", "mirror/gateway:1"),
            ],
            ["kong-gateway"],
        ),
        ([put(*GATEWAY_POD, "spec", "containers", 0, "name", "gateway")], ["kong-gateway"]),
        ([drop("Deployment kong/kong-gateway")], []),
    ],
    ids=[
        "by all",
        "by its image",
        "by its container's name and its label",
        "not by a container of that name, where Kong is",
        "by its container's name alone",
        "by its label alone",
        "not where there is none",
    ],
)
def test_the_gateway_is_found(edits: list[Edit], expected: list[str]) -> None:
    assert [pods.owner.name for pods in gateways_of(Objects(stack(*edits)))] == expected


@pytest.mark.parametrize(
    ("selector", "is_selected"),
    [
        (None, True),
        ({}, True),
        ({"matchLabels": {"a": "1"}}, True),
        ({"matchLabels": {"a": "1", "b": "2"}}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["2"]}]}, False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["2"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, False),
        ({"matchExpressions": [{"key": "b", "operator": "NotIn", "values": ["1"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "b", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, False),
        ({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_a_selector_matches_as_in_kubernetes(selector: Any, is_selected: bool) -> None:
    assert selects(selector, {"a": "1"}) is is_selected
