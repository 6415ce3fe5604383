"""What tests of the sample service have in common."""

from pathlib import Path

import pytest

from tests.examples.hello_service.service import make_environment


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a virtual environment of the service's own."""
    return make_environment(tmp_path_factory.mktemp("hello-service") / "venv")
