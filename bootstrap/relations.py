"""What is wrong between the parts of Pulumi.organisation.yaml, and between it and the stacks' files."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from web_platform import Fault

import settings
from bootstrap import names
from settings.problems import Problem

if TYPE_CHECKING:
    from bootstrap.organisation import Organisation, Repository

# It goes live from what has been reviewed, or not at all.
_PRODUCTION: Final = "prod"

# Everybody can have a path there that somebody else has given up.
_OPEN_TO_EVERYBODY: Final = "https://gitlab.com"


def problems(organisation: "Organisation", own: str) -> Iterator[Problem]:
    """Everything that no part of the file can know alone, each with its place below `bootstrap:`.

    Args:
        organisation: The file.
        own: What the state of the organisation itself is called after.
    """
    yield from _production(organisation)
    yield from _services(organisation)
    yield from _repositories(organisation)
    yield from _names(organisation, own)


def problems_with_stacks(organisation: "Organisation", own: str, directory: Path) -> Iterator[Problem]:
    """The same of what the file and those of the stacks, which are in `directory`, cannot know alone.

    Raises:
        SettingsError: A stack's own file is wrong; it says everything about it.
    """
    places = {organisation.project: own}
    for name in organisation.stacks:
        place = f"stacks.{name}"
        if not (directory / f"Pulumi.{name}.yaml").is_file():
            yield Problem(place, _no_stack_fault(name, directory))
            continue
        at = settings.from_stack_file(directory, name).google
        if at is None:
            yield Problem(place, _not_on_google_fault(name))
        elif at.project in places:
            yield Problem(place, _shared_project_fault(at.project, places[at.project]))
        else:
            places[at.project] = name


def _production(organisation: "Organisation") -> Iterator[Problem]:
    if _PRODUCTION in organisation.stacks and not organisation.stacks[_PRODUCTION].protected_refs:
        yield Problem(f"stacks.{_PRODUCTION}.protectedRefs", _UNPROTECTED_PRODUCTION)


def _services(organisation: "Organisation") -> Iterator[Problem]:
    for name, service in organisation.services.items():
        for stack in service.stacks or []:
            if stack not in organisation.stacks:
                yield Problem(f"services.{name}.stacks", _not_deployed_fault(stack, organisation.stacks))


def _repositories(organisation: "Organisation") -> Iterator[Problem]:
    if organisation.gitlab.issuer != _OPEN_TO_EVERYBODY:
        return
    repositories: dict[str, Repository] = {"gitlab": organisation.gitlab}
    repositories |= {f"services.{name}": service for name, service in organisation.services.items()}
    for place, repository in repositories.items():
        if repository.project_id is None:
            yield Problem(f"{place}.projectId", _no_number_fault(repository.project_path))


def _names(organisation: "Organisation", own: str) -> Iterator[Problem]:
    taken = {own: "what the organisation itself has"}
    named = [(stack, f"stacks.{stack}", f"the stack {stack!r}") for stack in organisation.stacks]
    named += [
        (name, f"services.{service}", f"{service!r} beside {stack!r}")
        for stack in organisation.stacks
        for service, name in organisation.beside(stack).items()
    ]
    if too_long := names.length_fault(own, organisation.project, organisation.bucket_name):
        yield Problem("bucketName", too_long)
    for name, place, what in named:
        if name in taken:
            yield Problem(place, _taken_fault(name, what, taken[name]))
        elif too_long := names.length_fault(name, organisation.project, organisation.bucket_name):
            yield Problem(place, too_long)
        taken.setdefault(name, what)


def _no_stack_fault(name: str, directory: Path) -> Fault:
    stacks = sorted(file.name.split(".", 1)[1].removesuffix(".yaml") for file in directory.glob("Pulumi.*.yaml"))
    return Fault(
        what=f"is no stack: Pulumi.{name}.yaml does not exist",
        danger="an identity with rights would be made that nobody needs",
        remedy=f"name one of {', '.join(stacks)}, or write that file first",
    )


def _not_on_google_fault(name: str) -> Fault:
    return Fault(
        what="is not on Google Cloud",
        danger="there would be no project in which its pipelines could get any rights",
        remedy=f"remove it, or set `platform: google` in Pulumi.{name}.yaml",
    )


def _shared_project_fault(project: str, other: str) -> Fault:
    return Fault(
        what=f"is in the project {project!r}, as {other!r} is",
        danger="whoever deploys the one could change the other",
        remedy="give each a project of its own, in the stack's file or under `bootstrap:project`",
    )


def _not_deployed_fault(stack: str, deployed: Iterable[str]) -> Fault:
    return Fault(
        what=f"has {stack!r}, which is not among `bootstrap:stacks`",
        danger="there would be no cluster that the service could be deployed to",
        remedy=f"name some of {', '.join(sorted(deployed))}, or leave it out for all of them",
    )


def _no_number_fault(path: str) -> Fault:
    return Fault(
        what="is missing",
        danger="if the path is ever given up, whoever takes it on gitlab.com deploys in your name",
        remedy=f"add it: it is the `id` in https://gitlab.com/api/v4/projects/{quote(path, safe='')}",
    )


def _taken_fault(name: str, what: str, other: str) -> Fault:
    return Fault(
        what=f"makes two things of one name: {name!r} would be {what} and {other}",
        danger="each could deploy the other, and read its state",
        remedy="give one of them another name",
    )


_UNPROTECTED_PRODUCTION = Fault(
    what="is false",
    danger="everybody who can push a branch could change production, and read its secrets",
    remedy="remove it, and protect the branch that is deployed in GitLab's settings",
)
