"""Laying plugins out where the engine finds them.

The engine looks on PATH first, with a warning at each use, then beside its own executable, then in
`PULUMI_HOME/plugins/<kind>-<name>-v<version>/pulumi-<kind>-<name>`. Only the last is free of noise and needs no write
access to where Pulumi is installed. `PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true` keeps the engine from
downloading what is not there, and `PULUMI_IGNORE_AMBIENT_PLUGINS=true` from taking what PATH holds.
"""

from __future__ import annotations

import importlib.metadata
import os
import shlex
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from localcloud.loopback import reached_directly

ROOT = Path(__file__).resolve().parent.parent
"""What must be on a plugin's path for it to import `localcloud`."""

_ALWAYS_THE_SAME = "3.0.0"
"""The engine asks for these plugins by name alone and takes the highest version it finds. One constant version means
that there is only ever one, however often the SDK is upgraded or downgraded."""


def install(pulumi_home: Path, python: Path) -> None:
    """Make the language hosts and the simulated providers available to an engine that uses `pulumi_home`.

    They run in `python`, which needs what requirements.txt installs. Cheap when everything is already right, and safe
    while another process does the same or an engine starts a plugin.
    """
    _install(pulumi_home, "language", "python", _ALWAYS_THE_SAME, _script(python, "localcloud.language_host"))
    _install(pulumi_home, "language", "yaml", _ALWAYS_THE_SAME, _script(python, "localcloud.language_host.yaml"))
    _install(pulumi_home, "resource", "pulumi-python", _ALWAYS_THE_SAME, _dynamic_provider_script(python))
    random_version = importlib.metadata.version("pulumi-random")
    _install(pulumi_home, "resource", "random", random_version, _script(python, "localcloud.providers.random"))
    google_version = importlib.metadata.version("pulumi-gcp")
    _install(pulumi_home, "resource", "gcp", google_version, _script(python, "localcloud.providers.google"))


def environment(pulumi_home: Path, state: Path) -> dict[str, str]:
    """What makes an engine use `pulumi_home`, keep its stacks in the directory `state`, and look for nothing elsewhere.

    A plugin that is missing should be an error at once, not a download that is waited for; and what PATH holds is of
    another version, or the same with a warning at each use.
    """
    return {
        "PULUMI_HOME": str(pulumi_home),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        # Engine and plugins speak to each other on this machine, and Python's side of it would ask a proxy.
        **reached_directly(os.environ),
    }


def link(pulumi_home: Path, name: str, version: str, executable: Path) -> None:
    """Make a natively built provider available as release `version` of the resource plugin `name`."""
    executable = executable.resolve(strict=True)
    target = _plugin_path(pulumi_home, "resource", name, version)
    with suppress(OSError):
        if target.readlink() == executable:
            return
    _replace(target, lambda path: path.symlink_to(executable))


def _install(pulumi_home: Path, kind: str, name: str, version: str, script: str) -> None:
    target = _plugin_path(pulumi_home, kind, name, version)
    with suppress(OSError):
        if target.read_text() == script and os.access(target, os.X_OK):
            return

    def write(path: Path) -> None:
        path.write_text(script)
        path.chmod(0o755)

    _replace(target, write)


def _plugin_path(pulumi_home: Path, kind: str, name: str, version: str) -> Path:
    return pulumi_home / "plugins" / f"{kind}-{name}-v{version.removeprefix('v')}" / f"pulumi-{kind}-{name}"


def _replace(target: Path, make: Callable[[Path], None]) -> None:
    """Put what `make` makes in the target's place in one step, together with its directory if that is new."""
    plugins = target.parent.parent
    plugins.mkdir(parents=True, exist_ok=True)
    # The engine ignores directories whose names end like this one's.
    with tempfile.TemporaryDirectory(dir=plugins, prefix=f".{target.name}.", suffix=".tmp0") as directory:
        staged = Path(directory) / target.parent.name
        staged.mkdir()
        make(staged / target.name)
        try:
            staged.rename(target.parent)
        except OSError:
            (staged / target.name).replace(target)


def _script(python: Path, module: str) -> str:
    """A plugin that is a module of this repository.

    `-P` keeps the working directory, which is the user's project, off the path. Until the module has its own handler,
    an interrupt ends the process without a traceback.
    """
    code = "\n".join(
        [
            "import signal, sys",
            "signal.signal(signal.SIGINT, signal.SIG_DFL)",
            f"sys.path.insert(0, {str(ROOT)!r})",
            f"from {module}.__main__ import main",
            "main(sys.argv[1:])",
        ]
    )
    return f'#!/bin/sh\nexec {shlex.quote(str(python))} -P -c {shlex.quote(code)} "$@"\n'


def _dynamic_provider_script(python: Path) -> str:
    """The provider of `pulumi.dynamic` resources, which runs in the program's interpreter.

    The engine hands the project's runtime options over as `PULUMI_RUNTIME_*`.
    """
    return "\n".join(
        [
            "#!/bin/sh",
            f"python={shlex.quote(str(python))}",
            'virtualenv="${PULUMI_RUNTIME_VIRTUALENV:-}"',
            'if [ -n "$virtualenv" ]; then',
            '    case "$virtualenv" in /*) ;; *) virtualenv="$PWD/$virtualenv" ;; esac',
            '    python="$virtualenv/bin/python"',
            '    export VIRTUAL_ENV="$virtualenv" PATH="$virtualenv/bin:$PATH"',
            "    unset PYTHONHOME",
            "fi",
            'exec "$python" -u -m pulumi.dynamic "$@"',
            "",
        ]
    )
