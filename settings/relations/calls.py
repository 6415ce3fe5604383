"""Who calls whom: whether there is a service of that name, and tenants that it admits."""

from collections.abc import Iterator, Mapping

from web_platform import Fault

from settings.problems import Problem
from settings.relations.declared import declared, remedy
from settings.workloads import ServiceSettings, WorkloadSettings


def problems(
    workloads: Mapping[str, WorkloadSettings],
    services: Mapping[str, ServiceSettings],
    values: Mapping[str, object],
) -> Iterator[Problem]:
    """Find calls to what is no service, and tenants that are none. Workloads are given by place."""
    known = declared(values, "services")
    for place, workload in workloads.items():
        for callee in workload.calls:
            if callee not in known:
                yield Problem(f"{place}.calls", _unknown_fault(callee, "services", known))
            elif place == f"services.{callee}" or workload.calls.count(callee) > 1:
                yield Problem(f"{place}.calls", _needless_fault(callee))
    tenants = declared(values, "tenants")
    for name, service in services.items():
        for tenant in service.admits:
            if tenant not in tenants:
                yield Problem(f"services.{name}.admits", _unknown_fault(tenant, "tenants", tenants))


def _unknown_fault(name: str, section: str, known: list[str]) -> Fault:
    return Fault(
        what=f"names {name!r}, which is not among the {section} of this stack",
        danger="the way would lead from or to nobody",
        remedy=remedy(section, known),
    )


def _needless_fault(name: str) -> Fault:
    return Fault(
        what=f"names {name!r} twice, or itself",
        danger="the network policy would say the same twice, or let in what is inside already",
        remedy="remove it",
    )
