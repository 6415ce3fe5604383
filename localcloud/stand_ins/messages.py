"""The messages of a topic, as they arrive: Pub/Sub itself shows none.

A subscription of its own gets them, so that nobody else gets fewer. It goes when nobody looks any more.
"""

import base64
import json
import math
import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from typing import Any, NamedTuple

from google.api_core import exceptions
from google.pubsub_v1.types import PubsubMessage, Subscription
from web_platform.escapes import escaped

from localcloud.errors import LocalCloudError
from localcloud.stand_ins.pubsub import CALL, Clients
from settings import stand_ins

_DAY = 24 * 60 * 60


class Message(NamedTuple):
    """A message.

    Attributes:
        id: Its number in the topic.
        published: When it was published.
        attributes: Its attributes.
        ordering_key: Its ordering key; empty where it has none.
        body: The message itself.
    """

    id: str
    published: datetime
    attributes: dict[str, str]
    ordering_key: str
    body: bytes

    def as_json(self) -> str:
        """It in one line, for programs. A body that is no text is written in Base64."""
        said: dict[str, Any] = {
            "id": self.id,
            "published": self.published.isoformat(),
            "attributes": self.attributes,
            "orderingKey": self.ordering_key,
        }
        text = self.text()
        body = {"bodyBase64": base64.b64encode(self.body).decode()} if text is None else {"body": text}
        return json.dumps(said | body)

    def as_line(self) -> str:
        """It for people: when, what, and with which attributes."""
        said = [self.published.astimezone().strftime("%H:%M:%S.%f")[:-3], self.id]
        text = self.text()
        said.append(text if text is not None else f"({len(self.body)} bytes) {self.body.hex()}")
        said += [f"{name}={value}" for name, value in sorted(self.attributes.items())]
        if self.ordering_key:
            said.append(f"key={self.ordering_key}")
        # Whoever publishes must not write on the reader's terminal.
        return "  ".join(map(escaped, said))

    def text(self) -> str | None:
        """The body, if it is text."""
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            return None


@contextmanager
def following(address: str, topic: str, seconds: float = math.inf) -> Iterator[Iterator[Message]]:
    """The messages that are published to a topic from now on; they end with whoever asks for no more.

    Args:
        address: Where the stand-in of Pub/Sub listens.
        topic: The topic's name.
        seconds: After how long without any they end too.

    Raises:
        LocalCloudError: There is no such topic, or the stand-in ends.
    """
    subscription = stand_ins.subscription_path(f"{topic}-seen-{secrets.token_hex(4)}")
    with closing(Clients(address)) as clients:
        with _told(topic, clients):
            wanted = Subscription(
                name=subscription,
                topic=stand_ins.topic_path(topic),
                # Should nobody be left to delete it.
                expiration_policy={"ttl": {"seconds": _DAY}},
            )
            clients.subscriber.create_subscription(wanted, **CALL)
        try:
            yield _messages(clients, subscription, topic, seconds)
        finally:
            # Where the stand-in has ended, so has the subscription, and what was being done says so.
            with suppress(exceptions.GoogleAPIError):
                clients.subscriber.delete_subscription(subscription=subscription, **CALL)


def _messages(clients: Clients, subscription: str, topic: str, seconds: float) -> Iterator[Message]:
    last = time.monotonic()
    while time.monotonic() - last < seconds:
        with _told(topic, clients):
            try:
                pulled = clients.subscriber.pull(subscription=subscription, max_messages=100, **CALL)
            except exceptions.DeadlineExceeded:
                continue  # There was none.
            received = sorted(pulled.received_messages, key=lambda each: each.message.publish_time)
            if received:
                clients.subscriber.acknowledge(
                    subscription=subscription, ack_ids=[each.ack_id for each in received], **CALL
                )
        if received:
            yield from (_message(each.message) for each in received)
            last = time.monotonic()


def _message(message: PubsubMessage) -> Message:
    return Message(
        message.message_id,
        message.publish_time,
        dict(message.attributes),
        message.ordering_key,
        message.data,
    )


@contextmanager
def _told(topic: str, clients: Clients) -> Iterator[None]:
    try:
        yield
    except exceptions.NotFound as missing:
        raise LocalCloudError(
            f"The stand-in of Pub/Sub has no topic {topic!r}: only {', '.join(clients.topics()) or 'none'}.",
            "Nobody can publish to it, and nobody would see anything.",
            "`make stand-ins` makes what the stack file's `topics` declares.",
        ) from missing
    except exceptions.GoogleAPIError as failure:
        raise LocalCloudError(
            f"The stand-in of Pub/Sub does not answer: {failure}",
            "Its messages cannot be seen.",
            "`make stand-ins` starts it again, empty, if it has ended.",
        ) from failure
