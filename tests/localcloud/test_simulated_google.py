"""What a rehearsed stack sees of Google Cloud."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from localcloud.errors import LocalCloudError
from localcloud.providers.google.cloud import ENABLED, Cloud
from localcloud.providers.google.kind import Resource
from localcloud.providers.google.store import UnderWay
from localcloud.rehearsal import Rehearsal
from localcloud.simulated_google import SimulatedGoogle
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace

STACK_FILE = """\
secretsprovider: gcpkms://key
encryptedkey: abc
config:
  web-platform:protected: true
  gcp:accessToken: {secure: real}
"""
CLUSTER = "gcp:container/cluster:Cluster"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "Pulumi.yaml").write_text("name: web-platform\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK_FILE)
    return Workspace(tmp_path, "prod")


@pytest.fixture
def google(workspace: Workspace) -> SimulatedGoogle:
    """A cloud in which nothing was made yet, so that there is nothing to start."""
    google = SimulatedGoogle(workspace)
    google.start()
    return google


def _exists(google: SimulatedGoogle, resource: Resource) -> None:
    """Puts a resource there without making it."""
    google.cloud._store.put(resource)


@pytest.mark.parametrize(
    "variable",
    [
        *("GOOGLE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON"),
        *("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"),
        *("CLOUDSDK_CORE_PROJECT", "CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_COMPUTE_CUSTOM_ENDPOINT", "GOOGLE_REGION"),
        *("GCE_METADATA_HOST", "USER_PROJECT_OVERRIDE", "GOOGLE_BILLING_PROJECT"),
    ],
)
def test_nothing_that_leads_to_the_real_google_cloud_is_inherited(variable: str, google: SimulatedGoogle) -> None:
    assert variable not in google.environment({variable: "real", "LANG": "C"})


def test_the_environment_leads_to_the_simulated_one(google: SimulatedGoogle, workspace: Workspace) -> None:
    inherited = {
        "LANG": "C",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.real",
        "KUBECONFIG": "/real",
        "CLOUDSDK_CONFIG": "/real",
    }
    environment = google.environment(inherited)
    bundle = Path(environment.pop("SSL_CERT_FILE"))
    assert "BEGIN CERTIFICATE" in bundle.read_text()
    assert environment == {
        "LANG": "C",
        "LOCALCLOUD_GOOGLE_DIRECTORY": str(workspace.google),
        "GOOGLE_OAUTH_ACCESS_TOKEN": "rehearsal",
        "CLOUDSDK_CONFIG": str(workspace.google / "gcloud"),
        "KUBECONFIG": str(workspace.google / "kubeconfig"),
    }
    assert list((workspace.google / "gcloud").iterdir()) == []


def test_the_kubeconfig_follows_the_clusters_that_exist(google: SimulatedGoogle) -> None:
    kubeconfig = Path(google.environment({})["KUBECONFIG"])
    assert yaml.safe_load(kubeconfig.read_text())["current-context"] == ""
    endpoint = {"dnsEndpointConfig": {"endpoint": "127.0.0.1:6443"}}
    state = {"name": "p", "project": "acme", "location": "eu-b", "controlPlaneEndpointsConfig": endpoint}
    _exists(google, Resource(CLUSTER, "p", state))
    google.environment({})
    assert yaml.safe_load(kubeconfig.read_text())["current-context"] == "gke_acme_eu-b_p"
    assert kubeconfig.stat().st_mode & 0o077 == 0


def test_every_rehearsal_says_that_nothing_is_real_and_what_is_replaced(google: SimulatedGoogle) -> None:
    said = " ".join(google.introduction().split())
    for part in ("rehearses prod", "simulated", "backend and secrets provider are local ones", "nothing real"):
        assert part in said
    assert "gcp:accessToken hold 'stand-in' here" in said


def test_it_runs_from_a_copy_even_where_the_stack_has_a_salt(google: SimulatedGoogle, workspace: Workspace) -> None:
    (workspace.root / "Pulumi.prod.yaml").write_text("encryptionsalt: v1:a-real-one\nconfig: {}\n")
    assert google.project() == workspace.project
    assert "a-real-one" not in (workspace.project / "Pulumi.prod.yaml").read_text()


def test_protection_is_lifted_in_the_cloud_alone(google: SimulatedGoogle) -> None:
    instance = {"deletionProtection": True, "settings": {"tier": "t", "deletionProtectionEnabled": True}, "name": "db"}
    for name, state in (("db", instance), ("topic", {"deletionPolicy": "PREVENT"}), ("other", instance)):
        _exists(google, Resource("t", name, state))
    assert google.lift_protection([("t", "db"), ("t", "topic"), ("t", "gone")])
    assert {each.id: each.state for each in google.cloud.all()} == {
        "db": {
            "deletionProtection": False,
            "settings": {"tier": "t", "deletionProtectionEnabled": False},
            "name": "db",
        },
        "topic": {"deletionPolicy": "DELETE"},
        "other": instance,
    }


def test_what_is_only_to_be_destroyed_needs_no_stack_file(workspace: Workspace) -> None:
    (workspace.root / "Pulumi.prod.yaml").unlink()
    ending = SimulatedGoogle(workspace, ending=True)
    ending.start()
    assert ending.project() == workspace.project
    assert "simulated" in ending.introduction()


def _cut_short(workspace: Workspace, resource: Resource) -> None:
    """Leaves the resource as a process that is killed while it makes it would."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    store = Cloud(workspace.google)._store
    store.put(resource)
    store.begin(UnderWay(resource, gone.pid, time.time()))


