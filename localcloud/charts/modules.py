"""Go modules as a source of files: what cert-manager and Kong publish there, they publish with checksums."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.errors import LocalCloudError
from localcloud.toolchain import go

_CONSEQUENCE = "The local charts cannot be laid out without it; what was there before is untouched."


@dataclass(frozen=True)
class Module:
    """A Go module whose files are on this machine.

    Attributes:
        path: Its import path.
        version: Its version, with the ``v``.
        directory: Where its files are. Go's cache: read only.
    """

    path: str
    version: str
    directory: Path


def fetch(pin: Path) -> Module:
    """Downloads the one module that the go.mod in `pin` requires, or finds it in Go's cache.

    Raises:
        LocalCloudError: There is no Go, the download failed, or go.sum does not vouch for what arrived.
    """
    program = go.find(f"The files that {pin / 'go.mod'} names come as a Go module")
    answer = subprocess.run(
        [program, "mod", "download", "-json"],
        cwd=pin,
        env=go.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = _first_object(answer.stdout)
    if answer.returncode or "Dir" not in said:
        output = str(said.get("Error") or answer.stderr or answer.stdout)
        raise go.failure(f"Downloading the module of {pin / 'go.mod'}", output.strip().splitlines(), _CONSEQUENCE)
    module = Module(said["Path"], said["Version"], Path(said["Dir"]))
    _verify(pin, module, said.get("Sum"))
    return module


def _verify(pin: Path, module: Module, found: str | None) -> None:
    """Go itself takes what its cache holds already on trust, and a go.sum with a line missing for granted."""
    committed = (pin / "go.sum").read_text() if (pin / "go.sum").is_file() else ""
    if f"{module.path} {module.version} {found}" not in committed.splitlines():
        raise LocalCloudError(
            f"{pin / 'go.sum'} does not vouch for {module.path} {module.version}: its checksum here is {found}.",
            "It may not be what its authors published, so none of it was used.",
            "Restore go.sum from version control and run `go clean -modcache`, then run the same command again.",
        )


def _first_object(text: str) -> dict[str, Any]:
    """`go mod download -json` prints one object a module, one after the other, and nothing when it did not start."""
    start = text.find("{")
    if start < 0:
        return {}
    value, _ = json.JSONDecoder().raw_decode(text, start)
    return dict(value)
