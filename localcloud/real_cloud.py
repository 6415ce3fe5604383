"""A stack with ``platform: google`` on the real Google Cloud: Pulumi as the user has it, once it has what it needs.

Nothing of the local cloud takes part. docs/google-cloud.md says how to come by what is asked for here.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import settings
from localcloud import google_credentials
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import run_in_foreground
from localcloud.missing import Missing
from localcloud.providers.google import DIRECTORY_VARIABLE
from localcloud.simulated_google import SimulatedGoogle

_AUTH_PLUGIN = "gke-gcloud-auth-plugin"
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
        """Makes the stack what the program declares, after Pulumi has asked."""
        return self._pulumi(SimulatedGoogle.commands.up, "up")

    def preview(self) -> int:
        """Shows what `up` would change."""
        return self._pulumi(SimulatedGoogle.commands.preview, "preview", "--diff")

    def down(self) -> int:
        """Deletes every resource of the stack, after Pulumi has asked; what is protected is refused."""
        return self._pulumi(SimulatedGoogle.commands.down, "destroy")

    def _pulumi(self, rehearsal: str, *arguments: str) -> int:
        settings.from_stack_file(self._root, self._stack)  # A mistake in it is told before anything else.
        self._require_everything(rehearsal)
        return run_in_foreground(["pulumi", *arguments, "--stack", self._stack], self._root, self._environment)

    def _require_everything(self, rehearsal: str) -> None:
        """Refuses to begin what could not be finished.

        Raises:
            LocalCloudError: Something is missing; all of it.
        """
        if missing := [*self._missing()]:
            raise LocalCloudError(
                "\n".join(
                    [
                        f"The stack {self._stack} is on the real Google Cloud, and something for that is missing.",
                        *(f"  - {each.what}" for each in missing),
                    ]
                ),
                "Nothing was read, created or changed there.",
                "\n".join(
                    [
                        "; ".join(each.remedy for each in missing) + ". docs/google-cloud.md has the whole way.",
                        f"  Without an account, `make {rehearsal} STACK={self._stack}` does it on this machine.",
                    ]
                ),
            )

    def _missing(self) -> Iterator[Missing]:
        pulumi_home = Path(self._environment.get("PULUMI_HOME", "/"))
        if any(self._environment.get(name) for name in _LOCAL) or ".localcloud" in pulumi_home.parts:
            # What else is missing would be the local cloud's doing.
            yield Missing("This is the shell of a local cloud.", "leave it (`exit`) and run the command again")
            return
        config = settings.load_yaml(self._root / f"Pulumi.{self._stack}.yaml").get("config") or {}
        if credentials := google_credentials.missing(config, self._environment, Path.home()):
            yield credentials
        if not self._which(_AUTH_PLUGIN):
            yield Missing(
                f"{_AUTH_PLUGIN} is not on PATH: nobody could reach the cluster.",
                f"run `gcloud components install {_AUTH_PLUGIN}`",
            )
        if not self._which("pulumi"):
            yield Missing("pulumi is not on PATH.", "install it as https://www.pulumi.com/docs/install/ says")
        elif not self._is_logged_in():
            yield Missing("Pulumi is not logged in to a backend for its state.", "run `pulumi login`")

    def _which(self, program: str) -> str | None:
        return shutil.which(program, path=self._environment.get("PATH", os.defpath))

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
