"""A repository whose jobs are run with programs that note how they are called, and do little else."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.ci import runner

# Each notes its name and its arguments, and ends as it is told for what it is called with. What the runner asks for
# itself, which has no CALLS, is not noted.
_PROGRAM = """\
#!/bin/sh
[ -n "$CALLS" ] || exit 0
call="$(basename "$0") $*"
{does}
echo "$call" >> "$CALLS"
case "$call" in *"$FAILS"*) exit "$CODE" ;; esac
"""


class Repository:
    """A repository below `directory`, of which each job has these variables, and what its jobs call.

    Programs do what the script `does` says before they note their `$call`; they are found before all others.
    """

    def __init__(
        self, directory: Path, name: str, programs: Iterable[str], does: str, variables: Mapping[str, str]
    ) -> None:
        self.root = directory / name
        self.credentials = directory / f"{name}.tmp" / "google"
        self._does = does
        self._calls = directory / "calls"
        self._variables = {**variables, "CREDENTIALS": str(self.credentials), "CALLS": str(self._calls)}
        self._programs = directory / "programs"
        self.equip(self._programs, programs)

    def equip(self, place: Path, programs: Iterable[str]) -> None:
        """Puts programs into a folder."""
        place.mkdir(parents=True)
        for name in programs:
            (place / name).write_text(_PROGRAM.format(does=self._does))
            (place / name).chmod(0o755)

    def run(self, job: str, fails: str = "nothing", code: int = 1, **further: str) -> int:
        """Runs a job, in which a call with `fails` in it ends with a code; gives that of the job."""
        path = os.pathsep.join([str(self._programs), os.environ["PATH"]])
        environment = {**os.environ, "PATH": path, "FAILS": fails, "CODE": str(code)}
        return runner.run(self.root, job, {**self._variables, **further}, environment).returncode

    def calls(self) -> list[str]:
        """What has been called, a line each."""
        return self._calls.read_text().splitlines()

    def kept(self, what: str) -> str:
        """What a program has written to `$CALLS.<what>`."""
        return self._calls.with_name(f"calls.{what}").read_text()
