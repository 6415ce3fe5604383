"""The embedded cluster: a control plane and no containers. Every stack can be rehearsed on it, and dev is up on it."""

import platform
import sys

from localcloud.doctor import builds, programs
from localcloud.doctor.findings import Finding, Looks, has, lacks
from localcloud.toolchain.tools import MODULES

# Compiling and linking the engine, and later the control plane and Pulumi beside each other, take less.
_MEMORY = 4


def looks() -> Looks:
    """What it needs."""
    return {
        "system": _system,
        "Python": _python,
        "make": lambda: programs.present("make", "Install make, as with `apt-get install make`."),
        "Go": lambda: builds.go(MODULES),
        **builds.looks(MODULES, _MEMORY),
    }


def _python() -> Finding:
    # An older one does not get as far as this: `make` says what it wants.
    return has(f"{platform.python_version()}, {sys.executable}")


def _system() -> Finding:
    name = platform.system()
    found = f"{name} {platform.release()}, {platform.machine()}"
    if name == "Linux":
        return has(found)
    return lacks(
        found, "Use Linux, in a virtual machine if need be: clients written in Go trust our clusters there only."
    )
