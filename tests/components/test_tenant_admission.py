"""What a tenant's namespace is held to, as written; tests/engine/test_hand_over.py puts it to the real API server."""

import json
import re
from typing import Any

import pytest
from pulumi import Output
from web_platform import Tenant
from web_platform.deployers import DEPLOYED
from web_platform.tenant_admission import LOOKED_AT, admission_spec

from tests.recording import Recording, declare

ADMISSION = "kubernetes:admissionregistration.k8s.io/v1"
POLICY, BINDING = f"{ADMISSION}:ValidatingAdmissionPolicy", f"{ADMISSION}:ValidatingAdmissionPolicyBinding"
DEPLOYER = "deploy-orders-prod@acme-platform.iam.gserviceaccount.com"
HOSTS = ["orders.example.com", "*.orders.example.com"]

# Kinds that lead nowhere from outside by themselves, and are as large as quota, limits and Pod Security Standard let
# them be.
INWARD = {
    *(("", kind) for kind in ("configmaps", "secrets", "serviceaccounts")),
    ("apps", "deployments"),
    ("autoscaling", "horizontalpodautoscalers"),
    *(("batch", kind) for kind in ("cronjobs", "jobs")),
    ("policy", "poddisruptionbudgets"),
    # It can be of any group. docs/services.md says so.
    ("configuration.konghq.com", "kongconsumers"),
}


def orders(**args: Any) -> Recording:
    whole: Any = {"gateway_namespace": "kong", "deployers": [DEPLOYER], "hosts": HOSTS, **args}
    return declare(lambda: Tenant("orders", whole))


def spec(recording: Recording) -> dict[str, Any]:
    said: dict[str, Any] = recording.one(POLICY, "orders-deployers").inputs["spec"]
    return said


def variable(said: dict[str, Any], name: str) -> str:
    (expression,) = [str(each["expression"]) for each in said["variables"] if each["name"] == name]
    return expression


def test_it_is_in_force_in_that_namespace_alone_and_lets_nothing_by_where_it_fails() -> None:
    recording = orders()
    said, binding = spec(recording), recording.one(BINDING, "orders-deployers").inputs
    assert said["matchConstraints"]["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "orders"}}
    assert said["failurePolicy"] == "Fail"
    name = recording.one(POLICY, "orders-deployers").inputs["metadata"]["name"]
    assert binding["spec"] == {"policyName": name, "validationActions": ["Deny"]}


def test_nobody_has_rights_before_it_is_in_force() -> None:
    recording = orders()
    rights = recording.one("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "orders-deployers")
    assert recording.one(BINDING, "orders-deployers").urn in recording.waits_for(rights)


def test_where_nobody_deploys_but_the_platform_there_is_none() -> None:
    assert not any(type_.startswith(ADMISSION) for type_, _ in orders(deployers=[]).names())


def test_every_kind_that_there_is_a_right_to_is_looked_at_or_leads_nowhere_from_outside() -> None:
    rules = spec(orders())["matchConstraints"]["resourceRules"]
    watched = {(group, resource) for rule in rules for group in rule["apiGroups"] for resource in rule["resources"]}
    assert watched | INWARD == {(group, resource) for group, resources in DEPLOYED.items() for resource in resources}
    assert not watched & INWARD


def test_each_kind_that_is_looked_at_has_a_rule_and_each_rule_such_a_kind() -> None:
    expressions = [each["expression"] for each in spec(orders())["validations"]]
    assert {re.findall(r'^request\.kind\.kind != "(\w+)" \|\| ', each)[0] for each in expressions} == set(LOOKED_AT)


def test_the_policies_that_are_kept_are_those_that_the_tenant_has_from_the_platform() -> None:
    recording = orders()
    made = recording.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy").values()
    names = [policy.inputs["metadata"]["name"] for policy in made]
    (rule,) = [each["expression"] for each in spec(recording)["validations"] if "NetworkPolicy" in each["expression"]]
    assert sorted(names) == sorted(json.loads(rule.partition("request.name in ")[2].rstrip(")")))
    assert f'request.userInfo.username in ["{DEPLOYER}"]' in rule


def test_hosts_and_accounts_may_be_known_later() -> None:
    def later() -> None:
        known = [Output.from_input(text) for text in ("shop.example.com", "ada@example.com")]
        Tenant("orders", {"gateway_namespace": "kong", "hosts": known[:1], "deployers": known[1:]})

    said = spec(declare(later))
    assert variable(said, "hosts") == '["shop.example.com"]'
    assert "ada@example.com" in json.dumps(said["validations"])


def test_what_is_written_as_a_host_cannot_end_the_text_that_it_is_in() -> None:
    host = 'a"] + ["b'
    assert json.loads(variable(admission_spec("orders", [host], [DEPLOYER], []), "hosts")) == [host]


@pytest.mark.parametrize("hosts", [[], HOSTS])
def test_each_message_is_one_line_that_names_kind_field_danger_and_remedy(hosts: list[str]) -> None:
    messages = [each["message"] for each in spec(orders(hosts=hosts))["validations"]]
    for message in messages:
        assert re.fullmatch(r"[A-Z]\w+: [^.]\S.* .+\. Danger: .+\. Remedy: .+\.", message), message
    assert len(set(messages)) == len(messages)
