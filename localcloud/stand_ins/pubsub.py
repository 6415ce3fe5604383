"""Pub/Sub, played by Google's own fake of it: topics, schemas, subscriptions and what becomes of failed messages.

All of it is in memory and goes with the process. docs/stand-ins.md says in what it differs from the real one.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
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
from google.pubsub_v1.types import Schema, Subscription, Topic

from localcloud.stand_ins.server import HOST, Server
from localcloud.toolchain import Toolchain
from settings import Settings, stand_ins

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


class PubSub(Server):
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

    def fill(self, port: int, settings: Settings) -> None:
        """Makes topics with their schemas and subscriptions. What is otherwise than declared is made anew, empty."""
        with closing(Clients(f"{HOST}:{port}")) as clients:
            for creation in stand_ins.in_pubsub(settings):
                kind, _, name = re.split("([/?])(?:schemaId=)?", creation.path)
                _MAKERS[kind](clients, f"projects/{stand_ins.PROJECT}/{kind}/{name}", creation.body)

    def contents(self, settings: Settings) -> list[str]:
        """The topics and who gets their messages."""
        of_topics = {topic: settings.subscribers(topic) for topic in settings.topics}
        return [f"{topic} → {', '.join(who)}" if who else topic for topic, who in of_topics.items()]


def _make_schema(clients: Clients, name: str, body: Mapping[str, Any]) -> None:
    api = clients.schemas
    project, identifier = name.split("/schemas/")
    wanted = _read(Schema, name, body)
    # Before the one that it replaces is gone: a topic without its schema takes no message.
    api.validate_schema(parent=project, schema=wanted, **CALL)
    _make(
        wanted,
        body,
        get=partial(api.get_schema, name=name, **CALL),
        create=lambda schema: api.create_schema(parent=project, schema=schema, schema_id=identifier, **CALL),
        delete=partial(api.delete_schema, name=name, **CALL),
    )


def _make_topic(clients: Clients, name: str, body: Mapping[str, Any]) -> None:
    api = clients.publisher
    _make(
        _read(Topic, name, body),
        # A schema that it has no longer is a difference too.
        ["schemaSettings", *body],
        get=partial(api.get_topic, topic=name, **CALL),
        create=lambda topic: api.create_topic(topic, **CALL),
        delete=partial(api.delete_topic, topic=name, **CALL),
    )


def _make_subscription(clients: Clients, name: str, body: Mapping[str, Any]) -> None:
    api = clients.subscriber
    _make(
        _read(Subscription, name, body),
        ["filter", *body],
        get=partial(api.get_subscription, subscription=name, **CALL),
        create=lambda subscription: api.create_subscription(subscription, **CALL),
        delete=partial(api.delete_subscription, subscription=name, **CALL),
    )


_MAKERS = {"schemas": _make_schema, "topics": _make_topic, "subscriptions": _make_subscription}


def _read(kind: type[_Thing], name: str, body: Mapping[str, Any]) -> _Thing:
    thing: _Thing = kind.from_json(json.dumps({"name": name, **body}))
    return thing


def _make(
    wanted: _Thing,
    compared: Iterable[str],
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
    fields = [re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", field) for field in compared]
    if any(_field(present, field) != _field(wanted, field) for field in fields):
        delete()
        create(wanted)


def _field(thing: _Thing, field: str) -> object:
    # `type` is a word of Python's, which the generated classes avoid.
    return getattr(thing, "type_" if field == "type" else field)
