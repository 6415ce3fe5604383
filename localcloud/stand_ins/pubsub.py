"""Pub/Sub, played by Google's own fake of it: topics, schemas, subscriptions and what becomes of failed messages.

All of it is in memory and goes with the process. docs/stand-ins.md says in what it differs from the real one.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import grpc
from google.api_core import exceptions
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.schema_service import SchemaServiceClient
from google.pubsub_v1.services.schema_service.transports import SchemaServiceGrpcTransport
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from google.pubsub_v1.types import DeadLetterPolicy, Encoding, RetryPolicy, Schema, SchemaSettings, Subscription, Topic

from localcloud.stand_ins.server import HOST, listens
from localcloud.toolchain import Toolchain
from settings import Settings, stand_ins
from settings.stand_ins import WantedSchema, WantedSubscription

# A server on this machine that takes longer than this hangs, and what it refuses, it would refuse again.
CALL: dict[str, Any] = {"timeout": 10.0, "retry": None}

_Thing = TypeVar("_Thing", Topic, Schema, Subscription)


class Clients:
    """Google's clients for the stand-in at an address such as ``127.0.0.1:8085``."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
        self.publisher = PublisherClient(transport=PublisherGrpcTransport(channel=self._channel))
        self.subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=self._channel))
        self.schemas = SchemaServiceClient(transport=SchemaServiceGrpcTransport(channel=self._channel))

    def topics(self) -> list[str]:
        """The names of the topics there are."""
        listed = self.publisher.list_topics(project=f"projects/{stand_ins.PROJECT}", **CALL)
        return sorted(topic.name.rpartition("/")[2] for topic in listed)

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()


class PubSub:
    """The stand-in of Pub/Sub."""

    name = "pubsub"
    ports: tuple[str, ...] = ("pubsub",)

    def __init__(self, programs: Toolchain) -> None:
        self._programs = programs

    @staticmethod
    def is_wanted(settings: Settings) -> bool:
        """Whether there are topics."""
        return bool(settings.topics)

    def command(self, directory: Path, ports: Mapping[str, int]) -> Sequence[str | Path]:  # noqa: ARG002 - keeps nothing
        """The command that runs it."""
        return [self._programs["pubsub-emulator"], f"-host={HOST}", f"-port={ports['pubsub']}"]

    def answers(self, port: int) -> bool:
        """Whether it listens, which it does once it works."""
        return listens(port)

    def fill(self, port: int, settings: Settings) -> None:
        """Makes topics with their schemas and subscriptions. What is otherwise than declared is made anew, empty."""
        clients = Clients(f"{HOST}:{port}")
        try:
            for name, wanted in stand_ins.topics(settings).items():
                if wanted.schema is not None:
                    _make_schema(clients, name, wanted.schema)
                _make_topic(clients, Topic(name=stand_ins.topic_path(name), schema_settings=_of(name, wanted.schema)))
                for workload, subscription in wanted.subscriptions.items():
                    _make_subscriptions(clients, name, workload, subscription)
        finally:
            clients.close()

    def contents(self, settings: Settings) -> list[str]:
        """The topics and who gets their messages."""
        of_topics = {topic: settings.subscribers(topic) for topic in settings.topics}
        return [f"{topic} → {', '.join(who)}" if who else topic for topic, who in of_topics.items()]


def _of(topic: str, schema: WantedSchema | None) -> SchemaSettings | None:
    if schema is None:
        return None
    return SchemaSettings(schema=stand_ins.schema_path(topic), encoding=Encoding[schema.encoding])


def _make_schema(clients: Clients, name: str, wanted: WantedSchema) -> None:
    api, path = clients.schemas, stand_ins.schema_path(name)
    project = f"projects/{stand_ins.PROJECT}"
    schema = Schema(name=path, type_=Schema.Type[wanted.type], definition=wanted.definition)
    # Before the one that it replaces is gone: a topic without its schema takes no message.
    api.validate_schema(parent=project, schema=schema, **CALL)
    _make(
        schema,
        ("type_", "definition"),
        get=partial(api.get_schema, name=path, **CALL),
        create=lambda schema: api.create_schema(parent=project, schema=schema, schema_id=name, **CALL),
        delete=partial(api.delete_schema, name=path, **CALL),
    )


def _make_topic(clients: Clients, wanted: Topic) -> None:
    api = clients.publisher
    _make(
        wanted,
        ("schema_settings",),
        get=partial(api.get_topic, topic=wanted.name, **CALL),
        create=lambda topic: api.create_topic(topic, **CALL),
        delete=partial(api.delete_topic, topic=wanted.name, **CALL),
    )


def _make_subscriptions(clients: Clients, topic: str, workload: str, wanted: WantedSubscription) -> None:
    dead_letters = stand_ins.dead_letters(topic, workload)
    dead_letter_topic = stand_ins.topic_path(dead_letters)
    _make_topic(clients, Topic(name=dead_letter_topic))
    keeping = Subscription(name=stand_ins.subscription_path(dead_letters), topic=dead_letter_topic)
    delivering = Subscription(
        name=stand_ins.subscription_path(stand_ins.subscription_name(topic, workload)),
        topic=stand_ins.topic_path(topic),
        ack_deadline_seconds=wanted.ack_deadline_seconds,
        enable_message_ordering=wanted.ordered,
        filter=wanted.filter or "",
        retry_policy=RetryPolicy(
            minimum_backoff={"seconds": wanted.minimum_backoff_seconds},
            maximum_backoff={"seconds": wanted.maximum_backoff_seconds},
        ),
        dead_letter_policy=DeadLetterPolicy(
            dead_letter_topic=dead_letter_topic, max_delivery_attempts=wanted.maximum_attempts
        ),
    )
    _make_subscription(clients, keeping, ("topic",))
    settable = ("topic", "ack_deadline_seconds", "enable_message_ordering", "filter", "retry_policy")
    _make_subscription(clients, delivering, (*settable, "dead_letter_policy"))


def _make_subscription(clients: Clients, wanted: Subscription, compared: Sequence[str]) -> None:
    api = clients.subscriber
    _make(
        wanted,
        compared,
        get=partial(api.get_subscription, subscription=wanted.name, **CALL),
        create=lambda subscription: api.create_subscription(subscription, **CALL),
        delete=partial(api.delete_subscription, subscription=wanted.name, **CALL),
    )


def _make(
    wanted: _Thing,
    compared: Sequence[str],
    *,
    get: Callable[[], _Thing],
    create: Callable[[_Thing], object],
    delete: Callable[[], None],
) -> None:
    """Makes a thing, unless it is there as it should be."""
    try:
        present = get()
    except exceptions.NotFound:
        create(wanted)
        return
    if any(getattr(present, field) != getattr(wanted, field) for field in compared):
        delete()
        create(wanted)
