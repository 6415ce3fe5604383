"""Names: what has one of its own in a stack, and cannot have that of another."""

from collections.abc import Iterator, Mapping

from web_platform import Fault

from settings.problems import Problem
from settings.sections import AddonSettings
from settings.workloads import MigrationSettings, NodeAgentSettings, ServiceSettings, TenantSettings, WorkloadSettings

# Namespaces of the platform and of Kubernetes: nobody else can have one of them for its own.
_TAKEN_NAMESPACES = frozenset(
    {"cert-manager", "kong", "services", "stand-ins", "default", "kube-node-lease", "kube-public", "kube-system"}
)


def problems(
    workloads: Mapping[str, Mapping[str, WorkloadSettings]],
    tenants: Mapping[str, TenantSettings],
    addons: Mapping[str, AddonSettings],
) -> Iterator[Problem]:
    """Find what has the name of another. Workloads are given by the key of their section."""
    yield from _taken_names({**workloads, "tenants": tenants})
    yield from _tasks(workloads)
    agents = workloads.get("nodeAgents", {})
    yield from _taken_namespaces(addons, {"nodeAgents": agents, "tenants": tenants})


def _taken_names(sections: Mapping[str, Mapping[str, object]]) -> Iterator[Problem]:
    """Find workloads and tenants of one name: their accounts, databases and subscriptions are called after them."""
    first: dict[str, str] = {}
    for section, named in sections.items():
        for name in named:
            place = f"{section}.{name}"
            other = first.setdefault(name, place)
            if other != place:
                fault = Fault(
                    what=f"has the name of `{other}`",
                    danger="the two would share one account, with the rights of both, or be declared twice",
                    remedy="rename one of them",
                )
                yield Problem(place, fault)


def _tasks(workloads: Mapping[str, Mapping[str, WorkloadSettings]]) -> Iterator[Problem]:
    """Find workloads that are called as the migration of another, or as something else that a service is made of."""
    made = {
        f"{name}-migration": f"services.{name}.migration"
        for name, service in workloads.get("services", {}).items()
        if isinstance(service, ServiceSettings) and isinstance(service.migration, MigrationSettings)
    }
    for section, named in workloads.items():
        for name in named:
            if name in made:
                fault = Fault(
                    what=f"has the name of what `{made[name]}` makes",
                    danger="pods of the one would be taken for those of the other",
                    remedy="rename it",
                )
                yield Problem(f"{section}.{name}", fault)


def _taken_namespaces(
    addons: Mapping[str, AddonSettings],
    others: Mapping[str, Mapping[str, NodeAgentSettings | WorkloadSettings | TenantSettings]],
) -> Iterator[Problem]:
    """Find what is in a namespace that is not its to have."""
    first = {name: f"{section}.{name}" for section, named in others.items() for name in named}
    for namespace, place in first.items():
        if namespace in _TAKEN_NAMESPACES:
            yield Problem(place, _taken_fault(namespace))
    of_addons: dict[str, str] = {}
    for name, addon in addons.items():
        namespace, place = addon.namespace_of(name), f"addons.{name}"
        other = of_addons.setdefault(namespace, name)
        if namespace in _TAKEN_NAMESPACES or namespace in first:
            yield Problem(place, _taken_fault(namespace))
        elif addon.pod_security != addons[other].pod_security:
            fault = Fault(
                what=f"shares the namespace {namespace!r} with {other!r}, but not its `podSecurity`",
                danger="pods of one of the two would not be admitted",
                remedy="give both the same `podSecurity`, or one of them another `namespace`",
            )
            yield Problem(place, fault)


def _taken_fault(namespace: str) -> Fault:
    return Fault(
        what=f"is in the namespace {namespace!r}, which holds other parts of the platform",
        danger="the namespace would be declared twice, and removing the one would remove the other with it",
        remedy="give it another `namespace`, or another name",
    )
