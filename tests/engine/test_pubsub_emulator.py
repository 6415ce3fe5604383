"""The Pub/Sub emulator's own tests, in its own language: Google's client in Go speaks with it."""

import shutil
import subprocess

from localcloud.toolchain import go
from localcloud.toolchain.tools import GO


def test_the_emulator_does_what_its_own_tests_say() -> None:
    # Not "./...": beside it is what takes 6 GB to compile, and once more for each way to compile it.
    # Where there is a C compiler, Go can also look for what two of its threads do to each other.
    races = {"CGO_ENABLED": "1"} if shutil.which("gcc") else {}
    answer = subprocess.run(
        [go.find("The emulator has to be tested"), "test", *(["-race"] if races else []), "./pubsub-emulator"],
        cwd=GO / "stand-ins",
        env=go.environment() | races,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
