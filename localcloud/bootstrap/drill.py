"""The drill for a disaster: a rehearsed stack is destroyed and rebuilt from nothing, and nothing promised may be lost.

Times are of this machine, where no disk is formatted and no virtual machine starts; what they show is which command
does how much of the work, and that it takes nobody's help.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import NamedTuple

from rich.table import Table

from localcloud import console, leftovers, rehearsal
from localcloud.bootstrap.rehearsal import RehearsedBootstrap
from localcloud.bootstrap.stacks import require_deployed
from localcloud.errors import LocalCloudError
from localcloud.providers.google import sql, tokens
from localcloud.providers.google.cloud import SERVICE, Cloud
from localcloud.rehearsal import Rehearsal
from localcloud.simulated_google import SimulatedGoogle
from localcloud.stack import Stack, exists
from localcloud.workspace import Workspace

# Pulumi leaves them to their instance, which takes them with it, into its last backup.
_IN_DATABASES = (tokens.SQL_DATABASE, tokens.SQL_USER)


class Promise(NamedTuple):
    """Something that outlives the stack.

    Attributes:
        what: It, as a phrase.
        is_kept: Whether it is still there.
    """

    what: str
    is_kept: Callable[[Cloud], bool]


@dataclass(frozen=True)
class Drilled:
    """What a drill has shown.

    Attributes:
        stack: The stack's name.
        destroyed_in: Seconds that its destruction took.
        rebuilt_in: Seconds that it took from nothing to a stack that is up.
        resources: How many resources it has, as before.
        kept: What has outlived it.
    """

    stack: str
    destroyed_in: float
    rebuilt_in: float
    resources: int
    kept: list[str]


class Drill:
    """The drill of the stack of `workspace`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._bootstrap = RehearsedBootstrap(workspace.root)

    def run(self) -> Drilled | int:
        """Rebuilds the stack, and before that what the organisation has once, where something of it is missing.

        Returns:
            What it has shown, or the exit code of a command that failed.

        Raises:
            LocalCloudError: The stack is not one that pipelines deploy, or something was lost.
        """
        require_deployed(self._workspace.root, self._workspace.stack)
        stack = Rehearsal(self._workspace)
        if code := self._bootstrap.ensure() or (0 if exists(self._workspace) else stack.up()):
            return code
        before = rehearsal.opened(self._workspace)
        promises = [*promises_of(self._cloud, before.retained())]
        declared = _urns(before)
        started = time.monotonic()
        if code := stack.down():
            return code
        destroyed = time.monotonic()
        _refuse_loss(self._workspace.stack, lost_of(self._cloud, promises))
        console.say(f"\nNothing of {self._workspace.stack} is left but what is kept. It is rebuilt now.")
        rebuilding = time.monotonic()
        if code := self._bootstrap.ensure() or stack.up():
            return code
        rebuilt = time.monotonic()
        now = _urns(rehearsal.opened(self._workspace))
        _refuse_loss(self._workspace.stack, [*lost_of(self._cloud, promises), *sorted(declared - now)])
        return Drilled(
            self._workspace.stack,
            round(destroyed - started, 1),
            round(rebuilt - rebuilding, 1),
            len(now),
            [promise.what for promise in promises],
        )

    @property
    def _cloud(self) -> Cloud:
        return SimulatedGoogle(self._workspace).cloud


def table(drilled: Drilled) -> Table:
    """What it has shown, for people."""
    shown = Table(box=None, pad_edge=False, show_header=False, title=f"Drill of {drilled.stack}", title_justify="left")
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    shown.add_row("destroyed in", f"{drilled.destroyed_in:.0f} s")
    shown.add_row("rebuilt in", f"{drilled.rebuilt_in:.0f} s, from nothing")
    shown.add_row("resources", f"{drilled.resources}, all of the former ones among them")
    shown.add_row("kept", "\n".join(drilled.kept))
    return shown


def as_json(drilled: Drilled) -> str:
    """The same for programs."""
    said = asdict(drilled)
    return json.dumps({_camel(name): value for name, value in said.items()}, indent=2)


def promises_of(cloud: Cloud, retained: Collection[tuple[str, str]]) -> Iterator[Promise]:
    """What is to outlive the stack that stands in `cloud`: docs/google-cloud.md says it of a real one."""
    for instance in cloud.find(tokens.DATABASE_INSTANCE):
        backup = (sql.BACKUP, f"{instance.state['project']}/{instance.state['name']}")
        yield Promise(f"the last backup of the database {instance.id}", partial(_is_noted, backup))
    for note, detail in cloud.kept(sql.BACKUP).items():
        yield Promise(f"the {detail.removeprefix('the ')}, from earlier", partial(_is_noted, note))
    earlier = [key.partition(" ")[::2] for _, key in cloud.kept(leftovers.RETAINED)]
    for type_, identifier in dict.fromkeys([*earlier, *retained]):
        if type_ not in _IN_DATABASES:
            name = f"the {type_.rpartition(':')[2]} {identifier.rpartition('/')[2]}"
            yield Promise(name, partial(_exists, type_, identifier))
    enabled = [(service.state["project"], service.state["service"]) for service in cloud.find(SERVICE)]
    if enabled:
        yield Promise(f"{len(enabled)} services of Google that stay enabled", partial(_are_enabled, enabled))


def _is_noted(note: tuple[str, str], cloud: Cloud) -> bool:
    return note in cloud.kept(note[0])


def _exists(type_: str, identifier: str, cloud: Cloud) -> bool:
    return cloud.get(type_, identifier) is not None


def _are_enabled(services: Collection[tuple[str, str]], cloud: Cloud) -> bool:
    return all(cloud.enabled(project, service) for project, service in services)


def lost_of(cloud: Cloud, promises: Collection[Promise]) -> list[str]:
    """What of the promised is not there."""
    return [promise.what for promise in promises if not promise.is_kept(cloud)]


def _refuse_loss(stack: str, lost: Collection[str]) -> None:
    if lost:
        raise LocalCloudError(
            "\n  ".join([f"The drill of {stack} has lost what was there, or promised to be kept:", *lost]),
            "After a real disaster, nobody could bring it back.",
            "Find out which change has led to it, and do not merge that; docs/bootstrap.md says what is promised.",
        )


def _urns(stack: Stack) -> set[str]:
    exported = stack.cloud.ask("pulumi", ["stack", "export", "--stack", stack.name], "Nothing can be compared with it.")
    return {each["urn"] for each in json.loads(exported)["deployment"].get("resources") or []}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
