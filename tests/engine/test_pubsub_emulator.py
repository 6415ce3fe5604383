"""The Pub/Sub emulator's own tests, in its own language: Google's client in Go speaks with it."""

import subprocess

from localcloud.toolchain import Toolchain, go
from localcloud.toolchain.tools import GO


def test_the_emulator_does_what_its_own_tests_say(programs: Toolchain) -> None:
    del programs  # Whose packages, compiled by the same flags, are those of the tests.
    answer = subprocess.run(
        [go.find("The emulator has to be tested"), "test", "-trimpath", "./pubsub-emulator"],
        cwd=GO / "stand-ins",
        env=go.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
