"""The stand-ins of one stack: started with what the stack declares in them, stopped, and forgotten."""

import signal
import subprocess
from collections.abc import Collection, Sequence
from typing import NamedTuple

import psutil

from localcloud import console, toolchain
from localcloud.cluster.processes import Processes, wait_until
from localcloud.errors import LocalCloudError
from localcloud.stand_ins.addresses import Addresses
from localcloud.stand_ins.backends import end_backends
from localcloud.stand_ins.passwords import Passwords
from localcloud.stand_ins.server import ORIGINALS, Server, listens
from localcloud.turns import turn_of_stand_ins
from localcloud.workspace import Workspace
from settings import Settings, stand_ins
from settings.variables import database_name, postgres_variables
from settings.workloads import Needs

# A cold machine with other work takes a while; this many seconds mean that it never will.
_PATIENCE = 60.0

_POSTGRES = "postgres"

# Google's clients want a URL of all but Pub/Sub.
_PROCESSES = {
    stand_ins.PUBSUB: ("pubsub", ""),
    stand_ins.BIGQUERY: ("bigquery", "http://"),
    stand_ins.STORAGE: ("storage", "http://"),
}

# How many of a log's last lines say what went wrong.
_LAST_LINES = 12


class StandIn(NamedTuple):
    """A stand-in that runs.

    Attributes:
        name: What its process, its log and its port are called.
        original: What it stands in for.
        address: Where it listens.
        contents: What it holds of the stack.
    """

    name: str
    original: str
    address: str
    contents: list[str]


