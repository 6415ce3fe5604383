"""PostgreSQL in place of Cloud SQL: databases, each with the user who owns it."""

from collections.abc import Mapping, Sequence

from pulumi import Output

from web_platform import versions
from web_platform.errors import Fault
from web_platform.pods import TEMPORARY_FILES
from web_platform.stand_ins.stand_in import StandIn

_PORT = 5432

# PostgreSQL starts only as a user that its image knows. The other stand-ins need none.
_USER = 999

# PostgreSQL cuts longer names: https://www.postgresql.org/docs/17/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
_MAXIMUM_DATABASE_NAME = 63

_DATA = "/var/lib/postgresql/data"
_SOCKETS = "/var/run/postgresql"

# Scripts in it are run once, when PostgreSQL makes its files: see "Initialization scripts" on
# https://hub.docker.com/_/postgres.
_SCRIPTS = "/docker-entrypoint-initdb.d"


def postgres(secret: Output[str]) -> StandIn:
    """PostgreSQL. The Secret has the administrator's `password`, and `databases.sql`, which makes the databases."""
    return StandIn(
        image=f"postgres:{versions.POSTGRES_IMAGE}",
        port=_PORT,
        memory="256Mi",
        user=_USER,
        environment=[
            # Below the volume, which belongs to another user than the one that PostgreSQL insists on.
            {"name": "PGDATA", "value": f"{_DATA}/files"},
            {"name": "POSTGRES_PASSWORD", "valueFrom": {"secretKeyRef": {"name": secret, "key": "password"}}},
        ],
        scratch=(TEMPORARY_FILES, _DATA, _SOCKETS),
        secret_files={_SCRIPTS: secret},
    )


def creation_of_databases(passwords: Mapping[str, Output[str]]) -> Output[str]:
    """Statements that make databases and their users, by whose passwords they are given."""
    return Output.concat(*(_creation(database, password) for database, password in passwords.items()))


def _creation(database: str, password: Output[str]) -> Output[str]:
    return Output.format(
        'CREATE ROLE "{0}" LOGIN PASSWORD \'{1}\';\nCREATE DATABASE "{0}" OWNER "{0}";\n', database, password
    )


def database_fault(database: str, databases: Sequence[str]) -> Fault | None:
    """A database has a name that PostgreSQL takes as it is, and that no other has."""
    if not database or '"' in database or not database.isprintable() or len(database.encode()) > _MAXIMUM_DATABASE_NAME:
        return Fault(
            what=f"has {database!r}, which is not a name for a database",
            danger="PostgreSQL would refuse it when it starts, and none of the databases would be made",
            remedy=f"use at most {_MAXIMUM_DATABASE_NAME} letters, digits, hyphens and underscores",
        )
    if databases.count(database) > 1:
        return Fault(
            what=f"has {database!r} more than once",
            danger="two services would share its user and its tables without knowing it",
            remedy="name each database once",
        )
    return None
