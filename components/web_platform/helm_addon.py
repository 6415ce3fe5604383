"""Any Helm chart as a release with history.

Owns the release: where the chart comes from, its version, its values, and waiting until what it installed is ready.
Does not own the namespace (see `Namespace`), nor objects of the kinds that a chart's CRDs define: declare those apart
and let them depend on the component, because such kinds exist only once the release does.

Helm itself waits for CRDs to be established, for workloads, volumes and load balancers to be ready, and for hooks and
Jobs to end. It does not look into objects of other kinds, such as a custom resource that an operator brings up:
`ready_when` waits for those.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import CustomTimeouts, Input, Output, ResourceOptions

from web_platform.chart_values import hide_values, merge_values
from web_platform.charts import ChartSourceArgs, locate_chart
from web_platform.component_arguments import checked_component
from web_platform.errors import ArgumentError, Fault, refuse
from web_platform.order import after
from web_platform.syntax import chart_version_fault, release_name_fault
from web_platform.value_files import read_value_file
from web_platform.whole_numbers import range_fault

DEFAULT_TIMEOUT_SECONDS = 300

_DAY = 24 * 3600


class HelmReadinessArgs(TypedDict):
    """An object of a release, and what must hold of it before the release counts as ready."""

    api_version: str
    """API version of the object, such as `elasticsearch.k8s.elastic.co/v1`."""

    kind: str
    """Kind of the object."""

    name: str
    """Name of the object."""

    cluster_scoped: NotRequired[bool]
    """Whether the object is in no namespace. Default: false, for one in the release's namespace."""

    until: str
    """What must hold, as `kubectl wait --for` takes it: `condition=Ready` or `jsonpath={.status.health}=green`."""


class HelmAddonArgs(TypedDict):
    """Arguments of `HelmAddon`."""

    chart: str
    """Chart to install: a name inside `repository`, or without one an `oci://` reference or a path."""

    namespace: Input[str]
    """Namespace that the release lives in. It must exist."""

    repository: NotRequired[str | None]
    """Repository that publishes the chart: an `https://` address, or an `oci://` registry. Default: none, for a chart
    that is given as a path."""

    version: NotRequired[str | None]
    """Exact version of the chart. Required, except for a chart that is given as a path."""

    value_files: NotRequired[Sequence[str]]
    """Files of values, from the program's directory, each laid over the one before as with `helm --values`. Default:
    none."""

    values: NotRequired[Input[dict[str, Any]]]
    """Values of the chart, as in its `values.yaml`, laid over those of `value_files`. A null is left out: the chart's
    default stays. Default: none."""

    secret_values: NotRequired[Input[dict[str, Any]]]
    """Values that are laid over `values`, stay encrypted in Pulumi's state and are hidden in previews. Helm keeps them
    in a Secret of the namespace, as all values. Default: none."""

    skip_crds: NotRequired[bool]
    """Whether the chart's `crds/` are left out, because somebody else installs them. Helm installs them once, and
    neither upgrades nor deletes them. Default: false."""

    ready_when: NotRequired[dict[str, HelmReadinessArgs]]
    """Objects of the chart that Helm does not wait for, by a name of one's own. What uses the add-on waits for them.
    Default: none."""

    timeout_seconds: NotRequired[int]
    """How long everything in the chart may take to become ready, and then each of `ready_when`. Default: 300."""

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
        component = checked_component("HelmAddon", name, args, HelmAddonArgs)
        refuse(component, "name", release_name_fault(name))
        # Numbers arrive as floats when the component is used from another language.
        timeout = int(args.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS))
        refuse(component, "timeout_seconds", timeout_fault(timeout))
        version = args.get("version")
        if version is not None:
            refuse(component, "version", chart_version_fault(version))
        files = [_read(component, number, path) for number, path in enumerate(args.get("value_files", ()))]
        ready_when = args.get("ready_when", {})
        for key, readiness in ready_when.items():
            refuse(component, f"ready_when.{key}.until", until_fault(readiness["until"]))
        location = locate_chart(args["chart"], args.get("repository"), version, args.get("chart_source", {}))
        if isinstance(location, Fault):
            raise ArgumentError(component, "chart", location)

        super().__init__("web-platform:index:HelmAddon", name, None, opts)
        values = _once_known(component, "values", args.get("values", {}))
        secret = _once_known(component, "secret_values", args.get("secret_values", {}))
        layered = layered_values([*files, values], secret)
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
            values=_told(location.stands_in_for, layered),
            timeout=timeout,
            atomic=args.get("atomic", True),
            cleanup_on_fail=True,
            skip_await=False,
            skip_crds=args.get("skip_crds", False),
            wait_for_jobs=True,
            # Each revision is a Secret of up to 1 MB in the cluster's store; Pulumi's default keeps all of them.
            max_history=10,
            opts=ResourceOptions(parent=self),
        )
        # What a chart that stands in for another one makes, nobody can name.
        named = {} if location.stands_in_for else ready_when
        ready = [
            self._ready(name, key, named[key], args["namespace"], release, f"{timeout}s").urn for key in sorted(named)
        ]
        # URNs are known in previews and come from the release: the name would otherwise be unknown in each preview of
        # an upgrade, and everything that uses it would look changed.
        self.release = after(name, release.urn, *ready)
        self.namespace = after(release.status.apply(lambda status: status.namespace or ""), *ready)
        self.version = after(release.status.apply(lambda status: status.version or ""), *ready)
        self.register_outputs({"release": self.release, "namespace": self.namespace, "version": self.version})

    def _ready(
        self,
        name: str,
        key: str,
        readiness: HelmReadinessArgs,
        namespace: Input[str],
        release: kubernetes.helm.v3.Release,
        timeout: str,
    ) -> pulumi.CustomResource:
        """Wait for an object of the release. It is Helm's; what is added to it is a note of what is waited for."""

        def revision(known: list[Any]) -> str:
            # Adding the note to an object that is not there would make it.
            refuse(f"HelmAddon {name!r}", f"ready_when[{key!r}]", absent_fault(readiness, known[1]))
            return str(known[0])

        return kubernetes.apiextensions.CustomResourcePatch(
            f"{name}-{key}",
            api_version=readiness["api_version"],
            kind=readiness["kind"],
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=readiness["name"],
                namespace=None if readiness.get("cluster_scoped", False) else namespace,
                annotations={
                    "pulumi.com/waitFor": readiness["until"],
                    # So that each upgrade is waited for anew.
                    "web-platform/revision": Output.all(
                        release.status.apply(lambda status: int(status.revision or 0)), release.resource_names
                    ).apply(revision),
                },
            ),
            opts=ResourceOptions(parent=self, custom_timeouts=CustomTimeouts(create=timeout, update=timeout)),
        )


