from dataclasses import replace
from typing import Any

import pytest

from policy.resource import Resource
from policy.rules.pod_security import (
    DECLARED_NAMESPACES,
    PRIVILEGED_NAMESPACES,
    RESTRICTED_NAMESPACES,
    RESTRICTED_PODS,
)
from tests.policy.rules import deployment, kubernetes, resource, wrong

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
        ({"seccompProfile": {"type": "Unconfined"}}, "securityContext.seccompProfile.type is Unconfined"),
        ({"procMount": "Unmasked"}, "securityContext.procMount is Unmasked"),
        ({"windowsOptions": {"hostProcess": True}}, "securityContext.windowsOptions.hostProcess is true"),
        ({"seLinuxOptions": {"type": "spc_t"}}, "securityContext.seLinuxOptions.type is spc_t"),
        ({"seLinuxOptions": {"user": "system_u"}}, "securityContext.seLinuxOptions.user is set"),
        ({"appArmorProfile": {"type": "Unconfined"}}, "securityContext.appArmorProfile.type is Unconfined"),
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
        ({"volumes": [{"name": "a", "nfs": {"server": "a"}}]}, f"{POD}.volumes[0] is a nfs"),
        (
            {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
            f"{POD}.securityContext.sysctls[0].name is kernel.msgmax",
        ),
        ({"securityContext": {"runAsNonRoot": False}}, f"{POD}.securityContext.runAsNonRoot is not true"),
        ({"securityContext": {"runAsUser": 0}}, f"{POD}.securityContext.runAsUser is root"),
        (
            {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
            f"{POD}.securityContext.seccompProfile.type is Unconfined",
        ),
        (
            {"ephemeralContainers": [{"name": "a", "securityContext": {**SAFE, "privileged": True}}]},
            f"{POD}.ephemeralContainers[0].securityContext.privileged is true",
        ),
        (
            {"initContainers": [{"name": "a", "securityContext": {**SAFE, "privileged": True}}]},
            f"{POD}.initContainers[0].securityContext.privileged is true",
        ),
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


def test_a_probe_that_asks_another_host_is_found() -> None:
    probing = {"securityContext": SAFE, "livenessProbe": {"httpGet": {"host": "10.0.0.1", "port": 80}}}
    assert wrong(RESTRICTED_PODS, deployment(probing)) == [f"{MAIN}.livenessProbe.httpGet.host is set"]


def test_a_profile_that_an_annotation_names_is_found() -> None:
    pods = deployment({"securityContext": SAFE})
    name = "container.apparmor.security.beta.kubernetes.io/main"
    template = {**pods.properties["spec"]["template"], "metadata": {"annotations": {name: "unconfined"}}}
    annotated = replace(pods, properties={**pods.properties, "spec": {"template": template}})
    assert wrong(RESTRICTED_PODS, annotated) == [f"spec.template.metadata.annotations has {name}: unconfined"]


CONTAINERS = {"containers": [{"name": "main", "securityContext": {**SAFE, "privileged": True}}]}


@pytest.mark.parametrize(
    ("type_", "properties", "field"),
    [
        ("core/v1:Pod", {"spec": CONTAINERS}, "spec"),
        ("v1:Pod", {"spec": CONTAINERS}, "spec"),
        ("core/v1:Pod", {"kind": "ConfigMap", "spec": CONTAINERS}, "spec"),
        ("core/v1:PodPatch", {"spec": CONTAINERS}, "spec"),
        ("core/v1:PodTemplate", {"template": {"spec": CONTAINERS}}, "template.spec"),
        ("core/v1:ReplicationController", {"spec": {"template": {"spec": CONTAINERS}}}, "spec.template.spec"),
        (
            "batch/v1:CronJob",
            {"spec": {"jobTemplate": {"spec": {"template": {"spec": CONTAINERS}}}}},
            "spec.jobTemplate.spec.template.spec",
        ),
        ("argoproj.io/v1alpha1:Rollout", {"spec": {"template": {"spec": CONTAINERS}}}, "spec.template.spec"),
    ],
)
def test_pods_are_found_wherever_they_stand_by_the_type_of_the_resource(
    type_: str, properties: dict[str, Any], field: str
) -> None:
    assert wrong(RESTRICTED_PODS, resource(f"kubernetes:{type_}", **properties)) == [
        f"{field}.containers[0].securityContext.privileged is true"
    ]


def test_of_a_patch_only_what_it_says_is_judged() -> None:
    patched = deployment({"image": "nginx:1.29.3"}, hostPID=True)
    assert wrong(RESTRICTED_PODS, replace(patched, type=f"{patched.type}Patch")) == [f"{POD}.hostPID is true"]


ROOT = {"runAsUser": 0}
OWNER = {"privileged": True}


@pytest.mark.parametrize(("standard", "held"), [("baseline", 1), ("privileged", 0), ("restricted", 6), ("Baseline", 6)])
def test_a_namespace_may_say_otherwise(standard: str, held: int) -> None:
    pods = deployment({"securityContext": ROOT | OWNER})
    assert len(wrong(RESTRICTED_PODS, pods, _namespace(standard))) == held
    assert len(wrong(RESTRICTED_PODS, pods)) == 6
    assert len(wrong(RESTRICTED_PODS, replace(pods, properties={**pods.properties, "metadata": {}}))) == 6


@pytest.mark.parametrize(
    ("pod", "what"),
    [
        ({"hostNetwork": True}, f"{POD}.hostNetwork is true"),
        ({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}, f"{POD}.volumes[0] is a hostPath"),
        (
            {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
            f"{POD}.securityContext.seccompProfile.type is Unconfined",
        ),
        (
            {"initContainers": [{"name": "a", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}]},
            f"{POD}.initContainers[0].securityContext.capabilities.add has NET_ADMIN",
        ),
        (
            {"initContainers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]},
            f"{POD}.initContainers[0].securityContext.procMount is Unmasked",
        ),
    ],
)
def test_one_that_admits_root_admits_no_way_to_the_node(pod: dict[str, Any], what: str) -> None:
    assert wrong(RESTRICTED_PODS, deployment({}, **pod), _namespace("baseline")) == [what]


@pytest.mark.parametrize(
    "pod",
    [
        {"volumes": [{"name": "a", "nfs": {"server": "a"}}]},
        {"securityContext": {"runAsUser": 0}},
        {"initContainers": [{"name": "a", "securityContext": {"capabilities": {"add": ["CHOWN"]}}}]},
        {"hostUsers": False, "initContainers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]},
    ],
)
def test_root_without_a_way_to_the_node_passes_there(pod: dict[str, Any]) -> None:
    assert wrong(RESTRICTED_PODS, deployment({}, **pod), _namespace("baseline")) == []


def test_what_a_namespace_admits_may_be_known_later() -> None:
    later = kubernetes("v1", "Namespace", "shop", None, metadata={"name": "shop", "labels": {LABEL: None}})
    assert wrong(RESTRICTED_PODS, deployment({}), later) == []


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
    assert wrong(DECLARED_NAMESPACES, replace(silent, type=f"{silent.type}Patch")) == []


@pytest.mark.parametrize(
    ("standard", "privileged", "baseline"),
    [("privileged", 1, 0), ("Privileged", 1, 0), ("baseline", 0, 1), ("restricted", 0, 0)],
)
def test_a_namespace_that_admits_more_is_found(standard: str, privileged: int, baseline: int) -> None:
    namespace = _namespace(standard)
    for asked_for in (namespace, replace(namespace, type=f"{namespace.type}Patch")):
        what = f"label {LABEL} is {standard}"
        assert wrong(PRIVILEGED_NAMESPACES, asked_for) == [what] * privileged
        assert wrong(RESTRICTED_NAMESPACES, asked_for) == [what] * baseline
