"""The public surface, what a change of it asks of the version, and the record of the last release."""

import re
from pathlib import Path

import pytest
import web_platform

from surface import stacks
from surface.entries import Entry, entries
from surface.release import Release, next_version, record_fault, recording_fault, version_fault
from surface.stability import Bump, Version, changes

REPOSITORY = Path(__file__).parents[2]

BEFORE = {
    "Bucket": Entry("component", "(name: str, args: BucketArgs)"),
    "Bucket in a stack": Entry("type", "web-platform:index:Bucket"),
    "Bucket.key": Entry("member", "Output[str] | None"),
    "Bucket.url": Entry("member", "Output[str]"),
    "BucketArgs": Entry("arguments"),
    "BucketArgs.location": Entry("required", "str"),
    "BucketArgs.readers": Entry("optional", "Sequence[str]", "none"),
    "BucketArgs.versioned": Entry("optional", "bool", "true"),
    "BucketArgs.expire_days": Entry("optional", "int | None", "never"),
    "BucketError": Entry("error"),
    "BucketError as RunError": Entry("base"),
    "package web-platform:index:Bucket": Entry("component"),
    "package web-platform:index:Bucket.inputs.location": Entry("required", "string"),
    "package web-platform:index:Bucket.key": Entry("perhaps", "string"),
    "package web-platform:index:Bucket.url": Entry("always", "string"),
}


@pytest.fixture(scope="module")
def surface() -> dict[str, Entry]:
    return entries()


def test_this_version_may_have_what_it_changes() -> None:
    assert (fault := version_fault(Release.last(), Release.next())) is None, fault


def test_the_surface_has_every_exported_name_and_every_component_of_the_package(surface: dict[str, Entry]) -> None:
    assert set(web_platform.__all__) <= surface.keys()
    components = {name for name, entry in surface.items() if entry.kind == "component"}
    in_python = {name for name in components if not name.startswith("package ")}
    assert {f"package web-platform:index:{name}" for name in in_python} == components - in_python
    registered = {name: surface[f"{name} in a stack"].type for name in in_python}
    assert registered == {name: f"web-platform:index:{name}" for name in in_python}


def test_the_surface_tells_arguments_from_outputs_and_what_is_inherited_from_both(
    surface: dict[str, Entry],
) -> None:
    assert surface["BucketArgs.location"] == Entry("required", "str")
    assert surface["BucketArgs.noncurrent_days"] == Entry("optional", "int", "30")
    assert surface["Bucket.url"] == Entry("member", "Output[str]")
    assert surface["Bucket in a stack"] == Entry("type", "web-platform:index:Bucket")
    assert surface["WorkerArgs.image"] == surface["WorkloadArgs.image"] == Entry("required", "Input[str]")
    assert surface["PodSecurity.RESTRICTED"] == Entry("member", "'restricted'")
    assert surface["CertificateManager.issuer_for"] == Entry("member", "(host: str) -> Output[str]")
    assert surface["ArgumentError as RunError"] == surface["PodSecurity as Enum"] == Entry("base")
    assert surface["KongCorsArgs.origins"].kind == "required"  # Not exported, but what an exported one is made of.
    assert surface["package web-platform:index:Bucket.inputs.noncurrentDays"] == Entry("optional", "integer")


