from dataclasses import replace
from typing import Any

import pytest

from policy.resource import Resource
from policy.rules.gateway import ONE_GATEWAY, ONLY_TLS, PLUGINS, TLS
from tests.policy.rules import kubernetes, resource, wrong

GATEWAY_API = "gateway.networking.k8s.io/v1"
NETWORKING = "networking.k8s.io/v1"
KONG = "configuration.konghq.com/v1"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
CLASS = {CLASS_ANNOTATION: "kong"}


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ({"type": "LoadBalancer"}, "spec.type is LoadBalancer"),
        ({"type": "NodePort"}, "spec.type is NodePort"),
        ({"externalIPs": ["192.0.2.1"]}, "spec.externalIPs gives it addresses"),
    ],
)
def test_a_way_past_the_gateway_is_found(spec: dict[str, Any], what: str) -> None:
    assert wrong(ONE_GATEWAY, kubernetes("v1", "Service", spec=spec)) == [what]


@pytest.mark.parametrize("type_", ["core/v1:ServicePatch", "v1:Service", "v1:ServicePatch"])
def test_it_is_found_however_it_is_asked_for(type_: str) -> None:
    assert wrong(ONE_GATEWAY, resource(f"kubernetes:{type_}", spec={"type": "LoadBalancer"})) == [
        "spec.type is LoadBalancer"
    ]


@pytest.mark.parametrize(
    ("annotations", "spec", "what"),
    [
        ({}, {}, "spec.ingressClassName is missing"),
        ({}, {"ingressClassName": ""}, "spec.ingressClassName is missing"),
        ({}, {"ingressClassName": "gce"}, "spec.ingressClassName is gce"),
        ({CLASS_ANNOTATION: "gce"}, {}, f"annotation {CLASS_ANNOTATION} is gce"),
        ({CLASS_ANNOTATION: "gce"}, {"ingressClassName": "kong"}, f"annotation {CLASS_ANNOTATION} is gce"),
        ({CLASS_ANNOTATION: "kong"}, {"ingressClassName": "gce"}, "spec.ingressClassName is gce"),
    ],
)
def test_an_ingress_that_is_not_the_gateways_is_found(
    annotations: dict[str, Any], spec: dict[str, Any], what: str
) -> None:
    ingress = kubernetes(NETWORKING, "Ingress", metadata={"annotations": annotations}, spec=spec)
    assert wrong(ONE_GATEWAY, ingress) == [what]


@pytest.mark.parametrize(
    ("annotations", "spec"),
    [
        ({}, {"ingressClassName": "kong"}),
        ({CLASS_ANNOTATION: "kong"}, {}),
        ({}, {"ingressClassName": None}),
        ({CLASS_ANNOTATION: None}, {}),
        (None, {}),
        ({}, None),
    ],
)
def test_an_ingress_of_the_gateway_passes(annotations: dict[str, Any] | None, spec: dict[str, Any] | None) -> None:
    ingress = kubernetes(NETWORKING, "Ingress", metadata={"annotations": annotations}, spec=spec)
    assert wrong(ONE_GATEWAY, ingress) == []


@pytest.mark.parametrize(
    ("version", "kind", "field", "own", "other"),
    [
        (GATEWAY_API, "Gateway", "gatewayClassName", "kong", "gke-l7-global-external-managed"),
        ("gateway.networking.k8s.io/v1beta1", "Gateway", "gatewayClassName", "kong", "gke-l7-gxlb"),
        (
            GATEWAY_API,
            "GatewayClass",
            "controllerName",
            "konghq.com/kic-gateway-controller",
            "gke.io/gateway",
        ),
        (NETWORKING, "IngressClass", "controller", "ingress-controllers.konghq.com/kong", "k8s.io/ingress-nginx"),
    ],
)
def test_so_is_what_another_controller_would_serve(version: str, kind: str, field: str, own: str, other: str) -> None:
    assert wrong(ONE_GATEWAY, kubernetes(version, kind, spec={field: other})) == [f"spec.{field} is {other}"]
    assert wrong(ONE_GATEWAY, kubernetes(version, kind, spec={})) == [f"spec.{field} is missing"]
    for said in (own, None):
        assert wrong(ONE_GATEWAY, kubernetes(version, kind, spec={field: said})) == []


