"""Plugins are laid out where the engine looks, once, whole, and for the interpreter that is asked for."""

import importlib.metadata
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcloud import plugins

GOOGLE = importlib.metadata.version("pulumi-gcp")
RANDOM = importlib.metadata.version("pulumi-random")
LAYOUT = {
    "language-python-v3.0.0/pulumi-language-python",
    "language-yaml-v3.0.0/pulumi-language-yaml",
    "resource-pulumi-python-v3.0.0/pulumi-resource-pulumi-python",
    f"resource-gcp-v{GOOGLE}/pulumi-resource-gcp",
    f"resource-random-v{RANDOM}/pulumi-resource-random",
}


def layout(home: Path) -> set[str]:
    return {str(path.relative_to(home / "plugins")) for path in (home / "plugins").rglob("*") if not path.is_dir()}


@pytest.fixture
def python() -> Path:
    return Path(sys.executable)


def test_every_plugin_is_an_executable_where_the_engine_looks(tmp_path: Path, python: Path) -> None:
    plugins.install(tmp_path, python)
    assert layout(tmp_path) == LAYOUT
    assert all(os.access(tmp_path / "plugins" / each, os.X_OK) for each in LAYOUT)


def test_installing_again_touches_nothing(tmp_path: Path, python: Path) -> None:
    plugins.install(tmp_path, python)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    plugins.install(tmp_path, python)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("damage", ["other interpreter", "not executable", "cut short"])
def test_installing_again_mends_what_is_wrong(tmp_path: Path, python: Path, damage: str) -> None:
    plugins.install(tmp_path, Path("/gone/python") if damage == "other interpreter" else python)
    host = tmp_path / "plugins" / "language-python-v3.0.0" / "pulumi-language-python"
    if damage == "not executable":
        host.chmod(stat.S_IRUSR)
    elif damage == "cut short":
        host.write_text("#!/bin/sh\n")
    plugins.install(tmp_path, python)
    assert os.access(host, os.X_OK)
    assert str(python) in host.read_text()
    assert layout(tmp_path) == LAYOUT


def test_many_can_install_at_once(tmp_path: Path, python: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: plugins.install(tmp_path, python), range(16)))
    assert layout(tmp_path) == LAYOUT


def test_a_native_provider_is_linked_and_linked_anew(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for built in (old, new):
        built.touch()
    target = tmp_path / "plugins" / "resource-kubernetes-v4.25.0" / "pulumi-resource-kubernetes"
    plugins.link(tmp_path, "kubernetes", "v4.25.0", old)
    assert target.readlink() == old
    plugins.link(tmp_path, "kubernetes", "4.25.0", new)
    assert target.readlink() == new
    assert len(list((tmp_path / "plugins").iterdir())) == 1


def test_a_native_provider_that_is_not_built_is_not_linked(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        plugins.link(tmp_path, "kubernetes", "4.25.0", tmp_path / "missing")


def test_plugins_take_nothing_from_the_working_directory(tmp_path: Path, python: Path) -> None:
    """The engine starts plugins in the user's project, whose modules can have any name."""
    plugins.install(tmp_path, python)
    for name in ("grpc", "localcloud", "signal", "typing_extensions"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the working directory')")
    # Those left out run in the program's interpreter, and are built first.
    apart = {
        "resource-pulumi-python-v3.0.0/pulumi-resource-pulumi-python",
        "language-yaml-v3.0.0/pulumi-language-yaml",
    }
    for each in LAYOUT - apart:
        with subprocess.Popen(
            [tmp_path / "plugins" / each, "127.0.0.1:1"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        ) as plugin:
            assert plugin.stdout is not None
            assert int(plugin.stdout.readline()) > 0
            plugin.terminate()
        assert plugin.returncode == 0


def test_a_home_with_spaces_and_quotes_works(tmp_path: Path, python: Path) -> None:
    home = tmp_path / "a b'c"
    interpreter = home / "bin of mine" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.symlink_to(python)
    plugins.install(home, interpreter)
    host = home / "plugins" / "language-python-v3.0.0" / "pulumi-language-python"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([host], stdout=subprocess.PIPE, text=True, env=environment) as plugin:
        assert plugin.stdout is not None
        assert int(plugin.stdout.readline()) > 0
        plugin.terminate()
