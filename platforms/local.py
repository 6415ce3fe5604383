"""The platform on a laptop: the cluster that the kubeconfig names, and stand-ins in it for what Google Cloud gives."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions
from web_platform import CloudDnsSolverArgs, Namespace, StandIns

from platforms.environment import google_variables, postgres_access
from platforms.platform import Provided
from settings import Settings
from settings.sections import database_name

# What the stand-ins call the project that they pretend to be.
_PROJECT = "local"

# The variables by which Google's client libraries find an emulator, and the needs for which they are set.
_EMULATORS = {
    "PUBSUB_EMULATOR_HOST": ("publishes", "subscribes"),
    "BIGQUERY_EMULATOR_HOST": ("datasets",),
    "STORAGE_EMULATOR_HOST": ("buckets",),
}


class LocalPlatform:
    """An existing cluster with stand-ins for databases, messaging, warehouse and files."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

        # Its identifier is the stack's, so that a kubeconfig with another address of the same cluster changes nothing;
        # without one, Pulumi would replace everything in it.
        identifier = f"{pulumi.get_project()}-{pulumi.get_stack()}"
        self.kubernetes = kubernetes.Provider("cluster", cluster_identifier=identifier)
        self.gateway_address: Output[str] | None = None
        self.dns01: CloudDnsSolverArgs | None = None
        self._stand_ins = self._declare_stand_ins()
        self.outputs: Mapping[str, Any] = {
            "project": _PROJECT,
            "topics": {name: _topic(name) for name in settings.topics},
            "datasets": {name: _dataset(name) for name in settings.datasets},
            "buckets": {name: f"gs://{_bucket(name)}" for name in settings.buckets},
        } | ({"database": self._stand_ins.database_host} if self._stand_ins and settings.databases() else {})

    def provide(self, service: str, namespace: Input[str]) -> Provided:  # noqa: ARG002 - stand-ins ask nobody for rights
        """Give a service the addresses of the stand-ins, in the variables that it has on Google Cloud too."""
        return self._provide_emulators(service) | self._provide_database(service)

    def _provide_emulators(self, service: str) -> Provided:
        needs = self._settings.services[service]
        if not needs.needs_identity():
            return Provided()
        environment = google_variables(
            _PROJECT,
            topics={name: _topic(name) for name in needs.publishes},
            subscriptions={name: f"projects/{_PROJECT}/subscriptions/{name}-{service}" for name in needs.subscribes},
            datasets={name: _dataset(name) for name in needs.datasets},
            buckets={name: _bucket(name) for name in needs.buckets},
        )
        if self._stand_ins is None:
            return Provided(environment)
        addresses = self._stand_ins.environment
        wanted = [emulator for emulator, users in _EMULATORS.items() if any(getattr(needs, need) for need in users)]
        return Provided(environment | {emulator: addresses[emulator] for emulator in wanted})

    def _provide_database(self, service: str) -> Provided:
        stand_ins = self._stand_ins
        if stand_ins is None or stand_ins.database_host is None or not self._settings.services[service].database:
            return Provided()
        return postgres_access(
            service,
            host=stand_ins.database_host,
            password=stand_ins.passwords[database_name(service)],
            encrypted=False,
        )

    def _declare_stand_ins(self) -> StandIns | None:
        settings = self._settings
        if not (settings.databases() or settings.topics or settings.datasets or settings.buckets):
            return None
        in_cluster = ResourceOptions(providers={"kubernetes": self.kubernetes})
        return StandIns(
            "stand-ins",
            {
                "namespace": Namespace("stand-ins", {}, in_cluster).namespace,
                "project": _PROJECT,
                "databases": [database_name(service) for service in settings.databases()],
                "messaging": bool(settings.topics),
                "warehouse": bool(settings.datasets),
                "storage": bool(settings.buckets),
            },
            in_cluster,
        )


def _topic(name: str) -> str:
    return f"projects/{_PROJECT}/topics/{name}"


def _dataset(name: str) -> str:
    return f"{_PROJECT}.{name.replace('-', '_')}"


def _bucket(name: str) -> str:
    return f"{_PROJECT}-{name}"
