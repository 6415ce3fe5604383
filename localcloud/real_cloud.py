"""A stack with ``platform: google`` on the real Google Cloud: Pulumi as the user has it, once it has what it needs.

Nothing of the local cloud takes part. docs/google-cloud.md says how to come by what is asked for here.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import settings
from localcloud import google_credentials, policies
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import run_in_foreground
from localcloud.missing import Missing
from localcloud.providers.google import DIRECTORY_VARIABLE
from localcloud.simulated_google import SimulatedGoogle

_AUTH_PLUGIN = "gke-gcloud-auth-plugin"
NO_AUTH_PLUGIN: Final = Missing(
    f"{_AUTH_PLUGIN} is not on PATH: nobody could reach the cluster.",
    f"run `gcloud components install {_AUTH_PLUGIN}`",
)
NO_PULUMI: Final = Missing("pulumi is not on PATH.", "install it as https://www.pulumi.com/docs/install/ says")
LOCAL_SHELL: Final = Missing("This is the shell of a local cloud.", "leave it (`exit`) and run the command again")
_ANSWERS_WITHIN = 60.0

# What the shell of a local cloud sets; with it, Pulumi would write real resources into a local state, or the reverse.
_LOCAL = (DIRECTORY_VARIABLE, settings.CHART_DIRECTORY_VARIABLE)


class RealCloud:
    """The stack `stack` of the project in `root`. Commands run Pulumi on this terminal and give its exit code."""

    def __init__(self, root: Path, stack: str, environment: Mapping[str, str] = os.environ) -> None:
        self._root = root
        self._stack = stack
        self._environment = environment

    def up(self) -> int:
        """Makes the stack what the program declares, as far as the project's rules let it, after Pulumi has asked."""
        return self._pulumi(SimulatedGoogle.commands.up, "up", *policies.arguments(self._root))

    def preview(self) -> int:
        """Shows what `up` would change, and which of the project's rules it would break."""
        return self._pulumi(SimulatedGoogle.commands.preview, "preview", "--diff", *policies.arguments(self._root))

    def down(self) -> int:
        """Deletes every resource of the stack, after Pulumi has asked; what is protected is refused."""
        return self._pulumi(SimulatedGoogle.commands.down, "destroy")

    def _pulumi(self, rehearsal: str, *arguments: str) -> int:
        settings.from_stack_file(self._root, self._stack)  # A mistake in it is told before anything else.
        self.require_everything(rehearsal)
        return run_in_foreground(["pulumi", *arguments, "--stack", self._stack], self._root, self._environment)

    def require_everything(self, rehearsal: str) -> None:
        """Refuses to begin what could not be finished.

        Raises:
            LocalCloudError: Something is missing; all of it.
        """
        refuse_to_begin(f"The stack {self._stack}", [*self._missing()], f"make {rehearsal} STACK={self._stack}")

    def _missing(self) -> Iterator[Missing]:
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
        elif not self._is_logged_in():
            yield Missing("Pulumi is not logged in to a backend for its state.", "run `pulumi login`")

    def _is_logged_in(self) -> bool:
        try:
            answer = subprocess.run(
                ["pulumi", "whoami", "--non-interactive"],
                cwd=self._root,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_ANSWERS_WITHIN,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return answer.returncode == 0


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
        "Nothing was read, created or changed there.",
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
