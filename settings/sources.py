"""Where the nodes of a cluster have the project's folders, for pods that run what a developer is writing."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from web_platform import Fault, SourceMountArgs
from web_platform.workloads.files import file_path_fault

from settings import problems
from settings.fields import SettingsError
from settings.problems import Problem, shown
from settings.relations import PROJECT
from settings.stack import Settings
from settings.workloads import ServiceSettings, SourceMountSettings, WorkerSettings

# Set where every node of the cluster has the project's folder: the path that it has there.
SOURCES_VARIABLE = "WEB_PLATFORM_SOURCES"

_ROOT = Path(__file__).resolve().parents[1]


def source_mounts(settings: Settings, environment: Mapping[str, str] = os.environ) -> dict[str, SourceMountArgs | None]:
    """Say what each workload runs in place of what its image holds, by its name.

    Raises `SettingsError` where the cluster cannot mount it. Nothing has been declared by then, if it is asked first.
    """
    sections: dict[str, Mapping[str, ServiceSettings | WorkerSettings]] = {
        "services": settings.services,
        "workers": settings.workers,
    }
    return {
        name: source_mount_args(f"{section}.{name}", workload.source_mount, environment)
        for section, workloads in sections.items()
        for name, workload in workloads.items()
    }


def source_mount_args(
    place: str, wanted: SourceMountSettings | None, environment: Mapping[str, str] = os.environ
) -> SourceMountArgs | None:
    """Say what a workload runs in place of what its image holds. `place` names it in the stack file.

    It depends on the environment: whoever runs a cluster whose nodes have the project's folder says where.

    Raises `SettingsError` where the cluster cannot mount it.
    """
    if wanted is None:
        return None
    root = environment.get(SOURCES_VARIABLE)
    folder = _folder(wanted.folder) if root else _UNSHARED
    if isinstance(folder, Fault):
        problem = Problem(f"{PROJECT}:{place}.sourceMount", folder, shown(wanted.folder))
        raise SettingsError(problems.listed("The sources cannot be mounted.", [problem]))
    args: SourceMountArgs = {"node_path": str(PurePosixPath(str(root), folder)), "mount_path": wanted.mount_path}
    if wanted.command is not None:
        args["command"] = wanted.command
    if wanted.arguments is not None:
        args["arguments"] = wanted.arguments
    return args


def _folder(written: str) -> PurePosixPath | Fault:
    """Where a folder really is in the project: nodes follow no link that leads through this machine."""
    try:
        path = (_ROOT / written).resolve()
    except (OSError, ValueError):  # A name that no file can have.
        return _NO_FOLDER
    if Path(written).is_absolute() or not path.is_relative_to(_ROOT) or not path.is_dir():
        return _NO_FOLDER
    folder = PurePosixPath(path.relative_to(_ROOT).as_posix())
    return (None if path == _ROOT else file_path_fault(f"/{folder}")) or folder


_NO_FOLDER = Fault(
    what="is no folder of the project",
    danger="pods would wait for a volume that is not there",
    remedy="write the path of a folder from the project's own, without leaving it: 'examples/hello'",
)

_UNSHARED = Fault(
    what="cannot be mounted: the nodes of this cluster do not have the project's folder",
    danger="pods would run what their image holds, or wait for a folder that is not there",
    remedy="use a cluster that shares it, which takes Docker and kind: `make down`, then `make up CLUSTER=kind`; "
    "on any other, remove `sourceMount`; `make run` runs the folder on this machine, without a cluster",
)
