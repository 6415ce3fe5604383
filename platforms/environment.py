"""What a workload gets of a database and of the services that it calls: the same on every platform."""

from collections.abc import Sequence

from pulumi import Input, Output
from web_platform import NetworkPathArgs

from platforms.platform import Provided
from settings.variables import call_variable, postgres_variables
from settings.workloads import WorkloadSettings

POSTGRES_PORT = 5432


def postgres_access(
    workload: str,
    *,
    host: Input[str],
    password: Input[str],
    encrypted: bool,
    network_paths: Sequence[NetworkPathArgs],
) -> Provided:
    """Where a workload's database is, what opens it, and the way there."""
    return Provided(
        postgres_variables(workload, host, POSTGRES_PORT, encrypted=encrypted),
        {"PGPASSWORD": password},
        network_paths,
    )


def calls(workload: WorkloadSettings, namespace: Input[str]) -> Provided:
    """What a workload gets for the services that it calls, which are in `namespace`: the address of each, and a way."""
    return Provided(
        {call_variable(callee): Output.concat("http://", callee, ".", namespace, ".svc") for callee in workload.calls},
        network_paths=[{"namespace": namespace, "workload": callee} for callee in workload.calls],
    )
