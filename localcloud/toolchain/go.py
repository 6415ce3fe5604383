"""Running Go in the modules of ours that pin what is built or read."""

import os
import shutil
from collections.abc import Sequence

from localcloud.errors import LocalCloudError


def find(needed_for: str) -> str:
    """The `go` on PATH.

    Args:
        needed_for: What has to be built or fetched, as the error's first words.

    Raises:
        LocalCloudError: There is none.
    """
    go = shutil.which("go")
    if not go:
        raise LocalCloudError(
            f"{needed_for}, and Go is not on PATH either.",
            "There is nothing to make it from, so nothing was started.",
            "Install Go 1.26 or later (https://go.dev/doc/install), then run the same command again.",
        )
    return go


def environment() -> dict[str, str]:
    """The environment for Go: the committed go.sum verifies what is used; flags of the user's could loosen that."""
    return os.environ | {"GOFLAGS": "-mod=readonly", "GOWORK": "off", "CGO_ENABLED": "0"}


def failure(step: str, said: Sequence[str], consequence: str) -> LocalCloudError:
    """What to tell of a call of Go that failed.

    Args:
        step: What was being done.
        said: The lines that Go printed, of which the last are shown.
        consequence: What did not come about.
    """
    if any("no space left on device" in line for line in said):
        return LocalCloudError(
            f"{step}: the disk is full.",
            consequence,
            "Make room (`go clean -cache` frees Go's own cache) or set XDG_CACHE_HOME, GOCACHE and GOMODCACHE to "
            "directories on another disk.",
        )
    last = "\n".join(f"  {line}" for line in said[-12:])
    return LocalCloudError(
        f"{step} failed. Go said last:\n{last}",
        consequence,
        "If it speaks of a module or a connection, see that Go reaches its module proxy (`go env GOPROXY`); then run "
        "the same command again: it goes on where it stopped.",
    )
