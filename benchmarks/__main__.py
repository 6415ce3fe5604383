"""Takes every measurement in one run, on this machine, and writes benchmarks/README.md."""

import datetime
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.dev import dev_stack
from benchmarks.measurement import Measurement
from benchmarks.rehearsal import rehearsed_prod
from benchmarks.simulation import simulated_provider
from benchmarks.toolchain import cold_build, unit_tests
from localcloud import console
from tests.engine.project import REPOSITORY, Project

_REPORT = Path(__file__).parent / "README.md"


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
            rows = [cold_build(caches)]
            with _project(Path(temporary) / "project") as project:
                rows += [*dev_stack(project), *rehearsed_prod(project)]
            rows += [*simulated_provider(Path(temporary) / "google"), unit_tests()]
        finally:
            # Go writes its modules read-only.
            subprocess.run(["chmod", "-R", "u+w", temporary], check=True)
    _REPORT.write_text(_report(rows))
    console.say(f"Wrote {_REPORT.relative_to(REPOSITORY)}.")


@contextmanager
def _project(root: Path) -> Iterator[Project]:
    root.mkdir()
    project = Project.copied_to(root)
    try:
        yield project
    finally:
        project.localcloud("clean")


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
