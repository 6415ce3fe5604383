"""The charts of a stack, copied from their publishers to a registry of its own and installed from there.

The tests of this module are one story in the order in which they stand: each finds the registry as the one before left
it. Publishers and registry are on loopback; Helm, Pulumi and the commands know nothing of that.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from web_platform import versions

from localcloud.charts import assemble
from tests.engine import chart_publishers
from tests.engine.project import Project

COPIED = [
    f"cert-manager {versions.CERT_MANAGER_CHART} of oci://quay.io/jetstack/charts",
    "elasticsearch 8.5.1 of https://helm.elastic.co",
    f"ingress {versions.KONG_CHART} of https://charts.konghq.com",
    "kibana 8.5.1 of https://helm.elastic.co",
]


@dataclass(frozen=True)
class World:
    """Where publishers and mirror are, as an environment."""

    mirror: str
    """The registry, as a stack file names it."""

    published: Path
    """What the publishers that are no registries have, with an index."""

    environment: dict[str, str]
    """Leads to the publishers."""

    offline: dict[str, str]
    """Leads to the mirror alone."""


@pytest.fixture(scope="module")
def world(helm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    scratch = tmp_path_factory.mktemp("publishers")
    published = scratch / "published"
    published.mkdir()
    assemble(scratch / "charts")
    chart_publishers.package(helm, scratch / "charts" / "ingress", versions.KONG_CHART, published)
    for name in ("elasticsearch", "kibana"):
        chart_publishers.package(helm, scratch / "charts" / "addon", "8.5.1", published, name)
    cert_manager = chart_publishers.package(
        helm, scratch / "charts" / "cert-manager", versions.CERT_MANAGER_CHART, scratch
    )
    certificate = chart_publishers.Certificate.of(["charts.konghq.com", "helm.elastic.co", "quay.io"], scratch)
    homes = {f"HELM_{kind}_HOME": str(scratch / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
    offline = {**homes, "SSL_CERT_FILE": str(certificate.file), "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
    with ExitStack() as running:
        quay = running.enter_context(chart_publishers.registry(certificate, scratch))
        mirror = running.enter_context(chart_publishers.registry(certificate, scratch))
        subprocess.run([helm, "repo", "index", published], check=True)
        pages = running.enter_context(chart_publishers.repository(certificate, published))
        routes = {"charts.konghq.com:443": pages, "helm.elastic.co:443": pages, "quay.io:443": quay}
        proxy = running.enter_context(chart_publishers.proxy(routes))
        push = [str(helm), "push", str(cert_manager), f"oci://{quay}/jetstack/charts"]
        subprocess.run(push, check=True, capture_output=True, env=os.environ | offline)
        yield World(f"oci://{mirror}/charts", published, offline | {"HTTPS_PROXY": f"http://{proxy}"}, offline)


@pytest.fixture(scope="module")
def dev(project: Project) -> Project:
    """The project, with everything enabled that its stack dev holds."""
    _change(project, "web-platform:addons", {"elasticsearch": {"enabled": True}, "kibana": {"enabled": True}})
    return project


def _change(project: Project, section: str, entries: dict[str, object]) -> None:
    file = project.root / "Pulumi.dev.yaml"
    stack = yaml.safe_load(file.read_text())
    present = stack["config"].setdefault(section, {})
    for name, entry in entries.items():
        present[name] = present[name] | entry if isinstance(entry, dict) else entry
    file.write_text(yaml.safe_dump(stack))


def test_without_a_mirror_there_is_nothing_to_fill(dev: Project) -> None:
    refused = dev.localcloud("mirror-charts", "dev")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "Pulumi.dev.yaml names no mirror of charts.\n"
        "  There is nowhere to copy them to; nothing was pulled.\n"
        "  Remedy: Add `mirror:` with an `oci://` registry to `web-platform:charts`; docs/helm.md shows it.\n"
    )


def test_every_chart_of_the_stack_is_copied_from_its_publisher(dev: Project, world: World) -> None:
    _change(dev, "web-platform:charts", {"mirror": world.mirror, "source": "mirror"})
    copied = dev.localcloud("mirror-charts", "dev", env=world.environment)
    assert copied.returncode == 0, copied.stderr
    assert copied.stdout.splitlines() == [f"{chart}: copied" for chart in COPIED]
    assert copied.stderr == f"{world.mirror} has every chart that dev installs.\n"


def test_what_is_there_is_what_is_published_and_left_alone(dev: Project, world: World) -> None:
    again = dev.localcloud("mirror-charts", "dev", env=world.environment)
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == [f"{chart}: was there already" for chart in COPIED]
    assert again.stderr == f"{world.mirror} has every chart that dev installs.\n"


def test_what_is_there_is_enough_when_its_publisher_is_away_and_is_said_not_to_be_compared(
    dev: Project, world: World
) -> None:
    again = dev.localcloud("mirror-charts", "dev", env=world.offline)
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == [f"{chart}: was there already" for chart in COPIED]
    for chart in COPIED:
        assert f"{chart} is in the mirror, and not compared: its publisher does not give it.\n" in again.stderr


def test_a_chart_that_somebody_has_pushed_before_its_publishers_is_refused(
    helm: Path, dev: Project, world: World, tmp_path: Path
) -> None:
    assemble(tmp_path / "charts")
    archives = []
    for who, chart in (("somebody", "cert-manager"), ("publisher", "addon")):
        place = tmp_path / who / "packaged"
        archives.append(chart_publishers.package(helm, tmp_path / "charts" / chart, "8.5.0", place, "kibana"))
    somebodys, published = archives
    shutil.copy2(published, world.published)
    subprocess.run([helm, "repo", "index", world.published], check=True)
    push = [str(helm), "push", str(somebodys), world.mirror]
    subprocess.run(push, check=True, capture_output=True, env=os.environ | world.offline)
    _change(dev, "web-platform:addons", {"kibana": {"version": "8.5.0"}})
    refused = dev.localcloud("mirror-charts", "dev", env=world.environment)
    _change(dev, "web-platform:addons", {"kibana": {"version": "8.5.1"}})
    assert refused.returncode == 1
    assert refused.stdout.splitlines() == [f"{chart}: was there already" for chart in COPIED[:3]]
    sums = [hashlib.sha256(archive.read_bytes()).hexdigest() for archive in archives]
    assert refused.stderr.splitlines()[:2] == [
        f"{world.mirror} has another chart as kibana 8.5.0 than kibana 8.5.0 of https://helm.elastic.co:",
        f"  sha256:{sums[0]} there, sha256:{sums[1]} published.",
    ]


def test_the_copies_are_what_was_published(helm: Path, dev: Project, world: World) -> None:
    del dev
    shown = subprocess.run(
        [helm, "show", "chart", f"{world.mirror}/kibana", "--version", "8.5.1"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | world.offline,
    )
    assert yaml.safe_load(shown.stdout).items() >= {"name": "kibana", "version": "8.5.1"}.items()


def test_a_stack_comes_up_from_the_mirror_alone(dev: Project, world: World) -> None:
    up = dev.localcloud("up", "dev", env=world.offline)
    assert up.returncode == 0, up.stdout + up.stderr
    shown = dev.localcloud("releases", "dev", "--json")
    assert shown.returncode == 0, shown.stderr
    assert {release["name"]: (release["chart"], release["status"]) for release in json.loads(shown.stdout)} == {
        "cert-manager": (f"cert-manager-{versions.CERT_MANAGER_CHART}", "deployed"),
        "elasticsearch": ("elasticsearch-8.5.1", "deployed"),
        "kibana": ("kibana-8.5.1", "deployed"),
        "kong": (f"ingress-{versions.KONG_CHART}", "deployed"),
    }


@pytest.mark.parametrize(
    ("version", "online", "problem", "remedy"),
    [
        ("8.5.2", True, "kibana 8.5.2 of https://helm.elastic.co cannot be pulled: ", "Correct chart, repository and "),
        (
            "8.5.3",
            False,
            "kibana 8.5.3 of https://helm.elastic.co cannot be pulled: ",
            "Correct chart, repository and ",
        ),
    ],
)
def test_a_chart_that_its_publisher_does_not_give_is_named(
    version: str, online: bool, problem: str, remedy: str, dev: Project, world: World
) -> None:
    _change(dev, "web-platform:addons", {"kibana": {"version": version}})
    refused = dev.localcloud("mirror-charts", "dev", env=world.environment if online else world.offline)
    assert refused.returncode == 1
    assert refused.stdout.splitlines() == [f"{chart}: was there already" for chart in COPIED[:3]]
    *_, consequence, cure = refused.stderr.splitlines()
    assert f"\n{problem}" in f"\n{refused.stderr}"
    assert consequence == "  It was not copied; those before it were."
    assert cure.startswith(f"  Remedy: {remedy}")


def test_a_registry_that_does_not_answer_is_named_with_how_to_log_in(dev: Project, world: World) -> None:
    _change(dev, "web-platform:charts", {"mirror": "oci://127.0.0.1:9/charts"})
    refused = dev.localcloud("mirror-charts", "dev", env=world.environment)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"{COPIED[0]} cannot be pushed to oci://127.0.0.1:9/charts: ")
    assert "Remedy: Log in with `helm registry login 127.0.0.1:9`" in refused.stderr
