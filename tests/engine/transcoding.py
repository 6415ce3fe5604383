"""The REST API of Pub/Sub in front of an emulator that speaks gRPC alone, by Google's own rules for it.

Which request has which method, path and body is read from the client that Google generates from the API's definition.
What is in a request and not in that definition is refused, as Google refuses it.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from google.api_core import exceptions
from google.protobuf import json_format
from google.pubsub_v1 import PublisherClient, SchemaServiceClient, SubscriberClient, types
from google.pubsub_v1.services.publisher.transports.rest_base import _BasePublisherRestTransport
from google.pubsub_v1.services.schema_service.transports.rest_base import _BaseSchemaServiceRestTransport
from google.pubsub_v1.services.subscriber.transports.rest_base import _BaseSubscriberRestTransport


@dataclass(frozen=True)
class Call:
    """A call of the API: how it is asked for, with what, and what does it."""

    rules: Sequence[Mapping[str, str]]
    request: Any
    do: Callable[..., object]

    def answer(self, method: str, address: str, body: str) -> object | None:
        """Do it, where a request asks for it."""
        path, query = urlsplit(address).path, dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
        for rule in self.rules:
            found = re.fullmatch(_pattern(rule["uri"]), path)
            if method == rule["method"].upper() and found:
                within = rule.get("body")
                given = json.loads(body) if within else {}
                # The whole body is the request, or a field of it is; then the others are in the query.
                fields = given if within == "*" else ({within: given} if within else {})
                if within == "*" and query:
                    raise json_format.ParseError(f"{query} is beside a body that is the whole request")
                wanted = {**fields, **query, **found.groupdict()}
                return self.do(request=self.request.from_json(json.dumps(wanted)))
        return None


@contextmanager
def transcoded() -> Iterator[int]:
    """Serve what `PUBSUB_EMULATOR_HOST` names, and say on which port of the loopback interface."""
    calls = _calls()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            try:
                done = [call.answer(self.command, self.path, body) for call in calls]
                known = any(each is not None for each in done)
                status, said = (200, "{}") if known else (404, f"no call is asked for by {self.path}")
            except exceptions.GoogleAPICallError as refused:
                status, said = refused.code or 500, refused.message
            except (json_format.ParseError, ValueError) as wrong:
                status, said = 400, str(wrong)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(said.encode())

        do_GET = do_POST = do_PUT = _handle  # noqa: N815 - as the server looks for them

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: tests look at what was answered."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _calls() -> list[Call]:
    publisher, subscriber, schemas = PublisherClient(), SubscriberClient(), SchemaServiceClient()
    of_topics, of_subscriptions = _BasePublisherRestTransport, _BaseSubscriberRestTransport
    return [
        Call(of_topics._BaseListTopics._get_http_options(), types.ListTopicsRequest, publisher.list_topics),
        Call(of_topics._BaseCreateTopic._get_http_options(), types.Topic, publisher.create_topic),
        Call(
            of_subscriptions._BaseCreateSubscription._get_http_options(),
            types.Subscription,
            subscriber.create_subscription,
        ),
        Call(
            _BaseSchemaServiceRestTransport._BaseCreateSchema._get_http_options(),
            types.CreateSchemaRequest,
            schemas.create_schema,
        ),
    ]


def _pattern(template: str) -> str:
    """A path with variables, such as `/v1/{name=projects/*/topics/*}`, as an expression with groups of their names."""
    # Between the texts stand, in turn, the name of a variable and what it may be.
    text, *variables = re.split(r"\{(\w+)=([^}]+)\}", template)
    pattern = re.escape(text)
    for name, value, after in zip(variables[::3], variables[1::3], variables[2::3], strict=True):
        anything = "[^/]+".join(map(re.escape, value.split("*")))
        pattern += f"(?P<{name}>{anything}){re.escape(after)}"
    return pattern
