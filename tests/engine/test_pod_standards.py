"""The rule for pods against the API server's own judgement of them, over many pods that are wrong in many ways."""

import json
import random
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from localcloud.toolchain import go
from policy import standards
from policy.pods import pod_of
from tests.policy.rules import kubernetes

JUDGE = Path(__file__).parent / "manifest_linter" / "pod_security"
PODS = 4000

# What may stand in each field, the right and the wrong; nothing in most pods, so that most have few faults.
PROFILES = ("RuntimeDefault", "Localhost", "Unconfined")
SHARED: Mapping[str, tuple[Any, ...]] = {
    "runAsNonRoot": (True, True, False),
    "runAsUser": (0, 1000),
    "seccompProfile": tuple({"type": kind} for kind in PROFILES),
    "appArmorProfile": tuple({"type": kind} for kind in PROFILES),
    "seLinuxOptions": (*({key: "a"} for key in ("type", "user", "role", "level")), {"type": "container_t"}),
    "windowsOptions": ({"hostProcess": True}, {"hostProcess": False}),
}
OF_POD: Mapping[str, tuple[Any, ...]] = {
    **SHARED,
    "sysctls": tuple([{"name": name, "value": "1"}] for name in ("net.ipv4.tcp_rmem", "kernel.msgmax")),
}
OF_CONTAINER: Mapping[str, tuple[Any, ...]] = {
    **SHARED,
    "privileged": (True, False),
    "procMount": ("Default", "Unmasked"),
    "allowPrivilegeEscalation": (False, False, True),
    "capabilities": (
        {"drop": ["ALL"]},
        {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
        {"drop": ["ALL"], "add": ["CHOWN"]},
        {"drop": ["NET_RAW"]},
        {},
    ),
}
SPEC: Mapping[str, tuple[Any, ...]] = {
    "hostNetwork": (True, False),
    "hostPID": (True, False),
    "hostIPC": (True, False),
    "hostUsers": (True, False),
    "volumes": tuple(
        [{"name": "a", kind: content}]
        for kind, content in (
            ("hostPath", {"path": "/"}),
            ("nfs", {"server": "a", "path": "/"}),
            ("emptyDir", {}),
            ("image", {"reference": "a"}),
            ("secret", {"secretName": "a"}),
            ("ephemeral", {}),
        )
    ),
}
HANDLERS: Mapping[str, tuple[Any, ...]] = {
    "ports": ([{"containerPort": 80}], [{"containerPort": 80, "hostPort": 80}]),
    "livenessProbe": ({"httpGet": {"port": 80}}, {"httpGet": {"port": 80, "host": "a"}}),
    "startupProbe": ({"tcpSocket": {"port": 80, "host": "a"}},),
    "lifecycle": ({"preStop": {"httpGet": {"port": 80, "host": "a"}}}, {"postStart": {"tcpSocket": {"port": 80}}}),
}
ANNOTATIONS: Mapping[str, tuple[str, ...]] = {
    "container.apparmor.security.beta.kubernetes.io/main": ("runtime/default", "localhost/a", "unconfined", "")
}
RIGHT = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def _some(draw: random.Random, fields: Mapping[str, tuple[Any, ...]], often: float) -> dict[str, Any]:
    return {field: draw.choice(values) for field, values in fields.items() if draw.random() < often}


def _container(draw: random.Random, name: str, often: float) -> dict[str, Any]:
    kept = {key: value for key, value in RIGHT.items() if draw.random() > often / 2}
    return {"name": name, "securityContext": kept | _some(draw, OF_CONTAINER, often), **_some(draw, HANDLERS, often)}


def _template(draw: random.Random) -> dict[str, Any]:
    often = draw.choice((0.0, 0.02, 0.05, 0.3))
    spec = {
        "securityContext": _some(draw, OF_POD, often * 2),
        "containers": [_container(draw, "main", often)],
        **_some(draw, SPEC, often),
    }
    for part in ("initContainers", "ephemeralContainers"):
        if draw.random() < 0.3:
            spec[part] = [_container(draw, "more", often)]
    return {"metadata": {"annotations": _some(draw, ANNOTATIONS, often)}, "spec": spec}


@pytest.fixture(scope="module")
def templates() -> dict[str, Any]:
    draw = random.Random(8)  # noqa: S311 - the same each time
    return {str(number): _template(draw) for number in range(PODS)}


@pytest.fixture(scope="module")
def refused(templates: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the admission of the API server has against each pod that it would not admit."""
    program = tmp_path_factory.mktemp("pod-security") / "program"
    build = [go.find("The judge of pods has to be built"), "build", "-o", str(program), "."]
    subprocess.run(build, cwd=JUDGE, env=go.environment(), check=True)
    run = subprocess.run(
        [program], input=json.dumps(templates), capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, str] = json.loads(run.stdout)
    return answer


def test_the_rule_refuses_the_pods_that_the_api_server_refuses_and_no_others(
    templates: dict[str, Any], refused: dict[str, str]
) -> None:
    assert PODS * 0.2 < len(refused) < PODS * 0.8, "Pods of one kind alone show nothing."
    for name, template in templates.items():
        pod = pod_of(kubernetes("apps/v1", "Deployment", spec={"template": template}))
        assert pod is not None
        found = list(standards.refused(standards.RESTRICTED, pod))
        assert bool(found) == (name in refused), (template, found, refused.get(name))
