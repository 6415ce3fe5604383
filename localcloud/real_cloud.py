"""A stack with ``platform: google`` on the real Google Cloud: Pulumi as the user has it, once it has what it needs.

Nothing of the local cloud takes part. docs/google-cloud.md says how to come by what is asked for here.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import settings
from bootstrap import organisation
from bootstrap.organisation import Organisation
from localcloud import google_credentials, policies
from localcloud.errors import LocalCloudError
from localcloud.missing import Missing
from localcloud.providers.google import DIRECTORY_VARIABLE
from localcloud.real_pulumi import BACKEND, RealPulumi
from localcloud.simulated_google import SimulatedGoogle

_AUTH_PLUGIN = "gke-gcloud-auth-plugin"
NO_AUTH_PLUGIN: Final = Missing(
    f"{_AUTH_PLUGIN} is not on PATH: nobody could reach the cluster.",
    f"run `gcloud components install {_AUTH_PLUGIN}`",
)
NO_PULUMI: Final = Missing("pulumi is not on PATH.", "install it as https://www.pulumi.com/docs/install/ says")
LOCAL_SHELL: Final = Missing("This is the shell of a local cloud.", "leave it (`exit`) and run the command again")

# What the shell of a local cloud sets; with it, Pulumi would write real resources into a local state, or the reverse.
_LOCAL = (DIRECTORY_VARIABLE, settings.CHART_DIRECTORY_VARIABLE)

_UNTOUCHED = "Nothing was read, created or changed there."


class RealCloud:
    """The stack `stack` of the project in `root`. Commands run Pulumi on this terminal and give its exit code.

    Its state is where the user has chosen, or else where the organisation keeps it (`bootstrap/`).
    """

    def __init__(self, root: Path, stack: str, environment: Mapping[str, str] = os.environ) -> None:
        self._root = root
        self._stack = stack
        self._environment = environment

    def up(self) -> int:
        """Makes the stack what the program declares, as far as the project's rules let it, after Pulumi has asked."""
        pulumi = self.opened(SimulatedGoogle.commands.up, made=True)
        return pulumi.run("up", *policies.arguments(self._root), "--stack", self._stack)

    def preview(self) -> int:
        """Shows what `up` would change, and which of the project's rules it would break."""
        pulumi = self.opened(SimulatedGoogle.commands.preview, made=True)
        return pulumi.run("preview", "--diff", *policies.arguments(self._root), "--stack", self._stack)

    def analyze(self, *, as_json: bool) -> int:
        """Puts the project's rules to what the stack has.

        Args:
            as_json: Whether findings are told as the engine's events, one a line.
        """
        pulumi = self.opened("rehearse-policy")
        protected = settings.from_stack_file(self._root, self._stack).protected
        asked = [*policies.analysis(self._root, as_json=as_json), "--stack", self._stack]
        return pulumi.run(*asked, **policies.environment(protected=protected))

    def down(self) -> int:
        """Deletes every resource of the stack, after Pulumi has asked; what is protected is refused."""
        return self.opened(SimulatedGoogle.commands.down).run("destroy", "--stack", self._stack)

    def opened(self, rehearsal: str, *, made: bool = False) -> RealPulumi:
        """Pulumi with the stack's state, once everything is there that it takes.

        Args:
            rehearsal: The target of ``make`` that does the same without an account.
            made: Whether a stack that is not there yet is made, where the organisation has a place and a key for it.

        Raises:
            LocalCloudError: The stack is not declared there, or something is missing; all of it.
            SettingsError: A file is wrong, which is told before anything else.
        """
        command = f"make {rehearsal} STACK={self._stack}"
        self._require_google(command)
        once = self._organisation()
        its_own = once.backend(self._stack) if once else ""
        place = self._chosen(once) or its_own
        missing = [*self._missing(is_somewhere=bool(place))]
        refuse_to_begin(f"The stack {self._stack}", missing, command)
        pulumi = RealPulumi(self._root, self._environment, place)
        if made and once and place == its_own:
            # Nowhere else: a second state of what there is would try to make all of it again.
            key = once.secrets_provider(self._stack)
            pulumi.ask("stack", "select", "--create", self._stack, "--secrets-provider", key)
        return pulumi

    def _require_google(self, rehearsal: str) -> None:
        platform = settings.from_stack_file(self._root, self._stack).platform
        if platform != "google":
            raise LocalCloudError(
                f"The stack {self._stack} has the platform {platform!r}, so that it is not on the real Google Cloud.",
                _UNTOUCHED,
                f"`{rehearsal}` does it on this machine.",
            )

    def _organisation(self) -> Organisation | None:
        """What says where the stack's state and key are, if anything does."""
        directory = self._root / organisation.DIRECTORY.name
        if not (directory / organisation.FILE).is_file():
            return None
        once = organisation.from_file(directory)
        return once if self._stack in once.stacks else None

    def _chosen(self, once: Organisation | None) -> str:
        """Where the user wants the state; empty where nowhere in particular."""
        if named := self._environment.get(BACKEND):
            return named
        if is_local_shell(self._environment) or not which("pulumi", self._environment):
            return ""
        logged_in = RealPulumi(self._root, self._environment).backend()
        # Who is logged in for another stack of the organisation has not chosen that one's place for this one.
        is_others = once is not None and logged_in in map(once.backend, (*once.stacks, organisation.STACK))
        return "" if is_others else logged_in

    def _missing(self, *, is_somewhere: bool) -> Iterator[Missing]:
        if is_local_shell(self._environment):
            yield LOCAL_SHELL  # What else is missing would be the local cloud's doing.
            return
        config = settings.load_yaml(self._root / f"Pulumi.{self._stack}.yaml").get("config") or {}
        if credentials := google_credentials.missing(config, self._environment, Path.home()):
            yield credentials
        if not which(_AUTH_PLUGIN, self._environment):
            yield NO_AUTH_PLUGIN
        if not which("pulumi", self._environment):
            yield NO_PULUMI
        elif not is_somewhere:
            yield Missing("Pulumi is not logged in to a backend for its state.", "run `pulumi login`")


def refuse_to_begin(what: str, missing: Sequence[Missing], rehearsal: str) -> None:
    """Refuses to begin on the real Google Cloud what could not be finished.

    Args:
        what: What is to be made there, as the subject of a sentence.
        missing: What is missing for it.
        rehearsal: The command that does it without an account.

    Raises:
        LocalCloudError: Something is missing; all of it.
    """
    if not missing:
        return
    raise LocalCloudError(
        "\n".join(
            [
                f"{what} is on the real Google Cloud, and something for that is missing.",
                *(f"  - {each.what}" for each in missing),
            ]
        ),
        _UNTOUCHED,
        "\n".join(
            [
                "; ".join(each.remedy for each in missing) + ". docs/google-cloud.md has the whole way.",
                f"  Without an account, `{rehearsal}` does it on this machine.",
            ]
        ),
    )


def is_local_shell(environment: Mapping[str, str]) -> bool:
    """Whether it is the environment of the shell of a local cloud, where nothing real may be done."""
    pulumi_home = Path(environment.get("PULUMI_HOME", "/"))
    return any(environment.get(name) for name in _LOCAL) or ".localcloud" in pulumi_home.parts


def which(program: str, environment: Mapping[str, str]) -> str | None:
    """Where a program is."""
    return shutil.which(program, path=environment.get("PATH", os.defpath))
