"""The processes that the host has started, and how they end.

A child gets an interrupt first, as it would from a terminal, so that a program's own `finally` blocks run. The engine
gives the host five seconds; children get less, so that none is left when the host's time is up.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_GRACE_SECONDS = 2.0


class Children:
    """Starts children, and stops those that still run."""

    def __init__(self) -> None:
        """None at first."""
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    @contextmanager
    def start(
        self,
        command: Sequence[str],
        *,
        directory: Path | None,
        environment: Mapping[str, str],
        output: int | IO[bytes] | None = None,
        errors: int | IO[bytes] | None = None,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start a child that is certainly gone when the block is left."""
        child = subprocess.Popen(
            command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        with self._lock:
            self._running.add(child)
        if self._closed:
            self._interrupt(child)
        try:
            yield child
        finally:
            self.end(child)
            with self._lock:
                self._running.discard(child)
                self._stopped.discard(child)

    def close(self) -> None:
        """Stop for good: a call that is just starting a child has it stopped as well."""
        self._closed = True
        self.stop()

    def stop(self) -> None:
        """End every child, and return when all of them are gone."""
        with self._lock:
            children = list(self._running)
        for child in children:
            self._interrupt(child)
        for child in children:
            self.end(child)

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """Interrupt a child that still runs, and kill it where it does not heed that."""
        self._interrupt(child)
        try:
            child.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def was_stopped(self, child: subprocess.Popen[bytes]) -> bool:
        """Whether the host ended the child, so that its exit is no failure to report."""
        with self._lock:
            return child in self._stopped

    def _interrupt(self, child: subprocess.Popen[bytes]) -> None:
        """As Ctrl-C does. Once only: a second one would break off the clean-up that the first began."""
        with self._lock:
            if child.poll() is not None or child in self._stopped:
                return
            self._stopped.add(child)
        with suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT)
