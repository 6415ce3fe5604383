"""What the components say of a stack file: every section that becomes one is put to its check.

A component refuses its arguments when it is declared. By then others have been, which Pulumi goes on to create.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from web_platform.bucket import check_bucket
from web_platform.database import databases_fault
from web_platform.dataset import check_dataset
from web_platform.errors import ArgumentError
from web_platform.topic import check_topic

from settings.cloud import BucketSettings, DatasetSettings, TopicSettings
from settings.problems import Problem
from settings.sections import ServiceSettings, database_name

# What every component asks for and none of the checks looks at.
_PLACE = {"project": "acme-prod", "location": "EU"}
_PROJECT = {"project": "acme-prod", "project_number": "123456789012"}


def refusals(
    topics: Mapping[str, TopicSettings],
    datasets: Mapping[str, DatasetSettings],
    buckets: Mapping[str, BucketSettings],
    services: Mapping[str, ServiceSettings],
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


def _refused(place: str, check: Callable[[], object]) -> Iterator[Problem]:
    try:
        check()
    except ArgumentError as refused:
        steps = re.sub(r"\['(.*?)'\]", r".\1", refused.field)
        inside = re.sub(r"_([a-z])", lambda letter: letter[1].upper(), steps)
        yield Problem(place if inside == "name" else f"{place}.{inside}", refused.fault)