def test_a_patch_that_leaves_the_class_as_it_is_passes() -> None:
    assert wrong(ONE_GATEWAY, resource("kubernetes:networking.k8s.io/v1:IngressPatch", spec={"rules": []})) == []
    assert wrong(ONLY_TLS, resource("kubernetes:networking.k8s.io/v1:IngressPatch", metadata={"annotations": {}})) == []


@pytest.mark.parametrize("spec", [{}, {"type": "ClusterIP"}, {"type": None}, None])
def test_a_service_behind_the_gateway_passes(spec: dict[str, Any] | None) -> None:
    assert wrong(ONE_GATEWAY, kubernetes("v1", "Service", spec=spec)) == []
    assert wrong(ONE_GATEWAY, kubernetes("v1", "ServiceAccount", spec={"type": "NodePort"})) == []


def _ingress(protocols: str | None = "https", namespace: str | None = "shop", **spec: Any) -> Resource:
    annotations = {} if protocols is None else {"konghq.com/protocols": protocols}
    return kubernetes(
        NETWORKING,
        "Ingress",
        "hello",
        namespace,
        metadata={"annotations": annotations},
        spec={"ingressClassName": "kong", "rules": [{"host": "hello.example.com"}], **spec},
    )


@pytest.mark.parametrize(
    ("protocols", "what"),
    [
        (None, "is missing, which lets in http"),
        ("", "lets in http"),
        ("http,https", "lets in http"),
        ("https, http", "lets in http"),
        ("grpc", "lets in grpc"),
        ("ws,wss", "lets in ws"),
        ("tcp,https,udp", "lets in tcp and udp"),
    ],
)
def test_a_host_that_is_answered_in_plain_text_is_found(protocols: str | None, what: str) -> None:
    assert wrong(ONLY_TLS, _ingress(protocols)) == [f"annotation konghq.com/protocols {what}"]


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
def test_a_route_of_the_gateway_api_is_held_to_the_same(kind: str) -> None:
    annotated = {"annotations": {"konghq.com/protocols": "https"}}
    assert wrong(ONLY_TLS, kubernetes(GATEWAY_API, kind)) == [
        "annotation konghq.com/protocols is missing, which lets in http"
    ]
    assert wrong(ONLY_TLS, kubernetes(GATEWAY_API, kind, metadata=annotated)) == []
    assert wrong(ONLY_TLS, kubernetes(GATEWAY_API, "Gateway")) == []


@pytest.mark.parametrize("protocols", ["https", "grpcs", "https,wss", "tls,tls_passthrough"])
def test_a_host_that_is_answered_over_tls_alone_passes(protocols: str) -> None:
    assert wrong(ONLY_TLS, _ingress(protocols)) == []
    assert wrong(ONLY_TLS, kubernetes(NETWORKING, "Ingress", metadata={"annotations": None})) == []
    known_later = {"annotations": {"konghq.com/protocols": None}}
    assert wrong(ONLY_TLS, kubernetes(NETWORKING, "Ingress", metadata=known_later)) == []


def _solver(*paths: str | None, **spec: Any) -> Resource:
    """What cert-manager makes to answer a challenge, if it leads where that does."""
    rules = [{"host": "hello.example.com", "http": {"paths": [{"path": path} for path in paths]}}]
    solver = {"labels": {"acme.cert-manager.io/http01-solver": "true"}}
    return kubernetes(NETWORKING, "Ingress", metadata=solver, spec={"rules": rules, **spec})


def test_what_answers_lets_encrypt_passes() -> None:
    assert wrong(ONLY_TLS, _solver("/.well-known/acme-challenge/token")) == []
    assert wrong(ONLY_TLS, _solver(None)) == []


@pytest.mark.parametrize(
    "ingress",
    [
        _solver(),
        _solver("/"),
        _solver("/.well-known/acme-challenge/token", "/orders"),
        _solver("/.well-known/acme-challenge/token", defaultBackend={"service": {"name": "hello"}}),
    ],
)
def test_what_only_says_that_it_does_is_found(ingress: Resource) -> None:
    assert len(wrong(ONLY_TLS, ingress)) == 1


SECURED: dict[str, Any] = {"tls": [{"hosts": ["hello.example.com"], "secretName": "hello-tls"}]}
ISSUER = kubernetes("cert-manager.io/v1", "ClusterIssuer", "letters", spec={"selfSigned": {}})


