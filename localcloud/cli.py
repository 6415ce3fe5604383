"""The commands. Each says what it does on standard error; results go to standard output."""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

import settings
from localcloud import console, toolchain, workspace
from localcloud.cluster import NodePool
from localcloud.cluster.machine_types import machine_type
from localcloud.cluster.processes import Processes
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import LocalCloud, choose_cluster
from localcloud.stack import Stack
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace

ROOT = Path(settings.__file__).parent
_INTERRUPTED = 130

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
StackName = Annotated[str, typer.Argument(help="The stack: the * of a file Pulumi.*.yaml.")]


@app.command()
def up(stack: StackName = "dev") -> None:
    """Brings a stack up: builds the toolchain if need be, starts the cluster, runs `pulumi up`."""
    started = time.monotonic()
    with _expected_failures():
        runner = Stack(_open(stack))
        _exit_unless_ok(runner.up())
        _tell_outcome(runner, time.monotonic() - started)


@app.command()
def preview(stack: StackName = "dev") -> None:
    """Shows what `up` would change."""
    with _expected_failures():
        _exit_unless_ok(Stack(_open(stack)).preview())


@app.command()
def down(stack: StackName = "dev") -> None:
    """Destroys a stack's resources and stops its cluster."""
    with _expected_failures():
        place = _known(stack)
        if place.state.is_dir():
            try:
                cloud = _open(stack)
            except (LocalCloudError, settings.SettingsError) as failure:
                # What keeps Pulumi from destroying it must not keep its cluster, with which everything in it goes.
                console.error(str(failure))
                console.say(
                    f"Pulumi cannot destroy {stack} like that, so its cluster is deleted with all that is in it."
                )
            else:
                _destroy(Stack(cloud))
        _delete(place)
        console.say(f"The stack {stack} is destroyed and its cluster is gone.")


@app.command(context_settings={"ignore_unknown_options": True})
def shell(
    stack: StackName = "dev",
    command: Annotated[str, typer.Option("--command", "-c", help="Run this there instead of a shell.")] = "",
) -> None:
    """Opens a shell in which plain pulumi, kubectl and helm work on the stack's local cloud."""
    with _expected_failures():
        runner = Stack(_open(stack))
        runner.select()
        if command:
            raise typer.Exit(_exit_code(runner.cloud.run(["/bin/sh", "-c", command])))
        console.say(f"pulumi, kubectl and helm work on the local cloud of {stack} here. `exit` leads back.")
        if runner.cloud.project != ROOT:
            console.say(f"Pulumi.{stack}.yaml here is a copy that is renewed each time: make changes in {ROOT}.")
        raise typer.Exit(_exit_code(runner.cloud.run([os.environ.get("SHELL", "/bin/sh")])))


@app.command()
def stop(stack: StackName = "dev") -> None:
    """Stops a stack's cluster and keeps what it stored; `up` goes on from there."""
    with _expected_failures():
        place = _known(stack)
        if place.directory.is_dir():
            choose_cluster(place, Toolchain({})).stop()
        console.say(f"The cluster of {stack} is stopped.")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Shows the stacks that have a local cloud, and what of it runs."""
    report: dict[str, Any] = {}
    for stack in workspace.stacks(ROOT):
        place = Workspace(ROOT, stack)
        running = Processes(place.cluster).running()
        report[stack] = {
            "kubeconfig": str(place.cluster / "kubeconfig"),
            "processes": {part: process.pid for part, process in sorted(running.items())},
        }
    if as_json:
        typer.echo(json.dumps(report, indent=2))
    elif not report:
        typer.echo("No stack has a local cloud. `make up` makes one for dev.")
    else:
        for stack, found in report.items():
            parts = ", ".join(f"{part} ({pid})" for part, pid in found["processes"].items())
            typer.echo(f"{stack}: {parts or 'stopped'}")


@app.command(name="toolchain")
def build_toolchain() -> None:
    """Builds the toolchain, if it is not there yet, and says where each program is."""
    with _expected_failures():
        for name, program in toolchain.ensure().programs.items():
            typer.echo(f"{name}\t{program}")


@app.command()
def clean() -> None:
    """Stops every cluster of this project and removes .localcloud; the toolchain's cache stays."""
    with _expected_failures():
        for stack in workspace.stacks(ROOT):
            _delete(Workspace(ROOT, stack))
        if workspace.home(ROOT).exists():
            shutil.rmtree(workspace.home(ROOT))
        console.say(
            f"Removed .localcloud. The built toolchain stays in {toolchain.cache_directory()}, for every clone."
        )


