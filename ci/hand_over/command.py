"""The command `hand-over`: the outputs of a stack, for the services that are deployed beside it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import typer

import settings
from bootstrap import names, organisation
from bootstrap.organisation import Organisation
from ci.hand_over import outputs
from ci.hand_over.delivery import deliver
from localcloud import console
from localcloud.command import ROOT, StackName, expected_failures
from localcloud.errors import LocalCloudError
from localcloud.real_cloud import RealCloud
from localcloud.simulated_google import SimulatedGoogle
from settings import Settings


class Recipient(NamedTuple):
    """A service that is deployed beside a stack.

    Attributes:
        service: Its name.
        backend: Where it has its state.
        tenants: The tenants of the stack that it may know: of its name, or with its account among the deployers.
    """

    service: str
    backend: str
    tenants: frozenset[str]


def hand_over(stack: StackName) -> None:
    """Writes what services deployed beside a stack need of its outputs, without secrets, to where their state is."""
    with expected_failures():
        read = settings.from_stack_file(ROOT, stack)
        once = organisation.from_file(ROOT / organisation.DIRECTORY.name)
        found = [*recipients(once, stack, read)]
        if not found:
            console.say(f"No service has a stack of its own beside {stack}, so nothing is handed over.")
            return
        pulumi = RealCloud(ROOT, stack).opened(SimulatedGoogle.commands.up)
        exported = json.loads(pulumi.ask("stack", "export", "--stack", stack))
        if not outputs.of(exported, ()).resources:
            raise LocalCloudError(
                f"Nothing of the stack {stack} is deployed, so that it has no outputs.",
                "Nothing was handed over; services keep what they have.",
                f"`make up STACK={stack}` deploys it; run this again then.",
            )
        _deliver(exported, stack, found, pulumi.environment)


def recipients(once: Organisation, stack: str, read: Settings) -> Iterator[Recipient]:
    """The services that are deployed beside a stack, which has these settings."""
    if stack not in once.stacks:
        return
    for service, name in once.beside(stack).items():
        account = f"{names.account(name)}@{once.project}.iam.gserviceaccount.com"
        its_own = {tenant for tenant, said in read.tenants.items() if tenant == service or account in said.deployers}
        yield Recipient(service, once.backend(name), frozenset(its_own))


def _deliver(
    exported: Mapping[str, Any], stack: str, found: Sequence[Recipient], environment: Mapping[str, str]
) -> None:
    """Hands over to each, whatever becomes of the others.

    Raises:
        LocalCloudError: Somebody got nothing.
    """
    failed: list[str] = []
    for service, backend, tenants in found:
        console.say(f"Handing over to {service} …")
        known = outputs.of(exported, tenants)
        if known.left_out:
            console.say(f"Secret, and so not handed over: {', '.join(known.left_out)}.")
        try:
            is_new = deliver(known, stack, backend, environment)
        except LocalCloudError as failure:
            console.error(str(failure))
            failed.append(f"  - {service}, in {backend}")
        else:
            typer.echo(f"{service} {'has the outputs of' if is_new else 'had the outputs of'} {stack}: {backend}")
    if failed:
        raise LocalCloudError(
            "\n".join([f"The outputs of {stack} did not get to each service; Pulumi says above why not:", *failed]),
            f"These build on what they had before; {stack} itself is deployed, and all others have its outputs.",
            "\n".join(
                [
                    "Where Pulumi says that it is locked: `PULUMI_BACKEND_URL=<the bucket> pulumi cancel --stack "
                    f"organization/{settings.PROJECT}/{stack}`;",
                    "  where there is no bucket: `make bootstrap`. What is broken in one is for its service to mend. "
                    "Run this again then.",
                ]
            ),
        )
