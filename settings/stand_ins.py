"""What stands in for Google Cloud on a developer's machine: how things in it are called, and who finds them how.

The same wherever stand-ins run, in a cluster or as processes beside the code that uses them.
"""

from typing import cast

from web_platform import PubSubSchemaArgs, StandInTopicArgs
from web_platform.bucket import MAXIMUM_NAME
from web_platform.dataset import column_type as type_in_the_api
from web_platform.dataset import identifier
from web_platform.physical_name import physical_name
from web_platform.stand_ins.pubsub import wanted_topic
from web_platform.topic import WantedSchema, WantedSubscription, WantedTopic, dead_letters_name, subscription_name

from settings.cloud import ARCHIVE, ColumnSettings
from settings.stack import Settings
from settings.variables import google_variables
from settings.workloads import Needs

__all__ = ["WantedSchema", "WantedSubscription", "WantedTopic", "subscription_name"]

# What the stand-ins call the project that they pretend to be.
PROJECT = "local"

PUBSUB = "PUBSUB_EMULATOR_HOST"
BIGQUERY = "BIGQUERY_EMULATOR_HOST"
STORAGE = "STORAGE_EMULATOR_HOST"

# The variables by which Google's client libraries find an emulator, and the needs for which it is there.
_EMULATORS = {PUBSUB: ("publishes", "subscribes"), BIGQUERY: ("datasets",), STORAGE: ("buckets",)}


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
    return [variable for variable, asked in _EMULATORS.items() if any(getattr(needs, need) for need in asked)]


def subscriptions(workload: str, needs: Needs) -> dict[str, str]:
    """The full ids of a workload's subscriptions, by topic."""
    return {topic: subscription_path(subscription_name(topic, workload)) for topic in needs.subscribes}


def topic_args(settings: Settings, name: str) -> StandInTopicArgs:
    """A topic of a stack, with a subscription for each workload that asks for one."""
    args: StandInTopicArgs = {"subscriptions": {workload: {} for workload in settings.subscribers(name)}}
    schema = settings.topics[name].message_schema
    return args if schema is None else {**args, "schema": cast("PubSubSchemaArgs", schema.model_dump())}


def topics(settings: Settings) -> dict[str, WantedTopic]:
    """The topics of a stack, with every default."""
    return {name: wanted_topic(name, topic_args(settings, name)) for name in settings.topics}


def topic_names(settings: Settings) -> list[str]:
    """Every topic that there is: the stack's own, and those of dead letters."""
    of_failures = [
        dead_letters(topic, workload) for topic in settings.topics for workload in settings.subscribers(topic)
    ]
    return sorted([*settings.topics, *of_failures])


def archive_query(settings: Settings, topic: str) -> str | None:
    """The query that shows the last messages of a topic in the real cloud. None: nobody writes them down."""
    declared = settings.topics.get(topic)
    if settings.google is None or declared is None or not declared.archived:
        return None
    table = f"{settings.google.project}.{identifier(ARCHIVE)}.{identifier(topic)}"
    return (
        f"SELECT publish_time, data, attributes FROM `{table}` "  # noqa: S608 - shown, and made of checked names
        "WHERE publish_time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR) ORDER BY publish_time DESC LIMIT 100"
    )


def dead_letters(topic: str, workload: str) -> str:
    """What the topic is called that gets what a workload could not do with the messages of a topic."""
    return dead_letters_name(subscription_name(topic, workload))


def topic_path(name: str) -> str:
    """The full id of a topic."""
    return f"projects/{PROJECT}/topics/{name}"


def subscription_path(name: str) -> str:
    """The full id of a subscription."""
    return f"projects/{PROJECT}/subscriptions/{name}"


def schema_path(name: str) -> str:
    """The full id of a schema."""
    return f"projects/{PROJECT}/schemas/{name}"


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
