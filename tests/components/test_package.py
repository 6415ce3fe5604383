"""The components as a Pulumi package, for other languages."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import web_platform
import yaml
from pulumi.provider.experimental.component import ComponentProvider
from web_platform import WebService, versions

from tests.recording import declare

COMPONENTS = Path(web_platform.__file__).parent.parent
EXPORTED = [
    web_platform.Bucket,
    web_platform.CertificateManager,
    web_platform.Cluster,
    web_platform.Database,
    web_platform.Dataset,
    web_platform.DnsSolver,
    web_platform.DnsZone,
    web_platform.EnabledApis,
    web_platform.Gateway,
    web_platform.HelmAddon,
    web_platform.KongConsumer,
    web_platform.KongPlugin,
    web_platform.Namespace,
    web_platform.Network,
    web_platform.NodeAgent,
    web_platform.OneOffJob,
    web_platform.Registry,
    web_platform.ScheduledJob,
    web_platform.StandIns,
    web_platform.Tenant,
    web_platform.Topic,
    web_platform.WebService,
    web_platform.Worker,
    web_platform.WorkloadIdentity,
]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    runpy.run_path(str(COMPONENTS / "__main__.py"))  # Which teaches Pulumi where descriptions stand.
    made: dict[str, Any] = json.loads(ComponentProvider(EXPORTED, "web-platform").schema or "")
    return made


def test_the_schema_holds_every_component(schema: dict[str, Any]) -> None:
    assert sorted(schema["resources"]) == [f"web-platform:index:{component.__name__}" for component in EXPORTED]


def test_the_package_host_serves_every_component() -> None:
    host = (COMPONENTS / "__main__.py").read_text()
    readme = (COMPONENTS / "README.md").read_text()
    assert sorted(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)) == [c.__name__ for c in EXPORTED]
    served = re.search(r"components=\[([^]]*)\]", host)
    assert served is not None
    assert re.findall(r"web_platform\.(\w+)", served[1]) == [c.__name__ for c in EXPORTED]
    assert yaml.safe_load((COMPONENTS / "PulumiPlugin.yaml").read_text()) == {"runtime": "python"}


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
    (program,) = re.findall(r"```python\n(.*?)```", (COMPONENTS / "README.md").read_text(), re.DOTALL)
    recording = declare(lambda: exec(compile(program, "README.md", "exec"), {}))  # noqa: S102 - our own README
    assert recording.exports() == {"url": "https://shop.example.com/"}


def test_the_readme_shows_the_message_that_a_refusal_prints() -> None:
    (shown,) = re.findall(r"```\n(WebService .*?)\n```", (COMPONENTS / "README.md").read_text(), re.DOTALL)
    with pytest.raises(web_platform.ArgumentError) as refused:
        WebService("storefront", {"image": "ghcr.io/acme/shop:latest", "namespace": "shop"})
    assert str(refused.value) == shown
