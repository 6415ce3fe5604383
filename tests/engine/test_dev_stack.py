"""The dev stack, brought up, changed and destroyed on the real engine and a real API server.

The tests of this module are one story in the order in which they stand: each finds the stack as the one before left it.
"""

import json
import os
import re
import signal
import subprocess
import sys
from typing import Any

import pytest
import yaml
from kubernetes import client
from web_platform.relations import dangling

from localcloud.cluster.processes import Processes, wait_until
from tests.engine.objects import objects_of
from tests.engine.project import REPOSITORY, Project

SERVICES = ["hello", "status"]
CLUSTER_PARTS = {
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"),
    *("cert-manager-controller", "kwok"),
}

Completed = subprocess.CompletedProcess


@pytest.fixture(scope="module")
def up(project: Project) -> "Completed[str]":
    """What the first `up` of the stack said."""
    return project.localcloud("up", "dev")


@pytest.fixture(scope="module")
def dev(project: Project, up: "Completed[str]") -> Project:
    """The project with its stack `dev` up."""
    assert up.returncode == 0, up.stdout + up.stderr
    return project


def _running(project: Project) -> set[str]:
    return set(Processes(project.root / ".localcloud" / "stacks" / "dev" / "cluster").running())


def _custom_objects(project: Project, group: str, plural: str) -> list[dict[str, Any]]:
    found: dict[str, Any] = client.CustomObjectsApi(project.client()).list_cluster_custom_object(group, "v1", plural)
    items: list[dict[str, Any]] = found["items"]
    return items


def _previewed(project: Project) -> dict[str, dict[str, Any]]:
    """What a preview would do: the URN's last part -> the step, unchanged resources left out."""
    preview = project.shell("pulumi preview --json")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    steps = json.loads(preview.stdout)["steps"]
    return {step["urn"].split("::")[-1]: step for step in steps if step["op"] not in ("same", "read")}


def _set_message(project: Project, message: str) -> None:
    """Changes the one environment variable that services.yaml sets."""
    file = project.root / "services.yaml"
    text, count = re.subn(r"(?<=PODINFO_UI_MESSAGE: ).*", message, file.read_text())
    assert count == 1
    file.write_text(text)


def test_up_ends_with_the_urls_and_how_to_look_further(up: "Completed[str]", dev: Project) -> None:
    del dev
    for service in SERVICES:
        assert f"https://{service}.dev.localhost" in up.stdout
    assert "make shell CMD='kubectl get pods,ingresses -A'" in up.stderr
    assert "No container runs" in up.stderr
    assert "Diagnostics:" not in up.stdout, up.stdout


def test_every_deployment_is_available(dev: Project) -> None:
    deployments: list[Any] = []

    def lacking() -> list[str]:
        deployments[:] = client.AppsV1Api(dev.client()).list_deployment_for_all_namespaces().items
        return [d.metadata.name for d in deployments if d.status.available_replicas != d.spec.replicas]

    # Helm waits for as many of a chart's pods as a rollout may not take away: of a single one, for none.
    wait_until(lambda: not lacking(), 30)
    assert lacking() == []
    assert {*SERVICES, "kong-gateway", "kong-controller", "cert-manager"} <= {d.metadata.name for d in deployments}


def test_every_ingress_has_the_address_of_the_gateway_and_asks_for_tls(dev: Project) -> None:
    gateway = client.CoreV1Api(dev.client()).read_namespaced_service("kong-gateway-proxy", "kong")
    address = gateway.status.load_balancer.ingress[0].ip
    ingresses = client.NetworkingV1Api(dev.client()).list_ingress_for_all_namespaces().items
    assert sorted(ingress.metadata.name for ingress in ingresses) == SERVICES
    for ingress in ingresses:
        assert ingress.spec.ingress_class_name == "kong"
        assert [entry.ip for entry in ingress.status.load_balancer.ingress] == [address]
        assert ingress.spec.tls[0].hosts == [ingress.spec.rules[0].host]


