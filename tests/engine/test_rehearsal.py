"""Rehearsals of a small program on Google Cloud: what is said, what is protected, and what is left.

The tests of this module are one story in the order in which they stand: each finds the stack as the one before left it.
"""

import json
import re
import subprocess

import pytest
import yaml

from tests.engine.project import Project

Completed = subprocess.CompletedProcess

# A table and a topic that refuse to be deleted, what they need, and a secret on its way from the stack file.
PROGRAM = """\
import pulumi
import pulumi_gcp as gcp

import settings as stack_settings

settings = stack_settings.from_pulumi()
google = gcp.Provider("google", project=settings.google.project, region=settings.google.region)
on_google = pulumi.ResourceOptions(provider=google)

apis = [
    gcp.projects.Service(api, service=f"{api}.googleapis.com", disable_on_destroy=False, opts=on_google)
    for api in ("bigquery", "pubsub", "compute")
]
enabled = pulumi.ResourceOptions(provider=google, depends_on=apis)
network = gcp.compute.Network("network", name="main", routing_mode="REGIONAL", opts=enabled)
dataset = gcp.bigquery.Dataset("dataset", dataset_id="reports", location="EU", opts=enabled)
gcp.bigquery.Table(
    "table",
    dataset_id=dataset.dataset_id,
    table_id="sales",
    schema='[{"name": "day", "type": "DATE"}]',
    deletion_protection=settings.protected,
    opts=enabled,
)
gcp.pubsub.Topic("topic", name="sales", deletion_policy="PREVENT" if settings.protected else "DELETE", opts=enabled)
# HERE
pulumi.export("network", network.self_link)
pulumi.export("secret", pulumi.Config("gcp").get_secret("billingProject"))
"""
NETWORK = ("gcp:compute/network:Network", "projects/example-prod/global/networks/main")
TABLE = ("gcp:bigquery/table:Table", "projects/example-prod/datasets/reports/tables/sales")


@pytest.fixture(scope="module")
def prod(project: Project) -> Project:
    """A project whose program is the small one, and whose stack file has secrets of a key in the cloud."""
    project.without_rules()
    (project.root / "__main__.py").write_text(PROGRAM)
    file = project.root / "Pulumi.prod.yaml"
    stack = yaml.safe_load(file.read_text())
    stack["config"]["gcp:billingProject"] = {"secure": "CiQAreal"}
    provider = {
        "secretsprovider": "gcpkms://projects/real/locations/eu/keyRings/r/cryptoKeys/k",
        "encryptedkey": "CiQA",
    }
    file.write_text(yaml.safe_dump(provider | stack))
    return project


@pytest.fixture(scope="module")
def rehearsed(prod: Project) -> "Completed[str]":
    """What the first rehearsal said, in an environment that is full of real credentials."""
    real = {
        "GOOGLE_CREDENTIALS": '{"type": "service_account"}',
        "GOOGLE_PROJECT": "real",
        "PULUMI_BACKEND_URL": "gs://real",
    }
    return prod.localcloud("rehearse", "prod", env=real)


def _exists(project: Project) -> set[tuple[str, str]]:
    """Type and id of everything in the simulated cloud, but for the APIs."""
    listed = project.localcloud("google", "list", "prod", "--json")
    assert listed.returncode == 0, listed.stderr
    found = {(resource["type"], resource["id"]) for resource in json.loads(listed.stdout)}
    return {each for each in found if each[0] != "gcp:projects/service:Service"}


def _previewed(project: Project, *options: str) -> dict[str, str]:
    """What a preview would do, by the last part of the URN, unchanged resources left out."""
    answer = project.shell(f"pulumi preview --json {' '.join(options)}", "prod")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    steps = json.loads(answer.stdout)["steps"]
    return {step["urn"].split("::")[-1]: step["op"] for step in steps if step["op"] not in ("same", "read", "refresh")}


def test_it_comes_up_with_no_account_and_says_so(rehearsed: "Completed[str]") -> None:
    assert rehearsed.returncode == 0, rehearsed.stdout + rehearsed.stderr
    assert "Google Cloud is simulated on this machine" in rehearsed.stderr
    assert "gcp:billingProject hold 'stand-in' here" in rehearsed.stderr
    assert "https://www.googleapis.com/compute/v1/projects/example-prod/global/networks/main" in rehearsed.stdout
    assert "make rehearse-down STACK=prod" in rehearsed.stderr


