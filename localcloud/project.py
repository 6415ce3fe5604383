"""The directory in which Pulumi runs a stack on the local cloud.

A stack whose file has an ``encryptionsalt`` keeps its secrets with a passphrase; on the local cloud that is
`PASSPHRASE`, no secret, and Pulumi runs in the project itself. Any other stack's secrets belong to a key in a cloud,
which is never touched: Pulumi runs in a copy of the project's two files, with a local salt in it.
"""

from pathlib import Path

from ruamel.yaml import YAML

from localcloud.workspace import Workspace

PASSPHRASE = "localcloud"  # noqa: S105 - known to all, and protects nothing

# https://www.pulumi.com/docs/iac/concepts/secrets/: what a stack file says of its secrets provider.
_SECRETS_PROVIDER = ("secretsprovider", "encryptedkey", "encryptionsalt")


def directory(workspace: Workspace) -> Path:
    """Where to run Pulumi; makes or renews the copy where one is needed."""
    yaml = YAML()
    stack_file = f"Pulumi.{workspace.stack}.yaml"
    stack = yaml.load(workspace.root / stack_file) or {}
    if "encryptionsalt" in stack:
        return workspace.root

    copy = workspace.project
    copy.mkdir(parents=True, exist_ok=True)
    former = yaml.load(copy / stack_file) if (copy / stack_file).exists() else {}
    for key in _SECRETS_PROVIDER:
        stack.pop(key, None)
    if "encryptionsalt" in (former or {}):
        stack["encryptionsalt"] = former["encryptionsalt"]
    yaml.dump(stack, copy / stack_file)

    project = yaml.load(workspace.root / "Pulumi.yaml")
    project["main"] = str(workspace.root)
    options = project["runtime"]["options"]
    options["virtualenv"] = str(workspace.root / options["virtualenv"])
    yaml.dump(project, copy / "Pulumi.yaml")
    return copy
