"""A team deploys beside prod from a backend of its own, by what the platform handed over, and as nobody else.

Prod is rehearsed; folders are in place of the buckets. The tests of this module are one story, in the order in which
they stand.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import config as kubernetes_config
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from pulumi.runtime import rpc
from web_platform.chart_values import merge_values

from localcloud import project as local_project
from localcloud.workspace import Workspace
from tests.engine.project import Project
from tests.engine.tenant_objects import SOUND, UNSOUND

DEPLOYER = "deploy-orders-prod@example-platform.iam.gserviceaccount.com"
TENANTS = {
    "orders": {"database": True, "hosts": ["orders.example.com", "*.orders.example.com"], "deployers": [DEPLOYER]},
    "billing": {"database": True},
}
SERVICES = {
    "orders": {"projectPath": "example/orders", "projectId": 1},
    "reports": {"projectPath": "example/reports", "projectId": 2, "stacks": ["prod"]},
}
PASSPHRASE = "the team's own"

TEAM = """\
import json

import pulumi
import pulumi_kubernetes as kubernetes
from web_platform import KongConsumer, KongPlugin, OneOffJob, ScheduledJob, WebService, Worker

config = pulumi.Config()
reference = pulumi.StackReference(f"organization/web-platform/{pulumi.get_stack()}")
orders, route = reference.require_output("tenants")["orders"], reference.require_output("route")


def as_deployer(text):
    kubeconfig = json.loads(text)
    kubeconfig["users"][0]["user"]["as"] = config.require("deployer")
    return json.dumps(kubeconfig)


