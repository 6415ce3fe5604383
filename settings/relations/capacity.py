"""Whether the nodes can hold the pods: what none can hold would wait for a place for ever."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal

from pydantic import ValidationError
from web_platform import Fault
from web_platform.syntax import quantity_of

from settings.capacity import node_size, nodes_size, number_of_nodes
from settings.problems import Problem
from settings.sections import ClusterSettings
from settings.workloads import ServiceSettings, WorkerSettings, WorkloadSettings


def problems(workloads: Mapping[str, WorkloadSettings], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find pods that reserve more than a node has, or together more than all nodes. Workloads are given by place."""
    try:
        cluster = ClusterSettings.model_validate(values.get("cluster"))
    except ValidationError:
        return
    too_large = list(_too_large(workloads, cluster))
    yield from too_large
    if not too_large:
        google = values.get("google")
        yield from _too_many(workloads, cluster, isinstance(google, Mapping) and google.get("regional") is True)


def _too_large(workloads: Mapping[str, WorkloadSettings], cluster: ClusterSettings) -> Iterator[Problem]:
    node = node_size(cluster)
    has = f"a node of {cluster.machine_type} has {{}} for all its pods"
    for place, workload in workloads.items():
        for resource, most in (("cpu", node["cpu"]), ("memory", node["memory"])):
            wanted = _reserved(workload, resource)
            if wanted > _number(most):
                fault = Fault(
                    what=f"makes pods of {_shown(resource, wanted)}, and {has.format(most)}",
                    danger="no pod would ever find a place, and `up` would wait for it in vain",
                    remedy="ask for less, or choose a larger `cluster.machineType`; the system's pods need some too",
                )
                yield Problem(f"{place}.{resource}", fault)
        if _number(workload.memory_limit or "0") > _number(node["memory"]):
            fault = Fault(
                what=f"is {workload.memory_limit!r}, and {has.format(node['memory'])}",
                danger="the namespace would admit no pod of it, and `up` would wait for one in vain",
                remedy="lower it, or choose a larger `cluster.machineType`",
            )
            yield Problem(f"{place}.memoryLimit", fault)


def _too_many(workloads: Mapping[str, WorkloadSettings], cluster: ClusterSettings, regional: bool) -> Iterator[Problem]:
    """Find more than all nodes hold, though there were the fewest pods of each service and worker and nothing else."""
    size = nodes_size(cluster, number_of_nodes(cluster, regional=regional))
    running = [each for each in workloads.values() if isinstance(each, ServiceSettings | WorkerSettings)]
    for resource, most in (("cpu", size["cpu"]), ("memory", size["memory"])):
        wanted = sum((_reserved(each, resource) * each.replicas for each in running), Decimal(0))
        if wanted > _number(most):
            reserved = _shown(resource, wanted)
            fault = Fault(
                what=f"has {most} of {resource} on all nodes, and services and workers reserve {reserved}",
                danger="some pods would never find a place, and `up` would wait for them in vain",
                remedy="add `nodes`, choose a larger `machineType`, or ask for less",
            )
            yield Problem("cluster", fault)


def _reserved(workload: WorkloadSettings, resource: str) -> Decimal:
    """What the scheduler finds a place for: all that runs at once, or the largest of what runs before."""
    beside = sum((_number(getattr(each, resource)) for each in workload.sidecars.values()), Decimal(0))
    before = max((_number(getattr(each, resource)) for each in workload.init_containers.values()), default=Decimal(0))
    return beside + max(_number(getattr(workload, resource)), before)


def _number(quantity: str) -> Decimal:
    return quantity_of(quantity) or Decimal(0)


def _shown(resource: str, amount: Decimal) -> str:
    number, unit = (amount * 1000, "m") if resource == "cpu" else (amount / 2**20, "Mi")
    return f"{number.to_integral_value(ROUND_CEILING):f}{unit}"