class StandIns:
    """The stand-ins of the stack of `workspace`, whichever of them its settings ask for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._directory = workspace.stand_ins
        self._processes = Processes(workspace.stand_ins)
        self._addresses = Addresses(workspace.stand_ins)

    def start(self, settings: Settings) -> list[StandIn]:
        """Starts those that do not run, and makes in all of them what the stack declares; quick when all is there.

        Returns:
            Those that the stack asks for; it may ask for none.

        Raises:
            LocalCloudError: One cannot be had, ends before it answers, or cannot hold what is declared. Those that were
                started are stopped again.
        """
        wanted = self._wanted(settings)
        if not wanted:
            return []
        with turn_of_stand_ins(self._workspace):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._end([name for name in self.running() if not self._listens(name)])
            running = self.running()
            self._addresses.choose(wanted, running)
            self._bring_up(wanted, [server for server in wanted if server.name not in running], settings)
        return [
            StandIn(server.name, ORIGINALS[server.name], self._addresses.of(server.name), server.contents(settings))
            for server in wanted
        ]

    def _bring_up(self, wanted: Sequence[Server], missing: Sequence[Server], settings: Settings) -> None:
        """Starts those that are missing, and makes in all of them what is declared, or ends what was started."""
        started: dict[str, subprocess.Popen[bytes]] = {}
        # Not those that are known to have been started: an interrupt may come before it is known.
        names = [server.name for server in missing]
        now = ""
        try:
            for server in missing:
                now = server.name
                self._tell_of_an_end(now)
                command = server.command(self._directory, self._addresses.ports)
                started[now] = self._processes.start(now, command)
            for server in wanted:
                now = server.name
                if now in started:
                    self._await(server, started[now])
                self._fill(server, settings)
        except LocalCloudError:
            # But for the log of what failed, which may say more than was shown.
            self._end(names, kept_log=now)
            raise
        except BaseException:
            self._end(names)
            raise

    def running(self) -> dict[str, psutil.Process]:
        """Name -> its living process."""
        return self._processes.running()

    def stop(self) -> None:
        """Ends them. What is in memory alone is lost: topics with their messages, which `start` makes anew, empty."""
        self._end(list(self.running()))
        end_backends(self._directory / _POSTGRES)
        for name in ORIGINALS:
            self._processes.log(name).unlink(missing_ok=True)

    def delete(self) -> None:
        """Ends them and forgets what they stored."""
        self.stop()
        self._workspace.forget(self._directory)

    def address(self, name: str) -> str:
        """Where a stand-in listens.

        Raises:
            LocalCloudError: It does not run.
        """
        if name not in self.running() or name not in self._addresses.ports:
            raise LocalCloudError(
                f"The stand-in of {ORIGINALS[name]} does not run for the stack {self._workspace.stack}."
                + self._last_words(name),
                "There is nobody to ask.",
                f"`make stand-ins STACK={self._workspace.stack}` starts it.",
            )
        return self._addresses.of(name)

    def variables(self, name: str, needs: Needs) -> dict[str, str]:
        """The environment variables by which a workload finds what it asks for: those that it has in a cluster too.

        Raises:
            LocalCloudError: A stand-in that it needs does not run.
        """
        found = stand_ins.variables(name, needs)
        for variable in stand_ins.emulators(needs):
            part, scheme = _PROCESSES[variable]
            found[variable] = scheme + self.address(part)
        if needs.database:
            host, _, port = self.address(_POSTGRES).rpartition(":")
            found |= postgres_variables(name, host, int(port), encrypted=False)
            found["PGPASSWORD"] = Passwords(self._directory).of(database_name(name))
        return found

    def _wanted(self, settings: Settings) -> list[Server]:
        """What the settings ask for. The programs of emulators are built for nobody else."""
        # Here, because Google's clients take half a second to import, and most commands need none of them.
        from localcloud.stand_ins.bigquery import BigQuery
        from localcloud.stand_ins.postgres import Postgres
        from localcloud.stand_ins.pubsub import PubSub
        from localcloud.stand_ins.storage import Storage

        wanted: list[Server] = [Postgres(self._directory)] if Postgres.is_wanted(settings) else []
        if emulators := [kind for kind in (PubSub, BigQuery, Storage) if kind.is_wanted(settings)]:
            programs = toolchain.ensure_stand_ins()
            wanted += [kind(programs) for kind in emulators]
        return wanted

    def _listens(self, name: str) -> bool:
        """Whether a stand-in is where it should be. One of which nobody knows where is as good as none."""
        return name in self._addresses.ports and listens(self._addresses.ports[name])

    def _await(self, server: Server, process: "subprocess.Popen[bytes]") -> None:
        """Waits until a stand-in that was started answers.

        Raises:
            LocalCloudError: It ended before it did, or never does.
        """
        port = self._addresses.ports[server.name]
        if wait_until(lambda: process.poll() is not None or server.answers(port), _PATIENCE) and process.poll() is None:
            return
        fate = f"did not answer for {_PATIENCE:.0f} seconds" if process.poll() is None else "ended before it answered"
        raise LocalCloudError(
            f"The stand-in of {ORIGINALS[server.name]} {fate}." + self._last_words(server.name),
            "Nobody could use it. What was started now was stopped again; what ran before still does.",
            f"Mend what it names; the whole log is {self._processes.log(server.name)}. `make stand-ins-down "
            f"STACK={self._workspace.stack}` forgets what the stand-ins hold, if that is what ails it.",
        )

    def _fill(self, server: Server, settings: Settings) -> None:
        # Here for the reason above.
        import psycopg
        from google.api_core.exceptions import GoogleAPIError
        from requests import RequestException

        try:
            server.fill(self._addresses.ports[server.name], settings)
        except (GoogleAPIError, RequestException, psycopg.Error) as failure:
            raise LocalCloudError(
                f"The stand-in of {ORIGINALS[server.name]} does not take what the stack declares: {failure}"
                + self._last_words(server.name),
                "Who relies on that would fail. What was started now was stopped again; what ran before still does.",
                f"Correct it in Pulumi.{self._workspace.stack}.yaml, then run the same command again.",
            ) from failure

    def _tell_of_an_end(self, name: str) -> None:
        """Says of a stand-in that it ended by itself: only those that were ended leave no log behind."""
        if self._processes.log(name).exists():
            console.say(f"The stand-in of {ORIGINALS[name]} had ended; it is started again.{self._last_words(name)}")

    def _end(self, names: Collection[str], kept_log: str = "") -> None:
        running = self.running()
        if _POSTGRES in names and _POSTGRES in running:
            # Where it is asked as the others are, PostgreSQL waits for its clients to leave.
            running[_POSTGRES].send_signal(signal.SIGINT)
        self._processes.end(names)
        for name in names:
            if name in running and name != kept_log:
                self._processes.log(name).unlink(missing_ok=True)

    def _last_words(self, name: str) -> str:
        log = self._processes.log(name)
        said = log.read_text(errors="replace").splitlines()[-_LAST_LINES:] if log.exists() else []
        return "\n".join(["", "It said last:", *(f"  {line}" for line in said)]) if said else ""
