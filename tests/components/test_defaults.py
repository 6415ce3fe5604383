"""Defaults that a description states are those that a component has: said or left out, the same is declared.

Components are made as other languages have them made, by the schema alone. Left out are the plugins of Kong, most of
whose defaults are Kong's own.
"""

import copy
import json
import re
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import web_platform
from web_platform.package.provider import Package

from tests.recording import declare

_HOST = Path(web_platform.__file__).parent.parent / "__main__.py"
_INDEX = "web-platform:index:"

_GOOGLE = {"project": "acme-prod", "location": "europe-west1"}
_WORKLOAD = {"image": "ghcr.io/acme/shop:1.4.2", "namespace": "shop"}
_PUBLIC = _WORKLOAD | {
    "publicHost": "shop.example.com",
    "gatewayNamespace": "kong",
    "ingressClass": "kong",
    "issuer": "letsencrypt",
}
_TOPIC = {"project": "acme-prod", "projectNumber": "123456789012"}
_AVRO = json.dumps({"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]})

# Each component with as little as it takes, and the arguments in it, by their path, whose own ones are looked at.
DECLARED: list[tuple[str, dict[str, Any], list[str]]] = [
    ("Bucket", _GOOGLE, [""]),
    (
        "CertificateManager",
        {"namespace": "cert-manager", "issuer": {"authority": "letsEncrypt", "email": "platform@example.com"}},
        ["", "issuer"],
    ),
    (
        "Cluster",
        {
            **_GOOGLE,
            "network": "projects/acme-prod/global/networks/platform",
            "subnetwork": "projects/acme-prod/regions/europe-west1/subnetworks/platform-nodes",
            "podRangeName": "pods",
            "serviceRangeName": "services",
            "controlPlaneRange": "172.16.0.0/28",
            "nodePools": {"main": {"machineType": "e2-standard-2", "nodes": 2}},
        },
        ["", "nodePools.main"],
    ),
    (
        "Database",
        {
            "project": "acme-prod",
            "region": "europe-west1",
            "network": "projects/acme-prod/global/networks/platform",
            "databases": ["shop"],
        },
        [""],
    ),
    (
        "Dataset",
        {**_GOOGLE, "tables": {"orders": {"columns": [{"name": "id", "type": "STRING"}]}}},
        ["", "tables.orders.columns.0"],
    ),
    (
        "DnsZone",
        {"project": "acme-prod", "domain": "example.com", "hosts": ["shop.example.com"], "address": "203.0.113.7"},
        [""],
    ),
    ("Gateway", {"namespace": "kong"}, [""]),
    (
        "HelmAddon",
        {"namespace": "logs", "chart": "kibana", "repository": "https://helm.elastic.co", "version": "8.5.1"},
        [""],
    ),
    ("KongConsumer", {"namespace": "shop", "ingressClass": "kong", "keyAuth": {}}, ["keyAuth"]),
    (
        "KongPlugin",
        {
            "plugin": {"cors": {"origins": ["https://shop.example.com"]}},
            "ingressClass": "kong",
            "namespace": "shop",
        },
        [""],
    ),
    ("Namespace", {}, [""]),
    ("Network", {"project": "acme-prod", "region": "europe-west1"}, [""]),
    ("NodeAgent", _WORKLOAD, [""]),
    ("OneOffJob", _WORKLOAD, [""]),
    ("Registry", _GOOGLE, [""]),
    ("ScheduledJob", {**_WORKLOAD, "schedule": "30 4 * * *"}, [""]),
    ("Topic", {**_TOPIC, "archiveDataset": "archive"}, [""]),
    (
        "Topic",
        {**_TOPIC, "schema": {"definition": _AVRO}, "subscriptions": {"mailer": {}}},
        ["schema", "subscriptions.mailer"],
    ),
    ("WebService", _PUBLIC, [""]),
    (
        "WebService",
        {
            **_WORKLOAD,
            "migration": {"command": ["migrate"]},
            "autoscaling": {"maximumReplicas": 3},
            "sidecars": {"proxy": {"image": "ghcr.io/acme/proxy:1.0.0"}},
        },
        ["migration", "autoscaling", "sidecars.proxy"],
    ),
    ("Worker", {**_WORKLOAD, "autoscaling": {"maximumReplicas": 3}}, ["", "autoscaling"]),
]


@pytest.fixture(scope="module")
def package() -> Package:
    return Package(runpy.run_path(str(_HOST))["COMPONENTS"])


@pytest.mark.parametrize(
    ("component", "arguments", "place"),
    [(component, arguments, place) for component, arguments, places in DECLARED for place in places],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_stated_default_is_what_is_declared_without_the_argument(
    package: Package, component: str, arguments: dict[str, Any], place: str
) -> None:
    left_out = _declared(package, component, arguments)
    stated = _stated(json.loads(package.schema or ""), component, place)
    assert stated, f"no description of {component} {place} states a default"
    for name, default in stated.items():
        said = copy.deepcopy(arguments)
        _at(said, place).setdefault(name, default)
        assert _declared(package, component, said) == left_out, f"{component} {place}: {name} is not {default!r}"


def _declared(package: Package, component: str, arguments: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    recording = declare(lambda: package.construct("shop", f"{_INDEX}{component}", arguments))
    return sorted(((resource.urn, resource.inputs) for resource in recording), key=lambda made: made[0])


def _at(arguments: Any, place: str) -> dict[str, Any]:
    """What is at a place in arguments."""
    for step in filter(None, place.split(".")):
        arguments = arguments[int(step) if step.isdigit() else step]
    found: dict[str, Any] = arguments
    return found


def _stated(schema: Mapping[str, Any], component: str, place: str) -> dict[str, Any]:
    """The values that descriptions state as defaults: numbers, true or false, choices, and text that is quoted as code.

    Of a choice, a default has to be stated.
    """
    described: dict[str, Any] = {"properties": schema["resources"][f"{_INDEX}{component}"]["inputProperties"]}
    for step in filter(None, place.split(".")):
        if "properties" in described:
            described = described["properties"][step]
        else:
            described = described.get("additionalProperties") or described["items"]
        if "$ref" in described:
            described = schema["types"][described["$ref"].removeprefix("#/types/")]
    properties: dict[str, Any] = described["properties"]
    choices = {name: _choice(described, schema) for name, described in properties.items()}
    defaults = {name: _default(described) for name, described in properties.items()}
    # What looks like text may be another argument, such as `memory`.
    values = [*choices.items(), *((name, default) for name, default in defaults.items() if default not in properties)]
    return {name: value for name, value in values if value is not None}


def _default(described: Mapping[str, Any]) -> str | int | bool | None:
    pattern = {"integer": r"(-?[\d,]+)", "boolean": r"(true|false)\b", "string": r"`([^`]+)`"}.get(
        described.get("type", "")
    )
    found = pattern and re.search(rf"Default: {pattern}", described.get("description", ""))
    if not found:
        return None
    if described["type"] == "integer":
        return int(found[1].replace(",", ""))
    return found[1] == "true" if described["type"] == "boolean" else found[1]


def _choice(described: Mapping[str, Any], schema: Mapping[str, Any]) -> str | None:
    referred = schema["types"].get(described.get("$ref", "").removeprefix("#/types/"), {})
    if "enum" not in referred:
        return None
    stated = re.search(r"Default: (\w+)", described["description"])
    assert stated, described
    assert stated[1] in [choice["value"] for choice in referred["enum"]], described
    return stated[1]
