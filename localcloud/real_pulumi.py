"""Pulumi as the user has it, for what is on the real Google Cloud, with one place for its state."""

import json
import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from localcloud import console
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import run_in_foreground
from localcloud.printable import printable

BACKEND: Final = "PULUMI_BACKEND_URL"
"""The variable by which a user, or a pipeline, chooses where the state is."""

ANSWERS_WITHIN: Final = 300.0
"""Seconds within which a backend answers, if it does at all."""

_SAYS_WHERE_WITHIN = 60.0

# Pulumi writes the encrypted key of a stack that it makes into the stack's file. Where a pipeline has made the stack,
# nobody has committed that file: the state has the key too, and without this a clone would ask for a passphrase.
# https://github.com/pulumi/pulumi/pull/17236
_KEY_OF_STATE = {"PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true"}


class RealPulumi:
    """Pulumi in one project, with one environment.

    Args:
        directory: The project that it runs in.
        environment: The user's.
        backend: Where the state is. Default: where the user has chosen.
        consequence: What it means where `ask` fails, as a sentence.
    """

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str],
        backend: str = "",
        consequence: str = "Nothing that was to follow was begun.",
    ) -> None:
        self._directory = directory
        self._consequence = consequence
        self.environment = {**_KEY_OF_STATE, **environment, **({BACKEND: backend} if backend else {})}

    def run(self, *arguments: str, **environment: str) -> int:
        """Runs it on this terminal, with what is added to its environment, and gives its exit code."""
        return run_in_foreground(["pulumi", *arguments], self._directory, self.environment | environment)

    def ask(self, *arguments: str) -> str:
        """What it answers, within minutes.

        Raises:
            LocalCloudError: It failed, or did not answer.
        """
        asked = f"`pulumi {' '.join(arguments)}`"
        try:
            answer = self._answer(*arguments, "--non-interactive", quiet=False, within=ANSWERS_WITHIN)
        except subprocess.TimeoutExpired as silence:
            raise LocalCloudError(
                f"{asked} did not answer within {ANSWERS_WITHIN:.0f} seconds, and was ended.",
                f"{self._consequence} What it had begun may have left the stack locked.",
                "See whether its backend answers, end a lock with `pulumi cancel`, and run the same command again.",
            ) from silence
        if said := printable(answer.stderr).rstrip():
            console.say(textwrap.indent(said, "  "))
        if answer.returncode:
            raise LocalCloudError(
                f"{asked} failed; what it said stands above.",
                self._consequence,
                "Mend what it names, then run the same command again.",
            )
        return answer.stdout

    def succeeds(self, *arguments: str, within: float | None = None) -> bool:
        """Whether it does what it is asked, without a word.

        Args:
            arguments: What it is asked.
            within: Seconds after which it is ended. Default: however long it takes.
        """
        try:
            return self._answer(*arguments, quiet=True, within=within).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def backend(self) -> str:
        """Where the state is; empty where it is logged in nowhere, or gets no answer there."""
        try:
            answer = self._answer("whoami", "--json", "--non-interactive", quiet=True, within=_SAYS_WHERE_WITHIN)
        except subprocess.TimeoutExpired:
            return ""
        return str(json.loads(answer.stdout)["url"]) if answer.returncode == 0 else ""

    def _answer(self, *arguments: str, quiet: bool, within: float | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["pulumi", *arguments],
            cwd=self._directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=within,
            check=False,
        )
