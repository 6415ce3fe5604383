"""What the components say of a stack file: every section that becomes one is put to its check.

A component refuses its arguments when it is declared. By then others have been, which Pulumi goes on to create.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from web_platform import CertificateManagerArgs, GatewayArgs
from web_platform.bucket import check_bucket
from web_platform.certificates import check_certificate_manager
from web_platform.consumer import consumer_faults
from web_platform.database import databases_fault
from web_platform.dataset import check_dataset
from web_platform.errors import ArgumentError
from web_platform.gateway import check_gateway
from web_platform.route_plugins import service_plugins_faults
from web_platform.topic import check_topic

from settings.arguments import consumer_args, gateway_args, issuer_args, place_of, plugins_args
from settings.cloud import BucketSettings, DatasetSettings, TopicSettings
from settings.consumers import ConsumerSettings
from settings.problems import Problem
from settings.sections import CertificateSettings, GatewaySettings, ServiceSettings, database_name

# What every component asks for and none of the checks looks at.
_PLACE = {"project": "acme-prod", "location": "EU"}
_PROJECT = {"project": "acme-prod", "project_number": "123456789012"}


def refusals(
    topics: Mapping[str, TopicSettings],
    datasets: Mapping[str, DatasetSettings],
    buckets: Mapping[str, BucketSettings],
    services: Mapping[str, ServiceSettings],
    consumers: Mapping[str, ConsumerSettings],
) -> Iterator[Problem]:
    """Find what the components would refuse. Places begin with the section's key."""
    arguments: Any
    for name, dataset in datasets.items():
        arguments = _PLACE | dataset.model_dump(exclude_none=True)
        yield from _refused(f"datasets.{name}", partial(check_dataset, name, arguments))
    for name, bucket in buckets.items():
        arguments = _PLACE | bucket.model_dump(exclude_none=True)
        yield from _refused(f"buckets.{name}", partial(check_bucket, name, arguments))
    for name, topic in topics.items():
        subscribers = [service for service, wanted in services.items() if name in wanted.subscribes]
        arguments = _PROJECT | {"subscriptions": {service: {} for service in subscribers}}
        if topic.message_schema is not None:
            arguments["schema"] = topic.message_schema.model_dump()
        yield from _refused(f"topics.{name}", partial(check_topic, name, arguments))
    for name, service in services.items():
        fault = databases_fault([database_name(name)]) if service.database else None
        if fault is not None:
            yield Problem(f"services.{name}.database", fault)
        given = {"plugins": plugins_args(service.plugins), "consumers": service.consumers}
        for field, fault in service_plugins_faults(given):
            yield Problem(f"services.{name}.{place_of(field)}", fault)
    for name, consumer in consumers.items():
        for field, fault in consumer_faults({**consumer_args(consumer)}):
            yield Problem(f"consumers.{name}.{_inside(place_of(field))}", fault)


def gateway_refusals(gateway: GatewaySettings) -> Iterator[Problem]:
    """Find what the gateway would refuse."""
    arguments: GatewayArgs = {"namespace": "kong", **gateway_args(gateway)}
    yield from _refused("gateway", partial(check_gateway, "kong", arguments))


def certificate_refusals(certificates: CertificateSettings) -> Iterator[Problem]:
    """Find what cert-manager's component would refuse."""
    arguments: CertificateManagerArgs = {"namespace": "cert-manager", "issuer": issuer_args(certificates)}
    yield from _refused("certificates", partial(check_certificate_manager, "cert-manager", arguments))


def _refused(place: str, check: Callable[[], object]) -> Iterator[Problem]:
    try:
        check()
    except ArgumentError as refused:
        inside = _inside(place_of(re.sub(r"\['(.*?)'\]", r".\1", refused.field)))
        inside = inside.removeprefix("issuer.")
        yield Problem(place if inside == "name" else f"{place}.{inside}", refused.fault)


def _inside(field: str) -> str:
    """A component's field as the stack file has it, unless it is one of Kong's."""
    if field.startswith("plugins."):
        return field
    return re.sub(r"_([a-z])", lambda letter: letter[1].upper(), field)
