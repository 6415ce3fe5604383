"""The life of a plugin's process: announce a port, serve, and leave without a sound.

The engine starts a plugin, reads a port number from the first line of its output, and later sends an interrupt to the
plugin's process group and expects it to be gone within five seconds. It may also vanish itself. Language host and
providers share this module and add only the services they offer.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

MAXIMUM_MESSAGE_BYTES = 400 * 1024 * 1024
"""What the engine itself allows: one Helm release or archive can be far above gRPC's default of 4 MB."""

SERVER_OPTIONS = [
    ("grpc.max_receive_message_length", MAXIMUM_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAXIMUM_MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),
]

_PARENT_CHECK_SECONDS = 0.5
_STOP_GRACE_SECONDS = 1.0


def new_server(*, threads: int = 64) -> tuple[grpc.Server, int]:
    """A server on a free port of the loopback interface, not started yet, and that port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=threads), options=SERVER_OPTIONS)
    return server, server.add_insecure_port("127.0.0.1:0")


def serve(register: Callable[[grpc.Server], None], *, on_stop: Callable[[], None] = lambda: None) -> None:
    """Serve until interrupted, terminated, or orphaned; then call `on_stop` and end the process."""
    parent = os.getppid()
    # A signal may arrive in any of gRPC's threads, where it would not wake this one; the descriptor is always written.
    signalled, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)

    server, port = new_server()
    register(server)
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()

    # An engine that was killed sends no interrupt; its plugins find out by having a new parent.
    while not select.select([signalled], [], [], _PARENT_CHECK_SECONDS)[0] and os.getppid() == parent:
        continue
    on_stop()
    server.stop(_STOP_GRACE_SECONDS).wait(2 * _STOP_GRACE_SECONDS)
    sys.stdout.flush()
    sys.stderr.flush()
    # Worker threads may still wait for an engine that is gone; a plain exit would wait for them in turn.
    os._exit(0)
