"""From plugins that ask who calls to those who can answer."""

import pytest

from tests.components.relations.stack import Case, Edit, add, consumer, drop, everything, found, put

PARTNER = "KongConsumer services/partner"
MOBILE = "KongConsumer edge/mobile"
PARTNER_KEY = "Secret services/partner-key"
PARTNER_GROUP = "Secret services/partner-group"
MOBILE_KEY = "Secret edge/mobile-key"
MOBILE_JWT = "Secret edge/mobile-jwt"
LABEL = ("metadata", "labels", "konghq.com/credential")
LABEL_FIELD = "metadata.labels['konghq.com/credential']"
SHOP = "Ingress services/shop"
SERVICE = "Service services/shop"
PLUGINS = ("metadata", "annotations", "konghq.com/plugins")
PLUGINS_FIELD = "metadata.annotations['konghq.com/plugins']"
KEY_AUTH = "KongPlugin services/key-auth"
ACL = "KongPlugin services/acl"
NOTHING_ASKS = "names KongPlugin services/acl, and nothing beside it asks callers who they are"


def credential(kind: str, **fields: str) -> list[Edit]:
    """Another credential of mobile's."""
    return [
        add("{apiVersion: v1, kind: Secret, metadata: {name: mobile-more, namespace: edge}}"),
        put("Secret edge/mobile-more", "metadata", "labels", {"konghq.com/credential": kind}),
        put("Secret edge/mobile-more", "stringData", fields),
        put(MOBILE, "credentials", 2, "mobile-more"),
    ]


def incomplete(kind: str, field: str, fields: dict[str, str]) -> Case:
    what = f"is missing, which a credential of kind {kind} needs"
    return credential(kind, **fields), "Secret edge/mobile-more", f"stringData.{field}", what


