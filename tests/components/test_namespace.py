"""Namespace: says which pods it admits, how many, and who connects to them."""

from typing import Any

import pytest
from pulumi import Output
from web_platform import ArgumentError, Namespace, NamespaceArgs, PodSecurity, Worker

from tests.components.workloads.pods import POLICY, make
from tests.recording import Recording, declare

TYPE = "web-platform:index:Namespace"
NAMESPACE = "kubernetes:core/v1:Namespace"
QUOTA = "kubernetes:core/v1:ResourceQuota"
LIMITS = "kubernetes:core/v1:LimitRange"


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


def policies(**args: Any) -> dict[str, dict[str, Any]]:
    """The network policies of a namespace, by name."""
    made = shop(NamespaceArgs(**args)).of_type(POLICY)  # type: ignore[typeddict-item]
    assert [policy.inputs["metadata"] for policy in made.values()] == [
        {"name": name, "namespace": "shop"} for name in made
    ]
    return {name: policy.inputs["spec"] for name, policy in made.items()}


CLOSED = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_a_closed_namespace_lets_nothing_in_or_out_by_itself() -> None:
    assert policies(default_deny=True) == {"shop-default-deny": CLOSED}


@pytest.mark.parametrize("args", [{}, {"default_deny": False}])
def test_a_namespace_is_open_unless_it_is_closed(args: dict[str, Any]) -> None:
    assert policies(**args) == {}


def test_the_gateway_is_let_in_to_what_answers_the_challenges_of_lets_encrypt() -> None:
    gateway = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kong"}}}
    made = declare(lambda: Namespace("shop", {"default_deny": True, "gateway_namespace": Output.from_input("kong")}))
    assert {name: policy.inputs["spec"] for name, policy in made.of_type(POLICY).items()} == {
        "shop-default-deny": CLOSED,
        "shop-challenges": {
            "podSelector": {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [gateway], "ports": [{"port": 8089, "protocol": "TCP"}]}],
        },
    }


def test_without_a_gateway_nobody_is_let_in() -> None:
    assert policies(default_deny=True, gateway_namespace=None).keys() == {"shop-default-deny"}


@pytest.mark.parametrize(
    ("args", "hard"),
    [
        (
            {"quota": {"cpu": "3920m", "memory": "13Gi"}},
            {"requests.cpu": "3920m", "requests.memory": "13Gi"},
        ),
        ({"maximum_pods": 20.0}, {"pods": "20"}),
        (
            {"quota": {"cpu": "2", "memory": "4Gi"}, "maximum_pods": 1},
            {"requests.cpu": "2", "requests.memory": "4Gi", "pods": "1"},
        ),
    ],
)
def test_all_pods_together_have_a_quota_where_it_is_asked_for(args: NamespaceArgs, hard: dict[str, str]) -> None:
    assert shop(args).one(QUOTA, "shop-quota").inputs == {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "shop", "namespace": "shop"},
        "spec": {"hard": hard},
    }


def test_containers_have_a_greatest_size_where_it_is_asked_for_and_a_size_if_they_say_none() -> None:
    assert shop({"largest_memory": "13Gi"}).one(LIMITS, "shop-limits").inputs == {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "shop", "namespace": "shop"},
        "spec": {
            "limits": [
                {
                    "type": "Container",
                    "max": {"memory": "13Gi"},
                    "default": {"memory": "128Mi"},
                    "defaultRequest": {"cpu": "50m", "memory": "128Mi"},
                }
            ]
        },
    }


@pytest.mark.parametrize("args", [{}, {"quota": None, "maximum_pods": None, "largest_memory": None}])
def test_otherwise_there_are_no_limits(args: NamespaceArgs) -> None:
    recording = shop(args)
    assert recording.of_type(QUOTA) == recording.of_type(LIMITS) == {}


def test_nothing_is_in_a_namespace_before_it_is_closed_and_has_its_limits() -> None:
    def program() -> None:
        quota: Any = {"cpu": "1", "memory": "1Gi"}
        closed: NamespaceArgs = {"default_deny": True, "gateway_namespace": "kong", "quota": quota}
        namespace = Namespace("shop", {**closed, "largest_memory": "1Gi"}).namespace
        make(Worker, "within", namespace=namespace)

    recording = declare(program)
    closing = {resource.urn for resource in recording if f"{TYPE}$" in resource.urn and resource.name != "shop"}
    assert len(closing) == 4
    for resource in recording:
        if "Worker$" in resource.urn:
            assert closing <= resource.depends_on


def test_every_child_is_the_namespaces_own() -> None:
    quota: Any = {"cpu": "1", "memory": "1Gi"}
    recording = shop({"default_deny": True, "gateway_namespace": "kong", "quota": quota, "largest_memory": "1Gi"})
    (component,) = recording.of_type(TYPE).values()
    assert {resource.parent for resource in recording if resource != component} == {component.urn}
    assert recording.outputs_of(TYPE, "shop") == {"namespace": "shop"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quota": {"cpu": "1Gi", "memory": "1Gi"}}, "quota.cpu is not an amount of CPU"),
        ({"quota": {"cpu": "1", "memory": "1"}}, "quota.memory is not an amount of memory"),
        ({"largest_memory": "128m"}, "largest_memory is not an amount of memory"),
        ({"maximum_pods": 0}, "maximum_pods is 0"),
        ({"maximum_pods": 10_001}, "maximum_pods is 10001"),
        ({"admits_from": ["kong"]}, "admits_from is not a known key"),
    ],
)
def test_limits_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    recording = Recording()
    with pytest.raises(ArgumentError, match=f"^Namespace 'shop': {message}"):
        declare(lambda: Namespace("shop", change), recording=recording)  # type: ignore[arg-type]
    assert recording.names() == []


@pytest.mark.parametrize("pods", [1, 10_000])
def test_the_bounds_themselves_are_accepted(pods: int) -> None:
    assert shop({"maximum_pods": pods}).of_type(QUOTA)


def test_the_longest_name_is_accepted_and_its_policies_have_names_after_it() -> None:
    longest = "s" * 63
    recording = declare(lambda: Namespace(longest, {"default_deny": True}))
    assert list(recording.of_type(NAMESPACE)) == [longest]
    assert recording.one(POLICY, f"{longest}-default-deny").inputs["metadata"]["name"] == f"{longest}-default-deny"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quota": {"cpu": 2, "memory": "1Gi"}}, "quota.cpu"),
        ({"quota": {"cpus": "2", "memory": "1Gi"}}, "quota.cpu"),
        ({"quota": {"cpu": "2"}}, "quota.memory"),
        ({"default_deny": "false"}, "default_deny"),
        ({"maximum_pods": 2.5}, "maximum_pods"),
        ({"maximum_pods": "5"}, "maximum_pods"),
        ({"gateway_namespace": "kong"}, ""),
    ],
)
def test_what_a_namespace_could_not_mean_is_refused(change: dict[str, Any], field: str) -> None:
    recording = Recording()
    with pytest.raises(ArgumentError, match=f"^Namespace 'shop': {field}"):
        declare(lambda: Namespace("shop", change), recording=recording)  # type: ignore[arg-type]
    assert recording.names() == []
