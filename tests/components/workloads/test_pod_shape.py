"""Raw parts of a pod, as Pulumi is to take them."""

from typing import Any

import pytest
from pulumi import Output
from web_platform import WebService
from web_platform.workloads.pod_shape import pod_faults

from tests.components.workloads.pods import controller, shop

RIGHT: list[dict[str, Any]] = [
    {},
    {"tolerations": [], "hostAliases": None, "volumes": Output.from_input([])},
    {"hostNetwork": True, "priority": 1, "dnsPolicy": "None"},
    {
        "containers": [
            {"name": "main", "ports": ({"name": "metrics", "containerPort": 80},), "env": [{"name": "A", "value": "1"}]}
        ]
    },
    {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}}},
    {"nodeSelector": {"disk": "ssd"}, "securityContext": {"sysctls": []}, "node_selector": {}},
    {"whatKubernetesHasNext": [1]},
]


@pytest.mark.parametrize("pod", RIGHT)
def test_lists_and_keys_in_their_places_have_no_fault_and_are_taken(pod: dict[str, Any]) -> None:
    assert list(pod_faults("pod_spec", pod)) == []
    assert controller(shop(WebService, pod_spec=pod))


@pytest.mark.parametrize(
    ("pod", "field", "what"),
    [
        ({"containers": {"main": {}}}, "containers", "is keys with values, which is not a list"),
        ({"containers": ["main"]}, "containers[0]", "is text, which is not keys with values"),
        ({"containers": [{}, {"ports": 80}]}, "containers[1].ports", "is a number, which is not a list"),
        ({"containers": [{"env": {"A": "1"}}]}, "containers[0].env", "is keys with values, which is not a list"),
        ({"containers": [{"resources": []}]}, "containers[0].resources", "is a list, which is not keys with values"),
        ({"initContainers": "x"}, "initContainers", "is text, which is not a list"),
        ({"volumes": [{"configMap": []}]}, "volumes[0].configMap", "is a list, which is not keys with values"),
        ({"nodeSelector": []}, "nodeSelector", "is a list, which is not keys with values"),
        ({"node_selector": []}, "node_selector", "is a list, which is not keys with values"),
        ({"affinity": {"nodeAffinity": []}}, "affinity.nodeAffinity", "is a list, which is not keys with values"),
        ({"dnsConfig": {"nameservers": {}}}, "dnsConfig.nameservers", "is keys with values, which is not a list"),
    ],
)
def test_what_pulumi_would_stumble_over_is_a_fault(pod: dict[str, Any], field: str, what: str) -> None:
    assert [(place, fault.what) for place, fault in pod_faults("pod_spec", pod)] == [(f"pod_spec.{field}", what)]
