"""What stands in for Google's services in a cluster of one's own, where developers run everything.

Owns PostgreSQL in place of Cloud SQL, and the emulators of Pub/Sub, BigQuery and Cloud Storage: a Deployment, a Service
and a network policy of each that is asked for, and what is in it at first. Does not own the namespace. Nothing is kept:
what they hold goes with their pod, and each pod begins with what was declared, and no rows, messages or files.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.dataset import BigQueryTableArgs, check_dataset, identifier
from web_platform.errors import ArgumentError, Fault, refuse
from web_platform.labels import MANAGED, NAME
from web_platform.order import after
from web_platform.stand_ins.bigquery import bigquery
from web_platform.stand_ins.postgres import creation_of_databases, database_fault, postgres
from web_platform.stand_ins.pubsub import StandInTopicArgs, ambiguity_fault, pubsub, wanted_topic
from web_platform.stand_ins.stand_in import StandIn, deployment_spec
from web_platform.stand_ins.storage import bucket_fault, storage
from web_platform.syntax import service_name_fault
from web_platform.workloads.configuration import declare_config_map
from web_platform.workloads.network import NetworkPeerArgs, network_policy, peer_faults


class StandInsArgs(TypedDict):
    """Arguments of `StandIns`."""

    namespace: Input[str]
    """Namespace that the stand-ins live in. It must exist; the restricted Pod Security Standard fits."""

    project: str
    """Project that the emulators of Pub/Sub and BigQuery pretend to be."""

    callers: NotRequired[Sequence[NetworkPeerArgs]]
    """Who may connect to them. Default: nobody."""

    databases: NotRequired[Sequence[str]]
    """Databases of PostgreSQL, each with a user of its own name who owns it. Default: none, and no PostgreSQL."""

    topics: NotRequired[Mapping[str, StandInTopicArgs]]
    """Topics of Pub/Sub by name, with what `Topic` makes of them. Default: none, and no Pub/Sub."""

    datasets: NotRequired[Mapping[str, Mapping[str, BigQueryTableArgs]]]
    """Tables of each dataset of BigQuery, both by name. They have their columns, without descriptions, and are neither
    partitioned nor clustered. Default: none, and no BigQuery."""

    buckets: NotRequired[Sequence[str]]
    """Buckets of Cloud Storage, by their whole names. Default: none, and no Cloud Storage."""


class StandIns(pulumi.ComponentResource):
    """Stand-ins for Cloud SQL, Pub/Sub, BigQuery and Cloud Storage, as far as something is declared in them."""

    database_host: Output[str] | None
    """Host of PostgreSQL, on its usual port. Known once it answers. Absent without databases."""

    passwords: Output[dict[str, str]]
    """Passwords of the databases' users, by database. Secret."""

    environment: Output[dict[str, str]]
    """Environment variables by which Google's client libraries find the emulators: `PUBSUB_EMULATOR_HOST`,
    `BIGQUERY_EMULATOR_HOST` and `STORAGE_EMULATOR_HOST`, as far as they are there. Known once they answer and hold what
    is declared."""

    def __init__(self, name: str, args: StandInsArgs, opts: ResourceOptions | None = None) -> None:
        _check(name, args)
        callers = args.get("callers", [])
        topics, datasets, buckets = args.get("topics", {}), args.get("datasets", {}), args.get("buckets", [])

        super().__init__("web-platform:index:StandIns", name, None, opts)
        namespace, project = args["namespace"], args["project"]
        passwords: dict[str, Any] = {
            database: self._password(f"{name}-{database}-password") for database in sorted(args.get("databases", []))
        }
        self.database_host = None
        if passwords:
            secret = self._database_secret(name, namespace, passwords)
            self.database_host = self._run(f"{name}-database", namespace, callers, postgres(secret))
        environment: dict[str, Any] = {}
        if topics:
            messaging = pubsub(project, topics)
            host = self._run(f"{name}-messaging", namespace, callers, messaging)
            environment["PUBSUB_EMULATOR_HOST"] = Output.concat(host, f":{messaging.port}")
        if datasets:
            warehouse = bigquery(project, datasets)
            host = self._run(f"{name}-warehouse", namespace, callers, warehouse)
            environment["BIGQUERY_EMULATOR_HOST"] = Output.concat("http://", host, f":{warehouse.port}")
        if buckets:
            files = storage(_host(f"{name}-storage", namespace), buckets)
            host = self._run(f"{name}-storage", namespace, callers, files)
            environment["STORAGE_EMULATOR_HOST"] = Output.concat("http://", host, f":{files.port}")
        self.passwords = Output.secret(passwords)
        self.environment = Output.from_input(environment)
        self.register_outputs(
            {"databaseHost": self.database_host, "passwords": self.passwords, "environment": self.environment}
        )

    def _password(self, name: str) -> Output[str]:
        # Letters and digits only: it is written into SQL, and into URLs by those who connect.
        return random.RandomPassword(name, length=32, special=False, opts=ResourceOptions(parent=self)).result

    def _database_secret(self, name: str, namespace: Input[str], passwords: Mapping[str, Output[str]]) -> Output[str]:
        """Keep what makes the databases. A change gives another Secret, and so another pod, which makes them anew."""
        statements: Input[str] = creation_of_databases(passwords)
        secret = kubernetes.core.v1.Secret(
            f"{name}-database-secrets",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(namespace=namespace, labels=MANAGED),
            string_data={
                "password": self._password(f"{name}-administrator"),
                "databases.sql": Output.secret(statements),
            },
            opts=ResourceOptions(parent=self),
        )
        return secret.metadata.apply(lambda made: made.name or f"{name}-database-secrets")

    def _run(
        self, name: str, namespace: Input[str], callers: Sequence[NetworkPeerArgs], stand_in: StandIn
    ) -> Output[str]:
        """Run a stand-in, and say its host once it answers."""
        labels = {NAME: name}
        unnamed = {"namespace": namespace, "labels": labels | MANAGED}
        metadata = kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace, labels=labels | MANAGED)
        child = ResourceOptions(parent=self)
        contents = None
        if stand_in.contents:
            contents = declare_config_map(self, f"{name}-contents", unnamed, dict(stand_in.contents))
        deployment = kubernetes.apps.v1.Deployment(
            name, metadata=metadata, spec=deployment_spec(stand_in, labels, contents), opts=child
        )
        policy = kubernetes.networking.v1.NetworkPolicy(
            f"{name}-network",
            metadata=metadata,
            spec=network_policy({"matchLabels": labels}, [], internet=False, callers=callers, port=stand_in.port),
            opts=child,
        )
        service = kubernetes.core.v1.Service(
            f"{name}-service",
            metadata=metadata,
            spec=kubernetes.core.v1.ServiceSpecArgs(
                type="ClusterIP",
                selector=labels,
                ports=[kubernetes.core.v1.ServicePortArgs(name="main", port=stand_in.port, target_port="main")],
            ),
            opts=child,
        )
        return after(_host(name, namespace), deployment.urn, service.urn, policy.urn)


