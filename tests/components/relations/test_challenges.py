"""Let's Encrypt's way through the gateway."""

import pytest

from tests.components.relations.stack import Case, Edit, add, drop, found, put

LETS_ENCRYPT = "ClusterIssuer letsencrypt"
INGRESS = (LETS_ENCRYPT, "spec", "acme", "solvers", 0, "http01", "ingress")
TEMPLATE = (*INGRESS, "ingressTemplate", "metadata", "annotations")
INGRESS_FIELD = "spec.acme.solvers[0].http01.ingress"
TEMPLATE_FIELD = f"{INGRESS_FIELD}.ingressTemplate.metadata.annotations"
PROMETHEUS = "KongClusterPlugin prometheus"
LABEL = "metadata.labels['global']"

CASES: dict[str, Case] = {
    "a class that there is not": (
        [put(*INGRESS, "ingressClassName", "nginx")],
        LETS_ENCRYPT,
        f"{INGRESS_FIELD}.ingressClassName",
        "names IngressClass 'nginx', which there is not",
    ),
    "a class that there is not, in the older field": (
        [drop(*INGRESS, "ingressClassName"), put(*INGRESS, "class", "nginx")],
        LETS_ENCRYPT,
        f"{INGRESS_FIELD}.class",
        "names IngressClass 'nginx', which there is not",
    ),
    "a challenge over HTTPS alone": (
        [put(*TEMPLATE, "konghq.com/protocols", "https")],
        LETS_ENCRYPT,
        f"{TEMPLATE_FIELD}['konghq.com/protocols']",
        "is 'https'",
    ),
    "a challenge over whatever the gateway thinks best": (
        [drop(*INGRESS, "ingressTemplate")],
        LETS_ENCRYPT,
        f"{TEMPLATE_FIELD}['konghq.com/protocols']",
        "is missing",
    ),
    "a challenge with plugins": (
        [put(*TEMPLATE, "konghq.com/plugins", "key-auth")],
        LETS_ENCRYPT,
        f"{TEMPLATE_FIELD}['konghq.com/plugins']",
        "names 'key-auth'",
    ),
    **{
        f"{kind} for all requests": (
            [put(PROMETHEUS, "plugin", kind)],
            PROMETHEUS,
            LABEL,
            f"applies {kind} to every request to the gateway",
        )
        for kind in (
            *("basic-auth", "hmac-auth", "jwt", "key-auth", "ldap-auth", "oauth2", "openid-connect"),
            *("acl", "ip-restriction", "redirect", "request-termination"),
        )
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_keeps_lets_encrypt_out_dangles(case: Case) -> None:
    edits, *expected = case
    assert found(*edits) == [tuple(expected)]


@pytest.mark.parametrize(
    "edits",
    [
        [put(*TEMPLATE, "konghq.com/protocols", "http")],
        [put(PROMETHEUS, "plugin", "bot-detection")],
        [put("KongClusterPlugin correlation-id", "plugin", "key-auth")],
        [
            add(
                """
                apiVersion: networking.k8s.io/v1
                kind: IngressClass
                metadata: {name: nginx}
                spec: {controller: k8s.io/ingress-nginx}
                """
            ),
            put(*INGRESS, {"ingressClassName": "nginx"}),
        ],
        [put(*INGRESS, {"name": "shop"})],
        [put(LETS_ENCRYPT, "spec", "acme", "solvers", 0, "http01", {"gatewayHTTPRoute": {"parentRefs": []}})],
        [
            drop(LETS_ENCRYPT, "spec", "acme", "solvers", 0),
            put("Certificate services/shop", "spec", "issuerRef", {"name": "inside"}),
            put(PROMETHEUS, "plugin", "ip-restriction"),
        ],
    ],
    ids=[
        "plain HTTP alone",
        "a plugin for all that refuses bots",
        "a plugin that refuses strangers, on routes that name it",
        "another controller's class",
        "an Ingress that is there already",
        "a route of the Gateway API",
        "addresses that are refused, where nobody is challenged over HTTP",
    ],
)
def test_what_lets_lets_encrypt_through_does_not_dangle(edits: list[Edit]) -> None:
    assert found(*edits) == []


def test_who_calls_must_not_be_asked_of_all_even_where_nobody_is_challenged() -> None:
    edits = [
        drop(LETS_ENCRYPT, "spec", "acme", "solvers", 0),
        put("Certificate services/shop", "spec", "issuerRef", {"name": "inside"}),
        put(PROMETHEUS, "plugin", "key-auth"),
    ]
    assert found(*edits) == [(PROMETHEUS, LABEL, "applies key-auth to every request to the gateway")]
