"""Staging and prod, rehearsed from nothing to ready services: the same declaration at their own scale.

The tests of this module are one story a stack, in the order in which they stand.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from kubernetes import client
from kubernetes import config as kubernetes_config
from web_platform.relations import dangling

from localcloud.cluster.processes import Processes
from tests.engine.objects import objects_of
from tests.engine.project import REPOSITORY, Project

# What the stack files ask for, and what GKE leaves for pods of such a machine.
SCALE = {"staging": ("e2-standard-2", "1930m"), "prod": ("e2-standard-4", "3920m")}

SERVICES = {"hello", "status"}
DEPLOYED = SERVICES | {"greeter"}
TOPIC = "gcp:pubsub/topic:Topic"


@pytest.fixture(scope="module", params=SCALE)
def stack(request: pytest.FixtureRequest, project: Project) -> Iterator[str]:
    name: str = request.param
    up = project.localcloud("rehearse", name)
    assert up.returncode == 0, up.stdout + up.stderr
    yield name
    # The last test has done it, unless one before failed.
    project.localcloud("rehearse-down", name)


def _clusters(project: Project, stack: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(project.localcloud("status", "--json").stdout)[stack]["clusters"]
    return found


@pytest.fixture
def api(stack: str, project: Project) -> client.ApiClient:
    """A Kubernetes client of the stack's one cluster."""
    (cluster,) = _clusters(project, stack).values()
    return kubernetes_config.new_client_from_config(cluster["kubeconfig"])


def _google(project: Project, stack: str, verb: str, *arguments: str) -> Any:
    answer = project.localcloud("google", verb, stack, *arguments)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def _exists(project: Project, stack: str) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(_google(project, stack, "list", "--json"))
    return listed


def _drifted(project: Project, stack: str) -> dict[str, str]:
    """What `up` would do after a look at the cloud, by the last part of the URN, unchanged resources left out."""
    answer = project.shell("pulumi preview --refresh --json", stack)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    steps = json.loads(answer.stdout)["steps"]
    return {step["urn"].split("::")[-1]: step["op"] for step in steps if step["op"] not in ("same", "read", "refresh")}


def test_it_runs_on_two_identical_nodes_of_its_size(stack: str, api: client.ApiClient) -> None:
    machine, cpu = SCALE[stack]
    nodes = client.CoreV1Api(api).list_node().items
    sizes = [(n.metadata.labels["node.kubernetes.io/instance-type"], n.status.allocatable["cpu"]) for n in nodes]
    assert sizes == [(machine, cpu)] * 2


def test_everything_is_available_and_no_node_runs_all_of_a_service(stack: str, api: client.ApiClient) -> None:
    deployments = client.AppsV1Api(api).list_deployment_for_all_namespaces().items
    assert {d.metadata.name for d in deployments} >= DEPLOYED
    assert {d.metadata.name for d in deployments if d.status.available_replicas != d.spec.replicas} == set()
    nodes = {node.metadata.name for node in client.CoreV1Api(api).list_node().items}
    # Beside them stand jobs that are done, and cert-manager's solvers while a certificate is ordered.
    of_services = f"app.kubernetes.io/name in ({','.join(sorted(DEPLOYED))})"
    pods = client.CoreV1Api(api).list_namespaced_pod("services", label_selector=of_services).items
    places = {(pod.metadata.labels["app.kubernetes.io/name"], pod.spec.node_name) for pod in pods}
    assert places == {(service, node) for service in DEPLOYED for node in nodes}


def test_jobs_have_run_and_the_agent_is_on_each_node(stack: str, api: client.ApiClient) -> None:
    batch = client.BatchV1Api(api)
    # Where a schedule came round meanwhile, its jobs stand beside them.
    declared = [job for job in batch.list_namespaced_job("services").items if not job.metadata.owner_references]
    jobs = {job.metadata.labels["app.kubernetes.io/name"]: job for job in declared}
    assert {name: job.status.succeeded for name, job in jobs.items()} == {"first-upload": 1, "hello-migration": 1}
    assert [job.metadata.name for job in batch.list_namespaced_cron_job("services").items] == ["look-at-hello"]
    (agent,) = client.AppsV1Api(api).list_namespaced_daemon_set("node-metrics").items
    assert (agent.status.number_ready, agent.status.desired_number_scheduled) == (2, 2)


