"""Lays the charts out: whole or not at all, and only when something changed."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import filelock

from localcloud.charts import certmanager, kong, modules
from localcloud.errors import LocalCloudError

_HERE = Path(__file__).parent
_PINS = _HERE.parent / "go"
_CERT_MANAGER = _PINS / "cert-manager"
_KONG_DEFINITIONS = _PINS / "kong-crds"
_GATEWAY_API = _PINS / "gateway-api"

# What the charts were made of, and what was made, each as a digest. It also says that the directory is ours.
_STAMP = ".assembled"


def assemble(destination: Path) -> None:
    """Makes `destination` the directory of local charts: ``ingress``, ``addon`` and ``cert-manager``, unpacked.

    Cheap when it is that already. Else the charts are laid out beside it and renamed into place; a second process waits
    and then finds the first one's. Files that were changed by hand are put right.

    Args:
        destination: A directory of our own; it need not exist.

    Raises:
        LocalCloudError: There is no Go, a module cannot be had, the disk is full, or `destination` is somebody else's.
    """
    made_of = _digest(
        [*_sources(), *(file for pin in (_CERT_MANAGER, _KONG_DEFINITIONS, _GATEWAY_API) for file in _files(pin))],
        _HERE.parent,
    )
    try:
        if _is_right(destination, made_of):
            return
        destination.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(_beside(destination, "lock")):
            if not _is_right(destination, made_of):
                _refuse_foreign(destination)
                _replace(destination, made_of)
    except OSError as error:
        raise LocalCloudError(
            f"The local charts cannot be written to {destination}: {error.strerror or error}.",
            "They were not laid out, and nothing half-made was left there.",
            "Make room or make that directory writable, then run the same command again.",
        ) from error


def _replace(destination: Path, made_of: str) -> None:
    # Whoever was killed left these; the lock says that nobody is using them.
    for leftover in destination.parent.glob(_beside(destination, "assembling-*").name):
        shutil.rmtree(leftover)
    prefix = _beside(destination, "assembling-").name
    with tempfile.TemporaryDirectory(prefix=prefix, dir=destination.parent) as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        kong.stand_in(
            _HERE / "ingress", modules.fetch(_KONG_DEFINITIONS), modules.fetch(_GATEWAY_API), fresh / "ingress"
        )
        certmanager.release(modules.fetch(_CERT_MANAGER), fresh / "cert-manager")
        shutil.copytree(_HERE / "addon", fresh / "addon")
        made = _digest(_files(fresh), fresh)
        (fresh / _STAMP).write_text(f"{made_of}\n{made}\n")
        if destination.exists():
            destination.rename(Path(scratch) / "replaced")
        fresh.rename(destination)


def _is_right(destination: Path, made_of: str) -> bool:
    stamp = destination / _STAMP
    try:
        said = stamp.read_text().split()
        return said == [made_of, _digest((file for file in _files(destination) if file != stamp), destination)]
    except (FileNotFoundError, NotADirectoryError):
        return False  # It is not there, or another process is replacing it right now.


def _refuse_foreign(destination: Path) -> None:
    if destination.is_dir() and (not any(destination.iterdir()) or (destination / _STAMP).is_file()):
        return
    if destination.exists():
        raise LocalCloudError(
            f"{destination} is not a directory that the local charts were laid out in: it has no {_STAMP}.",
            "Laying them out there would have deleted what is in it.",
            "Name another directory, or delete that one if nothing in it is wanted.",
        )


def _beside(destination: Path, suffix: str) -> Path:
    return destination.with_name(f".{destination.name}.{suffix}")


def _sources() -> list[Path]:
    """Everything here that shapes the result: the stand-ins and the code that assembles."""
    return [file for file in _files(_HERE) if "__pycache__" not in file.parts]


def _files(directory: Path) -> list[Path]:
    return [file for file in directory.rglob("*") if file.is_file()]


def _digest(files: Iterable[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
