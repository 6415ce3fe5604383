"""HelmAddon: any chart as a release that waits, can be undone, and keeps a bounded history."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi_kubernetes as kubernetes
import pytest
from pulumi import Output
from pulumi.runtime import rpc
from web_platform import ArgumentError, ChartSourceArgs, HelmAddon, HelmAddonArgs
from web_platform.helm_addon import absent_fault, layered_values

from tests.components.resource_options import options_of
from tests.recording import Recording, declare

TYPE = "web-platform:index:HelmAddon"
RELEASE = "kubernetes:helm.sh/v3:Release"
REPOSITORY = "https://helm.elastic.co"


def kibana(make: Callable[[], dict[str, Any]] = dict, **args: Any) -> Recording:
    """Kibana with these arguments, and those that have to be made inside a program."""
    least = {"chart": "kibana", "repository": REPOSITORY, "version": "8.5.1", "namespace": "logs"}

    def program() -> None:
        arguments: HelmAddonArgs = {**least, **args, **make()}  # type: ignore[typeddict-item]
        HelmAddon("kibana", arguments)

    return declare(program)


def test_an_addon_is_exactly_this_release() -> None:
    recording = kibana()
    assert recording.names() == [(RELEASE, "kibana"), (TYPE, "kibana")]
    release = recording.one(RELEASE, "kibana")
    assert release.parent == recording.one(TYPE, "kibana").urn
    assert release.inputs == {
        "name": "kibana",
        "chart": "kibana",
        "repositoryOpts": {"repo": REPOSITORY},
        "version": "8.5.1",
        "namespace": "logs",
        "values": {},
        "timeout": 300,
        "atomic": True,
        "cleanupOnFail": True,
        "skipAwait": False,
        "skipCrds": False,
        "waitForJobs": True,
        "maxHistory": 10,
        "compat": "true",
    }


def test_values_timeout_and_atomicity_are_as_asked() -> None:
    release = kibana(values={"replicas": 0}, timeout_seconds=60.0, atomic=False).one(RELEASE, "kibana").inputs
    assert (release["values"], release["timeout"], release["atomic"]) == ({"replicas": 0}, 60, False)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two files of values, of which the second goes before the first."""
    for name, text in (("base.yaml", "replicas: 1\nresources: {cpu: 1, memory: 1Gi}"), ("more.yaml", "replicas: 2")):
        (tmp_path / name).write_text(text)
    return [str(tmp_path / "base.yaml"), str(tmp_path / "more.yaml")]


@pytest.mark.parametrize("given", [dict, Output.from_input])
def test_values_lie_over_files_of_values(files: list[str], given: Callable[[Any], Any]) -> None:
    recording = kibana(lambda: {"values": given({"resources": {"memory": "2Gi"}})}, value_files=files)
    values = {"replicas": 2, "resources": {"cpu": 1, "memory": "2Gi"}}
    assert recording.one(RELEASE, "kibana").inputs["values"] == values


def test_a_path_to_a_file_of_values_begins_where_the_program_is(
    files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(files[0]).parent)
    assert kibana(value_files=["more.yaml"]).one(RELEASE, "kibana").inputs["values"] == {"replicas": 2}


