"""Commands for the real Google Cloud, with stand-ins for the programs that a user has."""

import shutil
from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.real_cloud import RealCloud
from settings import SettingsError
from tests.bootstrap.files import LEAST, written

ITS_OWN = "gs://acme-platform-state-prod"
KEY = "gcpkms://projects/acme-platform/locations/europe-west1/keyRings/pulumi/cryptoKeys/prod"
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
    (tmp_path / "policy").mkdir()
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


# Notes where it is asked what, and is logged in to a backend, or to none.
_PULUMI = """\
if [ "$1" = whoami ]; then
    test -n "{backend}" && echo '{{"user": "me", "url": "{backend}"}}'
    exit
fi
echo "$PWD $@" >> {root}/asked
echo "$PULUMI_BACKEND_URL $PULUMI_CONFIG $PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER" >> {root}/told
[ "$1" = stack ] || exit 3
"""


def _equip(root: Path, *, logged_in: str = "gs://elsewhere") -> None:
    _program(root, "gke-gcloud-auth-plugin", "exit 0")
    _program(root, "pulumi", _PULUMI.format(backend=logged_in, root=root))


def _asked(root: Path) -> list[str]:
    """What Pulumi was asked, from where the project is."""
    return [line.removeprefix(f"{root} ") for line in (root / "asked").read_text().splitlines()]


def _told(root: Path) -> list[str]:
    """Backend, configuration and whether the state's own key will do, each time."""
    return (root / "told").read_text().splitlines()


def test_with_everything_there_pulumi_does_it_in_the_project_and_asks_by_itself(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root)
    cloud = _cloud(root, monkeypatch, GOOGLE_OAUTH_ACCESS_TOKEN="ya29.a")
    assert [cloud.up(), cloud.preview(), cloud.down()] == [3, 3, 3]
    assert (root / "asked").read_text().splitlines() == [
        f"{root} up --policy-pack {root}/policy --stack prod",
        f"{root} preview --diff --policy-pack {root}/policy --stack prod",
        f"{root} destroy --stack prod",
    ]


def test_without_the_project_s_rules_nothing_is_done_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _equip(root)
    (root / "policy").rmdir()
    cloud = _cloud(root, monkeypatch, GOOGLE_OAUTH_ACCESS_TOKEN="ya29.a")
    for command in (cloud.up, cloud.preview, lambda: cloud.analyze(as_json=False)):
        with pytest.raises(LocalCloudError, match=f"There is no {root}/policy"):
            command()
    assert not (root / "asked").exists()


@pytest.mark.parametrize("as_json", [False, True])
def test_the_rules_are_put_to_what_is_there_with_what_the_stack_says_of_itself(
    as_json: bool, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root)
    cloud = _cloud(root, monkeypatch, GOOGLE_OAUTH_ACCESS_TOKEN="ya29.a")
    assert cloud.analyze(as_json=as_json) == 3
    flag = " --json" if as_json else ""
    assert _asked(root) == [f"policy analyze --policy-pack {root}/policy{flag} --stack prod"]
    assert _told(root) == ['gs://elsewhere {"web-platform:protected": "true"} true']


@pytest.fixture
def organised(root: Path) -> Path:
    """A project whose organisation keeps the state of prod."""
    place = root / "organised"
    place.mkdir()
    written(place, LEAST)
    # Programs and rules are where they were.
    for name in ("bin", "policy"):
        (place / name).symlink_to(root / name)
    return place


