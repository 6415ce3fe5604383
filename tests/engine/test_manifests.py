"""What the components make, judged by others: by Kubernetes' schemas, by its Pod Security Standard, and by a linter.

The real provider writes the objects down (see manifests.py). Schemas and standard are those of the API server's
version, and what a schema does not know is refused. The linter, kube-score, has all of its checks on: what it finds is
repaired, or is in manifest_linter/exceptions.yaml with a reason.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import typing
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import web_platform
import yaml
from kubernetes_validate.utils import (  # type: ignore[import-untyped]
    SchemaNotFoundError,
    ValidationError,
    validate,
)

from localcloud import plugins, toolchain
from localcloud.toolchain import Toolchain, go
from tests.engine.manifests import DECLARED, NOT_HERE, RENDERED
from tests.engine.project import REPOSITORY

Manifest = dict[str, Any]

LINTER = Path(__file__).parent / "manifest_linter"

PROGRAM = f"""
import sys

sys.path.append({str(REPOSITORY)!r})

from tests.engine.manifests import declare

declare()
"""

# Kinds of Kong's, cert-manager's and the Gateway API's: Kubernetes has no schemas of them. A real API server checks
# them by their own definitions in test_plugins.py, test_certificates.py and test_gateway_api.py.
WITHOUT_SCHEMA = {
    "configuration.konghq.com/v1 KongPlugin",
    "configuration.konghq.com/v1 KongClusterPlugin",
    "configuration.konghq.com/v1 KongConsumer",
    "cert-manager.io/v1 Certificate",
    "gateway.networking.k8s.io/v1 Gateway",
    "gateway.networking.k8s.io/v1 HTTPRoute",
}

# Where the pods of a kind are described.
TEMPLATES = {
    "Deployment": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}

# What kube-score says of pods that have no security context.
SECURITY = {
    "container-security-context-user-group-id",
    "container-security-context-readonlyrootfilesystem",
    "container-seccomp-profile",
}

# What the standard says of such pods.
UNSAID = ("allowPrivilegeEscalation", "unrestricted capabilities", "runAsNonRoot", "seccompProfile")

# Folders of the node are what an agent is for that names some, in a namespace that admits it. The standard has nothing
# else against it.
REFUSED = {
    "DaemonSet/whole-agent": 'restricted volume types (volume "node-logs" uses restricted volume type "hostPath")'
}


@dataclass(frozen=True)
class Finding:
    """What the linter says of an object.

    Attributes:
        check: The check's identifier.
        place: The object as ``Kind/name``, and where it is about one of its containers, ``:`` and that.
        said: What is wrong.
    """

    check: str
    place: str
    said: str


@dataclass(frozen=True)
class Allowed:
    """A finding that is meant to be, of these objects."""

    check: str
    finding: str
    objects: tuple[str, ...]
    reason: str

    def matching(self, finding: Finding) -> set[str]:
        """The patterns of its objects that a finding is about."""
        if (self.check, self.finding) != (finding.check, finding.said):
            return set()
        return {pattern for pattern in self.objects if fnmatchcase(finding.place, pattern)}


EXCEPTIONS = [
    Allowed(each["check"], each["finding"], tuple(each["objects"]), each["reason"])
    for each in yaml.safe_load((LINTER / "exceptions.yaml").read_text())
]


@dataclass(frozen=True)
class Linter:
    """The built linter."""

    program: Path

    def findings(self, manifests: Iterable[Manifest]) -> list[Finding]:
        return [
            Finding(
                check["check"]["id"],
                _place(each["object_meta"], each["type_meta"]["kind"], comment["path"]),
                comment["summary"],
            )
            for each in self._scores(manifests)
            for check in each["checks"]
            if not check["skipped"] and check["grade"] < _ALL_OK
            for comment in check["comments"] or [{"path": "", "summary": check["check"]["comment"]}]
        ]

    def looked_at(self, manifests: Iterable[Manifest]) -> dict[str, set[str]]:
        """The checks that were made of each object."""
        return {
            _place(each["object_meta"], each["type_meta"]["kind"]): {
                check["check"]["id"] for check in each["checks"] if not check["skipped"]
            }
            for each in self._scores(manifests)
        }

    def _scores(self, manifests: Iterable[Manifest]) -> list[dict[str, Any]]:
        command: list[str | Path] = [
            *(self.program, "score", "--output-format=json", f"--kubernetes-version=v{_kubernetes()}"),
            # Nobody but exceptions.yaml says what is not checked.
            *("--all-default-optional", "--disable-ignore-checks-annotations", "--disable-optional-checks-annotations"),
            "-",
        ]
        run = subprocess.run(
            command, input=yaml.safe_dump_all(manifests), capture_output=True, text=True, timeout=60, check=False
        )
        # It fails for what it finds too, but then it has said what.
        assert run.stdout, run.stderr
        scores: list[dict[str, Any]] = json.loads(run.stdout)
        return scores


@dataclass(frozen=True)
class Standard:
    """The built judge of pods, by the restricted Pod Security Standard."""

    program: Path

    def refused(self, manifests: Iterable[Manifest]) -> dict[str, str]:
        """What the standard has against the pods of each workload that it does not admit."""
        pods = {_place(each["metadata"], each["kind"]): _template(each) for each in _workloads(manifests)}
        run = subprocess.run(
            [self.program], input=json.dumps(pods), capture_output=True, text=True, timeout=60, check=False
        )
        assert run.returncode == 0, run.stderr
        answer: dict[str, str] = json.loads(run.stdout)
        return answer


_ALL_OK = 10  # kube-score's best grade.


@pytest.fixture(scope="module")
def manifests(programs: Toolchain, pulumi_home: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    """Everything that the components make, as the provider writes it down."""
    directory, state = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("state")
    (directory / "Pulumi.yaml").write_text("name: program\nruntime: python\n")
    (directory / "__main__.py").write_text(PROGRAM)
    environment = {**os.environ, **plugins.environment(pulumi_home, state), "PULUMI_CONFIG_PASSPHRASE": "test"}
    for command in (["stack", "init", "dev"], ["up", "--yes", "--skip-preview"]):
        run = subprocess.run(
            [programs["pulumi"], *command, "--non-interactive"],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
    files = sorted((directory / RENDERED).rglob("*.yaml"))
    return [manifest for file in files for manifest in yaml.safe_load_all(file.read_text())]


@pytest.fixture(scope="module")
def linter(tmp_path_factory: pytest.TempPathFactory) -> Linter:
    command = "github.com/zegl/kube-score/cmd/kube-score"
    return Linter(_built("kube_score", command, tmp_path_factory.mktemp("kube-score")))


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> Standard:
    return Standard(_built("pod_security", ".", tmp_path_factory.mktemp("pod-security")))


def _built(module: str, package: str, directory: Path) -> Path:
    program = directory / "program"
    subprocess.run(
        [go.find("The linter has to be built"), "build", "-o", program, package],
        cwd=LINTER / module,
        env=go.environment(),
        check=True,
    )
    return program


def test_the_schemas_are_of_the_api_servers_version(manifests: list[Manifest]) -> None:
    deployment = _of_kind(manifests, "Deployment")
    assert validate(deployment, _kubernetes(), strict=True) == _kubernetes()


def test_the_program_declares_every_component_or_says_why_not() -> None:
    exported = set(web_platform.__all__)
    components = {name for name in exported if f"{name}Args" in exported}
    assert {component.__name__ for component in DECLARED} == components - NOT_HERE
    assert components >= NOT_HERE


def test_the_program_tells_each_component_all_that_it_can_be_told() -> None:
    for component, declared in DECLARED.items():
        arguments = typing.get_type_hints(component.__init__)["args"]  # type: ignore[misc]  # of a class, not an object
        told = {key for each in declared.values() for key in each}
        assert told == arguments.__required_keys__ | arguments.__optional_keys__, component.__name__


def test_kubernetes_schemas_accept_every_object(manifests: list[Manifest]) -> None:
    assert [fault for each in manifests if _kind(each) not in WITHOUT_SCHEMA for fault in faults(each)] == []


def test_only_kinds_that_are_not_kubernetes_own_have_no_schema(manifests: list[Manifest]) -> None:
    assert {_kind(each) for each in manifests if not _has_schema(each)} == WITHOUT_SCHEMA


@pytest.mark.parametrize(
    ("kind", "path", "value", "told"),
    [
        ("Deployment", ("spec", "replica"), 2, "'replica' was unexpected"),
        ("Deployment", ("spec", "template", "spec", "containers", 0, "readynessProbe"), {}, "'readynessProbe' was"),
        ("CronJob", ("spec", "jobTemplate", "spec", "template", "spec", "volumes", 0, "emptydir"), {}, "'emptydir'"),
        ("NetworkPolicy", ("spec", "egress", 0, "ports", 0, "protocol"), 6, "6 is not of type"),
        ("Service", ("spec", "ports", 0, "port"), "http", "'http' is not of type"),
    ],
)
def test_a_wrong_field_is_found(
    manifests: list[Manifest], kind: str, path: tuple[str | int, ...], value: Any, told: str
) -> None:
    manifest = deepcopy(_of_kind(manifests, kind))
    assert list(faults(manifest)) == []
    *way, last = path
    _follow(manifest, way)[last] = value
    (fault,) = faults(manifest)
    assert told in fault


def test_the_linter_finds_nothing_but_what_is_meant_to_be(linter: Linter, manifests: list[Manifest]) -> None:
    found = _not_meant(linter.findings(manifests))
    assert not found, "\n".join(sorted({f"{each.check}: {each.place}: {each.said}" for each in found}))


def test_every_exception_has_a_reason_and_is_needed(linter: Linter, manifests: list[Manifest]) -> None:
    found = linter.findings(manifests)
    for allowed in EXCEPTIONS:
        assert allowed.reason.strip(), allowed
        assert set().union(*map(allowed.matching, found)) == set(allowed.objects), allowed


def test_the_linter_looks_at_the_pods_of_every_workload(linter: Linter, manifests: list[Manifest]) -> None:
    workloads = {_place(each["metadata"], each["kind"]) for each in _workloads(manifests)}
    checked = linter.looked_at(manifests)
    assert {place for place, checks in checked.items() if checks >= SECURITY} == workloads
    assert {place.partition("/")[0] for place in workloads} == set(TEMPLATES)


def test_the_standard_is_of_the_api_servers_version() -> None:
    required = re.findall(
        r"k8s\.io/\S+ v0\.(\d+\.\d+)$", (LINTER / "pod_security" / "go.mod").read_text(), re.MULTILINE
    )
    assert {f"1.{version}" for version in required} == {toolchain.version("kube-apiserver")}


def test_the_restricted_standard_admits_all_pods_but_agents_that_look_at_the_node(
    standard: Standard, manifests: list[Manifest]
) -> None:
    assert standard.refused(manifests) == REFUSED


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_pod_without_a_security_context_is_found(
    linter: Linter, standard: Standard, manifests: list[Manifest], kind: str
) -> None:
    manifest = deepcopy(_of_kind(manifests, kind))
    assert not SECURITY & {each.check for each in linter.findings([manifest])}
    assert standard.refused([manifest]) == {}
    pod = _template(manifest)["spec"]
    del pod["securityContext"]
    for container in (*pod["containers"], *pod.get("initContainers", [])):
        del container["securityContext"]
    assert {each.check for each in _not_meant(linter.findings([manifest]))} >= SECURITY
    (refusal,) = standard.refused([manifest]).values()
    assert [each for each in UNSAID if each not in refusal] == []


def faults(manifest: Manifest) -> Iterator[str]:
    """What the schema of its kind refuses of an object: the first of it, if anything."""
    try:
        validate(manifest, _kubernetes(), strict=True)
    except ValidationError as error:
        yield f"{_place(manifest['metadata'], manifest['kind'])}: {'.'.join(map(str, error.path))}: {error.message}"


def _has_schema(manifest: Manifest) -> bool:
    try:
        validate(manifest, _kubernetes(), strict=True)
    except SchemaNotFoundError:
        return False
    return True


def _kubernetes() -> str:
    """The API server's version, as major and minor."""
    return toolchain.version("kube-apiserver").rpartition(".")[0]


def _kind(manifest: Manifest) -> str:
    return f"{manifest['apiVersion']} {manifest['kind']}"


def _workloads(manifests: Iterable[Manifest]) -> list[Manifest]:
    return [each for each in manifests if each["kind"] in TEMPLATES]


def _template(workload: Manifest) -> Manifest:
    """What a workload's pods are made of."""
    template: Manifest = _follow(workload, TEMPLATES[workload["kind"]])
    return template


def _of_kind(manifests: Iterable[Manifest], kind: str) -> Manifest:
    """One that is told no more than it must be."""
    return next(each for each in manifests if each["kind"] == kind and each["metadata"]["name"].startswith("plain"))


def _follow(manifest: Manifest, path: Iterable[str | int]) -> Any:
    part: Any = manifest
    for key in path:
        part = part[key]
    return part


def _not_meant(findings: Iterable[Finding]) -> list[Finding]:
    return [each for each in findings if not any(allowed.matching(each) for allowed in EXCEPTIONS)]


def _place(of: Mapping[str, Any], kind: str, container: str = "") -> str:
    """How exceptions.yaml names an object, or a container of it."""
    return f"{kind}/{of['name']}" + (f":{container}" if container else "")
