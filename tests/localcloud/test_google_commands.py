"""Commands that look into a simulated Google Cloud, and change it by hand."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from localcloud import command
from localcloud.cli import app
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Resource
from localcloud.workspace import Workspace

NETWORK = "gcp:compute/network:Network"
INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
SETTINGS = {"tier": "db-f1-micro", "databaseFlags": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The cloud of the stack prod, with a network and a database in it."""
    monkeypatch.setattr(command, "ROOT", tmp_path)
    cloud = Cloud(Workspace(tmp_path, "prod").google)
    for resource in (
        Resource(NETWORK, "networks/main", {"name": "main"}),
        Resource(INSTANCE, "db", {"settings": SETTINGS}),
    ):
        cloud._store.put(resource)
    return cloud


def _google(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["google", *arguments])


def _state(cloud: Cloud, type_: str = INSTANCE, id_: str = "db") -> dict[str, object]:
    resource = cloud.get(type_, id_)
    assert resource is not None
    return resource.state


def test_list_has_every_resource_by_type_and_id(cloud: Cloud) -> None:
    assert _google("list", "prod").stdout == f"{NETWORK}\tnetworks/main\n{INSTANCE}\tdb\n"
    assert json.loads(_google("list", "prod", "--json").stdout) == [
        {"type": NETWORK, "id": "networks/main"},
        {"type": INSTANCE, "id": "db"},
    ]


def test_show_has_every_property(cloud: Cloud) -> None:
    assert json.loads(_google("show", "prod", INSTANCE, "db").stdout) == {"settings": SETTINGS}


@pytest.mark.parametrize(
    ("change", "settings"),
    [
        ("settings.tier=db-custom-2-7680", {**SETTINGS, "tier": "db-custom-2-7680"}),
        ("settings.diskSize=20", {**SETTINGS, "diskSize": 20}),
        ("settings.ipConfiguration.ipv4Enabled=true", {**SETTINGS, "ipConfiguration": {"ipv4Enabled": True}}),
        (
            "settings.databaseFlags.1.value=a=b",
            {**SETTINGS, "databaseFlags": [{"name": "a", "value": "1"}, {"name": "b", "value": "a=b"}]},
        ),
        ('settings={"tier": "none"}', {"tier": "none"}),
        ("settings.tier=null", {**SETTINGS, "tier": None}),
        ('settings.tier="20"', {**SETTINGS, "tier": "20"}),
    ],
)
def test_set_changes_one_property_behind_pulumis_back(change: str, settings: object, cloud: Cloud) -> None:
    answer = _google("set", "prod", INSTANCE, "db", change)
    assert answer.exit_code == 0, answer.stderr
    assert _state(cloud) == {"settings": settings}
    assert _state(cloud, NETWORK, "networks/main") == {"name": "main"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("settings", "is no change"),
        ("=1", "is no change"),
        ("settings..tier=1", "is no change"),
        ("settings.tier.size=1", "settings.tier.size leads nowhere: \"db-f1-micro\" has no 'size'"),
        ("settings.databaseFlags.2.value=1", "has no '2'"),
        ("settings.databaseFlags.last=1", "has no 'last'"),
    ],
)
def test_a_change_that_leads_nowhere_is_refused(change: str, said: str, cloud: Cloud) -> None:
    answer = _google("set", "prod", INSTANCE, "db", change)
    assert answer.exit_code == 1
    assert said in answer.stderr
    assert "Nothing was changed" in answer.stderr
    assert _state(cloud) == {"settings": SETTINGS}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("NaN", "Out of range float values"),
        ("-Infinity", "Out of range float values"),
        ("1e999", "Out of range float values"),
        ('{"deep": [NaN]}', "Out of range float values"),
        ('"\\ud800"', "surrogates not allowed"),
        ("\udcff", "surrogates not allowed"),
    ],
)
def test_a_value_that_is_no_json_is_refused(value: str, said: str, cloud: Cloud) -> None:
    answer = _google("set", "prod", INSTANCE, "db", f"settings.tier={value}")
    assert answer.exit_code == 1
    assert said in answer.stderr
    assert _state(cloud) == {"settings": SETTINGS}


def test_make_gives_a_whole_command_at_once(cloud: Cloud) -> None:
    answer = _google("make", "prod", "--command", f"set {INSTANCE} db 'settings.tier=a; b $c'")
    assert answer.exit_code == 0, answer.stderr
    assert _state(cloud) == {"settings": {**SETTINGS, "tier": "a; b $c"}}
    assert json.loads(_google("make", "prod", "--command", "list --json").stdout)[0]["type"] == NETWORK
    assert "Usage: make google" in _google("make", "prod", "--command", "").stdout
    unclosed = _google("make", "prod", "--command", "show 'a")
    assert unclosed.exit_code == 1
    assert "No closing quotation" in unclosed.stderr


def test_a_cluster_that_is_deleted_by_hand_leaves_nothing(cloud: Cloud) -> None:
    cluster, pool = "gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"
    cloud.adopt(Resource(cluster, "clusters/main", {"name": "main", "location": "eu-b", "project": "acme"}))
    cloud.adopt(Resource(pool, "clusters/main/nodePools/main", {}))
    place = cloud.directory / "clusters" / "acme_eu-b_main"
    place.mkdir(parents=True)
    part = subprocess.Popen(["sleep", "60"], env={**os.environ, "LOCALCLOUD_PART": f"{place}:etcd"})
    try:
        answer = _google("delete", "prod", cluster, "clusters/main")
        part.wait(10)
    finally:
        part.kill()
    assert answer.exit_code == 0, answer.stderr
    assert not place.exists()
    assert {each.type for each in cloud.all()} == {NETWORK, INSTANCE}


def test_a_cloud_that_cannot_be_read_is_an_expected_failure(cloud: Cloud) -> None:
    for each in cloud.directory.glob("google.sqlite*"):
        each.unlink()
    (cloud.directory / "google.sqlite").write_bytes(b"garbage" * 1000)
    answer = _google("list", "prod")
    assert answer.exit_code == 1
    assert "google.sqlite, which holds the simulated Google Cloud, cannot be used" in answer.stderr
    assert "make clean" in answer.stderr


def test_delete_takes_a_resource_away_whatever_uses_it(cloud: Cloud) -> None:
    assert _google("delete", "prod", NETWORK, "networks/main").exit_code == 0
    assert [resource.id for resource in cloud.all()] == ["db"]


@pytest.mark.parametrize("words", [["show"], ["delete"], ["set"]])
def test_a_resource_that_is_not_there_is_refused_with_the_one_that_was_meant(words: list[str], cloud: Cloud) -> None:
    answer = _google(*words, "prod", NETWORK, "networks/mian", *(["a=1"] if words == ["set"] else []))
    assert answer.exit_code == 1
    assert f"Did you mean {NETWORK} networks/main?" in answer.stderr


def test_a_stack_without_a_simulated_cloud_is_told_so(cloud: Cloud, tmp_path: Path) -> None:
    Workspace(tmp_path, "dev").cluster.mkdir(parents=True)
    answer = _google("list", "dev")
    assert answer.exit_code == 1
    assert "The stack dev has no simulated Google Cloud" in answer.stderr
    assert not Workspace(tmp_path, "dev").google.exists()
