"""Defaults that a description states are those that a component has: said or left out, the same is declared.

Components are made as other languages have them made, by the schema alone. Left out are the plugins of Kong, most of
whose defaults are Kong's own: of those, nothing is declared where nothing is said.
"""

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from web_platform.package.components import COMPONENTS
from web_platform.package.provider import Package

from tests.components.test_consumer import KEY
from tests.recording import declare

_INDEX = "web-platform:index:"

_GOOGLE = {"project": "acme-prod", "location": "europe-west1"}
_WORKLOAD = {"image": "ghcr.io/acme/shop:1.4.2", "namespace": "shop"}
_PUBLIC = _WORKLOAD | {
    "publicHost": "shop.example.com",
    "gatewayNamespace": "kong",
    "ingressClass": "kong",
    "issuer": "letsencrypt",
}
_CALLER = {"namespace": "shop", "ingressClass": "kong"}
_TOPIC = {"project": "acme-prod", "projectNumber": "123456789012"}
_AVRO = json.dumps({"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]})

# Each component with as little as it takes, and the arguments in it, by their path, whose own ones are looked at: all,
# or the one behind a `#`.
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
    (
        "HelmAddon",
        {
            "namespace": "logs",
            "chart": "./kibana",
            "readyWhen": {
                "main": {
                    "apiVersion": "k8s.elastic.co/v1",
                    "kind": "Kibana",
                    "name": "main",
                    "until": "condition=Ready",
                }
            },
        },
        ["readyWhen.main"],
    ),
    ("KongConsumer", _CALLER | {"keyAuth": {}, "jwt": {}}, ["keyAuth", "jwt#generation"]),
    (
        "KongConsumer",
        _CALLER | {"basicAuth": {"generation": 2}, "jwt": {"generation": 2}},
        ["basicAuth", "jwt#previousValid"],
    ),
    ("KongConsumer", _CALLER | {"jwt": {"publicKeys": {"acme": KEY}}}, ["jwt#algorithm"]),
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
    return Package(COMPONENTS)


@pytest.fixture(scope="module")
def schema(package: Package) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(package.schema or "")
    return made


@pytest.mark.parametrize(
    ("component", "arguments", "place"),
    [(component, arguments, place) for component, arguments, places in DECLARED for place in places],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_stated_default_is_what_is_declared_without_the_argument(
    package: Package, schema: Mapping[str, Any], component: str, arguments: dict[str, Any], place: str
) -> None:
    left_out = _declared(package, component, arguments)
    stated = _looked_at(schema, component, place)
    assert stated, f"no description of {component} {place} states a default"
    for (_, name), default in stated.items():
        said = copy.deepcopy(arguments)
        _at(said, place.partition("#")[0]).setdefault(name, default)
        assert _declared(package, component, said) == left_out, f"{component} {place}: {name} is not {default!r}"


def test_every_stated_default_is_looked_at(package: Package, schema: Mapping[str, Any]) -> None:
    places = [(component, place) for component, _, places in DECLARED for place in places]
    looked_at = {stated for component, place in places for stated in _looked_at(schema, component, place)}
    of_kong = {
        f"{_INDEX}{name.removesuffix('Args')}"
        for name, type_ in package._type_defs.items()
        if type_.module.startswith("web_platform.kong_plugins.")
    }
    stated = {stated for owner in _arguments(schema).keys() - of_kong for stated in _stated(schema, owner)}
    assert stated - looked_at == set()


def _declared(package: Package, component: str, arguments: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    recording = declare(lambda: package.construct("shop", f"{_INDEX}{component}", arguments))
    return sorted(((resource.urn, resource.inputs) for resource in recording), key=lambda made: made[0])


def _at(arguments: Any, place: str) -> dict[str, Any]:
    """What is at a place in arguments."""
    for step in filter(None, place.split(".")):
        arguments = arguments[int(step) if step.isdigit() else step]
    found: dict[str, Any] = arguments
    return found


def _looked_at(schema: Mapping[str, Any], component: str, place: str) -> dict[tuple[str, str], Any]:
    """The defaults that are stated of the arguments at a place, by the type that has them and their names."""
    path, _, only = place.partition("#")
    owner, inside = f"{_INDEX}{component}", dict[str, Any]()
    for step in filter(None, path.split(".")):
        inside = inside.get("additionalProperties") or inside.get("items") or _arguments(schema)[owner][step]
        owner = inside.get("$ref", owner).removeprefix("#/types/")
    return {stated: value for stated, value in _stated(schema, owner).items() if only in ("", stated[1])}


def _stated(schema: Mapping[str, Any], owner: str) -> dict[tuple[str, str], Any]:
    """The values that descriptions state as defaults: numbers, true or false, choices, and text that is quoted as code.

    Of a choice, a default has to be stated.
    """
    arguments = _arguments(schema)[owner]
    # What looks like text may be another argument, such as `memory`.
    defaults = {name: found for name, each in arguments.items() if (found := _default(each)) not in arguments}
    choices = {name: _choice(each, schema) for name, each in arguments.items()}
    values = [*defaults.items(), *choices.items()]
    return {(owner, name): value for name, value in values if value is not None}


def _arguments(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What is said of the arguments of each component and type."""
    components = {token: described["inputProperties"] for token, described in schema["resources"].items()}
    return components | {token: described.get("properties", {}) for token, described in schema["types"].items()}


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
