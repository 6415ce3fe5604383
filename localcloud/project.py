"""The directory in which Pulumi runs a stack on the local cloud.

A stack whose file has an ``encryptionsalt`` keeps its secrets with a passphrase; on the local cloud that is
`PASSPHRASE`, no secret, and Pulumi runs in the project itself. Any other stack's secrets belong to a key in a cloud,
which is never touched: Pulumi runs in a copy of the project's two files, with a local salt in it.
"""

from pathlib import Path
from typing import Any

import yaml

from localcloud.workspace import Workspace

PASSPHRASE = "localcloud"  # noqa: S105 - known to all, and protects nothing

# https://www.pulumi.com/docs/iac/concepts/secrets/: what a stack file says of its secrets provider.
_SECRETS_PROVIDER = ("secretsprovider", "encryptedkey", "encryptionsalt")


def name(directory: Path) -> str:
    """The name of the project in `directory`."""
    return str(_read(directory / "Pulumi.yaml")["name"])


def directory(workspace: Workspace) -> Path:
    """Where to run Pulumi; makes or renews the copy where one is needed."""
    stack_file = f"Pulumi.{workspace.stack}.yaml"
    stack = _read(workspace.root / stack_file)
    if "encryptionsalt" in stack:
        return workspace.root

    copy = workspace.project
    copy.mkdir(parents=True, exist_ok=True)
    former = _read(copy / stack_file) if (copy / stack_file).exists() else {}
    kept = {key: value for key, value in stack.items() if key not in _SECRETS_PROVIDER}
    salt = {key: former[key] for key in ("encryptionsalt",) if key in former}
    _write(copy / stack_file, salt | kept)

    project = _read(workspace.root / "Pulumi.yaml")
    options = project["runtime"]["options"]
    options["virtualenv"] = str(workspace.root / options["virtualenv"])
    _write(copy / "Pulumi.yaml", project | {"main": str(workspace.root)})
    return copy


def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text()) or {}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))