def _certificate(namespace: str | None = "shop") -> Resource:
    spec = {
        "secretName": "hello-tls",
        "dnsNames": ["hello.example.com"],
        "issuerRef": {"name": "letters", "kind": "ClusterIssuer", "group": "cert-manager.io"},
    }
    return kubernetes("cert-manager.io/v1", "Certificate", "hello", namespace, spec=spec)


def test_a_host_without_a_certificate_is_found_with_its_own_danger_and_remedy() -> None:
    (finding,) = TLS.judge([_ingress()])
    assert finding.resource.name == "hello"
    assert finding.what == "spec.rules[0].host is 'hello.example.com', which is in no hosts of spec.tls"
    assert TLS.message(finding) == (
        f"{finding.what}.\n"
        "  Danger: The gateway shows a certificate of its own, which no client accepts for the host.\n"
        "  Remedy: Add the host to spec.tls, with the Secret of its certificate.\n"
        "  See https://cert-manager.io/docs/usage/ingress/"
    )


def test_a_certificate_that_nobody_issues_is_found() -> None:
    (what,) = wrong(TLS, _ingress("https", **SECURED), _certificate())
    assert what.startswith("spec.issuerRef.name names ClusterIssuer 'letters', which there is not")


def test_a_host_with_a_certificate_passes() -> None:
    assert wrong(TLS, _ingress("https", **SECURED), _certificate(), ISSUER) == []


def _plugin(name: str, namespace: str | None = "shop") -> Resource:
    return kubernetes(KONG, "KongPlugin", name, namespace, metadata={"annotations": CLASS}, plugin="cors", config={})


def _naming(plugin: str, namespace: str | None = "shop") -> Resource:
    found = kubernetes(NETWORKING, "Ingress", "hello", namespace, spec={"ingressClassName": "kong"})
    metadata = {**found.properties["metadata"], "annotations": {"konghq.com/plugins": plugin}}
    return replace(found, properties={**found.properties, "metadata": metadata})


def test_a_plugin_that_is_not_there_is_found() -> None:
    found = wrong(PLUGINS, _naming("hello-cros"), _plugin("hello-cors"))
    assert any("names plugin 'hello-cros', which there is neither in namespace shop" in each for each in found)


def test_a_credential_that_is_not_there_is_found() -> None:
    consumer = kubernetes(
        KONG, "KongConsumer", metadata={"annotations": CLASS}, username="one", credentials=["one-key"]
    )
    (what,) = wrong(PLUGINS, consumer)
    assert "names Secret 'one-key', which namespace shop does not have" in what


def test_plugins_that_are_there_pass() -> None:
    assert wrong(PLUGINS, _naming("hello-cors"), _plugin("hello-cors")) == []


def test_a_namespace_that_has_no_name_yet_is_known_by_where_the_object_has_it_from() -> None:
    for name in ("shop", None):
        namespace = kubernetes("v1", "Namespace", "shop", None, metadata={"name": name})
        inside = {"metadata": [namespace.urn]}
        named = [replace(each, sources=inside) for each in (_naming("a", None), _plugin("b", None))]
        assert len(wrong(PLUGINS, namespace, *named)) == 2
        together = [replace(each, sources=inside) for each in (_naming("b", None), _plugin("b", None))]
        assert wrong(PLUGINS, namespace, *together) == []


def test_an_object_whose_namespace_nobody_knows_keeps_none_from_being_judged() -> None:
    nowhere = _naming("elsewhere", None)
    (what,) = wrong(PLUGINS, nowhere, _naming("hello-cros"))
    assert "names plugin 'hello-cros'" in what
    assert wrong(TLS, nowhere, _ingress()) == wrong(TLS, _ingress()) != []


def test_an_object_that_may_be_the_one_that_is_named_is_taken_for_it() -> None:
    assert wrong(PLUGINS, _naming("hello-cors"), _plugin("hello-cors", None)) == []
    assert wrong(PLUGINS, _naming("hello-cors", None), _plugin("hello-cors")) == []
    assert wrong(TLS, _ingress("https", **SECURED), _certificate(None), ISSUER) == []


def test_an_object_of_which_nothing_is_known_may_be_any() -> None:
    unknown = replace(_plugin("hello-cors"), properties={"metadata": None})
    assert wrong(PLUGINS, _naming("hello-cors"), unknown) == []
    other = replace(kubernetes("v1", "ConfigMap"), properties={"metadata": None})
    assert wrong(PLUGINS, _naming("hello-cros"), other) == wrong(PLUGINS, _naming("hello-cros")) != []
