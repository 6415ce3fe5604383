"""The public surface, what a change of it asks of the version, and the record of the last release."""

import re
import tomllib
from pathlib import Path

import pytest
import web_platform

from surface.entries import Entry, entries
from surface.release import Release, record_fault, recording_fault, version_fault
from surface.stability import Bump, Version, changes

REPOSITORY = Path(__file__).parents[2]

BEFORE = {
    "Bucket": Entry("component", "(name: str, args: BucketArgs)"),
    "Bucket.url": Entry("member", "Output[str]"),
    "BucketArgs": Entry("arguments"),
    "BucketArgs.location": Entry("required", "str"),
    "BucketArgs.versioned": Entry("optional", "bool", "true"),
    "package web-platform:index:Bucket": Entry("component"),
    "package web-platform:index:Bucket.inputs.location": Entry("required", "string"),
}


def test_this_version_may_have_what_it_changes() -> None:
    assert (fault := version_fault(Release.last(), Release.next())) is None, fault


def test_the_surface_has_every_exported_name_and_every_component_of_the_package() -> None:
    surface = entries()
    assert set(web_platform.__all__) <= surface.keys()
    components = {name for name, entry in surface.items() if entry.kind == "component"}
    in_python = {name for name in components if not name.startswith("package ")}
    assert {f"package web-platform:index:{name}" for name in in_python} == components - in_python


def test_the_surface_tells_arguments_from_outputs_and_what_is_inherited_from_both() -> None:
    surface = entries()
    assert surface["BucketArgs.location"] == Entry("required", "str")
    assert surface["BucketArgs.noncurrent_days"] == Entry("optional", "int", "30")
    assert surface["Bucket.url"] == Entry("member", "Output[str]")
    assert surface["WorkerArgs.image"] == surface["WorkloadArgs.image"] == Entry("required", "Input[str]")
    assert surface["PodSecurity.RESTRICTED"] == Entry("member", "'restricted'")
    assert surface["CertificateManager.issuer_for"] == Entry("member", "(host: str) -> Output[str]")
    assert surface["KongCorsArgs.origins"].kind == "required"  # Not exported, but what an exported one is made of.
    assert surface["package web-platform:index:Bucket.inputs.noncurrentDays"] == Entry("optional", "integer")


@pytest.mark.parametrize(
    ("change", "bump", "told"),
    [
        ({"Bucket.url": None}, Bump.MAJOR, "is gone"),
        ({"Bucket.url": Entry("member", "Output[int]")}, Bump.MAJOR, "is Output[int], and was Output[str]"),
        ({"Bucket": Entry("component", "(name: str)")}, Bump.MAJOR, "is (name: str)"),
        ({"BucketArgs.location": Entry("required", "int")}, Bump.MAJOR, "is int, and was str"),
        ({"BucketArgs.versioned": Entry("required", "bool")}, Bump.MAJOR, "is required, and was optional"),
        ({"BucketArgs.versioned": Entry("optional", "bool", "false")}, Bump.MAJOR, "is false by default"),
        ({"BucketArgs.project": Entry("required", "str")}, Bump.MAJOR, "is new, and must be given"),
        (
            {"package web-platform:index:Bucket.inputs.project": Entry("required", "string")},
            Bump.MAJOR,
            "is new, and must be given",
        ),
        ({"BucketArgs.location": Entry("optional", "str")}, Bump.MINOR, "need not be given any more"),
        ({"BucketArgs.location": Entry("required", "Input[str]")}, Bump.MINOR, "is Input[str], and was str"),
        ({"BucketArgs.versioned": Entry("optional", "bool | None", "true")}, Bump.MINOR, "is bool | None"),
        ({"BucketArgs.labels": Entry("optional", "str")}, Bump.MINOR, "is new"),
        ({"QueueArgs": Entry("arguments"), "QueueArgs.project": Entry("required", "str")}, Bump.MINOR, "is new"),
    ],
    ids=str,
)
def test_a_change_raises_what_it_could_break(change: dict[str, Entry | None], bump: Bump, told: str) -> None:
    after = {name: entry for name, entry in (BEFORE | change).items() if entry is not None}
    found = changes(BEFORE, after)
    assert {each.bump for each in found} == {bump}
    assert all(each.what.startswith(told) for each in found)


