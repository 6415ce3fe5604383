"""Stand-ins of every service, as tests declare them, and the pods that come of these."""

import json
from typing import Any

from web_platform import StandIns, StandInsArgs, StandInTopicArgs

from tests.components.workloads.pods import CONFIG_MAP, DEPLOYMENT
from tests.recording import Recording, declare

AVRO = json.dumps({"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]})
PROTOCOL_BUFFER = 'syntax = "proto3";\nmessage Payment { string id = 1; }\n'

TOPICS: dict[str, StandInTopicArgs] = {
    "orders": {
        "schema": {"definition": AVRO},
        "subscriptions": {
            "shop": {},
            "mail": {
                "ack_deadline_seconds": 60,
                "maximum_attempts": 7,
                "minimum_backoff_seconds": 1,
                "maximum_backoff_seconds": 20,
                "ordered": True,
                "filter": 'attributes.kind = "paid"',
            },
        },
    },
    "payments": {"schema": {"definition": PROTOCOL_BUFFER, "type": "PROTOCOL_BUFFER"}},
    "visits": {},
}

NOTHING: StandInsArgs = {"namespace": "stand-ins", "project": "local"}
EVERYTHING: StandInsArgs = {
    **NOTHING,
    "databases": ["shop", "accounts"],
    "topics": TOPICS,
    "datasets": {
        "web-shop": {
            "daily-orders": {
                "columns": [
                    {"name": "day", "type": "DATE", "mode": "REQUIRED", "description": "When they were placed"},
                    {"name": "total", "type": "FLOAT64"},
                    {"name": "kinds", "type": "STRING", "mode": "REPEATED"},
                ],
                "partition_by": "day",
                "partition_days": 30,
                "cluster_by": ["day"],
            },
        },
        "empty": {},
    },
    "buckets": ["local-receipts", "local-invoices"],
}


def stand_ins(args: StandInsArgs) -> Recording:
    return declare(lambda: StandIns("stand-ins", args))


def pod(part: str, args: StandInsArgs = EVERYTHING) -> dict[str, Any]:
    """The pod of one stand-in."""
    spec: dict[str, Any] = stand_ins(args).one(DEPLOYMENT, f"stand-ins-{part}").inputs["spec"]["template"]["spec"]
    return spec


def container(part: str, args: StandInsArgs = EVERYTHING) -> dict[str, Any]:
    """Its only container."""
    (only,) = pod(part, args)["containers"]
    assert isinstance(only, dict)
    return only


def contents(part: str, args: StandInsArgs = EVERYTHING) -> dict[str, str]:
    """The files that say what it holds, by name."""
    files: dict[str, str] = stand_ins(args).one(CONFIG_MAP, f"stand-ins-{part}-contents").inputs["data"]
    return files