def test_kongs_objects_exist(dev: Project) -> None:
    class_ = client.NetworkingV1Api(dev.client()).read_ingress_class("kong")
    assert class_.spec.controller == "ingress-controllers.konghq.com/kong"
    definitions = client.ApiextensionsV1Api(dev.client()).list_custom_resource_definition().items
    established = {
        d.spec.names.kind
        for d in definitions
        if any(c.type == "Established" and c.status == "True" for c in d.status.conditions)
    }
    assert {"KongPlugin", "KongClusterPlugin", "KongConsumer", "Certificate", "ClusterIssuer"} <= established


def test_every_host_has_a_certificate_from_the_issuer_in_the_secret_that_its_ingress_reads(dev: Project) -> None:
    issuers = [issuer["metadata"]["name"] for issuer in _custom_objects(dev, "cert-manager.io", "clusterissuers")]
    certificates = {
        c["spec"]["dnsNames"][0]: (c["spec"]["issuerRef"]["name"], c["spec"]["secretName"])
        for c in _custom_objects(dev, "cert-manager.io", "certificates")
    }
    ingresses = client.NetworkingV1Api(dev.client()).list_ingress_for_all_namespaces().items
    assert len(issuers) == 1
    assert certificates == {i.spec.rules[0].host: (issuers[0], i.spec.tls[0].secret_name) for i in ingresses}


def test_pods_are_admitted_under_the_restricted_standard_but_for_the_agent_that_looks_at_its_node(dev: Project) -> None:
    core = client.CoreV1Api(dev.client())
    pods = [pod for pod in core.list_pod_for_all_namespaces().items if pod.metadata.namespace != "kube-system"]
    enforced = {
        name: core.read_namespace(name).metadata.labels["pod-security.kubernetes.io/enforce"]
        for name in {pod.metadata.namespace for pod in pods}
    }
    assert {"services", "kong", "cert-manager", "stand-ins", "node-metrics"} <= set(enforced)
    assert {name for name, standard in enforced.items() if standard != "restricted"} == {"node-metrics"}


def test_nothing_that_an_object_names_is_missing(dev: Project) -> None:
    assert dangling(objects_of(dev)) == []


def test_a_second_up_changes_nothing(dev: Project) -> None:
    again = dev.localcloud("up", "dev")
    assert again.returncode == 0, again.stdout + again.stderr
    assert re.search(r"Resources:\n +\d+ unchanged\n", again.stdout), again.stdout


def test_the_stack_file_is_as_it_was(dev: Project) -> None:
    original = REPOSITORY / "Pulumi.dev.yaml"
    assert (dev.root / "Pulumi.dev.yaml").read_text() == original.read_text()


def test_one_changed_value_is_previewed_as_that_change_and_no_other(dev: Project) -> None:
    _set_message(dev, "Good day")
    steps = _previewed(dev)
    # What the new pods would find is migrated before them.
    assert {name: step["op"] for name, step in steps.items()} == {"hello": "update", "hello-migration": "replace"}
    (changed,) = steps["hello"]["detailedDiff"]
    assert re.fullmatch(r"spec\.template\.spec\.containers\[0\]\.env\[\d+\]\.value", changed)


def test_the_change_is_made_and_the_pods_are_renewed(dev: Project) -> None:
    before = client.AppsV1Api(dev.client()).read_namespaced_deployment("hello", "services").metadata.generation
    changed = dev.localcloud("up", "dev")
    assert changed.returncode == 0, changed.stdout + changed.stderr
    deployment = client.AppsV1Api(dev.client()).read_namespaced_deployment("hello", "services")
    assert deployment.metadata.generation > before
    assert deployment.status.updated_replicas == deployment.status.available_replicas == deployment.spec.replicas
    environment = {each.name: each.value for each in deployment.spec.template.spec.containers[0].env}
    assert environment["PODINFO_UI_MESSAGE"] == "Good day"


