"""The stack `dev` with routes of the Gateway API instead of Ingresses, on a real API server with its definitions.

The tests of this module are one story in the order in which they stand.
"""

from typing import Any

import pytest
import yaml
from kubernetes import client
from web_platform.http_route import GATEWAY_API, gateway_spec, http_route_spec
from web_platform.relations import dangling

from tests.engine.objects import objects_of
from tests.engine.project import REPOSITORY, Project


def publish_by(project: Project, gateway_api: bool) -> None:
    stack = yaml.safe_load((REPOSITORY / "Pulumi.dev.yaml").read_text())
    stack["config"]["web-platform:gateway"]["gatewayApi"] = gateway_api
    (project.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump(stack))
    up = project.localcloud("up", "dev")
    assert up.returncode == 0, up.stdout + up.stderr


@pytest.fixture(scope="module")
def dev(project: Project) -> Project:
    publish_by(project, gateway_api=True)
    return project


@pytest.fixture
def objects(dev: Project) -> list[dict[str, Any]]:
    return objects_of(dev)


def names(objects: list[dict[str, Any]], kind: str) -> set[str]:
    return {each["metadata"]["name"] for each in objects if each["kind"] == kind}


def test_every_service_has_a_gateway_and_a_route_and_no_ingress(objects: list[dict[str, Any]]) -> None:
    services = {"hello", "status"}
    assert names(objects, "GatewayClass") == {"kong"}
    assert names(objects, "Gateway") == names(objects, "HTTPRoute") == services
    assert names(objects, "Ingress") == set()


def test_plugins_and_certificates_are_those_that_an_ingress_has(objects: list[dict[str, Any]]) -> None:
    (status,) = [each for each in objects if each["kind"] == "HTTPRoute" and each["metadata"]["name"] == "status"]
    named = status["metadata"]["annotations"]["konghq.com/plugins"].split(",")
    assert set(named) == {f"status-{each}" for each in ("acl", "cors", "key-auth", "proxy-cache", "rate-limiting")}
    assert {"hello-tls", "status-tls"} <= names(objects, "Secret")


def test_nothing_that_an_object_names_is_missing(objects: list[dict[str, Any]]) -> None:
    assert dangling(objects) == []


def refusal(project: Project, plural: str, kind: str, spec: dict[str, Any]) -> str:
    """Asks the API server whether it would take such an object, and gives what it says against it."""
    group, version = GATEWAY_API.split("/")
    body = {"apiVersion": GATEWAY_API, "kind": kind, "metadata": {"name": "asked"}, "spec": spec}
    api = client.CustomObjectsApi(project.client())
    try:
        api.create_namespaced_custom_object(group, version, "services", plural, body, dry_run="All")
    except client.ApiException as refused:
        return str(refused.body)
    return ""


@pytest.mark.parametrize(
    ("host", "path"), [("shop.example.com", "/"), ("*.example.com", "/v1.2/a_b~c-d"), ("a" * 59 + ".com", "/A")]
)
def test_every_host_and_path_of_a_service_can_be_said(dev: Project, host: str, path: str) -> None:
    assert refusal(dev, "gateways", "Gateway", gateway_spec("kong", host, "shop-tls")) == ""
    assert refusal(dev, "httproutes", "HTTPRoute", http_route_spec("shop", host, path, "shop", 80)) == ""


def test_the_rules_between_fields_are_held_too(dev: Project) -> None:
    spec = http_route_spec("shop", "shop.example.com", "/", "shop", 80)
    twice = {**spec, "parentRefs": spec["parentRefs"][:1] * 2}
    assert "sectionName must be unique" in refusal(dev, "httproutes", "HTTPRoute", twice)
    listeners = gateway_spec("kong", "shop.example.com", "shop-tls")["listeners"]
    without_tls = {"gatewayClassName": "kong", "listeners": [{**listeners[0], "tls": listeners[1]["tls"]}]}
    assert "tls must not be specified for protocols" in refusal(dev, "gateways", "Gateway", without_tls)


def test_the_same_services_go_back_to_ingresses_by_one_line(dev: Project) -> None:
    publish_by(dev, gateway_api=False)
    found = objects_of(dev)
    assert names(found, "Ingress") == {"hello", "status"}
    assert names(found, "HTTPRoute") == names(found, "Gateway") == names(found, "GatewayClass") == set()
    assert dangling(found) == []
