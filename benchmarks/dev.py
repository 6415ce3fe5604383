"""The dev stack, from nothing to nothing."""

from benchmarks.measurement import Measurement, localcloud, seconds
from localcloud import console
from localcloud.cluster.processes import Processes
from tests.engine.project import Project


def dev_stack(project: Project) -> list[Measurement]:
    """Brings dev up, again, and down."""
    console.say("Bringing the dev stack up from nothing …")
    first = seconds(lambda: localcloud(project, "up", "dev"))
    again = min(seconds(lambda: localcloud(project, "up", "dev")) for _ in range(3))
    preview = min(seconds(lambda: localcloud(project, "preview", "dev")) for _ in range(3))
    processes = Processes(project.root / ".localcloud" / "stacks" / "dev" / "cluster").running()
    memory = {part: process.memory_info().rss / 1024**2 for part, process in sorted(processes.items())}
    parts = ", ".join(f"{part} {size:.0f}" for part, size in memory.items())
    down = seconds(lambda: localcloud(project, "down", "dev"))
    return [
        Measurement("`make up` of dev from nothing, toolchain built", "45 s", f"{first:.1f} s"),
        Measurement("`make up` that changes nothing (best of 3)", "5 s", f"{again:.1f} s"),
        Measurement("`make preview` that shows nothing (best of 3)", "—", f"{preview:.1f} s"),
        Measurement("Memory of the control plane", "1024 MiB", f"{sum(memory.values()):.0f} MiB ({parts})"),
        Measurement("`make down` of dev", "—", f"{down:.1f} s"),
    ]
