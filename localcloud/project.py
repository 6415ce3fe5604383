"""The directory in which Pulumi runs a stack on the local cloud.

A stack whose file has an ``encryptionsalt`` keeps its secrets with a passphrase; on the local cloud that is
`PASSPHRASE`, no secret, and Pulumi runs in the project itself. Any other stack's secrets belong to a key in a cloud,
which is never touched: Pulumi runs in a copy of the project's two files. So does every stack on the simulated Google
Cloud, whatever its file says. In the copy

- the secrets provider is the passphrase;
- each encrypted value is another one, encrypted with that passphrase: it stays a secret from input to state;
- there are no Pulumi ESC environments, which only Pulumi Cloud could open.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

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


def name(directory: Path) -> str:
    """The name of the project in `directory`."""
    return str(_read(directory / "Pulumi.yaml")["name"])


def is_local(workspace: Workspace) -> bool:
    """Whether the stack's secrets are kept with a passphrase."""
    return "encryptionsalt" in _stack(workspace)


def copy(workspace: Workspace, overrides: Mapping[str, object] | None = None) -> Path:
    """Makes or renews the copy, with `overrides` in place of those keys of its configuration; gives its directory."""
    directory = workspace.project
    directory.mkdir(parents=True, exist_ok=True)
    stack = {key: value for key, value in _stack(workspace).items() if key not in _NOT_COPIED}
    configuration = {**_replaced(stack.get("config") or {}), **(overrides or {})}
    _write(directory / _file(workspace), {"encryptionsalt": _SALT, **stack, "config": configuration})

    project = _read(workspace.root / "Pulumi.yaml")
    project.pop("backend", None)  # The environment names another; no mistake there may lead to this one.
    options = project["runtime"]["options"]
    options["virtualenv"] = str(workspace.root / options["virtualenv"])
    _write(directory / "Pulumi.yaml", project | {"main": str(workspace.root)})
    return directory


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
    return _read(workspace.root / _file(workspace))


def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text()) or {}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))
