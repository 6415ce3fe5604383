"""What pods have in common, whoever makes them: the shape of their resources."""

from typing import Any


def resources(cpu: str, memory: str) -> dict[str, Any]:
    """Reserve CPU and memory, and limit memory alone.

    Memory is reserved in full, because a node that runs out of it kills at random. CPU has no limit, because what
    nobody else needs may be used.
    """
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}
