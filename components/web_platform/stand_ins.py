"""What stands in for Google's services in a cluster of one's own, where developers run everything.

Owns PostgreSQL in place of Cloud SQL, and the emulators of Pub/Sub, BigQuery and Cloud Storage: a Deployment, a Service
and a network policy of each that is asked for. Does not own what is inside of the emulators (topics, tables, buckets),
nor the namespace. Nothing is kept: what they hold goes with their pod, and databases are made anew, empty, with each.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random
from pulumi import Input, Output, ResourceOptions

from web_platform import versions
from web_platform.argument_types import type_faults
from web_platform.errors import Fault, check_keys, refuse
from web_platform.labels import MANAGED, NAME
from web_platform.pods import NOBODY, TEMPORARY_FILES, disk_for, pod_security, resources
from web_platform.syntax import service_name_fault
from web_platform.workloads.containers import container, words
from web_platform.workloads.network import NetworkPeerArgs, network_policy, peer_faults

# Ports that Google's tools and PostgreSQL have by default, so that clients find them where documentation says.
_POSTGRES_PORT = 5432
_PUBSUB_PORT = 8085
_BIGQUERY_PORT = 9050
_STORAGE_PORT = 4443

# PostgreSQL starts only as a user that its image knows. The others need none.
_POSTGRES_USER = 999

# PostgreSQL cuts longer names: https://www.postgresql.org/docs/17/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
_MAXIMUM_DATABASE_NAME = 63

# What the images write to. The rest of their file systems is read-only.
_SCRATCH_SIZE = "1Gi"
_DATA = "/var/lib/postgresql/data"
_SOCKETS = "/var/run/postgresql"

# Scripts in it are run once, when PostgreSQL makes its files: see "Initialization scripts" on
# https://hub.docker.com/_/postgres.
_SCRIPTS = "/docker-entrypoint-initdb.d"


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

    messaging: NotRequired[bool]
    """Whether Pub/Sub is needed. Default: false."""

    warehouse: NotRequired[bool]
    """Whether BigQuery is needed. Default: false."""

    storage: NotRequired[bool]
    """Whether Cloud Storage is needed. Default: false."""


class StandIns(pulumi.ComponentResource):
    """Stand-ins for Cloud SQL, Pub/Sub, BigQuery and Cloud Storage, as far as they are asked for."""

    database_host: Output[str] | None
    """Host of PostgreSQL, on its usual port. Known once it answers. Absent without databases."""

    passwords: Output[dict[str, str]]
    """Passwords of the databases' users, by database. Secret."""

    environment: Output[dict[str, str]]
    """Environment variables by which Google's client libraries find the emulators: `PUBSUB_EMULATOR_HOST`,
    `BIGQUERY_EMULATOR_HOST` and `STORAGE_EMULATOR_HOST`, as far as they are asked for. Known once they answer."""

    def __init__(self, name: str, args: StandInsArgs, opts: ResourceOptions | None = None) -> None:
        component = f"StandIns {name!r}"
        check_keys(component, args, StandInsArgs)
        refuse(component, "name", service_name_fault(f"{name}-messaging"))
        for field, fault in type_faults(args, StandInsArgs):
            refuse(component, field, fault)
        databases = sorted(args.get("databases", []))
        for database in databases:
            refuse(component, "databases", _database_fault(database, databases))
        callers = args.get("callers", [])
        for field, fault in peer_faults("callers", callers):
            refuse(component, field, fault)

        super().__init__("web-platform:index:StandIns", name, None, opts)
        namespace, project = args["namespace"], args["project"]
        passwords: dict[str, Any] = {database: self._password(f"{name}-{database}-password") for database in databases}
        self.database_host = None
        if databases:
            secret = self._database_secret(name, namespace, passwords)
            self.database_host = self._run(f"{name}-database", namespace, callers, _postgres(secret))
        environment: dict[str, Any] = {}
        if args.get("messaging", False):
            host = self._run(f"{name}-messaging", namespace, callers, _pubsub(project))
            environment["PUBSUB_EMULATOR_HOST"] = Output.concat(host, f":{_PUBSUB_PORT}")
        if args.get("warehouse", False):
            host = self._run(f"{name}-warehouse", namespace, callers, _bigquery(project))
            environment["BIGQUERY_EMULATOR_HOST"] = Output.concat("http://", host, f":{_BIGQUERY_PORT}")
        if args.get("storage", False):
            address = Output.concat("http://", _host(f"{name}-storage", namespace), f":{_STORAGE_PORT}")
            host = self._run(f"{name}-storage", namespace, callers, _cloud_storage(address))
            environment["STORAGE_EMULATOR_HOST"] = Output.concat("http://", host, f":{_STORAGE_PORT}")
        self.passwords = Output.secret(passwords)
        self.environment = Output.from_input(environment)
        self.register_outputs(
            {"databaseHost": self.database_host, "passwords": self.passwords, "environment": self.environment}
        )

    def _password(self, name: str) -> Output[str]:
        # Letters and digits only: it is written into SQL below, and into URLs by those who connect.
        return random.RandomPassword(name, length=32, special=False, opts=ResourceOptions(parent=self)).result

    def _database_secret(self, name: str, namespace: Input[str], passwords: Mapping[str, Output[str]]) -> Output[str]:
        """Keep what makes the databases. A change gives another Secret, and so another pod, which makes them anew."""
        statements: Input[str] = Output.concat(
            *(_creation(database, password) for database, password in passwords.items())
        )
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
        self, name: str, namespace: Input[str], callers: Sequence[NetworkPeerArgs], stand_in: "_StandIn"
    ) -> Output[str]:
        """Run a stand-in, and say its host once it answers."""
        labels = {NAME: name}
        metadata = kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace, labels=labels | MANAGED)
        child = ResourceOptions(parent=self)
        deployment = kubernetes.apps.v1.Deployment(
            name, metadata=metadata, spec=_deployment_spec(stand_in, labels), opts=child
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
        return Output.all(_host(name, namespace), deployment.urn, service.urn, policy.urn).apply(
            lambda known: str(known[0])
        )


class _StandIn(NamedTuple):
    """What is run in place of one of Google's services."""

    image: str
    port: int
    memory: str
    user: int = NOBODY
    command: Sequence[str] | None = None
    args: Sequence[Input[str]] | None = None
    environment: Sequence[Mapping[str, Any]] = ()
    scratch: Sequence[str] = (TEMPORARY_FILES,)
    """Directories that it writes to."""

    secret_files: Mapping[str, Output[str]] = {}
    """Secrets whose keys are files, by directory."""


def _postgres(secret: Output[str]) -> _StandIn:
    return _StandIn(
        image=f"postgres:{versions.POSTGRES_IMAGE}",
        port=_POSTGRES_PORT,
        memory="256Mi",
        user=_POSTGRES_USER,
        environment=[
            # Below the volume, which belongs to another user than the one that PostgreSQL insists on.
            {"name": "PGDATA", "value": f"{_DATA}/files"},
            {"name": "POSTGRES_PASSWORD", "valueFrom": {"secretKeyRef": {"name": secret, "key": "password"}}},
        ],
        scratch=(TEMPORARY_FILES, _DATA, _SOCKETS),
        secret_files={_SCRIPTS: secret},
    )


def _pubsub(project: str) -> _StandIn:
    # https://cloud.google.com/pubsub/docs/emulator
    start = ["gcloud", "beta", "emulators", "pubsub", "start"]
    return _StandIn(
        image=f"gcr.io/google.com/cloudsdktool/google-cloud-cli:{versions.GOOGLE_CLOUD_CLI_IMAGE}-emulators",
        port=_PUBSUB_PORT,
        memory="512Mi",
        command=[
            *start,
            f"--project={project}",
            f"--host-port=0.0.0.0:{_PUBSUB_PORT}",
            f"--data-dir={TEMPORARY_FILES}/pubsub",
        ],
        # gcloud keeps its settings and logs in the home directory, which its image gives to another user.
        environment=[{"name": "HOME", "value": TEMPORARY_FILES}],
    )


def _bigquery(project: str) -> _StandIn:
    # https://github.com/goccy/bigquery-emulator#how-to-start-the-standalone-server
    return _StandIn(
        image=f"ghcr.io/goccy/bigquery-emulator:{versions.BIGQUERY_EMULATOR_IMAGE}",
        port=_BIGQUERY_PORT,
        memory="512Mi",
        args=[f"--project={project}", f"--port={_BIGQUERY_PORT}"],
    )


def _cloud_storage(address: Output[str]) -> _StandIn:
    # https://github.com/fsouza/fake-gcs-server#using-the-emulator-in-docker
    return _StandIn(
        image=f"fsouza/fake-gcs-server:{versions.FAKE_GCS_SERVER_IMAGE}",
        port=_STORAGE_PORT,
        memory="256Mi",
        # Large files are uploaded in parts, to an address that the server names: the one that clients reach it by.
        args=["-scheme", "http", "-port", str(_STORAGE_PORT), "-backend", "memory", "-external-url", address],
    )


def _deployment_spec(stand_in: _StandIn, labels: dict[str, str]) -> dict[str, Any]:
    scratch = {directory: f"scratch-{number}" for number, directory in enumerate(stand_in.scratch)}
    files = {directory: f"files-{number}" for number, directory in enumerate(stand_in.secret_files)}
    main = container(
        "stand-in",
        stand_in.image,
        environment=stand_in.environment,
        resources=resources("50m", stand_in.memory, disk=disk_for(_SCRATCH_SIZE for _ in stand_in.scratch)),
        mounts=[{"name": name, "mountPath": directory} for directory, name in (scratch | files).items()],
        **words(stand_in.command, stand_in.args),
        ports=[{"name": "main", "containerPort": stand_in.port}],
        # PostgreSQL listens here only once its databases exist.
        readinessProbe={"tcpSocket": {"port": "main"}, "periodSeconds": 2},
    )
    return {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        # Never two at once: each would hold a part of the data.
        "strategy": {"type": "Recreate"},
        "template": {
            "metadata": {"labels": labels | MANAGED},
            "spec": {
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": pod_security(stand_in.user),
                "containers": [main],
                "volumes": [
                    *({"name": name, "emptyDir": {"sizeLimit": _SCRATCH_SIZE}} for name in scratch.values()),
                    *(
                        {"name": name, "secret": {"secretName": stand_in.secret_files[directory]}}
                        for directory, name in files.items()
                    ),
                ],
            },
        },
    }


def _host(name: str, namespace: Input[str]) -> Output[str]:
    return Output.concat(name, ".", namespace, ".svc")


def _creation(database: str, password: Output[str]) -> Output[str]:
    return Output.format(
        'CREATE ROLE "{0}" LOGIN PASSWORD \'{1}\';\nCREATE DATABASE "{0}" OWNER "{0}";\n', database, password
    )


def _database_fault(database: str, databases: Sequence[str]) -> Fault | None:
    if not database or '"' in database or not database.isprintable() or len(database.encode()) > _MAXIMUM_DATABASE_NAME:
        return Fault(
            what=f"has {database!r}, which is not a name for a database",
            danger="PostgreSQL would refuse it when it starts, and none of the databases would be made",
            remedy=f"use at most {_MAXIMUM_DATABASE_NAME} letters, digits, hyphens and underscores",
        )
    if databases.count(database) > 1:
        return Fault(
            what=f"has {database!r} more than once",
            danger="two services would share its user and its tables without knowing it",
            remedy="name each database once",
        )
    return None
