"""The platform on a laptop: the cluster that the kubeconfig names, and stand-ins in it for what Google Cloud gives."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions
from web_platform import CloudDnsSolverArgs, Namespace, NetworkPathArgs, StandIns

from platforms.environment import postgres_access
from platforms.platform import Provided
from settings import Settings, stand_ins
from settings.arguments import table_args
from settings.variables import database_name
from settings.workloads import Needs

# The workload that is each emulator, by the variable that says where it is.
_WORKLOADS = {stand_ins.PUBSUB: "messaging", stand_ins.BIGQUERY: "warehouse", stand_ins.STORAGE: "storage"}


class LocalPlatform:
    """An existing cluster with stand-ins for databases, messaging, warehouse and files, which hold what is declared."""

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
            "project": stand_ins.PROJECT,
            "topics": {name: stand_ins.topic_path(name) for name in settings.topics},
            "datasets": {name: stand_ins.dataset_reference(name) for name in settings.datasets},
            "buckets": {name: f"gs://{stand_ins.bucket_name(name)}" for name in settings.buckets},
        } | ({"database": self._stand_ins.database_host} if self._stand_ins and settings.databases() else {})

    def provide(self, name: str, needs: Needs, namespace: Input[str]) -> Provided:  # noqa: ARG002 - asks for no rights
        """Give a workload the addresses of the stand-ins, in the variables that it has on Google Cloud too."""
        return self._provide_emulators(name, needs) | self._provide_database(name, needs)

    def _provide_emulators(self, name: str, needs: Needs) -> Provided:
        variables = stand_ins.variables(name, needs)
        if self._stand_ins is None:
            return Provided(variables)
        addresses = self._stand_ins.environment
        emulators = stand_ins.emulators(needs)
        return Provided(
            {**variables, **{emulator: addresses[emulator] for emulator in emulators}},
            network_paths=[_way_to(_WORKLOADS[emulator]) for emulator in emulators],
            subscriptions=list(stand_ins.subscriptions(name, needs).values()),
        )

    def _provide_database(self, name: str, needs: Needs) -> Provided:
        declared = self._stand_ins
        if declared is None or declared.database_host is None or not needs.database:
            return Provided()
        return postgres_access(
            name,
            host=declared.database_host,
            password=declared.passwords[database_name(name)],
            encrypted=False,
            network_paths=[_way_to("database")],
        )

    def _declare_stand_ins(self) -> StandIns | None:
        settings = self._settings
        if not (settings.databases() or settings.topics or settings.datasets or settings.buckets):
            return None
        in_cluster = ResourceOptions(providers={"kubernetes": self.kubernetes})
        return StandIns(
            stand_ins.NAME,
            {
                "namespace": Namespace(stand_ins.NAMESPACE, {}, in_cluster).namespace,
                "project": stand_ins.PROJECT,
                "callers": [{"namespace": namespace} for namespace in settings.namespaces()],
                "databases": [database_name(service) for service in settings.databases()],
                "topics": {name: stand_ins.topic_args(settings, name) for name in settings.topics},
                "datasets": {
                    name: {table: table_args(columns) for table, columns in wanted.tables.items()}
                    for name, wanted in settings.datasets.items()
                },
                "buckets": [stand_ins.bucket_name(name) for name in settings.buckets],
            },
            in_cluster,
        )


def _way_to(workload: str) -> NetworkPathArgs:
    return {"namespace": stand_ins.NAMESPACE, "workload": f"{stand_ins.NAME}-{workload}"}
