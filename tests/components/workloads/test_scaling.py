"""How many pods there are, and what keeps them there."""

from typing import Any

import pytest
from pulumi import Output
from web_platform import NodeAgent, OneOffJob, ScheduledJob, WebService, Worker

from tests.components.resource_options import options_of
from tests.components.workloads.pods import (
    AUTOSCALER,
    BUDGET,
    DEPLOYMENT,
    METADATA,
    SELECTOR,
    Workload,
    arguments,
    make,
    refusal,
    shop,
)
from tests.recording import Recording, declare

every_scaled = pytest.mark.parametrize("workload", [WebService, Worker])

BACKLOG = "pubsub.googleapis.com|subscription|num_undelivered_messages"
REQUESTS = "prometheus.googleapis.com|kong_http_requests_total|counter"


def utilization(resource: str, percent: int) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": resource, "target": target}}


def external(name: str, labels: dict[str, str], average: str) -> dict[str, Any]:
    metric = {"name": name, "selector": {"matchLabels": labels}}
    target = {"type": "AverageValue", "averageValue": average}
    return {"type": "External", "external": {"metric": metric, "target": target}}


def scaled(recording: Recording) -> dict[str, Any]:
    spec: dict[str, Any] = recording.one(AUTOSCALER, "shop-autoscaler").inputs["spec"]
    return spec


def metrics(workload: Workload, **measures: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = scaled(shop(workload, autoscaling={"maximum_replicas": 5, **measures}))["metrics"]
    return made


@every_scaled
def test_an_autoscaler_is_exactly_this(workload: Workload) -> None:
    assert shop(workload, autoscaling={"maximum_replicas": 5}).one(AUTOSCALER, "shop-autoscaler").inputs == {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": METADATA,
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
            "minReplicas": 1,
            "maxReplicas": 5,
            "metrics": [utilization("cpu", 80)],
        },
    }


@every_scaled
@pytest.mark.parametrize("autoscaling", [{}, {"autoscaling": None}])
def test_without_one_there_are_always_as_many_pods(workload: Workload, autoscaling: dict[str, None]) -> None:
    recording = shop(workload, replicas=4, **autoscaling)
    assert recording.of_type(AUTOSCALER) == {}
    assert recording.one(DEPLOYMENT, "shop").inputs["spec"]["replicas"] == 4


@every_scaled
def test_replicas_are_the_fewest_and_what_there_is_at_first(workload: Workload) -> None:
    recording = shop(workload, replicas=3.0, autoscaling={"maximum_replicas": 3.0})
    assert (scaled(recording)["minReplicas"], scaled(recording)["maxReplicas"]) == (3, 3)
    assert recording.one(DEPLOYMENT, "shop").inputs["spec"]["replicas"] == 3


@every_scaled
@pytest.mark.parametrize(("autoscaling", "ignored"), [(None, []), ({"maximum_replicas": 5}, ["spec.replicas"])])
def test_how_many_there_are_is_the_autoscalers_to_say_where_there_is_one(
    workload: Workload, autoscaling: dict[str, int] | None, ignored: list[str]
) -> None:
    def component(opts: Any) -> None:
        workload("shop", arguments(workload, autoscaling=autoscaling), opts)  # type: ignore[call-arg]

    assert (options_of(component)[DEPLOYMENT, "shop"].ignore_changes or []) == ignored


@every_scaled
@pytest.mark.parametrize(
    ("measures", "wanted"),
    [
        ({"cpu_percent": 50.0}, [utilization("cpu", 50)]),
        ({"cpu_percent": None}, [utilization("cpu", 80)]),
        ({"memory_percent": 70}, [utilization("memory", 70)]),
        ({"cpu_percent": 150, "memory_percent": 70}, [utilization("cpu", 150), utilization("memory", 70)]),
    ],
)
def test_it_goes_by_the_measures_that_are_named(
    workload: Workload, measures: dict[str, Any], wanted: list[dict[str, Any]]
) -> None:
    assert metrics(workload, **measures) == wanted


def test_requests_are_counted_by_what_the_gateway_calls_the_service() -> None:
    def program() -> None:
        outside = {"public_host": "shop.example.com", "ingress_class": "kong", "gateway_namespace": "kong"}
        autoscaling = {"maximum_replicas": 5, "requests_per_second": 40.0}
        place = Output.from_input("services")
        make(WebService, **outside, issuer="i", namespace=place, autoscaling=autoscaling)

    labels = {"metric.labels.service": "services.shop.80"}
    assert scaled(declare(program))["metrics"] == [external(REQUESTS, labels, "40")]


def test_messages_are_counted_in_each_subscription() -> None:
    def program() -> None:
        subscriptions = ["orders", Output.from_input("projects/acme/subscriptions/refunds")]
        make(Worker, autoscaling={"maximum_replicas": 5, "messages": 100.0, "subscriptions": subscriptions})

    assert scaled(declare(program))["metrics"] == [
        external(BACKLOG, {"resource.labels.subscription_id": name}, "100") for name in ("orders", "refunds")
    ]


