"""What has to be of one version although two tools pin it."""

import importlib.metadata
import json
import re
from pathlib import Path

import pytest
import yaml
from web_platform import versions

from localcloud import toolchain

REPOSITORY = Path(__file__).parents[1]


def test_the_sdk_and_the_built_provider_of_kubernetes_are_one_release() -> None:
    assert importlib.metadata.version("pulumi-kubernetes") == toolchain.version("pulumi-resource-kubernetes")


def test_the_local_cloud_installs_the_cert_manager_that_production_gets() -> None:
    go_mod = (REPOSITORY / "localcloud" / "go" / "cert-manager" / "go.mod").read_text()
    assert re.findall(r"cert-manager/cert-manager (v\S+)", go_mod) == [versions.CERT_MANAGER_CHART]


def test_the_controller_that_issues_is_of_the_chart_that_is_installed() -> None:
    assert f"v{toolchain.version('cert-manager-controller')}" == versions.CERT_MANAGER_CHART


@pytest.mark.parametrize(
    ("program", "image"),
    [
        ("bigquery-emulator", versions.BIGQUERY_EMULATOR_IMAGE),
        ("fake-gcs-server", versions.FAKE_GCS_SERVER_IMAGE),
    ],
)
def test_a_stand_in_is_of_one_version_as_a_container_and_as_a_process(program: str, image: str) -> None:
    assert toolchain.version(program) == image


def test_the_stand_in_is_for_the_kong_chart_that_production_gets() -> None:
    chart = yaml.safe_load((REPOSITORY / "localcloud" / "charts" / "ingress" / "Chart.yaml").read_text())
    assert chart["version"].split("+")[0] == versions.KONG_CHART


def test_renovate_finds_every_version_that_is_annotated() -> None:
    managers = json.loads((REPOSITORY / "renovate.json").read_text())["customManagers"]
    for manager in managers:
        (files,) = (pattern.strip("/") for pattern in manager["managerFilePatterns"])
        (expression,) = (re.sub(r"\(\?<", "(?P<", text) for text in manager["matchStrings"])
        paths = {path.relative_to(REPOSITORY).as_posix(): path for path in REPOSITORY.rglob("*")}
        texts = {name: path.read_text() for name, path in paths.items() if re.search(files, name)}
        annotated = {name: text.count("# renovate:") for name, text in texts.items()}
        assert {name: len(re.findall(expression, text)) for name, text in texts.items()} == annotated
        assert sum(annotated.values()) > 0, files


def test_every_image_of_services_is_annotated() -> None:
    text = (REPOSITORY / "services.yaml").read_text()
    assert text.count("    image: ") == text.count("# renovate:") > 0