def test_services_cannot_reserve_more_than_all_nodes_have(stack: str, api: client.ApiClient) -> None:
    (quota,) = client.CoreV1Api(api).list_namespaced_resource_quota("services").items
    of_a_node = int(SCALE[stack][1].removesuffix("m"))
    assert quota.spec.hard["requests.cpu"] == f"{2 * of_a_node}m"
    assert int(quota.status.used["requests.cpu"].removesuffix("m")) > 0


def test_the_gateway_has_the_address_that_was_reserved_for_it(
    stack: str, api: client.ApiClient, project: Project
) -> None:
    (address,) = [each for each in _exists(project, stack) if each["type"] == "gcp:compute/address:Address"]
    reserved = json.loads(_google(project, stack, "show", address["type"], address["id"]))["address"]
    ingresses = client.NetworkingV1Api(api).list_ingress_for_all_namespaces().items
    assert {entry.ip for each in ingresses for entry in each.status.load_balancer.ingress} == {reserved}


def test_nothing_that_an_object_names_is_missing(stack: str, project: Project) -> None:
    assert dangling(objects_of(project, stack)) == []


def test_its_stack_file_is_as_it_was(stack: str, project: Project) -> None:
    """What is run locally leaves the committed file alone: its secrets belong to a key in the cloud."""
    file = f"Pulumi.{stack}.yaml"
    assert (project.root / file).read_text() == (REPOSITORY / file).read_text()
    assert "encryptionsalt" not in (project.root / file).read_text()


def test_plain_pulumi_works_in_its_shell(stack: str, project: Project) -> None:
    answer = project.shell("pulumi preview --expect-no-changes && pulumi stack --show-name", stack)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.splitlines()[-1] == stack


def test_a_look_at_the_cloud_finds_no_drift(stack: str, project: Project) -> None:
    answer = project.shell("pulumi refresh --preview-only --expect-no-changes", stack)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_its_outputs_are_those_of_the_real_stack(stack: str, project: Project) -> None:
    answer = project.shell("pulumi stack output --json --show-secrets", stack)
    assert answer.returncode == 0, answer.stderr
    outputs = json.loads(answer.stdout)
    platform, google = outputs["platform"], f"example-{stack}"
    assert platform["project"] == google
    assert platform["images"] == f"europe-west1-docker.pkg.dev/{google}/platform"
    assert platform["topics"] == {"greetings": f"projects/{google}/topics/greetings"}
    assert platform["messageArchives"] == {"greetings": f"{google}.message_archive.greetings"}
    assert re.fullmatch(rf"{google}:europe-west1:platform-[0-9a-f]{{8}}", platform["database"])
    assert all(re.fullmatch(r"ns-cloud-[a-e]\d\.googledomains\.com\.", server) for server in platform["nameServers"])
    assert set(outputs["urls"]) == SERVICES
    assert outputs["gatewayAddress"] == "203.0.113.1"


def test_kubectl_gets_into_the_cluster_as_it_would_on_google_cloud(stack: str, project: Project) -> None:
    command = "kubectl config view --output jsonpath='{.users[*].user.exec.command}' && kubectl get nodes --output name"
    answer = project.shell(command, stack)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("gke-gcloud-auth-plugin")
    assert answer.stdout.count("node/") == 2


def test_a_stop_keeps_everything_and_the_next_command_goes_on(stack: str, project: Project) -> None:
    assert project.localcloud("stop", stack).returncode == 0
    assert [cluster["processes"] for cluster in _clusters(project, stack).values()] == [{}]
    answer = project.shell("kubectl get deployments --namespace services --output name", stack)
    assert set(answer.stdout.split()) == {f"deployment.apps/{service}" for service in DEPLOYED}


