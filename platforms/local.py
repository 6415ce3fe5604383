"""The platform on a laptop: the cluster that the kubeconfig names, and stand-ins in it for what Google Cloud gives."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions
from web_platform import CloudDnsSolverArgs, Namespace, NetworkPathArgs, StandIns

from platforms.environment import google_variables, postgres_access
from platforms.platform import Provided
from settings import Settings
from settings.workloads import Needs, database_name

# What the stand-ins call the project that they pretend to be.
_PROJECT = "local"

_STAND_INS = "stand-ins"

# The variables by which Google's client libraries find an emulator, the workload that it is, and the needs for which
# it is there.
_EMULATORS = {
    "PUBSUB_EMULATOR_HOST": ("messaging", ("publishes", "subscribes")),
    "BIGQUERY_EMULATOR_HOST": ("warehouse", ("datasets",)),
    "STORAGE_EMULATOR_HOST": ("storage", ("buckets",)),
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

    def provide(self, name: str, needs: Needs, namespace: Input[str]) -> Provided:  # noqa: ARG002 - asks for no rights
        """Give a workload the addresses of the stand-ins, in the variables that it has on Google Cloud too."""
        return self._provide_emulators(name, needs) | self._provide_database(name, needs)

    def _provide_emulators(self, name: str, needs: Needs) -> Provided:
        if not needs.needs_identity():
            return Provided()
        subscriptions = {topic: f"projects/{_PROJECT}/subscriptions/{topic}-{name}" for topic in needs.subscribes}
        environment = google_variables(
            _PROJECT,
            topics={topic: _topic(topic) for topic in needs.publishes},
            subscriptions=subscriptions,
            datasets={dataset: _dataset(dataset) for dataset in needs.datasets},
            buckets={bucket: _bucket(bucket) for bucket in needs.buckets},
        )
        if self._stand_ins is None:
            return Provided(environment)
        addresses = self._stand_ins.environment
        wanted = {
            emulator: workload
            for emulator, (workload, users) in _EMULATORS.items()
            if any(getattr(needs, need) for need in users)
        }
        return Provided(
            environment | {emulator: addresses[emulator] for emulator in wanted},
            network_paths=[_way_to(workload) for workload in wanted.values()],
            subscriptions=list(subscriptions.values()),
        )

    def _provide_database(self, name: str, needs: Needs) -> Provided:
        stand_ins = self._stand_ins
        if stand_ins is None or stand_ins.database_host is None or not needs.database:
            return Provided()
        return postgres_access(
            name,
            host=stand_ins.database_host,
            password=stand_ins.passwords[database_name(name)],
            encrypted=False,
            network_paths=[_way_to("database")],
        )

    def _declare_stand_ins(self) -> StandIns | None:
        settings = self._settings
        if not (settings.databases() or settings.topics or settings.datasets or settings.buckets):
            return None
        in_cluster = ResourceOptions(providers={"kubernetes": self.kubernetes})
        return StandIns(
            _STAND_INS,
            {
                "namespace": Namespace(_STAND_INS, {}, in_cluster).namespace,
                "project": _PROJECT,
                "callers": [{"namespace": namespace} for namespace in settings.namespaces()],
                "databases": [database_name(service) for service in settings.databases()],
                "messaging": bool(settings.topics),
                "warehouse": bool(settings.datasets),
                "storage": bool(settings.buckets),
            },
            in_cluster,
        )


def _way_to(workload: str) -> NetworkPathArgs:
    return {"namespace": _STAND_INS, "workload": f"{_STAND_INS}-{workload}"}


def _topic(name: str) -> str:
    return f"projects/{_PROJECT}/topics/{name}"


def _dataset(name: str) -> str:
    return f"{_PROJECT}.{name.replace('-', '_')}"


def _bucket(name: str) -> str:
    return f"{_PROJECT}-{name}"
