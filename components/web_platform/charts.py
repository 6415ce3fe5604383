"""Where a Helm chart comes from: its publisher, a mirror of one's own, or a directory.

One pure function decides it, so that every component that installs a chart takes it from the same place.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict

from web_platform.errors import Fault


class ChartSourceArgs(TypedDict):
    """Where charts come from instead of their publishers. Without any key, from their publishers."""

    mirror: NotRequired[str]
    """OCI registry that holds a copy of each chart under the chart's own name, such as
    `oci://registry.acme.dev/charts`. With it, a rebuild does not depend on the publishers being reachable. Default:
    none, each chart comes from its publisher."""

    directory: NotRequired[str]
    """Directory that holds a folder for each chart. It goes before `mirror`. Default: none."""

    stand_in: NotRequired[str]
    """Folder of `directory` that is installed for a chart which has no folder of its own. It is told which one by the
    value `standInFor`. Default: none, and a chart without a folder is refused."""


class ChartLocation(NamedTuple):
    """What Helm needs in order to find a chart."""

    chart: str
    repository: str | None
    version: str | None
    stands_in_for: str | None = None
    """Name of the chart that was asked for, where another is installed in its place."""


def locate_chart(
    chart: str,
    repository: str | None,
    version: str | None,
    source: ChartSourceArgs,
    is_directory: Callable[[Path], bool] = Path.is_dir,
) -> ChartLocation | Fault:
    """Find a chart, or say why it cannot be found.

    `chart` is a name inside `repository`, or without a repository an `oci://` reference or a path. A path is taken as
    it stands, whatever the source: it is in the caller's own hands.
    """
    fault = unversioned_fault(chart, repository, version)
    if fault is not None:
        return fault
    if _is_path(chart, repository):
        return ChartLocation(chart, None, None)
    name = chart.rsplit("/", 1)[-1]
    if "directory" in source:
        return _locate_in_directory(name, source["directory"], source.get("stand_in"), is_directory)
    if "mirror" in source:
        return ChartLocation(f"{source['mirror'].rstrip('/')}/{name}", None, version)
    if repository is not None and repository.startswith("oci://"):
        # Helm takes an OCI chart as one reference; it knows repositories over https only.
        return ChartLocation(f"{repository.rstrip('/')}/{chart}", None, version)
    return ChartLocation(chart, repository, version)


def unversioned_fault(chart: str, repository: str | None, version: str | None) -> Fault | None:
    """A chart of a registry needs a version, even where it is taken from a directory: elsewhere it will not be."""
    if version is not None or _is_path(chart, repository):
        return None
    return Fault(
        what=f"takes {chart!r} from a registry, but names no version",
        danger="each `up` would install whatever is newest, and no rebuild would be like the last",
        remedy="add `version` with the version that was tested",
    )


def _is_path(chart: str, repository: str | None) -> bool:
    return repository is None and not chart.startswith("oci://")


def _locate_in_directory(
    name: str, directory: str, stand_in: str | None, is_directory: Callable[[Path], bool]
) -> ChartLocation | Fault:
    # A version is left out on purpose: the folder holds one, whatever the publisher's number for it.
    if is_directory(own := Path(directory, name)):
        return ChartLocation(str(own), None, None)
    if stand_in is not None and is_directory(other := Path(directory, stand_in)):
        return ChartLocation(str(other), None, None, stands_in_for=name)
    return Fault(
        what=f"has no folder for the chart {name!r} in {directory}",
        danger="the chart could not be installed, and what depends on it would wait for it in vain",
        remedy=f"put the chart into {Path(directory, name)}, or take charts from another source",
    )
