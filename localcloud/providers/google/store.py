"""What the simulated cloud remembers: one SQLite file, so that commands at the same time see one truth."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from localcloud.errors import LocalCloudError
from localcloud.providers.google.kind import Resource
from localcloud.providers.properties import Property

_TABLES = """
CREATE TABLE IF NOT EXISTS resource (type TEXT, id TEXT, state TEXT NOT NULL, PRIMARY KEY (type, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (what TEXT, key TEXT, detail TEXT NOT NULL, PRIMARY KEY (what, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS under_way (
    type TEXT, id TEXT, state TEXT NOT NULL, process INTEGER NOT NULL, since REAL NOT NULL, PRIMARY KEY (type, id)
) WITHOUT ROWID;
"""
_BUSY_SECONDS = 30


class UnderWay(NamedTuple):
    """A resource that is being made or deleted, by which process, and since when in seconds of the epoch."""

    resource: Resource
    process: int
    since: float


class Store:
    """The records of one simulated cloud, in the file `path`. Safe between threads and between processes.

    Raises:
        LocalCloudError: Here and in every method: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.RLock()
        self._depth = 0
        with self._failures():
            # Transactions are begun by hand, so that one spans what is read and what is written after it.
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            # A crash of the machine may cost the last moments of a cloud that is remade with one command.
            self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing, and nobody else writes meanwhile."""
        with self._lock:
            if self._depth == 0:
                self._rows("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._rows("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._rows("COMMIT")

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

    def begin(self, under_way: UnderWay) -> None:
        """Notes that a resource is being made or deleted, until `end`."""
        resource, process, since = under_way
        state = json.dumps(resource.state, sort_keys=True)
        self._rows(
            "INSERT OR REPLACE INTO under_way VALUES (?, ?, ?, ?, ?)", resource.type, resource.id, state, process, since
        )

    def end(self, type_: str, identifier: str) -> None:
        """Takes back a `begin`."""
        self._rows("DELETE FROM under_way WHERE type = ? AND id = ?", type_, identifier)

    def under_way(self) -> list[UnderWay]:
        """Every resource that is being made or deleted; by a process that is gone, it never will be."""
        rows = self._rows("SELECT type, id, state, process, since FROM under_way ORDER BY type, id")
        return [
            UnderWay(Resource(type_, identifier, json.loads(state)), int(process), float(since))
            for type_, identifier, state, process, since in rows
        ]

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
        with self._lock, self._failures():
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Whatever is wrong with the file is the same to its reader: what exists is not known."""
        try:
            yield
        except sqlite3.Error as failure:
            raise LocalCloudError(
                f"{self._path}, which holds the simulated Google Cloud, cannot be used: {failure}.",
                "What exists in it is not known; the command stopped where it was.",
                "Where the disk is full or the file's rights are wrong, mend that; else put a copy of the file back, "
                f"or forget all of the stack: `make rehearse-down STACK={self._path.parents[1].name}` (`make clean`: "
                "of every stack).",
            ) from failure
