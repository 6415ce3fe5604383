"""What is left of a PostgreSQL that was killed: its backends, which do not look for their parent while they compute."""

from contextlib import suppress
from pathlib import Path

import psutil

_WITHIN = 3.0


def end_backends(data: Path) -> None:
    """Kills every process of a PostgreSQL that no longer runs, and takes away its word that it does.

    Its children write their titles over the environment by which others are known. They are known by where they are.
    """
    left = [process for process in psutil.process_iter() if _is_backend(process, data)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=_WITHIN)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _is_backend(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name().startswith("postgres") and process.cwd() == str(data.resolve())
    except psutil.Error:  # Ended meanwhile, or another user's: neither is ours.
        return False
