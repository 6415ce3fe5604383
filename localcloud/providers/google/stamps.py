"""Times and etags as Google writes them."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta

from localcloud.providers.google.cloud import digest


def now(later: timedelta = timedelta()) -> str:
    """The time, or `later` than it, in RFC 3339 and UTC, as in ``2026-11-23T08:15:30.123456Z``."""
    return (datetime.now(UTC) + later).isoformat(timespec="microseconds").replace("+00:00", "Z")


def milliseconds() -> int:
    """The time in milliseconds since 1970, as BigQuery counts it."""
    return time.time_ns() // 1_000_000


def etag(text: str) -> str:
    """Twelve characters, the same for the same text, in the form of an allow policy's ``BwXhqDVTTXw=``."""
    octets = b"\x07" + digest(text).to_bytes(16)[:7]
    return base64.b64encode(octets).decode()
