"""Tenant: a namespace for a team, with what the platform gives it and nothing else open."""

from typing import Any

import pytest
from pulumi import Output
from pulumi.runtime import rpc
from web_platform import ArgumentError, Tenant
from web_platform.deployers import deployer_rules

from tests.recording import Recording, declare

TYPE = "web-platform:index:Tenant"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
ADMISSION = "kubernetes:admissionregistration.k8s.io/v1"
DEPLOYER = "deploy-orders-prod@acme-platform.iam.gserviceaccount.com"
LEAST: dict[str, Any] = {"gateway_namespace": "kong"}
GIVEN: dict[str, Any] = {
    **LEAST,
    "environment": {"PGHOST": "10.16.0.3"},
    "secret_environment": {"PGPASSWORD": "hunter2"},
    "network_paths": [{"cidr": "10.16.0.3/32", "port": 5432}],
}


def orders(args: dict[str, Any]) -> Recording:
    return declare(lambda: Tenant("orders", args))  # type: ignore[arg-type]


def test_a_tenant_is_made_of_these_resources() -> None:
    assert orders(LEAST).names() == [
        ("kubernetes:core/v1:ConfigMap", "orders-environment"),
        ("kubernetes:core/v1:Namespace", "orders"),
        ("kubernetes:core/v1:Secret", "orders-secrets"),
        (POLICY, "orders-challenges"),
        (POLICY, "orders-default-deny"),
        (POLICY, "orders-platform"),
        ("web-platform:index:Namespace", "orders"),
        (TYPE, "orders"),
    ]


def test_what_is_given_is_kept_where_workloads_can_take_it_and_secrets_are_secret() -> None:
    recording = orders(GIVEN)
    assert recording.one("kubernetes:core/v1:ConfigMap", "orders-environment").inputs["data"] == GIVEN["environment"]
    secret = recording.one("kubernetes:core/v1:Secret", "orders-secrets").inputs
    assert secret["stringData"] == rpc.wrap_rpc_secret({"PGPASSWORD": "hunter2"})
    assert recording.outputs_of(TYPE, "orders") == {
        "namespace": "orders",
        "configMap": "orders-environment",
        "secret": "orders-secrets",
    }


def test_both_have_names_that_change_with_them_so_that_pods_do_too() -> None:
    recording = orders(GIVEN)
    for type_, name in (("ConfigMap", "orders-environment"), ("Secret", "orders-secrets")):
        made = recording.one(f"kubernetes:core/v1:{type_}", name).inputs
        assert "name" not in made["metadata"]
        assert made["immutable"] is True


def test_every_pod_may_go_the_ways_that_are_given_and_nobody_is_let_in_by_them() -> None:
    spec = orders(GIVEN).one(POLICY, "orders-platform").inputs["spec"]
    assert (spec["podSelector"], spec["policyTypes"]) == ({}, ["Egress"])
    assert spec["egress"][1:] == [
        {"to": [{"ipBlock": {"cidr": "10.16.0.3/32"}}], "ports": [{"port": 5432, "protocol": "TCP"}]}
    ]


def test_those_who_deploy_there_have_a_role_in_the_namespace_and_in_no_other_place() -> None:
    recording = orders({**LEAST, "deployers": [DEPLOYER, "ada@example.com"]})
    made = {type_ for type_, _ in recording.names()} - {type_ for type_, _ in orders(LEAST).names()}
    rules = {f"{ADMISSION}:ValidatingAdmissionPolicy", f"{ADMISSION}:ValidatingAdmissionPolicyBinding"}
    assert made == {f"{RBAC}:Role", f"{RBAC}:RoleBinding"} | rules
    role = recording.one(f"{RBAC}:Role", "orders-deployers").inputs
    binding = recording.one(f"{RBAC}:RoleBinding", "orders-deployers").inputs
    assert role["rules"] == deployer_rules()
    assert role["metadata"]["namespace"] == binding["metadata"]["namespace"] == "orders"
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": role["metadata"]["name"],
    }
    assert binding["subjects"] == [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}
        for name in (DEPLOYER, "ada@example.com")
    ]


@pytest.mark.parametrize(
    ("field", "known"),
    [
        ("deployers", "system:masters"),
        ("deployers", ""),
        ("hosts", "*"),
        ("hosts", ""),
        ("hosts", None),
        ("hosts", 7),
    ],
)
def test_who_turns_out_to_be_nobody_or_everybody_is_refused_by_name(field: str, known: Any) -> None:
    def program() -> None:
        args: Any = {**LEAST, "deployers": [DEPLOYER], field: [Output.from_input(known)]}
        Tenant("orders", args)

    with pytest.raises(ArgumentError, match=rf"^Tenant 'orders': {field}\[0\] is "):
        declare(program)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gateway_namespace": None}, "gateway_namespace is missing"),
        ({"environment": {"a-b": "1"}}, "environment 'a-b' is not a name"),
        ({"secret_environment": {"a-b": "1"}}, "secret_environment 'a-b' is not a name"),
        ({"secret_environment": {"PIN": 73645}}, "secret_environment.PIN is a number, which is not text"),
        ({"network_paths": [{"port": 1}]}, r"network_paths\[0\].cidr is missing"),
        ({"quota": {"cpu": "1"}}, "quota.memory is missing"),
        ({"quota": {"cpu": "1", "memory": "lots"}}, "quota.memory is not an amount"),
        ({"largest_memory": "4"}, "largest_memory is not an amount"),
        ({"environmnet": {}}, "environmnet is not a known key"),
        ({"deployers": DEPLOYER}, "deployers is .* not a list"),
        ({"deployers": [DEPLOYER, "group:devs@acme.com"]}, r"deployers\[1\] is not the e-mail address"),
        ({"hosts": "orders.example.com"}, "hosts is .* not a list"),
        ({"hosts": ["orders.example.com", "https://orders.example.com"]}, r"hosts\[1\] is not a full host name"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    recording = Recording()
    args: Any = {**LEAST, **change}
    with pytest.raises(ArgumentError, match=f"^Tenant 'orders': {message}"):
        declare(lambda: Tenant("orders", args), recording=recording)
    assert recording.names() == []
