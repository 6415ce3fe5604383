"""The platform on a laptop: the cluster that the kubeconfig names, and stand-ins in it for what Google Cloud gives."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions
from web_platform import Namespace, StandIns

from platforms.platform import Provided, database_name, variable
from settings import Settings
from settings.sections import ServiceSettings

_PROJECT = "local"


class LocalPlatform:
    """An existing cluster with stand-ins for databases, messaging, warehouse and files."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

        # Its identifier is the stack's, so that a kubeconfig with another address of the same cluster changes nothing;
        # without one, Pulumi would replace everything in it.
        identifier = f"{pulumi.get_project()}-{pulumi.get_stack()}"
        self.kubernetes = kubernetes.Provider("cluster", cluster_identifier=identifier)
        self.gateway_address: Output[str] | None = None
        self._stand_ins = self._declare_stand_ins()
        self.outputs: Mapping[str, Any] = {}

    def provide(self, service: str, namespace: Input[str]) -> Provided:  # noqa: ARG002 - stand-ins ask nobody for rights
        """Give a service the addresses of the stand-ins, in the variables that it has on Google Cloud too."""
        needs = self._settings.services[service]
        if self._stand_ins is None or not _needs_anything(needs):
            return Provided()
        environment: dict[str, Input[str]] = {
            "GOOGLE_CLOUD_PROJECT": _PROJECT,
            **{variable("TOPIC", name): f"projects/{_PROJECT}/topics/{name}" for name in needs.publishes},
            **{
                variable("SUBSCRIPTION", name): f"projects/{_PROJECT}/subscriptions/{name}-{service}"
                for name in needs.subscribes
            },
            **{variable("DATASET", name): f"{_PROJECT}.{name.replace('-', '_')}" for name in needs.datasets},
            **{variable("BUCKET", name): f"{_PROJECT}-{name}" for name in needs.buckets},
        }
        for emulator, users in _EMULATORS.items():
            if any(getattr(needs, need) for need in users):
                environment[emulator] = self._stand_ins.environment.apply(partial(_value, emulator))
        database_host = self._stand_ins.database_host
        if not needs.database or database_host is None:
            return Provided(environment)
        name = database_name(service)
        return Provided(
            {
                **environment,
                "PGHOST": database_host,
                "PGPORT": "5432",
                "PGDATABASE": name,
                "PGUSER": name,
                "PGSSLMODE": "disable",
            },
            {"PGPASSWORD": self._stand_ins.passwords.apply(lambda passwords: passwords[name])},
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


# The variables by which Google's client libraries find an emulator, and the needs for which they are set.
_EMULATORS = {
    "PUBSUB_EMULATOR_HOST": ("publishes", "subscribes"),
    "BIGQUERY_EMULATOR_HOST": ("datasets",),
    "STORAGE_EMULATOR_HOST": ("buckets",),
}


def _value(key: str, values: Mapping[str, str]) -> str:
    return values[key]


def _needs_anything(needs: ServiceSettings) -> bool:
    return bool(needs.database or needs.publishes or needs.subscribes or needs.datasets or needs.buckets)
