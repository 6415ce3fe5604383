"""Stacks on the real Google Cloud, which is where jobs with credentials look."""

from pathlib import Path

import settings
from localcloud.errors import LocalCloudError
from settings import Settings


def read(root: Path, stack: str, rehearsed: str) -> Settings:
    """The settings of a stack that is on the real Google Cloud.

    Args:
        root: Where the project is.
        stack: The stack.
        rehearsed: The command that does the same without it.

    Raises:
        LocalCloudError: It is declared on this machine.
        SettingsError: Its file is wrong, or there is none.
    """
    found = settings.from_stack_file(root, stack)
    if found.platform != "google":
        raise LocalCloudError(
            f"The stack {stack} has the platform {found.platform!r}, so that it is not on the real Google Cloud.",
            "There is nothing to look at with credentials.",
            f"`{rehearsed}` looks at it on this machine.",
        )
    return found