cluster = kubernetes.Provider(
    "cluster", kubeconfig=reference.require_output("platform")["kubeconfig"].apply(as_deployer)
)
there = pulumi.ResourceOptions(provider=cluster, providers={"kubernetes": cluster})
namespace = config.get("namespace") or orders["namespace"]
workload = {
    "image": "ghcr.io/stefanprodan/podinfo:6.14.1",
    "namespace": namespace,
    "environment_from": {"config_maps": [orders["configMap"]], "secrets": [orders["secret"]]},
    "secret_environment": {"PIN": config.get("pin") or "7364"},
    "files": {"/etc/orders.yaml": "open: true"},
}
public = {
    **workload,
    "port": 9898,
    "public_host": "orders.example.com",
    "gateway_namespace": route["gatewayNamespace"],
    "ingress_class": route["ingressClass"],
    "issuer": route["issuer"],
}
kong = {"namespace": namespace, "ingress_class": route["ingressClass"]}
if config.get_bool("grasping"):
    kubernetes.rbac.v1.RoleBinding(
        "grasping",
        metadata={"namespace": namespace},
        role_ref={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        subjects=[{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": config.require("deployer")}],
        opts=there,
    )
else:
    partner = KongConsumer("partner", {**kong, "key_auth": {}}, there)
    limits = KongPlugin("limits", {**kong, "plugin": {"rate_limiting": {"minute": 60}}}, there)
    web = WebService(
        "web",
        {
            **public,
            "migration": {"command": ["podcli", "version"]},
            "autoscaling": {"maximum_replicas": 2},
            "plugins": {"key_auth": {}},
            "consumers": [partner.group],
            "shared_plugins": [limits.plugin],
        },
        there,
    )
    shared = {"public_path": "/api", "gateway_class": route["gatewayClass"], "tls_secret": web.tls_secret}
    WebService("api", {**public, **shared}, there)
    Worker("worker", workload, there)
    ScheduledJob("nightly", {**workload, "schedule": "30 4 * * *"}, there)
    OneOffJob("import", {**workload, "command": ["podcli", "version"]}, there)
    pulumi.export("url", web.url)
"""


def _lay(path: Path, over: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(merge_values(yaml.safe_load(path.read_text()), {"config": over}), sort_keys=False))


@pytest.fixture(scope="module")
def prod(project: Project) -> Project:
    """Prod with two tenants, rehearsed, and two services that have folders for their states."""
    _lay(
        project.root / "Pulumi.prod.yaml",
        {"web-platform:tenants": TENANTS, "web-platform:gateway": {"gatewayApi": True}},
    )
    _lay(project.root / "bootstrap" / "Pulumi.organisation.yaml", {"bootstrap:services": SERVICES})
    project.replace(
        "bootstrap/organisation.py", 'f"gs://{self.bucket(name)}"', f'f"file://{project.root}/{{self.bucket(name)}}"'
    )
    for service in SERVICES:
        _bucket(project, service).mkdir()
    team = project.root / "team"
    team.mkdir()
    python = {"name": "python", "options": {"toolchain": "pip", "virtualenv": str(project.root / ".venv")}}
    (team / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "orders", "runtime": python}))
    (team / "__main__.py").write_text(TEAM)
    up = project.localcloud("rehearse", "prod")
    assert up.returncode == 0, up.stdout + up.stderr
    return project


@pytest.fixture(scope="module")
def kubeconfig(prod: Project) -> str:
    """The file by which whoever has every right reaches the cluster."""
    clusters = json.loads(prod.localcloud("status", "--json").stdout)["prod"]["clusters"]
    (path,) = [str(cluster["kubeconfig"]) for cluster in clusters.values()]
    return path


def _bucket(project: Project, service: str) -> Path:
    return project.root / f"example-platform-state-{service}-prod"


def _state(project: Project, service: str) -> Path:
    """What Pulumi has of the platform's stack among the states of a service."""
    return _bucket(project, service) / ".pulumi" / "stacks" / "web-platform" / "prod.json"


def _resources(state: Path) -> Any:
    return json.loads(state.read_text())["checkpoint"]["latest"]["resources"]


def _hand_over(project: Project, stack: str = "prod") -> "subprocess.CompletedProcess[str]":
    """What the deploy job runs once prod is deployed, with the state and the key of the platform."""
    place = Workspace(project.root, stack)
    (project.root / "pulumi-home").mkdir(exist_ok=True)
    place.state.mkdir(parents=True, exist_ok=True)
    env = {
        "PATH": os.pathsep.join([str(Workspace(project.root, "prod").programs), os.environ["PATH"]]),
        "PULUMI_HOME": str(project.root / "pulumi-home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_BACKEND_URL": f"file://{place.state}",
        "PULUMI_CONFIG_PASSPHRASE": local_project.PASSPHRASE,
        "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.a",
    }
    return project.run(sys.executable, "-m", "ci", "hand-over", stack, env=env)


def _team(project: Project, command: str, passphrase: str = PASSPHRASE) -> "subprocess.CompletedProcess[str]":
    """What the team's own job runs in its project: with its own bucket and key, and neither of the platform."""
    mine = f'export PULUMI_BACKEND_URL="file://{_bucket(project, "orders")}" PULUMI_CONFIG_PASSPHRASE="{passphrase}"'
    return project.shell(f"cd {project.root}/team && {mine} && {command}", "prod")


def test_each_service_gets_what_it_needs_of_the_outputs_and_no_secret(prod: Project) -> None:
    done = _hand_over(prod)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{service} has the outputs of prod: file://{_bucket(prod, service)}" for service in SERVICES
    ]
    shown = prod.shell("pulumi stack output --json --show-secrets", "prod")
    outputs = json.loads(shown.stdout)
    (key,) = outputs["consumers"]["partner"].values()
    for service, tenants in {"orders": ["orders"], "reports": []}.items():
        text = _state(prod, service).read_text()
        assert not any(secret in text for secret in (key["key"], "ciphertext", rpc._special_secret_sig))
        latest = json.loads(text)["checkpoint"]["latest"]
        assert "secrets_providers" not in latest
        given = {name: outputs[name] for name in ("platform", "route", "urls")}
        given["tenants"] = {tenant: outputs["tenants"][tenant] for tenant in tenants}
        assert [(each["type"], each["outputs"]) for each in latest["resources"]] == [("pulumi:pulumi:Stack", given)]
    assert set(outputs["tenants"]["orders"]) == {"namespace", "configMap", "secret"}
    assert {"kubeconfig", "images", "topics"} <= set(outputs["platform"])


def test_nothing_of_the_platform_is_written_to(prod: Project) -> None:
    assert "encryptionsalt" not in (prod.root / "Pulumi.prod.yaml").read_text()


def test_to_hand_over_again_writes_nothing(prod: Project) -> None:
    before = _state(prod, "orders").stat()
    again = _hand_over(prod)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("orders had the outputs of prod: ")
    assert _state(prod, "orders").stat().st_mtime_ns == before.st_mtime_ns


def test_what_has_changed_is_handed_over_though_another_backend_is_not_there(prod: Project) -> None:
    state = _state(prod, "orders")
    right = _resources(state)
    former = json.loads(state.read_text())
    del former["checkpoint"]["latest"]["resources"][0]["outputs"]["route"]
    state.write_text(json.dumps(former))
    gone = _bucket(prod, "reports").rename(prod.root / "gone")
    done = _hand_over(prod)
    assert done.returncode == 1
    assert "did not get to each service" in done.stderr
    assert f"  - reports, in file://{_bucket(prod, 'reports')}\n" in done.stderr
    assert done.stdout.startswith("orders has the outputs of prod: ")
    assert _resources(state) == right
    gone.rename(_bucket(prod, "reports"))
    assert _hand_over(prod).returncode == 0


def test_a_stack_that_is_not_deployed_has_nothing_to_hand_over(prod: Project) -> None:
    refused = _hand_over(prod, "staging")
    assert refused.returncode == 1
    assert "no stack named 'staging' found" in refused.stderr
    assert refused.stdout == ""
    assert not list(_bucket(prod, "orders").glob("**/staging.json"))


def test_a_team_comes_up_by_it_with_a_key_of_its_own_and_rights_in_its_namespace_alone(prod: Project) -> None:
    made = _team(prod, f"pulumi stack init prod && pulumi config set deployer {DEPLOYER}")
    assert made.returncode == 0, made.stderr
    up = _team(prod, "pulumi up --yes --skip-preview")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "https://orders.example.com/" in up.stdout
    running = prod.shell("kubectl get deployments,jobs,cronjobs,ingresses,httproutes -n orders -o name", "prod")
    kinds = {line.split(".")[0].split("/")[0] for line in running.stdout.splitlines()}
    assert kinds == {"deployment", "job", "cronjob", "ingress", "httproute"}


def test_a_change_and_a_look_for_drift_need_no_further_right(prod: Project) -> None:
    changed = _team(prod, "pulumi config set pin 4637 && pulumi up --yes --skip-preview")
    assert changed.returncode == 0, changed.stdout + changed.stderr
    looked = _team(prod, "pulumi preview --refresh --expect-no-changes")
    assert looked.returncode == 0, looked.stdout + looked.stderr


def test_whoever_has_another_key_reads_the_outputs_all_the_same(prod: Project) -> None:
    """Nothing of them is encrypted: Pulumi asks for no passphrase to import, export or read them."""
    read = _team(prod, "pulumi stack output --stack organization/web-platform/prod --json --cwd /", passphrase="wrong")
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout)["tenants"]["orders"]["namespace"] == "orders"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        # Whichever comes first: the update ends with it.
        (
            "namespace billing",
            r'cannot patch resource "(secrets|kongplugins)" in API group ".*" in the namespace "billing"',
        ),
        ("grasping true", r'cannot patch resource "rolebindings" in API group "rbac\.authorization\.k8s\.io"'),
    ],
)
def test_a_team_that_reaches_for_more_is_refused_by_the_cluster(prod: Project, change: str, refused: str) -> None:
    key = change.split()[0]
    up = _team(prod, f"pulumi config set {change} && pulumi up --yes --skip-preview; pulumi config rm {key}")
    assert re.search(refused, up.stdout), up.stdout + up.stderr
    assert f'User "{DEPLOYER}"' in up.stdout


