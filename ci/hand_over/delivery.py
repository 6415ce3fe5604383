"""Bringing outputs to where they are wanted: as the platform's stack, in the backend of somebody else."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ci.hand_over.outputs import Outputs
from localcloud import real_pulumi
from localcloud.errors import LocalCloudError
from localcloud.real_pulumi import RealPulumi
from settings import PROJECT

_ANOTHER = {"PULUMI_CONFIG_PASSPHRASE": ""}
"""Pulumi makes no stack without a key. Nothing is encrypted with this one, and what is delivered does not name it."""


def deliver(outputs: Outputs, stack: str, backend: str, environment: Mapping[str, str]) -> bool:
    """Writes the outputs as those of the stack, all of them or none.

    Args:
        outputs: The outputs.
        stack: The stack whose they are.
        backend: Where they are written.
        environment: That of whoever may write there.

    Returns:
        Whether anything of them is new there.

    Raises:
        LocalCloudError: It cannot be done. What Pulumi says of it is on standard error.
    """
    with _project() as folder:
        there = RealPulumi(folder, {**environment, **_ANOTHER}, backend, "Nothing was handed over.")
        there.ask("stack", "select", "--create", stack)
        held = _resources(there.ask("stack", "export", "--stack", stack))
        if held == outputs.resources:
            return False
        file = folder / "state.json"
        file.write_text(json.dumps(outputs.state))
        try:
            there.ask("stack", "import", "--stack", stack, "--file", str(file))
        except LocalCloudError:
            # A stack without outputs would look like one that has lost them.
            if not held:
                there.succeeds("stack", "rm", stack, "--yes", within=real_pulumi.ANSWERS_WITHIN)
            raise
    return True


def _resources(exported: str) -> object:
    """What a stack consists of that was exported, whatever somebody has made of it; nothing where that is nonsense."""
    try:
        content = json.loads(exported)
    except (ValueError, RecursionError):
        return []
    match content:
        case {"deployment": {"resources": resources}}:
            return resources
        case _:
            return []


@contextmanager
def _project() -> Iterator[Path]:
    """A folder with the platform's project and nothing of it: the platform's own files are not to be written to."""
    with tempfile.TemporaryDirectory(prefix="hand-over-") as folder:
        (Path(folder) / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
        yield Path(folder)