def _known(stack: str) -> Workspace:
    """Where the stack is, up or not; one that is neither up nor declared is an error, not an empty success."""
    place = Workspace(ROOT, stack)
    if not place.directory.is_dir():
        settings.from_stack_file(ROOT, stack)
    return place


def _open(stack: str) -> LocalCloud:
    place = Workspace(ROOT, stack)
    # The settings first: a mistake in the stack file should cost no start of anything.
    cluster = settings.from_stack_file(ROOT, stack).cluster
    pool = NodePool(cluster.nodes, machine_type(cluster.machine_type))
    return LocalCloud.open(place, pool)


def _delete(place: Workspace) -> None:
    if place.directory.is_dir():
        choose_cluster(place, Toolchain({})).delete()
        shutil.rmtree(place.directory)


def _tell_outcome(runner: Stack, seconds: float) -> None:
    stack, cloud = runner.name, runner.cloud
    console.say(f"\nThe stack {stack} is up, after {seconds:.0f} s. Its outputs:")
    for line in _lines(runner.outputs()):
        typer.echo(f"  {line}")
    suffix = "" if stack == "dev" else f" STACK={stack}"
    if not cloud.cluster.runs_containers:
        console.say(
            "The API server, the scheduler and the controllers are real; the nodes are played. No container runs, so\n"
            "nobody answers at these URLs. docs/local-cloud.md says what is real, and how to have containers run."
        )
    console.say(
        f"Look further:\n"
        f"  make shell{suffix} CMD='kubectl get pods,ingresses -A'\n"
        f"  make shell{suffix} CMD='pulumi stack'\n"
        f"  make preview{suffix}      what a change would do\n"
        f"  make down{suffix}         destroy it all and stop the cluster"
    )


def _lines(value: object, name: str = "") -> Iterator[str]:
    """A tree of outputs as `name  value` lines."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _lines(inner, f"{name}.{key}" if name else key)
    else:
        yield f"{name:<24} {value if isinstance(value, str) else json.dumps(value)}"


def _destroy(runner: Stack) -> None:
    code = runner.destroy() if runner.exists else 0
    if code:
        console.say(
            "Nothing else was deleted. If it cannot be mended, `make clean` removes every cluster of this folder."
        )
    _exit_unless_ok(code)


def _exit_unless_ok(code: int) -> None:
    if code:
        raise typer.Exit(_exit_code(code))


def _exit_code(code: int) -> int:
    """What a shell gives for it: a process that a signal ended counts from 128."""
    return code if code >= 0 else 128 - code


@contextmanager
def _expected_failures() -> Iterator[None]:
    """Tells an expected failure in its three sentences, and ends with a code that is not 0."""
    # An end that is asked for politely runs the same clean-up as an interrupt.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    except (LocalCloudError, settings.SettingsError) as failure:
        console.error(str(failure))
        raise typer.Exit(1) from failure
    except OSError as failure:
        where = f" {failure.filename}" if failure.filename else ""
        console.error(
            f"The local cloud's files{where} cannot be used: {failure.strerror or failure}.\n"
            "  The command stopped where it was.\n"
            "  Remedy: Make room, mend the file's rights, or move away what is there; then run the same command again."
        )
        raise typer.Exit(1) from failure
    except KeyboardInterrupt as interrupt:
        console.say("Interrupted.")
        raise typer.Exit(_INTERRUPTED) from interrupt
