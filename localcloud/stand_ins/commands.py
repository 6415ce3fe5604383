"""The commands for stand-ins as processes: they are started and ended, used by a workload, and looked into."""

import json
import os
from itertools import islice
from typing import Annotated

import typer
from rich.table import Table

import settings
from localcloud import console
from localcloud.command import ROOT, StackName, exit_unless_ok, expected_failures, known, show
from localcloud.errors import LocalCloudError
from localcloud.loopback import reached_directly
from localcloud.stand_ins.program import choose, program
from localcloud.stand_ins.pubsub_address import address_of_pubsub
from localcloud.stand_ins.stand_ins import StandIn, StandIns
from localcloud.turns import turn_of_stand_ins
from localcloud.workspace import Workspace

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Stand-ins for Google's services.")


@app.callback()
def _reach_directly() -> None:
    # Google's clients would ask a proxy for this machine.
    os.environ.update(reached_directly(os.environ))


@app.command()
def up(
    stack: StackName = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Starts stand-ins for all that a stack declares, with everything in them; builds them if need be."""
    with expected_failures():
        found = StandIns(Workspace(ROOT, stack)).start(settings.from_stack_file(ROOT, stack))
        if not found:
            raise LocalCloudError(
                f"The stack {stack} declares nothing that has a stand-in.",
                "There is nothing to start.",
                "Declare `topics`, `datasets` or `buckets`, or a workload with `database: true`.",
            )
        if as_json:
            typer.echo(json.dumps({each.name: each._asdict() for each in found}, indent=2))
            return
        show(_table(found))
        suffix = "" if stack == "dev" else f" STACK={stack}"
        console.say(
            f"Look further:\n"
            f"  make run WORKLOAD=…{suffix}     run a workload's program with all of its variables\n"
            f"  make messages TOPIC=…{suffix}   see what is published\n"
            f"  make stop{suffix}               end them, and keep what they stored\n"
            f"  make stand-ins-down{suffix}     end them, and forget it"
        )


@app.command()
def down(stack: StackName = "dev") -> None:
    """Ends a stack's stand-ins and forgets what they stored."""
    with expected_failures():
        place = known(stack)
        with turn_of_stand_ins(place):
            StandIns(place).delete()
        console.say(f"No stand-in of {stack} runs any more, and what they stored is gone.")


@app.command()
def run(
    workload: Annotated[str, typer.Argument(help="A service, worker, job or agent of the stack.")],
    stack: StackName = "dev",
    command: Annotated[str, typer.Option("--command", "-c", help="Run this instead of its own program.")] = "",
) -> None:
    """Runs a workload's program on this machine, with the variables that it has in a cluster, beside stand-ins."""
    with expected_failures():
        declared = settings.from_stack_file(ROOT, stack)
        chosen = choose(declared, workload, command)
        beside = StandIns(Workspace(ROOT, stack))
        beside.start(declared)
        exit_unless_ok(program(ROOT, declared, beside, chosen).run())


@app.command()
def messages(
    topic: Annotated[str, typer.Argument(help="The topic, or <topic>-<workload>-dead-letters.")],
    stack: StackName = "dev",
    count: Annotated[int, typer.Option(min=0, help="End after as many messages; 0 is never.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON a message, for programs.")] = False,
) -> None:
    """Follows a topic: every message that is published to it from now on."""
    # Here, because Google's clients take half a second to import, and other commands need none of them.
    from localcloud.stand_ins.messages import following

    with expected_failures():
        declared = settings.from_stack_file(ROOT, stack)
        with address_of_pubsub(Workspace(ROOT, stack), declared, topic) as address, following(address, topic) as found:
            console.say(f"Messages of {topic} from now on. Ctrl+C ends it.")
            for message in islice(found, count or None):
                typer.echo(message.as_json() if as_json else message.as_line())


def _table(found: list[StandIn]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("STAND-IN", "OF", "AT", "HOLDS"):
        table.add_column(title, overflow="fold")
    for each in found:
        table.add_row(each.name, each.original, each.address, "\n".join(each.contents))
    return table
