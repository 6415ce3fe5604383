"""A project of which stack files are read."""

from pathlib import Path

import pytest

from tests.settings.stack_files import new_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without anything that its stacks have in common."""
    return new_project(tmp_path)
