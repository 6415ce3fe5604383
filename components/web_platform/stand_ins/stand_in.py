"""One stand-in: the pod that runs in place of one of Google's services."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from pulumi import Input, Output

from web_platform.labels import MANAGED
from web_platform.pods import NOBODY, TEMPORARY_FILES, disk_for, pod_security, resources
from web_platform.workloads.containers import container, words
from web_platform.workloads.files import config_map_volume

CONTENTS = "/contents"
"""Directory of the files that say what is in it."""

# What the images write to. The rest of their file systems is read-only.
_SCRATCH_SIZE = "1Gi"

_CONTENTS_VOLUME = "contents"
_DIRECTORIES_VOLUME = "directories"


class StandIn(NamedTuple):
    """What is run in place of one of Google's services."""

    image: str
    port: int
    memory: str
    user: int = NOBODY
    command: Sequence[str] | None = None
    args: Sequence[Input[str]] | None = None
    environment: Sequence[Mapping[str, Any]] = ()
    scratch: Sequence[str] = (TEMPORARY_FILES,)
    """Directories that it writes to."""

    secret_files: Mapping[str, Output[str]] = {}
    """Secrets whose keys are files, by directory."""

    contents: Mapping[str, str] = {}
    """Files in `CONTENTS`, by name. A change of one gives another pod."""

    directories: Sequence[str] = ()
    """Directories that are there, empty."""

    post_start: Sequence[str] | None = None
    """Command that is run in it whenever it starts. Until that has succeeded it is not ready; if it fails, it starts
    again."""


def deployment_spec(stand_in: StandIn, labels: dict[str, str], contents: Output[str] | None) -> dict[str, Any]:
    """The one pod of a stand-in. `contents` is the ConfigMap of its files."""
    scratch = {directory: f"scratch-{number}" for number, directory in enumerate(stand_in.scratch)}
    files = {directory: f"files-{number}" for number, directory in enumerate(stand_in.secret_files)}
    hooks = {"postStart": {"exec": {"command": list(stand_in.post_start)}}} if stand_in.post_start else {}
    main = container(
        "stand-in",
        stand_in.image,
        environment=stand_in.environment,
        resources=resources("50m", stand_in.memory, disk=disk_for(_SCRATCH_SIZE for _ in stand_in.scratch)),
        mounts=[
            *({"name": name, "mountPath": directory} for directory, name in (scratch | files).items()),
            *([] if contents is None else [{"name": _CONTENTS_VOLUME, "mountPath": CONTENTS, "readOnly": True}]),
            *map(_empty_directory, stand_in.directories),
        ],
        **words(stand_in.command, stand_in.args),
        **({"lifecycle": hooks} if hooks else {}),
        ports=[{"name": "main", "containerPort": stand_in.port}],
        # PostgreSQL listens here only once its databases exist.
        readinessProbe={"tcpSocket": {"port": "main"}, "periodSeconds": 2},
    )
    return {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        # Never two at once: each would hold a part of the data.
        "strategy": {"type": "Recreate"},
        "template": {
            "metadata": {"labels": labels | MANAGED},
            "spec": {
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": pod_security(stand_in.user),
                "containers": [main],
                "volumes": [
                    *(_scratch_volume(name) for name in scratch.values()),
                    *(
                        {"name": name, "secret": {"secretName": stand_in.secret_files[directory]}}
                        for directory, name in files.items()
                    ),
                    *([] if contents is None else [config_map_volume(_CONTENTS_VOLUME, contents)]),
                    *([_scratch_volume(_DIRECTORIES_VOLUME)] if stand_in.directories else []),
                ],
            },
        },
    }


def _scratch_volume(name: str) -> dict[str, Any]:
    return {"name": name, "emptyDir": {"sizeLimit": _SCRATCH_SIZE}}


def _empty_directory(path: str) -> dict[str, Any]:
    """The mount of an empty directory. The kubelet makes a directory of its own for each in their one volume."""
    return {
        "name": _DIRECTORIES_VOLUME,
        "mountPath": path,
        "subPath": PurePosixPath(path).name,
        "readOnly": True,
    }
