"""All rules together: a good stack, strange objects, and what is only known later."""

import contextlib
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web_platform import Fault
from web_platform.relations import Dangling, dangling

from tests.components.relations.stack import Edit, drop, everything, put, stack


def test_nothing_dangles_in_a_good_stack() -> None:
    assert everything() == []


def test_what_dangles_is_said_with_its_danger_and_its_remedy() -> None:
    assert everything(put("Ingress services/shop", "spec", "ingressClassName", "nginx")) == [
        Dangling(
            object="Ingress services/shop",
            field="spec.ingressClassName",
            fault=Fault(
                what="names IngressClass 'nginx', which there is not",
                danger="no gateway serves it, and no request to its hosts is answered",
                remedy="name the gateway's class, such as 'kong', or install the gateway",
            ),
        )
    ]


def test_findings_are_in_one_order_whatever_the_objects_are_in() -> None:
    edits = (
        drop("Service services/shop"),
        drop("KongPlugin services/acl"),
        drop("Secret services/partner-key"),
        drop("ClusterIssuer letsencrypt"),
    )
    objects = stack(*edits)
    expected = dangling(objects)
    assert len(expected) == 6
    assert expected == sorted(expected)
    for seed in range(20):
        random.Random(seed).shuffle(objects)  # noqa: S311 - no secret
        assert dangling(objects) == expected


def test_an_object_that_is_there_twice_is_taken_once_as_it_was_last() -> None:
    (wrong,) = (
        each
        for each in stack(put("Ingress services/shop", "spec", "ingressClassName", "nginx"))
        if each["kind"] == "Ingress"
    )
    assert dangling([wrong, *stack(), *stack()]) == []


def test_objects_of_other_groups_with_the_same_kind_are_others() -> None:
    knative = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "a", "namespace": "b"}}
    istio = {"apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": {"name": "a", "namespace": "b"}}
    selecting: dict[str, Any] = {"spec": {"selector": {"app": "nobody"}}}
    assert dangling([*stack(), knative | selecting, istio | selecting]) == []


def test_without_a_namespace_an_object_is_in_the_default_one() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"selector": {"app": "a"}}}
    assert [each.object for each in dangling([service])] == ["Service default/a"]


def test_objects_whose_names_are_only_known_later_are_each_another() -> None:
    def unnamed(issuer: str) -> dict[str, Any]:
        spec = {"dnsNames": ["a.example.com"], "issuerRef": {"kind": "ClusterIssuer", "name": issuer}}
        return {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": None}, "spec": spec}

    found = [each.fault.what for each in dangling([unnamed("a"), unnamed("b")])]
    assert found == ["names ClusterIssuer 'a', which there is not", "names ClusterIssuer 'b', which there is not"]


_TOKEN = ("spec", "acme", "solvers", 1, "dns01", "cloudflare", "apiTokenSecretRef")
_BACKEND = ("spec", "rules", 0, "http", "paths", 0, "backend", "service")


@pytest.mark.parametrize(
    "edits",
    [
        [put("Ingress services/shop", "spec", "ingressClassName", None)],
        [put("Ingress services/shop", "spec", "tls", 0, "secretName", None)],
        [put("Ingress services/shop", "spec", "rules", 0, "host", None)],
        [put("Ingress services/shop", *_BACKEND, "name", None)],
        [put("Ingress services/shop", *_BACKEND, "port", "number", None)],
        [put("Service services/shop", "spec", "ports", 0, "targetPort", None)],
        [put("HTTPRoute services/docs", "spec", "parentRefs", 0, "name", None)],
        [put("HTTPRoute services/docs", "spec", "rules", 0, "filters", 0, "extensionRef", "name", None)],
        [put("Gateway kong/public", "spec", "gatewayClassName", None)],
        [put("Certificate services/docs", "spec", "issuerRef", "name", None)],
        [put(f"Certificate services/{name}", "spec", "secretName", None) for name in ("docs", "shop")]
        + [put("Ingress services/shop", "spec", "tls", 0, "secretName", None)],
        [put("ClusterIssuer letsencrypt", "spec", "acme", "solvers", None)],
        [put("Secret certificates/cloudflare", "stringData", None)],
        [put("ClusterIssuer letsencrypt", *_TOKEN, "name", None)],
        [put("ClusterIssuer authority", "spec", "ca", "secretName", None)],
        [put("KongConsumer edge/mobile", "credentials", None)],
        [put("KongConsumer edge/mobile", "credentials", 0, None)],
        [put("KongConsumer edge/mobile", "metadata", "annotations", "kubernetes.io/ingress.class", None)],
        [put(name, "custom_id", None) for name in ("KongConsumer edge/mobile", "KongConsumer services/partner")],
        [put("Secret edge/mobile-key", "stringData", None)],
        [put("Secret edge/mobile-jwt", "data", {"key": "bW9iaWxl", "algorithm": None, "secret": "cw=="})],
        [put("Secret services/redis", "stringData", None)],
        [put("Secret services/partner-group", "stringData", "group", None)],
        [put("KongClusterPlugin correlation-id", "configFrom", "secretKeyRef", "namespace", None)],
        [
            put("KongClusterPlugin correlation-id", "metadata", "labels", {"global": "true"}),
            *(put(f"KongClusterPlugin {name}", "plugin", None) for name in ("correlation-id", "prometheus")),
        ],
    ],
)
def test_what_is_only_known_later_is_passed_over(edits: list[Edit]) -> None:
    assert everything(*edits) == []


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["kong", "*.a.b", "80"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.lists(_ANYTHING, max_size=4))
def test_what_is_no_object_is_passed_over(objects: list[Any]) -> None:
    assert dangling(objects) == []


def _paths(value: Any, *path: Any) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] + [found for key, item in inside for found in _paths(item, *path, key)]


_PLACES = [path for path in _paths(stack()) if path]


@settings(max_examples=600)
@given(st.lists(st.tuples(st.sampled_from(_PLACES), _ANYTHING), min_size=1, max_size=4))
def test_no_shape_of_an_object_is_too_strange(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    objects: Any = stack()
    for (*parents, key), value in changes:
        holder = objects
        with contextlib.suppress(KeyError, IndexError, TypeError):  # An earlier change may have taken the place away.
            for parent in parents:
                holder = holder[parent]
            holder[key] = value
    assert all(each.fault.danger and each.fault.remedy for each in dangling(objects))
    assert dangling(objects) == dangling(objects)


def test_every_single_value_may_be_missing_or_null() -> None:
    for *parents, key in _PLACES:
        for remove in (True, False):
            objects: Any = stack()
            holder = objects
            for parent in parents:
                holder = holder[parent]
            if remove:
                del holder[key]
            else:
                holder[key] = None
            assert isinstance(dangling(objects), list)
