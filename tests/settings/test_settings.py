"""Settings: what a stack file may say, and what is said about one that is wrong."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined
from web_platform import CertificateManager, Gateway, HelmAddon

from settings import (
    CHART_DIRECTORY_VARIABLE,
    PROJECT,
    Settings,
    SettingsError,
    chart_source,
    cloud,
    consumers,
    from_stack_file,
    load_yaml,
    parse,
    sections,
    workloads,
)
from settings.sections import ChartSettings
from tests.recording import declare
from tests.settings.stack_files import IMAGE, LEAST, ROOT, only_problem, prefixed, read_by_program, refusal, shop

MIRROR = "oci://registry.acme.dev/charts"


def test_the_least_configuration_gets_safe_defaults() -> None:
    least = parse(LEAST | {"services": {}}, "test")
    assert least.model_dump() == {
        "platform": "local",
        "google": None,
        "protected": True,
        "domain": "example.com",
        "other_domains": [],
        "cluster": {"nodes": 2, "machine_type": "e2-standard-2"},
        "charts": {"source": None, "mirror": None},
        "gateway": {
            "replicas": 2,
            "maximum_replicas": None,
            "cpu": "200m",
            "memory": "512Mi",
            "maximum_request_megabytes": 8,
            "request_timeout_seconds": 60,
            "gateway_api": False,
            "trusted_proxies": [],
            "plugins": {},
        },
        "certificates": {"highly_available": True, "authority": "selfSigned", "email": None},
        "database": {"tier": "db-custom-1-3840", "highly_available": True, "disk_gb": 10},
        "topics": {},
        "datasets": {},
        "buckets": {},
        "consumers": {},
        "services": {},
        "workers": {},
        "scheduled_jobs": {},
        "jobs": {},
        "node_agents": {},
        "tenants": {},
        "addons": {},
    }


CHART = {"chart": "k", "repository": "https://k.io", "version": "1.0.0", "namespace": "k"}


@pytest.mark.parametrize(
    ("component", "least", "section", "arguments"),
    [
        (
            Gateway,
            {"namespace": "kong"},
            sections.GatewaySettings,
            [
                "cpu",
                "gateway_api",
                "maximum_request_megabytes",
                "memory",
                "plugins",
                "replicas",
                "request_timeout_seconds",
                "trusted_proxies",
            ],
        ),
        (CertificateManager, {"namespace": "c"}, sections.CertificateSettings, ["highly_available", "issuer"]),
        (
            HelmAddon,
            CHART,
            sections.AddonSettings,
            ["ready_when", "skip_crds", "timeout_seconds", "value_files", "values"],
        ),
    ],
)
def test_what_a_stack_file_leaves_out_is_what_the_component_would_choose(
    component: Any, least: dict[str, Any], section: type[BaseModel], arguments: list[str]
) -> None:
    # An add-on's namespace is a component apart, whose default is stricter than most charts can meet.
    names = {"pod_security": "namespace", "authority": "issuer"}
    # Whether and when an add-on is declared is the program's to decide.
    needs = {"enabled", "depends_on"}
    optional = {names.get(name, name): info.default for name, info in section.model_fields.items() if name not in needs}
    defaults = {name: optional[name] for name in sorted(optional.keys() - least.keys()) if optional[name] is not None}
    defaults = {name: value for name, value in defaults.items() if value is not PydanticUndefined}
    if "issuer" in defaults:
        defaults["issuer"] = {"authority": defaults["issuer"]}
    assert list(defaults) == arguments, "each default of a section is compared, and nothing else"
    chosen, given = declare(lambda: component("shop", least)), declare(lambda: component("shop", least | defaults))
    assert {resource.urn: resource for resource in chosen} == {resource.urn: resource for resource in given}


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        parse(LEAST, "test").cluster.nodes = 3


def test_a_service_has_its_name_under_the_domain_unless_it_names_a_host() -> None:
    assert parse(LEAST, "test").host("shop") == "shop.example.com"
    elsewhere = shop(host="www.acme.dev") | {"otherDomains": ["acme.dev"]}
    assert parse(elsewhere, "test").host("shop") == "www.acme.dev"


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_stack_files_of_this_repository_are_right(stack: str) -> None:
    read = from_stack_file(ROOT, stack)
    assert read.cluster.nodes == 2
    assert sorted(read.services) == ["hello", "status"]


def test_prod_and_staging_are_large_enough_to_lose_a_node() -> None:
    for stack in ("staging", "prod"):
        read = from_stack_file(ROOT, stack)
        assert read.gateway.replicas >= 2
        assert read.certificates.highly_available
        assert all(service.replicas >= 2 for service in read.services.values())


def test_the_project_declares_every_setting_with_type_and_description() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert list(declared) == [info.alias for info in Settings.model_fields.values()]
    assert all(entry["type"] and entry["description"] for entry in declared.values())
    optional = {info.alias for name, info in Settings.model_fields.items() if not info.is_required()}
    assert {key for key, entry in declared.items() if "default" in entry} == optional


def test_the_project_names_every_key_of_every_section() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    described: dict[str, type[BaseModel]] = {
        "google": cloud.GoogleSettings,
        "cluster": sections.ClusterSettings,
        "charts": sections.ChartSettings,
        "gateway": sections.GatewaySettings,
        "certificates": sections.CertificateSettings,
        "database": cloud.DatabaseSettings,
        "topics": cloud.TopicSettings,
        "datasets": cloud.DatasetSettings,
        "buckets": cloud.BucketSettings,
        "consumers": consumers.ConsumerSettings,
        "addons": sections.AddonSettings,
    }
    for key, section in described.items():
        named = (
            declared[key]["description"].partition(": ")[2].replace(" (upstream, mirror or standin)", "").split(", ")
        )
        assert named == [info.alias for info in section.model_fields.values()]


def test_the_project_names_every_key_of_workloads() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    of_pods = {str(info.alias) for info in workloads.WorkloadSettings.model_fields.values()}
    for key, section in workloads.WORKLOADS.items():
        named = declared[key]["description"].partition(": ")[2].split(", ")
        of_its_own = [name for name in named if name != "what services have of pods"]
        keys = {str(info.alias) for info in section.model_fields.values()}
        assert sorted(of_its_own) == sorted(keys if key == "services" else keys - of_pods)
    tenant = {str(info.alias) for info in workloads.TenantSettings.model_fields.values()}
    assert sorted(declared["tenants"]["description"].partition(": ")[2].split(", ")) == sorted(tenant)


@pytest.mark.parametrize(
    ("config", "place", "what", "remedy"),
    [
        ({**LEAST, "domian": "x.y"}, "domian", "is not a known key", "did you mean 'domain'?"),
        (LEAST | {"zones": 2}, "zones", "is not a known key", "use one of: addons, buckets, certificates, charts"),
        (shop(imgae=IMAGE), "services.shop.imgae", "is not a known key", "did you mean 'image'?"),
        (shop(livenesspath="/"), "services.shop.livenesspath", "is not a known key", "did you mean 'livenessPath'?"),
        (shop(liveness_path="/"), "services.shop.liveness_path", "is not a known key", "did you mean 'livenessPath'?"),
        (
            LEAST | {"charts": {"directory": "/x"}},
            "charts.directory",
            "is not a known key",
            "use one of: mirror, source",
        ),
        (
            LEAST | {"services": {"shop": {}}},
            "services.shop.image",
            "is missing",
            "add it: Image with a tag or digest.",
        ),
        (LEAST | {"cluster": {"nodes": 2}}, "cluster.machineType", "is missing", "add it: Size of each node"),
        (LEAST | {"cluster": 2}, "cluster (2)", "is not keys with values", "write `key: value` lines"),
        (LEAST | {"services": ["shop"]}, 'services (["shop"])', "is not keys with values", "write `key: value` lines"),
        (shop(port="8080"), 'services.shop.port ("8080")', "is not a whole number", "without quotes"),
        (shop(port=80.5), "services.shop.port (80.5)", "is not a whole number", "without quotes"),
        (shop(port=True), "services.shop.port (true)", "is not a whole number", "without quotes"),
        (shop(port=0), "services.shop.port (0)", "is less than 1", "write 1 or more"),
        (shop(port=65536), "services.shop.port (65536)", "is more than 65535", "write 65535 or less"),
        (shop(replicas=0), "services.shop.replicas (0)", "is less than 1", "write 1 or more"),
        (shop(replicas=101), "services.shop.replicas (101)", "is more than 100", "write 100 or less"),
        (shop(image="shop"), 'services.shop.image ("shop")', "has neither tag nor digest", "add the tag"),
        (shop(image="shop:latest"), 'services.shop.image ("shop:latest")', "has the tag 'latest'", "name the tag"),
        (shop(image="Sh op:1"), 'services.shop.image ("Sh op:1")', "is not an image reference", "write registry/"),
        (shop(host="a b.c"), 'services.shop.host ("a b.c")', "is not a full host name", "write the host alone"),
        (shop(host="1.2.3.4"), 'services.shop.host ("1.2.3.4")', "is an IP address", "write a name"),
        (LEAST | {"domain": "10.0.0.1"}, 'domain ("10.0.0.1")', "is an IP address", "write a name"),
        (shop(image="Shop:1"), 'services.shop.image ("Shop:1")', "has upper-case letters", "write 'shop'"),
        (shop(livenessPath="x"), 'services.shop.livenessPath ("x")', "can ask a pod for", "begin with '/'"),
        (shop(readinessPath="x"), 'services.shop.readinessPath ("x")', "can ask a pod for", "begin with '/'"),
        (shop(path="api"), 'services.shop.path ("api")', "is not a path", "begin with '/'"),
        (shop(cpu="1Gi"), 'services.shop.cpu ("1Gi")', "is not an amount of CPU", "write cores"),
        (shop(memory="128m"), 'services.shop.memory ("128m")', "is not an amount of memory", "'128Mi'"),
        (
            shop(environment={"A-B": "x"}),
            "services.shop.environment.A-B",
            "is not a name for an environment",
            "letters",
        ),
        (shop(environment={"PORT": 80}), "services.shop.environment.PORT (80)", "is not text", "quote"),
        (
            LEAST | {"services": {"Shop": {"image": IMAGE}}},
            "services.Shop",
            "is not a name that Kubernetes",
            "lower-case",
        ),
        (LEAST | {"services": {"s" * 47: {"image": IMAGE}}}, f"services.{'s' * 47}", "has 47 characters", "shorten"),
        (LEAST | {"domain": "localhost"}, 'domain ("localhost")', "is not a full host name", "write the host alone"),
        (
            LEAST | {"cluster": {"nodes": 0, "machineType": "e2-small"}},
            "cluster.nodes (0)",
            "is less than 1",
            "1 or more",
        ),
        (
            LEAST | {"cluster": {"nodes": 2, "machineType": "big"}},
            'cluster.machineType ("big")',
            "is not a machine type of Google Compute Engine",
            "such as 'e2-standard-2'",
        ),
        (
            LEAST | {"charts": {"source": "x"}},
            'charts.source ("x")',
            "is not 'upstream', 'mirror' or 'standin'",
            "write",
        ),
        (LEAST | {"charts": {"mirror": "https://x"}}, "charts.mirror", "is not an OCI registry", "oci://europe-west1"),
        (
            LEAST | {"charts": {"source": "mirror"}},
            "charts",
            "has the source 'mirror', but names no mirror",
            "`mirror:`",
        ),
        (LEAST | {"gateway": {"replicas": "2"}}, 'gateway.replicas ("2")', "is not a whole number", "without quotes"),
        (
            LEAST | {"certificates": {"highlyAvailable": "yes"}},
            "certificates.highlyAvailable",
            "is neither true nor",
            "`t",
        ),
        (LEAST | {"addons": {"k": {}}}, "addons.k.chart", "is missing", "add it: Name of the chart"),
        (LEAST | {"addons": {"K": {"chart": "./k"}}}, "addons.K", "is not a name that Helm accepts", "at most 53"),
        (
            LEAST | {"addons": {"k": {"chart": "k", "repository": "https://k.io", "version": "^1.0"}}},
            'addons.k.version ("^1.0")',
            "is not one exact version",
            "such as '1.4.2'",
        ),
        (
            LEAST | {"addons": {"k": {"chart": "k", "repository": "https://k.io", "version": "8"}}},
            'addons.k.version ("8")',
            "is not one exact version",
            "all three numbers",
        ),
        (
            LEAST | {"addons": {"k": {"chart": "k", "repository": "https://k.io"}}},
            "addons.k",
            "takes 'k' from a registry, but names no version",
            "add `version`",
        ),
        (
            LEAST | {"addons": {"k": {"chart": "./k", "namespace": "kong"}}},
            "addons.k",
            "is in the namespace 'kong', which holds other parts of the platform",
            "another `namespace`",
        ),
        (LEAST | {"addons": {"services": {"chart": "./k"}}}, "addons.services", "is in the namespace", "another"),
        (
            LEAST
            | {"addons": {"a": {"chart": "./a", "namespace": "b"}, "b": {"chart": "./b", "podSecurity": "privileged"}}},
            "addons.b",
            "shares the namespace 'b' with 'a', but not its `podSecurity`",
            "give both the same",
        ),
    ],
)
def test_what_is_wrong_is_said_with_place_value_danger_and_remedy(
    config: dict[str, Any], place: str, what: str, remedy: str
) -> None:
    problem, cure = only_problem(refusal(config))
    assert problem.startswith(f"{PROJECT}:{place}")
    assert what in problem
    assert remedy in cure


def test_two_services_on_one_host_and_path_are_named_both() -> None:
    services = {"a": {"image": IMAGE, "host": "b.example.com"}, "b": {"image": IMAGE}}
    message = refusal(LEAST | {"services": services})
    assert f"{PROJECT}:services.b is on https://b.example.com/, as 'a' is" in message
    services["a"]["path"] = "/api"
    assert parse(LEAST | {"services": services}, "test").host("b") == "b.example.com"


def test_what_services_and_addons_have_in_common_is_said_beside_what_is_wrong_elsewhere() -> None:
    services = {"a": {"image": IMAGE, "host": "b.example.com"}, "b": {"image": IMAGE}, "c": {"image": "x"}}
    addons = {"kong": {"chart": "./k"}, "x": {"chart": "./x", "version": "*"}}
    message = refusal(LEAST | {"services": services, "addons": addons, "cluster": 2})
    assert message.startswith("Pulumi.test.yaml has 5 problems.")
    for place in ("services.b is on", 'services.c.image ("x")', "addons.kong is in", "addons.x.version", "cluster (2)"):
        assert f"{PROJECT}:{place}" in message


def test_everything_wrong_is_said_at_once() -> None:
    wrong = {"services": {"a": {"image": "x", "prot": 1, "replicas": 0, "cpu": "x", "memory": "1", "path": "x"}}}
    message = refusal(LEAST | wrong | {"domain": "x", "colour": "red"})
    assert message.startswith("Pulumi.test.yaml has 8 problems. Nothing was created or changed.")
    assert len(message.splitlines()) <= 40, "one screen"
    for place in ("domain", "colour", *(f"services.a.{key}" for key in ("image", "prot", "replicas", "cpu", "memory"))):
        assert f"{PROJECT}:{place}" in message


def test_a_misspelt_key_is_not_also_reported_as_missing() -> None:
    assert "is missing" not in refusal(LEAST | {"services": {"shop": {"imgae": IMAGE}}})


@given(
    st.dictionaries(
        st.sampled_from([*LEAST, *workloads.WORKLOADS, "tenants", "charts", "gateway", "addons", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.text(max_size=5) | st.sampled_from(["image", "calls", "secure"]), inner, max_size=3
                )
            ),
            max_leaves=8,
        ),
    )
)
def test_nothing_but_a_settings_error_comes_of_wrong_input(config: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        parse(config, "test")


def test_the_program_reads_what_the_engine_gives_it(project: Path) -> None:
    given_by_engine = prefixed(LEAST) | {"pulumi:template": "x", "gcp:project": "acme", "kubernetes:namespace": "x"}
    assert read_by_program(project, given_by_engine) == parse(LEAST, "test")


def test_the_program_reads_what_pulumis_own_language_host_puts_into_the_environment(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded = {key: value if isinstance(value, str) else json.dumps(value) for key, value in prefixed(LEAST).items()}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(encoded))
    assert read_by_program(project, {}) == parse(LEAST, "test")
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", json.dumps([f"{PROJECT}:cluster"]))
    with pytest.raises(SettingsError, match="web-platform:cluster holds an encrypted value"):
        read_by_program(project, {})


def test_text_that_looks_like_json_stays_text(project: Path) -> None:
    with pytest.raises(SettingsError, match=r'domain \("123"\) is not a full host name'):
        read_by_program(project, prefixed(LEAST | {"domain": "123"}))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("web-platfrom:domain", r"namespace 'web-platfrom', which nothing here reads\n.*\n.*`web-platform:domain`\?"),
        ("gpc:project", r"namespace 'gpc', which nothing here reads\n.*\n.*`gcp:project`\?"),
        ("web-platform:gatway", r"web-platform:gatway is not a known key\n.*\n.*did you mean 'gateway'\?"),
    ],
)
def test_a_key_that_nothing_reads_is_refused(project: Path, key: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_by_program(project, prefixed(LEAST) | {key: "{}"})


def test_a_secret_is_refused_and_never_shown(project: Path) -> None:
    gateway = {"replicas": "hunter2", "hunter2": 1, "plugins": {"cors": {"origins": ["hunter2"]}}}
    config = prefixed(LEAST | {"gateway": gateway})
    with pytest.raises(
        SettingsError, match=r"has a problem\.(.|\n)*web-platform:gateway holds an encrypted"
    ) as refused:
        read_by_program(project, config, [f"{PROJECT}:gateway"])
    assert "hunter2" not in str(refused.value)


def charts(**given: str) -> ChartSettings:
    return parse(LEAST | {"charts": given}, "test").charts


def test_charts_are_stand_ins_where_the_environment_names_their_directory(tmp_path: Path) -> None:
    for chart in ("ingress", "cert-manager"):
        (tmp_path / chart).mkdir()
        (tmp_path / chart / "Chart.yaml").touch()
    environment = {CHART_DIRECTORY_VARIABLE: str(tmp_path)}
    assert chart_source(charts(), environment) == {"directory": str(tmp_path), "stand_in": "addon"}
    assert chart_source(charts(mirror=MIRROR), environment) == {"directory": str(tmp_path), "stand_in": "addon"}
    assert chart_source(charts(source="upstream"), environment) == {}


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ({}, {}),
        ({"source": "upstream"}, {}),
        ({"mirror": MIRROR}, {"mirror": MIRROR}),
        ({"source": "mirror", "mirror": MIRROR}, {"mirror": MIRROR}),
        ({"source": "upstream", "mirror": MIRROR}, {}),
    ],
)
def test_charts_come_from_the_mirror_where_there_is_one_and_else_from_upstream(
    given: dict[str, str], arguments: dict[str, str]
) -> None:
    assert chart_source(charts(**given), {}) == arguments


@pytest.mark.parametrize(
    ("folders", "what"),
    [
        (None, "there is no directory"),
        ([], "ingress and cert-manager cannot be found in"),
        (["ingress"], "cert-manager cannot be found in"),
    ],
)
def test_stand_ins_that_are_missing_are_refused(tmp_path: Path, folders: list[str] | None, what: str) -> None:
    directory = tmp_path / "charts"
    if folders is not None:
        directory.mkdir()
    for folder in folders or []:
        (directory / folder).mkdir()
        (directory / folder / "Chart.yaml").touch()
    with pytest.raises(SettingsError, match=f"web-platform:charts come from stand-ins, but {what} {directory}\n"):
        chart_source(charts(), {CHART_DIRECTORY_VARIABLE: str(directory)})


def test_stand_ins_without_a_directory_are_refused() -> None:
    with pytest.raises(SettingsError, match=f"but {CHART_DIRECTORY_VARIABLE} names no directory of them\n"):
        chart_source(charts(source="standin"), {})


def write(project: Path, text: str) -> None:
    (project / "Pulumi.test.yaml").write_text(text)


def test_a_stack_that_does_not_exist_is_answered_with_those_that_do(project: Path) -> None:
    write(project, "config: {}")
    (project / "Pulumi.prod.yaml").touch()
    with pytest.raises(SettingsError) as refused:
        from_stack_file(project, "tets")
    assert str(refused.value) == (
        "There is no stack 'tets': Pulumi.tets.yaml does not exist.\n"
        "  Stacks here: prod, test\n"
        "  Danger: an empty stack of that name would be made, on a cluster that nobody has sized\n"
        "  Remedy: name one of them, or write that file for a new stack"
    )


def test_a_stack_file_is_read_with_the_projects_defaults(project: Path) -> None:
    write(project, yaml.safe_dump({"encryptionsalt": "v1:x", "config": prefixed(LEAST)}))
    assert from_stack_file(project, "test") == parse(LEAST, "test")
    declared = yaml.safe_load((project / "Pulumi.yaml").read_text())
    declared["config"]["domain"]["default"] = "acme.dev"
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(declared))
    config = {key: value for key, value in LEAST.items() if key != "domain"}
    write(project, yaml.safe_dump({"config": prefixed(config)}))
    assert from_stack_file(project, "test").domain == "acme.dev"


def test_a_stack_file_elsewhere_is_read_with_the_defaults_of_a_project_that_is_named(tmp_path: Path) -> None:
    config = {key: value for key, value in LEAST.items() if key != "services"}
    write(tmp_path, yaml.safe_dump({"config": prefixed(config)}))
    (tmp_path / "services.yaml").write_text(yaml.safe_dump({"services": LEAST["services"]}))
    assert from_stack_file(tmp_path, "test", project=ROOT / "Pulumi.yaml") == parse(LEAST, "test")
    with pytest.raises(SettingsError, match=r"Pulumi\.yaml cannot be read"):
        from_stack_file(tmp_path, "test")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"{PROJECT}:domain is missing"),
        ("config: [a]", r"`config:` holds \[\"a\"\], not keys"),
        ("- a", r"Pulumi.test.yaml holds \[\"a\"\], not keys"),
        ("config: {a", r"Pulumi.test.yaml cannot be read: .*(.|\n)*line 1"),
        ("config:\n  domain: x.y", f"domain has no namespace\n.*\n.*write `{PROJECT}:domain`"),
        (f"config:\n  {PROJECT}:domain:\n    secure: v1:abc", f"{PROJECT}:domain holds an encrypted value"),
        (
            f"config:\n  {PROJECT}:services: {{a: {{environment: {{T: {{secure: v1:abc}}}}}}}}",
            rf"{PROJECT}:services\.a\.environment\.T holds an encrypted value",
        ),
        (
            f"config:\n  {PROJECT}:services:\n    status: {{}}\n    a: {{}}\n    status: {{}}",
            r"Pulumi.test.yaml, line 5: the key 'status' is there twice, first in line 3\n",
        ),
        ("config: {}\nconfig: {}", "line 2: the key 'config' is there twice, first in line 1"),
        ("config:\n  x: {yes: 1, on: 2}", "line 2: the key 'on' is there twice"),
        (f"config:\n  {PROJECT}:domain: 2020-99-99", r"Pulumi.test.yaml, line 2 cannot be read as timestamp: month"),
        ("config:\n  x: !!int ''", "Pulumi.test.yaml, line 2 cannot be read as int"),
        (
            f"config:\n  {PROJECT}:services: &a\n    b: *a\n\n    c: 1\n",
            r"Pulumi.test.yaml, line 3: \*a stands inside of what",
        ),
        (f"config:\n  {PROJECT}:services: &a [*a]", r"line 2: \*a stands inside of what"),
        ("config: " + "[" * 5000, "Pulumi.test.yaml cannot be read: maximum recursion"),
        ("confg: {}", r"has a problem(.|\n)*\nconfg is not a known key\n.*\n.*did you mean 'config'\?"),
        ("secretprovider: x\nconfig: {}", r"has 4 problems(.|\n)*\nsecretprovider is not (.|\n)*'secretsprovider'\?"),
    ],
)
def test_a_stack_file_that_is_wrong_is_refused(project: Path, text: str, message: str) -> None:
    write(project, text)
    with pytest.raises(SettingsError, match=message) as refused:
        from_stack_file(project, "test")
    assert "v1:abc" not in str(refused.value)
    assert re.search(r"\n  Danger: .+\n  Remedy: .+", str(refused.value))


def test_a_merge_overrides_and_an_alias_repeats(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("r: {a: &a {<<: &b {k: 1, l: 2}, k: 3}}\ns: {<<: *a, l: 4}\nt: [*b, *b]")
    b = {"k": 1, "l": 2}
    assert load_yaml(file) == {"r": {"a": {"k": 3, "l": 2}}, "s": {"k": 3, "l": 4}, "t": [b, b]}


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"x\.yaml cannot be read: "):
        load_yaml(tmp_path / "x.yaml")


@pytest.mark.parametrize("chart", ["./charts/k", "../k", "/nowhere/k", f"./{'k' * 300}"])
def test_a_path_to_no_chart_is_refused(project: Path, chart: str) -> None:
    config = LEAST | {"addons": {"k": {"chart": chart}}}
    place = re.escape(f"{PROJECT}:addons.k.chart (")
    write(project, yaml.safe_dump({"config": prefixed(config)}))
    with pytest.raises(SettingsError, match=f"{place}.*is a path, but nothing is at {re.escape(str(project / chart))}"):
        from_stack_file(project, "test")
    with pytest.raises(SettingsError, match=f"{place}.*is a path, but nothing is at {re.escape(str(project / chart))}"):
        read_by_program(project, prefixed(config))


def test_a_path_to_a_chart_begins_at_the_programs_directory(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "charts" / "k").mkdir(parents=True)
    addons = {"k": {"chart": "./charts/k"}, "l": {"chart": str(project / "charts" / "k")}}
    write(project, yaml.safe_dump({"config": prefixed(LEAST | {"addons": addons})}))
    monkeypatch.chdir("/")
    assert sorted(from_stack_file(project, "test").addons) == ["k", "l"]
