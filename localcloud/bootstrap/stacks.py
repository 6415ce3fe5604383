"""Which stacks can be rebuilt: those that pipelines deploy."""

from pathlib import Path

import settings
from bootstrap import organisation
from bootstrap.organisation import Organisation
from localcloud.errors import LocalCloudError


def require_deployed(root: Path, stack: str) -> Organisation:
    """What the organisation of the project in `root` has once, where it deploys `stack`.

    Raises:
        LocalCloudError: It does not.
        SettingsError: A file is wrong, or the stack's is not there.
    """
    declared = settings.from_stack_file(root, stack)
    if declared.platform != "google":
        raise LocalCloudError(
            f"The stack {stack} is on this machine, not on Google Cloud.",
            "Nothing of it outlives its cluster; nothing was touched.",
            f"`make down STACK={stack}` and `make up STACK={stack}` rebuild it.",
        )
    once = organisation.from_file(root / organisation.DIRECTORY.name)
    if stack not in once.stacks:
        deployed = " or ".join(sorted(once.stacks))
        raise LocalCloudError(
            f"{organisation.FILE} says nothing of the stack {stack}.",
            "There is no place for its state and nobody who deploys it; nothing was touched.",
            f"Add `{stack}: {{}}` under `{organisation.PROJECT}:stacks` there, or name {deployed}.",
        )
    return once
