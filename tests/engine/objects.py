"""Every object of a stack's cluster that relates to another, for checks that look at all of them."""

import json
from typing import Any

from tests.engine.project import Project

_KINDS = (
    "namespaces",
    "services",
    "secrets",
    "pods",
    "deployments",
    "statefulsets",
    "daemonsets",
    "ingresses",
    "ingressclasses",
    "networkpolicies",
    "kongplugins",
    "kongclusterplugins",
    "kongconsumers",
    "gatewayclasses",
    "gateways.gateway.networking.k8s.io",
    "httproutes",
    "certificates",
    "issuers.cert-manager.io",
    "clusterissuers",
)


def objects_of(project: Project, stack: str = "dev") -> list[dict[str, Any]]:
    """What the API server has of the kinds that name each other."""
    answer = project.shell(f"kubectl get {','.join(_KINDS)} --all-namespaces --output json", stack)
    assert answer.returncode == 0, answer.stderr
    items: list[dict[str, Any]] = json.loads(answer.stdout)["items"]
    return items
