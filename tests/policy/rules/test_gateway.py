from dataclasses import replace
from typing import Any

import pytest

from policy.rule import Resource
from policy.rules.gateway import ONE_GATEWAY, ONLY_TLS, PLUGINS, TLS
from tests.policy.rules import kubernetes, wrong

NETWORKING = "networking.k8s.io/v1"
KONG = "configuration.konghq.com/v1"
CLASS = {"kubernetes.io/ingress.class": "kong"}


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


@pytest.mark.parametrize("protocols", [None, "http,https", "https, http"])
def test_a_host_that_is_answered_in_plain_text_is_found(protocols: str | None) -> None:
    assert wrong(ONLY_TLS, _ingress(protocols)) == ["annotation konghq.com/protocols is not https"]


def test_a_host_that_is_answered_over_tls_alone_passes_and_so_does_what_answers_lets_encrypt() -> None:
    solver = {"labels": {"acme.cert-manager.io/http01-solver": "true"}}
    assert wrong(ONLY_TLS, _ingress()) == []
    assert wrong(ONLY_TLS, kubernetes(NETWORKING, "Ingress", metadata={"annotations": None})) == []
    assert wrong(ONLY_TLS, kubernetes(NETWORKING, "Ingress", metadata=solver)) == []


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
    namespace = kubernetes("v1", "Namespace", "shop", None, metadata={"name": "shop"})
    inside = {"metadata": [namespace.urn]}
    named = [replace(each, sources=inside) for each in (_naming("a", None), _plugin("b", None))]
    assert len(wrong(PLUGINS, namespace, *named)) == 2
    assert wrong(PLUGINS, namespace, *(replace(each, sources={}) for each in named)) == []
