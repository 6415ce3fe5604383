"""Whether a process that wrote its number down still lives."""

import psutil


def lives(pid: int, since: float) -> bool:
    """Whether the process `pid` that lived at the time `since` still does: a newer one has its number by chance.

    Args:
        pid: Its number.
        since: Seconds of the epoch.
    """
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= since
    except psutil.NoSuchProcess:
        return False
