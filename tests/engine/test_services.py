"""docs/services.md, run as it stands: every kind of workload on the real engine and a real API server.

The tests of this module are one story in the order in which they stand: each finds the stack as the one before left it.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client
from web_platform.chart_values import merge_values
from web_platform.relations import dangling

from localcloud.cluster.processes import wait_until
from tests.engine.objects import objects_of
from tests.engine.project import REPOSITORY, Project

_BLOCK = re.compile(r"^```(?P<language>yaml|python)\n# (?P<file>\S+).*?\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_AUTOSCALER_LOOKS_WITHIN = 60.0
SERVICES = "services"


def _blocks(file: str) -> list[str]:
    page = (REPOSITORY / "docs" / "services.md").read_text()
    return [block["text"] for block in _BLOCK.finditer(page) if block["file"] == file]


def _lay(path: Path, *over: Mapping[str, Any]) -> None:
    """Writes values over those of a file of YAML."""
    content = yaml.safe_load(path.read_text())
    for each in over:
        content = merge_values(content, each)
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def _change(project: Project, section: str, name: str, **change: object) -> None:
    _lay(project.root / "services.yaml", {section: {name: change}})


def _set_in_dev(project: Project, section: str, **named: object) -> None:
    _lay(project.root / "Pulumi.dev.yaml", {"config": {f"web-platform:{section}": named}})


def _up(project: Project) -> None:
    up = project.localcloud("up", "dev")
    assert up.returncode == 0, up.stdout + up.stderr


def _previewed(project: Project) -> dict[str, str]:
    """What a preview would do, by the last part of the URN, unchanged resources left out."""
    preview = project.shell("pulumi preview --json")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    steps = json.loads(preview.stdout)["steps"]
    return {step["urn"].split("::")[-1]: step["op"] for step in steps if step["op"] not in ("same", "read")}


def _pods(project: Project, workload: str) -> set[str]:
    pods = client.CoreV1Api(project.client()).list_namespaced_pod(
        SERVICES, label_selector=f"app.kubernetes.io/name={workload}"
    )
    return {pod.metadata.name for pod in pods.items}


def _deployment(project: Project, name: str) -> Any:
    return client.AppsV1Api(project.client()).read_namespaced_deployment(name, SERVICES)


def _set_replicas(project: Project, name: str, replicas: int) -> None:
    scale = {"spec": {"replicas": replicas}}
    client.AppsV1Api(project.client()).patch_namespaced_deployment_scale(name, SERVICES, scale)


def _has_replicas(project: Project, name: str, replicas: int) -> bool:
    return wait_until(lambda: _deployment(project, name).spec.replicas == replicas, _AUTOSCALER_LOOKS_WITHIN)


@pytest.fixture(scope="module")
def dev(project: Project) -> Project:
    """The stack `dev` with everything of the page in it, up."""
    _lay(project.root / "services.yaml", *map(yaml.safe_load, _blocks("services.yaml")))
    in_dev = [yaml.safe_load(block) for block in _blocks("Pulumi.dev.yaml") if "sourceMount" not in block]
    _lay(project.root / "Pulumi.dev.yaml", *in_dev)
    levels = project.root / "policy" / "levels.yaml"
    (reasons,) = map(yaml.safe_load, _blocks("policy/levels.yaml"))
    exceptions = yaml.safe_load(levels.read_text())["exceptions"] + reasons["exceptions"]
    _lay(levels, {"exceptions": exceptions})
    _up(project)
    return project


def test_a_service_of_every_kind_is_a_few_lines_and_is_ready(dev: Project) -> None:
    apps, batch = client.AppsV1Api(dev.client()), client.BatchV1Api(dev.client())
    deployments = {d.metadata.name: d for d in apps.list_namespaced_deployment(SERVICES).items}
    assert {"hello", "status", "greeter", "shop", "web", "rates", "mailer"} == set(deployments)
    assert [n for n, d in deployments.items() if d.status.available_replicas != d.spec.replicas] == []
    crons = batch.list_namespaced_cron_job(SERVICES).items
    assert {(c.metadata.name, c.spec.schedule, c.spec.time_zone) for c in crons} >= {
        ("nightly", "30 4 * * *", "Europe/Berlin")
    }
    jobs = {job.metadata.labels["app.kubernetes.io/name"]: job for job in batch.list_namespaced_job(SERVICES).items}
    assert {"first-upload", "import", "hello-migration", "web-migration"} <= set(jobs)
    assert [name for name, job in jobs.items() if job.status.succeeded != 1] == []
    (agent,) = apps.list_namespaced_daemon_set("node-logs").items
    assert (agent.status.number_ready, agent.status.desired_number_scheduled) == (2, 2)


def test_the_page_says_only_what_its_services_are(dev: Project) -> None:
    shown = dev.localcloud("services", "dev", "--json")
    assert shown.returncode == 0, shown.stderr
    services = json.loads(shown.stdout)["services"]
    assert (services["shop"]["replicas"], services["shop"]["host"]) == (1, "shop.dev.localhost")
    assert services["web"]["autoscaling"]["maximumReplicas"] == 6
    assert yaml.safe_load(dev.localcloud("services", "dev").stdout) == json.loads(shown.stdout)


def test_nothing_that_an_object_names_is_missing(dev: Project) -> None:
    assert dangling(objects_of(dev)) == []


def test_every_pod_is_reached_and_reaches_only_as_a_policy_of_its_own_says(dev: Project) -> None:
    policies = client.NetworkingV1Api(dev.client()).list_namespaced_network_policy(SERVICES).items
    by_name = {policy.metadata.name: policy.spec for policy in policies}
    closed = by_name["services-default-deny"]
    assert (closed.policy_types, closed.ingress, closed.egress) == (["Ingress", "Egress"], None, None)
    # `web` calls `rates`: both ends say so, and nobody else gets in.
    ((caller,),) = [rule._from for rule in by_name["rates"].ingress]
    assert caller.pod_selector.match_labels == {"app.kubernetes.io/name": "web"}
    ingresses = client.NetworkingV1Api(dev.client()).list_namespaced_ingress(SERVICES).items
    assert "rates" not in {ingress.metadata.name for ingress in ingresses}
    assert any(
        peer.pod_selector and peer.pod_selector.match_labels == {"app.kubernetes.io/name": "rates"}
        for rule in by_name["web"].egress
        for peer in rule.to
    )
    assert by_name["mailer"].ingress is None


def test_a_new_image_of_one_service_touches_that_service_only(dev: Project) -> None:
    _change(dev, "services", "shop", image="ghcr.io/stefanprodan/podinfo:6.14.2")
    assert _previewed(dev) == {"shop": "update"}
    _change(dev, "services", "web", image="ghcr.io/stefanprodan/podinfo:6.14.2")
    assert _previewed(dev) == {"shop": "update", "web": "update", "web-migration": "replace"}
    _up(dev)


def test_a_changed_configuration_replaces_the_pods_that_have_it_and_no_others(dev: Project) -> None:
    before = {name: _pods(dev, name) for name in ("web", "shop", "status", "mailer")}
    _change(dev, "services", "web", files={"/etc/web/settings.yaml": "theme: light\n"})
    _up(dev)
    assert _pods(dev, "web").isdisjoint(before.pop("web"))
    assert {name: _pods(dev, name) for name in before} == before


def test_a_failing_migration_leaves_the_version_before_serving_and_says_why(dev: Project) -> None:
    before = _pods(dev, "web")
    _change(
        dev,
        "services",
        "web",
        image="ghcr.io/stefanprodan/podinfo:6.15.0",
        migration={"command": ["false"]},
    )
    up = dev.localcloud("up", "dev")
    assert up.returncode != 0
    assert "hello" not in up.stdout.partition("Diagnostics:")[2].partition("Outputs:")[0]
    assert re.search(r"Job \(web-migration\):\n.*\n.*\n.*the command false fails", up.stdout), up.stdout
    assert "BackoffLimitExceeded" in up.stdout
    web = _deployment(dev, "web")
    assert web.spec.template.spec.containers[0].image == "ghcr.io/stefanprodan/podinfo:6.14.2"
    assert (web.status.available_replicas, web.status.unavailable_replicas) == (web.spec.replicas, None)
    assert _pods(dev, "web") == before


def test_a_migration_that_failed_is_tried_again_and_the_new_version_follows_its_success(dev: Project) -> None:
    assert _previewed(dev)["web-migration"] == "replace"
    _change(dev, "services", "web", migration={"command": ["true"]})
    _up(dev)
    assert _deployment(dev, "web").spec.template.spec.containers[0].image == "ghcr.io/stefanprodan/podinfo:6.15.0"
    jobs = client.BatchV1Api(dev.client()).list_namespaced_job(
        SERVICES, label_selector="app.kubernetes.io/name=web-migration"
    )
    assert [job.status.succeeded for job in jobs.items] == [1]
    assert _previewed(dev) == {}


def test_the_autoscaler_keeps_pods_between_its_bounds_and_the_engine_leaves_them_there(dev: Project) -> None:
    _set_replicas(dev, "mailer", 20)
    assert _has_replicas(dev, "mailer", 10)
    _set_replicas(dev, "mailer", 1)
    assert _has_replicas(dev, "mailer", 2)
    _set_replicas(dev, "mailer", 5)
    _change(dev, "workers", "mailer", memory="96Mi")
    assert _previewed(dev) == {"mailer": "update"}
    _up(dev)
    assert _deployment(dev, "mailer").spec.replicas == 5
    _change(dev, "workers", "mailer", replicas=6)
    assert _previewed(dev) == {"mailer-autoscaler": "update"}
    _up(dev)
    assert _has_replicas(dev, "mailer", 6)


def test_a_secret_in_plain_text_is_refused_and_changes_nothing(dev: Project) -> None:
    file = dev.root / "Pulumi.dev.yaml"
    before = file.read_text()
    _set_in_dev(dev, "services", web={"secretEnvironment": {"API_KEY": "hunter2hunter2"}})
    for command in (["preview", "dev"], ["shell", "dev", "--command", "pulumi preview"]):
        refused = dev.localcloud(*command)
        said = refused.stdout + refused.stderr
        assert refused.returncode != 0
        assert "web-platform:services.web.secretEnvironment.API_KEY" in said
        assert "is plain text where a secret belongs" in said
        assert "pulumi config set --secret --path" in said
    file.write_text(before)


def test_an_encrypted_secret_reaches_the_pods_and_nothing_else(dev: Project) -> None:
    path = "web-platform:services.web.secretEnvironment.API_KEY"
    done = dev.shell(f"pulumi config set --secret --path '{path}' hunter2hunter2")
    assert done.returncode == 0, done.stderr
    assert "hunter2hunter2" not in (dev.root / "Pulumi.dev.yaml").read_text()
    before = _pods(dev, "web")
    up = dev.localcloud("up", "dev")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "hunter2hunter2" not in up.stdout + up.stderr
    assert _pods(dev, "web").isdisjoint(before)
    (variable,) = [
        each for each in _deployment(dev, "web").spec.template.spec.containers[0].env if each.name == "API_KEY"
    ]
    name = variable.value_from.secret_key_ref.name
    secret = client.CoreV1Api(dev.client()).read_namespaced_secret(name, SERVICES)
    assert secret.data["API_KEY"] == "aHVudGVyMmh1bnRlcjI="
    state = dev.shell("pulumi stack export")
    assert state.returncode == 0
    assert "hunter2hunter2" not in state.stdout
    assert "aHVudGVyMmh1bnRlcjI=" not in state.stdout


def test_what_no_node_could_hold_is_refused_with_place_danger_and_remedy(dev: Project) -> None:
    file = dev.root / "services.yaml"
    before = file.read_text()
    _change(dev, "services", "shop", cpu="3", cpuLimit="2", replicas=3, autoscaling={"maximumReplicas": 2})
    _change(dev, "scheduledJobs", "nightly", schedule="30 25 * * *")
    refused = dev.shell("pulumi preview")
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    for place, what in (
        ("services.shop.cpu", "makes pods of 3000m, and a node of e2-standard-2 has 1930m"),
        ("services.shop.cpuLimit", "is '2', less than the '3'"),
        ("scheduledJobs.nightly.schedule", "'30 25 * * *'"),
    ):
        assert re.search(rf"web-platform:{re.escape(place)}.* {re.escape(what)}", said), f"{place}: {said}"
    assert said.count("Danger:") >= 3
    assert said.count("Remedy:") >= 3
    assert "Traceback" not in said
    file.write_text(before)


def test_sources_are_mounted_and_by_name_alone_where_nodes_are_played(dev: Project) -> None:
    file = dev.root / "Pulumi.dev.yaml"
    before = file.read_text()
    (block,) = [block for block in _blocks("Pulumi.dev.yaml") if "sourceMount" in block]
    _lay(file, yaml.safe_load(block))
    # The real controllers bind the claim, and Pod Security admits the pods.
    up = dev.localcloud("up", "dev")
    assert up.returncode == 0, up.stdout + up.stderr
    core = client.CoreV1Api(dev.client())
    claim = core.read_namespaced_persistent_volume_claim("web-source", SERVICES)
    assert claim.status.phase == "Bound"
    assert core.read_persistent_volume(claim.spec.volume_name).spec.host_path.path == "/sources/settings"
    main = _deployment(dev, "web").spec.template.spec.containers[0]
    assert main.command == ["python", "-m", "http.server", "9898"]
    assert ("/app", True) in [(mount.mount_path, mount.read_only) for mount in main.volume_mounts]
    file.write_text(before)
    _up(dev)


def test_a_teams_own_stack_takes_what_it_needs_from_the_platforms(dev: Project) -> None:
    team = dev.root / "team"
    team.mkdir()
    (program,) = _blocks("__main__.py")
    (team / "__main__.py").write_text(program)
    (team / "Pulumi.yaml").write_text("name: orders\nruntime: python\n")
    up = dev.shell("cd team && pulumi stack init dev && pulumi up --yes")
    assert up.returncode == 0, up.stdout + up.stderr
    made = dev.shell("cd team && pulumi stack export")
    kinds = [each["type"] for each in json.loads(made.stdout)["deployment"]["resources"]]
    # As many as one service has, however many the platform has.
    assert len(kinds) == 12, kinds
    orders = client.AppsV1Api(dev.client()).read_namespaced_deployment("orders", "orders")
    assert orders.status.available_replicas == 1
    core = client.CoreV1Api(dev.client())
    variables: dict[str, str] = {}
    for source in orders.spec.template.spec.containers[0].env_from:
        if source.config_map_ref:
            variables |= core.read_namespaced_config_map(source.config_map_ref.name, "orders").data
        else:
            variables |= core.read_namespaced_secret(source.secret_ref.name, "orders").data
    assert variables["PGDATABASE"] == "orders"
    assert variables["PGPASSWORD"]
    assert variables["TOPIC_GREETINGS"].endswith("/topics/greetings")
    assert _previewed(dev) == {}
    assert dangling(objects_of(dev)) == []
    down = dev.shell("cd team && pulumi destroy --yes")
    assert down.returncode == 0, down.stdout + down.stderr
