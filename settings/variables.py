"""The environment variables by which a workload finds what it asked for: the same wherever it runs.

Values are whatever the caller has: text, or what a Pulumi program will know later.
"""

from collections.abc import Mapping
from typing import TypeVar

_Value = TypeVar("_Value")


def google_variables(
    project: _Value,
    *,
    topics: Mapping[str, _Value],
    subscriptions: Mapping[str, _Value],
    datasets: Mapping[str, _Value],
    buckets: Mapping[str, _Value],
) -> dict[str, _Value]:
    """Where things on Google Cloud are, each by its name in the stack file."""
    kinds = {"TOPIC": topics, "SUBSCRIPTION": subscriptions, "DATASET": datasets, "BUCKET": buckets}
    return {
        "GOOGLE_CLOUD_PROJECT": project,
        **{_variable(kind, name): place for kind, places in kinds.items() for name, place in places.items()},
    }


def postgres_variables(workload: str, host: _Value, port: int, *, encrypted: bool) -> dict[str, _Value | str]:
    """What the clients of PostgreSQL read, but for the password.

    https://www.postgresql.org/docs/current/libpq-envars.html
    """
    return {
        "PGHOST": host,
        "PGPORT": str(port),
        "PGDATABASE": database_name(workload),
        "PGUSER": database_name(workload),
        "PGSSLMODE": "require" if encrypted else "disable",
    }


def database_name(workload: str) -> str:
    """The database of a workload, and its user: SQL would have hyphens quoted everywhere."""
    return workload.replace("-", "_")


def call_variable(service: str) -> str:
    """The variable that says where a service is, for those who call it."""
    return _variable("SERVICE", service)


def _variable(kind: str, name: str) -> str:
    """The variable of a thing, such as `TOPIC_ORDERS`."""
    return f"{kind}_{name}".upper().replace("-", "_")
