"""A preview without credentials: the target branch's program is brought up here, and the change is previewed on it.

So the engine and its providers say what they would do to resources that exist: what is replaced and why, and what only
looks different. A comparison of both declarations from nothing takes a third of the time and can say none of that.
All of it is in a folder that is thrown away; a stack that is up on this machine is another one.
"""

import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import settings
from ci.preview import base, engine
from ci.preview.capacity import capacity
from ci.preview.engine import Answer
from ci.preview.markdown import code, ending
from ci.preview.previews import Preview
from localcloud import console, policies, project, rehearsal
from localcloud.local_cloud import LocalCloud, present
from localcloud.stack import Stack
from localcloud.workspace import Workspace

_UP = ("up", "--yes", "--skip-preview")
_SHORT = 10


@dataclass(frozen=True)
class _Scratch(Workspace):
    """The places of a stack in a folder that is thrown away."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "localcloud"


class Rehearsed:
    """Previews of the stack `stack` of the project in `root`.

    Args:
        root: Where the project is, as the change has it.
        stack: Its name.
        revision: The commit to compare with; empty to preview everything from nothing.
    """

    def __init__(self, root: Path, stack: str, revision: str) -> None:
        self._root = root
        self._stack = stack
        self._revision = revision

    def preview(self) -> Preview:
        """Previews the change; one that fails says so.

        Raises:
            LocalCloudError: There is nothing to preview it on.
            SettingsError: The stack's file, as the change has it, is wrong.
        """
        with tempfile.TemporaryDirectory(prefix="preview-") as folder:
            place = _Scratch(self._root, self._stack, Path(folder))
            try:
                return self._previewed(place)
            finally:
                for platform in present(place):
                    platform.delete()

    def _previewed(self, place: _Scratch) -> Preview:
        read = settings.from_stack_file(self._root, self._stack)
        cloud = self._opened(place)
        against, lost = "Everything is previewed from nothing.", False
        if self._revision:
            former = place.folder / "base"
            base.extract(self._root, self._revision, former)
            commit = code(self._revision[:_SHORT])
            if not (former / f"Pulumi.{self._stack}.yaml").is_file():
                against = f"At {commit} there is no such stack: everything is new."
            elif failure := self._brought_up(cloud, _Scratch(former, self._stack, place.folder)):
                console.error(f"The stack {self._stack} does not come up as {self._revision} declares it:\n{failure}")
                cloud.platform.delete()
                cloud = self._opened(place)
                against, lost = _not_up(commit, failure), True
            else:
                against = f"Compared with {commit}, rehearsed."
        console.say(f"Previewing the change to {self._stack} …")
        answer = self._asked(cloud, place, "preview", *policies.arguments(self._root))
        return Preview(
            self._stack,
            rehearsed=True,
            against=against,
            told=answer.told,
            failure=answer.failure,
            from_nothing=lost,
            capacity=None if answer.failure else capacity(answer.told.steps, read),
        )

    def _opened(self, place: _Scratch) -> LocalCloud:
        place.home.mkdir(mode=0o700, exist_ok=True)
        return rehearsal.opened(place).cloud

    def _brought_up(self, cloud: LocalCloud, former: _Scratch) -> str:
        """Brings the stack up as its former program declares it; says why that failed, or nothing."""
        console.say(f"Rehearsing {self._stack} as {self._revision[:_SHORT]} declares it …")
        started = time.monotonic()
        failure = self._asked(cloud, former, *_UP).failure
        if not failure:
            console.say(f"It is up, after {time.monotonic() - started:.0f} s.")
        return failure

    def _asked(self, cloud: LocalCloud, place: _Scratch, *arguments: str) -> Answer:
        """Asks the engine of the program in a place's root, on one state and one cloud whichever that is."""
        directory = project.copy(place)
        stack = Stack(LocalCloud(cloud.workspace, cloud.platform, cloud.programs, directory))
        if not stack.exists:
            stack.select()
        return engine.ask(
            cloud.programs["pulumi"],
            [*arguments, "--stack", self._stack],
            directory,
            _with_components(place.root, stack.cloud.environment()),
            place.folder,
        )


def _with_components(root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which a program finds its own components, and not those that are installed with the others."""
    path = [str(root / "components"), environment.get("PYTHONPATH", "")]
    return {**environment, "PYTHONPATH": os.pathsep.join(filter(None, path))}


def _not_up(commit: str, failure: str) -> str:
    return (
        f"**{commit}, with which this is to be compared, does not come up itself**, so everything is previewed from "
        f"nothing, and nobody knows what of it is replaced or deleted. Why:\n\n{ending(failure)}"
    )
