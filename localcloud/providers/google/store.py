"""What the simulated cloud remembers: one SQLite file, so that commands at the same time see one truth."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from localcloud.providers.google.kind import Resource
from localcloud.providers.properties import Property

_TABLES = """
CREATE TABLE IF NOT EXISTS resource (type TEXT, id TEXT, state TEXT NOT NULL, PRIMARY KEY (type, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (what TEXT, key TEXT, detail TEXT NOT NULL, PRIMARY KEY (what, key)) WITHOUT ROWID;
"""
_BUSY_SECONDS = 30


class Store:
    """The records of one simulated cloud, in the file `path`. Safe between threads and between processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Transactions are begun by hand, so that one spans what is read and what is written after it.
        self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._lock = threading.RLock()
        self._depth = 0
        # A crash of the machine may cost the last moments of a cloud that is remade with one command.
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing, and nobody else writes meanwhile."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def get(self, type_: str, identifier: str) -> Resource | None:
        """The resource of a type and id."""
        rows = self._rows("SELECT state FROM resource WHERE type = ? AND id = ?", type_, identifier)
        return Resource(type_, identifier, json.loads(rows[0][0])) if rows else None

    def find(self, type_: str, where: Mapping[str, Property]) -> list[Resource]:
        """The resources of a type whose properties have these values."""
        conditions = "".join(" AND json_extract(state, ?) = ?" for _ in where)
        values = [part for name, value in where.items() for part in (f'$."{name}"', value)]
        rows = self._rows(f"SELECT id, state FROM resource WHERE type = ?{conditions} ORDER BY id", type_, *values)  # noqa: S608 - placeholders only
        return [Resource(type_, identifier, json.loads(state)) for identifier, state in rows]

    def all(self) -> list[Resource]:
        """Everything, by type and id."""
        rows = self._rows("SELECT type, id, state FROM resource ORDER BY type, id")
        return [Resource(type_, identifier, json.loads(state)) for type_, identifier, state in rows]

    def put(self, resource: Resource) -> None:
        """Writes a resource over a former one of its type and id."""
        self._rows(
            "INSERT OR REPLACE INTO resource VALUES (?, ?, ?)",
            resource.type,
            resource.id,
            json.dumps(resource.state, sort_keys=True),
        )

    def remove(self, type_: str, identifier: str) -> None:
        """Forgets a resource."""
        self._rows("DELETE FROM resource WHERE type = ? AND id = ?", type_, identifier)

    def keep(self, what: str, key: str, detail: str) -> None:
        """Writes down what outlives its resource."""
        self._rows("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", what, key, detail)

    def kept(self, what: str | None = None) -> dict[tuple[str, str], str]:
        """What outlived its resource: (what, key) -> detail."""
        rows = self._rows("SELECT what, key, detail FROM kept ORDER BY what, key")
        return {(row[0], row[1]): row[2] for row in rows if what in (None, row[0])}

    def forget(self, what: str, key: str) -> None:
        """Takes back a `keep`."""
        self._rows("DELETE FROM kept WHERE what = ? AND key = ?", what, key)

    def _rows(self, statement: str, *values: Property) -> list[tuple[str, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()
