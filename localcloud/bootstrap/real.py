"""`bootstrap/` on the real Google Cloud, and the rebuilding of a stack there: Pulumi as the user has it, which asks.

Until the bucket for it exists, the state is in `bootstrap/.state`. That it has moved, the stack file says, which then
names the key of its secrets; it is committed, so that every clone knows.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

import settings
from bootstrap import organisation
from bootstrap.organisation import FILE, STACK, Organisation
from localcloud import console, google_credentials
from localcloud.bootstrap.migration import LOOK, STAYS, move
from localcloud.bootstrap.report import outcome
from localcloud.bootstrap.stacks import require_deployed
from localcloud.missing import Missing
from localcloud.real_cloud import (
    LOCAL_SHELL,
    NO_AUTH_PLUGIN,
    NO_PULUMI,
    RealCloud,
    is_local_shell,
    refuse_to_begin,
    which,
)
from localcloud.real_pulumi import BACKEND, RealPulumi

_REHEARSAL = "make rehearse-bootstrap"


class RealBootstrap:
    """The program of the project in `root`. Commands run Pulumi on this terminal and give its exit code."""

    def __init__(self, root: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._directory = root / organisation.DIRECTORY.name
        self._folder = self._directory / ".state"
        # Until the key exists, the state is encrypted with this. It has no secrets but what Pulumi takes for some.
        self._environment = {**environment, "PULUMI_CONFIG_PASSPHRASE": ""}

    def up(self) -> int:
        """Makes what an organisation has once, after Pulumi has asked, and lets the bucket keep its state.

        Raises:
            LocalCloudError: Something for it is missing, or the state could not be moved.
            SettingsError: Pulumi.organisation.yaml is wrong, or the file of a stack that it names.
        """
        declared = organisation.from_file(self._directory, with_stacks=True)
        self.require()
        in_bucket = self._in_bucket(declared)
        if self._is_moved():
            if code := in_bucket.run("up", "--refresh", "--stack", STACK):
                return code
        else:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            begun = RealPulumi(self._directory, self._environment, f"file://{self._folder}", STAYS)
            begun.ask("stack", "select", "--create", STACK)
            if code := begun.run("up", "--stack", STACK):
                return code
            count = move(begun, in_bucket, declared.secrets_provider(STACK))
            console.say(
                f"The state, {count} resources, is in {declared.backend(STACK)} now. Commit bootstrap/{FILE}:\n"
                "it names the key of its secrets, and by that every clone knows where the state is."
            )
        typer.echo(outcome(json.loads(in_bucket.ask("stack", "output", "--json", "--stack", STACK))))
        return 0

    def ensure(self) -> int:
        """As `up`, but only where something of it is missing or is not as it was declared."""
        declared = organisation.from_file(self._directory, with_stacks=True)
        if self._is_moved() and self._in_bucket(declared).succeeds(*LOOK):
            console.say("What the organisation has once is there, and as it was declared.")
            return 0
        return self.up()

    def require(self, *further: Missing) -> None:
        """Refuses to begin what could not be finished.

        Raises:
            LocalCloudError: Something is missing; all of it, with what is missing `further`.
        """
        refuse_to_begin("What the organisation has once", [*self._missing(), *further], _REHEARSAL)

    def _missing(self) -> Iterator[Missing]:
        if is_local_shell(self._environment):
            yield LOCAL_SHELL
            return
        config = settings.load_yaml(self._directory / FILE).get("config") or {}
        if credentials := google_credentials.missing(config, self._environment, Path.home()):
            yield credentials
        if not which("pulumi", self._environment):
            yield NO_PULUMI

    def _is_moved(self) -> bool:
        begun = any((self._folder / ".pulumi" / "stacks").glob(f"*/{STACK}.json"))
        return not begun and "secretsprovider" in settings.load_yaml(self._directory / FILE)

    def _in_bucket(self, declared: Organisation) -> RealPulumi:
        return RealPulumi(self._directory, self._environment, declared.backend(STACK), STAYS)


def rebuild(root: Path, stack: str, environment: Mapping[str, str] = os.environ) -> int:
    """Brings a stack up from nothing, and before that what the organisation has once, where something is missing.

    Returns:
        Pulumi's exit code.

    Raises:
        LocalCloudError: The stack is not one that pipelines deploy, or something for it is missing.
        SettingsError: A file is wrong.
    """
    once = require_deployed(root, stack)
    bootstrap = RealBootstrap(root, environment)
    bootstrap.require(*([] if which("gke-gcloud-auth-plugin", environment) else [NO_AUTH_PLUGIN]))
    if code := bootstrap.ensure():
        return code
    return RealCloud(root, stack, {**environment, BACKEND: once.backend(stack)}).up()
