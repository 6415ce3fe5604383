"""How many pods there are: bounds, and what an autoscaler goes by between them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from pulumi import Input, Output

from web_platform.errors import Fault
from web_platform.whole_numbers import MOST_REPLICAS, range_fault

# Where nothing else is named: high enough that reserved CPU is used, low enough that a new pod is there in time.
_CPU_PERCENT = 80

# What Cloud Monitoring calls them, as its adapter offers them to autoscalers.
# https://cloud.google.com/kubernetes-engine/docs/tutorials/autoscaling-metrics
# https://docs.konghq.com/hub/kong-inc/prometheus/
_REQUESTS = "prometheus.googleapis.com|kong_http_requests_total|counter"
_BACKLOG = "pubsub.googleapis.com|subscription|num_undelivered_messages"


class AutoscalingArgs(TypedDict):
    """An autoscaler, which adds pods while any of its measures is above what is asked for."""

    maximum_replicas: int
    """Most pods that there may be."""

    cpu_percent: NotRequired[int | None]
    """CPU that pods use on average, in percent of what is reserved for them. Default: 80, where nothing else is
    named."""

    memory_percent: NotRequired[int | None]
    """Memory that pods use on average, in percent of what is reserved for them. Default: it does not count."""


class WebAutoscalingArgs(AutoscalingArgs):
    """An autoscaler of a web service."""

    requests_per_second: NotRequired[int | None]
    """Requests that the gateway sends to each pod, on average. The cluster must offer Kong's counts from Cloud
    Monitoring to autoscalers. Default: they do not count."""


class WorkerAutoscalingArgs(AutoscalingArgs):
    """An autoscaler of a worker."""

    messages: NotRequired[int | None]
    """Messages that wait in each of `subscriptions` for each pod. The cluster must offer the measures of Cloud
    Monitoring to autoscalers. Default: they do not count."""

    subscriptions: NotRequired[Sequence[Input[str]]]
    """Subscriptions of Pub/Sub whose backlog counts: names, or paths that end with them. Required with `messages`."""


def autoscaler_spec(workload: str, namespace: Input[str], replicas: int, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The HorizontalPodAutoscaler of a Deployment that has the workload's name, never below `replicas` pods."""
    cpu, memory = wanted.get("cpu_percent"), wanted.get("memory_percent")
    requests, messages = wanted.get("requests_per_second"), wanted.get("messages")
    if all(measure is None for measure in (cpu, memory, requests, messages)):
        cpu = _CPU_PERCENT
    metrics = [_utilization(name, percent) for name, percent in (("cpu", cpu), ("memory", memory)) if percent]
    if requests is not None:
        # What Kong calls the Service: namespace, name and port.
        service = Output.concat(namespace, f".{workload}.80")
        metrics.append(_external(_REQUESTS, {"metric.labels.service": service}, requests))
    if messages is not None:
        for subscription in wanted.get("subscriptions", []):
            name = Output.from_input(subscription).apply(lambda path: str(path).rpartition("/")[2])
            metrics.append(_external(_BACKLOG, {"resource.labels.subscription_id": name}, messages))
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": workload},
        "minReplicas": replicas,
        "maxReplicas": int(wanted["maximum_replicas"]),
        "metrics": metrics,
    }


def disruption_budget_spec(selector: Mapping[str, Any]) -> dict[str, Any]:
    """Let nodes be drained one pod at a time; pods that do not work hold nobody up."""
    return {"maxUnavailable": 1, "selector": selector, "unhealthyPodEvictionPolicy": "AlwaysAllow"}


def scaling_faults(args: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Find what is wrong with a workload's `replicas` and `autoscaling`."""
    replicas = int(args.get("replicas", 1))
    if fault := range_fault(replicas, 1, MOST_REPLICAS, "nothing would do the work"):
        yield "replicas", fault
    wanted = args.get("autoscaling")
    if wanted is None:
        return
    maximum = int(wanted["maximum_replicas"])
    if fault := range_fault(maximum, 1, MOST_REPLICAS, "nothing would do the work"):
        yield "autoscaling.maximum_replicas", fault
    elif maximum < replicas:
        yield (
            "autoscaling.maximum_replicas",
            Fault(
                what=f"is {maximum}, less than the {replicas} of `replicas`, which are the fewest",
                danger="the API server would refuse the autoscaler, and load would bring no pod",
                remedy=f"raise it to {replicas} or more, or lower `replicas`",
            ),
        )
    for field, highest, danger in (
        ("cpu_percent", 1000, "pods would be added for ever, or never"),
        ("memory_percent", 1000, "pods would be added for ever, or never"),
        ("requests_per_second", 1_000_000, "pods would be added for ever"),
        ("messages", 1_000_000_000, "pods would be added for ever"),
    ):
        number = wanted.get(field)
        if number is not None and (fault := range_fault(int(number), 1, highest, danger)):
            yield f"autoscaling.{field}", fault
    if (wanted.get("messages") is None) != (not wanted.get("subscriptions")):
        yield ("autoscaling.messages" if wanted.get("messages") is None else "autoscaling.subscriptions"), _HALF


def _utilization(resource: str, percent: int) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": int(percent)}
    return {"type": "Resource", "resource": {"name": resource, "target": target}}


def _external(metric: str, labels: Mapping[str, Input[str]], average: int) -> dict[str, Any]:
    return {
        "type": "External",
        "external": {
            "metric": {"name": metric, "selector": {"matchLabels": labels}},
            "target": {"type": "AverageValue", "averageValue": str(int(average))},
        },
    }


_HALF = Fault(
    what="is missing, though the other of messages and subscriptions is given",
    danger="no backlog would bring a pod",
    remedy="pass both, or neither",
)