def _in_organisation(organised: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> RealCloud:
    return _cloud(organised, monkeypatch, GOOGLE_OAUTH_ACCESS_TOKEN="ya29.a", **environment)


MADE = f"stack select --create prod --secrets-provider {KEY} --non-interactive"


@pytest.mark.parametrize("logged_in", ["", ITS_OWN, "gs://acme-platform-state-organisation"])
@pytest.mark.parametrize("command", ["up", "preview"])
def test_a_stack_is_made_where_the_organisation_keeps_its_state_with_the_key_for_it(
    command: str, logged_in: str, root: Path, organised: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root, logged_in=logged_in)
    assert getattr(_in_organisation(organised, monkeypatch), command)() == 3
    made, done = [line.removeprefix(f"{organised} ") for line in _asked(root)]
    assert (made, done.split()[0]) == (MADE, command)
    assert _told(root) == [f"{ITS_OWN}  true"] * 2


def test_a_pipeline_that_names_that_place_makes_it_too(
    root: Path, organised: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root, logged_in="")
    assert _in_organisation(organised, monkeypatch, PULUMI_BACKEND_URL=ITS_OWN).up() == 3
    assert _asked(root)[0].endswith(MADE)


@pytest.mark.parametrize(
    ("logged_in", "named"), [("https://api.pulumi.com", {}), (ITS_OWN, {"PULUMI_BACKEND_URL": "gs://elsewhere"})]
)
def test_where_the_user_has_chosen_another_place_no_second_state_is_made(
    logged_in: str, named: dict[str, str], root: Path, organised: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root, logged_in=logged_in)
    assert _in_organisation(organised, monkeypatch, **named).up() == 3
    (asked,) = _asked(root)
    assert f"up --policy-pack {organised}/policy --stack prod" in asked
    assert _told(root)[0].split()[0] == named.get("PULUMI_BACKEND_URL", logged_in)


def test_what_is_to_be_deleted_is_not_made_before(root: Path, organised: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _equip(root, logged_in="")
    cloud = _in_organisation(organised, monkeypatch)
    assert [cloud.down(), cloud.analyze(as_json=False)] == [3, 3]
    assert not any("--create" in line for line in _asked(root))


def test_a_stack_that_cannot_be_made_is_not_brought_up(
    root: Path, organised: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root, logged_in="")
    _program(root, "pulumi", f'echo "$PWD $@" >> {root}/asked; exit 1')
    with pytest.raises(LocalCloudError, match="stack select --create prod") as caught:
        _in_organisation(organised, monkeypatch).up()
    assert caught.value.consequence == "Nothing that was to follow was begun."
    assert not any("up --" in line for line in _asked(root))


def test_a_stack_of_which_the_organisation_says_nothing_is_where_the_user_is_logged_in(
    root: Path, organised: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root, logged_in="")
    shutil.copy2(organised / "Pulumi.prod.yaml", organised / "Pulumi.blue.yaml")
    _in_organisation(organised, monkeypatch)
    environment = {"PATH": f"{root / 'bin'}:/bin:/usr/bin", "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.a"}
    with pytest.raises(LocalCloudError, match="not logged in"):
        RealCloud(organised, "blue", environment).up()


def test_a_mistake_in_the_organisation_s_file_comes_first(
    root: Path, organised: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root)
    file = organised / "bootstrap" / "Pulumi.organisation.yaml"
    file.write_text(file.read_text().replace("acme-platform", "Acme"))
    with pytest.raises(SettingsError, match='"Acme"'):
        _in_organisation(organised, monkeypatch).up()


def test_a_mistake_in_the_file_of_another_stack_stops_nothing(
    root: Path, organised: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _equip(root)
    file = organised / "bootstrap" / "Pulumi.organisation.yaml"
    file.write_text(file.read_text().replace("prod: {}", "prod: {}\n    staging: {}"))
    assert "staging" in file.read_text()
    other = organised / "Pulumi.staging.yaml"
    other.write_text(other.read_text().replace("europe-west1-b", "europe-west2-b"))
    cloud = _in_organisation(organised, monkeypatch)
    assert [cloud.down(), cloud.analyze(as_json=False)] == [3, 3]


@pytest.mark.parametrize(
    ("command", "rehearsal"), [("up", "rehearse"), ("preview", "rehearse-preview"), ("down", "rehearse-down")]
)
def test_a_stack_that_is_declared_on_this_machine_is_not_looked_for_there(
    command: str, rehearsal: str, root: Path
) -> None:
    google = "  web-platform:google:\n    project: example-prod\n    region: europe-west1\n    zone: europe-west1-b\n"
    (root / "Pulumi.prod.yaml").write_text(
        STACK_FILE.replace(google, "").replace("platform: google", "platform: local")
    )
    with pytest.raises(LocalCloudError, match="prod has the platform 'local', so that it is not on the real") as caught:
        getattr(RealCloud(root, "prod", {"PATH": ""}), command)()
    assert caught.value.remedy == f"`make {rehearsal} STACK=prod` does it on this machine."


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
    _equip(root, logged_in="")
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
