"""From hosts to those who vouch for them."""

import pytest

from tests.components.relations.stack import Case, Edit, add, drop, found, put

SHOP = "Ingress services/shop"
CERTIFICATE = "Certificate services/shop"
LETS_ENCRYPT = "ClusterIssuer letsencrypt"
SOLVERS = (LETS_ENCRYPT, "spec", "acme", "solvers")
WILDCARD = "Certificate kong/wildcard"

CASES: dict[str, Case] = {
    "a host without TLS": (
        [put(SHOP, "spec", "rules", 1, {"host": "www.example.com"})],
        SHOP,
        "spec.rules[1].host",
        "is 'www.example.com', which is in no hosts of spec.tls",
    ),
    "a host below the wildcard that has TLS": (
        [
            put(SHOP, "spec", "tls", 1, {"hosts": ["*.example.com"], "secretName": "all-tls"}),
            put(SHOP, "spec", "rules", 1, {"host": "a.b.example.com"}),
            add("{apiVersion: v1, kind: Secret, metadata: {name: all-tls, namespace: services}}"),
        ],
        SHOP,
        "spec.rules[1].host",
        "is 'a.b.example.com', which is in no hosts of spec.tls",
    ),
    "TLS for no host, which Kong passes over": (
        [drop(SHOP, "spec", "tls", 0, "hosts")],
        SHOP,
        "spec.rules[0].host",
        "is 'shop.example.com', which is in no hosts of spec.tls",
    ),
    "TLS without a Secret": (
        [drop(SHOP, "spec", "tls", 0, "secretName")],
        SHOP,
        "spec.tls[0].secretName",
        "is missing",
    ),
    "a Secret that nobody writes": (
        [put(SHOP, "spec", "tls", 0, "secretName", "docs")],
        SHOP,
        "spec.tls[0].secretName",
        "names Secret 'docs', which namespace services does not have and no Certificate there writes",
    ),
    "a Secret of another namespace": (
        [put(SHOP, "spec", "tls", 0, "secretName", "wildcard-tls")],
        SHOP,
        "spec.tls[0].secretName",
        "names Secret 'wildcard-tls', which namespace services does not have and no Certificate there writes",
    ),
    "a certificate of another host": (
        [put(CERTIFICATE, "spec", "dnsNames", ["www.example.com"])],
        SHOP,
        "spec.tls[0].hosts[0]",
        "is 'shop.example.com', which Certificate services/shop, the writer of Secret 'shop-tls', is not for",
    ),
    "two certificates in one Secret": (
        [put("Certificate services/docs", "spec", "secretName", "shop-tls")],
        CERTIFICATE,
        "spec.secretName",
        "is 'shop-tls', which Certificate services/docs writes too",
    ),
    "two Ingresses that ask for one Secret": (
        [
            drop(CERTIFICATE),
            put(SHOP, "metadata", "annotations", "cert-manager.io/cluster-issuer", "letsencrypt"),
            add(
                """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: www, namespace: services, annotations: {cert-manager.io/cluster-issuer: letsencrypt}}
                spec: {ingressClassName: kong, tls: [{hosts: [shop.example.com], secretName: shop-tls}]}
                """
            ),
        ],
        "Ingress services/www",
        "spec.tls[0].secretName",
        "is 'shop-tls', which Ingress services/shop writes too",
    ),
    "a ClusterIssuer that there is not": (
        [put(CERTIFICATE, "spec", "issuerRef", "name", "lets-encrypt")],
        CERTIFICATE,
        "spec.issuerRef.name",
        "names ClusterIssuer 'lets-encrypt', which there is not",
    ),
    "an Issuer, by default, where a ClusterIssuer is meant": (
        [drop(CERTIFICATE, "spec", "issuerRef", "kind")],
        CERTIFICATE,
        "spec.issuerRef.name",
        "names Issuer 'letsencrypt', which namespace services does not have",
    ),
    "an Issuer of another namespace": (
        [
            put("Issuer services/inside", "metadata", "namespace", "edge"),
            put("Secret services/inside", "metadata", "namespace", "edge"),
        ],
        "Certificate services/docs",
        "spec.issuerRef.name",
        "names Issuer 'inside', which namespace services does not have",
    ),
    "an annotation with an issuer that there is not": (
        [drop(CERTIFICATE), put(SHOP, "metadata", "annotations", "cert-manager.io/cluster-issuer", "lets-encrypt")],
        SHOP,
        "metadata.annotations['cert-manager.io/cluster-issuer']",
        "names ClusterIssuer 'lets-encrypt', which there is not",
    ),
    "an authority without a key": (
        [drop("Secret services/inside")],
        "Issuer services/inside",
        "spec.ca.secretName",
        "names Secret 'inside', which namespace services does not have and no Certificate there writes",
    ),
    "an authority of the cluster whose key is elsewhere than cert-manager": (
        [put("Certificate certificates/authority", "metadata", "namespace", "cert-manager")],
        "ClusterIssuer authority",
        "spec.ca.secretName",
        "names Secret 'authority', which namespace certificates does not have and no Certificate there writes",
    ),
    "a token that there is not": (
        [drop("Secret certificates/cloudflare")],
        LETS_ENCRYPT,
        "spec.acme.solvers[1].dns01.cloudflare.apiTokenSecretRef",
        "names 'token' of Secret 'cloudflare', which namespace certificates does not have",
    ),
    "a token under another key": (
        [put("Secret certificates/cloudflare", "stringData", {"api-token": "t"})],
        LETS_ENCRYPT,
        "spec.acme.solvers[1].dns01.cloudflare.apiTokenSecretRef",
        "names 'token' of Secret 'cloudflare', which namespace certificates does not have",
    ),
    "a Secret that there is not, without a key": (
        [put("Issuer services/inside", "spec", "vault", "auth", "tokenSecretRef", {"name": "vault"})],
        "Issuer services/inside",
        "spec.vault.auth.tokenSecretRef",
        "names Secret 'vault', which namespace services does not have",
    ),
    "Let's Encrypt without a solver": ([put(*SOLVERS, [])], LETS_ENCRYPT, "spec.acme.solvers", "is empty"),
    "a wildcard without a DNS01 solver": (
        [drop(*SOLVERS, 1), drop(*SOLVERS, 0, "selector")],
        WILDCARD,
        "spec.dnsNames[0]",
        "is '*.example.org', and ClusterIssuer letsencrypt has no DNS01 solver for it",
    ),
    "a host that no solver is for, by its zone": (
        [put(*SOLVERS, 0, "selector", "dnsZones", ["shop.example.org"])],
        CERTIFICATE,
        "spec.dnsNames[0]",
        "is 'shop.example.com', which no solver of ClusterIssuer letsencrypt is meant for",
    ),
    "a host that no solver is for, by its name": (
        [put(*SOLVERS, 0, "selector", "dnsNames", ["www.example.com"])],
        CERTIFICATE,
        "spec.dnsNames[0]",
        "is 'shop.example.com', which no solver of ClusterIssuer letsencrypt is meant for",
    ),
    "a host that no solver is for, by the certificate's labels": (
        [put(*SOLVERS, 0, "selector", "matchLabels", {"solver": "http"})],
        CERTIFICATE,
        "spec.dnsNames[0]",
        "is 'shop.example.com', which no solver of ClusterIssuer letsencrypt is meant for",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_host_that_nobody_vouches_for_dangles(case: Case) -> None:
    edits, *expected = case
    assert found(*edits) == [tuple(expected)]


@pytest.mark.parametrize(
    "edits",
    [
        [drop(CERTIFICATE), add("{apiVersion: v1, kind: Secret, metadata: {name: shop-tls, namespace: services}}")],
        [put(CERTIFICATE, "spec", "dnsNames", ["*.example.com"]), put(*SOLVERS, 2, {"dns01": {"cloudDNS": {}}})],
        [
            put(SHOP, "spec", "tls", 0, "hosts", ["*.example.com"]),
            put(CERTIFICATE, "spec", "dnsNames", ["*.example.com"]),
            put(CERTIFICATE, "spec", "issuerRef", {"name": "inside"}),
        ],
        [drop(CERTIFICATE), put(SHOP, "metadata", "annotations", "cert-manager.io/cluster-issuer", "letsencrypt")],
        [drop(CERTIFICATE), put(SHOP, "metadata", "annotations", "cert-manager.io/issuer", "inside")],
        [drop(CERTIFICATE), put(SHOP, "metadata", "annotations", "kubernetes.io/tls-acme", "true")],
        [
            drop(WILDCARD),
            put("Gateway kong/public", "metadata", "annotations", {"cert-manager.io/cluster-issuer": "letsencrypt"}),
        ],
        [
            put(CERTIFICATE, "metadata", "name", "shop-tls"),
            put(SHOP, "metadata", "annotations", "cert-manager.io/cluster-issuer", "letsencrypt"),
        ],
        [put(CERTIFICATE, "spec", "issuerRef", {"group": "cas-issuer.jetstack.io", "kind": "Issuer", "name": "a"})],
        [
            drop(SHOP, "spec", "tls"),
            put(SHOP, "metadata", "labels", {"acme.cert-manager.io/http01-solver": "true"}),
        ],
        [
            put(*SOLVERS, 0, "selector", "matchLabels", {"solver": "http"}),
            put(CERTIFICATE, "metadata", "labels", {"solver": "http"}),
        ],
        [put(*SOLVERS, 0, "selector", "dnsNames", ["shop.example.com"])],
        [drop(SHOP, "spec", "rules", 0, "host")],
        [
            put(
                "Gateway kong/public",
                "spec",
                "listeners",
                0,
                "tls",
                "certificateRefs",
                2,
                {"kind": "Vault", "name": "v"},
            )
        ],
        [put("Issuer services/inside", "spec", "vault", "auth", "tokenSecretRef", {"name": "redis"})],
    ],
    ids=[
        "a Secret that somebody else writes",
        "a wildcard proven in DNS",
        "a wildcard of an authority that asks for no proof",
        "an annotation that asks a ClusterIssuer",
        "an annotation that asks an Issuer",
        "an annotation that asks the default issuer",
        "a Gateway's annotation",
        "the Certificate that cert-manager has made of an annotation",
        "an issuer of another kind, which others know",
        "a challenge",
        "a solver for certificates with a label",
        "a solver for a host by its name",
        "an Ingress for all hosts",
        "a certificate of another kind than a Secret",
        "a Secret without a key",
    ],
)
def test_a_host_that_somebody_vouches_for_does_not_dangle(edits: list[Edit]) -> None:
    assert found(*edits) == []


def test_cert_manager_is_in_its_usual_namespace_where_no_deployment_shows_another() -> None:
    edits = [
        drop("Deployment certificates/cert-manager"),
        put("Certificate certificates/authority", "metadata", "namespace", "cert-manager"),
        put("Secret certificates/cloudflare", "metadata", "namespace", "cert-manager"),
    ]
    assert found(*edits) == []