def test_cpu_counts_beside_messages_where_it_is_named() -> None:
    backlog = external(BACKLOG, {"resource.labels.subscription_id": "orders"}, "1")
    messages = {"messages": 1, "subscriptions": ["orders"]}
    assert metrics(Worker, **messages, cpu_percent=80) == [utilization("cpu", 80), backlog]
    assert metrics(Worker, **messages) == [backlog]


@every_scaled
def test_nodes_are_drained_one_pod_at_a_time(workload: Workload) -> None:
    assert shop(workload).one(BUDGET, "shop-disruption-budget").inputs == {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": METADATA,
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": SELECTOR},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


@pytest.mark.parametrize("workload", [OneOffJob, ScheduledJob, NodeAgent])
def test_what_ends_by_itself_or_is_on_each_node_has_neither_budget_nor_autoscaler(workload: Workload) -> None:
    recording = shop(workload)
    assert recording.of_type(BUDGET) == recording.of_type(AUTOSCALER) == {}


@every_scaled
@pytest.mark.parametrize(
    "change",
    [
        {"replicas": 1000},
        {"autoscaling": {"maximum_replicas": 1000}},
        {"replicas": 2, "autoscaling": {"maximum_replicas": 2}},
        {"autoscaling": {"maximum_replicas": 2, "cpu_percent": 1}},
        {"autoscaling": {"maximum_replicas": 2, "cpu_percent": 1000, "memory_percent": 1000}},
    ],
)
def test_the_bounds_themselves_are_accepted(workload: Workload, change: dict[str, Any]) -> None:
    assert shop(workload, **change).of_type(DEPLOYMENT)


@every_scaled
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"replicas": 0}, "replicas is 0"),
        ({"replicas": 1001}, "replicas is 1001"),
        ({"replicas": 1.5}, "replicas is 1.5, which is not a whole number"),
        ({"autoscaling": {}}, "autoscaling.maximum_replicas is missing"),
        ({"autoscaling": {"maximum_replicas": 0}}, "autoscaling.maximum_replicas is 0"),
        ({"autoscaling": {"maximum_replicas": 1001}}, "autoscaling.maximum_replicas is 1001"),
        (
            {"replicas": 3, "autoscaling": {"maximum_replicas": 2}},
            "autoscaling.maximum_replicas is 2, less than the 3 of `replicas`, which are the fewest",
        ),
        ({"autoscaling": {"maximum_replicas": 2, "cpu_percent": 0}}, "autoscaling.cpu_percent is 0"),
        ({"autoscaling": {"maximum_replicas": 2, "cpu_percent": 1001}}, "autoscaling.cpu_percent is 1001"),
        ({"autoscaling": {"maximum_replicas": 2, "memory_percent": 0}}, "autoscaling.memory_percent is 0"),
        ({"autoscaling": {"maximum_replicas": 2, "memory_percent": 1001}}, "autoscaling.memory_percent is 1001"),
        ({"autoscaling": {"maximum": 2}}, "autoscaling.maximum is not a known key"),
        ({"autoscaling": 2}, "autoscaling is a number, which is not keys with values"),
    ],
)
def test_numbers_that_would_not_scale_are_refused(workload: Workload, change: dict[str, Any], message: str) -> None:
    assert refusal(workload, **change).startswith(message)


@pytest.mark.parametrize(
    ("measures", "message"),
    [
        ({"messages": 0, "subscriptions": ["a"]}, "messages is 0"),
        ({"messages": 1_000_000_001, "subscriptions": ["a"]}, "messages is 1000000001"),
        ({"messages": 1}, "subscriptions is missing, though the other of messages and subscriptions is given"),
        ({"messages": 1, "subscriptions": []}, "subscriptions is missing, though the other"),
        ({"subscriptions": ["a"]}, "messages is missing, though the other"),
        ({"subscriptions": "a"}, "subscriptions is text, which is not a list"),
    ],
)
def test_a_backlog_that_would_bring_no_pod_is_refused(measures: dict[str, Any], message: str) -> None:
    assert refusal(Worker, autoscaling={"maximum_replicas": 2, **measures}).startswith(f"autoscaling.{message}")


@pytest.mark.parametrize("requests", [0, 1_000_001])
def test_requests_that_would_bring_no_pod_are_refused(requests: int) -> None:
    message = refusal(WebService, autoscaling={"maximum_replicas": 2, "requests_per_second": requests})
    assert message.startswith(f"autoscaling.requests_per_second is {requests}")


@pytest.mark.parametrize(
    "outside",
    [
        {},
        {
            **{"public_host": "a.example.com", "ingress_class": "kong", "gateway_namespace": "kong", "issuer": "i"},
            "gateway_class": "kong",
        },
    ],
)
def test_requests_that_nobody_counts_are_refused(outside: dict[str, Any]) -> None:
    autoscaling = {"maximum_replicas": 2, "requests_per_second": 1}
    assert "requests_per_second" in refusal(WebService, **outside, autoscaling=autoscaling)
