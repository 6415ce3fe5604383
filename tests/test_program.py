"""`__main__.py` under every stack file: what it declares, and that stacks differ in scale only."""

import ast
import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import CHART_DIRECTORY_VARIABLE, SettingsError
from tests.recording import GATEWAY_ADDRESS, PROJECT, Recording, declare

ROOT = Path(__file__).parent.parent
URNS = Path(__file__).parent / "urns"
STACKS = ["dev", "staging", "prod"]

ADDON = {"chart": "kibana", "repository": "https://helm.elastic.co", "version": "8.5.1"}


@pytest.fixture(autouse=True)
def _upstream_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CHART_DIRECTORY_VARIABLE, raising=False)


def configuration(stack: str) -> dict[str, Any]:
    """What Pulumi.yaml and a stack's file say, by full key."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    defaults = {f"{PROJECT}:{key}": entry["default"] for key, entry in declared.items() if "default" in entry}
    given: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return defaults | given


def run(stack: str, changes: Mapping[str, Any] | None = None) -> Recording:
    """Run the program as the engine does: all but text reaches it as JSON."""
    config = configuration(stack) | {f"{PROJECT}:{key}": value for key, value in (changes or {}).items()}
    encoded = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return declare(lambda: runpy.run_path(str(ROOT / "__main__.py")), stack, encoded)


@pytest.fixture(scope="module")
def stacks() -> dict[str, Recording]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv(CHART_DIRECTORY_VARIABLE, raising=False)
        return {stack: run(stack) for stack in STACKS}


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_declares_the_platform_and_its_services(stacks: dict[str, Recording], stack: str) -> None:
    components = [name for name in stacks[stack].names() if name[0].startswith(f"{PROJECT}:")]
    assert components == [
        ("web-platform:index:CertificateManager", "cert-manager"),
        ("web-platform:index:Gateway", "kong"),
        ("web-platform:index:HelmAddon", "cert-manager"),
        ("web-platform:index:HelmAddon", "kong"),
        ("web-platform:index:Namespace", "cert-manager"),
        ("web-platform:index:Namespace", "kong"),
        ("web-platform:index:Namespace", "services"),
        ("web-platform:index:WebService", "hello"),
        ("web-platform:index:WebService", "status"),
    ]


def test_stacks_declare_the_same_resources(stacks: dict[str, Recording]) -> None:
    ancestries = {stack: sorted((r.ancestry, r.name) for r in recording) for stack, recording in stacks.items()}
    assert ancestries["staging"] == ancestries["prod"]
    assert ancestries["dev"] == ancestries["prod"]


def test_stacks_differ_in_scale_and_hosts_only(stacks: dict[str, Recording]) -> None:
    scale = {"replicas", "replicaCount", "podDisruptionBudget", "clusterIdentifier"}
    hosts = {"host", "hosts", "dnsNames", "commonName"}

    def kind(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: kind(part) for key, part in value.items() if key not in scale | hosts}
        return [kind(part) for part in value] if isinstance(value, list) else value

    kinds = {stack: {(r.ancestry, r.name): kind(r.inputs) for r in recording} for stack, recording in stacks.items()}
    assert kinds["staging"] == kinds["prod"]
    assert kinds["dev"] == kinds["prod"]


@pytest.mark.parametrize("stack", STACKS)
def test_everything_in_the_cluster_goes_through_the_one_provider(stacks: dict[str, Recording], stack: str) -> None:
    provider = stacks[stack].one("pulumi:providers:kubernetes", "cluster")
    in_cluster = [resource for resource in stacks[stack] if resource.type.startswith("kubernetes:")]
    assert {resource.provider for resource in in_cluster} == {f"{provider.urn}::cluster-id"}


@pytest.mark.parametrize("stack", STACKS)
def test_a_cluster_is_known_by_its_stack_and_not_by_its_address(stacks: dict[str, Recording], stack: str) -> None:
    provider = stacks[stack].one("pulumi:providers:kubernetes", "cluster")
    assert provider.inputs["clusterIdentifier"] == f"web-platform-{stack}"


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_declared_outside_a_component_but_the_provider(stacks: dict[str, Recording], stack: str) -> None:
    alone = [resource.type for resource in stacks[stack] if "$" not in resource.ancestry]
    assert {type_ for type_ in alone if not type_.startswith(f"{PROJECT}:")} == {"pulumi:providers:kubernetes"}


@pytest.mark.parametrize("stack", STACKS)
def test_routes_and_certificates_wait_for_what_serves_them_and_pods_do_not(
    stacks: dict[str, Recording], stack: str
) -> None:
    recording = stacks[stack]
    kong = recording.one("kubernetes:helm.sh/v3:Release", "kong").urn
    cert_manager = recording.one("kubernetes:helm.sh/v3:Release", "cert-manager").urn
    issuer = recording.one("kubernetes:cert-manager.io/v1:ClusterIssuer", "cert-manager-self-signed")
    assert cert_manager in issuer.depends_on
    for ingress in recording.of_type("kubernetes:networking.k8s.io/v1:Ingress").values():
        assert kong in recording.waits_for(ingress)
    for certificate in recording.of_type("kubernetes:cert-manager.io/v1:Certificate").values():
        assert issuer.urn in recording.waits_for(certificate)
    for deployment in recording.of_type("kubernetes:apps/v1:Deployment").values():
        assert not {kong, cert_manager, issuer.urn} & recording.waits_for(deployment)


def test_exports_say_where_everything_is_and_what_to_do_next(stacks: dict[str, Recording]) -> None:
    assert stacks["dev"].exports() == {
        "urls": {"hello": "https://hello.dev.localhost/", "status": "https://status.dev.localhost/"},
        "gatewayAddress": GATEWAY_ADDRESS,
        "try": {
            name: f"curl --insecure --resolve {name}.dev.localhost:443:{GATEWAY_ADDRESS} https://{name}.dev.localhost/"
            for name in ("hello", "status")
        },
        "inspect": "kubectl get deployments,pods,services,ingresses,certificates --namespace services",
    }


def test_an_addon_gets_a_release_and_a_namespace_of_its_own() -> None:
    recording = run("dev", {"addons": {"kibana": ADDON | {"values": {"replicas": 2}}}})
    release = recording.one("kubernetes:helm.sh/v3:Release", "kibana")
    assert release.ancestry == "web-platform:index:HelmAddon$kubernetes:helm.sh/v3:Release"
    assert release.inputs["namespace"] == "kibana"
    assert release.inputs["values"] == {"replicas": 2}
    labels = recording.one("kubernetes:core/v1:Namespace", "kibana").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"


def test_addons_may_share_a_namespace_of_their_own() -> None:
    addons = {"elasticsearch": ADDON | {"namespace": "logs"}, "kibana": ADDON | {"namespace": "logs"}}
    recording = run("dev", {"addons": addons})
    assert "logs" in recording.of_type("kubernetes:core/v1:Namespace")
    releases = recording.of_type("kubernetes:helm.sh/v3:Release")
    assert {releases[name].inputs["namespace"] for name in addons} == {"logs"}


def test_namespaces_of_the_platform_are_taken() -> None:
    made = run("dev").of_type("kubernetes:core/v1:Namespace")
    for namespace in made:
        with pytest.raises(SettingsError, match=f"is in the namespace '{namespace}'"):
            run("dev", {"addons": {"kibana": ADDON | {"namespace": namespace}}})


def test_services_on_one_host_share_its_certificate() -> None:
    image = {"image": "ghcr.io/acme/shop:1.4.2", "host": "shop.example.com"}
    recording = run("dev", {"services": {"api": image | {"path": "/api"}, "pages": image}})
    assert list(recording.of_type("kubernetes:cert-manager.io/v1:Certificate")) == ["api-certificate"]
    ingresses = recording.of_type("kubernetes:networking.k8s.io/v1:Ingress")
    secrets = {name: ingress.inputs["spec"]["tls"][0]["secretName"] for name, ingress in ingresses.items()}
    assert secrets == {"api-ingress": "api-tls", "pages-ingress": "api-tls"}


def test_charts_come_from_the_stand_ins_where_the_environment_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for chart in ("ingress", "cert-manager", "addon"):
        (tmp_path / chart).mkdir()
        (tmp_path / chart / "Chart.yaml").touch()
    monkeypatch.setenv(CHART_DIRECTORY_VARIABLE, str(tmp_path))
    recording = run("dev", {"addons": {"kibana": ADDON}})
    releases = recording.of_type("kubernetes:helm.sh/v3:Release")
    assert {name: release.inputs["chart"] for name, release in releases.items()} == {
        "kong": str(tmp_path / "ingress"),
        "cert-manager": str(tmp_path / "cert-manager"),
        "kibana": str(tmp_path / "addon"),
    }
    assert releases["kibana"].inputs["values"] == {"standInFor": "kibana"}


def test_wrong_settings_end_the_program_before_anything_is_declared() -> None:
    with pytest.raises(SettingsError, match=r"did you mean 'image'\?"):
        run("dev", {"services": {"hello": {"imgae": "ghcr.io/acme/shop:1.4.2"}}})


def test_a_missing_directory_of_stand_ins_ends_the_program_with_field_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CHART_DIRECTORY_VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(SettingsError, match=r"web-platform:charts come from stand-ins, but there is no directory"):
        run("dev")


def test_the_program_never_asks_which_stack_it_is() -> None:
    program = list(ast.walk(ast.parse((ROOT / "__main__.py").read_text())))
    assert [ast.unparse(condition) for node in program for condition in _conditions(node)] == ["host in certified"]
    names = [node for node in program if _name(node) in ("get_stack", "stack")]
    identifiers = [node for node in program if isinstance(node, ast.keyword) and node.arg == "cluster_identifier"]
    assert len(identifiers) == 1
    assert [ast.unparse(node) for node in names] == ["pulumi.get_stack"]
    assert names[0] in ast.walk(identifiers[0]), "only the cluster's identifier may hold the stack's name"


def _conditions(node: ast.AST) -> list[ast.AST]:
    """What a node of the program decides by."""
    if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
        return [node.test]
    if isinstance(node, ast.comprehension):
        return list(node.ifs)
    if isinstance(node, ast.Match):
        return [node.subject]
    return [node] if isinstance(node, ast.BoolOp) else []


def _name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    return node.name if isinstance(node, ast.alias) else None


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_keeps_its_urn(stacks: dict[str, Recording], stack: str) -> None:
    assert stacks[stack].urns() == (URNS / f"{stack}.txt").read_text().splitlines(), (
        f"tests/urns/{stack}.txt is not what {stack} declares. A resource whose name, type or parent changed would be "
        "deleted and made anew: give it an alias. Once that is said, or was meant, write the lists again with\n"
        "  .venv/bin/python -m tests.test_program"
    )


if __name__ == "__main__":
    URNS.mkdir(exist_ok=True)
    for each in STACKS:
        (URNS / f"{each}.txt").write_text("".join(f"{urn}\n" for urn in run(each).urns()))
