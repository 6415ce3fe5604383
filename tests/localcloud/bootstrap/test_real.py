"""`bootstrap/` and the rebuilding of a stack on the real Google Cloud, with a stand-in for the user's Pulumi."""

from pathlib import Path
from typing import Any

import pytest

from bootstrap.organisation import FILE
from localcloud.bootstrap.real import RealBootstrap, rebuild
from localcloud.errors import LocalCloudError
from settings import SettingsError
from tests.bootstrap.files import LEAST, written

KEYS = "gcpkms://projects/acme-platform/locations/europe-west1/keyRings/pulumi/cryptoKeys"

# What is asked of it, by backend; a state is an empty file. A change of the secrets provider is written down.
PULUMI = """\
echo "${PULUMI_BACKEND_URL#*://} $*" >> @ROOT@/asked
case "$PULUMI_BACKEND_URL" in
  file://*) place="${PULUMI_BACKEND_URL#file://}/.pulumi/stacks/bootstrap" ;;
  *) place="@ROOT@/buckets/${PULUMI_BACKEND_URL#gs://}" ;;
esac
. @ROOT@/does
case "$1 $2" in
  "stack select")
    mkdir -p "$place" && touch "$place/organisation.json" ;;
  "stack change-secrets-provider")
    [ "$PULUMI_CONFIG_PASSPHRASE" = "" ] && echo "secretsprovider: $3" >> @FILE@ ;;
  "stack export")
    [ "$5" = --show-secrets ] && echo state > "$7" && exit 0
    echo '{"deployment": {"resources": [{"urn": "urn:1"}, {"urn": "urn:2"}]}}' ;;
  "stack rm") rm "$place/organisation.json" ;;
  "stack output") echo '{"prod": {"backend": "gs://acme-platform-state-prod"}}' ;;
esac
exit 0
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = written(tmp_path, LEAST)
    (tmp_path / "policy").mkdir()
    script = PULUMI.replace("@ROOT@", str(tmp_path)).replace("@FILE@", str(place / FILE))
    _program(tmp_path, "pulumi", script)
    _program(tmp_path, "gke-gcloud-auth-plugin", "exit 0")
    _does(tmp_path, "")
    return tmp_path


@pytest.fixture
def environment(root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    path = f"{root / 'bin'}:/bin:/usr/bin"
    # Programs are started by the PATH of this process.
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("HOME", str(root / "home"))
    monkeypatch.setattr("localcloud.google_credentials._PRODUCT_NAME", root / "none")
    return {"PATH": path, "HOME": str(root / "home"), "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.a"}


def _program(root: Path, name: str, script: str) -> None:
    program = root / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def _does(root: Path, what: str) -> None:
    (root / "does").write_text(what + "\n")


def _asked(root: Path) -> list[str]:
    """What Pulumi was asked since the last time: the backend and the words, without the folder that changes."""
    lines = (root / "asked").read_text().replace(f"{root}/bootstrap/", "").splitlines()
    (root / "asked").unlink()
    return [line.partition(" --file ")[0].removesuffix(" --non-interactive") for line in lines]


BUCKET = "acme-platform-state-organisation"
FROM_NOTHING = [
    ".state stack select --create organisation",
    ".state up --stack organisation",
    ".state stack export --stack organisation --show-secrets",
    f"{BUCKET} stack select --create organisation",
    f"{BUCKET} stack import --stack organisation",
    f"{BUCKET} stack change-secrets-provider {KEYS}/organisation --stack organisation",
    ".state stack export --stack organisation",
    f"{BUCKET} stack export --stack organisation",
    ".state stack rm organisation --force --yes --preserve-config",
    f"{BUCKET} stack output --json --stack organisation",
]


def test_the_state_begins_in_a_folder_and_moves_into_the_bucket(
    root: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert RealBootstrap(root, environment).up() == 0
    assert _asked(root) == FROM_NOTHING
    said = capsys.readouterr()
    assert "gs://acme-platform-state-prod" in said.out
    assert f"Commit bootstrap/{FILE}" in said.err
    assert RealBootstrap(root, environment).up() == 0
    assert _asked(root)[0] == f"{BUCKET} up --refresh --stack organisation"


def test_an_update_that_fails_moves_nothing_and_is_gone_on_with(root: Path, environment: dict[str, str]) -> None:
    _does(root, '[ "$1" = up ] && exit 255')
    assert RealBootstrap(root, environment).up() == 255
    assert _asked(root) == FROM_NOTHING[:2]
    _does(root, "")
    assert RealBootstrap(root, environment).up() == 0
    assert _asked(root) == FROM_NOTHING


@pytest.mark.parametrize("failing", ["stack import", "stack change-secrets-provider"])
def test_a_move_that_fails_leaves_the_state_where_it_was_and_is_gone_on_with(
    failing: str, root: Path, environment: dict[str, str]
) -> None:
    _does(root, f'case "$*" in "{failing}"*) exit 1 ;; esac')
    with pytest.raises(LocalCloudError, match="failed; what it said stands above") as caught:
        RealBootstrap(root, environment).up()
    assert caught.value.consequence == "The state stays where it was; nothing is lost."
    assert not [line for line in _asked(root) if " stack rm " in line]
    _does(root, "")
    assert RealBootstrap(root, environment).up() == 0
    assert _asked(root) == FROM_NOTHING


def test_a_state_that_has_not_arrived_whole_stays_where_it_was(root: Path, environment: dict[str, str]) -> None:
    half = '{"deployment": {"resources": [{"urn": "urn:1"}]}}'
    _does(root, f"case \"$PULUMI_BACKEND_URL $2\" in gs*export) echo '{half}'; exit ;; esac")
    with pytest.raises(LocalCloudError, match="Of 2 resources of the state, 1 have arrived"):
        RealBootstrap(root, environment).up()
    assert (root / "bootstrap/.state/.pulumi/stacks/bootstrap/organisation.json").exists()


def test_all_that_is_missing_is_told_at_once_with_the_way_without_it(root: Path, environment: dict[str, str]) -> None:
    bare = {"PATH": str(root / "nothing"), "HOME": environment["HOME"]}
    with pytest.raises(LocalCloudError) as caught:
        RealBootstrap(root, bare).up()
    assert "no Google credentials" in caught.value.problem
    assert "pulumi is not on PATH" in caught.value.problem
    assert "`make rehearse-bootstrap` does it on this machine" in caught.value.remedy
    with pytest.raises(LocalCloudError, match="gke-gcloud-auth-plugin is not on PATH"):
        rebuild(root, "prod", bare)
    assert not (root / "asked").exists()


def test_from_the_shell_of_a_local_cloud_nothing_real_is_touched(root: Path, environment: dict[str, str]) -> None:
    with pytest.raises(LocalCloudError, match="This is the shell of a local cloud"):
        RealBootstrap(root, environment | {"PULUMI_HOME": "/p/.localcloud/pulumi"}).up()
    assert not (root / "asked").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gitlab": {"projectPath": "acme/web", "issuer": "http://gitlab.com"}}, "gitlab.issuer"),
        ({"gitlab": {"projectPath": "web"}}, "gitlab.projectPath"),
        ({"stacks": {"dev": {}}}, "stacks.dev"),
    ],
)
def test_a_mistake_in_the_file_comes_first(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    written(tmp_path, LEAST | changes)
    for command in (RealBootstrap(tmp_path, {}).up, RealBootstrap(tmp_path, {}).ensure):
        with pytest.raises(SettingsError, match=said):
            command()


def test_a_rebuild_from_nothing_makes_what_the_organisation_has_once_and_then_the_stack(
    root: Path, environment: dict[str, str]
) -> None:
    assert rebuild(root, "prod", environment) == 0
    bucket = "acme-platform-state-prod"
    assert _asked(root) == [
        *FROM_NOTHING,
        f"{bucket} stack select --create prod --secrets-provider {KEYS}/prod",
        f"{bucket} up --policy-pack {root}/policy --stack prod",
    ]
    assert rebuild(root, "prod", environment) == 0
    assert _asked(root)[:2] == [
        f"{BUCKET} preview --refresh --expect-no-changes --non-interactive --stack organisation",
        f"{bucket} stack select --create prod --secrets-provider {KEYS}/prod",
    ]


def test_a_rebuild_makes_what_is_missing_of_the_organisation_again(root: Path, environment: dict[str, str]) -> None:
    assert RealBootstrap(root, environment).up() == 0
    _asked(root)
    _does(root, '[ "$1" = preview ] && exit 1')
    assert rebuild(root, "prod", environment) == 0
    assert _asked(root)[1] == f"{BUCKET} up --refresh --stack organisation"


def test_a_rebuild_ends_where_something_is_declined(root: Path, environment: dict[str, str]) -> None:
    _does(root, '[ "$1" = up ] && exit 255')
    assert rebuild(root, "prod", environment) == 255
    assert not [line for line in _asked(root) if "state-prod" in line]


@pytest.mark.parametrize(
    ("stack", "said"),
    [("dev", "The stack dev is on this machine"), ("staging", "says nothing of the stack staging")],
)
def test_only_what_pipelines_deploy_is_rebuilt(stack: str, said: str, root: Path, environment: dict[str, str]) -> None:
    with pytest.raises(LocalCloudError, match=said):
        rebuild(root, stack, environment)
    with pytest.raises(SettingsError, match="There is no stack 'qa'"):
        rebuild(root, "qa", environment)
    assert not (root / "asked").exists()
