"""Whether the nodes hold the pods that a stack declares, told before a pod waits in vain.

What one node cannot hold, and what services and workers reserve beyond all nodes, the settings refuse by themselves.
Here everything that is declared is counted, at its fewest and with every autoscaler at its most.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple

from web_platform.syntax import quantity_of

from ci.preview.events import Event
from settings import Settings
from settings.capacity import nodes_size, number_of_nodes

_RUNS_FOR_EVER = ("Deployment", "StatefulSet")
_ON_EACH_NODE = "DaemonSet"
_AUTOSCALER = "HorizontalPodAutoscaler"


class Amount(NamedTuple):
    """CPU in cores, and memory in bytes."""

    cpu: Decimal = Decimal(0)
    memory: Decimal = Decimal(0)

    def times(self, pods: int) -> "Amount":
        """What so many pods reserve."""
        return Amount(self.cpu * pods, self.memory * pods)

    def plus(self, other: "Amount") -> "Amount":
        """What both reserve."""
        return Amount(self.cpu + other.cpu, self.memory + other.memory)

    def fits(self, room: "Amount") -> bool:
        """Whether there is room for it."""
        return self.cpu <= room.cpu and self.memory <= room.memory

    def __str__(self) -> str:
        milli = (self.cpu * 1000).to_integral_value(ROUND_CEILING)
        mebi = (self.memory / 2**20).to_integral_value(ROUND_CEILING)
        return f"{milli:,f}m CPU and {mebi:,f}Mi memory"


class Capacity(NamedTuple):
    """How much there is, and how much of it is reserved.

    Attributes:
        nodes: What the nodes are, as in "2 nodes of e2-standard-4".
        room: What they have for pods.
        least: What pods reserve when there are the fewest of each.
        most: What they reserve with every autoscaler at its most.
    """

    nodes: str
    room: Amount
    least: Amount
    most: Amount

    def verdict(self) -> str:
        """It in a sentence or two. What charts bring along, nobody knows before they are installed."""
        if not self.least.fits(self.room):
            said = (
                f"**Does not fit**: the pods reserve {self.least}, and {self.nodes} have {self.room}; some would wait."
            )
        elif not self.most.fits(self.room):
            said = (
                f"**Fits, but not at its most**: the pods reserve {self.least} of {self.room} on {self.nodes}, but "
                f"{self.most} once every autoscaler is at its most; some would wait then."
            )
        else:
            said = f"**Fits**: the pods reserve {self.least}, at most {self.most}, of {self.room} on {self.nodes}."
        return f"{said} What charts bring along comes on top."


def capacity(steps: Iterable[Event], settings: Settings) -> Capacity:
    """What the resources of a whole preview reserve, on the nodes that the stack's settings ask for."""
    declared = {step["urn"]: step["new"] for step in steps if step.get("new")}.values()
    objects = [each.get("inputs") or {} for each in declared if each.get("type", "").startswith("kubernetes:")]
    most_pods = {
        (_at(each, "metadata", "namespace"), _at(each, "spec", "scaleTargetRef", "name")): _whole(
            _at(each, "spec", "maxReplicas")
        )
        for each in objects
        if each.get("kind") == _AUTOSCALER
    }
    regional = settings.google is not None and settings.google.regional
    nodes = number_of_nodes(settings.cluster, regional=regional)
    room = nodes_size(settings.cluster, nodes)
    least = most = Amount()
    for each in objects:
        if each.get("kind") not in (*_RUNS_FOR_EVER, _ON_EACH_NODE):
            continue
        pod = _pod(_at(each, "spec", "template", "spec"))
        fewest = nodes if each["kind"] == _ON_EACH_NODE else _whole(_at(each, "spec", "replicas"))
        named = (_at(each, "metadata", "namespace"), _at(each, "metadata", "name"))
        least = least.plus(pod.times(fewest))
        most = most.plus(pod.times(max(fewest, most_pods.get(named, 0))))
    described = f"{nodes} node{'s' if nodes > 1 else ''} of {settings.cluster.machine_type}"
    return Capacity(described, Amount(_number(room["cpu"]), _number(room["memory"])), least, most)


def _pod(spec: object) -> Amount:
    """What the scheduler finds a place for: all that runs at once, or the largest of what runs before."""
    parts: Mapping[str, Any] = spec if isinstance(spec, Mapping) else {}
    first = parts.get("initContainers") or []
    beside = [*(parts.get("containers") or []), *(each for each in first if each.get("restartPolicy") == "Always")]
    before = [each for each in first if each not in beside]
    together = Amount()
    for each in beside:
        together = together.plus(_requested(each))
    return Amount(*(max(amount) for amount in zip(together, *map(_requested, before), strict=True)))


def _requested(container: Mapping[str, Any]) -> Amount:
    requests = _at(container, "resources", "requests")
    given: Mapping[str, Any] = requests if isinstance(requests, Mapping) else {}
    return Amount(_number(given.get("cpu")), _number(given.get("memory")))


def _at(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _whole(value: object) -> int:
    # Kubernetes makes one pod where nobody says how many; and what is not known yet is one at least.
    return int(value) if isinstance(value, int | float) else 1


def _number(quantity: object) -> Decimal:
    return quantity_of(str(quantity)) or Decimal(0)