def test_words_about_a_default_may_change_with_any_version() -> None:
    unsaid = BEFORE | {"BucketArgs.versioned": Entry("optional", "bool")}
    assert changes(BEFORE, unsaid) == changes(unsaid, BEFORE) == []


@pytest.mark.parametrize(
    ("before", "bump", "after"),
    [
        ("0.1.0", Bump.MAJOR, "0.2.0"),
        ("0.1.3", Bump.MINOR, "0.2.0"),
        ("0.1.3", Bump.PATCH, "0.1.4"),
        ("1.4.2", Bump.MAJOR, "2.0.0"),
        ("1.4.2", Bump.MINOR, "1.5.0"),
        ("9.9.9", Bump.MAJOR, "10.0.0"),
    ],
)
def test_a_version_is_raised_in_its_part(before: str, bump: Bump, after: str) -> None:
    assert str(Version.parse(before).raised(bump)) == after
    assert Version.parse(after) > Version.parse(before)


@pytest.mark.parametrize("text", ["1.4", "v1.4.2", "1.4.2rc1", ""])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{text!r} is not a version such as 1.4.2")):
        Version.parse(text)


def test_a_version_that_says_too_little_is_refused_with_every_change_the_worst_first() -> None:
    last = Release(Version(1, 4, 2), BEFORE)
    surface = BEFORE | {"BucketArgs.labels": Entry("optional", "str")}
    del surface["Bucket.url"]
    fault = version_fault(last, Release(Version(1, 5, 0), surface))
    assert fault is not None
    assert fault.splitlines()[1:3] == ["    major: Bucket.url is gone", "    minor: BucketArgs.labels is new"]
    assert 'write version = "2.0.0" there' in fault
    assert version_fault(last, Release(Version(2, 0, 0), surface)) is None


def test_a_version_cannot_go_back() -> None:
    fault = version_fault(Release(Version(1, 4, 2), BEFORE), Release(Version(1, 4, 1), BEFORE))
    assert fault is not None
    assert fault.startswith("components/pyproject.toml says 1.4.1, which was before 1.4.2.")


def test_a_recorded_version_is_not_recorded_otherwise_unless_nobody_has_it() -> None:
    last = Release(Version(1, 4, 2), BEFORE)
    changed = Release(Version(1, 4, 2), BEFORE | {"BucketArgs.labels": Entry("optional", "str")})
    assert "--again" in (recording_fault(last, changed) or "")
    assert recording_fault(last, last) is None
    assert recording_fault(last, Release(Version(1, 5, 0), changed.surface)) is None


def test_what_is_released_is_what_is_recorded() -> None:
    tagged = Release(Version(1, 5, 0), BEFORE)
    fault = record_fault(Release(Version(1, 4, 2), BEFORE), tagged)
    assert fault is not None
    assert "surface/released.yaml is of 1.4.2" in fault
    assert record_fault(tagged, tagged) is None


def test_a_record_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surface.release._RECORD", tmp_path / "released.yaml")
    Release(Version(1, 4, 2), BEFORE).record()
    assert Release.last() == Release(Version(1, 4, 2), BEFORE)


def test_the_changelog_says_what_the_recorded_release_brought() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[{re.escape(str(Release.last().version))}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((REPOSITORY / "components" / "pyproject.toml").read_text())["project"]
    files = [file for file in (REPOSITORY / "components").rglob("*.py*") if file.suffix in (".py", ".pyi")]
    assert files
    assert [str(file) for file in files if f'"{project["version"]}"' in file.read_text()] == []