def secret(value: object) -> dict[str, object]:
    """A secret as the engine is told of it."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


@pytest.mark.parametrize(("values", "hidden"), [(dict, dict), (dict, Output.from_input), (Output.from_input, dict)])
def test_secret_values_lie_over_the_others_and_reach_the_engine_as_secrets(
    values: Callable[[Any], Any], hidden: Callable[[Any], Any], files: list[str]
) -> None:
    def arguments() -> dict[str, Any]:
        return {
            "values": values({"auth": {"user": "ann", "password": "none"}}),
            "secret_values": hidden({"auth": {"password": "hunter2", "token": Output.from_input("hunter3")}}),
        }

    release = kibana(arguments, value_files=files).one(RELEASE, "kibana")
    assert release.inputs["values"] == secret(
        {
            "replicas": 2,
            "resources": {"cpu": 1, "memory": "1Gi"},
            "auth": {"user": "ann", "password": "hunter2", "token": "hunter3"},
        }
    )


def test_of_values_that_are_known_each_secret_one_is_secret_by_itself() -> None:
    found: list[object] = []

    def program() -> None:
        values: Any = layered_values([{"a": 1}, {"b": {"c": 2}}], {"b": {"d": 3}})
        found.append((values["a"], values["b"]["c"]))
        Output.from_input(values["b"]["d"].is_secret()).apply(found.append)

    declare(program)
    assert found == [(1, 2), True]


def test_crds_may_be_left_to_somebody_else() -> None:
    assert kibana(skip_crds=True).one(RELEASE, "kibana").inputs["skipCrds"] is True


READY = {"api_version": "k8s.elastic.co/v1", "kind": "Kibana", "name": "main", "until": "condition=Ready"}
API = {
    "api_version": "apiregistration.k8s.io/v1",
    "kind": "APIService",
    "name": "v1.k8s.io",
    "until": "jsonpath={.a}=b",
}


def test_what_uses_an_addon_waits_for_what_it_is_ready_by() -> None:
    def program() -> None:
        ready_when: Any = {"main": READY, "api": API | {"cluster_scoped": True}}
        addon = HelmAddon("kibana", {"chart": "./k", "namespace": "logs", "ready_when": ready_when})
        for name, output in (("a", addon.release), ("b", addon.namespace), ("c", addon.version)):
            kubernetes.core.v1.ConfigMap(name, data={"said": output})

    recording = declare(program)
    release = recording.one(RELEASE, "kibana").urn
    waited = recording.one("kubernetes:k8s.elastic.co/v1:KibanaPatch", "kibana-main")
    assert waited.depends_on == {release}
    assert waited.inputs["metadata"] == {
        "name": "main",
        "namespace": "logs",
        "annotations": {"pulumi.com/waitFor": "condition=Ready", "web-platform/revision": "0"},
    }
    api = recording.one("kubernetes:apiregistration.k8s.io/v1:APIServicePatch", "kibana-api")
    assert api.inputs["metadata"] == {
        "name": "v1.k8s.io",
        "annotations": {"pulumi.com/waitFor": "jsonpath={.a}=b", "web-platform/revision": "0"},
    }
    for user in recording.of_type("kubernetes:core/v1:ConfigMap").values():
        assert user.depends_on == {release, waited.urn, api.urn}
    addon = recording.one(TYPE, "kibana").urn
    assert {resource.parent for resource in (waited, api)} == {addon}


MADE = {"Kibana.k8s.elastic.co/k8s.elastic.co/v1beta1": ["logs/main", "other"], "Kibana/v1": ["core"]}


@pytest.mark.parametrize(
    ("readiness", "remedy"),
    [
        ({}, None),
        ({"name": "other"}, None),
        ({"api_version": "v1", "name": "core"}, None),
        ({"name": "core"}, "name one that it has made: main, other"),
        ({"kind": "kibana"}, "name one that it has made: (none of this kind)"),
        ({"api_version": "elastic.co/v1"}, "name one that it has made: (none of this kind)"),
    ],
)
def test_an_object_that_the_chart_has_not_made_is_found_out(readiness: Any, remedy: str | None) -> None:
    fault = absent_fault({**READY, **readiness}, MADE)  # type: ignore[typeddict-item]
    assert (fault.remedy if fault else None) == remedy


def test_nothing_is_asked_of_a_chart_that_stands_in_for_another(tmp_path: Path) -> None:
    (tmp_path / "addon").mkdir()
    recording = kibana(chart_source={"directory": str(tmp_path), "stand_in": "addon"}, ready_when={"main": READY})
    assert recording.names() == [(RELEASE, "kibana"), (TYPE, "kibana")]


def test_what_is_waited_for_has_as_long_as_the_release() -> None:
    arguments: Any = {"chart": "./k", "namespace": "k", "ready_when": {"main": READY}, "timeout_seconds": 60}
    options = options_of(lambda opts: HelmAddon("k", arguments, opts))
    timeouts = options["kubernetes:k8s.elastic.co/v1:KibanaPatch", "k-main"].custom_timeouts
    assert timeouts is not None
    assert (timeouts.create, timeouts.update) == ("60s", "60s")


def test_a_chart_given_as_a_path_needs_neither_repository_nor_version() -> None:
    release = kibana(chart="./charts/kibana", repository=None, version=None).one(RELEASE, "kibana").inputs
    assert release["chart"] == "./charts/kibana"
    assert {"repositoryOpts", "version"}.isdisjoint(release)


@pytest.mark.parametrize("given", [dict, Output.from_input])
def test_a_stand_in_is_told_for_which_chart_it_stands(tmp_path: Path, given: Callable[[Any], Any]) -> None:
    (tmp_path / "addon").mkdir()

    def program() -> None:
        source: ChartSourceArgs = {"directory": str(tmp_path), "stand_in": "addon"}
        chart = "oci://registry.example.com/charts/kibana"
        values = given({"replicas": 1})
        HelmAddon(
            "logs", {"chart": chart, "version": "8.5.1", "namespace": "logs", "values": values, "chart_source": source}
        )

    release = declare(program).one(RELEASE, "logs").inputs
    assert release["chart"] == str(tmp_path / "addon")
    assert release["values"] == {"replicas": 1, "standInFor": "kibana"}


def test_a_chart_with_a_folder_of_its_own_gets_its_values_alone(tmp_path: Path) -> None:
    (tmp_path / "kibana").mkdir()
    source = {"directory": str(tmp_path), "stand_in": "addon"}
    release = kibana(chart_source=source, values={"replicas": 1}).one(RELEASE, "kibana")
    assert release.inputs["values"] == {"replicas": 1}


def test_outputs_say_what_is_installed() -> None:
    assert kibana().outputs_of(TYPE, "kibana") == {"release": "kibana", "namespace": "logs", "version": "8.5.1"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": None}, "chart takes 'kibana' from a registry, but names no version"),
        ({"version": "*"}, "version is not one exact version"),
        ({"chart": "./kibana", "repository": None, "version": "8.x"}, "version is not one exact version"),
        ({"chart_source": {"miror": "oci://x"}}, r"chart_source.miror is not a known key.\n.*\n.*'mirror'\?"),
        ({"chart_source": "oci://x"}, "chart_source is text, which is not keys with values"),
        ({"timeout_seconds": 86401}, "timeout_seconds is 86401"),
        ({"timeout_seconds": 0}, "timeout_seconds is 0"),
        ({"chart_source": {"directory": "/nowhere"}}, "chart has no folder for the chart 'kibana' in /nowhere"),
        ({"namespace": None}, "namespace is missing"),
        ({"value_files": ["gone.yaml"]}, r"value_files\[0\] names 'gone.yaml', but there is no such file"),
        ({"ready_when": {"a": {"kind": "Kibana"}}}, r"ready_when\.a\.api_version is missing"),
        ({"ready_when": {"a": READY | {"untl": "x"}}}, r"ready_when\.a\.untl is not a known key"),
        ({"ready_when": {"a": READY | {"until": "Ready"}}}, r"ready_when\.a\.until is 'Ready', which nothing can"),
        ({"timeout": 60}, r"timeout is not a known key.\n.*\n.*did you mean 'timeout_seconds'\?"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^HelmAddon 'kibana': {message}"):
        kibana(**change)


@pytest.mark.parametrize("field", ["values", "secret_values"])
def test_values_that_turn_out_to_be_none_are_refused_by_name(field: str) -> None:
    with pytest.raises(ArgumentError, match=f"^HelmAddon 'kibana': {field} turned out not to be keys") as refused:
        kibana(lambda: {field: Output.from_input("hush")})
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("name", ["Kibana", "kibana_logs", "k" * 54])
def test_a_name_that_helm_refuses_is_refused_before_it(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"^HelmAddon '{name}': name "):
        declare(lambda: HelmAddon(name, {"chart": "./chart", "namespace": "logs"}))