def _host(name: str, namespace: Input[str]) -> Output[str]:
    return Output.concat(name, ".", namespace, ".svc")


def _check(name: str, args: StandInsArgs) -> None:
    """Refuse arguments of which no stand-ins can be made, before any is."""
    # Emulators are of any project; one that Google could not have, such as `local`, is mistaken for none of Google's.
    component = checked_component("StandIns", name, args, StandInsArgs, apart={"project"})
    refuse(component, "name", service_name_fault(f"{name}-messaging"))
    databases, buckets = args.get("databases", []), args.get("buckets", [])
    for database in databases:
        refuse(component, "databases", database_fault(database, databases))
    for bucket in buckets:
        refuse(component, "buckets", bucket_fault(bucket, buckets))
    for field, fault in peer_faults("callers", args.get("callers", [])):
        refuse(component, field, fault)
    topics, datasets = args.get("topics", {}), args.get("datasets", {})
    for key, topic in topics.items():
        with _as_part_of(component, f"topics.{key}"):
            wanted_topic(key, topic)
    refuse(component, "topics", ambiguity_fault(args["project"], topics))
    for key, tables in datasets.items():
        with _as_part_of(component, f"datasets.{key}"):
            check_dataset(key, {"project": "anywhere", "location": "EU", "tables": tables})
    refuse(component, "datasets", _same_name_fault(datasets))


@contextmanager
def _as_part_of(component: str, place: str) -> Iterator[None]:
    """Say what another component refuses in the terms of this one, where it is an argument at `place`."""
    try:
        yield
    except ArgumentError as refused:
        # A dataset is nothing but its tables here.
        field = refused.field.removeprefix("tables.")
        whole = field in ("name", "tables")
        raise ArgumentError(component, place if whole else f"{place}.{field}", refused.fault) from None


def _same_name_fault(datasets: Mapping[str, object]) -> Fault | None:
    doubled = [name for name, count in Counter(map(identifier, datasets)).items() if count > 1]
    if not doubled:
        return None
    return Fault(
        what=f"has two datasets that are called {doubled[0]!r} once hyphens are '_'",
        danger="each would have the tables of both",
        remedy="rename one of them",
    )
