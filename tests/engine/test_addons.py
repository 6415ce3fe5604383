"""Add-ons on the real engine and a real API server: CRDs, readiness, secrets and history.

The tests of this module are one story in the order in which they stand: each finds the stack as the one before left it.
"""

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from kubernetes import client
from web_platform.value_files import read_value_file

from tests.engine.project import Project

# An operator that brings a kind with it, an object of that kind, and another chart with one that somebody has to bring
# up; then something that uses the second chart.
PROGRAM = """\
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions
from web_platform import HelmAddon, Namespace

import settings as stack_settings

settings = stack_settings.from_pulumi()
addon = settings.addons["operator"]
namespace = Namespace("ops", {"pod_security": "baseline"}).namespace
operator = HelmAddon(
    "operator",
    {"chart": addon.chart, "namespace": namespace, "value_files": addon.value_files, "values": addon.values},
)
kubernetes.apiextensions.CustomResource(
    "own",
    api_version="example.com/v1",
    kind="Widget",
    metadata={"name": "own", "namespace": namespace},
    opts=ResourceOptions(depends_on=[operator]),
)
widget = HelmAddon(
    "widget",
    {
        "chart": "./charts/widget",
        "namespace": namespace,
        "ready_when": {
            "widget": {
                "api_version": "example.com/v1",
                "kind": "Widget",
                "name": "widget",
                "until": "condition=Ready",
            },
        },
        "timeout_seconds": 5,
    },
    ResourceOptions(depends_on=[operator]),
)
kubernetes.core.v1.ConfigMap("user", metadata={"name": "user", "namespace": namespace}, data={"of": widget.release})
"""

