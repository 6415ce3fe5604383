"""Every resource type that is simulated, and what becomes of the others."""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from types import ModuleType

from typing_extensions import override

from localcloud.providers.google.kind import Kind, Place
from localcloud.providers.properties import Property

MODULES: Iterable[ModuleType] = tuple(
    importlib.import_module(f"localcloud.providers.google.{name}")
    for name in (
        "artifact_registry",
        "bigquery.access",
        "bigquery.datasets",
        "bigquery.routines",
        "bigquery.tables",
        "compute.firewalls",
        "compute.networks",
        "compute.peering_routes",
        "compute.routers",
        "compute.routes",
        "compute.security_policies",
        "compute.static_addresses",
        "compute.subnetworks",
        "container.cluster_kind",
        "container.node_pool_kind",
        "dns",
        "gke_backup",
        "iam.service_accounts",
        "iam.workload_identity_pools",
        "kms",
        "projects",
        "pubsub.schemas",
        "pubsub.subscriptions",
        "pubsub.topics",
        "secret_manager",
        "service_networking",
        "sql.client_certificates",
        "sql.databases",
        "sql.instances",
        "sql.users",
        "storage",
    )
)
"""The modules that hold simulated types."""


class GenericKind(Kind):
    """A type without rules: it keeps what it is given, under an id that looks like Google's."""

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return dict(inputs) if place.project is None else {"project": place.project, **inputs}

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        collection = self.token.rpartition(":")[2]
        location = next((state[name] for name in ("location", "region", "zone") if name in state), None)
        path = ["projects", state.get("project", "-")] + (["locations", location] if location else [])
        # Google draws the ids of what has no name.
        return "/".join([*path, f"{collection[0].lower()}{collection[1:]}s", state.get("name") or uuid.uuid4().hex])


def is_simulated(token: str) -> bool:
    """Whether a type has rules of its own."""
    return token in _kinds()


@cache
def kind_of(token: str) -> Kind:
    """How the resources of a type behave."""
    return _kinds().get(token) or type("GenericKind", (GenericKind,), {"token": token})()


@cache
def _kinds() -> Mapping[str, Kind]:
    return {kind.token: kind() for module in MODULES for kind in module.KINDS}
