"""Moving Pulumi's state from the folder that it begins in to the bucket that it has made.

https://www.pulumi.com/docs/iac/concepts/state-and-backends/#migrating-between-state-backends
"""

import json
import tempfile
from pathlib import Path
from typing import Final, Protocol

from bootstrap.organisation import STACK
from localcloud.errors import LocalCloudError

LOOK: Final = ("preview", "--refresh", "--expect-no-changes", "--non-interactive", "--stack", STACK)
"""What `pulumi` is asked to fail at where something is missing, or not as it was declared."""

STAYS: Final = "The state stays where it was; nothing is lost."
"""What a failure of a `Backend` means."""


class Backend(Protocol):
    """Pulumi with one place for its state."""

    def ask(self, *arguments: str) -> str:
        """What `pulumi` answers.

        Raises:
            LocalCloudError: It failed.
        """


def move(before: Backend, after: Backend, secrets_provider: str = "") -> int:
    """Moves the stack, whole or not at all: until it is seen to have arrived, it stays where it was.

    Args:
        before: Where it is.
        after: Where it is to be. What an earlier move has left there is replaced.
        secrets_provider: What its secrets are encrypted with there. Default: what they are encrypted with before.

    Returns:
        How many resources it has.

    Raises:
        LocalCloudError: Pulumi failed, or something is missing there.
    """
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "state.json"  # In a folder that nobody else can enter.
        before.ask("stack", "export", "--stack", STACK, "--show-secrets", "--file", str(file))
        after.ask("stack", "select", "--create", STACK)
        # As what it was encrypted with, which the state says of itself: only then can it be encrypted anew.
        after.ask("stack", "import", "--stack", STACK, "--file", str(file))
    if secrets_provider:
        after.ask("stack", "change-secrets-provider", secrets_provider, "--stack", STACK)
    moved, arrived = _urns(before), _urns(after)
    if moved != arrived:
        raise LocalCloudError(
            f"Of {len(moved)} resources of the state, {len(moved & arrived)} have arrived in the bucket.",
            STAYS,
            "Run the same command again: it goes on with the move.",
        )
    before.ask("stack", "rm", STACK, "--force", "--yes", "--preserve-config")
    return len(arrived)


def _urns(backend: Backend) -> set[str]:
    deployment = json.loads(backend.ask("stack", "export", "--stack", STACK))["deployment"]
    return {each["urn"] for each in deployment.get("resources") or []}
