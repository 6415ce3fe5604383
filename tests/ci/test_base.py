"""The commit that a change is compared with, out of real repositories."""

import subprocess
from pathlib import Path

import pytest

from ci.preview import base
from localcloud.errors import LocalCloudError


def _git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always"]
    answer = subprocess.run(["git", *identity, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def _commit(root: Path, content: str) -> str:
    (root / "services.yaml").write_text(content)
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "--message", content)
    return _git(root, "rev-parse", "HEAD")


@pytest.fixture
def main(tmp_path: Path) -> Path:
    root = tmp_path / "main"
    root.mkdir()
    _git(root, "init", "--quiet", "--initial-branch=main")
    for number in range(3):
        _commit(root, f"main {number}")
    return root


def test_on_a_laptop_it_is_where_the_branch_began(main: Path) -> None:
    began = _git(main, "rev-parse", "HEAD")
    _git(main, "checkout", "--quiet", "-b", "feature")
    _commit(main, "feature")
    assert base.commit(main, "", {}) == began


def test_a_commit_may_be_named(main: Path) -> None:
    assert base.commit(main, "HEAD~2", {}) == _git(main, "rev-parse", "HEAD~2")


@pytest.mark.parametrize("other", [{}, {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA": ""}])
def test_in_a_pipeline_it_is_the_merge_requests_even_if_the_clone_is_shallow(
    other: dict[str, str], main: Path, tmp_path: Path
) -> None:
    _git(main, "config", "uploadpack.allowAnySHA1InWant", "true")
    began = _git(main, "rev-parse", "HEAD~2")
    _git(tmp_path, "clone", "--quiet", "--depth=1", main.as_uri(), "clone")
    found = base.commit(tmp_path / "clone", "", {"CI_MERGE_REQUEST_DIFF_BASE_SHA": began, **other})
    assert found == began
    base.extract(tmp_path / "clone", found, tmp_path / "base")
    assert (tmp_path / "base" / "services.yaml").read_text() == "main 0"


def test_of_a_merged_result_it_is_the_target_branchs_newest(main: Path) -> None:
    newest, began = _git(main, "rev-parse", "HEAD"), _git(main, "rev-parse", "HEAD~2")
    job = {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA": newest, "CI_MERGE_REQUEST_DIFF_BASE_SHA": began}
    assert base.commit(main, "", job) == newest


def test_nothing_of_the_checkout_is_touched(main: Path, tmp_path: Path) -> None:
    (main / "services.yaml").write_text("changed")
    base.extract(main, _git(main, "rev-parse", "HEAD~1"), tmp_path / "base")
    assert (tmp_path / "base" / "services.yaml").read_text() == "main 1"
    assert (tmp_path / "base" / ".venv").is_symlink()
    assert (main / "services.yaml").read_text() == "changed"
    assert _git(main, "status", "--porcelain") == "M services.yaml"


@pytest.mark.parametrize("named", ["no-such-branch", "0" * 40, "--upload-pack=/bin/false"])
def test_a_commit_that_is_not_there_is_told(named: str, main: Path) -> None:
    with pytest.raises(LocalCloudError, match="There is no commit"):
        base.commit(main, named, {})


def test_what_is_named_is_never_an_option_of_git(main: Path, tmp_path: Path) -> None:
    _git(tmp_path, "clone", "--quiet", main.as_uri(), "clone")
    with pytest.raises(LocalCloudError, match="There is no commit"):
        base.commit(tmp_path / "clone", f"--upload-pack=touch {tmp_path}/begun;", {})
    assert not (tmp_path / "begun").exists()


def test_what_is_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match="No main branch is known") as caught:
        base.commit(tmp_path, "", {})
    assert "--base none" in caught.value.remedy
