"""The prod stack rehearsed, from nothing to nothing."""

from benchmarks.measurement import Measurement, localcloud, seconds
from localcloud import console
from tests.engine.project import Project


def rehearsed_prod(project: Project) -> list[Measurement]:
    """Rehearses prod, looks at it again, and takes it down."""
    console.say("Rehearsing the prod stack from nothing …")
    first = seconds(lambda: localcloud(project, "rehearse", "prod"))
    preview = min(seconds(lambda: localcloud(project, "rehearse-preview", "prod")) for _ in range(3))
    down = seconds(lambda: localcloud(project, "rehearse-down", "prod"))
    return [
        Measurement("`make rehearse STACK=prod` from nothing, toolchain built", "120 s", f"{first:.1f} s"),
        Measurement("`make rehearse-preview STACK=prod` that shows nothing (best of 3)", "10 s", f"{preview:.1f} s"),
        Measurement("`make rehearse-down STACK=prod`", "—", f"{down:.1f} s"),
    ]
