"""From objects to plugins, and to the Secrets that those name."""

import pytest

from tests.components.relations.stack import Case, Edit, add, drop, everything, found, plugin, put

SHOP = "Ingress services/shop"
SERVICE = "Service services/shop"
ROUTE = "HTTPRoute services/docs"
PARTNER = "KongConsumer services/partner"
GOLD = "KongConsumerGroup services/gold"
PLUGINS = ("metadata", "annotations", "konghq.com/plugins")
CLASS = ("metadata", "annotations", "kubernetes.io/ingress.class")
FIELD = "metadata.annotations['konghq.com/plugins']"
CLASS_FIELD = "metadata.annotations['kubernetes.io/ingress.class']"
NO_CLASS = "is missing, and no IngressClass is the default"
DEFAULT_CLASS = {"ingressclass.kubernetes.io/is-default-class": "true"}
EXTENSION = (ROUTE, "spec", "rules", 0, "filters", 0, "extensionRef")


def missing(written: str, namespace: str = "services") -> str:
    return f"names plugin {written!r}, which there is neither in namespace {namespace} nor for the cluster"


def not_granted(written: str) -> str:
    return f"names plugin {written!r}, which there is neither in a namespace that grants it nor for the cluster"


CASES: dict[str, Case] = {
    "an Ingress's plugin that there is not": (
        [put(SHOP, *PLUGINS, "acl,correlation-id, limits")],
        SHOP,
        FIELD,
        missing("limits"),
    ),
    "an Ingress's plugin of another namespace": (
        [put(SHOP, *PLUGINS, "acl,correlation-id,cors")],
        SHOP,
        FIELD,
        missing("cors"),
    ),
    "a Service's plugin that there is not": (
        [put(SERVICE, *PLUGINS, "key-auth,limits")],
        SERVICE,
        FIELD,
        missing("limits"),
    ),
    "a route's plugin that there is not": ([put(ROUTE, *PLUGINS, "edge:cors,limits")], ROUTE, FIELD, missing("limits")),
    "a consumer's plugin that there is not": ([put(PARTNER, *PLUGINS, "limits")], PARTNER, FIELD, missing("limits")),
    "a group's plugin that there is not": ([put(GOLD, *PLUGINS, "limits")], GOLD, FIELD, missing("limits")),
    "a filter's plugin that there is not": (
        [put(*EXTENSION, "name", "limits")],
        ROUTE,
        "spec.rules[0].filters[0].extensionRef.name",
        missing("limits"),
    ),
    "a filter's plugin of one of the Services, that there is not": (
        [
            put(
                *(ROUTE, "spec", "rules", 0, "backendRefs", 0, "filters"),
                [{"type": "ExtensionRef", "extensionRef": {"kind": "KongPlugin", "name": "limits"}}],
            )
        ],
        ROUTE,
        "spec.rules[0].backendRefs[0].filters[0].extensionRef.name",
        missing("limits"),
    ),
    "a plugin of another namespace that there is not": (
        [
            put(SHOP, *PLUGINS, "acl, correlation-id, edge:limits"),
            put(
                "ReferenceGrant edge/routes",
                *("spec", "from", 1),
                {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "services"},
            ),
        ],
        SHOP,
        FIELD,
        not_granted("edge:limits"),
    ),
    "a plugin of another namespace, without a grant for Ingresses": (
        [put(SHOP, *PLUGINS, "acl, correlation-id, edge:cors")],
        SHOP,
        FIELD,
        not_granted("edge:cors"),
    ),
    "a plugin of the object's own namespace, written out": (
        [put(ROUTE, *PLUGINS, "edge:cors,services:limit")],
        ROUTE,
        FIELD,
        not_granted("services:limit"),
    ),
    "a namespace without a plugin": ([put(ROUTE, *PLUGINS, "edge:cors,edge:")], ROUTE, FIELD, not_granted("edge:")),
    "a plugin that Kong does not accept on consumers": (
        [put(PARTNER, *PLUGINS, "limit,cors"), plugin("cors", "cors")],
        PARTNER,
        FIELD,
        "names KongPlugin services/cors, and Kong does not accept cors on a consumer",
    ),
    "two of a kind on an Ingress": (
        [put(SHOP, *PLUGINS, "acl,correlation-id,numbers"), plugin("numbers", "correlation-id")],
        SHOP,
        FIELD,
        "names KongPlugin services/numbers, though KongClusterPlugin correlation-id is a correlation-id too",
    ),
    "one plugin twice on a Service": (
        [put(SERVICE, *PLUGINS, "key-auth, key-auth")],
        SERVICE,
        FIELD,
        "names KongPlugin services/key-auth, though KongPlugin services/key-auth is a key-auth too",
    ),
    "two of a kind on a route, one of them by a filter": (
        [put(ROUTE, *PLUGINS, "edge:cors,limit")],
        ROUTE,
        "spec.rules[0].filters[0].extensionRef.name",
        "names KongPlugin services/limit, though KongPlugin services/limit is a rate-limiting too",
    ),
    "two of a kind for all requests": (
        [
            add("{apiVersion: configuration.konghq.com/v1, kind: KongClusterPlugin, metadata: {name: metrics}}"),
            put("KongClusterPlugin metrics", "plugin", "prometheus"),
            put("KongClusterPlugin metrics", "metadata", "labels", {"global": "true"}),
            put("KongClusterPlugin metrics", *CLASS, "kong"),
        ],
        "KongClusterPlugin prometheus",
        "metadata.labels['global']",
        "applies prometheus to every request, and so does KongClusterPlugin metrics",
    ),
    "a plugin that nobody names": (
        [plugin("cache", "proxy-cache")],
        "KongPlugin services/cache",
        "metadata.name",
        "is a name that no object's annotation names",
    ),
    "a plugin that is hidden by one of the same name": (
        [plugin("correlation-id", "correlation-id")],
        "KongClusterPlugin correlation-id",
        "metadata.name",
        "is a name that no object's annotation names",
    ),
    "a plugin for the cluster that is no longer for all requests": (
        [put("KongClusterPlugin prometheus", "metadata", "labels", "global", "false")],
        "KongClusterPlugin prometheus",
        "metadata.name",
        "is a name that no object's annotation names",
    ),
    "a plugin of a namespace that is said to be for all requests": (
        [plugin("cache", "proxy-cache"), put("KongPlugin services/cache", "metadata", "labels", {"global": "true"})],
        "KongPlugin services/cache",
        "metadata.name",
        "is a name that no object's annotation names",
    ),
    "a patch from a Secret that there is not": (
        [drop("Secret services/redis")],
        "KongPlugin services/limit",
        "configPatches[0].valueFrom.secretKeyRef",
        "names 'password' of Secret 'redis', which namespace services does not have",
    ),
    "a patch from another key of a Secret": (
        [put("Secret services/redis", "stringData", {"redis-password": '"p"'})],
        "KongPlugin services/limit",
        "configPatches[0].valueFrom.secretKeyRef",
        "names 'password' of Secret 'redis', which namespace services does not have",
    ),
    "a configuration from a Secret that there is not": (
        [put("KongPlugin edge/cors", "configFrom", {"secretKeyRef": {"name": "cors", "key": "config"}})],
        "KongPlugin edge/cors",
        "configFrom.secretKeyRef",
        "names 'config' of Secret 'cors', which namespace edge does not have",
    ),
    "a configuration for the cluster, from a Secret of another namespace": (
        [put("KongClusterPlugin correlation-id", "configFrom", "secretKeyRef", "namespace", "services")],
        "KongClusterPlugin correlation-id",
        "configFrom.secretKeyRef",
        "names 'config' of Secret 'correlation', which namespace services does not have",
    ),
    "a consumer without a class": ([drop(PARTNER, *CLASS)], PARTNER, CLASS_FIELD, NO_CLASS),
    "a group without a class": ([drop(GOLD, *CLASS)], GOLD, CLASS_FIELD, NO_CLASS),
    "a plugin for the cluster without a class": (
        [drop("KongClusterPlugin prometheus", "metadata", "annotations")],
        "KongClusterPlugin prometheus",
        CLASS_FIELD,
        NO_CLASS,
    ),
    "a consumer of a class that there is not": (
        [put(PARTNER, *CLASS, "edge")],
        PARTNER,
        CLASS_FIELD,
        "names IngressClass 'edge', which there is not",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_plugin_that_is_named_wrongly_dangles(case: Case) -> None:
    edits, *expected = case
    assert found(*edits) == [tuple(expected)]


@pytest.mark.parametrize(
    "edits",
    [
        [put(SHOP, *PLUGINS, " acl ,, correlation-id ,")],
        [put(ROUTE, *PLUGINS, " edge : cors ")],
        [
            put(SHOP, *PLUGINS, "acl,correlation-id,edge:cors"),
            put(
                "ReferenceGrant edge/routes",
                *("spec", "from", 1),
                {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "services"},
            ),
        ],
        [put(SERVICE, *PLUGINS, "key-auth,numbers"), plugin("numbers", "correlation-id")],
        [
            put(
                "IngressClass kong", "metadata", "annotations", {"ingressclass.kubernetes.io/is-default-class": "true"}
            ),
            drop(PARTNER, *CLASS),
            drop(GOLD, *CLASS),
            drop("KongClusterPlugin prometheus", *CLASS),
        ],
        [put(GOLD, *PLUGINS, "cache"), plugin("cache", "proxy-cache")],
        [put(SHOP, "metadata", "annotations", {"konghq.com/plugins": None})],
        [put(ROUTE, "spec", "rules", 0, "filters", 1, {"extensionRef": {"kind": "RateLimit", "name": "a"}})],
    ],
    ids=[
        "names between spaces and commas",
        "a namespace and a name between spaces",
        "a plugin of another namespace, granted",
        "two of a kind, one on the Ingress and one on its Service",
        "objects of the default class",
        "a plugin of a group",
        "names that are only known later",
        "an extension of another kind",
    ],
)
def test_a_plugin_that_is_named_and_there_does_not_dangle(edits: list[Edit]) -> None:
    assert found(*edits) == []


def test_a_plugin_that_is_missing_says_that_requests_come_through_without_it() -> None:
    (dangling,) = everything(put(SHOP, *PLUGINS, "acl,correlation-id,limits"))
    assert dangling.fault.danger == (
        "the controller passes over it, and requests come through as if there were no plugin"
    )
