"""Copies the charts of a stack from their publishers to the stack's own registry.

What has been copied is installed from there, whether or not its publisher is still there: see `charts.mirror` in the
stack file. Charts that are there already are left alone, since a version never changes; but first they are compared
with what is published, since whoever may push there could have been before the publisher's own.
"""

import hashlib
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from web_platform import Fault, versions
from web_platform.charts import locate_chart

from localcloud import console, toolchain
from localcloud.errors import LocalCloudError
from localcloud.toolchain import path
from localcloud.toolchain.tools import MODULES
from settings import Settings

# Where the components take them from; tests compare it with what a stack declares.
_PLATFORM = (
    ("ingress", "https://charts.konghq.com", versions.KONG_CHART),
    ("cert-manager", "oci://quay.io/jetstack/charts", versions.CERT_MANAGER_CHART),
)

# How Helm's word ends on a chart that a registry has not, and on nothing else.
_NOT_THERE = ": not found"


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
        LocalCloudError: One cannot be copied, or the mirror has another under its name, or does not say whether it has
            one. Those before it are there.
    """
    for chart in charts:
        with tempfile.TemporaryDirectory() as scratch:
            published = _Pulled.by(helm, chart, Path(scratch) / "published")
            present = _Pulled.by(helm, _copy_of(chart, mirror), Path(scratch) / "mirror")
            if present.archive is None:
                _push(chart, published, present.said, mirror, helm)
            elif published.archive is None:
                console.say(
                    f"{chart} is in the mirror, and not compared: its publisher does not give it.\n{published.said}"
                )
            else:
                _require_same(chart, published.archive, present.archive, mirror)
        yield Copied(chart, was_there=present.archive is not None)


class _Pulled(NamedTuple):
    """What came of asking for a chart."""

    archive: Path | None
    """None: it was not given."""

    said: str
    """What Helm said of it."""

    @classmethod
    def by(cls, helm: Path, chart: PublishedChart, folder: Path) -> "_Pulled":
        folder.mkdir()
        repository = ("--repo", chart.repository) if chart.repository else ()
        asked = ("pull", chart.chart, *repository, "--version", chart.version, "--destination", str(folder))
        pulled = _run(helm, *asked)
        return cls(None if pulled.returncode else next(folder.iterdir()), pulled.stderr.strip())


def _copy_of(chart: PublishedChart, mirror: str) -> PublishedChart:
    return PublishedChart(f"{mirror}/{chart.name}", None, chart.version)


def _push(chart: PublishedChart, published: _Pulled, said: str, mirror: str, helm: Path) -> None:
    """Pushes a chart, if the mirror has `said` that it is not there: one that says nothing could have another."""
    if published.archive is None:
        raise LocalCloudError(
            f"{chart} cannot be pulled: {published.said}",
            "It was not copied; those before it were.",
            "Correct chart, repository and version in the stack file, or wait until its publisher answers again.",
        )
    if not said.endswith(_NOT_THERE):
        raise _not_pushed(chart, mirror, said)
    pushed = _run(helm, "push", str(published.archive), mirror)
    if pushed.returncode:
        raise _not_pushed(chart, mirror, pushed.stderr.strip())
    if _run(helm, "show", "chart", _copy_of(chart, mirror).chart, "--version", chart.version).returncode:
        raise LocalCloudError(
            f"{chart} calls itself {published.archive.name.removesuffix('.tgz')}, and is in {mirror} under that name.",
            f"A stack that asks there for {chart.name} {chart.version} would not find it.",
            "Write name and version in the stack file as the chart itself has them.",
        )


def _not_pushed(chart: PublishedChart, mirror: str, said: str) -> LocalCloudError:
    host = mirror.removeprefix("oci://").partition("/")[0]
    return LocalCloudError(
        f"{chart} cannot be pushed to {mirror}: {said}",
        "It was not copied; those before it were.",
        f"Log in with `helm registry login {host}` as somebody who may write there, as docs/helm.md shows, "
        "or wait until it answers again.",
    )


def _require_same(chart: PublishedChart, published: Path, present: Path, mirror: str) -> None:
    # Of the archives themselves: a registry's own digest of a chart is of when it was pushed, too.
    right, found = (hashlib.sha256(archive.read_bytes()).hexdigest() for archive in (published, present))
    if found != right:
        raise LocalCloudError(
            f"{mirror} has another chart as {chart.name} {chart.version} than {chart}:\n"
            f"  sha256:{found} there, sha256:{right} published.",
            "What a stack installs from there is not what its publisher says; nothing was replaced.",
            "Find out who pushed it, or whether the publisher has changed it. Then delete it there and run this again, "
            "or take another version.",
        )


def _run(helm: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([helm, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
