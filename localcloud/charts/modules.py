"""Go modules as a source of files: what cert-manager and Kong publish there, they publish with checksums."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.errors import LocalCloudError

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
    go = shutil.which("go")
    if not go:
        raise LocalCloudError(
            f"There is no Go on PATH, and the files that {pin / 'go.mod'} names come as a Go module.",
            _CONSEQUENCE,
            "Install Go 1.26 or later (https://go.dev/doc/install), then run the same command again.",
        )
    # Flags and workspaces of the user's could change what is downloaded.
    environment = os.environ | {"GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    answer = subprocess.run(
        [go, "mod", "download", "-json"],
        cwd=pin,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    said = _first_object(answer.stdout)
    if answer.returncode or "Dir" not in said:
        raise _download_failed(pin, said.get("Error") or answer.stderr or answer.stdout)
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


def _download_failed(pin: Path, said: str) -> LocalCloudError:
    last = "\n".join(f"  {line}" for line in said.strip().splitlines()[-6:])
    if "no space left on device" in said:
        remedy = "Make room (`go clean -cache` frees Go's build cache) or set GOMODCACHE to another disk's directory."
    else:
        remedy = (
            "See that Go reaches its module proxy (`go env GOPROXY`) or fill Go's module cache where there is a "
            "network, then run the same command again."
        )
    return LocalCloudError(
        f"The Go module that {pin / 'go.mod'} requires could not be downloaded. Go said last:\n{last}",
        _CONSEQUENCE,
        remedy,
    )
