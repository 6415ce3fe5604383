"""The toolchain from nothing, and the tests that need none of it."""

import json
import sys
from pathlib import Path

from benchmarks.measurement import Measurement, run, seconds
from localcloud import console


def cold_build(caches: Path) -> Measurement:
    """Builds the toolchain into empty caches; a run that was broken off hands its figure on to the next."""
    record = caches / "cold-build.json"
    if not record.exists():
        if any(caches.glob("*")):
            sys.exit(f"{caches} is not empty, so a build there would not be from nothing. Name an empty directory.")
        console.say("Building the toolchain from nothing …")
        taken = seconds(lambda: run(sys.executable, "-m", "localcloud", "toolchain"))
        size = sum(file.stat().st_size for file in caches.rglob("*") if file.is_file())
        record.write_text(json.dumps({"seconds": taken, "bytes": size}))
    built = json.loads(record.read_text())
    what = "Toolchain from nothing: no built package, no downloaded module"
    return Measurement(what, "—", f"{built['seconds'] / 60:.1f} min, {built['bytes'] / 1024**3:.1f} GiB of caches")


def unit_tests() -> Measurement:
    """Runs every test that needs neither engine nor cluster."""
    taken = seconds(lambda: run(sys.executable, "-m", "pytest", "--quiet", "--ignore=tests/engine"))
    return Measurement("Unit tests", "30 s", f"{taken:.1f} s")
