"""What there is to know of a server that stands in for one of Google's services."""

import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from settings import Settings

HOST = "127.0.0.1"
"""Where every stand-in listens: nobody else's machine reaches it."""


ORIGINALS = {"postgres": "Cloud SQL", "pubsub": "Pub/Sub", "bigquery": "BigQuery", "storage": "Cloud Storage"}
"""What each stand-in, by its name, stands in for."""


class Server(ABC):
    """A server as a process.

    Attributes:
        name: What its process, its log and its port are called: one of `ORIGINALS`.
        ports: The names of the ports that it listens on, its own first.
    """

    name: str
    ports: tuple[str, ...]

    @staticmethod
    @abstractmethod
    def is_wanted(settings: Settings) -> bool:
        """Whether the stack declares anything of its kind."""

    @abstractmethod
    def command(self, directory: Path, ports: Mapping[str, int]) -> Sequence[str | Path]:
        """The command that runs it in `directory`, after what it stores was made ready there."""

    def answers(self, port: int) -> bool:
        """Whether it does what it is there for: most listen only then."""
        return listens(port)

    @abstractmethod
    def fill(self, port: int, settings: Settings) -> None:
        """Makes in it what the stack declares and is not there yet.

        Raises:
            LocalCloudError: It has something of that name which is different.
        """

    @abstractmethod
    def contents(self, settings: Settings) -> list[str]:
        """What it holds of the stack, by name."""


def listens(port: int) -> bool:
    """Whether anybody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