def test_secrets_stay_secret_and_hold_nothing_real(rehearsed: "Completed[str]", prod: Project) -> None:
    assert re.search(r"^  secret +\[secret\]$", rehearsed.stdout, flags=re.MULTILINE)
    shown = prod.shell("pulumi stack output secret --show-secrets; pulumi config get gcp:billingProject", "prod")
    assert shown.stdout.split() == ["stand-in", "stand-in"], shown.stderr
    state = (prod.root / ".localcloud/stacks/prod/state/.pulumi/stacks/web-platform/prod.json").read_text()
    assert "stand-in" not in state


def test_the_next_rehearsal_has_nothing_to_do(prod: Project) -> None:
    assert _previewed(prod) == {}


def test_what_is_changed_by_hand_is_found_and_repaired(prod: Project) -> None:
    changed = prod.localcloud("google", "set", "prod", *NETWORK, "routingMode=GLOBAL")
    assert changed.returncode == 0, changed.stderr
    assert _previewed(prod) == {}
    assert _previewed(prod, "--refresh") == {"network": "update"}
    repaired = prod.shell("pulumi up --yes --skip-preview --refresh", "prod")
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    shown = json.loads(prod.localcloud("google", "show", "prod", *NETWORK).stdout)
    assert shown["routingMode"] == "REGIONAL"


def test_what_is_deleted_by_hand_is_made_again(prod: Project) -> None:
    assert prod.localcloud("google", "delete", "prod", *TABLE).returncode == 0
    assert _previewed(prod, "--refresh") == {"table": "create"}
    again = prod.shell("pulumi up --yes --skip-preview --refresh", "prod")
    assert again.returncode == 0, again.stdout + again.stderr
    assert TABLE in _exists(prod)


def test_plain_pulumi_cannot_destroy_what_is_protected(prod: Project) -> None:
    destroyed = prod.shell("pulumi destroy --yes --skip-preview", "prod")
    assert destroyed.returncode != 0
    assert {TABLE, ("gcp:pubsub/topic:Topic", "projects/example-prod/topics/sales")} <= _exists(prod)


def test_rehearse_down_of_a_half_made_stack_lifts_its_protection_and_leaves_what_is_promised(prod: Project) -> None:
    # The destruction that was refused has taken away a part; what the program wants now was never made.
    prod.replace("__main__.py", "# HERE", 'gcp.pubsub.Topic("new", name="new", opts=enabled)')
    down = prod.localcloud("rehearse-down", "prod")
    assert down.returncode == 0, down.stdout + down.stderr
    said = down.stderr.partition("is lifted first:")[2]
    lifted = [line.split("::")[-1] for line in said.splitlines() if line.startswith("  urn:")]
    assert sorted(lifted) == ["table", "topic"]
    assert "pubsub.googleapis.com" in down.stderr
    assert "APIs stay enabled" in down.stderr
    assert _exists(prod) == set()


def test_down_again_finds_nothing_to_do_and_remembers(prod: Project) -> None:
    down = prod.localcloud("rehearse-down", "prod")
    assert down.returncode == 0, down.stderr
    assert "APIs stay enabled" in down.stderr


def test_what_the_program_retains_is_kept_and_told(prod: Project) -> None:
    retaining = "opts=pulumi.ResourceOptions(provider=google, depends_on=apis, retain_on_delete=True))"
    prod.replace("__main__.py", "opts=enabled)\ndataset", f"{retaining}\ndataset")
    assert prod.localcloud("rehearse", "prod").returncode == 0
    down = prod.localcloud("rehearse-down", "prod")
    assert down.returncode == 0, down.stderr
    assert "main (Network: the program retains it when its stack is destroyed)" in down.stderr
    assert _exists(prod) == {NETWORK}


def test_what_nobody_promised_to_keep_fails_the_command(prod: Project) -> None:
    assert prod.localcloud("google", "delete", "prod", *NETWORK).returncode == 0
    assert prod.localcloud("rehearse", "prod").returncode == 0
    lost = prod.shell("pulumi state delete urn:pulumi:prod::web-platform::gcp:pubsub/topic:Topic::new --yes", "prod")
    assert lost.returncode == 0, lost.stderr
    down = prod.localcloud("rehearse-down", "prod")
    assert down.returncode == 1
    assert "\n  gcp:pubsub/topic:Topic projects/example-prod/topics/new\n" in down.stderr
    assert "\n  gcp:compute/network:Network" not in down.stderr


def test_neither_the_stack_file_nor_the_project_has_changed(prod: Project) -> None:
    stack = yaml.safe_load((prod.root / "Pulumi.prod.yaml").read_text())
    assert stack["encryptedkey"] == "CiQA"
    assert stack["config"]["gcp:billingProject"] == {"secure": "CiQAreal"}
    assert "encryptionsalt" not in stack
