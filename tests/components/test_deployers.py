"""Who deploys into a namespace: the rights that its programs need, and none beside."""

from typing import Any

import pytest
from web_platform import KongConsumer, KongPlugin, OneOffJob, ScheduledJob, WebService, Worker
from web_platform.deployers import AWAITED, DEPLOYED, account_fault, deployer_rules

from tests.recording import declare

WORKLOAD: dict[str, Any] = {
    "image": "ghcr.io/acme/orders:1.0.0",
    "namespace": "orders",
    "secret_environment": {"PIN": "7364"},
    "files": {"/etc/orders.yaml": "open: true"},
}
PUBLIC: dict[str, Any] = {
    **WORKLOAD,
    "public_host": "orders.example.com",
    "gateway_namespace": "kong",
    "ingress_class": "kong",
    "issuer": "cert-manager-lets-encrypt",
}
KONG: dict[str, Any] = {"namespace": "orders", "ingress_class": "kong"}


def team() -> None:
    """A program with everything that a team may make."""
    web: Any = {**PUBLIC, "autoscaling": {"maximum_replicas": 3}, "migration": {"command": ["migrate"]}}
    WebService("web", web)
    by_gateway_api: Any = {**PUBLIC, "gateway_class": "kong"}
    WebService("api", by_gateway_api)
    worker: Any = WORKLOAD
    Worker("worker", worker)
    nightly: Any = {**WORKLOAD, "schedule": "30 4 * * *"}
    ScheduledJob("nightly", nightly)
    once: Any = WORKLOAD
    OneOffJob("import", once)
    limits: Any = {**KONG, "plugin": {"rate_limiting": {"minute": 60}}}
    KongPlugin("limits", limits)
    partner: Any = {**KONG, "key_auth": {}}
    KongConsumer("partner", partner)


def resource_of(type_: str) -> tuple[str, str]:
    """The API group of a type's objects, and what they are called in URLs."""
    place, _, kind = type_.removeprefix("kubernetes:").rpartition(":")
    group, name = place.rpartition("/")[0], kind.lower().replace("policy", "policie").replace("ingress", "ingresse")
    return "" if group == "core" else group, f"{name}s"


def test_there_are_rights_to_exactly_what_a_teams_program_is_made_of() -> None:
    made = {resource_of(each.type) for each in declare(team) if each.type.startswith("kubernetes:")}
    assert {(group, resource) for group, resources in DEPLOYED.items() for resource in resources} == made


def test_what_becomes_of_it_can_be_read_and_not_changed() -> None:
    by_resource = {
        (group, resource): rule["verbs"]
        for rule in deployer_rules()
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert by_resource["apps", "deployments"] == ["get", "list", "watch", "create", "patch", "delete"]
    awaited = [(group, resource) for group, resources in AWAITED.items() for resource in resources]
    assert [by_resource[each] for each in awaited] == [["get", "list", "watch"]] * len(awaited)


@pytest.mark.parametrize(
    "kept",
    [
        *("*", "namespaces", "resourcequotas", "limitranges"),
        *("roles", "rolebindings", "serviceaccounts/token", "pods/exec", "kongclusterplugins"),
    ],
)
def test_there_is_no_right_to_what_keeps_a_team_in_its_place(kept: str) -> None:
    said = [rule for rule in deployer_rules() if kept in rule["resources"] + rule["verbs"] + rule["apiGroups"]]
    assert said == []


@pytest.mark.parametrize(
    "account", ["deploy-orders-prod@acme-platform.iam.gserviceaccount.com", "Ada.Lovelace+gke@acme.co.uk"]
)
def test_an_account_is_named_by_its_address(account: str) -> None:
    assert account_fault(account) is None


@pytest.mark.parametrize(
    "account",
    [
        *("", "deploy-orders-prod", "system:masters", "system:admin@acme.com", "serviceAccount:deploy@acme.com"),
        *("deploy@localhost", "deploy @acme.com", "deploy@acme.com ", "*@*", "deploy@acme.com,other@acme.com"),
    ],
)
def test_what_is_no_address_of_an_account_is_refused(account: str) -> None:
    fault = account_fault(account)
    assert fault is not None
    assert "deploy-orders-prod@acme-platform.iam.gserviceaccount.com" in fault.remedy
