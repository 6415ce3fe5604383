"""Builds tools with Go into a cache: once, by one process at a time, and never by halves."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import filelock

from localcloud import console
from localcloud.errors import LocalCloudError
from localcloud.toolchain.tools import GoModule, Tool

# What a cold build of the largest module leaves in Go's caches and in ours, measured, rounded up.
_SPACE_NEEDED = 10 * 1024**3


def ensure(module: GoModule, tools: Sequence[Tool], cache: Path) -> Path:
    """The directory with `tools` in it, built first if need be.

    A directory of the final name is whole: builds happen beside it and are renamed when they are done. The lock makes a
    second process wait and then find the first one's result; it falls with its holder, whatever ends it.

    Raises:
        LocalCloudError: No Go, no space, or the build failed; nothing is left but Go's own caches.
    """
    final = cache / f"{module.name}-{fingerprint(module, tools)}"
    if final.is_dir():
        return final
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _lock(cache / f"{module.name}.lock", module):
            if not final.is_dir():
                _build(module, tools, final)
    except OSError as error:
        raise LocalCloudError(
            f"The toolchain's cache {cache} cannot be written: {error.strerror or error}.",
            "Nothing was built, and nothing half-made was left there.",
            "Make room or set XDG_CACHE_HOME to a directory on another disk, then run the same command again.",
        ) from error
    return final


def fingerprint(module: GoModule, tools: Sequence[Tool]) -> str:
    """A name for the exact inputs of a build: go.mod, go.sum, our own sources, and what is asked of them."""
    digest = hashlib.sha256()
    for file in sorted(module.directory.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(module.directory)}\n".encode())
            digest.update(file.read_bytes())
    for tool in tools:
        digest.update(f"{tool}\n".encode())
    return digest.hexdigest()[:16]


@contextmanager
def _lock(path: Path, module: GoModule) -> Iterator[None]:
    lock = filelock.FileLock(path)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        console.say(f"Another process is building the {module.name} tools; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _build(module: GoModule, tools: Sequence[Tool], final: Path) -> None:
    go = shutil.which("go")
    if not go:
        names = ", ".join(tool.name for tool in tools)
        raise LocalCloudError(
            f"Neither Go nor the programs {names} are on PATH.",
            "There is nothing to run the stack with, and nothing to build it from.",
            "Install Go 1.26 or later (https://go.dev/doc/install), then run the same command again.",
        )
    free = shutil.disk_usage(final.parent).free
    if free < _SPACE_NEEDED:
        raise LocalCloudError(
            f"The disk of {final.parent} has {free / 1024**3:.1f} GiB free; "
            f"building the {module.name} tools takes up to {_SPACE_NEEDED / 1024**3:.0f} GiB.",
            "The build would have filled the disk.",
            "Make room (`go clean -cache` frees Go's own cache) or set XDG_CACHE_HOME, GOCACHE and GOMODCACHE to "
            "directories on another disk.",
        )
    # A build that was killed left its directory; the lock says that nobody will use it.
    for leftover in final.parent.glob(f"{module.name}-*.building"):
        shutil.rmtree(leftover, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=f"{module.name}-", suffix=".building", dir=final.parent))
    try:
        with tempfile.TemporaryDirectory() as scratch:
            _compile(go, module, tools, staging, Path(scratch))
        for tool in tools:
            built = staging / tool.built_name
            if built.name != tool.name:
                built.rename(staging / tool.name)
        staging.chmod(0o755)
        staging.rename(final)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _compile(go: str, module: GoModule, tools: Sequence[Tool], output: Path, scratch: Path) -> None:
    # The checked-in go.sum verifies all that is used; flags of the user's could only loosen that.
    environment = os.environ | {"GOFLAGS": "", "GOWORK": "off", "CGO_ENABLED": "0"}
    packages = [tool.package for tool in tools]
    title = f"{module.name} tools ({', '.join(tool.name for tool in tools)})"
    console.say(f"Building the {title} from Go modules. This happens once; a cold build takes 10 to 15 minutes.")
    started = time.monotonic()
    _run([go, "mod", "download"], module, environment, _Progress(f"Downloading {module.name} modules"))
    overlay = _overlay(go, module, tools, environment, scratch)
    total = len(_capture([go, "list", "-deps", *overlay, *packages], module, environment).splitlines())
    stamps = " ".join(f"-X {variable}={value}" for variable, value in module.stamps(tools).items())
    _run(
        [
            *(go, "build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false"),
            *overlay,
            *("-ldflags", f"-s -w {stamps}"),
            *("-o", f"{output}{os.sep}"),
            *packages,
        ],
        module,
        environment,
        _Progress(f"Compiling {module.name} tools", total),
    )
    console.say(f"Built the {module.name} tools in {time.monotonic() - started:.0f} s.")


def _overlay(
    go: str, module: GoModule, tools: Sequence[Tool], environment: Mapping[str, str], scratch: Path
) -> list[str]:
    """The build flag that supplies the files which a package embeds and no module ships."""
    if not module.overlay:
        return []
    replacements = {}
    for place, (source_module, source) in module.overlay.items():
        directory = _capture([go, "list", "-m", "-f", "{{.Dir}}", source_module], module, environment).strip()
        content = json.loads((Path(directory) / source).read_text())
        if "resources" in content and "version" not in content:  # A package schema, which states its version.
            content["version"] = next(module.version(t) for t in tools if t.module == source_module).lstrip("v")
        derived = scratch / place.replace("/", "-")
        derived.write_text(json.dumps(content))
        replacements[str(module.directory / place)] = str(derived)
    description = scratch / "overlay.json"
    description.write_text(json.dumps({"Replace": replacements}))
    return ["-overlay", str(description)]


class _Progress:
    """What one step of a build prints, turned into progress: Go's ``-v`` names each package as it is compiled."""

    def __init__(self, title: str, total: int | None = None) -> None:
        self.title = title
        self.total = total

    def follow(self, lines: Iterator[str]) -> list[str]:
        """Shows progress until `lines` ends; gives its last lines back."""
        last: deque[str] = deque(maxlen=20)
        with console.progress(self.title, self.total) as advance:
            for line in lines:
                last.append(line.rstrip())
                if re.fullmatch(r"[\w./~@-]+\n?", line):
                    advance(line.strip())
        return list(last)


