"""The server: listens where it is told to, and leaves in order.

Kubernetes sends SIGTERM to a pod that is to leave, and kills it `shutdownSeconds` later, 25 where nothing else is said.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from types import FrameType

import uvicorn

from hello.app import app
from hello.log import start_logging

# Twice, it is less than the 25 seconds: once for requests that are being answered, and once for their connections.
_PATIENCE = 10

# Kong keeps a connection for a minute after its last request. Closed first from this side, it may be by the moment when
# the next request is on its way.
_KEEP_ALIVE = 75

# Ctrl-C reaches every process of a terminal, and watchfiles, which has started this one, passes it on a moment later. A
# person who presses again takes longer.
_ECHO = 1

_STOPS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """A server that says that it leaves before it does."""

    _told: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Leave. SIGINT again cuts off what was begun, unless it is an echo of the first time."""
        now = time.monotonic()
        if self._told is None:
            self._told = now
        elif now - self._told < _ECHO:
            return
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what was begun. Until then it goes on listening, for those who do not know yet that it leaves."""
        app.state.leaving = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while self.server_state.tasks and not self.force_exit:
                    await asyncio.sleep(0.05)
        await super().shutdown(sockets)


def _end(*_: object) -> None:
    """End well. An echo that comes only now would make it an end by a signal."""
    for each in _STOPS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(0)


def serve() -> None:
    """Serve until told to stop, which is no failure: the process ends with 0."""
    start_logging()
    # Uvicorn hands the signal by which it was stopped on to whoever handled it before.
    for each in _STOPS:
        signal.signal(each, _end)
    Server(
        uvicorn.Config(
            app,
            host=os.environ.get("HOST") or "127.0.0.1",
            port=int(os.environ.get("PORT", "8080")),
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=_PATIENCE,
            timeout_keep_alive=_KEEP_ALIVE,
        )
    ).run()
