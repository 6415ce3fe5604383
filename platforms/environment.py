"""The variables by which a workload finds what it asked for: the same on every platform."""

from collections.abc import Mapping, Sequence

from pulumi import Input, Output
from web_platform import NetworkPathArgs

from platforms.platform import Provided
from settings.workloads import WorkloadSettings, call_variable, database_name

POSTGRES_PORT = 5432


def google_variables(
    project: Input[str],
    *,
    topics: Mapping[str, Input[str]],
    subscriptions: Mapping[str, Input[str]],
    datasets: Mapping[str, Input[str]],
    buckets: Mapping[str, Input[str]],
) -> dict[str, Input[str]]:
    """Where things on Google Cloud are, each by its name in the stack file."""
    kinds = {"TOPIC": topics, "SUBSCRIPTION": subscriptions, "DATASET": datasets, "BUCKET": buckets}
    return {
        "GOOGLE_CLOUD_PROJECT": project,
        **{_variable(kind, name): place for kind, places in kinds.items() for name, place in places.items()},
    }


def postgres_access(
    service: str,
    *,
    host: Input[str],
    password: Input[str],
    encrypted: bool,
    network_paths: Sequence[NetworkPathArgs],
) -> Provided:
    """What the clients of PostgreSQL read: https://www.postgresql.org/docs/current/libpq-envars.html."""
    return Provided(
        {
            "PGHOST": host,
            "PGPORT": str(POSTGRES_PORT),
            "PGDATABASE": database_name(service),
            "PGUSER": database_name(service),
            "PGSSLMODE": "require" if encrypted else "disable",
        },
        {"PGPASSWORD": password},
        network_paths,
    )


def calls(workload: WorkloadSettings, namespace: Input[str]) -> Provided:
    """What a workload gets for the services that it calls, which are in `namespace`: the address of each, and a way."""
    return Provided(
        {call_variable(callee): Output.concat("http://", callee, ".", namespace, ".svc") for callee in workload.calls},
        network_paths=[{"namespace": namespace, "workload": callee} for callee in workload.calls],
    )


def _variable(kind: str, name: str) -> str:
    """The variable of a thing, such as `TOPIC_ORDERS`."""
    return f"{kind}_{name}".upper().replace("-", "_")
