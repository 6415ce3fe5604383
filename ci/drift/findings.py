"""What of a stack is otherwise than its state says: looked for by a refresh of which nothing is kept."""

import tempfile
from pathlib import Path

from ci.preview import engine
from ci.preview.engine import Answer
from localcloud import console, rehearsal, stack
from localcloud.real_cloud import RealCloud
from localcloud.simulated_google import SimulatedGoogle
from localcloud.workspace import Workspace

_REFRESH = ("refresh", "--preview-only")


def on_cloud(root: Path, name: str) -> Answer:
    """What is otherwise on the real cloud.

    Raises:
        LocalCloudError: It is not there, or something that it takes is missing, such as credentials.
        SettingsError: The stack's file is wrong, or there is none.
    """
    pulumi = RealCloud(root, name).opened(SimulatedGoogle.commands.preview)
    console.say(f"Looking for drift of {name} on the real Google Cloud …")
    with tempfile.TemporaryDirectory(prefix="drift-") as folder:
        return engine.ask("pulumi", [*_REFRESH, "--stack", name], root, pulumi.environment, Path(folder))


def on_rehearsal(root: Path, name: str) -> Answer:
    """What is otherwise on the simulated cloud of a stack that is rehearsed on this machine.

    Raises:
        LocalCloudError: It is not rehearsed here.
    """
    place = Workspace(root, name)
    stack.require(place, "There is nothing that could have drifted.")
    cloud = rehearsal.opened(place).cloud
    with tempfile.TemporaryDirectory(prefix="drift-") as folder:
        arguments = [*_REFRESH, "--stack", name]
        return engine.ask(cloud.programs["pulumi"], arguments, cloud.project, cloud.environment(), Path(folder))
