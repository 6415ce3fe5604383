"""The shop: takes an order over HTTP, writes it down, and tells everybody who is interested.

It has a mistake that many have: it takes what it is sent for a price. The bookkeeper will not.
"""

import json
import os
import signal
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
from google.cloud import pubsub_v1

# On a laptop PUBSUB_EMULATOR_HOST leads the same client to the stand-in.
publisher = pubsub_v1.PublisherClient()
topic = os.environ["TOPIC_ORDERS"]

INSERT = "INSERT INTO orders (item, quantity, price) VALUES (%(item)s, %(quantity)s, %(price)s) RETURNING id"


def take(order: dict[str, object]) -> str:
    """Writes an order down and publishes it; gives its id."""
    with psycopg.connect() as connection:
        row = connection.execute(INSERT, order).fetchone()
        number = str(row[0]) if row else ""
        message = json.dumps({"id": number, **order}).encode()
        # Before the transaction ends: an order that nobody could be told of was not taken.
        publisher.publish(topic, message, source="shop").result(timeout=10)
    return number


class Shop(BaseHTTPRequestHandler):
    """Answers requests."""

    def do_GET(self) -> None:
        """Says that it works, where Kubernetes asks."""
        known = self.path in ("/healthz", "/readyz")
        self._answer(HTTPStatus.OK if known else HTTPStatus.NOT_FOUND, {})

    def do_POST(self) -> None:
        """Takes an order: {"item": "tea", "quantity": 2, "price": "3.50"}."""
        try:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            order = {"item": str(sent["item"]), "quantity": int(sent["quantity"]), "price": str(sent["price"])}
        except (KeyError, TypeError, ValueError) as wrong:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": f"This is no order: {wrong}"})
        else:
            self._answer(HTTPStatus.CREATED, {"id": take(order)})

    def _answer(self, status: HTTPStatus, body: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    """Serves until it is told to stop."""
    server = ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Shop)
    # From a thread of its own: the one that serves would wait for itself.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


if __name__ == "__main__":
    main()