@pytest.mark.parametrize(
    "asked",
    [
        "get secrets -n billing",
        "get secrets -n services",
        "get secrets -A",
        "get nodes",
        "get namespaces",
        "delete namespace orders",
        "delete resourcequota --all -n orders",
        "label namespace orders pod-security.kubernetes.io/enforce=privileged --overwrite",
        "create token web -n orders",
        "create role more --verb=get --resource=pods -n orders",
    ],
)
def test_what_is_not_the_teams_is_closed_to_it(prod: Project, asked: str) -> None:
    refused = prod.shell(f"kubectl --as={DEPLOYER} {asked}", "prod")
    assert refused.returncode != 0
    assert f'forbidden: User "{DEPLOYER}" cannot' in refused.stderr


def _create(kubeconfig: str, kind: str, change: Any, *, user: str | None = DEPLOYER, namespace: str = "orders") -> None:
    """Ask for an object as a user, or as who has every right, and have it checked and not kept."""
    cluster = kubernetes_config.new_client_from_config(kubeconfig)
    if user is not None:
        cluster.set_default_header("Impersonate-User", user)
    made = merge_values({"kind": kind, "metadata": {"name": "asked", "namespace": namespace}} | SOUND[kind], change)
    resource = DynamicClient(cluster).resources.get(api_version=made["apiVersion"], kind=kind)
    resource.create(made, namespace=namespace, dry_run="All")


