"""Copies the charts of a stack from their publishers to the stack's own registry.

What has been copied is installed from there, whether or not its publisher is still there: see `charts.mirror` in the
stack file. Charts that are there already are left alone, since a version never changes.
"""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from web_platform import Fault, versions
from web_platform.charts import locate_chart

from localcloud import toolchain
from localcloud.errors import LocalCloudError
from localcloud.toolchain import path
from localcloud.toolchain.tools import MODULES
from settings import Settings

# Where the components take them from; tests compare it with what a stack declares.
_PLATFORM = (
    ("ingress", "https://charts.konghq.com", versions.KONG_CHART),
    ("cert-manager", "oci://quay.io/jetstack/charts", versions.CERT_MANAGER_CHART),
)


class PublishedChart(NamedTuple):
    """A chart of a publisher."""

    chart: str
    """As Helm takes it: a name in `repository`, or an `oci://` reference."""

    repository: str | None
    version: str

    @property
    def name(self) -> str:
        """What it is called in a registry of charts."""
        return self.chart.rsplit("/", 1)[-1]

    def __str__(self) -> str:
        """The chart, its version, and where it is published."""
        return f"{self.name} {self.version} of {self.repository or self.chart.rpartition('/')[0]}"


class Copied(NamedTuple):
    """A chart that is in the mirror now, and whether it was before."""

    chart: PublishedChart
    was_there: bool


def charts_of(settings: Settings) -> list[PublishedChart]:
    """The charts that a stack installs, each once, by name; not those that it has as files.

    Raises:
        LocalCloudError: Two publishers have charts of one name and version.
    """
    addons = settings.enabled_addons().values()
    wanted = [*_PLATFORM, *((addon.chart, addon.repository, addon.version) for addon in addons)]
    found: dict[tuple[str, str], PublishedChart] = {}
    for chart, repository, version in wanted:
        place = locate_chart(chart, repository, version, {})
        if isinstance(place, Fault) or place.version is None:
            continue  # A path; without a version, the settings would have been refused.
        published = PublishedChart(place.chart, place.repository, place.version)
        other = found.setdefault((published.name, published.version), published)
        if other != published:
            raise LocalCloudError(
                f"Two different charts would be one in the mirror: {other}, and {published}.",
                "Each copy would replace the other; nothing was copied.",
                "Take one of them in another version, or as a folder beside the program.",
            )
    return [found[key] for key in sorted(found)]


def mirror_of(settings: Settings, stack: str) -> str:
    """The registry that a stack takes charts from.

    Raises:
        LocalCloudError: Its file names none.
    """
    if settings.charts.mirror is None:
        raise LocalCloudError(
            f"Pulumi.{stack}.yaml names no mirror of charts.",
            "There is nowhere to copy them to; nothing was pulled.",
            "Add `mirror:` with an `oci://` registry to `web-platform:charts`; docs/helm.md shows it.",
        )
    return settings.charts.mirror.rstrip("/")


def find_helm() -> Path:
    """Helm as it is on PATH, else the toolchain's, which may have to be built first.

    Raises:
        LocalCloudError: It cannot be built.
    """
    module, tool = next((module, tool) for module in MODULES for tool in module.tools if tool.name == "helm")
    return path.find(tool, module.version(tool)) or toolchain.ensure()[tool.name]


def copy(charts: Sequence[PublishedChart], mirror: str, helm: Path) -> Iterator[Copied]:
    """Copies charts into a mirror, one after the other.

    Raises:
        LocalCloudError: One cannot be copied. Those before it are.
    """
    for chart in charts:
        was_there = _is_there(chart, mirror, helm)
        if not was_there:
            _copy(chart, mirror, helm)
        yield Copied(chart, was_there)


def _copy(chart: PublishedChart, mirror: str, helm: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        repository = ("--repo", chart.repository) if chart.repository else ()
        pulled = _run(helm, "pull", chart.chart, *repository, "--version", chart.version, "--destination", scratch)
        if pulled.returncode:
            raise LocalCloudError(
                f"{chart} cannot be pulled: {pulled.stderr.strip()}",
                "It was not copied; those before it were.",
                "Correct chart, repository and version in the stack file, or wait until its publisher answers again.",
            )
        (archive,) = Path(scratch).iterdir()
        pushed = _run(helm, "push", str(archive), mirror)
    if pushed.returncode:
        host = mirror.removeprefix("oci://").partition("/")[0]
        raise LocalCloudError(
            f"{chart} cannot be pushed to {mirror}: {pushed.stderr.strip()}",
            "It was not copied; those before it were.",
            f"Log in with `helm registry login {host}` as somebody who may write there; docs/helm.md shows how.",
        )
    if not _is_there(chart, mirror, helm):
        raise LocalCloudError(
            f"{chart} calls itself {archive.name.removesuffix('.tgz')}, and is in {mirror} under that name.",
            f"A stack that asks there for {chart.name} {chart.version} would not find it.",
            "Write name and version in the stack file as the chart itself has them.",
        )


def _is_there(chart: PublishedChart, mirror: str, helm: Path) -> bool:
    return not _run(helm, "show", "chart", f"{mirror}/{chart.name}", "--version", chart.version).returncode


def _run(helm: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([helm, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
