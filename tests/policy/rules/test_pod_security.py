from dataclasses import replace
from typing import Any

import pytest

from policy.rule import Resource
from policy.rules.pod_security import DECLARED_NAMESPACES, RESTRICTED_NAMESPACES, RESTRICTED_PODS
from tests.policy.rules import deployment, kubernetes, wrong

LABEL = "pod-security.kubernetes.io/enforce"
SAFE = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
POD = "spec.template.spec"
MAIN = f"{POD}.containers[0]"


def _namespace(standard: str, name: str | None = "shop") -> Resource:
    return kubernetes("v1", "Namespace", "shop", None, metadata={"name": name, "labels": {LABEL: standard}})


@pytest.mark.parametrize(
    ("security", "what"),
    [
        ({"privileged": True}, "securityContext.privileged is true"),
        ({"allowPrivilegeEscalation": True}, "securityContext.allowPrivilegeEscalation is not false"),
        ({"runAsNonRoot": False}, "securityContext.runAsNonRoot is not true"),
        ({"runAsUser": 0}, "securityContext.runAsUser is root"),
        ({"seccompProfile": {"type": "Unconfined"}}, "securityContext.seccompProfile is missing"),
        ({"capabilities": {"drop": ["NET_RAW"]}}, "securityContext.capabilities.drop does not have ALL"),
        (
            {"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}},
            "securityContext.capabilities.add has SYS_ADMIN",
        ),
    ],
)
def test_a_container_with_a_way_to_its_node_is_found(security: dict[str, Any], what: str) -> None:
    assert wrong(RESTRICTED_PODS, deployment({"securityContext": SAFE | security})) == [f"{MAIN}.{what}"]


@pytest.mark.parametrize(
    ("pod", "what"),
    [
        ({"hostNetwork": True}, f"{POD}.hostNetwork is true"),
        ({"hostPID": True}, f"{POD}.hostPID is true"),
        ({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}, f"{POD}.volumes[0] is a hostPath"),
    ],
)
def test_a_pod_that_sees_its_node_is_found(pod: dict[str, Any], what: str) -> None:
    assert wrong(RESTRICTED_PODS, deployment({"securityContext": SAFE}, **pod)) == [what]


def test_a_port_of_the_node_is_found() -> None:
    opened = {"securityContext": SAFE, "ports": [{"containerPort": 80, "hostPort": 80}]}
    assert wrong(RESTRICTED_PODS, deployment(opened)) == [f"{MAIN}.ports[0].hostPort is a port of the node"]


def test_what_says_nothing_is_found_in_all_that_it_does_not_say() -> None:
    assert wrong(RESTRICTED_PODS, deployment({})) == [
        f"{MAIN}.securityContext.{field}"
        for field in (
            "allowPrivilegeEscalation is not false",
            "runAsNonRoot is not true",
            "seccompProfile is missing",
            "capabilities.drop does not have ALL",
        )
    ]


def test_a_pod_speaks_for_its_containers() -> None:
    container = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}
    pod = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert wrong(RESTRICTED_PODS, deployment({"securityContext": container}, securityContext=pod)) == []


@pytest.mark.parametrize("security", [SAFE, None, dict.fromkeys(SAFE)], ids=["restricted", "later", "parts later"])
def test_a_restricted_pod_passes(security: dict[str, Any] | None) -> None:
    assert wrong(RESTRICTED_PODS, deployment({"securityContext": security})) == []


@pytest.mark.parametrize("standard", ["baseline", "privileged"])
def test_a_namespace_may_say_otherwise(standard: str) -> None:
    pods = deployment({})
    assert wrong(RESTRICTED_PODS, pods, _namespace(standard)) == []
    assert wrong(RESTRICTED_PODS, pods, _namespace("restricted")) != []
    assert wrong(RESTRICTED_PODS, replace(pods, properties={**pods.properties, "metadata": {}})) != []


def test_a_namespace_that_has_no_name_yet_may_say_so_too() -> None:
    namespace = _namespace("privileged", None)
    pods = replace(deployment({}, namespace=None), sources={"metadata": [namespace.urn]})
    assert wrong(RESTRICTED_PODS, pods, namespace) == []
    assert wrong(RESTRICTED_PODS, replace(pods, sources={}), namespace) != []


def test_a_namespace_that_admits_anything_is_found() -> None:
    silent = kubernetes("v1", "Namespace", metadata={"labels": {"team": "shop"}})
    assert wrong(DECLARED_NAMESPACES, silent) == [f"label {LABEL} is missing"]
    assert wrong(DECLARED_NAMESPACES, _namespace("privileged")) == []
    assert wrong(DECLARED_NAMESPACES, kubernetes("v1", "Namespace", metadata={"labels": None})) == []


def test_a_namespace_that_admits_more_is_found() -> None:
    assert wrong(RESTRICTED_NAMESPACES, _namespace("privileged")) == [f"label {LABEL} is privileged"]
    assert wrong(RESTRICTED_NAMESPACES, _namespace("restricted")) == []
