"""The platform on Google Cloud, from top to bottom: two identical nodes, and what Google runs beside them."""

from collections.abc import Mapping
from typing import Any

import pulumi_gcp as gcp
from pulumi import Input, InvokeOutputOptions, Output, ResourceOptions
from web_platform import (
    BigQueryColumnArgs,
    BigQueryTableArgs,
    Bucket,
    BucketArgs,
    Cluster,
    Database,
    Dataset,
    DnsZone,
    EnabledApis,
    Network,
    NetworkPathArgs,
    Registry,
    Topic,
    TopicArgs,
    WorkloadIdentity,
)

from platforms.platform import Provided, database_name, variable
from settings import Settings
from settings.cloud import ARCHIVE, ColumnSettings, DatasetSettings, GoogleSettings, TableSettings

_APIS = (
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "dns.googleapis.com",
    "gkebackup.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "servicenetworking.googleapis.com",
    "sqladmin.googleapis.com",
    "storage.googleapis.com",
)

# Pub/Sub itself forwards dead letters and writes the archive, and is granted that before it has done anything else.
_AGENTS = ("pubsub.googleapis.com",)

# Where a pod learns who it is.
# https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#metadata_server
_METADATA_SERVER: tuple[NetworkPathArgs, ...] = (
    {"cidr": "169.254.169.252/32", "port": 988},
    {"cidr": "169.254.169.254/32", "port": 80},
)


