"""Objects are what the type of their resource says, however they are asked for."""

from typing import Any

import pytest

from policy.objects import kind_of, may_have, objects_of
from policy.resource import Resource
from tests.policy.rules import resource

ITEM: dict[str, Any] = {"metadata": {"name": "a"}}


def _one(type_: str, **properties: Any) -> Resource:
    (found,) = objects_of([resource(type_, **properties)])
    return found


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("kubernetes:core/v1:Service", "Service"),
        ("kubernetes:v1:Service", "Service"),
        ("kubernetes:core/v1:ServicePatch", "Service"),
        ("kubernetes:apps/v1:Deployment", "apps/Deployment"),
        ("kubernetes:apps/v1:DeploymentPatch", "apps/Deployment"),
        ("kubernetes:gateway.networking.k8s.io/v1beta1:Gateway", "gateway.networking.k8s.io/Gateway"),
    ],
)
def test_a_type_says_which_kind_it_is(type_: str, kind: str) -> None:
    for said in ({}, {"apiVersion": "v1", "kind": "ConfigMap"}, {"kind": None}):
        found = _one(type_, **said)
        assert kind_of(found) == kind
        assert kind.endswith(found.properties["kind"])
        assert found.partial is type_.endswith("Patch")
        assert may_have(type_, (found.type,))


def test_a_list_stands_for_its_items_each_with_its_place() -> None:
    services = resource("kubernetes:core/v1:ServiceList", items=[ITEM, None, ITEM])
    found = objects_of([services])
    assert [(each.type, each.place, each.declared) for each in found] == [
        ("kubernetes:core/v1:Service", "items[0]", "kubernetes:core/v1:ServiceList"),
        ("kubernetes:core/v1:Service", "items[2]", "kubernetes:core/v1:ServiceList"),
    ]
    assert found[0].properties == {**ITEM, "apiVersion": "v1", "kind": "Service"}
    assert may_have(services.type, ("kubernetes:core/v1:Service",))
    assert not may_have(services.type, ("kubernetes:core/v1:Pod",))


def test_a_list_of_any_kind_has_what_its_items_say() -> None:
    items = [{"apiVersion": "apps/v1", "kind": "Deployment"}, {"apiVersion": "v1", "kind": "Pod"}]
    found = objects_of([resource("kubernetes:core/v1:List", items=items)])
    assert [kind_of(each) for each in found] == ["apps/Deployment", "Pod"]
    assert may_have("kubernetes:core/v1:List", ("kubernetes:apps/",))


def test_a_list_whose_items_are_known_later_has_none_yet() -> None:
    assert objects_of([resource("kubernetes:core/v1:PodList", items=None)]) == []


def test_a_kind_that_is_only_called_so_is_no_list() -> None:
    assert kind_of(_one("kubernetes:example.com/v1:AllowList", spec={})) == "example.com/AllowList"


def test_what_is_not_of_kubernetes_stays_as_it_is() -> None:
    bucket = resource("gcp:storage/bucket:Bucket", items=[ITEM])
    assert objects_of([bucket]) == [bucket]
    assert kind_of(resource("web-platform:index:Namespace")) == ""
    assert may_have(bucket.type, ("gcp:",))
    assert not may_have(bucket.type, ("kubernetes:",))


def test_what_a_patch_does_not_say_is_not_known() -> None:
    patch = _one("kubernetes:core/v1:ServicePatch", spec={})
    assert patch.get("spec.type", "ClusterIP") is None
    assert _one("kubernetes:core/v1:Service", spec={}).get("spec.type", "ClusterIP") == "ClusterIP"
