"""Builds tools with Go into a cache: once, by one process at a time, and never by halves."""

import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import filelock

from localcloud import console
from localcloud.errors import LocalCloudError
from localcloud.toolchain import go
from localcloud.toolchain.tools import GoModule

_GIB = 1024**3

_NOTHING_LEFT = "The toolchain was not built; nothing half-made was left in the cache."


def ensure(module: GoModule, cache: Path) -> Path:
    """The directory with the tools of `module` in it, built first if need be.

    A directory of the final name is whole: builds happen beside it and are renamed when they are done. The lock makes a
    second process wait and then find the first one's result; it falls with its holder, whatever ends it.

    Raises:
        LocalCloudError: No Go, no space, or the build failed; nothing is left but Go's own caches.
    """
    final = cache / f"{module.name}-{fingerprint(module)}"
    if final.is_dir():
        return final
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _lock(cache / f"{module.name}.lock", module):
            if not final.is_dir():
                _build(module, final)
    except OSError as error:
        raise LocalCloudError(
            f"The toolchain's cache {cache} cannot be written: {error.strerror or error}.",
            "Nothing was built, and nothing half-made was left there.",
            "Make room or set XDG_CACHE_HOME to a directory on another disk, then run the same command again.",
        ) from error
    return final


def fingerprint(module: GoModule) -> str:
    """A name for the exact inputs of a build: go.mod, go.sum, our own sources, what is asked of them, and for whom.

    Tests beside the sources are none.
    """
    digest = hashlib.sha256(f"{platform.system()} {platform.machine()}\n".encode())
    for file in sorted(module.directory.rglob("*")):
        if file.is_file() and not file.name.endswith("_test.go"):
            digest.update(f"{file.relative_to(module.directory)}\n".encode())
            digest.update(file.read_bytes())
    digest.update(f"{module.tools}".encode())
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


def _build(module: GoModule, final: Path) -> None:
    program = go.find(f"The programs {', '.join(tool.name for tool in module.tools)} are neither on PATH nor built")
    free = shutil.disk_usage(final.parent).free
    if free < module.space * _GIB:
        raise LocalCloudError(
            f"The disk of {final.parent} has {free / _GIB:.1f} GiB free; "
            f"building the {module.name} tools takes up to {module.space} GiB.",
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
            _compile(program, module, staging, Path(scratch))
        for tool in module.tools:
            built = staging / tool.built_name
            if built.name != tool.name:
                built.rename(staging / tool.name)
        staging.chmod(0o755)
        staging.rename(final)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _compile(program: str, module: GoModule, output: Path, scratch: Path) -> None:
    packages = [tool.package for tool in module.tools]
    console.say(
        f"Building the {module.name} tools ({', '.join(tool.name for tool in module.tools)}) from Go modules. "
        f"This happens once; a cold build takes about {module.minutes} minutes on 2 cores."
    )
    started = time.monotonic()
    _run([program, "mod", "download"], module, f"Downloading {module.name} modules")
    overlay = _overlay(program, module, scratch)
    total = len(_capture([program, "list", "-deps", *overlay, *packages], module).splitlines())
    stamps = " ".join(f"-X {variable}={value}" for variable, value in module.stamps().items())
    command = [program, "build", "-v", "-trimpath", "-buildvcs=false", *overlay, "-ldflags", f"-s -w {stamps}"]
    _run([*command, "-o", f"{output}{os.sep}", *packages], module, f"Compiling {module.name} tools", total)
    console.say(f"Built the {module.name} tools in {time.monotonic() - started:.0f} s.")


def _overlay(program: str, module: GoModule, scratch: Path) -> list[str]:
    """The build flag that supplies the files which a package embeds and no module ships."""
    if not module.overlay:
        return []
    replacements = {}
    for place, (source_module, source) in module.overlay.items():
        directory = _capture([program, "list", "-m", "-f", "{{.Dir}}", source_module], module).strip()
        content = json.loads((Path(directory) / source).read_text())
        if "resources" in content and "version" not in content:  # A package schema, which states its version.
            tool = next(tool for tool in module.tools if tool.module == source_module)
            content["version"] = module.version(tool).removeprefix("v")
        derived = scratch / place.replace("/", "-")
        derived.write_text(json.dumps(content))
        replacements[str(module.directory / place)] = str(derived)
    description = scratch / "overlay.json"
    description.write_text(json.dumps({"Replace": replacements}))
    return ["-overlay", str(description)]


def _run(command: Sequence[str], module: GoModule, title: str, total: int | None = None) -> None:
    """Runs Go and shows its progress: with ``-v`` it names each package as it is compiled."""
    process = subprocess.Popen(
        command,
        cwd=module.directory,
        env=go.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # An interrupt must end the compilers too, not `go` alone.
    )
    said: deque[str] = deque(maxlen=20)
    try:
        with console.progress(title, total) as advance:
            for line in process.stderr or ():
                said.append(line.rstrip())
                if re.fullmatch(r"[\w./~@-]+\n?", line):
                    advance(line.strip())
        process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
    if process.returncode:
        raise go.failure(title, list(said), _NOTHING_LEFT)


def _capture(command: Sequence[str], module: GoModule) -> str:
    answer = subprocess.run(
        command,
        cwd=module.directory,
        env=go.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise go.failure(" ".join(command[1:3]), answer.stderr.splitlines(), _NOTHING_LEFT)
    return answer.stdout
