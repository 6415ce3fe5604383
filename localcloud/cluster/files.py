"""Files that only their owner may read, and that are never seen half-written."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Writes beside `path` and renames, so that a reader sees the former file or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    temporary.replace(path)
