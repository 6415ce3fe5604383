"""A simulated cloud of the test's own."""

from pathlib import Path

import pytest

from localcloud.providers.google.cloud import SERVICE, Cloud
from localcloud.providers.google.kind import Kind, Place, Resource
from localcloud.providers.google.kinds import MODULES

PROJECT = "acme-prod"


def enable(cloud: Cloud, *apis: str, project: str = PROJECT) -> None:
    """Lets the project use services, as if somebody had enabled them before."""
    for api in apis:
        cloud.adopt(Resource(SERVICE, f"{project}/{api}", {"project": project, "service": api}))


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path / "google")


@pytest.fixture
def place() -> Place:
    return Place(PROJECT, "europe-west1", "europe-west1-b")


def kinds_of(*services: str) -> list[type[Kind]]:
    """The simulated types of some services, by the names of their modules or packages."""
    return [kind for module in MODULES if module.__name__.split(".")[3] in services for kind in module.KINDS]
