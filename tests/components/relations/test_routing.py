"""From an Ingress to pods."""

from typing import Any

import pytest

from tests.components.relations.stack import Case, Edit, add, drop, everything, found, put

SHOP = "Ingress services/shop"
BACKEND = ("spec", "rules", 0, "http", "paths", 0, "backend", "service")
BACKEND_FIELD = "spec.rules[0].http.paths[0].backend.service"
DEFAULT_CLASS = {"ingressclass.kubernetes.io/is-default-class": "true"}
SERVICE_PORT = ("spec", "ports", 0)

OPEN_SHOP = add(
    """
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: shop, namespace: services}
    spec: {podSelector: {matchLabels: {app.kubernetes.io/name: shop}}, ingress: [{}]}
    """
)

CASES: dict[str, Case] = {
    "a class that there is not": (
        [put(SHOP, "spec", "ingressClassName", "nginx")],
        SHOP,
        "spec.ingressClassName",
        "names IngressClass 'nginx', which there is not",
    ),
    "a class that there is not, in the annotation": (
        [
            drop(SHOP, "spec", "ingressClassName"),
            put(SHOP, "metadata", "annotations", "kubernetes.io/ingress.class", "nginx"),
        ],
        SHOP,
        "metadata.annotations['kubernetes.io/ingress.class']",
        "names IngressClass 'nginx', which there is not",
    ),
    "no class": (
        [drop(SHOP, "spec", "ingressClassName")],
        SHOP,
        "spec.ingressClassName",
        "is missing, and no IngressClass is the default",
    ),
    "a Service of another namespace": (
        [put(SHOP, *BACKEND, "name", "mirror")],
        SHOP,
        f"{BACKEND_FIELD}.name",
        "names Service 'mirror', which namespace services does not have",
    ),
    "a number that is no port of the Service": (
        [put(SHOP, *BACKEND, "port", "number", 8080)],
        SHOP,
        f"{BACKEND_FIELD}.port",
        "is 8080, which Service services/shop does not have",
    ),
    "a name that is no port of the Service": (
        [put(SHOP, *BACKEND, "port", {"name": "grpc"})],
        SHOP,
        f"{BACKEND_FIELD}.port",
        "is 'grpc', which Service services/shop does not have",
    ),
    "a default backend that there is not": (
        [put(SHOP, "spec", "defaultBackend", "service", {"name": "errors", "port": {"number": 80}})],
        SHOP,
        "spec.defaultBackend.service.name",
        "names Service 'errors', which namespace services does not have",
    ),
    "a route's Service that there is not": (
        [put("HTTPRoute services/docs", "spec", "rules", 0, "backendRefs", 0, "name", "doc")],
        "HTTPRoute services/docs",
        "spec.rules[0].backendRefs[0].name",
        "names Service 'doc', which namespace services does not have",
    ),
    "a port of a route that is none of the Service": (
        [put("HTTPRoute services/docs", "spec", "rules", 0, "backendRefs", 0, "port", 80)],
        "HTTPRoute services/docs",
        "spec.rules[0].backendRefs[0].port",
        "is 80, which Service services/docs does not have",
    ),
    "labels that no pods have": (
        [put("Service services/shop", "spec", "selector", "app.kubernetes.io/part-of", "shop")],
        "Service services/shop",
        "spec.selector",
        "selects no pods",
    ),
    "pods that are of another namespace": (
        [put("Deployment services/shop", "metadata", "namespace", "edge")],
        "Service services/shop",
        "spec.selector",
        "selects no pods",
    ),
    "a name of no port of the pods": (
        [put("Service services/shop", *SERVICE_PORT, "targetPort", "web")],
        "Service services/shop",
        "spec.ports[0].targetPort",
        "is 'web', which no container of Deployment services/shop listens on",
    ),
    "a number of no port of the pods": (
        [put("Service services/shop", *SERVICE_PORT, "targetPort", 8081)],
        "Service services/shop",
        "spec.ports[0].targetPort",
        "is 8081, which no container of Deployment services/shop listens on",
    ),
    "a port of another protocol": (
        [put("Service services/shop", *SERVICE_PORT, "protocol", "UDP")],
        "Service services/shop",
        "spec.ports[0].targetPort",
        "is 'http', which no container of Deployment services/shop listens on",
    ),
    "a port of the Service's that stands for the pods' too": (
        [drop("Service services/shop", *SERVICE_PORT, "targetPort")],
        "Service services/shop",
        "spec.ports[0].port",
        "is 80, which no container of Deployment services/shop listens on",
    ),
    "a name, where containers declare no ports at all": (
        [drop("Deployment services/shop", "spec", "template", "spec", "containers", 0, "ports")],
        "Service services/shop",
        "spec.ports[0].targetPort",
        "is 'http', which no container of Deployment services/shop listens on",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_route_that_leads_nowhere_dangles(case: Case) -> None:
    edits, *expected = case
    assert found(*edits) == [tuple(expected)]


@pytest.mark.parametrize(
    "edits",
    [
        [
            drop(SHOP, "spec", "ingressClassName"),
            put("IngressClass kong", "metadata", "annotations", DEFAULT_CLASS),
        ],
        [
            drop(SHOP, "spec", "ingressClassName"),
            put(SHOP, "metadata", "annotations", "kubernetes.io/ingress.class", "kong"),
        ],
        [put(SHOP, "metadata", "annotations", "kubernetes.io/ingress.class", "nginx")],
        [put(SHOP, *BACKEND, "port", {"name": "web"})],
        [put(SHOP, *BACKEND, "port", {"name": "http"})],
        [put(SHOP, *BACKEND, "port", "number", 80.0)],
        [
            put("Service services/shop", "spec", {"type": "ExternalName", "externalName": "shop.example.net"}),
            put(SHOP, *BACKEND, "port", "number", 8443),
        ],
        [put("Service services/shop", "spec", "ports", 0, "targetPort", 8080)],
        [
            put("Service services/docs", "spec", "ports", 0, "targetPort", 3005),
            drop("StatefulSet services/docs", "spec", "template", "spec", "containers", 0, "ports"),
        ],
        [
            put("Deployment services/shop", "spec", "template", "spec", "containers", 0, "ports", []),
            put(
                "Deployment services/shop",
                *("spec", "template", "spec", "initContainers"),
                [{"name": "mesh", "restartPolicy": "Always", "ports": [{"name": "http", "containerPort": 8080}]}],
            ),
        ],
        [drop("Service services/docs", "spec", "selector"), drop("NetworkPolicy services/from-gateway"), OPEN_SHOP],
        [put("HTTPRoute services/docs", "spec", "rules", 0, "backendRefs", 2, {"kind": "Function", "name": "f"})],
        [put("HTTPRoute services/docs", "spec", "rules", 0, "backendRefs", 2, {"group": "example.com", "name": "f"})],
    ],
    ids=[
        "the default class",
        "a class in the annotation",
        "a class in the field, which goes before the annotation",
        "a port by its name",
        "a port by the name of the pods' port",
        "a port as a float",
        "a host outside of the cluster",
        "a port of pods by its number",
        "a number, where containers declare no ports at all",
        "a port of a container that restarts for ever beside the others",
        "a Service whose endpoints somebody else writes",
        "a backend of another kind",
        "a backend of another group",
    ],
)
def test_a_route_that_leads_to_pods_does_not_dangle(edits: list[Edit]) -> None:
    assert found(*edits) == []


@pytest.mark.parametrize(
    ("ports", "remedy"),
    [
        ([{"port": 80}, {"port": 443.0}, {"port": None}], "use one of its ports: 80, 443"),
        ([], "use one of its ports: it has none"),
    ],
)
def test_a_wrong_port_says_which_there_are(ports: list[dict[str, Any]], remedy: str) -> None:
    edits = [put("Service services/shop", "spec", "ports", ports), put(SHOP, *BACKEND, "port", "number", 8080)]
    edits += [put("Service services/shop", "spec", "selector", {})]
    assert [each.fault.remedy for each in everything(*edits)] == [remedy]


@pytest.mark.parametrize(
    ("version", "kind", "path"),
    [
        ("v1", "Pod", []),
        ("v1", "ReplicationController", ["spec", "template"]),
        ("apps/v1", "DaemonSet", ["spec", "template"]),
        ("apps/v1", "ReplicaSet", ["spec", "template"]),
        ("apps/v1", "StatefulSet", ["spec", "template"]),
        ("batch/v1", "Job", ["spec", "template"]),
        ("batch/v1", "CronJob", ["spec", "jobTemplate", "spec", "template"]),
    ],
)
def test_pods_of_every_kind_are_found(version: str, kind: str, path: list[str]) -> None:
    name = f"{kind} services/shop"
    template = {"app.kubernetes.io/name": "shop"}
    containers = [{"name": "shop", "ports": [{"name": "http", "containerPort": 8080}]}]
    made = add(f"{{apiVersion: {version}, kind: {kind}, metadata: {{name: shop, namespace: services}}}}")
    edits = [
        made,
        put(name, *path, "metadata", "labels", template),
        put(name, *path, "spec", "containers", containers),
        drop("Deployment services/shop"),
    ]
    assert found(*edits) == []
