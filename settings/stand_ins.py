"""What stands in for Google Cloud on a developer's machine: how things in it are called, and who finds them how.

The same wherever stand-ins run, in a cluster or as processes beside the code that uses them.
"""

from collections.abc import Iterator
from typing import cast

from web_platform import PubSubSchemaArgs, StandInTopicArgs
from web_platform.bucket import MAXIMUM_NAME
from web_platform.dataset import column_type as type_in_the_api
from web_platform.dataset import identifier
from web_platform.physical_name import physical_name
from web_platform.pubsub_syntax import SCHEMA_TYPES
from web_platform.stand_ins.pubsub import Creation, creations
from web_platform.topic import dead_letters_name, subscription_name

from settings.cloud import ColumnSettings
from settings.stack import Settings
from settings.variables import google_variables
from settings.workloads import Needs

# What the stand-ins call the project that they pretend to be.
PROJECT = "local"

# Where they are in a cluster, and the component that declares them there.
NAMESPACE = NAME = "stand-ins"

PUBSUB = "PUBSUB_EMULATOR_HOST"
BIGQUERY = "BIGQUERY_EMULATOR_HOST"
STORAGE = "STORAGE_EMULATOR_HOST"

# The variables by which Google's client libraries find an emulator, and the needs for which it is there.
_NEEDS = {PUBSUB: ("publishes", "subscribes"), BIGQUERY: ("datasets",), STORAGE: ("buckets",)}


def variables(workload: str, needs: Needs) -> dict[str, str]:
    """The variables by which a workload finds its things, once it has found the emulators."""
    if not needs.needs_identity():
        return {}
    return google_variables(
        PROJECT,
        topics={topic: topic_path(topic) for topic in needs.publishes},
        subscriptions=subscriptions(workload, needs),
        datasets={dataset: dataset_reference(dataset) for dataset in needs.datasets},
        buckets={bucket: bucket_name(bucket) for bucket in needs.buckets},
    )


def emulators(needs: Needs) -> list[str]:
    """The variables of the emulators that a workload talks to."""
    return [variable for variable, asked in _NEEDS.items() if any(getattr(needs, need) for need in asked)]


def subscriptions(workload: str, needs: Needs) -> dict[str, str]:
    """The full ids of a workload's subscriptions, by topic."""
    return {topic: subscription_path(subscription_name(topic, workload)) for topic in needs.subscribes}


def topic_args(settings: Settings, name: str) -> StandInTopicArgs:
    """A topic of a stack, with a subscription for each workload that asks for one."""
    args: StandInTopicArgs = {"subscriptions": {workload: {} for workload in settings.subscribers(name)}}
    schema = settings.topics[name].message_schema
    return args if schema is None else {**args, "schema": cast("PubSubSchemaArgs", schema.model_dump())}


def in_pubsub(settings: Settings) -> Iterator[Creation]:
    """What makes all of a stack in Pub/Sub, each thing after those that it names."""
    topics = {name: topic_args(settings, name) for name in settings.topics}
    return creations(PROJECT, topics, languages=SCHEMA_TYPES)


def topic_names(settings: Settings) -> list[str]:
    """Every topic that there is: the stack's own, and those of dead letters."""
    of_failures = [
        dead_letters(topic, workload) for topic in settings.topics for workload in settings.subscribers(topic)
    ]
    return sorted([*settings.topics, *of_failures])


def dead_letters(topic: str, workload: str) -> str:
    """What the topic is called that gets what a workload could not do with the messages of a topic."""
    return dead_letters_name(subscription_name(topic, workload))


def topic_path(name: str) -> str:
    """The full id of a topic."""
    return f"projects/{PROJECT}/topics/{name}"


def subscription_path(name: str) -> str:
    """The full id of a subscription."""
    return f"projects/{PROJECT}/subscriptions/{name}"


def dataset_reference(name: str) -> str:
    """A dataset, as queries name it."""
    return f"{PROJECT}.{identifier(name)}"


def table_name(name: str) -> str:
    """A table of a dataset, as queries name it."""
    return identifier(name)


def column_type(column: ColumnSettings) -> str:
    """The type of a column, under the name that BigQuery's API has for it."""
    return type_in_the_api({"name": column.name, "type": column.type})


def bucket_name(name: str) -> str:
    """The whole name of a bucket, cut as a real one is."""
    return physical_name(f"{PROJECT}-{name}", MAXIMUM_NAME)
