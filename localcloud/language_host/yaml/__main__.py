"""The process the engine starts as `pulumi-language-yaml`, which becomes the built host."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Give the process over to the host, and build that where nobody has asked for it before."""
    from localcloud import toolchain
    from localcloud.errors import LocalCloudError

    try:
        host = toolchain.ensure_languages()["pulumi-language-yaml"]
    except LocalCloudError as error:
        sys.exit(str(error))
    os.execv(host, [str(host), *arguments])  # noqa: S606 - it is the host that was just found


if __name__ == "__main__":
    main(sys.argv[1:])
