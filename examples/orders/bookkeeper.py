"""The bookkeeper: enters each order into the books, which are in BigQuery, and files a receipt.

An order that it cannot book is given back. Pub/Sub tries it again, and puts it aside after some attempts.
"""

import json
import logging
import os
import signal
from datetime import UTC, datetime
from decimal import Decimal
from types import FrameType

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, pubsub_v1, storage
from google.cloud.pubsub_v1.subscriber.message import Message

# Other than the clients of Pub/Sub and Cloud Storage, that of BigQuery asks for credentials even of an emulator.
emulated = "BIGQUERY_EMULATOR_HOST" in os.environ
books = bigquery.Client(credentials=AnonymousCredentials() if emulated else None)
receipts = storage.Client().bucket(os.environ["BUCKET_RECEIPTS"])
table = f"{os.environ['DATASET_SALES']}.orders"


def book(order: dict[str, object]) -> None:
    """Enters an order into the books and files its receipt; twice is as good as once."""
    total = Decimal(str(order["price"])) * int(str(order["quantity"]))
    row = {
        "id": order["id"],
        "item": order["item"],
        "total": str(total),
        "booked_at": datetime.now(UTC).isoformat(),
    }
    # BigQuery leaves out a row whose id it has just seen.
    if refused := books.insert_rows_json(table, [row], row_ids=[str(order["id"])], timeout=30):
        raise ValueError(f"BigQuery refused the row: {refused}")
    receipts.blob(f"{order['id']}.json").upload_from_string(json.dumps(row), content_type="application/json")


def received(message: Message) -> None:
    """Books the order in a message, or gives it back."""
    try:
        book(json.loads(message.data))
    except Exception:
        logging.exception("Attempt %s at message %s failed", message.delivery_attempt, message.message_id)
        message.nack()
    else:
        message.ack()


def main() -> None:
    """Works until it is told to stop, and ends what it has begun."""
    logging.basicConfig(level=logging.INFO)
    with pubsub_v1.SubscriberClient() as subscriber:
        working = subscriber.subscribe(os.environ["SUBSCRIPTION_ORDERS"], callback=received)

        def stop(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what Python calls it with
            working.cancel()

        signal.signal(signal.SIGTERM, stop)
        working.result()


if __name__ == "__main__":
    main()