def test_what_is_changed_by_hand_is_found_and_repaired(stack: str, project: Project) -> None:
    (topic,) = [r["id"] for r in _exists(project, stack) if (r["type"], r["id"].split("/")[-1]) == (TOPIC, "greetings")]
    before = json.loads(_google(project, stack, "show", TOPIC, topic))["messageRetentionDuration"]
    _google(project, stack, "set", TOPIC, topic, "messageRetentionDuration=600s")
    assert _drifted(project, stack) == {"greetings": "update"}
    repaired = project.shell("pulumi up --yes --skip-preview --refresh", stack)
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert json.loads(_google(project, stack, "show", TOPIC, topic))["messageRetentionDuration"] == before
    assert _drifted(project, stack) == {}


LARGER = {"e2-standard-2": "e2-standard-4", "e2-standard-4": "e2-standard-8"}


def test_a_larger_machine_type_moves_every_pod_to_new_nodes(
    stack: str, api: client.ApiClient, project: Project
) -> None:
    core = client.CoreV1Api(api)
    before = {node.metadata.name for node in core.list_node().items}
    machine, _ = SCALE[stack]
    project.replace(f"Pulumi.{stack}.yaml", f"machineType: {machine}", f"machineType: {LARGER[machine]}")
    up = project.localcloud("rehearse", stack)
    assert up.returncode == 0, up.stdout + up.stderr
    # The cluster, and what follows from its size: the quota and the limits of the services.
    assert re.search(r"Resources:\n +~ 3 updated\n", up.stdout), up.stdout
    nodes = core.list_node().items
    assert [n.metadata.labels["node.kubernetes.io/instance-type"] for n in nodes] == [LARGER[machine]] * 2
    assert not before & {node.metadata.name for node in nodes}
    pods = core.list_namespaced_pod("services", field_selector="status.phase!=Succeeded").items
    assert {pod.spec.node_name for pod in pods} == {node.metadata.name for node in nodes}
    assert {pod.status.phase for pod in pods} == {"Running"}


def test_a_service_is_added_with_all_that_it_asks_for(stack: str, api: client.ApiClient, project: Project) -> None:
    file = project.root / f"Pulumi.{stack}.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"].setdefault("web-platform:services", {})["shop"] = {
        "image": "ghcr.io/stefanprodan/podinfo:6.14.1",
        "replicas": 2,
        "database": True,
        "publishes": ["greetings"],
        "subscribes": ["greetings"],
        "datasets": ["reporting"],
        "buckets": ["uploads"],
        "roles": ["roles/cloudtrace.agent"],
    }
    file.write_text(yaml.safe_dump(content))
    up = project.localcloud("rehearse", stack)
    assert up.returncode == 0, up.stdout + up.stderr
    assert re.search(r"Resources:\n +\+ \d+ created\n +\d+ unchanged\n", up.stdout), up.stdout
    shop = client.AppsV1Api(api).read_namespaced_deployment("shop", "services")
    assert shop.status.available_replicas == 2
    subject = "/subject/ns/services/sa/shop"
    grants = {
        each["id"].split("/roles/")[-1].split("/")[0] for each in _exists(project, stack) if subject in each["id"]
    }
    assert grants == {
        "pubsub.publisher",
        "pubsub.subscriber",
        "bigquery.dataEditor",
        "bigquery.jobUser",
        "storage.objectUser",
        "cloudtrace.agent",
    }


def test_rehearse_down_leaves_only_what_is_promised(stack: str, project: Project) -> None:
    directories = [
        project.root / ".localcloud/stacks" / stack / "google/clusters" / n for n in _clusters(project, stack)
    ]
    down = project.localcloud("rehearse-down", stack)
    assert down.returncode == 0, down.stdout + down.stderr
    assert "is lifted first" in down.stderr
    assert re.search(r"final backup of instance platform-\w+", down.stderr), down.stderr
    assert "container.googleapis.com" in down.stderr
    assert {each["type"] for each in _exists(project, stack)} == {"gcp:gkebackup/backupPlan:BackupPlan"}
    assert "(BackupPlan: the program retains it when its stack is destroyed)" in down.stderr
    assert [Processes(directory).running() for directory in directories] == [{}]
