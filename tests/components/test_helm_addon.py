"""HelmAddon: any chart as a release that waits, can be undone, and keeps a bounded history."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi import Output
from web_platform import ArgumentError, ChartSourceArgs, HelmAddon, HelmAddonArgs

from tests.recording import Recording, declare

TYPE = "web-platform:index:HelmAddon"
RELEASE = "kubernetes:helm.sh/v3:Release"
REPOSITORY = "https://helm.elastic.co"


def kibana(**args: Any) -> Recording:
    least = {"chart": "kibana", "repository": REPOSITORY, "version": "8.5.1", "namespace": "logs"}
    arguments: HelmAddonArgs = {**least, **args}  # type: ignore[typeddict-item]
    return declare(lambda: HelmAddon("kibana", arguments))


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
        "waitForJobs": True,
        "maxHistory": 10,
        "compat": "true",
    }


def test_values_timeout_and_atomicity_are_as_asked() -> None:
    release = kibana(values={"replicas": 0}, timeout_seconds=60.0, atomic=False).one(RELEASE, "kibana").inputs
    assert (release["values"], release["timeout"], release["atomic"]) == ({"replicas": 0}, 60, False)


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
        ({"chart_source": "oci://x"}, "chart_source is 'oci://x', which is not keys with values"),
        ({"timeout_seconds": 0}, "timeout_seconds is 0"),
        ({"chart_source": {"directory": "/nowhere"}}, "chart has no folder for the chart 'kibana' in /nowhere"),
        ({"namespace": None}, "namespace is missing"),
        ({"timeout": 60}, r"timeout is not a known key.\n.*\n.*did you mean 'timeout_seconds'\?"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^HelmAddon 'kibana': {message}"):
        kibana(**change)


@pytest.mark.parametrize("name", ["Kibana", "kibana_logs", "k" * 54])
def test_a_name_that_helm_refuses_is_refused_before_it(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"^HelmAddon '{name}': name "):
        declare(lambda: HelmAddon(name, {"chart": "./chart", "namespace": "logs"}))
