"""What a rehearsed stack sees of Google Cloud."""

from pathlib import Path

import pytest
import yaml

from localcloud.errors import LocalCloudError
from localcloud.providers.google.cloud import ENABLED
from localcloud.providers.google.kind import Resource
from localcloud.rehearsal import Rehearsal
from localcloud.simulated_google import SimulatedGoogle
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


def test_protection_is_waived_in_the_copy_alone_and_until_it_is_renewed(
    google: SimulatedGoogle, workspace: Workspace
) -> None:
    def protected() -> object:
        return yaml.safe_load((workspace.project / "Pulumi.prod.yaml").read_text())["config"]["web-platform:protected"]

    google.project()
    assert protected() is True
    assert google.waive_protection()
    assert protected() is False
    assert (workspace.root / "Pulumi.prod.yaml").read_text() == STACK_FILE
    google.project()
    assert protected() is True


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
