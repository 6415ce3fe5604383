"""What pods have in common."""

from typing import Any

import pulumi_kubernetes as kubernetes
from web_platform.pods import container_security, pod_security, resources

from tests.recording import declare


def test_memory_is_reserved_and_limited_and_cpu_only_reserved() -> None:
    assert resources("1", "1Gi") == {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}


def test_a_pod_meets_the_restricted_standard_as_a_user_that_owns_its_volumes() -> None:
    def program() -> None:
        core = kubernetes.core.v1
        one = core.ContainerArgs(name="one", image="one:1", security_context=container_security())
        core.Pod("one", spec=core.PodSpecArgs(containers=[one], security_context=pod_security(1234)))

    spec: dict[str, Any] = declare(program).one("kubernetes:core/v1:Pod", "one").inputs["spec"]
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1234,
        "runAsGroup": 1234,
        "fsGroup": 1234,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
