"""HelmAddon: any chart as a release that waits, can be undone, and keeps a bounded history."""

from typing import Any

import pytest
from web_platform import ArgumentError, HelmAddon, HelmAddonArgs

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


def test_outputs_say_what_is_installed() -> None:
    assert kibana().outputs_of(TYPE, "kibana") == {"release": "kibana", "namespace": "logs", "version": "8.5.1"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": None}, "chart names no version of the chart 'kibana'"),
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
