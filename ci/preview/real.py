"""A preview with credentials: what a change would do to the stack as it is on the real cloud."""

import tempfile
from pathlib import Path

import settings
from ci.preview import engine
from ci.preview.capacity import capacity
from ci.preview.previews import Preview
from localcloud import console, policies
from localcloud.real_cloud import RealCloud
from localcloud.simulated_google import SimulatedGoogle


def preview(root: Path, stack: str) -> Preview:
    """Previews the change; one that fails says so.

    Raises:
        LocalCloudError: It is not there, or something that it takes is missing, such as credentials.
        SettingsError: The stack's file is wrong.
    """
    read = settings.from_stack_file(root, stack)
    pulumi = RealCloud(root, stack).opened(SimulatedGoogle.commands.preview, made=True)
    console.say(f"Previewing the change to {stack} on the real Google Cloud …")
    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        arguments = ["preview", *policies.arguments(root), "--stack", stack]
        answer = engine.ask("pulumi", arguments, root, pulumi.environment, Path(folder))
    return Preview(
        stack,
        rehearsed=False,
        against="Compared with what is deployed.",
        told=answer.told,
        failure=answer.failure,
        capacity=None if answer.failure else capacity(answer.told.steps, read),
    )
