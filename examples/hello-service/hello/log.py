"""The log: a line of JSON an event, on standard output, in the words that Google Cloud's log viewer knows.

https://cloud.google.com/logging/docs/structured-logging
"""

import json
import logging
import sys
import time
from collections.abc import Collection
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_access = logging.getLogger("hello.access")


def start_logging() -> None:
    """Send what this service and its libraries say to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


class JsonLines(logging.Formatter):
    """Writes an event in one line. `extra={"fields": {...}}` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """Write an event, the traceback of an error included: lines of its own would be events of their own."""
        message = record.getMessage()
        if record.exc_info:
            message = f"{message}\n{self.formatException(record.exc_info)}"
        return json.dumps(
            {
                "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
                "severity": record.levelname,
                "logger": record.name,
                "message": message,
                **getattr(record, "fields", {}),
            }
        )


class AccessLog:
    """Notes each request and what became of it. Of an address, the path alone: what follows may be private."""

    def __init__(self, app: ASGIApp, unlogged: Collection[str]) -> None:
        self._app = app
        self._unlogged = unlogged

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note it, unless its path is one of those that are asked every few seconds."""
        if scope["type"] != "http" or scope["path"] in self._unlogged:
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            request = {
                "requestMethod": scope["method"],
                "requestUrl": scope["path"],
                "status": status,
                "latency": f"{time.perf_counter() - started:.6f}s",
            }
            line = f"{scope['method']} {scope['path']} {status}"
            _access.info(line, extra={"fields": {"httpRequest": request}})
