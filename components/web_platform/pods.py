"""What pods have in common, whoever makes them: the shape of their resources, and rights that no pod needs."""

from typing import Any

import pulumi_kubernetes as kubernetes


def resources(cpu: str, memory: str) -> dict[str, Any]:
    """Reserve CPU and memory, and limit memory alone.

    Memory is reserved in full, because a node that runs out of it kills at random. CPU has no limit, because what
    nobody else needs may be used.
    """
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}


def pod_security(user: int) -> kubernetes.core.v1.PodSecurityContextArgs:
    """What the restricted Pod Security Standard asks of a pod, which runs as `user` and owns its volumes.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    return kubernetes.core.v1.PodSecurityContextArgs(
        run_as_non_root=True,
        run_as_user=user,
        run_as_group=user,
        fs_group=user,
        seccomp_profile=kubernetes.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
    )


def container_security() -> kubernetes.core.v1.SecurityContextArgs:
    """What the same standard asks of a container, which cannot write to its own image either."""
    return kubernetes.core.v1.SecurityContextArgs(
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        run_as_non_root=True,
        capabilities=kubernetes.core.v1.CapabilitiesArgs(drop=["ALL"]),
        seccomp_profile=kubernetes.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
    )
