"""The directory in which Pulumi runs a stack on the local cloud.

A stack whose file has an ``encryptionsalt`` keeps its secrets with a passphrase; on the local cloud that is
`PASSPHRASE`, no secret, and Pulumi runs in the project itself. Any other stack's secrets belong to a key in a cloud,
which is never touched: Pulumi runs in a copy of the project's two files. So does every stack on the simulated Google
Cloud, whatever its file says. In the copy

- the secrets provider is the passphrase;
- each encrypted value is another one, encrypted with that passphrase: it stays a secret from input to state;
- there are no Pulumi ESC environments, which only Pulumi Cloud could open.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

import settings
from localcloud.workspace import Workspace

PASSPHRASE = "localcloud"  # noqa: S105 - known to all, and protects nothing

STAND_IN = "stand-in"
"""What every encrypted value of a copy says."""

# Both made with `PASSPHRASE` by `pulumi stack init` and `pulumi config set --secret`; the salt proves the passphrase.
_SALT = "v1:Qve3n9zP1Z4=:v1:v2ceK1H21wVAU0y1:Sb0yHef6Z7bDPKVthM6j9972+3OMRw=="
_ENCRYPTED_STAND_IN = {"secure": "v1:2NKph1jdRaCUcLul:0MiLQHOPWMxr6+HZ4iBHrflXMrT3getZ"}

# https://www.pulumi.com/docs/iac/concepts/secrets/: what a stack file says of its secrets provider;
# https://www.pulumi.com/docs/esc/environments/: and of where further values come from.
_NOT_COPIED = ("secretsprovider", "encryptedkey", "encryptionsalt", "environment")


def is_local(workspace: Workspace) -> bool:
    """Whether the stack's secrets are kept with a passphrase."""
    return "encryptionsalt" in _stack(workspace)


def copy(workspace: Workspace) -> Path:
    """Makes or renews the copy and gives its directory.

    Raises:
        SettingsError: One of the two files cannot be read.
    """
    stack = {key: value for key, value in _stack(workspace).items() if key not in _NOT_COPIED}
    project = _project(workspace)
    options = project["runtime"]["options"]
    options["virtualenv"] = str(workspace.root / options["virtualenv"])
    return _written(workspace, project, {**stack, "config": _replaced(stack.get("config") or {})})


def bare_copy(workspace: Workspace) -> Path:
    """As `copy`, but only what Pulumi needs to destroy the stack, for which it runs no program and asks no settings.

    Whatever the stack's file says, and whether there is one, is of no account.
    """
    return _written(workspace, {"name": _project(workspace)["name"], "runtime": "python"}, {"config": {}})


def replaced(workspace: Workspace) -> str:
    """What the copy has in place of what the stack file says, as a sentence a line; empty where that is nothing."""
    stack = _stack(workspace)
    secrets = sorted(_encrypted(stack.get("config") or {}))
    said = []
    if secrets:
        said.append(f"Encrypted values are not decrypted; {', '.join(secrets)} hold {STAND_IN!r} here.")
    if stack.get("environment"):
        said.append("Pulumi ESC environments are not opened; what only they say is missing here.")
    return "\n".join(said)


def _project(workspace: Workspace) -> dict[str, Any]:
    project = settings.load_yaml(workspace.root / "Pulumi.yaml")
    project.pop("backend", None)  # The environment names another; no mistake there may lead to this one.
    return project


def _written(workspace: Workspace, project: dict[str, Any], stack: dict[str, Any]) -> Path:
    directory = workspace.project
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / _file(workspace), {"encryptionsalt": _SALT, **stack})
    _write(directory / "Pulumi.yaml", project | {"main": str(workspace.root)})
    return directory


def _replaced(value: Any) -> Any:  # noqa: ANN401 - configuration is of any shape
    """The same configuration with a stand-in for each encrypted value."""
    if _is_encrypted(value):
        return dict(_ENCRYPTED_STAND_IN)
    if isinstance(value, dict):
        return {key: _replaced(inner) for key, inner in value.items()}
    return [_replaced(inner) for inner in value] if isinstance(value, list) else value


def _encrypted(value: object, path: str = "") -> Iterator[str]:
    """Where encrypted values are."""
    if _is_encrypted(value):
        yield path
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _encrypted(inner, f"{path}.{key}" if path else str(key))


def _is_encrypted(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _file(workspace: Workspace) -> str:
    return f"Pulumi.{workspace.stack}.yaml"


def _stack(workspace: Workspace) -> dict[str, Any]:
    return settings.load_yaml(workspace.root / _file(workspace))


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))
