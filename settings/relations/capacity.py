"""Whether a node can hold each pod: what no node can hold would wait for one for ever."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal

from pydantic import ValidationError
from web_platform import Fault
from web_platform.syntax import quantity_of

from settings.capacity import node_size
from settings.problems import Problem
from settings.sections import ClusterSettings
from settings.workloads import WorkloadSettings


def problems(workloads: Mapping[str, WorkloadSettings], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find workloads whose pods reserve more than a node has. They are given by place."""
    try:
        cluster = ClusterSettings.model_validate(values.get("cluster"))
    except ValidationError:
        return
    node = node_size(cluster)
    for place, workload in workloads.items():
        for resource in ("cpu", "memory"):
            wanted, most = _reserved(workload, resource), quantity_of(node[resource])
            if most is not None and wanted > most:
                yield Problem(f"{place}.{resource}", _fault(resource, wanted, node[resource], cluster.machine_type))
        limit, largest = quantity_of(workload.memory_limit or "0"), quantity_of(node["memory"])
        if limit is not None and largest is not None and limit > largest:
            yield Problem(f"{place}.memoryLimit", _limit_fault(node["memory"], cluster.machine_type))


def _limit_fault(most: str, machine_type: str) -> Fault:
    return Fault(
        what=f"is more than a node of {machine_type} has for all its pods, {most}",
        danger="the namespace would admit no pod of it, and `up` would wait for one in vain",
        remedy="lower it, or choose a larger `cluster.machineType`",
    )


def _reserved(workload: WorkloadSettings, resource: str) -> Decimal:
    """What the scheduler finds a place for: all that runs at once, or the largest of what runs before."""
    beside = sum((_amount(each, resource) for each in workload.sidecars.values()), Decimal(0))
    before = max((_amount(each, resource) for each in workload.init_containers.values()), default=Decimal(0))
    return beside + max(_amount(workload, resource), before)


def _amount(container: object, resource: str) -> Decimal:
    return quantity_of(str(getattr(container, resource))) or Decimal(0)


def _fault(resource: str, wanted: Decimal, most: str, machine_type: str) -> Fault:
    number, unit = (wanted * 1000, "m") if resource == "cpu" else (wanted / 2**20, "Mi")
    shown = f"{number.to_integral_value(ROUND_CEILING):f}{unit}"
    return Fault(
        what=f"makes pods of {shown}, and a node of {machine_type} has {most} for all its pods",
        danger="no pod would ever find a place, and `up` would wait for it in vain",
        remedy="ask for less, or choose a larger `cluster.machineType`; the system's own pods need some too",
    )
