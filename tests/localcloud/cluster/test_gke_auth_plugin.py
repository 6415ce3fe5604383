"""The stand-in for Google's authentication plugin, run as clients run it."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.cluster import gke_auth_plugin

PORT = 40404
INFO = {
    "apiVersion": "client.authentication.k8s.io/v1beta1",
    "kind": "ExecCredential",
    "spec": {"interactive": False, "cluster": {"server": f"https://127.0.0.1:{PORT}"}},
}

Plugin = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def google(tmp_path: Path) -> Path:
    """A simulated cloud with two clusters, and one that has not started yet."""
    for name, port in (("web", PORT), ("shop", PORT + 1)):
        keys = tmp_path / "google" / "clusters" / f"acme_europe-west1_{name}" / "pki"
        keys.mkdir(parents=True)
        (keys.parent / "ports.json").write_text(json.dumps({"etcd": 1, "kube-apiserver": port}))
        (keys / "admin.crt").write_text(f"certificate of {name}\n")
        (keys / "admin.key").write_text(f"key of {name}\n")
    half = tmp_path / "google" / "clusters" / "acme_europe-west1_half"
    half.mkdir()
    (half / "ports.json").write_text("{")
    return tmp_path / "google"


@pytest.fixture
def plugin(tmp_path: Path, google: Path) -> Plugin:
    gke_auth_plugin.install(tmp_path / "bin")

    def run(*arguments: str, info: Any = INFO, cloud: str | None = str(google)) -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]])}
        if info is not None:
            environment["KUBERNETES_EXEC_INFO"] = info if isinstance(info, str) else json.dumps(info)
        if cloud is not None:
            environment["LOCALCLOUD_GOOGLE_DIRECTORY"] = cloud
        return subprocess.run(
            ["gke-gcloud-auth-plugin", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    return run


def test_a_client_gets_the_certificate_of_the_cluster_that_it_means(plugin: Plugin) -> None:
    answer = plugin()
    assert answer.stderr == ""
    assert json.loads(answer.stdout) == {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "kind": "ExecCredential",
        "status": {"clientCertificateData": "certificate of web\n", "clientKeyData": "key of web\n"},
    }


def test_flags_of_googles_plugin_are_taken(plugin: Plugin) -> None:
    assert plugin("--use_application_default_credentials").returncode == 0
    assert plugin("--version", info=None, cloud=None).stdout == "gke-gcloud-auth-plugin of the local cloud\n"


@pytest.mark.parametrize("info", [None, "", "{", "[]", {"spec": {}}, {"spec": {"cluster": {"server": 1}}}])
def test_whoever_does_not_say_which_cluster_is_told_how_to(plugin: Plugin, info: Any) -> None:
    answer = plugin(info=info)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.splitlines()[0] == (
        "gke-gcloud-auth-plugin of the local cloud: KUBERNETES_EXEC_INFO does not say which cluster is meant."
    )
    assert "provideClusterInfo: true" in answer.stderr


def test_outside_of_the_local_cloud_it_says_where_to_go(plugin: Plugin) -> None:
    answer = plugin(cloud=None)
    assert answer.returncode == 1
    assert "LOCALCLOUD_GOOGLE_DIRECTORY does not say where the simulated Google Cloud is" in answer.stderr
    assert "make shell" in answer.stderr


def test_a_cluster_that_is_none_of_ours_is_named_with_those_that_are(plugin: Plugin) -> None:
    answer = plugin(info={**INFO, "spec": {"cluster": {"server": "https://203.0.113.9"}}})
    assert answer.returncode == 1
    assert (
        "no cluster of the simulated Google Cloud has its API server at https://203.0.113.9; "
        "there is https://127.0.0.1:40404, https://127.0.0.1:40405." in answer.stderr
    )


def test_installing_it_again_changes_nothing(tmp_path: Path) -> None:
    gke_auth_plugin.install(tmp_path)
    program = tmp_path / gke_auth_plugin.NAME
    before = program.stat()
    gke_auth_plugin.install(tmp_path)
    assert program.stat().st_mtime_ns == before.st_mtime_ns
    program.write_text("something else")
    gke_auth_plugin.install(tmp_path)
    assert "gke_auth_plugin.py" in program.read_text()
    assert [each.name for each in tmp_path.iterdir()] == [gke_auth_plugin.NAME]


def test_it_needs_nothing_that_takes_time_to_load() -> None:
    """Every start of kubectl waits for it, and every resource of the Kubernetes provider may be one."""
    script = f"import runpy, sys; runpy.run_path({gke_auth_plugin.__file__!r}); print(*sys.modules)"
    loaded = subprocess.run(["python3", "-E", "-S", "-c", script], capture_output=True, text=True, check=True).stdout
    ours = {"localcloud", "yaml", "cryptography", "filelock"}
    assert not ours & {name.partition(".")[0] for name in loaded.split()}
