"""The records of what deployments by released versions left: which there must be, and which stay as they are.

Does not own how one is made, nor how later versions are tried on it: that is ``tests/engine/recorded_stack.py``.
"""

from pathlib import Path

from surface.stability import Version

DIRECTORY = Path(__file__).parents[1] / "tests" / "engine" / "recorded"

_RECORDING = ".venv/bin/python -m tests.engine.recorded_stack"


def record_of(version: Version) -> Path:
    """Where it is written what a deployment of every component by a version left. Its program is beside it."""
    return DIRECTORY / f"every_component_{str(version).replace('.', '_')}.json"


def release_fault(tagged: Version) -> str | None:
    """What is wrong with the records for a release of a version; None where nothing is."""
    record = record_of(tagged)
    if record.exists() and record.with_suffix(".py").exists():
        return None
    return "\n".join(
        [
            f"tests/engine/recorded/ has no {record.stem}, what a deployment by {tagged} leaves and its program.",
            "  No later version would be tried on stacks of this one, and could replace what is in them.",
            f"  Remedy: `{_RECORDING}`, commit what it writes, and tag that commit.",
        ]
    )


def recording_fault(version: Version) -> str | None:
    """What is wrong with recording what a deployment by a version leaves; None where nothing is."""
    record = record_of(version)
    if not record.exists():
        return None
    return "\n".join(
        [
            f"tests/engine/recorded/ has {record.name} already, what a deployment by {version} left.",
            f"  Later versions would be tried on other stacks than those who have {version} do.",
            f"  Remedy: write the next version into components/pyproject.toml. Nobody has {version} yet? Then",
            f"  `{_RECORDING} --again` records it as it is now.",
        ]
    )
