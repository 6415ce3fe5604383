"""Folders of sources in pods: where nodes have them, and what is said where they cannot be mounted."""

from pathlib import Path
from typing import Any

import pytest
from web_platform import WebService, Worker

from settings import PROJECT, SOURCES_VARIABLE, SettingsError, parse, source_mounts, sources
from tests.recording import declare
from tests.settings.stack_files import GOOGLE, IMAGE, LEAST, one, only_problem, refusal, shop

SHARED = {SOURCES_VARIABLE: "/sources"}
MOUNT = {"folder": "settings", "mountPath": "/app"}
KINDS = ["services", "workers"]


def mounted(config: dict[str, Any], environment: dict[str, str]) -> Any:
    return source_mounts(parse(config, "test"), environment)


def refused(config: dict[str, Any], environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as error:
        mounted(config, environment)
    return str(error.value)


@pytest.mark.parametrize("environment", [{}, SHARED])
def test_without_a_mount_the_image_is_what_runs(environment: dict[str, str]) -> None:
    assert mounted(LEAST | {"workers": {"mailer": {"image": IMAGE}}}, environment) == {"shop": None, "mailer": None}


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_where_nodes_have_the_project(kind: str) -> None:
    assert mounted(one(kind, sourceMount=MOUNT), SHARED) == {
        "one": {"node_path": "/sources/settings", "mount_path": "/app"}
    }


@pytest.mark.parametrize("kind", KINDS)
def test_what_runs_it_is_said_with_it(kind: str) -> None:
    mount = MOUNT | {"command": ["python", "-m", "app"], "arguments": ["--reload"]}
    assert mounted(one(kind, sourceMount=mount), SHARED)["one"] == {
        "node_path": "/sources/settings",
        "mount_path": "/app",
        "command": ["python", "-m", "app"],
        "arguments": ["--reload"],
    }


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        (".", "/sources"),
        ("settings/", "/sources/settings"),
        ("./settings/relations", "/sources/settings/relations"),
        ("settings/../platforms", "/sources/platforms"),
    ],
)
@pytest.mark.parametrize(("kind", "component"), [("services", WebService), ("workers", Worker)])
def test_there_is_one_way_to_write_a_folder_and_the_component_takes_it(
    folder: str, path: str, kind: str, component: Any
) -> None:
    mount = mounted(one(kind, sourceMount=MOUNT | {"folder": folder}), SHARED)["one"]
    assert mount["node_path"] == path
    arguments = {"image": IMAGE, "namespace": "services", "source_mount": mount}
    assert declare(lambda: component("one", arguments)).of_type("kubernetes:core/v1:PersistentVolume")


def test_a_link_leads_to_the_folder_that_nodes_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "link").symlink_to("examples")
    monkeypatch.setattr(sources, "_ROOT", tmp_path.resolve())
    assert mounted(shop(sourceMount=MOUNT | {"folder": "link"}), SHARED)["shop"]["node_path"] == "/sources/examples"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("environment", [{}, {SOURCES_VARIABLE: ""}])
def test_nodes_without_the_project_are_refused_and_what_has_it_is_said(kind: str, environment: dict[str, str]) -> None:
    assert refused(one(kind, sourceMount=MOUNT), environment) == (
        "The sources cannot be mounted.\n\n"
        f'{PROJECT}:{kind}.one.sourceMount ("settings") cannot be mounted: the nodes of this cluster do not have the '
        "project's folder\n"
        "  Danger: pods would run what their image holds, or wait for a folder that is not there\n"
        "  Remedy: use a cluster that shares it, which takes Docker and kind: `make down`, then `make up CLUSTER=kind`"
        "; on any other, remove `sourceMount`; `make run` runs the folder on this machine, without a cluster"
    )


@pytest.mark.parametrize("folder", ["..", "/etc", "settings/../..", "nothing", "__main__.py", "link", "x\0"])
def test_what_is_no_folder_of_the_project_is_refused(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "__main__.py").touch()
    (tmp_path / "link").symlink_to("/")
    monkeypatch.setattr(sources, "_ROOT", tmp_path.resolve())
    message = refused(shop(sourceMount=MOUNT | {"folder": folder}), SHARED)
    assert f"{PROJECT}:services.shop.sourceMount (" in message
    assert (
        "is no folder of the project\n"
        "  Danger: pods would wait for a volume that is not there\n"
        "  Remedy: write the path of a folder from the project's own, without leaving it: 'examples/hello'"
    ) in message


def test_a_folder_that_no_volume_can_be_called_after_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my folder").mkdir()
    monkeypatch.setattr(sources, "_ROOT", tmp_path.resolve())
    message = refused(shop(sourceMount=MOUNT | {"folder": "my folder"}), SHARED)
    assert 'services.shop.sourceMount ("my folder") is not a path that something can be mounted at' in message


@pytest.mark.parametrize("kind", KINDS)
def test_on_google_cloud_nodes_have_nothing_of_anybodys_machine(kind: str) -> None:
    problem, remedy = only_problem(
        refusal(GOOGLE | {"services": {}} | {kind: one(kind, replicas=2, sourceMount=MOUNT)[kind]})
    )
    assert problem.startswith(f"{PROJECT}:{kind}.one.sourceMount is given, though the platform is 'google'")
    assert remedy == "  Remedy: remove it, or move it to the file of a stack with the platform 'local'"


@pytest.mark.parametrize("kind", KINDS)
def test_sources_have_a_place_of_their_own(kind: str) -> None:
    problem, _ = only_problem(refusal(one(kind, sourceMount=MOUNT, files={"/app": "x"})))
    assert problem.startswith(f"{PROJECT}:{kind}.one.")
    assert "/app" in problem