CASES: dict[str, Case] = {
    "a credential that there is not": (
        [drop(PARTNER_KEY)],
        PARTNER,
        "credentials[0]",
        "names Secret 'partner-key', which namespace services does not have",
    ),
    "a credential of another namespace": (
        [put(PARTNER, "credentials", 2, "mobile-key")],
        PARTNER,
        "credentials[2]",
        "names Secret 'mobile-key', which namespace services does not have",
    ),
    "a group of consumers that there is not": (
        [drop("KongConsumerGroup services/gold")],
        PARTNER,
        "consumerGroups[0]",
        "names KongConsumerGroup 'gold', which namespace services does not have",
    ),
    "a consumer without credentials": (
        [consumer("idle"), drop("KongConsumer edge/idle", "credentials")],
        "KongConsumer edge/idle",
        "credentials",
        "names nothing that a caller could show",
    ),
    "a consumer with groups alone": (
        [put(PARTNER, "credentials", ["partner-group"]), drop(PARTNER_KEY)],
        PARTNER,
        "credentials",
        "names nothing that a caller could show",
    ),
    "two consumers of one name": (
        [put(MOBILE, "username", "partner")],
        PARTNER,
        "username",
        "is 'partner', which KongConsumer edge/mobile is called too",
    ),
    "two consumers of one number": (
        [put(MOBILE, "custom_id", "1")],
        PARTNER,
        "custom_id",
        "is '1', which KongConsumer edge/mobile is called too",
    ),
    "a Secret that is no credential": (
        [drop(PARTNER_KEY, *LABEL)],
        PARTNER_KEY,
        LABEL_FIELD,
        "is missing, though KongConsumer services/partner names it",
    ),
    "a credential of a kind that there is not": (
        [put(PARTNER_KEY, *LABEL, "keyauth_credential")],
        PARTNER_KEY,
        LABEL_FIELD,
        "is 'keyauth_credential', though KongConsumer services/partner names the Secret",
    ),
    "a credential that no consumer names": (
        [put(MOBILE, "credentials", ["mobile-key"])],
        MOBILE_JWT,
        LABEL_FIELD,
        "is 'jwt', though no KongConsumer of namespace edge names the Secret",
    ),
    "a credential without its field, in data": (
        [put(PARTNER_KEY, "data", {"apikey": "cGFydG5lcg=="})],
        PARTNER_KEY,
        "data.key",
        "is missing, which a credential of kind key-auth needs",
    ),
    "a credential whose field is empty": (
        [put(MOBILE_KEY, "stringData", {"key": ""})],
        MOBILE_KEY,
        "stringData.key",
        "is missing, which a credential of kind key-auth needs",
    ),
    "a password without a name": incomplete("basic-auth", "username", {"password": "p"}),
    "a name without a password": incomplete("basic-auth", "password", {"username": "u"}),
    "a signature without a name": incomplete("hmac-auth", "username", {"secret": "s"}),
    "a signature without a secret": incomplete("hmac-auth", "secret", {"username": "u"}),
    "a token without a key": incomplete("jwt", "key", {"algorithm": "HS256", "secret": "s"}),
    "a token without an algorithm": incomplete("jwt", "algorithm", {"key": "k", "secret": "s"}),
    "a token without a secret": incomplete("jwt", "secret", {"key": "k", "algorithm": "HS512", "rsa_public_key": "r"}),
    "a token without a public key": incomplete(
        "jwt", "rsa_public_key", {"key": "k", "algorithm": "ES256", "secret": "s"}
    ),
    "a group without a name": incomplete("acl", "group", {"name": "partners"}),
    "a certificate without a subject": incomplete("mtls-auth", "subject_name", {"subject": "s"}),
    "an application without an address to return to": incomplete(
        "oauth2", "redirect_uris", {"name": "n", "client_id": "i", "client_secret": "s"}
    ),
    "two keys alike": (
        [put(MOBILE_KEY, "stringData", {"key": "partner"})],
        PARTNER_KEY,
        "data.key",
        "is KongConsumer services/partner's, and the same as KongConsumer edge/mobile's in Secret edge/mobile-key",
    ),
    "two keys alike, one of them encoded beside plain ones": (
        [put(MOBILE_KEY, "stringData", {"key": "partner"}), put(PARTNER_KEY, "stringData", {"note": "n"})],
        PARTNER_KEY,
        "data.key",
        "is KongConsumer services/partner's, and the same as KongConsumer edge/mobile's in Secret edge/mobile-key",
    ),
    "a key of two consumers": (
        [
            consumer("other", "mobile-key"),
        ],
        MOBILE_KEY,
        "stringData.key",
        "is KongConsumer edge/other's, and the same as KongConsumer edge/mobile's in Secret edge/mobile-key",
    ),
    "callers who are nobody": (
        [put(KEY_AUTH, "config", "anonymous", "nobody")],
        KEY_AUTH,
        "config.anonymous",
        "names consumer 'nobody', which there is not",
    ),
    **{
        f"{kind}, where nobody has a credential of that kind": (
            [put(KEY_AUTH, "plugin", kind)],
            KEY_AUTH,
            "plugin",
            f"is {kind!r}, and no KongConsumer has a credential of that kind",
        )
        for kind in ("basic-auth", "hmac-auth", "oauth2")
    },
    "jwt, where nobody has a credential of that kind": (
        [put(KEY_AUTH, "plugin", "jwt"), put(MOBILE, "credentials", ["mobile-key"]), drop(MOBILE_JWT)],
        KEY_AUTH,
        "plugin",
        "is 'jwt', and no KongConsumer has a credential of that kind",
    ),
    "key-auth, where nobody has a credential of that kind": (
        [
            drop(PARTNER_KEY),
            put(PARTNER, "credentials", ["partner-group", "partner-jwt"]),
            add("{apiVersion: v1, kind: Secret, metadata: {name: partner-jwt, namespace: services}}"),
            put("Secret services/partner-jwt", "metadata", "labels", {"konghq.com/credential": "jwt"}),
            put("Secret services/partner-jwt", "stringData", {"key": "p", "algorithm": "HS256", "secret": "s"}),
            put(MOBILE, "credentials", ["mobile-jwt"]),
            drop(MOBILE_KEY),
        ],
        KEY_AUTH,
        "plugin",
        "is 'key-auth', and no KongConsumer has a credential of that kind",
    ),
    "groups on an Ingress, where nothing asks": (
        [drop(SERVICE, "metadata", "annotations"), drop(KEY_AUTH)],
        SHOP,
        PLUGINS_FIELD,
        NOTHING_ASKS,
    ),
    "groups on an Ingress, where nothing asks on the way to one of two Services": (
        [
            put(
                *(SHOP, "spec", "rules", 0, "http", "paths", 1),
                {"path": "/docs", "backend": {"service": {"name": "docs", "port": {"number": 3000}}}},
            ),
        ],
        SHOP,
        PLUGINS_FIELD,
        NOTHING_ASKS,
    ),
    "groups on an Ingress that leads nowhere": ([put(SHOP, "spec", "rules", [])], SHOP, PLUGINS_FIELD, NOTHING_ASKS),
    "groups on an Ingress, where something asks on other ways": (
        [
            put(SHOP, *PLUGINS, "acl"),
            drop(SERVICE, "metadata", "annotations"),
            drop(KEY_AUTH),
            put("Service services/docs", *PLUGINS, "correlation-id"),
            put("KongClusterPlugin correlation-id", "plugin", "key-auth"),
        ],
        SHOP,
        PLUGINS_FIELD,
        NOTHING_ASKS,
    ),
    "groups where something asks on all ways, which is too much": (
        [
            drop(SERVICE, "metadata", "annotations"),
            drop(KEY_AUTH),
            put("KongClusterPlugin prometheus", "plugin", "key-auth"),
        ],
        "KongClusterPlugin prometheus",
        "metadata.labels['global']",
        "applies key-auth to every request to the gateway",
    ),
    "groups on a Service, where nothing asks": (
        [put(SHOP, *PLUGINS, "correlation-id"), put(SERVICE, *PLUGINS, "acl"), drop(KEY_AUTH)],
        SERVICE,
        PLUGINS_FIELD,
        NOTHING_ASKS,
    ),
    "a group that nobody is in": (
        [put(ACL, "config", "allow", ["partners", "staff"])],
        ACL,
        "config.allow[1]",
        "is 'staff', a group that no KongConsumer is in",
    ),
    "a group to keep out that nobody is in": (
        [put(ACL, "config", {"deny": ["staff"]})],
        ACL,
        "config.deny[0]",
        "is 'staff', a group that no KongConsumer is in",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_question_that_nobody_can_answer_dangles(case: Case) -> None:
    edits, *expected = case
    assert found(*edits) == [tuple(expected)]


@pytest.mark.parametrize(
    "edits",
    [
        credential("basic-auth", username="u", password="p"),
        credential("hmac-auth", username="u", secret="s"),
        credential("key-auth", key="k", algorithm="HS256"),
        credential("jwt", key="k", algorithm="HS384", secret="s"),
        credential("jwt", key="k", algorithm="EdDSA", rsa_public_key="r"),
        credential("acl", group="partners"),
        credential("mtls-auth", subject_name="s"),
        credential("oauth2", name="n", client_id="i", client_secret="s", redirect_uris="https://a.example.com"),
        [put(MOBILE_KEY, "data", {"key": "cGFydG5lcg=="})],
        [
            consumer("anyone"),
            put(KEY_AUTH, "config", "anonymous", "anyone"),
        ],
        [put(KEY_AUTH, "config", "anonymous", "5b5dd1c0-3cf2-4d5c-a1b4-5c5f4a2c1f6e")],
        [put(KEY_AUTH, "plugin", "basic-auth"), put(KEY_AUTH, "config", "anonymous", "mobile")],
        [
            put("KongPlugin services/limit", "plugin", "ip-restriction"),
            put("KongPlugin services/limit", "config", "allow", ["::1"]),
        ],
        [put(KEY_AUTH, "plugin", "ldap-auth")],
        [put(SHOP, *PLUGINS, "correlation-id,key-auth,acl"), drop(SERVICE, "metadata", "annotations")],
        [put(SHOP, *PLUGINS, "correlation-id,key-auth"), put(SERVICE, *PLUGINS, "acl")],
        [put(SHOP, *PLUGINS, "correlation-id"), put(SERVICE, *PLUGINS, "acl,key-auth")],
        [
            add("{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: b}}"),
            put("Secret b/a", *LABEL, "konnect"),
        ],
    ],
    ids=[
        "a name with a password",
        "a name with a secret to sign with",
        "a key with more beside it",
        "a token that is signed with a shared secret",
        "a token that is signed with a private key",
        "a group that another is in",
        "a certificate's subject",
        "an application",
        "a plain key that goes before an encoded one",
        "a consumer that callers without credentials count as",
        "such a consumer by Kong's own number",
        "a question that nobody has to answer",
        "addresses that are let in, which are no groups",
        "a directory that knows callers by itself",
        "groups and the question on an Ingress",
        "groups on a Service and the question on the route to it",
        "groups and the question on a Service",
        "a credential for another controller",
    ],
)
def test_a_question_that_somebody_can_answer_does_not_dangle(edits: list[Edit]) -> None:
    assert found(*edits) == []


def test_a_consumer_of_unknown_credentials_may_have_any() -> None:
    edits = [put(PARTNER, "credentials", None), put(MOBILE, "credentials", None)]
    assert found(*edits) == []


@pytest.mark.parametrize(
    ("side", "danger"), [("allow", "nobody is let in by it"), ("deny", "nobody is kept out by it")]
)
def test_a_group_that_nobody_is_in_says_what_comes_of_it(side: str, danger: str) -> None:
    (dangling,) = everything(put(ACL, "config", {side: ["staff"]}))
    assert dangling.fault.danger == danger


def test_what_is_secret_is_not_said() -> None:
    alike = everything(
        put(MOBILE_KEY, "stringData", {"key": "hunter2"}), put(PARTNER_KEY, "stringData", {"key": "hunter2"})
    )
    assert len(alike) == 1
    assert "hunter2" not in str(alike)