@pytest.mark.parametrize("kind", SOUND)
def test_what_a_team_makes_for_its_own_hosts_is_taken(kubeconfig: str, kind: str) -> None:
    _create(kubeconfig, kind, {})


@pytest.mark.parametrize(("kind", "change", "said"), UNSOUND)
def test_what_would_pass_by_the_gateway_or_claim_a_host_of_others_is_refused(
    kubeconfig: str, kind: str, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ApiException) as refused:
        _create(kubeconfig, kind, change)
    message = json.loads(refused.value.body)["message"]
    assert f"ValidatingAdmissionPolicy 'orders-deployers' with binding 'orders-deployers' denied request: {kind}: " in (
        message
    )
    assert f"{kind}: {said}" in message
    assert ". Danger: " in message
    assert ". Remedy: " in message


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("""patch service web --type=merge --patch='{"spec": {"type": "NodePort"}}'""", "Service: spec.type is not"),
        ("annotate ingress web kubernetes.io/ingress.class=gce", "Ingress: annotation kubernetes.io/ingress.cl"),
        (
            "annotate httproute api konghq.com/host-aliases=hello.example.com",
            "HTTPRoute: annotation konghq.com/host-al",
        ),
        ("""patch certificate web-tls --type=merge --patch='{"spec": {"isCA": true}}'""", "Certificate: spec.isCA is"),
    ],
)
def test_what_a_team_has_cannot_become_what_it_could_not_have_made(prod: Project, asked: str, said: str) -> None:
    refused = prod.shell(f"kubectl --as={DEPLOYER} -n orders --dry-run=server {asked}", "prod")
    assert refused.returncode != 0
    assert f"'orders-deployers' denied request: {said}" in refused.stderr


def test_the_api_server_has_no_doubt_about_the_rules(prod: Project) -> None:
    command = "kubectl get validatingadmissionpolicy orders-deployers --output jsonpath='{.status.typeChecking}'"
    assert prod.shell(command, "prod").stdout.strip() == "{}"


def test_controllers_are_held_to_it_too_since_they_make_what_others_wrote(kubeconfig: str) -> None:
    with pytest.raises(ApiException, match=r"spec\.dnsNames is not"):
        _create(kubeconfig, "Certificate", {"spec": {"dnsNames": ["hello.example.com"]}}, user=None)


def test_other_namespaces_are_held_to_nothing_by_it(kubeconfig: str) -> None:
    _create(kubeconfig, "Certificate", {"spec": {"dnsNames": ["hello.example.com"]}}, user=None, namespace="services")


@pytest.mark.parametrize("policy", ["orders-default-deny", "orders-challenges", "platform"])
@pytest.mark.parametrize("asked", ["delete", "label"])
def test_the_platforms_policies_are_not_a_teams_to_change(prod: Project, policy: str, asked: str) -> None:
    command = f"{asked} networkpolicy {policy} -n orders --dry-run=server {'team=orders' if asked == 'label' else ''}"
    refused = prod.shell(f"kubectl --as={DEPLOYER} {command}", "prod")
    assert refused.returncode != 0
    assert "NetworkPolicy: metadata.name is that of a policy of the platform's. Danger: " in refused.stderr
    platform = prod.shell(f"kubectl {command}", "prod")
    assert platform.returncode == 0, platform.stderr


def test_a_team_takes_down_what_it_has_made(prod: Project) -> None:
    down = _team(prod, "pulumi destroy --yes --skip-preview")
    assert down.returncode == 0, down.stdout + down.stderr
    left = prod.shell("kubectl get deployments,services,secrets -n orders -o name", "prod")
    assert [line for line in left.stdout.splitlines() if "orders-secrets" not in line and "tls" not in line] == []
