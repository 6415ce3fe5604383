"""Commands for the real Google Cloud, with stand-ins for the programs that a user has."""

from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.real_cloud import RealCloud
from settings import SettingsError

STACK_FILE = """\
config:
  web-platform:platform: google
  web-platform:google:
    project: example-prod
    region: europe-west1
    zone: europe-west1-b
  web-platform:domain: example.com
  web-platform:cluster:
    nodes: 2
    machineType: e2-standard-4
  web-platform:services: {}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: web-platform\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK_FILE)
    return tmp_path


def _program(root: Path, name: str, script: str) -> None:
    program = root / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def _cloud(root: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> RealCloud:
    path = f"{root / 'bin'}:/bin:/usr/bin"
    # Programs are started by the PATH of this process.
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("HOME", str(root / "home"))
    return RealCloud(root, "prod", {"PATH": path, "HOME": str(root / "home"), **environment})


def _equip(root: Path, *, whoami: int = 0) -> None:
    _program(root, "gke-gcloud-auth-plugin", "exit 0")
    _program(root, "pulumi", f'[ "$1" = whoami ] && exit {whoami}\necho "$PWD $@" >> {root}/asked; exit 3')


def test_with_everything_there_pulumi_does_it_in_the_project_and_asks_by_itself(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root)
    cloud = _cloud(root, monkeypatch, GOOGLE_OAUTH_ACCESS_TOKEN="ya29.a")
    assert [cloud.up(), cloud.preview(), cloud.down()] == [3, 3, 3]
    assert (root / "asked").read_text().splitlines() == [
        f"{root} up --stack prod",
        f"{root} preview --diff --stack prod",
        f"{root} destroy --stack prod",
    ]


def test_the_rules_of_the_project_are_kept_there_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _equip(root)
    (root / "policy").mkdir()
    cloud = _cloud(root, monkeypatch, GOOGLE_OAUTH_ACCESS_TOKEN="ya29.a")
    assert [cloud.up(), cloud.preview()] == [3, 3]
    assert (root / "asked").read_text().splitlines() == [
        f"{root} up --policy-pack {root}/policy --stack prod",
        f"{root} preview --diff --policy-pack {root}/policy --stack prod",
    ]


@pytest.mark.parametrize(
    ("command", "rehearsal"), [("up", "rehearse"), ("preview", "rehearse-preview"), ("down", "rehearse-down")]
)
def test_all_that_is_missing_is_told_at_once_with_the_way_without_it(
    command: str, rehearsal: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.google_credentials._PRODUCT_NAME", root / "none")
    with pytest.raises(LocalCloudError) as caught:
        getattr(_cloud(root, monkeypatch, PATH=str(root / "bin")), command)()
    for part in ("no Google credentials", "gke-gcloud-auth-plugin is not on PATH", "pulumi is not on PATH"):
        assert part in caught.value.problem
    for part in (
        "gcloud auth application-default login",
        "https://www.pulumi.com/docs/install/",
        "docs/google-cloud.md",
    ):
        assert part in caught.value.remedy
    assert f"`make {rehearsal} STACK=prod`" in caught.value.remedy
    assert "Nothing was read, created or changed" in caught.value.consequence


def test_a_pulumi_that_is_not_logged_in_is_sent_to_its_login(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _equip(root, whoami=1)
    with pytest.raises(LocalCloudError, match="not logged in") as caught:
        _cloud(root, monkeypatch, GOOGLE_OAUTH_ACCESS_TOKEN="ya29.a").up()
    assert "run `pulumi login`" in caught.value.remedy
    assert "credentials" not in caught.value.problem
    assert not (root / "asked").exists()


@pytest.mark.parametrize(
    "variable",
    [
        {"LOCALCLOUD_GOOGLE_DIRECTORY": "/p/.localcloud/stacks/prod/google"},
        {"WEB_PLATFORM_CHART_DIRECTORY": "/p/.localcloud/charts"},
        {"PULUMI_HOME": "/p/.localcloud/pulumi"},
    ],
)
def test_from_the_shell_of_a_local_cloud_nothing_real_is_touched(
    variable: dict[str, str], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root)
    with pytest.raises(LocalCloudError, match="This is the shell of a local cloud") as caught:
        _cloud(root, monkeypatch, GOOGLE_OAUTH_ACCESS_TOKEN="rehearsal", **variable).up()
    assert caught.value.problem.count("\n") == 1
    assert not (root / "asked").exists()


def test_a_mistake_in_the_stack_file_comes_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "Pulumi.prod.yaml").write_text(STACK_FILE.replace("europe-west1-b", "europe-west2-b"))
    with pytest.raises(SettingsError, match="europe-west2-b"):
        _cloud(root, monkeypatch).up()


def test_the_stack_file_may_hold_the_credentials(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _equip(root)
    (root / "Pulumi.prod.yaml").write_text(STACK_FILE + "  gcp:accessToken: {secure: v1:a}\n")
    assert _cloud(root, monkeypatch).up() == 3
