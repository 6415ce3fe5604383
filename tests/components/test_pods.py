"""What pods have in common."""

from typing import Any

import pulumi_kubernetes as kubernetes
import pytest
from web_platform.pods import container_security, disk_for, pod_security, resources, spread

from tests.components.workloads.pods import CONTAINER_SECURITY
from tests.recording import declare


def test_memory_is_reserved_and_limited_and_cpu_only_reserved() -> None:
    assert resources("1", "1Gi") == {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}


@pytest.mark.parametrize(
    ("more", "limits"),
    [
        ({"cpu_limit": "2"}, {"cpu": "2", "memory": "1Gi"}),
        ({"memory_limit": "2Gi"}, {"memory": "2Gi"}),
        ({"cpu_limit": "2", "memory_limit": "2Gi"}, {"cpu": "2", "memory": "2Gi"}),
    ],
)
def test_limits_are_raised_and_set_where_it_is_asked(more: dict[str, str], limits: dict[str, str]) -> None:
    assert resources("1", "1Gi", **more) == {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": limits}


def test_disk_is_reserved_and_limited_where_it_is_asked() -> None:
    assert resources("1", "1Gi", disk="64Mi") == {
        "requests": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "64Mi"},
        "limits": {"memory": "1Gi", "ephemeral-storage": "64Mi"},
    }


@pytest.mark.parametrize(
    ("scratch", "disk"),
    [([], "64Mi"), (["64Mi"], "128Mi"), (["1Gi", "0.5Gi"], "1600Mi"), (["1M"], "65Mi"), (["1M", "1M"], "66Mi")],
)
def test_disk_is_for_what_directories_may_hold_and_for_logs(scratch: list[str], disk: str) -> None:
    assert disk_for(scratch) == disk


def test_a_pod_meets_the_restricted_standard_as_a_user_that_owns_its_volumes() -> None:
    def program() -> None:
        one = {"name": "one", "image": "one:1", "securityContext": container_security()}
        kubernetes.core.v1.Pod("one", spec={"containers": [one], "securityContext": pod_security(1234)})

    spec: dict[str, Any] = declare(program).one("kubernetes:core/v1:Pod", "one").inputs["spec"]
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1234,
        "runAsGroup": 1234,
        "fsGroup": 1234,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["containers"][0]["securityContext"] == CONTAINER_SECURITY


def test_no_two_pods_share_what_they_are_made_of() -> None:
    pod_security(1)["runAsUser"] = 0
    container_security()["capabilities"]["drop"] = []
    resources("1", "1Gi")["limits"].clear()
    assert pod_security(1)["runAsUser"] == 1
    assert container_security() == CONTAINER_SECURITY
    assert resources("1", "1Gi")["limits"] == {"memory": "1Gi"}


def test_pods_wish_to_be_a_node_each() -> None:
    assert spread({"a": "b"}, minDomains=2) == [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"a": "b"}},
            "minDomains": 2,
        }
    ]
