"""Background processes, found again by what they carry, not by files that can be lost.

Each process is started with a variable in its environment that names a directory of its own and the part it plays.
The process table is then the only record: there is nothing to go stale after a crash, a reboot or a reused id.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import psutil

_MARK = "LOCALCLOUD_PART"
# The API server waits a minute for open watches to end. What matters of it is in etcd by then.
_STOP_WITHIN = 3.0
_SHOWN_WITHIN = 1.0


class Processes:
    """The processes of what is in `directory`; their output goes to `<directory>/logs/<part>.log`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def running(self) -> dict[str, psutil.Process]:
        """Part -> its living process; of one with children of its own, it."""
        found: dict[str, psutil.Process] = {}
        for part, process in self._all():
            if part not in found or process.create_time() < found[part].create_time():
                found[part] = process
        return found

    def log(self, part: str) -> Path:
        """Where `part` writes what it has to say."""
        return self.directory / "logs" / f"{part}.log"

    def start(self, part: str, command: Sequence[str | Path]) -> "subprocess.Popen[bytes]":
        """Starts `part` in the background, detached from this process and its terminal."""
        log = self.log(part)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=self.directory,
                env=os.environ | {_MARK: f"{self.directory}:{part}"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        # For a moment after it began, the system shows no environment of it, and nobody would find it.
        shown = psutil.Process(process.pid)
        wait_until(lambda: process.poll() is not None or _mark_of(shown) != "", _SHOWN_WITHIN, every=0.005)
        return process

    def end(self, parts: Collection[str]) -> None:
        """Ends these with their children; what does not heed is killed."""
        _end([process for part, process in self._all() if part in parts])

    def stop(self, *, last: str) -> None:
        """Ends every process, `last` when all others are gone; what does not heed is killed."""
        everything = self._all()
        _end([process for part, process in everything if part != last])
        _end([process for part, process in everything if part == last])

    def _all(self) -> list[tuple[str, psutil.Process]]:
        """Every living process with the part that it plays, or that what started it plays."""
        prefix = f"{self.directory}:"
        marked = ((_mark_of(process), process) for process in psutil.process_iter())
        return [
            (mark.removeprefix(prefix), process)
            for mark, process in marked
            if mark.startswith(prefix) and _lives(process)
        ]


def _mark_of(process: psutil.Process) -> str:
    """What a process carries; nothing of one that has ended meanwhile, or is another user's."""
    try:
        return process.environ().get(_MARK, "")
    except psutil.Error:
        return ""


def _end(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    if not wait_until(lambda: not any(map(_lives, processes)), _STOP_WITHIN):
        for process in filter(_lives, processes):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        wait_until(lambda: not any(map(_lives, processes)), _STOP_WITHIN)


def _lives(process: psutil.Process) -> bool:
    """Whether a process has not ended; one that its parent has not asked for yet has."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def wait_until(ready: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Whether `ready` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
