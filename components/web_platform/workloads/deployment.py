"""Pods that run for ever, a number of them that are alike: a Deployment with its disruption budget and autoscaler."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions

from web_platform.pods import spread
from web_platform.workloads.scaling import autoscaler_spec, disruption_budget_spec
from web_platform.workloads.workload import Workload

_PLACED_WITHIN = 300


def declare_deployment(
    parent: pulumi.ComponentResource,
    workload: Workload,
    template: Mapping[str, Any],
    *,
    replicas: int,
    autoscaling: Mapping[str, Any] | None,
    startup_seconds: int = 0,
    depends_on: list[pulumi.Resource],
) -> None:
    """Declare a workload's pods, and what keeps enough of them there.

    Args:
        parent: The component.
        workload: What the pods belong to.
        template: The pods.
        replicas: How many there are; with an autoscaler, the fewest.
        autoscaling: The autoscaler. None: there are always as many.
        startup_seconds: How long a pod may take to become ready.
        depends_on: What happens before any pod is replaced.
    """
    slow = startup_seconds > _PLACED_WITHIN
    name, namespace, child = workload.name, workload.args["namespace"], ResourceOptions(parent=parent)
    kubernetes.policy.v1.PodDisruptionBudget(
        f"{name}-disruption-budget",
        metadata=workload.metadata(),
        spec=disruption_budget_spec(workload.selector),
        opts=child,
    )
    if autoscaling is not None:
        kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
            f"{name}-autoscaler",
            metadata=workload.metadata(),
            spec=autoscaler_spec(name, namespace, replicas, autoscaling),
            opts=child,
        )
    kubernetes.apps.v1.Deployment(
        name,
        metadata=workload.metadata(),
        spec={
            "replicas": replicas,
            "selector": workload.selector,
            # Each pod has its time to start, beside what it takes to place it and to pull its image.
            **({"progressDeadlineSeconds": startup_seconds + _PLACED_WITHIN} if slow else {}),
            # A new pod works before an old one goes, so that a rollout takes nothing from what is available.
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": _spread(template, workload),
        },
        # How many there are is for the autoscaler to say, after the first.
        opts=ResourceOptions(
            parent=parent, depends_on=depends_on, ignore_changes=[] if autoscaling is None else ["spec.replicas"]
        ),
    )


def _spread(template: Mapping[str, Any], workload: Workload) -> dict[str, Any]:
    # Pods of each version by themselves: else the last ones of a rollout would go to where the old ones were not.
    constraints = spread(workload.labels, matchLabelKeys=["pod-template-hash"])
    return {**template, "spec": {"topologySpreadConstraints": constraints, **template["spec"]}}
