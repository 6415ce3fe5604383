"""Where stand-ins listen: the ports that were asked for, else those that they had before, else free ones."""

import json
import os
from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path

from localcloud import console
from localcloud.cluster import files, ports
from localcloud.errors import LocalCloudError
from localcloud.stand_ins.server import HOST, ORIGINALS, Server


class Addresses:
    """The addresses of the stand-ins whose files are in `directory`."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "ports.json"

    def of(self, name: str) -> str:
        """The address of a stand-in that was started."""
        return f"{HOST}:{self.ports[name]}"

    @cached_property
    def ports(self) -> dict[str, int]:
        """The ports by name; empty before any was chosen, or where the file was damaged."""
        try:
            noted: dict[str, int] = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return noted

    def choose(self, servers: Sequence[Server], running: Collection[str]) -> None:
        """Gives ports to those that do not run, and notes them: no two have the same.

        Raises:
            LocalCloudError: A port that was asked for is none, is taken, or is not the one that a running stand-in has.
        """
        starting = [server for server in servers if server.name not in running]
        for server in servers:
            if server.name in running:
                self._require_agreement(server.name)
        asked = _asked_for(starting)
        theirs = {port for server in starting for port in server.ports}
        others = {port: number for port, number in self.ports.items() if port not in theirs}
        chosen = {port: number for port, number in others.items() if number not in asked.values()} | asked
        for server in starting:
            for port in server.ports:
                if port not in chosen:
                    chosen[port] = self._free(port, server.name, set(chosen.values()))
        self.ports = chosen
        files.write(self._file, json.dumps(chosen).encode())

    def _free(self, port: str, name: str, taken: Collection[int]) -> int:
        former = self.ports.get(port)
        if former and former not in taken:
            if ports.is_free(former):
                return former
            console.say(f"Another program listens on {HOST}:{former}, where the stand-in of {ORIGINALS[name]} was.")
        while (number := ports.free()) in taken:
            continue
        return number

    def _require_agreement(self, name: str) -> None:
        asked = os.environ.get(setting(name))
        if asked and ports.number(asked, setting(name), _who(name)) != self.ports.get(name):
            raise LocalCloudError(
                f"{setting(name)}={asked}, but the stand-in of {ORIGINALS[name]} listens on {self.of(name)}.",
                "Whoever uses it would lose it; nothing was changed.",
                "Run `make stop` with the stack's name first, or leave the setting out.",
            )


def setting(name: str) -> str:
    """The environment variable with the port that a stand-in shall have."""
    return f"LOCALCLOUD_{name.upper()}_PORT"


def _asked_for(servers: Sequence[Server]) -> dict[str, int]:
    asked: dict[str, int] = {}
    for server in servers:
        if text := os.environ.get(setting(server.name)):
            number = ports.require(text, setting(server.name), _who(server.name))
            if number in asked.values():
                other = next(name for name, port in asked.items() if port == number)
                raise LocalCloudError(
                    f"{setting(server.name)}={number}, and so is {setting(other)}.",
                    "Two stand-ins cannot listen on one port; nothing was started.",
                    "Give each a port of its own, or leave the settings out.",
                )
            asked[server.name] = number
    return asked


def _who(name: str) -> str:
    return f"The stand-in of {ORIGINALS[name]}"
