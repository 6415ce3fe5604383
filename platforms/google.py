"""The platform on Google Cloud, from top to bottom: identical nodes, and what Google runs beside them."""

from collections.abc import Mapping
from typing import Any

import pulumi_gcp as gcp
from pulumi import Input, InvokeOutputOptions, Output, ResourceOptions
from web_platform import (
    Bucket,
    CloudDnsSolverArgs,
    Cluster,
    Database,
    Dataset,
    DnsSolver,
    DnsZone,
    EnabledApis,
    Network,
    NetworkPathArgs,
    Registry,
    Topic,
    TopicArgs,
    WorkloadIdentity,
)
from web_platform.syntax import is_within

from platforms.environment import POSTGRES_PORT, postgres_access
from platforms.platform import Provided
from settings import Settings
from settings.arguments import table_args
from settings.cloud import (
    ARCHIVE,
    BucketSettings,
    DatasetSettings,
    GoogleSettings,
    TopicSettings,
)
from settings.variables import database_name, google_variables
from settings.workloads import Needs

APIS = (
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
"""The services of Google that a stack uses."""

# Pub/Sub itself forwards dead letters and writes the archive, and is granted that before it has done anything else.
_AGENTS = ("pubsub.googleapis.com",)

# Where a pod learns who it is, and Google's APIs, which have addresses that nobody can list.
# https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#metadata_server
_GOOGLE: tuple[NetworkPathArgs, ...] = (
    {"cidr": "169.254.169.252/32", "port": 988},
    {"cidr": "169.254.169.254/32", "port": 80},
    {"cidr": "0.0.0.0/0", "port": 443},
)


# What no person's address ends with.
_ACCOUNTS = ".gserviceaccount.com"


class GooglePlatform:
    """Everything on Google Cloud that services share, and the rights of each service to it."""

    def __init__(self, settings: Settings, place: GoogleSettings) -> None:
        self._settings = settings
        self._place = place

        provider = gcp.Provider("google", project=place.project, region=place.region, zone=place.zone)
        self._on_google = ResourceOptions(providers={"gcp": provider})
        self._project = EnabledApis(
            "apis", {"project": place.project, "apis": APIS, "agents": _AGENTS}, self._on_google
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
                "location": place.region if place.regional else place.zone,
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
                "writers": _writers(settings),
            },
            self._on_google,
        )
        zone = DnsZone(
            "platform",
            {
                "project": self._project,
                "domain": settings.domain,
                # Of hosts elsewhere, somebody else has the zone.
                "hosts": [host for host in settings.hosts() if is_within(host, settings.domain)],
                "address": network.gateway_address,
            },
            self._on_google,
        )
        self._database = self._declare_database(network) if settings.databases() else None
        self._datasets = {name: self._declare_dataset(name, wanted) for name, wanted in settings.datasets.items()}
        self._archive = self._declare_dataset(ARCHIVE, DatasetSettings()) if settings.archives() else None
        self._topics = {name: self._declare_topic(name, wanted) for name, wanted in settings.topics.items()}
        self._buckets = {name: self._declare_bucket(name, wanted) for name, wanted in settings.buckets.items()}

        self._identity_pool = cluster.identity_pool
        self.dns01 = self._declare_dns01()
        self.kubernetes = cluster.provider
        self.gateway_address: Output[str] | None = network.gateway_address
        self.outputs: Mapping[str, Any] = {
            "project": self._project,
            "cluster": cluster.cluster_name,
            "kubeconfig": cluster.kubeconfig,
            "images": registry.images,
            "charts": registry.charts,
            "mirrors": registry.mirrors,
            "nameServers": zone.name_servers,
            "topics": {name: topic.topic for name, topic in self._topics.items()},
            "messageArchives": {name: topic.archive for name, topic in self._topics.items() if topic.archive},
            "datasets": {name: dataset.reference for name, dataset in self._datasets.items()},
            "buckets": {name: bucket.url for name, bucket in self._buckets.items()},
        } | ({"database": self._database.connection_name} if self._database else {})

    def provide(self, name: str, needs: Needs, namespace: Input[str]) -> Provided:
        """Give a workload its identity, with rights to exactly what it asks for, and its database."""
        return self._provide_identity(name, needs, namespace) | self._provide_database(name, needs)

    def _provide_identity(self, name: str, needs: Needs, namespace: Input[str]) -> Provided:
        if not needs.needs_identity():
            return Provided()
        topics = {topic: self._topics[topic].topic for topic in needs.publishes}
        subscriptions = {topic: self._topics[topic].subscriptions[name] for topic in needs.subscribes}
        datasets = {dataset: self._datasets[dataset] for dataset in needs.datasets}
        buckets = {bucket: self._buckets[bucket].bucket for bucket in needs.buckets}
        identity = WorkloadIdentity(
            name,
            {
                "project": self._project,
                "project_number": self._project_number,
                "identity_pool": self._identity_pool,
                "namespace": namespace,
                "service_account": name,
                "publishes": topics,
                "subscribes": subscriptions,
                "datasets": {key: dataset.dataset for key, dataset in datasets.items()},
                "buckets": buckets,
                "project_roles": needs.roles,
            },
            self._on_google,
        )
        environment = google_variables(
            # Known once all is granted, so that no pod starts before it may do its work.
            Output.all(self._project, identity.member).apply(lambda known: str(known[0])),
            topics=topics,
            subscriptions=subscriptions,
            datasets={key: dataset.reference for key, dataset in datasets.items()},
            buckets=buckets,
        )
        return Provided(environment, network_paths=_GOOGLE, subscriptions=list(subscriptions.values()))

    def _provide_database(self, name: str, needs: Needs) -> Provided:
        if self._database is None or not needs.database:
            return Provided()
        host = self._database.host
        return postgres_access(
            name,
            host=host,
            password=self._database.passwords[database_name(name)],
            encrypted=True,
            network_paths=[{"cidr": Output.concat(host, "/32"), "port": POSTGRES_PORT}],
        )

    def _declare_dns01(self) -> CloudDnsSolverArgs | None:
        """Let cert-manager prove in the stack's zone that hosts are ours, where that is the only way."""
        if not self._settings.certifies_wildcards():
            return None
        solver = DnsSolver(
            "cert-manager",
            {
                "project": self._project,
                "project_number": self._project_number,
                "identity_pool": self._identity_pool,
                "namespace": "cert-manager",
                "service_account": "cert-manager",
            },
            self._on_google,
        )
        return {"project": solver.project}

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

    def _declare_dataset(self, name: str, wanted: DatasetSettings) -> Dataset:
        return Dataset(
            name,
            {
                "project": self._project,
                "location": self._place.region,
                "tables": {table: table_args(columns) for table, columns in wanted.tables.items()},
                "readers": wanted.readers,
                "deletion_protection": self._settings.protected,
            },
            self._on_google,
        )

    def _declare_topic(self, name: str, wanted: TopicSettings) -> Topic:
        arguments: TopicArgs = {
            "project": self._project,
            "project_number": self._project_number,
            "subscriptions": {service: {} for service in self._settings.subscribers(name)},
            "retention_days": wanted.retention_days,
            "deletion_protection": self._settings.protected,
        }
        schema = wanted.message_schema
        if schema is not None:
            arguments["schema"] = {"definition": schema.definition, "type": schema.type, "encoding": schema.encoding}
        if wanted.archived and self._archive is not None:
            arguments["archive_dataset"] = self._archive.dataset
        return Topic(name, arguments, self._on_google)

    def _declare_bucket(self, name: str, wanted: BucketSettings) -> Bucket:
        return Bucket(
            name,
            {
                "project": self._project,
                "location": self._place.region,
                "versioned": wanted.versioned,
                "expire_days": wanted.expire_days,
                "cors_origins": wanted.cors_origins,
                "force_destroy": not self._settings.protected,
            },
            self._on_google,
        )


def _writers(settings: Settings) -> dict[str, str]:
    """Who deploys services from stacks of their own, as members of IAM: each once, by address."""
    accounts = {account for tenant in settings.tenants.values() for account in tenant.deployers}
    kinds = {account: "serviceAccount" if account.endswith(_ACCOUNTS) else "user" for account in accounts}
    return {account: f"{kind}:{account}" for account, kind in kinds.items()}
