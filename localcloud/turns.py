"""Whose turn it is: of the commands that change a stack on this machine, one at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from localcloud.cluster import files
from localcloud.errors import LocalCloudError
from localcloud.workspace import Workspace


@contextmanager
def turn(workspace: Workspace) -> Iterator[None]:
    """Held while the stack of `workspace` is changed; a process that ends, however it ends, holds it no more.

    Raises:
        LocalCloudError: Another process holds it.
    """
    place = _place(workspace)
    # Beside the lock: asking for it would empty the file.
    holder = place.with_name(f"{place.name}.pid")
    lock = filelock.FileLock(place.with_name(f"{place.name}.lock"), timeout=0, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise taken(workspace.stack, holder.read_text() if holder.exists() else "yet unknown") from None
    try:
        files.write(holder, str(os.getpid()).encode())
        yield
    finally:
        lock.release()


@contextmanager
def turn_of_stand_ins(workspace: Workspace) -> Iterator[None]:
    """Held while stand-ins are started or ended, which takes seconds: whoever comes second waits."""
    with filelock.FileLock(_place(workspace).with_name(f"{workspace.stack}.stand-ins.lock"), mode=0o600):
        yield


def _place(workspace: Workspace) -> Path:
    workspace.turns.mkdir(mode=0o700, parents=True, exist_ok=True)
    return workspace.turns / workspace.stack


def taken(stack: str, holder: object) -> LocalCloudError:
    """That the process `holder` is changing the stack."""
    return LocalCloudError(
        f"Another command is changing the stack {stack} right now (process {holder}).",
        "Two at once would overwrite each other's record of what exists; nothing was done.",
        "Wait until it has ended, then run the same command again.",
    )