def test_pulumi_kubectl_and_helm_work_in_the_shell_and_its_exit_code_is_the_commands(dev: Project) -> None:
    answer = dev.shell("pulumi stack --show-name && kubectl get nodes -o name && helm list -A -q && exit 7")
    assert answer.returncode == 7
    assert answer.stdout.split() == ["dev", "node/node-1", "node/node-2", "cert-manager", "kong"]


def test_status_says_what_runs_for_programs_too(dev: Project) -> None:
    report = json.loads(dev.localcloud("status", "--json").stdout)
    assert set(report["dev"]["clusters"]["dev"]["processes"]) == CLUSTER_PARTS


def test_a_crashed_part_is_started_again_by_the_next_command(dev: Project) -> None:
    processes = Processes(dev.root / ".localcloud" / "stacks" / "dev" / "cluster")
    os.kill(processes.running()["kube-scheduler"].pid, signal.SIGKILL)
    again = dev.shell("kubectl get nodes -o name")
    assert "has lost kube-scheduler" in again.stderr
    assert set(processes.running()) == CLUSTER_PARTS


def test_after_a_stop_up_goes_on_from_there(dev: Project) -> None:
    assert dev.localcloud("stop", "dev").returncode == 0
    assert _running(dev) == set()
    again = dev.localcloud("up", "dev")
    assert again.returncode == 0, again.stdout + again.stderr
    assert re.search(r"Resources:\n +\d+ unchanged\n", again.stdout), again.stdout


def _up_at_work(dev: Project) -> "subprocess.Popen[str]":
    """An `up` in a process group of its own, as a terminal would have it, once it holds the stack's lock."""
    process = subprocess.Popen(
        [sys.executable, "-m", "localcloud", "up", "dev"],
        cwd=dev.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    locks = dev.root / ".localcloud" / "stacks" / "dev" / "state" / ".pulumi" / "locks"
    assert wait_until(lambda: any(locks.rglob("*.json")), 30)
    return process


def test_an_up_that_was_killed_does_not_lock_the_next_one_out(dev: Project) -> None:
    _set_message(dev, "Good evening")
    process = _up_at_work(dev)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    again = dev.localcloud("up", "dev")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "An earlier update of dev was cut short" in again.stderr
    assert _previewed(dev) == {}


def test_an_interrupted_up_ends_without_a_stack_trace_and_the_next_one_finishes_it(dev: Project) -> None:
    _set_message(dev, "Good night")
    process = _up_at_work(dev)
    os.killpg(process.pid, signal.SIGINT)  # As a terminal does: to everything in the foreground.
    said, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "Traceback" not in said
    again = dev.localcloud("up", "dev")
    assert again.returncode == 0, again.stdout + again.stderr
    assert _previewed(dev) == {}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("hello: { replicas: 1", "hello: { repilcas: 1", "repilcas"),
        ("web-platform:domain: dev.localhost", "web-platform:domian: dev.localhost", "domian"),
        ("machineType: e2-standard-2", "machineType: e2-standard-3", "machineType"),
        ("nodes: 2", "nodes: two", "nodes"),
    ],
)
def test_a_mistake_in_the_stack_file_is_named_and_nothing_is_touched(
    old: str, new: str, named: str, dev: Project
) -> None:
    dev.replace("Pulumi.dev.yaml", old, new)
    try:
        refused = dev.localcloud("up", "dev")
    finally:
        dev.replace("Pulumi.dev.yaml", new, old)
    assert refused.returncode == 1
    assert named in refused.stderr
    assert "Traceback" not in refused.stderr
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) < 25


def test_the_program_itself_refuses_the_same_mistake_without_a_stack_trace(dev: Project) -> None:
    """Plain `pulumi preview` does not pass through `localcloud`'s check, so the mistake is made inside the shell."""
    mistake = "sed -i 's/hello: { replicas/hello: { repilcas/' Pulumi.dev.yaml"
    repair = "sed -i 's/hello: { repilcas/hello: { replicas/' Pulumi.dev.yaml"
    refused = dev.shell(f"{mistake}; pulumi preview; code=$?; {repair}; exit $code")
    said = refused.stdout + refused.stderr
    assert refused.returncode not in (0, 2), said
    assert "repilcas" in said
    assert "Traceback" not in said