def layered_values(layers: Sequence[Input[dict[str, Any]]], secret: Input[dict[str, Any]]) -> Input[dict[str, Any]]:
    """Lay values over one another as Helm does, and secret ones over all.

    What is known stays known in previews, even beside one that is not; of values that are only known together, all are
    secret if any is.
    """
    merged: Input[dict[str, Any]] = {}
    for layer in (*layers, hide_values(secret) if isinstance(secret, Mapping) else Output.secret(secret)):
        if isinstance(merged, Mapping) and isinstance(layer, Mapping):
            merged = merge_values(merged, layer)
        else:
            merged = Output.all(merged, layer).apply(lambda known: merge_values(*known))
    return merged


def _once_known(component: str, field: str, values: Input[dict[str, Any]]) -> Input[dict[str, Any]]:
    """Values that are refused where they turn out to be none, by name: Helm would not say whose they are."""

    def checked(known: dict[str, Any]) -> dict[str, Any]:
        refuse(component, field, None if isinstance(known, Mapping) else _NO_VALUES)
        return known

    return values if isinstance(values, Mapping) else Output.all(values).apply(lambda known: checked(known[0]))


# What it is may be a secret.
_NO_VALUES = Fault(
    what="turned out not to be keys with values",
    danger="Helm would refuse the release, or install it without them",
    remedy="pass what the chart's own values.yaml has, or an output of that",
)


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


def _read(component: str, number: int, path: str) -> dict[str, Any]:
    values = read_value_file(Path(path))
    if isinstance(values, Fault):
        raise ArgumentError(component, f"value_files[{number}]", values)
    return values


def absent_fault(readiness: HelmReadinessArgs, made: Mapping[str, Sequence[str]] | None) -> Fault | None:
    """Whether an object is among what a release made, as Pulumi's provider lists it: by kind, group and version."""
    group = readiness["api_version"].rpartition("/")[0]
    kind = f"{readiness['kind']}.{group}" if group else readiness["kind"]
    found = sorted(
        {
            name.rpartition("/")[2]
            for key, names in (made or {}).items()
            if key.partition("/")[0] == kind
            for name in names
        }
    )
    if made is None or readiness["name"] in found:
        return None
    return Fault(
        what=f"names the {readiness['kind']} {readiness['name']!r}, which the chart has not made",
        danger="there would be nothing to wait for",
        remedy=f"name one that it has made: {', '.join(found) or '(none of this kind)'}",
    )


def until_fault(until: str) -> Fault | None:
    """What a release is ready by is a condition, or a value at a path, as Pulumi's provider waits for them."""
    if until.startswith(("condition=", "jsonpath={")):
        return None
    return Fault(
        what=f"is {until!r}, which nothing can wait for",
        danger="the release would be installed, and then the update would fail",
        remedy="pass 'condition=' and the type of a condition, or 'jsonpath={…}=' and the value that is waited for",
    )


def timeout_fault(seconds: int) -> Fault | None:
    """Helm waits for so long, and not for ever."""
    if seconds > 0:
        return range_fault(seconds, 1, _DAY, "nobody would hear of a release that can never become ready")
    return Fault(
        what=f"is {seconds}",
        danger="Helm would give up before anything could become ready",
        remedy="pass the seconds that the slowest part of the chart may take, or leave it out",
    )