def _run(command: Sequence[str], module: GoModule, environment: Mapping[str, str], progress: _Progress) -> None:
    process = subprocess.Popen(
        command,
        cwd=module.directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # An interrupt must end the compilers too, not `go` alone.
    )
    try:
        last = progress.follow(iter(process.stderr or ()))
        process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
    if process.returncode:
        raise _failure(progress.title, last)


def _capture(command: Sequence[str], module: GoModule, environment: Mapping[str, str]) -> str:
    answer = subprocess.run(
        command, cwd=module.directory, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if answer.returncode:
        raise _failure(" ".join(command[1:3]), answer.stderr.splitlines()[-20:])
    return answer.stdout


def _failure(step: str, output: Sequence[str]) -> LocalCloudError:
    said = "\n".join(f"  {line}" for line in output)
    if "no space left on device" in said:
        remedy = (
            "Make room (`go clean -cache` frees Go's own cache) or set XDG_CACHE_HOME, GOCACHE and GOMODCACHE to "
            "directories on another disk."
        )
        return LocalCloudError(
            f"{step}: the disk is full.", "The build stopped; nothing half-made was left in the cache.", remedy
        )
    return LocalCloudError(
        f"{step} failed. Go said last:\n{said}",
        "The toolchain was not built; nothing half-made was left in the cache.",
        "If it speaks of a module or a connection, see that Go reaches its module proxy (`go env GOPROXY`); then run "
        "the same command again: it goes on where it stopped.",
    )
