"""What a service may have made of its bucket, and the real Pulumi that hands over to it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ci.hand_over import outputs
from ci.hand_over.delivery import deliver
from localcloud.errors import LocalCloudError
from localcloud.toolchain import Toolchain

URN = "urn:pulumi:prod::web-platform::pulumi:pulumi:Stack::web-platform-prod"
URLS = {"urls": {"hello": "https://hello.example.com/"}}


class Bucket:
    """A folder in place of a service's bucket."""

    def __init__(self, folder: Path, pulumi: Path) -> None:
        self._folder = folder / "bucket"
        self._folder.mkdir()
        self.backend = f"file://{self._folder}"
        self.environment = {
            "PATH": os.pathsep.join([str(pulumi.parent), os.environ["PATH"]]),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        (folder / "home").mkdir()

    def put(self, name: str, text: str) -> None:
        """Writes what Pulumi finds there."""
        file = self._folder / ".pulumi" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def hand_over(self) -> bool:
        stack = {"urn": URN, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": URLS}
        manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
        known = outputs.of({"version": 3, "deployment": {"manifest": manifest, "resources": [stack]}}, ())
        return deliver(known, "prod", self.backend, self.environment)

    def cancel(self) -> None:
        """What the remedy says."""
        subprocess.run(
            ["pulumi", "cancel", "--yes", "--stack", "organization/web-platform/prod"],
            cwd=self._folder.parent,
            env={**self.environment, "PULUMI_BACKEND_URL": self.backend},
            capture_output=True,
            check=True,
        )

    def outputs(self) -> Any:
        state = json.loads((self._folder / ".pulumi" / STATE).read_text())
        (stack,) = state["checkpoint"]["latest"]["resources"]
        return stack["outputs"]


STATE = "stacks/web-platform/prod.json"


@pytest.fixture
def bucket(tmp_path: Path, programs: Toolchain) -> Bucket:
    return Bucket(tmp_path, programs["pulumi"])


def test_what_is_not_there_is_made_and_what_is_there_stays(bucket: Bucket) -> None:
    assert bucket.hand_over()
    assert bucket.outputs() == URLS
    assert not bucket.hand_over()


def _state(latest: object) -> str:
    return json.dumps({"version": 3, "checkpoint": {"stack": "organization/web-platform/prod", "latest": latest}})


@pytest.mark.parametrize(
    "state",
    [
        _state(None),
        _state({}),
        _state({"resources": [{"urn": URN, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": {"urls": {}}}]}),
        json.dumps({"version": 3, "checkpoint": None}),
    ],
    ids=["nothing", "no resources", "other outputs", "no checkpoint"],
)
def test_another_state_is_replaced(state: str, bucket: Bucket) -> None:
    assert bucket.hand_over()
    bucket.put(STATE, state)
    assert bucket.hand_over()
    assert bucket.outputs() == URLS


def test_other_stacks_of_the_service_are_not_read(bucket: Bucket) -> None:
    assert bucket.hand_over()
    bucket.put("stacks/web-platform/staging.json", "garbage")
    bucket.put(STATE, _state(None))
    assert bucket.hand_over()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (STATE, "garbage"),
        (STATE, json.dumps({"version": 99})),
        ("meta.yaml", "version: 99\n"),
        ("meta.yaml", "garbage"),
    ],
)
def test_what_pulumi_cannot_read_is_an_expected_failure(name: str, text: str, bucket: Bucket) -> None:
    assert bucket.hand_over()
    bucket.put(name, text)
    with pytest.raises(LocalCloudError, match="`pulumi stack"):
        bucket.hand_over()


def test_a_lock_is_an_expected_failure_until_it_is_ended_as_the_remedy_says(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bucket.hand_over()
    bucket.put(STATE, _state(None))
    lock = {"pid": 1, "username": "\u001b[31mme", "hostname": "there", "timestamp": "2026-01-01T00:00:00Z"}
    bucket.put("locks/organization/web-platform/prod/a.json", json.dumps(lock))
    with pytest.raises(LocalCloudError, match="stack import"):
        bucket.hand_over()
    said = capsys.readouterr().err
    assert "locked" in said
    assert "\u001b" not in said
    bucket.cancel()
    assert bucket.hand_over()
