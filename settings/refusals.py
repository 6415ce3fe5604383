"""What the components say of a stack file: every section that becomes one is put to its check.

A component refuses its arguments when it is declared. By then others have been, which Pulumi goes on to create.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from pydantic.alias_generators import to_camel
from web_platform import CertificateManagerArgs, GatewayArgs
from web_platform.bucket import check_bucket
from web_platform.certificates import check_certificate_manager
from web_platform.consumer import consumer_faults
from web_platform.database import databases_fault
from web_platform.dataset import check_dataset
from web_platform.errors import ArgumentError, Fault
from web_platform.gateway import check_gateway
from web_platform.node_agent import node_agent_faults
from web_platform.one_off_job import one_off_job_faults
from web_platform.scheduled_job import scheduled_job_faults
from web_platform.service import web_service_faults
from web_platform.topic import check_topic
from web_platform.worker import worker_faults

from settings.arguments import (
    consumer_args,
    gateway_args,
    issuer_args,
    place_of,
    worker_autoscaling_args,
    workload_args,
)
from settings.cloud import BucketSettings, DatasetSettings, TopicSettings
from settings.consumers import ConsumerSettings
from settings.fields import Section
from settings.problems import Problem
from settings.sections import CertificateSettings, GatewaySettings
from settings.variables import database_name
from settings.workloads import (
    WORKLOADS,
    ContainerSettings,
    MigrationSettings,
    Needs,
    ServiceAutoscalingSettings,
    ServiceSettings,
    WorkerAutoscalingSettings,
    WorkerSettings,
    WorkloadSettings,
)

# What every component asks for and none of the checks looks at.
_PLACE = {"project": "acme-prod", "location": "EU"}
_PROJECT = {"project": "acme-prod", "project_number": "123456789012"}

_NO_ROUTE: dict[str, Any] = {"plugins": {}}
_SECRET = frozenset({"secret_environment", "secret_files"})

# What stands in a workload's section and in those inside of it, by the names that components know.
_OF_WORKLOADS: tuple[type[Section], ...] = (
    *WORKLOADS.values(),
    *(ContainerSettings, MigrationSettings, ServiceAutoscalingSettings, WorkerAutoscalingSettings),
)
_FIELDS = frozenset(field for section in _OF_WORKLOADS for field in section.model_fields)

_Faults = Callable[[str, Mapping[str, Any]], Iterator[tuple[str, Fault]]]
_WORKLOADS: dict[str, _Faults] = {
    "services": web_service_faults,
    "workers": worker_faults,
    "scheduledJobs": scheduled_job_faults,
    "jobs": one_off_job_faults,
    "nodeAgents": node_agent_faults,
}


def of_cloud(
    topics: Mapping[str, TopicSettings],
    datasets: Mapping[str, DatasetSettings],
    buckets: Mapping[str, BucketSettings],
    needing: Mapping[str, Needs],
) -> Iterator[Problem]:
    """Find what the components of Google Cloud would refuse. Who needs something is named by place."""
    arguments: Any
    for name, dataset in datasets.items():
        arguments = _PLACE | dataset.model_dump(exclude_none=True)
        yield from _refused(f"datasets.{name}", partial(check_dataset, name, arguments))
    for name, bucket in buckets.items():
        arguments = _PLACE | bucket.model_dump(exclude_none=True)
        yield from _refused(f"buckets.{name}", partial(check_bucket, name, arguments))
    for name, topic in topics.items():
        subscribers = [place.partition(".")[2] for place, needs in needing.items() if name in needs.subscribes]
        arguments = _PROJECT | {"subscriptions": {subscriber: {} for subscriber in subscribers}}
        if topic.message_schema is not None:
            arguments["schema"] = topic.message_schema.model_dump()
        yield from _refused(f"topics.{name}", partial(check_topic, name, arguments))
    for place, needs in needing.items():
        fault = databases_fault([database_name(place.partition(".")[2])]) if needs.database else None
        if fault is not None:
            yield Problem(f"{place}.database", fault)


def of_workloads(sections: Mapping[str, Mapping[str, WorkloadSettings]], *, gateway_api: bool) -> Iterator[Problem]:
    """Find what the components of workloads would refuse. They are given by the key of their section."""
    outside = {"public_host": "host.example.com"} | ({"gateway_class": "kong"} if gateway_api else {})
    for section, named in sections.items():
        for name, workload in named.items():
            arguments: dict[str, Any] = {**workload_args(workload, "services")}
            # Nobody looks into secrets, and some can be read by the engine alone.
            arguments |= {field: dict.fromkeys(arguments[field], "") for field in _SECRET & arguments.keys()}
            if isinstance(workload, ServiceSettings):
                # What a route would say is told elsewhere where there is none.
                arguments |= {**outside, "consumers": workload.consumers} if workload.public else _NO_ROUTE
            if isinstance(workload, ServiceSettings | WorkerSettings) and workload.source_mount is not None:
                arguments["source_mount"] = {"node_path": "/sources", "mount_path": workload.source_mount.mount_path}
            if isinstance(workload, WorkerSettings):
                arguments["autoscaling"] = worker_autoscaling_args(workload, workload.subscribes)
            for field, fault in _WORKLOADS[section](name, arguments):
                place = _inside_workload(field)
                yield Problem(f"{section}.{name}" if place == "name" else f"{section}.{name}.{place}", fault)


def of_consumers(consumers: Mapping[str, ConsumerSettings]) -> Iterator[Problem]:
    """Find what the components of consumers would refuse."""
    for name, consumer in consumers.items():
        for field, fault in consumer_faults({**consumer_args(consumer)}):
            yield Problem(f"consumers.{name}.{_inside(place_of(field))}", fault)


def of_gateway(gateway: GatewaySettings) -> Iterator[Problem]:
    """Find what the gateway would refuse."""
    arguments: GatewayArgs = {"namespace": "kong", **gateway_args(gateway)}
    yield from _refused("gateway", partial(check_gateway, "kong", arguments))


def of_certificates(certificates: CertificateSettings) -> Iterator[Problem]:
    """Find what cert-manager's component would refuse."""
    arguments: CertificateManagerArgs = {"namespace": "cert-manager", "issuer": issuer_args(certificates)}
    yield from _refused("certificates", partial(check_certificate_manager, "cert-manager", arguments))


def _refused(place: str, check: Callable[[], object]) -> Iterator[Problem]:
    try:
        check()
    except ArgumentError as refused:
        inside = _inside(place_of(refused.field))
        inside = inside.removeprefix("issuer.")
        yield Problem(place if inside == "name" else f"{place}.{inside}", refused.fault)


def _inside_workload(field: str) -> str:
    """A field of a workload as the stack file has it. What has a name of its author's keeps it."""
    if field.startswith("plugins."):
        return place_of(field)
    if field == "autoscaling.subscriptions":
        return "subscribes"
    argument, _, name = field.partition(" ")
    place = re.sub(r"\w+", lambda word: to_camel(word[0]) if word[0] in _FIELDS else word[0], argument)
    return f"{place}.{name[1:-1]}" if name else place


def _inside(field: str) -> str:
    """A component's field as the stack file has it, unless it is one of Kong's."""
    if field.startswith("plugins."):
        return field
    return re.sub(r"_([a-z])", lambda letter: letter[1].upper(), field)
