"""Any Helm chart as a release with history.

Owns the release: where the chart comes from, its version, its values, and waiting until what it installed is ready.
Does not own the namespace (see `Namespace`), nor objects of the kinds that a chart's CRDs define: declare those apart
and let them depend on the component, because such kinds exist only once the release does.
"""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform.charts import ChartSourceArgs, locate_chart
from web_platform.errors import ArgumentError, Fault, check_keys, refuse
from web_platform.syntax import chart_version_fault, release_name_fault


class HelmAddonArgs(TypedDict):
    """Arguments of `HelmAddon`."""

    chart: str
    """Chart to install: a name inside `repository`, or without one an `oci://` reference or a path."""

    namespace: Input[str]
    """Namespace that the release lives in. It must exist."""

    repository: NotRequired[str | None]
    """Repository that publishes the chart: an `https://` address, or an `oci://` registry."""

    version: NotRequired[str | None]
    """Exact version of the chart. Required, except for a chart that is given as a path."""

    values: NotRequired[Input[dict[str, Any]]]
    """Values of the chart, as in its `values.yaml`. Default: none."""

    timeout_seconds: NotRequired[int]
    """How long everything in the chart may take to become ready. Default: 300."""

    atomic: NotRequired[bool]
    """Whether a failed install or upgrade is undone. Default: true, so that a retry starts from a working state."""

    chart_source: NotRequired[ChartSourceArgs]
    """Where charts come from instead of their publishers. Default: their publishers."""


class HelmAddon(pulumi.ComponentResource):
    """A Helm chart, installed by Helm itself: with its hooks, its history, and waiting until it is ready."""

    release: Output[str]
    """Name of the release. Known in previews; what uses it is created after everything in the release is ready."""

    namespace: Output[str]
    """Namespace that the release lives in. Known once it is installed, so that reading what it holds waits for it."""

    version: Output[str]
    """Version of the chart that is installed."""

    def __init__(self, name: str, args: HelmAddonArgs, opts: ResourceOptions | None = None) -> None:
        component = f"HelmAddon {name!r}"
        check_keys(component, args, HelmAddonArgs)
        refuse(component, "name", release_name_fault(name))
        # Numbers arrive as floats when the component is used from another language.
        timeout = int(args.get("timeout_seconds", 300))
        refuse(component, "timeout_seconds", _timeout_fault(timeout))
        version = args.get("version")
        if version is not None:
            refuse(component, "version", chart_version_fault(version))
        location = locate_chart(args["chart"], args.get("repository"), version, args.get("chart_source", {}))
        if isinstance(location, Fault):
            raise ArgumentError(component, "chart", location)

        super().__init__("web-platform:index:HelmAddon", name, None, opts)
        release = kubernetes.helm.v3.Release(
            name,
            # Said explicitly: a generated suffix would make the names of the chart's objects unpredictable.
            name=name,
            chart=location.chart,
            version=location.version,
            repository_opts=(
                kubernetes.helm.v3.RepositoryOptsArgs(repo=location.repository) if location.repository else None
            ),
            namespace=args["namespace"],
            values=_told(location.stands_in_for, args.get("values", {})),
            timeout=timeout,
            atomic=args.get("atomic", True),
            cleanup_on_fail=True,
            skip_await=False,
            wait_for_jobs=True,
            # Each revision is a Secret of up to 1 MB in the cluster's store; Pulumi's default keeps all of them.
            max_history=10,
            opts=ResourceOptions(parent=self),
        )
        # A URN is known in previews and comes from the release: the name would otherwise be unknown in each preview
        # of an upgrade, and everything that uses it would look changed.
        self.release = release.urn.apply(lambda _: name)
        self.namespace = release.status.apply(lambda status: status.namespace or "")
        self.version = release.status.apply(lambda status: status.version or "")
        self.register_outputs({"release": self.release, "namespace": self.namespace, "version": self.version})


def _told(original: str | None, values: Input[dict[str, Any]]) -> Input[dict[str, Any]]:
    """Tell a chart that stands in for another which one that is: it cannot know by itself."""
    if original is None:
        return values
    told = {"standInFor": original}
    if isinstance(values, Mapping):
        # Values that are known stay known in previews, even beside one that is not.
        return {**values, **told}
    given: Output[dict[str, Any]] = Output.from_input(values)
    return given.apply(lambda known: known | told)


def _timeout_fault(seconds: int) -> Fault | None:
    if seconds > 0:
        return None
    return Fault(
        what=f"is {seconds}",
        danger="Helm would give up before anything could become ready",
        remedy="pass the seconds that the slowest part of the chart may take, or leave it out",
    )
