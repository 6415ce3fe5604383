"""The commands. Each says what it does on standard error; results go to standard output."""

import json
import os
import shutil
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

import settings
from localcloud import (
    certificates,
    chart_mirror,
    console,
    doctor,
    google_commands,
    rehearsal,
    releases,
    services,
    toolchain,
    workspace,
)
from localcloud.bootstrap import commands as bootstrap_commands
from localcloud.cluster.processes import Processes
from localcloud.command import ROOT, StackName, exit_code, exit_unless_ok, expected_failures, known, show
from localcloud.local_cloud import present
from localcloud.parity.command import parity
from localcloud.real_cloud import RealCloud
from localcloud.rehearsal import Rehearsal
from localcloud.stack import require
from localcloud.stand_ins import StandIns
from localcloud.stand_ins import commands as stand_in_commands
from localcloud.workspace import Workspace

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(google_commands.app, name="google")
app.add_typer(stand_in_commands.app, name="stand-ins")
app.command()(parity)
bootstrap_commands.add_to(app)

_AsEvents = Annotated[bool, typer.Option("--json", help="The engine's events, one a line, for programs.")]


@app.command()
def up(stack: StackName = "dev") -> None:
    """Brings a stack up where it is declared: on the local cloud, or on the real Google Cloud."""
    with expected_failures():
        exit_unless_ok(_as_declared(Workspace(ROOT, stack)).up())


@app.command()
def preview(stack: StackName = "dev") -> None:
    """Shows what `up` would change."""
    with expected_failures():
        exit_unless_ok(_as_declared(Workspace(ROOT, stack)).preview())


@app.command()
def down(stack: StackName = "dev") -> None:
    """Destroys a stack's resources where it is declared; of a local one also the cluster."""
    with expected_failures():
        exit_unless_ok(_as_declared(known(stack)).down())


@app.command()
def rehearse(stack: StackName = "dev") -> None:
    """Brings any stack up on this machine, Google Cloud simulated; builds the toolchain if need be."""
    with expected_failures():
        exit_unless_ok(Rehearsal(Workspace(ROOT, stack)).up())


@app.command()
def rehearse_preview(stack: StackName = "dev") -> None:
    """Shows what `rehearse` would change."""
    with expected_failures():
        exit_unless_ok(Rehearsal(Workspace(ROOT, stack)).preview())


@app.command()
def rehearse_down(stack: StackName = "dev") -> None:
    """Destroys a rehearsed stack, with its protection lifted, and says what is kept."""
    with expected_failures():
        exit_unless_ok(Rehearsal(known(stack)).down())


@app.command(context_settings={"ignore_unknown_options": True})
def shell(
    stack: StackName = "dev",
    command: Annotated[str, typer.Option("--command", "-c", help="Run this there instead of a shell.")] = "",
) -> None:
    """Opens a shell in which plain pulumi, kubectl and helm work on the stack's local cloud."""
    with expected_failures():
        opened = rehearsal.opened(Workspace(ROOT, stack))
        opened.select()
        if command:
            raise typer.Exit(exit_code(opened.cloud.run(["/bin/sh", "-c", command])))
        console.say(f"pulumi, kubectl and helm work on the local cloud of {stack} here. `exit` leads back.")
        if opened.cloud.project != ROOT:
            console.say(f"Pulumi.{stack}.yaml here is a copy that is renewed each time: make changes in {ROOT}.")
        raise typer.Exit(exit_code(opened.cloud.run([os.environ.get("SHELL", "/bin/sh")])))


@app.command(name="releases")
def show_releases(
    stack: StackName = "dev",
    history: Annotated[str, typer.Option(metavar="NAME", help="Every revision of this release instead.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Shows the Helm releases on a stack's local cloud, or the history of one."""
    with expected_failures():
        require(known(stack), "There is no cluster whose releases could be shown.")
        found = releases.Releases.of(rehearsal.opened(Workspace(ROOT, stack)).cloud)
        rows = found.history(history) if history else found.all()
        if as_json:
            typer.echo(json.dumps(rows, indent=2))
        elif rows:
            show(releases.table(rows, bool(history)))
        else:
            console.say(f"There are no Helm releases in the cluster of {stack}.")


@app.command(name="services")
def show_services(
    stack: StackName = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Shows the workloads of a stack as they will be: services.yaml and the stack's file together, with defaults."""
    with expected_failures():
        found = services.effective(settings.from_stack_file(ROOT, stack))
        typer.echo(json.dumps(found, indent=2) if as_json else services.as_yaml(found), nl=as_json)


@app.command(name="certificates")
def list_certificates(
    stack: StackName = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Lists the certificates on a stack's local cloud by their expiry."""
    with expected_failures():
        require(known(stack), "There is no cluster whose certificates could be listed.")
        listed = certificates.of(rehearsal.opened(Workspace(ROOT, stack)).cloud)
        now = datetime.now(UTC)
        if as_json:
            typer.echo(certificates.as_json(listed, now))
        elif listed:
            show(certificates.table(listed, now))
        else:
            console.say(f"There are no certificates in the cluster of {stack}.")


@app.command(name="policy")
def analyze(stack: StackName = "dev", as_json: _AsEvents = False) -> None:
    """Puts the project's rules to what a stack has where it is declared: here, or on the real Google Cloud."""
    with expected_failures():
        if settings.from_stack_file(ROOT, stack).platform == "google":
            exit_unless_ok(RealCloud(ROOT, stack).analyze(as_json=as_json))
        else:
            exit_unless_ok(_analyzed_here(stack, as_json))


@app.command()
def rehearse_policy(stack: StackName = "dev", as_json: _AsEvents = False) -> None:
    """Puts the project's rules to what a stack on this machine has."""
    with expected_failures():
        exit_unless_ok(_analyzed_here(stack, as_json))


@app.command()
def mirror_charts(stack: StackName = "dev") -> None:
    """Copies the charts that a stack installs from their publishers to its own registry, `charts.mirror`."""
    with expected_failures():
        read = settings.from_stack_file(ROOT, stack)
        mirror = chart_mirror.mirror_of(read, stack)
        charts = chart_mirror.charts_of(read)
        for chart, was_there in chart_mirror.copy(charts, mirror, chart_mirror.find_helm()):
            typer.echo(f"{chart}: {'was there already' if was_there else 'copied'}")
        console.say(f"{mirror} has every chart that {stack} installs.")


@app.command()
def stop(stack: StackName = "dev") -> None:
    """Stops what runs of a stack on this machine and keeps what it stored; `up` or `rehearse` goes on from there."""
    with expected_failures():
        place = known(stack)
        StandIns(place).stop()
        for platform in present(place):
            platform.stop()
        console.say(f"Nothing of {stack} runs on this machine.")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Shows the stacks that have something on this machine, and what of it runs."""
    report: dict[str, dict[str, Any]] = {
        stack: {"clusters": _clusters(Workspace(ROOT, stack)), "standIns": _stand_ins(Workspace(ROOT, stack))}
        for stack in workspace.stacks(ROOT)
    }
    if as_json:
        typer.echo(json.dumps(report, indent=2))
    elif not report:
        typer.echo("No stack has a local cloud. `make up` makes one for dev.")
    else:
        for stack, found in report.items():
            processes = [*(cluster["processes"] for cluster in found["clusters"].values()), found["standIns"]]
            running = [f"{part} ({pid})" for cluster in processes for part, pid in cluster.items()]
            typer.echo(f"{stack}: {', '.join(running) or 'stopped'}")


@app.command(name="toolchain")
def build_toolchain() -> None:
    """Builds the toolchain, stand-ins and what other languages take, unless they are there, and says where each is."""
    with expected_failures():
        for built in (toolchain.ensure(), toolchain.ensure_stand_ins(), toolchain.ensure_languages()):
            for name, program in built.programs.items():
                typer.echo(f"{name}\t{program}")


@app.command(name="doctor")
def examine_machine(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Says what this machine has and lacks for each way to run the project; fails where nothing can be rehearsed."""
    with expected_failures():
        modes = doctor.examine()
        if as_json:
            typer.echo(doctor.as_json(modes))
        else:
            show(doctor.shown(modes))
        exit_unless_ok(1 if modes[0].lacking else 0)


@app.command()
def clean() -> None:
    """Stops every cluster of this project and removes .localcloud; the toolchain's cache stays."""
    with expected_failures():
        for stack in workspace.stacks(ROOT):
            StandIns(Workspace(ROOT, stack)).delete()
            for platform in present(Workspace(ROOT, stack)):
                platform.delete()
        if workspace.home(ROOT).exists():
            shutil.rmtree(workspace.home(ROOT))
        console.say(
            f"Removed .localcloud. The built toolchain stays in {toolchain.cache_directory()}, for every clone."
        )


def _as_declared(place: Workspace) -> Rehearsal | RealCloud:
    """Where the stack's file says that the stack is."""
    try:
        on_google = settings.from_stack_file(ROOT, place.stack).platform == "google"
    except settings.SettingsError:
        # A broken file must not keep from ending what runs; and what was rehearsed there was declared on Google Cloud.
        if not place.directory.is_dir():
            raise
        on_google = place.google.is_dir()
    return RealCloud(ROOT, place.stack) if on_google else Rehearsal(place)


def _analyzed_here(stack: str, as_json: bool) -> int:
    """The exit code of the rules, put to what a stack on this machine has."""
    require(known(stack), "There is nothing that rules could be put to.")
    protected = settings.from_stack_file(ROOT, stack).protected
    return rehearsal.opened(Workspace(ROOT, stack)).analyze(protected=protected, as_json=as_json)


def _clusters(place: Workspace) -> dict[str, dict[str, Any]]:
    """A stack's clusters by name: where each one's kubeconfig is, and what of it runs."""
    return {
        cluster.name: {
            "kubeconfig": str(cluster.kubeconfig),
            "processes": {
                part: process.pid for part, process in sorted(Processes(cluster.directory).running().items())
            },
        }
        for platform in present(place)
        for cluster in platform.clusters()
    }


def _stand_ins(place: Workspace) -> dict[str, int]:
    """A stack's stand-ins that run as processes, by name."""
    return {name: process.pid for name, process in sorted(StandIns(place).running().items())}
