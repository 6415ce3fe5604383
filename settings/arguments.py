"""What a stack file says, as the components take it: what it leaves out is for them to decide."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast, overload

from pulumi import Input
from web_platform import (
    BigQueryTableArgs,
    CertificateAuthority,
    CertificateIssuerArgs,
    GatewayArgs,
    KongConsumerArgs,
    KongPluginsArgs,
    NodeAgentArgs,
    OneOffJobArgs,
    ScheduledJobArgs,
    WebRouteArgs,
    WebServiceArgs,
    WorkerArgs,
    WorkerAutoscalingArgs,
    WorkloadArgs,
)
from web_platform.kong_plugins import KINDS

from settings.cloud import TableSettings
from settings.consumers import ConsumerSettings
from settings.fields import Section
from settings.sections import CertificateSettings, GatewaySettings
from settings.workloads import (
    JobSettings,
    Needs,
    NodeAgentSettings,
    ScheduledJobSettings,
    ServiceSettings,
    WorkerSettings,
    WorkloadSettings,
)

_KEYS = {kind.name: key for key, kind in KINDS.items()}
_NAMES = {key: kind.name for key, kind in KINDS.items()}


# What a workload's section says that is not an argument of its component: it becomes one with what others say.
_APART = frozenset({*Needs.model_fields, "calls", "public", "host", "path", "admits", "consumers", "source_mount"})


def plugins_args(plugins: Mapping[str, Mapping[str, Any]]) -> KongPluginsArgs:
    """Say the plugins of a stack file, which have Kong's names there."""
    known = {_KEYS[name]: dict(fields) for name, fields in plugins.items() if name in _KEYS}
    others = {name: dict(fields) for name, fields in plugins.items() if name not in _KEYS}
    return cast("KongPluginsArgs", known | ({"other": others} if others else {}))


@overload
def workload_args(workload: ServiceSettings, namespace: Input[str]) -> WebServiceArgs: ...
@overload
def workload_args(workload: WorkerSettings, namespace: Input[str]) -> WorkerArgs: ...
@overload
def workload_args(workload: ScheduledJobSettings, namespace: Input[str]) -> ScheduledJobArgs: ...
@overload
def workload_args(workload: JobSettings, namespace: Input[str]) -> OneOffJobArgs: ...
@overload
def workload_args(workload: NodeAgentSettings, namespace: Input[str]) -> NodeAgentArgs: ...
@overload
def workload_args(workload: WorkloadSettings, namespace: Input[str]) -> WorkloadArgs: ...
def workload_args(workload: WorkloadSettings, namespace: Input[str]) -> Any:
    """Say what a workload is like, beside what it gets from the platform and who it has to do with."""
    given = {key: _plain(getattr(workload, key)) for key in sorted(workload.model_fields_set - _APART)}
    if isinstance(workload, ServiceSettings) and workload.plugins:
        given["plugins"] = plugins_args(workload.plugins)
    return {"namespace": namespace} | {key: value for key, value in given.items() if value is not None}


def route_args(service: ServiceSettings, route: WebRouteArgs) -> WebRouteArgs:
    """Say by which way a service is reached from outside: none, where it is not public."""
    return route if service.public else {}


def worker_autoscaling_args(
    worker: WorkerSettings, subscriptions: Sequence[Input[str]]
) -> WorkerAutoscalingArgs | None:
    """Say how a worker is scaled, by the backlog of its subscriptions where messages are named."""
    if worker.autoscaling is None:
        return None
    given = worker.autoscaling.model_dump(exclude_none=True)
    named = worker.autoscaling.messages is not None
    return cast("WorkerAutoscalingArgs", given | ({"subscriptions": subscriptions} if named else {}))


def table_args(table: TableSettings) -> BigQueryTableArgs:
    """Say what a table of BigQuery is like."""
    return cast("BigQueryTableArgs", table.model_dump(exclude_none=True))


def consumer_args(consumer: ConsumerSettings) -> KongConsumerArgs:
    """Say who a consumer is."""
    given = consumer.model_dump(exclude_none=True, exclude_unset=True)
    return cast("KongConsumerArgs", given | {"plugins": plugins_args(consumer.plugins)})


def gateway_args(gateway: GatewaySettings) -> GatewayArgs:
    """Say how the gateway is to be."""
    return cast("GatewayArgs", gateway.model_dump() | {"plugins": plugins_args(gateway.plugins)})


def issuer_args(certificates: CertificateSettings) -> CertificateIssuerArgs:
    """Say who certifies hosts."""
    issuer: CertificateIssuerArgs = {"authority": CertificateAuthority(certificates.authority)}
    return issuer if certificates.email is None else {**issuer, "email": certificates.email}


def _plain(value: object) -> object:
    """A value without sections: what is set of each. Secrets stay what they are."""
    if isinstance(value, Section):
        return value.model_dump(exclude_unset=True, exclude_none=True)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value


def place_of(field: str) -> str:
    """Say a component's field as the stack file has it: `plugins.key_auth.realm` is `plugins.key-auth.realm` there."""
    if field.startswith("plugins.other."):
        return field.replace("other.", "", 1)
    return re.sub(r"^plugins\.(\w+)", lambda match: f"plugins.{_NAMES.get(match[1], match[1])}", field)
