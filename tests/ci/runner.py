"""Jobs as a runner that is not GitLab's runs them, in this machine's shell: gitlab-emulator."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

# The runner tells that a job has failed, and not how. GitLab's does, and some codes are orange. Every bash reads this
# before it begins, and those are meant that run a job's own lines.
_NOTES_CODE = """\
case "$0" in
  */generated-gitlab-script.sh) trap 'echo $? >> "$EXIT_CODES"' EXIT ;;
esac
"""


def run(
    root: Path, job: str, variables: Mapping[str, str], environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Runs a job of the pipeline in `root`.

    Args:
        root: Where the repository is.
        job: The job's name.
        variables: What GitLab sets; it goes before what the pipeline says.
        environment: What the runner itself has.

    Returns:
        All that was said, and the exit code with which the job's script ended.
    """
    with tempfile.TemporaryDirectory() as directory:
        trap, codes = Path(directory) / "trap.sh", Path(directory) / "codes"
        trap.write_text(_NOTES_CODE)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "gitlabemu", "--ignore-docker"),
                *(f"--var={name}={value}" for name, value in variables.items()),
                job,
            ],
            cwd=root,
            env={**environment, "BASH_ENV": str(trap), "EXIT_CODES": str(codes)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        # The first is that of the script; what follows it cannot change what became of the job.
        ended = int(codes.read_text().split()[0]) if codes.is_file() else done.returncode
    assert (ended == 0) == (done.returncode == 0), done.stdout
    done.returncode = ended
    return done
