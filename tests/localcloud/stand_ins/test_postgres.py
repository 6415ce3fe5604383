"""Which PostgreSQL is taken."""

from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.stand_ins import postgres


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Debian would have it."""
    place = tmp_path / "usr/lib/postgresql/17/bin"
    monkeypatch.setattr(postgres, "_DEBIAN", place)
    return place


def test_the_machines_own_of_cloud_sqls_version_is_taken_before_the_packages(debian: Path) -> None:
    packaged = postgres.locate()
    assert (packaged / "initdb").is_file()
    debian.mkdir(parents=True)
    (debian / "postgres").touch()
    assert postgres.locate() == debian


def test_where_there_is_none_it_is_said_what_to_install(debian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_PACKAGE", "no_such_package")
    with pytest.raises(LocalCloudError, match=f"neither {debian} nor the package no_such_package has one") as caught:
        postgres.locate()
    assert "postgresql-17" in caught.value.remedy


def test_root_is_told_what_it_needs_to_be_somebody_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalCloudError, match="There is no setpriv"):
        postgres.locate()


def test_who_is_not_root_needs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (postgres.locate() / "postgres").is_file()
    assert postgres._as_ordinary_user() == []
