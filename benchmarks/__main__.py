"""Takes every measurement in one run, on this machine, and writes benchmarks/README.md."""

import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from localcloud import console
from localcloud.cluster.processes import Processes
from tests.engine.project import REPOSITORY, Project

_REPORT = Path(__file__).parent / "README.md"


@dataclass(frozen=True)
class Measurement:
    """One row of the report."""

    what: str
    aim: str
    result: str


def main() -> None:
    """Measures, coldest first, and writes the report.

    The toolchain is built into caches of the run's own, in the directory that the command line names or a temporary
    one, and what follows uses that toolchain. A run that failed later goes on from a directory that was named.
    """
    with tempfile.TemporaryDirectory() as temporary:
        caches = Path(sys.argv[1] if len(sys.argv) > 1 else temporary).resolve()
        os.environ |= {
            "XDG_CACHE_HOME": str(caches / "cache"),
            "GOCACHE": str(caches / "build"),
            "GOMODCACHE": str(caches / "modules"),
        }
        try:
            rows = [_cold_toolchain(caches), *_stack(Path(temporary) / "project"), _unit_tests()]
        finally:
            # Go writes its modules read-only.
            subprocess.run(["chmod", "-R", "u+w", temporary], check=True)
    _REPORT.write_text(_report(rows))
    console.say(f"Wrote {_REPORT.relative_to(REPOSITORY)}.")


def _cold_toolchain(caches: Path) -> Measurement:
    record = caches / "cold-build.json"
    if not record.exists():
        if any(caches.glob("*")):
            sys.exit(f"{caches} is not empty, so a build there would not be from nothing. Name an empty directory.")
        console.say("Building the toolchain from nothing …")
        seconds = _seconds(lambda: _run(sys.executable, "-m", "localcloud", "toolchain"))
        size = sum(file.stat().st_size for file in caches.rglob("*") if file.is_file())
        record.write_text(json.dumps({"seconds": seconds, "bytes": size}))
    built = json.loads(record.read_text())
    what = "Toolchain from nothing: no built package, no downloaded module"
    return Measurement(what, "—", f"{built['seconds'] / 60:.1f} min, {built['bytes'] / 1024**3:.1f} GiB of caches")


def _unit_tests() -> Measurement:
    seconds = _seconds(lambda: _run(sys.executable, "-m", "pytest", "--quiet", "--ignore=tests/engine"))
    return Measurement("Unit tests", "30 s", f"{seconds:.1f} s")


def _stack(root: Path) -> list[Measurement]:
    console.say("Bringing the dev stack up from nothing …")
    root.mkdir()
    project = Project.copied_to(root)
    try:
        return _stack_measurements(project)
    finally:
        project.localcloud("clean")


def _stack_measurements(project: Project) -> list[Measurement]:
    first = _seconds(lambda: _localcloud(project, "up"))
    again = min(_seconds(lambda: _localcloud(project, "up")) for _ in range(3))
    preview = min(_seconds(lambda: _localcloud(project, "preview")) for _ in range(3))
    processes = Processes(project.root / ".localcloud" / "stacks" / "dev" / "cluster").running()
    memory = {part: process.memory_info().rss / 1024**2 for part, process in sorted(processes.items())}
    parts = ", ".join(f"{part} {size:.0f}" for part, size in memory.items())
    down = _seconds(lambda: _localcloud(project, "down"))
    return [
        Measurement("`make up` of dev from nothing, toolchain built", "45 s", f"{first:.1f} s"),
        Measurement("`make up` that changes nothing (best of 3)", "5 s", f"{again:.1f} s"),
        Measurement("`make preview` that shows nothing (best of 3)", "—", f"{preview:.1f} s"),
        Measurement("Memory of the control plane", "1024 MiB", f"{sum(memory.values()):.0f} MiB ({parts})"),
        Measurement("`make down` of dev", "—", f"{down:.1f} s"),
    ]


def _localcloud(project: Project, command: str) -> None:
    done = project.localcloud(command, "dev")
    if done.returncode:
        sys.exit(f"`{command}` failed, so there is nothing to report:\n{done.stdout}{done.stderr}")


def _run(*command: str) -> None:
    subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, check=True)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _report(rows: list[Measurement]) -> str:
    go = subprocess.run([shutil.which("go") or "go", "version"], capture_output=True, text=True, check=True).stdout
    machine = (
        f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 1024**3:.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, {go.split()[2].replace('go', 'Go ')}"
    )
    table = "\n".join(f"| {row.what} | {row.aim} | {row.result} |" for row in rows)
    return f"""# Benchmarks

Written by `make benchmark`, in one run, on {datetime.date.today().isoformat()}: {machine}.
It takes about 20 minutes, most of them for the first row, which a run that was broken off hands on to
the next. Aims are for 2 cores.

| what | aim | measured |
|---|---|---|
{table}
"""


if __name__ == "__main__":
    main()
