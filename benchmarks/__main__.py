"""Takes measurements on this machine, and writes benchmarks/README.md."""

import datetime
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer

from benchmarks.dev import dev_stack
from benchmarks.measurement import Measurement
from benchmarks.rehearsal import rehearsed_prod
from benchmarks.services import services
from benchmarks.simulation import simulated_provider
from benchmarks.stand_ins import stand_ins
from benchmarks.startup import startup
from benchmarks.toolchain import cold_build, unit_tests
from localcloud import console
from tests.engine.project import REPOSITORY, Project

_HERE = Path(__file__).parent
_REPORT = _HERE / "README.md"
_RESULTS = _HERE / "results.json"


def measure(
    sections: Annotated[list[str] | None, typer.Argument(help="What to measure. Default: all of it.")] = None,
    caches: Annotated[Path | None, typer.Option(help="Where the cold build goes on that was broken off.")] = None,
) -> None:
    """Measures, coldest first, and writes the report; what is not measured now keeps its former figures."""
    with tempfile.TemporaryDirectory() as temporary:
        try:
            known = _sections(Path(temporary), (caches or Path(temporary, "caches")).resolve())
            if unknown := set(sections or ()) - known.keys():
                raise typer.BadParameter(f"{', '.join(sorted(unknown))}: choose of {', '.join(known)}")
            results = json.loads(_RESULTS.read_text()) if _RESULTS.exists() else {}
            for name in sections or known:
                rows = [[row.what, row.aim, row.result] for row in known[name]()]
                results[name] = {"date": datetime.date.today().isoformat(), "machine": _machine(), "rows": rows}
                _RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
        finally:
            # Go writes its modules read-only.
            subprocess.run(["chmod", "-R", "u+w", temporary], check=True)
    _REPORT.write_text(report({name: results[name] for name in known if name in results}))
    console.say(f"Wrote {_REPORT.relative_to(REPOSITORY)}.")


def _sections(temporary: Path, caches: Path) -> dict[str, Callable[[], list[Measurement]]]:
    """What can be measured, by name. All but the cold build use the toolchain that this machine has."""
    return {
        "toolchain": lambda: _cold_build(caches),
        "dev": lambda: _on_a_copy(temporary / "dev", dev_stack),
        "rehearsal": lambda: _on_a_copy(temporary / "rehearsal", rehearsed_prod),
        "stand-ins": lambda: _on_a_copy(temporary / "stand-ins", stand_ins),
        "services": lambda: services(temporary / "services"),
        "startup": startup,
        "simulation": lambda: simulated_provider(temporary / "google"),
        "tests": lambda: [unit_tests()],
    }


def _cold_build(caches: Path) -> list[Measurement]:
    caches.mkdir(parents=True, exist_ok=True)
    own = {"XDG_CACHE_HOME": "cache", "GOCACHE": "build", "GOMODCACHE": "modules"}
    former = dict(os.environ)
    os.environ |= {name: str(caches / folder) for name, folder in own.items()}
    try:
        return [cold_build(caches)]
    finally:
        os.environ.clear()
        os.environ |= former


def _on_a_copy(root: Path, measurements: Callable[[Project], list[Measurement]]) -> list[Measurement]:
    with _project(root) as project:
        return measurements(project)


@contextmanager
def _project(root: Path) -> Iterator[Project]:
    root.mkdir()
    project = Project.copied_to(root)
    try:
        yield project
    finally:
        project.localcloud("clean")


def _machine() -> str:
    go = subprocess.run([shutil.which("go") or "go", "version"], capture_output=True, text=True, check=True).stdout
    return (
        f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 1024**3:.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, {go.split()[2].replace('go', 'Go ')}"
    )


def report(results: dict[str, dict[str, Any]]) -> str:
    """The page of all results."""
    tables = "\n".join(
        f"\n## {name.capitalize()}\n\n{found['date']}: {found['machine']}.\n\n"
        "| what | aim | measured |\n|---|---|---|\n"
        + "\n".join(f"| {what} | {aim} | {result} |" for what, aim, result in found["rows"])
        for name, found in results.items()
    )
    return f"""# Benchmarks

Written by `make benchmark`. All of it takes about 20 minutes, most of them for the cold build;
`make benchmark ONLY='dev rehearsal'` renews a part. Aims are for 2 cores.
{tables}
"""


if __name__ == "__main__":
    typer.run(measure)
