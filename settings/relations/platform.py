"""What a stack stands on: its platform, its nodes, and whether it outlives the loss of one."""

from collections.abc import Iterator, Mapping

from pydantic import ValidationError
from web_platform import Fault
from web_platform.address_ranges import nodes_fault

from settings.capacity import number_of_nodes
from settings.cloud import ARCHIVE, GoogleSettings
from settings.problems import Problem
from settings.sections import ClusterSettings
from settings.workloads import ServiceSettings, WorkerSettings, WorkloadSettings

_REPLICATED = ServiceSettings | WorkerSettings


def problems(workloads: Mapping[str, WorkloadSettings], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find a platform that is none, and what it cannot hold or would not outlive its nodes. Workloads are by place."""
    replicas = {place: each.replicas for place, each in workloads.items() if isinstance(each, _REPLICATED)}
    yield from _platform(values)
    yield from _source_mounts(workloads, values)
    yield from _taken_dataset(values)
    yield from _single_replicas(replicas, values)
    yield from _homeless_nodes(values)


def _platform(values: Mapping[str, object]) -> Iterator[Problem]:
    """Find a platform without its section, or a section without its platform."""
    platform, google = values.get("platform"), values.get("google")
    if platform == "google" and not google:
        fault = Fault(
            what="is missing, though the platform is 'google'",
            danger="nothing says in which project and region the stack is to be made",
            remedy="add it with `project`, `region` and `zone`, or set `platform` to 'local'",
        )
        yield Problem("google", fault)
    if platform == "local" and google:
        fault = Fault(
            what="is given, though the platform is 'local'",
            danger="it would be ignored, and nothing would be made on Google Cloud",
            remedy="remove it, or set `platform` to 'google'",
        )
        yield Problem("google", fault)


def _source_mounts(workloads: Mapping[str, WorkloadSettings], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find workloads that run what is on a developer's machine, on nodes that are not there."""
    for place, workload in workloads.items() if values.get("platform") == "google" else ():
        if isinstance(workload, _REPLICATED) and workload.source_mount is not None:
            fault = Fault(
                what="is given, though the platform is 'google', whose nodes have no folder of a developer's machine",
                danger="pods would wait for a volume that is not there",
                remedy="remove it, or move it to the file of a stack with the platform 'local'",
            )
            yield Problem(f"{place}.sourceMount", fault)


def _taken_dataset(values: Mapping[str, object]) -> Iterator[Problem]:
    """Find a dataset of the name that the platform's own has."""
    datasets = values.get("datasets")
    if isinstance(datasets, Mapping) and ARCHIVE in datasets:
        fault = Fault(
            what="is the dataset that holds the messages of archived topics",
            danger="it would be declared twice",
            remedy="give it another name",
        )
        yield Problem(f"datasets.{ARCHIVE}", fault)


def _single_replicas(replicas: Mapping[str, int], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find what is there once only, on a platform whose nodes are renewed one after the other."""
    if values.get("platform") != "google":
        return
    cluster, gateway, certificates = (
        section if isinstance(section, Mapping) else {}
        for section in (values.get("cluster"), values.get("gateway"), values.get("certificates"))
    )
    fault = Fault(
        what="is 1, on a platform whose nodes are renewed one after the other",
        danger="each upgrade and each loss of a node would interrupt it",
        remedy="set it to 2 or more",
    )
    if cluster.get("nodes") == 1:
        yield Problem("cluster.nodes", fault)
    for place, number in replicas.items():
        if number == 1:
            yield Problem(f"{place}.replicas", fault)
    if gateway.get("replicas") == 1:
        yield Problem("gateway.replicas", fault)
    if certificates.get("highlyAvailable") is False:
        fault = fault._replace(what="is false, on a platform whose nodes are renewed", remedy="set it to true")
        yield Problem("certificates.highlyAvailable", fault)


def _homeless_nodes(values: Mapping[str, object]) -> Iterator[Problem]:
    """Find nodes for which the ranges have no place."""
    try:
        google = GoogleSettings.model_validate(values.get("google"))
        cluster = ClusterSettings.model_validate(values.get("cluster"))
    except ValidationError:
        return
    nodes = number_of_nodes(cluster, regional=google.regional)
    found = nodes_fault(google.node_range, google.pod_range, nodes)
    if found is not None:
        yield Problem("google", google.range_fault(*found))
