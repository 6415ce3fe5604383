"""Background processes, found again by what they carry, not by files that can be lost.

Each process is started with a variable in its environment that names a directory of its own and the part it plays.
The process table is then the only record: there is nothing to go stale after a crash, a reboot or a reused id.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

_MARK = "LOCALCLOUD_PART"
# The API server waits a minute for open watches to end. What matters of it is in etcd by then.
_STOP_WITHIN = 3.0


class Processes:
    """The processes of what is in `directory`; their output goes to `<directory>/logs/<part>.log`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def running(self) -> dict[str, psutil.Process]:
        """Part -> its living process; of one with children of its own, it."""
        prefix = f"{self.directory}:"
        found: dict[str, psutil.Process] = {}
        for process in psutil.process_iter():
            try:
                mark = process.environ().get(_MARK, "")
                if not mark.startswith(prefix) or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                part = mark.removeprefix(prefix)
                if part not in found or process.create_time() < found[part].create_time():
                    found[part] = process
            except psutil.Error:  # Ended meanwhile, or another user's: neither is ours.
                continue
        return found

    def log(self, part: str) -> Path:
        """Where `part` writes what it has to say."""
        return self.directory / "logs" / f"{part}.log"

    def start(self, part: str, command: Sequence[str | Path]) -> None:
        """Starts `part` in the background, detached from this process and its terminal."""
        log = self.log(part)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            subprocess.Popen(
                command,
                cwd=self.directory,
                env=os.environ | {_MARK: f"{self.directory}:{part}"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def end(self, parts: Sequence[str]) -> None:
        """Ends these; one that does not heed is killed."""
        running = self.running()
        _end([running[part] for part in parts if part in running])

    def stop(self, *, last: str) -> None:
        """Ends every process, `last` when all others are gone; one that does not heed is killed."""
        running = self.running()
        final = [running.pop(last)] if last in running else []
        _end(list(running.values()))
        _end(final)


def _end(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, deaf = psutil.wait_procs(processes, timeout=_STOP_WITHIN)
    for process in deaf:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(deaf, timeout=_STOP_WITHIN)


def wait_until(ready: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Whether `ready` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
