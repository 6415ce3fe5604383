"""The program that a change is compared with: the target branch's, out of git; nothing of the checkout is touched."""

import io
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from localcloud.errors import LocalCloudError

# https://docs.gitlab.com/ci/variables/predefined_variables/: the target branch's newest commit is given where the
# checkout is the merge of both; else the commit at which the branches parted.
_OF_JOB = ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA")
_BRANCHES = ("origin/HEAD", "origin/main", "main")


def commit(root: Path, named: str, environment: Mapping[str, str]) -> str:
    """The commit that a change is compared with.

    Args:
        root: Where the project is.
        named: The commit, or what git knows it by; empty for that of the job's merge request, or else for where the
            checkout parted from the main branch.
        environment: The job's variables.

    Raises:
        LocalCloudError: There is none.
    """
    wanted = named or next(filter(None, map(environment.get, _OF_JOB)), None)
    if wanted:
        # A pipeline's clone is shallow.
        found = _known(root, wanted) or (_fetched(root, wanted) and _known(root, wanted))
    else:
        branch = next((each for each in _BRANCHES if _known(root, each)), None)
        found = _git(root, "merge-base", "HEAD", branch) if branch else None
    if not found:
        raise LocalCloudError(
            f"There is no commit {wanted!r} to compare with." if wanted else "No main branch is known to compare with.",
            "What the change does to what there is cannot be said.",
            "Name a commit with --base; --base none previews everything from nothing.",
        )
    return found


def extract(root: Path, revision: str, into: Path) -> None:
    """Puts the project as it was at a commit into a new folder, with this process's Python packages.

    Raises:
        LocalCloudError: Git does not give it.
    """
    answer = subprocess.run(
        ["git", "archive", "--format=tar", revision],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if answer.returncode:
        raise LocalCloudError(
            f"git does not give the project as it was at {revision}: {answer.stderr.decode().strip()}",
            "What the change does to what there is cannot be said.",
            "Name another commit with --base.",
        )
    into.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(answer.stdout)) as archive:
        archive.extractall(into, filter="tar")
    (into / ".venv").symlink_to(sys.prefix)


def _known(root: Path, name: str) -> str | None:
    return _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")


def _fetched(root: Path, name: str) -> bool:
    return _git(root, "fetch", "--quiet", "--depth=1", "--end-of-options", "origin", name) is not None


def _git(root: Path, *arguments: str) -> str | None:
    """What git answers; None where it refuses, or is not there."""
    try:
        answer = subprocess.run(
            ["git", *arguments], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
