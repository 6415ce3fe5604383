"""What tests of what pipelines run have in common."""

import time
from collections.abc import Iterator

import pytest

from tests.ci.gitlab_server import GitLab, running


@pytest.fixture
def gitlab_server() -> Iterator[GitLab]:
    made = running()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client has waited before it asked again; here it waits for nothing."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited
