"""Commands that look into a stack's simulated Google Cloud, and change it behind Pulumi's back.

What somebody does in Google's console is drift, which `pulumi refresh` has to find; here that can be played.
"""

import difflib
import json
import shlex
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from localcloud import console
from localcloud.command import StackName, expected_failures, known
from localcloud.errors import LocalCloudError
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Refusal, Resource
from localcloud.providers.google.kinds import kind_of

app = typer.Typer(no_args_is_help=True, help="Looks into a simulated Google Cloud, and changes it by hand.")

ResourceType = Annotated[str, typer.Argument(metavar="TYPE", help="As `list` shows it: gcp:compute/network:Network.")]
ResourceId = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command(name="list")
def list_all(stack: StackName, as_json: AsJson = False) -> None:
    """Lists everything that exists in it, by type and id."""
    with expected_failures():
        found = [(resource.type, resource.id) for resource in _cloud(stack).all()]
        if as_json:
            typer.echo(json.dumps([{"type": type_, "id": id_} for type_, id_ in found], indent=2))
        else:
            for type_, id_ in found:
                typer.echo(f"{type_}\t{id_}")


@app.command()
def show(stack: StackName, type_: ResourceType, id_: ResourceId) -> None:
    """Shows all properties of a resource, as JSON."""
    with expected_failures():
        typer.echo(json.dumps(_resource(_cloud(stack), type_, id_).state, indent=2, sort_keys=True))


@app.command(name="set")
def set_property(
    stack: StackName,
    type_: ResourceType,
    id_: ResourceId,
    change: Annotated[str, typer.Argument(metavar="PATH=VALUE", help="A dotted path, and JSON or plain text.")],
) -> None:
    """Changes a property of a resource by hand; Pulumi is not told."""
    with expected_failures():
        cloud = _cloud(stack)
        resource = _resource(cloud, type_, id_)
        path, value = _parsed(change)
        cloud.tamper(type_, id_, _changed(resource.state, path, value, ".".join(path)))
        console.say(f"{'.'.join(path)} of {id_} is {json.dumps(value)} now. `pulumi refresh` would find it.")


@app.command()
def delete(stack: StackName, type_: ResourceType, id_: ResourceId) -> None:
    """Deletes a resource by hand, whatever uses it, and ends what runs for it; Pulumi is not told."""
    with expected_failures():
        cloud = _cloud(stack)
        try:
            cloud.discard(kind_of(type_), _resource(cloud, type_, id_))
        except Refusal as refusal:  # Nodes of a cluster that does not run: they go when it is resumed.
            console.say(str(refusal))
        console.say(f"{id_} is gone. `pulumi refresh` would find it.")


@app.command(name="make", hidden=True)
def from_make(
    stack: StackName, command: Annotated[str, typer.Option("--command", help="A command without its stack.")] = ""
) -> None:
    """Runs what `make google` was given in CMD."""
    with expected_failures():
        try:
            words = shlex.split(command)
        except ValueError as mistake:
            raise LocalCloudError(
                f"CMD={command!r} cannot be read: {mistake}.",
                "Nothing was done.",
                "Close what is quoted; a quote that is meant stands in other quotes.",
            ) from mistake
    app([*words[:1], stack, *words[1:]] if words else ["--help"], prog_name="make google")


def _cloud(stack: str) -> Cloud:
    place = known(stack)
    if not place.google.is_dir():
        raise LocalCloudError(
            f"The stack {stack} has no simulated Google Cloud.",
            "There is nothing to look at or to change.",
            f"`make rehearse STACK={stack}` makes one, if the stack's platform is google.",
        )
    return Cloud(place.google)


def _resource(cloud: Cloud, type_: str, id_: str) -> Resource:
    resource = cloud.get(type_, id_)
    if resource is None:
        names = [f"{other.type} {other.id}" for other in cloud.all()]
        near = difflib.get_close_matches(f"{type_} {id_}", names, n=3, cutoff=0.5)
        raise LocalCloudError(
            f"There is no {type_} {id_} in it.",
            "Nothing was changed.",
            f"Did you mean {' or '.join(near)}?" if near else "`list` shows what there is.",
        )
    return resource


def _parsed(change: str) -> tuple[list[str], Any]:
    """A path's steps and the value. What is no JSON is text, so that a shell's user need not quote twice."""
    path, equals, text = change.partition("=")
    steps = path.split(".")
    if not equals or not all(steps):
        raise LocalCloudError(
            f"{change!r} is no change.",
            "Nothing was changed.",
            "Write a path, an equals sign and a value, such as settings.tier=db-custom-2-7680 or nodeCount=3.",
        )
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    try:
        json.dumps([steps, value], allow_nan=False, ensure_ascii=False).encode()
    except ValueError as mistake:
        raise LocalCloudError(
            f"The value of {path.encode(errors='replace').decode()} can be kept in no cloud: {mistake}.",
            "Nothing was changed.",
            'Write a finite number and whole characters; "NaN" in quotes is a text.',
        ) from mistake
    return steps, value


def _changed(state: Any, path: Sequence[str], value: Any, whole: str) -> Any:  # noqa: ANN401 - JSON of any shape
    """A copy of `state` with `value` at the path.

    Raises:
        LocalCloudError: The path leads through what has no inside.
    """
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(state, dict):
        return {**state, step: _changed(state.get(step, {}), rest, value, whole)}
    if isinstance(state, list) and step.isdecimal() and int(step) < len(state):
        return [_changed(each, rest, value, whole) if at == int(step) else each for at, each in enumerate(state)]
    raise LocalCloudError(
        f"{whole} leads nowhere: {json.dumps(state)} has no {step!r}.",
        "Nothing was changed.",
        "`show` has the resource's properties; a list's items are 0, 1 and so on.",
    )