def test_a_missing_chart_directory_is_named_before_anything_is_made(dev: Project) -> None:
    refused = dev.shell("WEB_PLATFORM_CHART_DIRECTORY=/nowhere pulumi preview")
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "/nowhere" in said
    assert "Traceback" not in said


def _available(dev: Project, namespace: str) -> dict[str, int]:
    """Deployments of a namespace, and how many of their pods are ready."""
    deployments = client.AppsV1Api(dev.client()).list_namespaced_deployment(namespace).items
    return {each.metadata.name: each.status.available_replicas for each in deployments}


def test_elasticsearch_and_kibana_take_nothing_but_being_enabled(dev: Project) -> None:
    file = dev.root / "Pulumi.dev.yaml"
    before = file.read_text()
    enabled, count = re.subn(r"^      enabled: false$", "      enabled: true", before, flags=re.MULTILINE)
    assert count == 2
    file.write_text(enabled)
    up = dev.localcloud("up", "dev")
    assert up.returncode == 0, up.stdout + up.stderr
    assert _available(dev, "logs") == {"elasticsearch": 1, "kibana": 1}
    installed = {release["name"]: release for release in json.loads(dev.localcloud("releases", "--json").stdout)}
    assert installed["elasticsearch"]["updated"] <= installed["kibana"]["updated"]
    password = dev.shell("helm get values elasticsearch --namespace logs --output json")
    assert json.loads(password.stdout)["secret"] == {"password": "elastic-on-this-machine"}
    assert "elastic-on-this-machine" not in dev.shell("pulumi stack export").stdout + up.stdout + up.stderr
    file.write_text(before)
    removed = dev.localcloud("up", "dev")
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert not any(n.metadata.name == "logs" for n in client.CoreV1Api(dev.client()).list_namespace().items)


def test_a_service_and_a_chart_are_added_by_the_lines_that_the_documents_show(dev: Project) -> None:
    pages = [(REPOSITORY / "docs" / page).read_text() for page in ("stack-files.md", "helm.md")]
    examples = re.findall(r"^```yaml\n(config:\n.*?)^```", "\n".join(pages), flags=re.MULTILINE | re.DOTALL)
    file = dev.root / "Pulumi.dev.yaml"
    before = file.read_text()
    stack = yaml.safe_load(before)
    for example in examples:
        for section, entries in yaml.safe_load(example)["config"].items():
            stack["config"][section] = stack["config"].get(section, {}) | entries
    file.write_text(yaml.safe_dump(stack))
    up = dev.localcloud("up", "dev")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "https://shop.dev.localhost/" in up.stdout
    assert "https://billing.dev.localhost/" in up.stdout
    for namespace, addon in {"kibana": "kibana", "tools": "podinfo", "search": "search"}.items():
        assert _available(dev, namespace) == {addon: 1}
    file.write_text(before)
    removed = dev.localcloud("up", "dev")
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert not any(n.metadata.name == "kibana" for n in client.CoreV1Api(dev.client()).list_namespace().items)


def test_down_destroys_everything_and_leaves_no_process(dev: Project) -> None:
    down = dev.localcloud("down", "dev")
    assert down.returncode == 0, down.stdout + down.stderr
    assert re.search(r"Resources:\n +- \d+ deleted\n", down.stdout), down.stdout
    assert _running(dev) == set()
    assert not (dev.root / ".localcloud" / "stacks" / "dev").exists()


def test_down_of_what_is_not_up_is_no_error(dev: Project) -> None:
    assert dev.localcloud("down", "dev").returncode == 0


def test_an_unknown_stack_is_an_error_that_names_those_there_are(project: Project) -> None:
    for command in ("up", "down", "preview", "shell"):
        refused = project.localcloud(command, "prdo")
        assert refused.returncode == 1, command
        assert "prdo" in refused.stderr
        assert all(stack in refused.stderr for stack in ("dev", "staging", "prod"))
    assert not (project.root / ".localcloud" / "stacks" / "prdo").exists()
