"""A stack on this machine: opened, brought up, previewed and destroyed. What is declared in a cloud is simulated."""

import json
import time
from collections.abc import Iterator, Sequence

import typer

import settings
from localcloud import console
from localcloud.cluster import NodePool
from localcloud.cluster.machine_types import machine_type
from localcloud.errors import LocalCloudError
from localcloud.given_cluster import GivenCluster
from localcloud.local_cloud import LocalCloud, present
from localcloud.platform import Platform
from localcloud.simulated_google import SimulatedGoogle
from localcloud.stack import Stack, exists
from localcloud.stand_ins import StandIns
from localcloud.toolchain import Toolchain
from localcloud.turns import turn
from localcloud.workspace import Workspace


class Rehearsal:
    """The stack of `workspace`. Commands say what they do, and give an exit code."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def up(self) -> int:
        """Brings the stack up, from whatever there is of it."""
        started = time.monotonic()
        stack = self._introduced()
        _require_agreement(stack)
        with turn(self._workspace):
            code = stack.up()
        if code:
            return code
        _tell_outcome(stack, time.monotonic() - started)
        return 0

    def preview(self) -> int:
        """Shows what `up` would change."""
        stack = self._introduced()
        _require_agreement(stack)
        return stack.preview()

    def down(self) -> int:
        """Destroys the stack's resources and ends what they were on.

        Raises:
            LocalCloudError: Something is left over that nobody promised to keep.
        """
        with turn(self._workspace):
            return self._down()

    def _down(self) -> int:
        if exists(self._workspace):
            try:
                stack = self._introduced(ending=True)
                retained = stack.retained()
            except (LocalCloudError, settings.SettingsError) as failure:
                self._give_up(failure)
            else:
                # Before it: a destruction that fails halfway forgets a part of them.
                stack.cloud.platform.retain(retained)
                if code := _destroyed(stack):
                    return code
        StandIns(self._workspace).delete()
        left = [line for platform in present(self._workspace) for line in platform.dispose()]
        console.say(f"The stack {self._workspace.stack} is destroyed, and nothing of it runs any more.")
        _refuse_leftovers(self._workspace.stack, left)
        return 0

    def _introduced(self, ending: bool = False) -> Stack:
        stack = opened(self._workspace, ending)
        if introduction := stack.cloud.platform.introduction():
            console.say(introduction)
        return stack

    def _give_up(self, failure: Exception) -> None:
        """What keeps Pulumi from destroying the stack must not keep its clusters, with which everything in it goes."""
        name = self._workspace.stack
        console.error(str(failure))
        console.say(f"Pulumi cannot destroy {name} like that, so its cluster is deleted with all that is in it.")
        for platform in present(self._workspace):
            platform.delete()


def opened(workspace: Workspace, ending: bool = False) -> Stack:
    """The stack on its open local cloud.

    Args:
        workspace: Where its things are.
        ending: Whether it is only to be destroyed. What was rehearsed on Google Cloud is, whatever its file says now.

    Raises:
        LocalCloudError: Something of the local cloud cannot be had.
        SettingsError: The stack file is wrong; nothing was started.
    """
    if ending and workspace.google.is_dir():
        return Stack(LocalCloud.open(workspace, lambda place, _: SimulatedGoogle(place, ending=True)))
    declared = settings.from_stack_file(workspace.root, workspace.stack)
    pools = [NodePool(declared.cluster.nodes, machine_type(declared.cluster.machine_type))]

    def platform(workspace: Workspace, programs: Toolchain) -> Platform:
        if declared.platform == "google":
            return SimulatedGoogle(workspace)
        return GivenCluster(workspace, programs, pools)

    return Stack(LocalCloud.open(workspace, platform))


def _destroyed(stack: Stack) -> int:
    """Pulumi's exit code for the destruction of a stack, which may have no resources yet."""
    code = stack.destroy()
    if code > 0:  # Below, a signal has ended Pulumi, and nothing stood in its way.
        console.say(
            f"What Pulumi names above keeps {stack.name} from being destroyed; what it had not reached is still there."
            "\nMend that and run the same command again, or let `make clean` remove every stack of this folder."
        )
    return code


def _require_agreement(stack: Stack) -> None:
    """Refuses an update from a state that lists what was lost with the simulated cloud: it would change nothing.

    Raises:
        LocalCloudError: State and cloud disagree.
    """
    if not (stack.exists and stack.cloud.platform.is_empty() and (listed := stack.on_google())):
        return
    raise LocalCloudError(
        f"Pulumi's state of {stack.name} lists {len(listed)} resources of Google Cloud, but the simulated one "
        f"({stack.cloud.workspace.google}) is empty: state and cloud disagree.",
        "Pulumi would take what is lost for up to date, and fail at what depends on it; nothing was changed.",
        f"Put a copy of google.sqlite back, or start over: `make rehearse-down STACK={stack.name}` forgets the state.",
    )


def _refuse_leftovers(stack: str, left: Sequence[str]) -> None:
    if left:
        raise LocalCloudError(
            "\n  ".join(["Left over in the simulated Google Cloud, though nobody promised to keep it:", *left]),
            "In the real one it would go on costing money, and the next stack of this name would meet it.",
            f"Remove it with `make google STACK={stack} CMD='delete <type> <id>'`, and find out who made it.",
        )


def _tell_outcome(stack: Stack, seconds: float) -> None:
    platform = stack.cloud.platform
    console.say(f"\nThe stack {stack.name} is up, after {seconds:.0f} s. Its outputs:")
    outputs = dict(_flattened(stack.outputs()))
    width = max(map(len, outputs), default=0)
    for name, value in outputs.items():
        typer.echo(f"  {name:<{width}}  {value}")
    suffix = "" if stack.name == "dev" else f" STACK={stack.name}"
    if not platform.runs_containers:
        console.say(
            "The API server, the scheduler and the controllers are real; the nodes are played. No container runs, so\n"
            "nobody answers at these URLs. docs/local-cloud.md says what is real, and how to have containers run."
        )
    console.say(
        f"Look further:\n"
        f"  make shell{suffix} CMD='kubectl get pods,ingresses -A'\n"
        f"  make shell{suffix} CMD='pulumi stack'\n"
        f"  make {platform.commands.preview}{suffix}      what a change would do\n"
        f"  make {platform.commands.down}{suffix}         destroy it all and stop the cluster"
    )


def _flattened(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """A tree of outputs by dotted names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flattened(inner, f"{name}.{key}" if name else key)
    else:
        yield name, value if isinstance(value, str) else json.dumps(value)
