"""Namespace: says which pods it admits."""

from typing import Any

import pytest
from pulumi import Output
from web_platform import ArgumentError, Namespace, NamespaceArgs, PodSecurity

from tests.recording import Recording, declare

TYPE = "web-platform:index:Namespace"
NAMESPACE = "kubernetes:core/v1:Namespace"


def shop(args: NamespaceArgs) -> Recording:
    return declare(lambda: Namespace("shop", args))


def labels(args: NamespaceArgs) -> dict[str, str]:
    made: dict[str, str] = shop(args).one(NAMESPACE, "shop").inputs["metadata"]["labels"]
    return made


def test_a_namespace_is_exactly_this() -> None:
    recording = shop({})
    assert recording.names() == [(NAMESPACE, "shop"), (TYPE, "shop")]
    namespace = recording.one(NAMESPACE, "shop")
    assert namespace.parent == recording.one(TYPE, "shop").urn
    assert namespace.inputs["metadata"] == {
        "name": "shop",
        "labels": {
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
            "app.kubernetes.io/managed-by": "pulumi",
        },
    }
    assert recording.outputs_of(TYPE, "shop") == {"namespace": "shop"}


@pytest.mark.parametrize("standard", list(PodSecurity))
def test_a_looser_standard_is_enforced_while_the_strictest_still_warns(standard: PodSecurity) -> None:
    made = labels({"pod_security": standard})
    assert made["pod-security.kubernetes.io/enforce"] == standard.value
    assert made["pod-security.kubernetes.io/warn"] == "restricted"


@pytest.mark.parametrize("name", ["Shop", "shop.eu", "s" * 64])
def test_a_name_that_kubernetes_refuses_is_refused_before_it(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Namespace '{name}': name "):
        declare(lambda: Namespace(name, {}))


def test_a_misspelt_key_is_refused() -> None:
    args: Any = {"podSecurity": "baseline"}
    with pytest.raises(ArgumentError, match=r"podSecurity is not a known key.\n.*\n.*did you mean 'pod_security'\?"):
        shop(args)


def test_a_standard_that_does_not_exist_is_refused() -> None:
    args: Any = {"pod_security": "strict"}
    with pytest.raises(ArgumentError) as refused:
        shop(args)
    assert str(refused.value) == (
        "Namespace 'shop': pod_security is 'strict', which is no Pod Security Standard.\n"
        "  Danger: the API server would refuse the namespace, and everything in it would have no place\n"
        "  Remedy: pass one of: PodSecurity.RESTRICTED, PodSecurity.BASELINE, PodSecurity.PRIVILEGED"
    )


def test_a_standard_may_arrive_as_text_from_other_languages() -> None:
    args: Any = {"pod_security": "baseline"}
    assert labels(args)["pod-security.kubernetes.io/enforce"] == "baseline"


def test_a_closed_namespace_admits_connections_of_its_own_pods_and_of_those_it_names() -> None:
    recording = declare(lambda: Namespace("services", {"admits_from": ["kong", Output.from_input("tests")]}))
    policy = recording.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", "services-ingress").inputs
    assert policy["metadata"] == {"name": "services-ingress", "namespace": "services"}
    named = [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}} for name in ("kong", "tests")
    ]
    assert policy["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {}}, *named]}],
    }


def test_a_namespace_is_open_unless_it_names_whom_it_admits() -> None:
    recording = declare(lambda: Namespace("services", {}))
    assert not recording.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
