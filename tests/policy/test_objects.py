"""Objects are what the type of their resource says, however they are asked for."""

from typing import Any

import pytest

from policy.objects import kind_of, objects_of, type_of
from policy.resource import Resource
from tests.policy.rules import resource


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
        assert type_of(type_) == found.type


def test_a_kind_of_somebody_s_own_is_what_it_is_called() -> None:
    found = _one("kubernetes:example.com/v1:AllowList", items=["a"])
    assert (kind_of(found), found.properties["items"]) == ("example.com/AllowList", ["a"])


def test_what_is_not_of_kubernetes_stays_as_it_is() -> None:
    bucket = resource("gcp:storage/bucket:Bucket")
    assert objects_of([bucket]) == [bucket]
    assert kind_of(resource("web-platform:index:Namespace")) == ""
    assert type_of(bucket.type) == bucket.type


def test_what_a_patch_does_not_say_is_not_known() -> None:
    patch = _one("kubernetes:core/v1:ServicePatch", spec={})
    assert patch.get("spec.type", "ClusterIP") is None
    assert _one("kubernetes:core/v1:Service", spec={}).get("spec.type", "ClusterIP") == "ClusterIP"
