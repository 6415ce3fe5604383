"""Which charts a stack's mirror needs, and what is said where one cannot be copied."""

from pathlib import Path
from typing import Any

import pytest
from web_platform import versions

from localcloud import chart_mirror
from localcloud.chart_mirror import Copied, PublishedChart, charts_of, mirror_of
from localcloud.errors import LocalCloudError
from localcloud.toolchain import Toolchain
from settings import PROJECT, Settings, parse
from settings.workloads import WORKLOADS
from tests import test_program

LEAST: dict[str, Any] = {
    "platform": "local",
    "domain": "example.com",
    "cluster": {"nodes": 2, "machineType": "e2-standard-2"},
    "services": {},
}
MIRROR = "oci://registry.acme.dev/charts"
ELASTIC = "https://helm.elastic.co"
KIBANA = PublishedChart("kibana", ELASTIC, "8.5.1")
KONG = PublishedChart("ingress", "https://charts.konghq.com", versions.KONG_CHART)
CERT_MANAGER = PublishedChart("oci://quay.io/jetstack/charts/cert-manager", None, versions.CERT_MANAGER_CHART)


def with_addons(**addons: object) -> Settings:
    return parse(LEAST | {"addons": addons}, "test")


def test_every_stack_needs_the_charts_of_the_platform() -> None:
    assert charts_of(with_addons()) == [CERT_MANAGER, KONG]


def test_addons_add_theirs_once_unless_they_are_paths_or_not_enabled() -> None:
    kibana = {"chart": "kibana", "repository": ELASTIC, "version": "8.5.1"}
    read = with_addons(
        a=kibana,
        b=kibana,
        c=kibana | {"version": "8.5.0"},
        d=kibana | {"version": "8.4.0", "enabled": False},
        e={"chart": "./charts/own"},
        f={"chart": "oci://ghcr.io/acme/charts/tool", "version": "1.0.0"},
        g={"chart": "tool", "repository": "oci://ghcr.io/acme/charts", "version": "1.0.0"},
    )
    assert charts_of(read) == [
        CERT_MANAGER,
        KONG,
        PublishedChart("kibana", ELASTIC, "8.5.0"),
        KIBANA,
        PublishedChart("oci://ghcr.io/acme/charts/tool", None, "1.0.0"),
    ]


