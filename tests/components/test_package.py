"""The components as a Pulumi package, for other languages."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import web_platform
import yaml
from pulumi import ComponentResource
from web_platform import WebService, versions
from web_platform.package.components import COMPONENTS
from web_platform.package.provider import Package

from tests.recording import declare

DISTRIBUTION = Path(web_platform.__file__).parent.parent


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(Package(COMPONENTS).schema or "")
    return made


def test_the_package_has_every_component(schema: dict[str, Any]) -> None:
    exported = [getattr(web_platform, name) for name in web_platform.__all__]
    components = [each.__name__ for each in exported if isinstance(each, type) and issubclass(each, ComponentResource)]
    assert sorted(schema["resources"]) == [f"web-platform:index:{name}" for name in sorted(components)]
    readme = (DISTRIBUTION / "README.md").read_text()
    assert sorted(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)) == sorted(components)
    assert yaml.safe_load((DISTRIBUTION / "PulumiPlugin.yaml").read_text()) == {"runtime": "python"}


def test_no_component_is_called_like_what_an_sdk_makes_of_a_type(schema: dict[str, Any]) -> None:
    names = [token.removesuffix("Args") for kind in ("resources", "types") for token in schema[kind]]
    assert len(set(names)) == len(names)
    assert [token for token in schema["types"] if token.endswith("Args")] == []


def test_descriptions_call_arguments_what_the_schema_does(schema: dict[str, Any]) -> None:
    described = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", json.dumps(schema)))
    in_python = {key for each in COMPONENTS for key in each.__init__.__annotations__["args"].__annotations__}
    assert "public_host" in in_python
    assert described & in_python == set()


def test_every_argument_output_and_type_is_described(schema: dict[str, Any]) -> None:
    described: dict[str, str | None] = {}
    for token, resource in schema["resources"].items():
        described[token] = resource.get("description")
        for kind in ("inputProperties", "properties"):
            described |= {f"{token}.{name}": entry.get("description") for name, entry in resource[kind].items()}
    for token, declared in schema["types"].items():
        described[token] = declared.get("description")
        described |= {f"{token}.{name}": e.get("description") for name, e in declared.get("properties", {}).items()}
        described |= {f"{token}={value['name']}": value.get("description") for value in declared.get("enum", [])}
    assert [place for place, description in described.items() if not description] == []


def test_every_argument_that_may_be_left_out_says_what_happens_then(schema: dict[str, Any]) -> None:
    silent = [
        f"{token}.{name}"
        for kind, properties, required in (
            ("resources", "inputProperties", "requiredInputs"),
            ("types", "properties", "required"),
        )
        for token, described in schema[kind].items()
        # Of the plugins, each is there where it is named.
        if token != "web-platform:index:KongPlugins"
        for name, argument in described.get(properties, {}).items()
        if name not in described.get(required, []) and not re.search(r"Default: |Required", argument["description"])
    ]
    assert silent == []


def test_required_arguments_are_the_ones_without_a_default(schema: dict[str, Any]) -> None:
    required = {
        token.rsplit(":", 1)[1]: entry.get("requiredInputs", []) for token, entry in schema["resources"].items()
    }
    assert required == {
        "Bucket": ["location", "project"],
        "CertificateManager": ["namespace"],
        "Cluster": [
            "controlPlaneRange",
            "location",
            "network",
            "nodePools",
            "podRangeName",
            "project",
            "serviceRangeName",
            "subnetwork",
        ],
        "Database": ["databases", "network", "project", "region"],
        "Dataset": ["location", "project"],
        "DnsSolver": ["identityPool", "namespace", "project", "projectNumber", "serviceAccount"],
        "DnsZone": ["address", "domain", "hosts", "project"],
        "EnabledApis": ["apis", "project"],
        "Gateway": ["namespace"],
        "HelmAddon": ["chart", "namespace"],
        "KongConsumer": ["ingressClass", "namespace"],
        "KongPlugin": ["ingressClass", "plugin"],
        "Namespace": [],
        "Network": ["project", "region"],
        "NodeAgent": ["image", "namespace"],
        "OneOffJob": ["image", "namespace"],
        "Registry": ["location", "project"],
        "ScheduledJob": ["image", "namespace", "schedule"],
        "StandIns": ["namespace", "project"],
        "Tenant": ["gatewayNamespace"],
        "Topic": ["project", "projectNumber"],
        "WebService": ["image", "namespace"],
        "Worker": ["image", "namespace"],
        "WorkloadIdentity": ["identityPool", "namespace", "project", "projectNumber", "serviceAccount"],
    }


def test_what_may_be_absent_is_no_required_output(schema: dict[str, Any]) -> None:
    assert schema["resources"]["web-platform:index:WebService"]["required"] == ["address", "serviceAccount"]


def test_every_version_is_exact_and_kept_current_by_renovate() -> None:
    lines = Path(versions.__file__).read_text().splitlines()
    pinned = [number for number, line in enumerate(lines) if re.match(r"[A-Z_]+ = ", line)]
    assert len(pinned) == 8
    for number in pinned:
        assert re.fullmatch(r'[A-Z_]+ = "v?\d+\.\d+(\.\d+)?"', lines[number])
        assert lines[number - 1].startswith("# renovate: datasource=")


def test_the_readmes_program_runs() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (DISTRIBUTION / "README.md").read_text(), re.DOTALL)
    recording = declare(lambda: exec(compile(program, "README.md", "exec"), {}))  # noqa: S102 - our own README
    assert recording.exports() == {"url": "https://shop.example.com/"}


def test_the_readme_shows_the_message_that_a_refusal_prints() -> None:
    (shown,) = re.findall(r"```\n(WebService .*?)\n```", (DISTRIBUTION / "README.md").read_text(), re.DOTALL)
    with pytest.raises(web_platform.ArgumentError) as refused:
        WebService("storefront", {"image": "ghcr.io/acme/shop:latest", "namespace": "shop"})
    assert str(refused.value) == shown