class GooglePlatform:
    """Everything on Google Cloud that services share, and the rights of each service to it."""

    def __init__(self, settings: Settings, place: GoogleSettings) -> None:
        self._settings = settings
        self._place = place

        provider = gcp.Provider("google", project=place.project, region=place.region, zone=place.zone)
        self._on_google = ResourceOptions(providers={"gcp": provider})
        self._project = EnabledApis(
            "apis", {"project": place.project, "apis": _APIS, "agents": _AGENTS}, self._on_google
        ).project
        self._project_number = gcp.organizations.get_project_output(
            project_id=self._project, opts=InvokeOutputOptions(provider=provider)
        ).number

        network = Network(
            "platform",
            {
                "project": self._project,
                "region": place.region,
                "node_range": place.node_range,
                "pod_range": place.pod_range,
                "service_range": place.service_range,
                "control_plane_range": place.control_plane_range,
                "private_services_range": place.private_services_range,
            },
            self._on_google,
        )
        cluster = Cluster(
            "platform",
            {
                "project": self._project,
                "location": place.zone,
                "network": network.network,
                "subnetwork": network.subnetwork,
                "pod_range_name": network.pod_range_name,
                "service_range_name": network.service_range_name,
                "control_plane_range": network.control_plane_range,
                "node_pools": {
                    "main": {"machine_type": settings.cluster.machine_type, "nodes": settings.cluster.nodes},
                },
                "deletion_protection": settings.protected,
            },
            self._on_google,
        )
        registry = Registry(
            "platform",
            {
                "project": self._project,
                "location": place.region,
                "readers": {"nodes": Output.concat("serviceAccount:", cluster.node_service_account)},
            },
            self._on_google,
        )
        zone = DnsZone(
            "platform",
            {
                "project": self._project,
                "domain": settings.domain,
                "hosts": [host for host in settings.hosts() if host.endswith(f".{settings.domain}")],
                "address": network.gateway_address,
            },
            self._on_google,
        )
        self._database = self._declare_database(network) if settings.databases() else None
        self._datasets = {name: self._dataset(name) for name in settings.datasets}
        self._archive = self._dataset(ARCHIVE) if any(topic.archived for topic in settings.topics.values()) else None
        self._topics = {name: self._topic(name) for name in settings.topics}
        self._buckets = {name: self._bucket(name) for name in settings.buckets}

        self._identity_pool = cluster.identity_pool
        self.kubernetes = cluster.provider
        self.gateway_address: Output[str] | None = network.gateway_address
        self.outputs: Mapping[str, Any] = {
            "project": self._project,
            "cluster": cluster.cluster_name,
            "kubeconfig": cluster.kubeconfig,
            "images": registry.images,
            "charts": registry.charts,
            "nameServers": zone.name_servers,
            "topics": {name: topic.topic for name, topic in self._topics.items()},
            "messageArchives": {name: topic.archive for name, topic in self._topics.items() if topic.archive},
            "datasets": {name: dataset.reference for name, dataset in self._datasets.items()},
            "buckets": {name: bucket.url for name, bucket in self._buckets.items()},
        } | ({"database": self._database.connection_name} if self._database else {})

    def provide(self, service: str, namespace: Input[str]) -> Provided:
        """Give a service its identity, with rights to exactly what it asks for."""
        needs = self._settings.services[service]
        if not (needs.publishes or needs.subscribes or needs.datasets or needs.buckets or needs.roles):
            return self._with_database(service, Provided())
        topics = {name: self._topics[name].topic for name in needs.publishes}
        subscriptions = {
            name: self._topics[name].subscriptions.apply(lambda made: made[service]) for name in needs.subscribes
        }
        datasets = {name: self._datasets[name] for name in needs.datasets}
        buckets = {name: self._buckets[name].bucket for name in needs.buckets}
        identity = WorkloadIdentity(
            service,
            {
                "project": self._project,
                "project_number": self._project_number,
                "identity_pool": self._identity_pool,
                "namespace": namespace,
                "service_account": service,
                "publishes": topics,
                "subscribes": subscriptions,
                "datasets": {name: dataset.dataset for name, dataset in datasets.items()},
                "buckets": buckets,
                "project_roles": needs.roles,
            },
            self._on_google,
        )
        environment: dict[str, Input[str]] = {
            # Known once all is granted, so that no pod starts before it may do its work.
            "GOOGLE_CLOUD_PROJECT": Output.all(self._project, identity.member).apply(lambda known: str(known[0])),
            **{variable("TOPIC", name): topic for name, topic in topics.items()},
            **{variable("SUBSCRIPTION", name): subscription for name, subscription in subscriptions.items()},
            **{variable("DATASET", name): dataset.reference for name, dataset in datasets.items()},
            **{variable("BUCKET", name): bucket for name, bucket in buckets.items()},
        }
        return self._with_database(service, Provided(environment, network_paths=_METADATA_SERVER))

    def _with_database(self, service: str, provided: Provided) -> Provided:
        """Add what the clients of PostgreSQL read: https://www.postgresql.org/docs/current/libpq-envars.html."""
        if self._database is None or not self._settings.services[service].database:
            return provided
        name = database_name(service)
        return Provided(
            {
                **provided.environment,
                "PGHOST": self._database.host,
                "PGPORT": self._database.port.apply(lambda port: str(int(port))),
                "PGDATABASE": name,
                "PGUSER": name,
                "PGSSLMODE": "require",
            },
            {"PGPASSWORD": self._database.passwords.apply(lambda passwords: passwords[name])},
            [
                *provided.network_paths,
                {"cidr": self._database.host.apply(lambda address: f"{address}/32"), "port": 5432},
            ],
        )

    def _declare_database(self, network: Network) -> Database:
        wanted = self._settings.database
        return Database(
            "platform",
            {
                "project": self._project,
                "region": self._place.region,
                "network": network.private_services,
                "databases": [database_name(service) for service in self._settings.databases()],
                "tier": wanted.tier,
                "highly_available": wanted.highly_available,
                "disk_gb": wanted.disk_gb,
                "deletion_protection": self._settings.protected,
            },
            self._on_google,
        )

    def _dataset(self, name: str) -> Dataset:
        wanted = self._settings.datasets.get(name, DatasetSettings())
        return Dataset(
            name,
            {
                "project": self._project,
                "location": self._place.region,
                "tables": {table: _table(columns) for table, columns in wanted.tables.items()},
                "readers": wanted.readers,
                "deletion_protection": self._settings.protected,
            },
            self._on_google,
        )

    def _topic(self, name: str) -> Topic:
        wanted = self._settings.topics[name]
        arguments: TopicArgs = {
            "project": self._project,
            "project_number": self._project_number,
            "subscriptions": {service: {} for service in self._settings.subscribers(name)},
            "retention_days": wanted.retention_days,
            "deletion_protection": self._settings.protected,
        }
        if wanted.message_schema is not None:
            schema = wanted.message_schema
            arguments["schema"] = {"definition": schema.definition, "type": schema.type, "encoding": schema.encoding}
        if wanted.archived and self._archive is not None:
            arguments["archive_dataset"] = self._archive.dataset
        return Topic(name, arguments, self._on_google)

    def _bucket(self, name: str) -> Bucket:
        wanted = self._settings.buckets[name]
        arguments: BucketArgs = {
            "project": self._project,
            "location": self._place.region,
            "versioned": wanted.versioned,
            "cors_origins": wanted.cors_origins,
            "force_destroy": not self._settings.protected,
        }
        if wanted.expire_days is not None:
            arguments["expire_days"] = wanted.expire_days
        return Bucket(name, arguments, self._on_google)


def _table(wanted: TableSettings) -> BigQueryTableArgs:
    table: BigQueryTableArgs = {"columns": [_column(column) for column in wanted.columns]}
    if wanted.partition_by is not None:
        table["partition_by"] = wanted.partition_by
    if wanted.partition_days is not None:
        table["partition_days"] = wanted.partition_days
    if wanted.cluster_by:
        table["cluster_by"] = wanted.cluster_by
    return table


def _column(wanted: ColumnSettings) -> BigQueryColumnArgs:
    column: BigQueryColumnArgs = {"name": wanted.name, "type": wanted.type, "mode": wanted.mode}
    if wanted.description is not None:
        column["description"] = wanted.description
    return column