def test_what_was_cut_short_is_removed_before_anything_else(
    google: SimulatedGoogle, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    state = {"name": "main", "location": "eu-b", "project": "acme"}
    _cut_short(workspace, Resource(CLUSTER, "clusters/main", state))
    remains = workspace.google / "clusters" / "acme_eu-b_main" / "etcd"
    remains.mkdir(parents=True)
    google.start()
    assert google.cloud.all() == []
    assert not remains.parent.exists()
    assert "clusters/main was left half made" in capsys.readouterr().err
    assert google.cloud.cut_short() == []


def test_what_was_cut_short_is_not_left_over(google: SimulatedGoogle, workspace: Workspace) -> None:
    _cut_short(workspace, Resource("gcp:test/widget:Widget", "widgets/main", {}))
    assert google.dispose() == []


def test_a_cluster_that_is_not_in_the_cloud_goes_with_the_stack(google: SimulatedGoogle, workspace: Workspace) -> None:
    lost = workspace.google / "clusters" / "acme_eu-b_lost"
    lost.mkdir(parents=True)
    google.dispose()
    assert not lost.exists()


def _standing(google: SimulatedGoogle, workspace: Workspace, port: int) -> None:
    """Puts a cluster there that listened on `port` before it was stopped."""
    endpoint = {"dnsEndpointConfig": {"endpoint": f"127.0.0.1:{port}"}}
    state = {"name": "p", "project": "acme", "location": "eu-b", "controlPlaneEndpointsConfig": endpoint}
    _exists(google, Resource(CLUSTER, "p", state))
    (workspace.google / "clusters" / "acme_eu-b_p").mkdir(parents=True)


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be started, so that a test in which something would be fails."""
    monkeypatch.setattr("localcloud.providers.google.clusters._programs", lambda: Toolchain({}))
    monkeypatch.delenv("LOCALCLOUD_API_PORT", raising=False)


@pytest.mark.usefixtures("no_programs")
def test_a_cluster_whose_port_was_taken_meanwhile_does_not_move(
    google: SimulatedGoogle, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        _standing(google, workspace, port)
        with pytest.raises(LocalCloudError, match=f"cluster p listens on 127.0.0.1:{port}, which another") as caught:
            google.start()
        assert f"sport = :{port}" in caught.value.remedy
        assert "make rehearse-down STACK=prod" in caught.value.remedy
        SimulatedGoogle(workspace, ending=True).start()
    assert "So the cluster p is deleted with all that is in it" in capsys.readouterr().err
    assert google.cloud.all() == []
    assert not (workspace.google / "clusters" / "acme_eu-b_p").exists()


@pytest.mark.usefixtures("no_programs")
def test_a_setting_does_not_move_a_cluster(
    google: SimulatedGoogle, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _standing(google, workspace, 20_001)
    monkeypatch.setenv("LOCALCLOUD_API_PORT", "20002")
    with pytest.raises(LocalCloudError, match=r"LOCALCLOUD_API_PORT=20002, but the cluster p was made .* port 20001"):
        google.start()


def test_a_cloud_that_cannot_be_read_says_which_file_and_what_to_do(workspace: Workspace) -> None:
    workspace.google.mkdir(parents=True)
    file = workspace.google / "google.sqlite"
    for damaged in (True, False):
        if damaged:
            file.write_bytes(b"garbage" * 1000)
        else:
            file.unlink()
            file.mkdir()
        with pytest.raises(LocalCloudError, match=r"google\.sqlite, which holds the simulated Google Cloud") as caught:
            SimulatedGoogle(workspace).start()
        assert "make rehearse-down STACK=prod" in caught.value.remedy


def test_what_outlives_its_stack_is_told_and_met_again(
    google: SimulatedGoogle, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.state.mkdir()
    google.project()
    google.cloud.keep(ENABLED, "acme/compute.googleapis.com", "")
    assert google.dispose() == []
    assert "compute.googleapis.com (APIs stay enabled" in capsys.readouterr().err
    assert [entry.name for entry in workspace.directory.iterdir()] == ["google"]
    assert google.cloud.enabled("acme", "compute.googleapis.com")


def test_what_nobody_promised_to_keep_fails_the_command(google: SimulatedGoogle, workspace: Workspace) -> None:
    _exists(google, Resource("gcp:compute/network:Network", "projects/acme/global/networks/lost"))
    with pytest.raises(LocalCloudError, match="Left over") as caught:
        Rehearsal(workspace).down()
    assert "gcp:compute/network:Network projects/acme/global/networks/lost" in caught.value.problem
    assert "make google STACK=prod CMD='delete" in caught.value.remedy


def test_when_it_is_deleted_nothing_is_remembered(google: SimulatedGoogle, workspace: Workspace) -> None:
    google.cloud.keep(ENABLED, "acme/compute.googleapis.com", "")
    google.delete()
    assert not workspace.directory.exists()