CHARTS = {
    "operator/Chart.yaml": "{apiVersion: v2, name: operator, version: 1.0.0, appVersion: '7'}",
    "operator/crds/widgets.yaml": """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
""",
    "operator/templates/values.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: operator}
data: {values: {{ .Values | toJson | quote }}}
""",
    "widget/Chart.yaml": "{apiVersion: v2, name: widget, version: 1.0.0}",
    "widget/templates/widget.yaml": """\
apiVersion: example.com/v1
kind: Widget
metadata: {name: widget}
size: {{ .Values.size | default 1 }}
""",
}

SECRET = "hunter2"
Completed = subprocess.CompletedProcess


@pytest.fixture(scope="module")
def dev(project: Project) -> Project:
    """A project with that program, whose stack file has an encrypted value for the operator beside a plain one."""
    for name, text in CHARTS.items():
        file = project.root / "charts" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (project.root / "__main__.py").write_text(PROGRAM)
    (project.root / "operator.yaml").write_text("replicas: 3\nsince: 2020-01-02\nuser: {name: ann, password: none}\n")
    stack = yaml.safe_load((project.root / "Pulumi.dev.yaml").read_text())
    operator = {"chart": "./charts/operator", "valueFiles": ["operator.yaml"], "values": {"colour": "blue"}}
    stack["config"]["web-platform:addons"] = {"operator": operator}
    (project.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump(stack))
    encrypted = project.shell(f"{_ENCRYPT} {SECRET}")
    assert encrypted.returncode == 0, encrypted.stdout + encrypted.stderr
    return project


_ENCRYPT = "pulumi config set --secret --path 'web-platform:addons.operator.values.user.password'"


def _custom(dev: Project) -> client.CustomObjectsApi:
    return client.CustomObjectsApi(dev.client())


def _names(dev: Project, kind: str) -> list[str]:
    listed = dev.shell(f"kubectl get {kind} --namespace ops --output name")
    assert listed.returncode == 0, listed.stderr
    return [line.partition("/")[2] for line in listed.stdout.splitlines()]


def test_an_encrypted_value_stands_in_the_stack_file_as_pulumi_writes_it(dev: Project) -> None:
    stack = yaml.safe_load((dev.root / "Pulumi.dev.yaml").read_text())
    values = stack["config"]["web-platform:addons"]["operator"]["values"]
    assert list(values["user"]["password"]) == ["secure"]
    assert SECRET not in (dev.root / "Pulumi.dev.yaml").read_text()


def test_what_helm_does_not_wait_for_holds_back_what_uses_the_addon(dev: Project) -> None:
    up = dev.localcloud("up", "dev")
    assert up.returncode != 0
    assert "timed out waiting for the condition" in up.stdout
    # The operator's kind was there for both; what uses the second chart was not made.
    assert _names(dev, "widgets") == ["own", "widget"]
    assert "user" not in _names(dev, "configmaps")


def test_once_it_is_ready_the_next_update_goes_on(dev: Project) -> None:
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    _custom(dev).patch_namespaced_custom_object_status("example.com", "v1", "ops", "widgets", "widget", ready)
    up = dev.localcloud("up", "dev")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "user" in _names(dev, "configmaps")


def _installed_values(dev: Project) -> object:
    made = client.CoreV1Api(dev.client()).read_namespaced_config_map("operator", "ops")
    return json.loads(made.data["values"])


def test_the_chart_gets_its_values_from_file_and_stack_file_decrypted(dev: Project) -> None:
    assert _installed_values(dev) == {
        "replicas": 3,
        "since": "2020-01-02",
        "user": {"name": "ann", "password": SECRET},
        "colour": "blue",
    }


def _state(dev: Project) -> dict[str, object]:
    exported = dev.shell("pulumi stack export")
    assert exported.returncode == 0, exported.stderr
    assert SECRET not in exported.stdout
    resources = json.loads(exported.stdout)["deployment"]["resources"]
    (release,) = [each for each in resources if each["id" if "id" in each else "urn"] == "ops/operator"]
    return dict(release)


def _is_encrypted(value: dict[str, str]) -> bool:
    return value["ciphertext"].startswith("v1:")


def test_in_the_state_a_secret_is_ciphertext_and_in_an_export_too(dev: Project) -> None:
    release = _state(dev)
    for part in ("inputs", "outputs"):
        values = release[part]["values"]  # type: ignore[index]
        assert values["replicas"] == 3
        assert values["user"]["name"] == "ann"
        assert _is_encrypted(values["user"]["password"])
        # Nobody tells the program which of a key's values was encrypted.
        assert _is_encrypted(values["colour"])
    files = [file for file in (dev.root / ".localcloud/stacks/dev/state").rglob("*") if file.is_file()]
    assert files
    assert [file for file in files if SECRET.encode() in file.read_bytes()] == []


def test_a_preview_shows_that_a_secret_changes_and_not_what_it_is(dev: Project) -> None:
    changed = dev.shell(f"{_ENCRYPT} hunter3")
    assert changed.returncode == 0, changed.stderr
    for options in ("--diff", "--json", "--json --show-sames"):
        preview = dev.shell(f"pulumi preview {options}")
        assert preview.returncode == 0, preview.stdout + preview.stderr
        assert "hunter" not in preview.stdout + preview.stderr
    diff = dev.shell("pulumi preview --diff").stdout
    assert "password: [secret] => [secret]" in diff
    assert "colour" not in diff


def test_an_upgrade_is_said_without_the_secret_and_waits_again(dev: Project) -> None:
    dev.replace("charts/widget/templates/widget.yaml", "default 1", "default 2")
    dev.replace("__main__.py", '"timeout_seconds": 5', '"timeout_seconds": 6')
    up = dev.localcloud("up", "dev")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "hunter" not in up.stdout + up.stderr
    assert _installed_values(dev)["user"] == {"name": "ann", "password": "hunter3"}  # type: ignore[index]
    widget = _custom(dev).get_namespaced_custom_object("example.com", "v1", "ops", "widgets", "widget")
    assert widget["size"] == 2
    assert widget["metadata"]["annotations"]["web-platform/revision"] == "2"


def test_releases_and_their_history_are_shown(dev: Project) -> None:
    shown = dev.localcloud("releases", "dev")
    assert shown.returncode == 0, shown.stderr
    title, *rows = [line.split() for line in shown.stdout.splitlines()]
    assert title == ["namespace", "name", "chart", "app", "version", "status", "revision", "updated", "(UTC)"]
    assert [row[:-2] for row in rows] == [
        ["ops", "operator", "operator-1.0.0", "7", "deployed", "2"],
        ["ops", "widget", "widget-1.0.0", "deployed", "2"],
    ]
    history = dev.localcloud("releases", "dev", "--history", "operator", "--json")
    assert [(row["revision"], row["status"], row["description"]) for row in json.loads(history.stdout)] == [
        (1, "superseded", "Install complete"),
        (2, "deployed", "Upgrade complete"),
    ]
    unknown = dev.localcloud("releases", "dev", "--history", "kong")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "Name one of: operator, widget." in unknown.stderr


def test_a_refresh_finds_nothing_and_keeps_the_secret(dev: Project) -> None:
    refreshed = dev.shell("pulumi refresh --yes --expect-no-changes --diff")
    assert refreshed.returncode == 0, refreshed.stdout + refreshed.stderr
    assert "hunter" not in refreshed.stdout + refreshed.stderr
    assert _is_encrypted(_state(dev)["inputs"]["values"]["user"]["password"])  # type: ignore[index]


def test_an_object_that_is_not_there_is_named_and_not_made(dev: Project) -> None:
    dev.replace("__main__.py", '"name": "widget"', '"name": "wodget"')
    up = dev.localcloud("up", "dev")
    assert up.returncode != 0
    assert "ready_when['widget'] names the Widget 'wodget', which the chart has not made" in up.stdout
    assert "Remedy: name one that it has made: widget" in up.stdout
    assert "Traceback" not in up.stdout
    assert _names(dev, "widgets") == ["own", "widget"]
    dev.replace("__main__.py", '"name": "wodget"', '"name": "widget"')


def test_a_mistake_beside_an_encrypted_value_is_told_by_plain_pulumi_without_it(dev: Project) -> None:
    mistake = "sed -i 's/valueFiles:/valeuFiles:/' Pulumi.dev.yaml"
    repair = "sed -i 's/valeuFiles:/valueFiles:/' Pulumi.dev.yaml"
    refused = dev.shell(f"{mistake}; pulumi preview; code=$?; {repair}; exit $code")
    said = refused.stdout + refused.stderr
    assert refused.returncode not in (0, 2), said
    assert "addons.operator.valeuFiles is not a known key" in said
    assert "did you mean 'valueFiles'?" in said
    assert "hunter" not in said
    assert "Traceback" not in said


def test_what_was_deleted_on_the_way_does_not_stop_the_destruction(dev: Project) -> None:
    _custom(dev).delete_namespaced_custom_object("example.com", "v1", "ops", "widgets", "widget")
    down = dev.localcloud("down", "dev")
    assert down.returncode == 0, down.stdout + down.stderr


VALUES = """\
days: [2020-01-02, 2001-12-14t21:59:43.10-05:00]
ports: [8080:50, 1:30, 12:30:45]
whole: [0644, 0o644, 0x1F, 0b11, 1_000, -5, 12345678901]
fractions: [1.50, 1e3, 1.5e+3, .5]
truths: [yes, No, on, y, n, true]
texts: ["007", 8.5.1, 1.2.3-rc.1, .inf2, ~x]
1: one
true: yes
base: &base {k: 1, l: 2}
merged: {<<: *base, l: 3}
block: |
  a
  b
"""


def test_files_of_values_are_read_as_helm_reads_them(helm: Path, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: chart, version: 1.0.0}")
    (tmp_path / "templates" / "values.json").write_text("{{ .Values | toJson }}")
    file = tmp_path / "own.yaml"
    file.write_text(VALUES)
    command = [str(helm), "template", "x", str(tmp_path), "--values", str(file)]
    rendered = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert read_value_file(file) == json.loads(rendered.splitlines()[-1])


SHOWING = """\
import pulumi

import settings as stack_settings

pulumi.export("values", stack_settings.from_pulumi().addons["operator"].values)
"""


def test_a_rehearsal_has_a_secret_stand_in_for_what_is_encrypted(project: Project) -> None:
    file = project.root / "Pulumi.prod.yaml"
    stack = yaml.safe_load(file.read_text())
    values = {"user": {"name": "ann", "password": {"secure": "CiQAreal"}}}
    stack["config"]["web-platform:addons"] = {"operator": {"chart": "./charts/operator", "values": values}}
    file.write_text(yaml.safe_dump({"secretsprovider": "gcpkms://projects/real", "encryptedkey": "CiQA"} | stack))
    (project.root / "__main__.py").write_text(SHOWING)
    up = project.localcloud("rehearse", "prod")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "web-platform:addons.operator.values.user.password hold 'stand-in' here" in up.stderr
    assert "ann" not in up.stdout
    shown = project.shell("pulumi stack output --json --show-secrets", "prod")
    assert json.loads(shown.stdout) == {"values": {"user": {"name": "ann", "password": "stand-in"}}}
    assert project.localcloud("rehearse-down", "prod").returncode == 0
