"""Files in containers: what a ConfigMap or a Secret holds, each mounted at the path that was asked for."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pulumi import Output

from web_platform.errors import Fault
from web_platform.physical_name import mark_of

_PATH = re.compile(r"(/[A-Za-z0-9._-]+)+")
_MAXIMUM_KEY = 253
_MAXIMUM_VOLUME_NAME = 63


def key_of(path: str) -> str:
    """The key that holds a file: keys of ConfigMaps and Secrets cannot have a slash in them."""
    return path.strip("/").replace("/", "_.")


def volume_name(kind: str, path: str) -> str:
    """The name of the volume for a path: what the path is called, as far as Kubernetes lets volumes be called that."""
    slug = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")
    # Of two paths that are called alike, each has a mark of its own.
    mark = "" if path == f"/{slug}" else mark_of(path)
    return f"{kind}-{slug}"[: _MAXIMUM_VOLUME_NAME - len(mark)].rstrip("-") + mark


def file_mounts(volume: str, paths: Iterable[str]) -> list[dict[str, Any]]:
    """Mounts of files, each alone, so that what the image has beside them stays visible."""
    return [{"name": volume, "mountPath": path, "subPath": key_of(path), "readOnly": True} for path in sorted(paths)]


def config_map_volume(volume: str, name: Output[str]) -> dict[str, Any]:
    """A volume of the files that a ConfigMap holds."""
    return {"name": volume, "configMap": {"name": name}}


def secret_volume(volume: str, name: Output[str]) -> dict[str, Any]:
    """A volume of the files that a Secret holds, for the pod's own user and nobody else."""
    return {"name": volume, "secret": {"secretName": name, "defaultMode": 0o440}}


def file_path_fault(path: str) -> Fault | None:
    """A path in a container is absolute, and there is one way to write it."""
    if _PATH.fullmatch(path) and not {".", ".."} & set(path.split("/")):
        return None
    return Fault(
        what="is not a path that something can be mounted at",
        danger="the API server would refuse the pods, or the container would find it elsewhere",
        remedy="begin with '/', do not end with one, and use letters, digits, '.', '_' and '-': '/etc/shop/shop.yaml'",
    )


def file_faults(args: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Find what is wrong with a workload's `files` and `secret_files`."""
    for kind in ("files", "secret_files"):
        keys: dict[str, str] = {}
        for path in args.get(kind, {}):
            field = f"{kind} {path!r}"
            other = keys.setdefault(key_of(path), path)
            if fault := file_path_fault(path) or _key_fault(path) or (None if other == path else _same_fault(other)):
                yield field, fault


def _key_fault(path: str) -> Fault | None:
    danger = "the API server would refuse the file, and the pods would wait for it"
    if len(key_of(path)) > _MAXIMUM_KEY:
        what = f"is longer than what Kubernetes can keep a file under, {_MAXIMUM_KEY} characters"
        return Fault(what, danger, remedy="shorten the path")
    if key_of(path).startswith(".."):
        return Fault("begins with two dots, under which Kubernetes keeps no file", danger, "rename its first folder")
    return None


def _same_fault(other: str) -> Fault:
    return Fault(
        what=f"would be kept under the same key as {other!r}",
        danger="one of the two would have the content of the other",
        remedy="rename one of them",
    )
