"""Workloads as tests declare them, with the least arguments, and the pods that come of these."""

from collections.abc import Callable
from typing import Any

import pytest
from pulumi.runtime import rpc
from web_platform import ArgumentError, NodeAgent, OneOffJob, ScheduledJob, WebService, Worker

from tests.recording import Recording, Resource, declare

ACCOUNT = "kubernetes:core/v1:ServiceAccount"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
CRON_JOB = "kubernetes:batch/v1:CronJob"
DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
JOB = "kubernetes:batch/v1:Job"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
SECRET = "kubernetes:core/v1:Secret"
SERVICE = "kubernetes:core/v1:Service"
VOLUME = "kubernetes:core/v1:PersistentVolume"

Workload = Callable[[str, Any], object]

IMAGE = "ghcr.io/acme/shop:1.4.2"
DIGEST = "sha256:" + "0123456789abcdef" * 4
LEAST: dict[str, Any] = {"image": IMAGE, "namespace": "services"}
"""What every workload needs."""

MORE: dict[Workload, dict[str, Any]] = {
    WebService: {},
    Worker: {},
    ScheduledJob: {"schedule": "30 4 * * *"},
    OneOffJob: {},
    NodeAgent: {},
}
"""Every kind of workload, with what it needs beside."""

# The most that pods' host names leave room for.
LONGEST_NAME = "a" * 46

SELECTOR = {"app.kubernetes.io/name": "shop"}
LABELS = SELECTOR | {"app.kubernetes.io/managed-by": "pulumi"}
METADATA = {"name": "shop", "namespace": "services", "labels": LABELS}

CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
TEMPORARY_MOUNT = {"name": "scratch-tmp", "mountPath": "/tmp"}  # noqa: S108 - inside a container
TEMPORARY_VOLUME = {"name": "scratch-tmp", "emptyDir": {"sizeLimit": "64Mi"}}

DNS = {
    "to": [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}},
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
        {"ipBlock": {"cidr": "169.254.169.254/32"}},
    ],
    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
}
CLOSED_POLICY = {
    "podSelector": {"matchLabels": SELECTOR},
    "policyTypes": ["Ingress", "Egress"],
    "ingress": [],
    "egress": [DNS],
}
"""The network policy of a workload that nobody connects to, and that connects to nothing but DNS."""


def size(cpu: str = "100m", memory: str = "128Mi", disk: str = "128Mi") -> dict[str, Any]:
    """What a container has: of CPU no less, of memory and disk no less and no more."""
    return {
        "requests": {"cpu": cpu, "memory": memory, "ephemeral-storage": disk},
        "limits": {"memory": memory, "ephemeral-storage": disk},
    }


def main_container(**more: Any) -> dict[str, Any]:
    """The main container of a workload with the least arguments, and more."""
    return {
        "name": "main",
        "image": IMAGE,
        "imagePullPolicy": "Always",
        "env": [],
        "resources": size(),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [TEMPORARY_MOUNT],
        **more,
    }


def pod_spec(**more: Any) -> dict[str, Any]:
    """The pods of a workload with the least arguments, and more."""
    return {
        "serviceAccountName": "shop",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "fsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": 25,
        "containers": [main_container()],
        "volumes": [TEMPORARY_VOLUME],
        **more,
    }


def deployment_spec(**pods: Any) -> dict[str, Any]:
    """The Deployment of a workload with the least arguments, and more of its pods."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": SELECTOR},
        "matchLabelKeys": ["pod-template-hash"],
    }
    return {
        "replicas": 1,
        "selector": {"matchLabels": SELECTOR},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {"metadata": {"labels": LABELS}, "spec": pod_spec(topologySpreadConstraints=[spread], **pods)},
    }


def arguments(workload: Workload, **change: Any) -> dict[str, Any]:
    """The least arguments of a workload, and a change to them."""
    return LEAST | MORE[workload] | change


def make(workload: Workload, name: str = "shop", /, **change: Any) -> object:
    """Make a workload in a program, with the least arguments and a change to them."""
    return workload(name, arguments(workload, **change))


def shop(workload: Workload, **change: Any) -> Recording:
    """Declare a workload called `shop`, with the least arguments and a change to them."""
    return declare(lambda: make(workload, **change))


def controller(recording: Recording) -> Resource:
    """What makes the pods that a workload called `shop` is for."""
    kinds = (DEPLOYMENT, DAEMON_SET, JOB, CRON_JOB)
    (only,) = [resource for resource in recording if resource.type in kinds and resource.name == "shop"]
    return only


def pod(recording: Recording) -> dict[str, Any]:
    """The pods that a workload called `shop` is for."""
    spec: dict[str, Any] = controller(recording).inputs["spec"]
    spec = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
    made: dict[str, Any] = spec["template"]["spec"]
    return made


def container(recording: Recording) -> dict[str, Any]:
    """The only container of these pods."""
    (only,) = pod(recording)["containers"]
    assert isinstance(only, dict)
    return only


def policy(recording: Recording) -> dict[str, Any]:
    """The network policy of a workload called `shop`."""
    spec: dict[str, Any] = recording.one(POLICY, "shop-network").inputs["spec"]
    return spec


def secret(value: Any) -> dict[str, Any]:
    """A value that Pulumi keeps secret, as it is recorded."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def refusal(workload: Workload, name: str = "shop", /, **change: Any) -> str:
    """Declare a workload that is refused before anything is declared, and say with which words, without its name."""
    recording = Recording()
    with pytest.raises(ArgumentError) as refused:
        declare(lambda: make(workload, name, **change), recording=recording)
    assert recording.names() == []
    kind = getattr(workload, "__name__", "")
    message = str(refused.value)
    assert message.startswith(f"{kind} {name!r}: ")
    return message.removeprefix(f"{kind} {name!r}: ")
