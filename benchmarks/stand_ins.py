"""The stand-ins of Google's services as processes, and an order on its way through all of them."""

import json
import subprocess
import sys

from benchmarks.measurement import Measurement, localcloud, seconds
from localcloud import console, toolchain
from localcloud.cluster.processes import Processes
from tests.engine.project import Project

_TIMES = 3


def stand_ins(project: Project) -> list[Measurement]:
    """Starts the stand-ins of dev from nothing, again, and runs the example beside its own."""
    toolchain.ensure_stand_ins()
    console.say("Starting stand-ins …")
    from_nothing = []
    for _ in range(_TIMES):
        from_nothing.append(seconds(lambda: localcloud(project, "stand-ins", "up", "dev")))
        again = seconds(lambda: localcloud(project, "stand-ins", "up", "dev"))
        running = Processes(project.root / ".localcloud" / "stacks" / "dev" / "stand-ins").running()
        memory = {part: process.memory_info().rss / 1024**2 for part, process in sorted(running.items())}
        localcloud(project, "stand-ins", "down", "dev")
    parts = ", ".join(f"{part} {size:.0f}" for part, size in memory.items())
    console.say("Following orders …")
    orders = [_example(project) for _ in range(_TIMES)]
    return [
        Measurement(f"Stand-ins of dev from nothing, built (best of {_TIMES})", "15 s", f"{min(from_nothing):.1f} s"),
        Measurement("Again, with nothing to do", "—", f"{again:.1f} s"),
        Measurement("Memory of the stand-ins", "—", f"{sum(memory.values()):.0f} MiB ({parts})"),
        Measurement(f"The example's orders, stand-ins running (best of {_TIMES})", "5 s", f"{min(orders):.1f} s"),
    ]


def _example(project: Project) -> float:
    """How long the example takes from the moment that its stand-ins run."""
    done = subprocess.run(
        [sys.executable, "-m", "examples.orders", "--json"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"The example failed, so there is nothing to report:\n{done.stdout}{done.stderr}")
    steps = {step["step"]: float(step["seconds"]) for step in map(json.loads, done.stdout.splitlines())}
    return steps["dead letter"] - steps["stand-ins"]