@pytest.mark.parametrize(
    ("change", "bump", "told"),
    [
        ({"Bucket.url": None}, Bump.MAJOR, "is gone"),
        ({"Bucket.url": Entry("member", "Output[int]")}, Bump.MAJOR, "is Output[int], and was Output[str]"),
        (
            {"Bucket.url": Entry("member", "Output[str] | None")},
            Bump.MAJOR,
            "is Output[str] | None, and was Output[str]",
        ),
        ({"BucketError as RunError": None}, Bump.MAJOR, "is gone"),
        (
            {"package web-platform:index:Bucket.url": Entry("perhaps", "string")},
            Bump.MAJOR,
            "is perhaps, and was always",
        ),
        ({"Bucket in a stack": Entry("type", "acme:index:Bucket")}, Bump.MAJOR, "is acme:index:Bucket, and was"),
        ({"Bucket": Entry("component", "(name: str)")}, Bump.MAJOR, "is (name: str)"),
        ({"BucketArgs.location": Entry("required", "int")}, Bump.MAJOR, "is int, and was str"),
        ({"BucketArgs.versioned": Entry("required", "bool")}, Bump.MAJOR, "is required, and was optional"),
        (
            {"BucketArgs.versioned": Entry("optional", "bool", "false")},
            Bump.MAJOR,
            "is 'false' by default, and was 'true'",
        ),
        ({"BucketArgs.versioned": Entry("optional", "bool", "never")}, Bump.MAJOR, "is 'never' by default"),
        ({"BucketArgs.versioned": Entry("optional", "bool")}, Bump.MAJOR, "is unsaid by default, and was 'true'"),
        ({"BucketArgs.expire_days": Entry("optional", "int | None", "30")}, Bump.MAJOR, "is '30' by default"),
        ({"BucketArgs.expire_days": Entry("optional", "int | None", "for ever")}, Bump.MAJOR, "is 'for ever' by"),
        ({"BucketArgs.project": Entry("required", "str")}, Bump.MAJOR, "is new, and must be given"),
        (
            {"package web-platform:index:Bucket.inputs.project": Entry("required", "string")},
            Bump.MAJOR,
            "is new, and must be given",
        ),
        ({"BucketArgs.location": Entry("optional", "str", "EU")}, Bump.MINOR, "need not be given any more"),
        ({"BucketArgs.location": Entry("required", "Input[str]")}, Bump.MINOR, "is Input[str], and was str"),
        ({"BucketArgs.versioned": Entry("optional", "bool | None", "true")}, Bump.MINOR, "is bool | None"),
        (
            {"BucketArgs.readers": Entry("optional", "Sequence[Input[str]]", "none")},
            Bump.MINOR,
            "is Sequence[Input[str]]",
        ),
        ({"Bucket.key": Entry("member", "Output[str]")}, Bump.MINOR, "is Output[str], and was Output[str] | None"),
        ({"package web-platform:index:Bucket.key": Entry("always", "string")}, Bump.MINOR, "is always there now"),
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


@pytest.mark.parametrize(
    ("argument", "default"),
    [
        ("BucketArgs.noncurrent_days", "30"),
        ("BucketArgs.expire_days", "never"),
        ("NamespaceArgs.pod_security", "restricted"),
        ("NamespaceArgs.maximum_pods", "no limit"),
        ("GatewayArgs.replicas", "2"),  # "2, so that one may be replaced while the other serves"
        ("KongJwtArgs.run_on_preflight", "true"),  # "true. With `cors`, Kong answers them before it is asked"
        ("KongRateLimitingArgs.policy", "local"),  # "local: of n proxies, each lets the whole number pass"
        ("KongRateLimitingArgs.sync_rate", "-1"),
        ("KongProxyCacheArgs.response_code", "200, 301 and 404"),
        ("KongProxyCacheArgs.vary_headers", "Accept-Encoding, Authorization and Cookie"),  # and why
        ("BucketArgs.location", None),
    ],
)
def test_a_default_is_what_the_docstring_states_without_its_remarks(
    surface: dict[str, Entry], argument: str, default: str | None
) -> None:
    assert surface[argument].default == default


@pytest.mark.parametrize(
    ("before", "bump", "after"),
    [
        ("0.1.0", Bump.MAJOR, "0.2.0"),
        ("0.1.3", Bump.MINOR, "0.2.0"),
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


def test_what_is_released_has_left_a_stack_with_its_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surface.stacks.DIRECTORY", tmp_path)
    version = Version(1, 5, 0)
    assert "recorded/ has no every_component_1_5_0, " in (stacks.release_fault(version) or "")
    stacks.record_of(version).touch()
    assert stacks.release_fault(version) is not None
    stacks.record_of(version).with_suffix(".py").touch()
    assert stacks.release_fault(version) is None


def test_what_a_version_left_is_not_recorded_otherwise_unless_nobody_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surface.stacks.DIRECTORY", tmp_path)
    stacks.record_of(Version(1, 5, 0)).touch()
    assert "--again" in (stacks.recording_fault(Version(1, 5, 0)) or "")
    assert stacks.recording_fault(Version(1, 5, 1)) is None


def test_there_are_stacks_of_every_release_from_which_an_upgrade_is_promised() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    versions = [Version.parse(text) for text in re.findall(r"^## \[(\d.*)\] - ", changelog, re.MULTILINE)]
    promised = [version for version in versions if version.major >= Release.last().version.major - 1]
    assert Release.last().version in promised
    assert [fault for version in promised if (fault := stacks.release_fault(version))] == []


def test_a_component_that_the_package_no_longer_has_is_gone_though_the_schema_still_has_it(
    surface: dict[str, Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web_platform.package.components.COMPONENTS", (web_platform.Bucket,))
    gone = {change.name for change in changes(surface, entries()) if change.what == "is gone"}
    assert "package web-platform:index:Topic" in gone
    assert "package web-platform:index:Bucket" not in gone


def test_a_record_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surface.release._RECORD", tmp_path / "released.yaml")
    Release(Version(1, 4, 2), BEFORE).record()
    assert Release.last() == Release(Version(1, 4, 2), BEFORE)


def test_the_changelog_says_what_the_recorded_release_brought() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[{re.escape(str(Release.last().version))}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)


def test_the_version_stands_in_one_place() -> None:
    files = [file for file in (REPOSITORY / "components").rglob("*.py*") if file.suffix in (".py", ".pyi")]
    assert files
    assert [str(file) for file in files if f'"{next_version()}"' in file.read_text()] == []