def test_two_publishers_of_one_name_and_version_are_refused() -> None:
    kibana = {"chart": "kibana", "version": "8.5.1"}
    read = with_addons(a=kibana | {"repository": ELASTIC}, b=kibana | {"repository": "oci://ghcr.io/acme"})
    with pytest.raises(LocalCloudError) as refused:
        charts_of(read)
    assert refused.value.problem == (
        "Two different charts would be one in the mirror: kibana 8.5.1 of https://helm.elastic.co, and kibana 8.5.1 of "
        "oci://ghcr.io/acme."
    )


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_they_are_what_the_program_would_install_from_there(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEB_PLATFORM_CHART_DIRECTORY", raising=False)
    prefix = f"{PROJECT}:"
    config = {key.removeprefix(prefix): value for key, value in test_program.configuration(stack).items()}
    addons = {name: addon | {"enabled": True} for name, addon in config.get("addons", {}).items()}
    changes = {"addons": addons, "charts": {"source": "mirror", "mirror": MIRROR}}
    declared = test_program.run(stack, changes).of_type("kubernetes:helm.sh/v3:Release").values()
    # Which charts there are, no workload says.
    sections = {key: value for key, value in (config | changes).items() if ":" not in key and key not in WORKLOADS}
    settings = parse(sections, stack)
    copied = {(f"{MIRROR}/{chart.name}", chart.version) for chart in charts_of(settings)}
    assert {(release.inputs["chart"], release.inputs["version"]) for release in declared} == copied


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_they_come_from_where_the_program_would_take_them_without_a_mirror(
    stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEB_PLATFORM_CHART_DIRECTORY", raising=False)
    kibana = {"chart": "kibana", "repository": ELASTIC, "version": "8.5.1"}
    releases = test_program.run(stack, {"addons": {"kibana": kibana}}).of_type("kubernetes:helm.sh/v3:Release").values()
    declared = {
        (r.inputs["chart"], r.inputs.get("repositoryOpts", {}).get("repo"), r.inputs["version"]) for r in releases
    }
    assert declared == set(charts_of(with_addons(kibana=kibana)))


def test_the_mirror_is_the_stack_files() -> None:
    assert mirror_of(parse(LEAST | {"charts": {"mirror": f"{MIRROR}/"}}, "test"), "test") == MIRROR
    with pytest.raises(LocalCloudError, match=r"^Pulumi\.test\.yaml names no mirror of charts\."):
        mirror_of(with_addons(), "test")


@pytest.fixture
def helm(tmp_path: Path) -> Path:
    """A `helm` that notes what it is asked, has `published`, keeps what is pushed, and fails where a verb is a file."""
    program = tmp_path / "helm"
    program.write_text(f"""#!/bin/sh
cd {tmp_path}
echo "$1" >> asked
if [ -f "$1" ]; then cat "$1" >&2; exit 1; fi
case $1 in
  show) [ -f "there-${{3##*/}}-$5" ] ;;
  pull)
    case $2 in
      oci://registry.acme.dev/*)
        if [ -f mirror ]; then cat mirror >&2; exit 1; fi
        from="there-${{2##*/}}-$4"
        if ! [ -f "$from" ]; then echo "Error: on source: ${{2#oci://}}:$4: not found" >&2; exit 1; fi ;;
      *) from=published ;;
    esac
    while [ "$1" != --destination ]; do shift; done
    cp "$from" "$2/$(cat called)" ;;
  push) cp "$2" "there-$(cat called | sed 's/.tgz//')" ;;
esac
""")
    program.chmod(0o755)
    (tmp_path / "called").write_text("kibana-8.5.1.tgz")
    (tmp_path / "published").write_text("as published")
    return program


def asked(helm: Path) -> list[str]:
    return (helm.parent / "asked").read_text().split()


def test_what_is_not_there_is_pulled_and_pushed_and_what_is_there_left_alone(helm: Path) -> None:
    assert list(chart_mirror.copy([KIBANA], MIRROR, helm)) == [Copied(KIBANA, was_there=False)]
    assert asked(helm) == ["pull", "pull", "push", "show"]
    assert list(chart_mirror.copy([KIBANA], MIRROR, helm)) == [Copied(KIBANA, was_there=True)]
    assert asked(helm)[4:] == ["pull", "pull"]


def test_what_is_there_and_is_not_what_is_published_is_refused_and_stays(helm: Path) -> None:
    there = helm.parent / "there-kibana-8.5.1"
    there.write_text("by somebody else")
    with pytest.raises(LocalCloudError) as refused:
        list(chart_mirror.copy([KIBANA], MIRROR, helm))
    assert refused.value.problem.startswith(
        f"{MIRROR} has another chart as kibana 8.5.1 than kibana 8.5.1 of https://helm.elastic.co:\n  sha256:"
    )
    assert refused.value.remedy.startswith("Find out who pushed it")
    assert there.read_text() == "by somebody else"
    assert "push" not in asked(helm)


@pytest.mark.parametrize(
    "said", ["response status code 503: unavailable", "status code 403: denied: not found or not y"]
)
def test_where_the_mirror_does_not_say_whether_it_has_a_chart_nothing_is_pushed(helm: Path, said: str) -> None:
    (helm.parent / "mirror").write_text(f"Error: {said}\n")
    with pytest.raises(LocalCloudError) as refused:
        list(chart_mirror.copy([KIBANA], MIRROR, helm))
    assert refused.value.problem == f"kibana 8.5.1 of {ELASTIC} cannot be pushed to {MIRROR}: Error: {said}"
    assert refused.value.consequence == "It was not copied; those before it were."
    assert refused.value.remedy.endswith("or wait until it answers again.")
    assert asked(helm) == ["pull", "pull"]


@pytest.mark.parametrize(
    ("verb", "problem", "remedy"),
    [
        ("pull", "kibana 8.5.1 of https://helm.elastic.co cannot be pulled: no such host", "Correct chart, repository"),
        (
            "push",
            f"kibana 8.5.1 of https://helm.elastic.co cannot be pushed to {MIRROR}: no such host",
            "Log in with `helm registry login registry.acme.dev` as somebody who may write there",
        ),
    ],
)
def test_a_failure_says_what_helm_said_and_what_to_do(helm: Path, verb: str, problem: str, remedy: str) -> None:
    (helm.parent / verb).write_text("no such host\n")
    with pytest.raises(LocalCloudError) as refused:
        list(chart_mirror.copy([KIBANA], MIRROR, helm))
    assert refused.value.problem == problem
    assert refused.value.consequence == "It was not copied; those before it were."
    assert refused.value.remedy.startswith(remedy)


def test_a_chart_that_calls_itself_otherwise_is_told_since_no_stack_would_find_it(helm: Path) -> None:
    (helm.parent / "called").write_text("kibana-8.5.1-rc.1.tgz")
    with pytest.raises(LocalCloudError) as refused:
        list(chart_mirror.copy([KIBANA], MIRROR, helm))
    assert refused.value.problem == (
        f"kibana 8.5.1 of https://helm.elastic.co calls itself kibana-8.5.1-rc.1, and is in {MIRROR} under that name."
    )


def test_helm_on_path_is_used_and_else_the_toolchain_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    built = tmp_path / "built" / "helm"
    monkeypatch.setattr("localcloud.toolchain.ensure", lambda: Toolchain({"helm": built}))
    assert chart_mirror.find_helm() == built
    installed = tmp_path / "helm"
    installed.write_text("#!/bin/sh\necho v3.99.0+g1234567\n")
    installed.chmod(0o755)
    assert chart_mirror.find_helm() == installed
