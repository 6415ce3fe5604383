"""`bootstrap/` in rehearsal: on a simulated Google Cloud of its own, with a folder for the content of its bucket."""

import subprocess
from pathlib import Path

import typer

from bootstrap import organisation
from bootstrap.organisation import STACK, Organisation
from localcloud import console
from localcloud.bootstrap.migration import LOOK, STAYS, move
from localcloud.bootstrap.place import Place
from localcloud.bootstrap.report import outcome
from localcloud.local_cloud import LocalCloud
from localcloud.simulated_google import SimulatedGoogle
from localcloud.stack import Stack, exists
from localcloud.turns import turn

_YES = ("--yes", "--skip-preview")


class RehearsedBootstrap:
    """The program of the project in `root`, rehearsed. Commands say what they do, and give an exit code."""

    def __init__(self, root: Path) -> None:
        self._directory = root / organisation.DIRECTORY.name

    def up(self) -> int:
        """Makes what an organisation has once, from whatever there is of it, and lets the bucket keep its state.

        Raises:
            SettingsError: Pulumi.organisation.yaml is wrong, or the file of a stack that it names; nothing was started.
        """
        declared = organisation.from_file(self._directory, with_stacks=True)
        place = self._place(declared)
        place.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        stack = _opened(place)
        console.say(stack.cloud.platform.introduction())
        with turn(place):
            if code := stack.up(ruled=False):  # The rules are for stacks; this is where these can be.
                return code
            if not place.bucket:
                moved = _opened(Place(self._directory, bucket=declared.bucket(STACK)))
                count = move(_Rehearsed(stack), _Rehearsed(moved))
                console.say(
                    f"The state, {count} resources, is in {declared.backend(STACK)} now; a folder stands for it here."
                )
                stack = moved
        typer.echo(outcome(stack.outputs()))
        return 0

    def ensure(self) -> int:
        """As `up`, but only where something of it is missing or is not as it was declared."""
        place = self._place(organisation.from_file(self._directory, with_stacks=True))
        if not place.bucket:
            return self.up()
        stack = _opened(place)
        if _is_as_declared(stack.cloud):
            console.say("What the organisation has once is there, and as it was declared.")
            return 0
        console.say("Something of what the organisation has once is missing, or not as it was declared.")
        with turn(place):
            code = stack.cloud.run([stack.cloud.programs["pulumi"], "refresh", *_YES, "--stack", STACK])
        return code or self.up()

    def _place(self, declared: Organisation) -> Place:
        """Where the state is: in a folder, until the bucket has all of it."""
        begun = Place(self._directory)
        in_bucket = Place(self._directory, bucket=declared.bucket(STACK))
        return in_bucket if exists(in_bucket) and not exists(begun) else begun


def _is_as_declared(cloud: LocalCloud) -> bool:
    looked = subprocess.run(
        [cloud.programs["pulumi"], *LOOK],
        cwd=cloud.project,
        env=cloud.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return looked.returncode == 0


class _Rehearsed:
    """Pulumi with the state of one place."""

    def __init__(self, stack: Stack) -> None:
        self._cloud = stack.cloud

    def ask(self, *arguments: str) -> str:
        return self._cloud.ask("pulumi", [*arguments, "--non-interactive"], STAYS)


def _opened(place: Place) -> Stack:
    return Stack(LocalCloud.open(place, lambda where, _: SimulatedGoogle(where)))
