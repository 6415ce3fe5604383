"""What may stand in `parity.yaml`, and what is said where something else does."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.errors import LocalCloudError
from localcloud.parity import rules
from localcloud.parity.rules import PropertyRule
from settings import SettingsError
from tests.localcloud.parity.declarations import DEPLOYMENT, allowing

REPOSITORY = Path(__file__).parents[3]


def _refused(directory: Path, content: Any) -> str:
    (directory / rules.FILE).write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    with pytest.raises((LocalCloudError, SettingsError)) as refusal:
        rules.read(directory)
    return str(refusal.value)


def test_the_list_of_the_project_can_be_read() -> None:
    assert rules.read(REPOSITORY).scale


def test_the_entries_of_the_page_can_be_read(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "parity.md").read_text()
    (entries,) = re.findall(r"^```yaml\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / rules.FILE).write_text(entries)
    assert [rule.property for rule in rules.read(tmp_path).scale] == ["messageRetentionDuration"]


@pytest.mark.parametrize("text", ["", "# Nothing may differ.\n", "scale: []\n"])
def test_a_list_of_nothing_allows_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / rules.FILE).write_text(text)
    read = rules.read(tmp_path)
    assert [*read.scale, *read.stand_ins, *read.local] == []


def test_a_missing_list_is_an_error_and_no_list_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match=r"There is no parity\.yaml"):
        rules.read(tmp_path)


STAND_IN = {"google": ["a::b"], "replacedBy": "A pod", "lost": "Nothing."}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"scales": []}, r"parity\.yaml:scales is not a known key\n.*\n.*did you mean 'scale'\?"),
        ({"scale": [allowing("a") | {"wyh": "x"}]}, r"scale\.0\.wyh is not a known key\n.*\n.*did you mean 'why'\?"),
        ({"scale": [{"type": "a", "property": "b"}]}, r"scale\.0\.why is missing"),
        ({"scale": [allowing("a") | {"why": " "}]}, r"scale\.0\.why \(\" \"\) is empty"),
        ({"scale": [allowing("**")]}, r"scale\.0\.property \(\"\*\*\"\) matches everything"),
        ({"local": [allowing("a", "*:*")]}, r"local\.0\.type \(\"\*:\*\"\) matches everything"),
        ({"standIns": [STAND_IN | {"google": ["*::*"]}]}, r"standIns\.0\.google\.0 .*matches everything"),
        ({"standIns": [STAND_IN | {"google": []}]}, r"standIns\.0 names no resource"),
        ({"standIns": [{"google": ["a::b"], "replacedBy": "A pod"}]}, r"standIns\.0\.lost is missing"),
        ({"scale": [allowing("a"), allowing("a")]}, rf"has {DEPLOYMENT} a twice"),
        ({"scale": {"a": 1}}, r"scale .*is not a list"),
        ({"scale": [allowing("a") | {"why": 7}]}, r"scale\.0\.why \(7\) is not text"),
        ("scale: [", r"parity\.yaml cannot be read"),
        ("- scale", r"parity\.yaml"),
        ("scale: []\nscale: []\n", r"the key 'scale' is there twice"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content: Any, said: str, tmp_path: Path) -> None:
    assert re.search(said, _refused(tmp_path, content))


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = _refused(tmp_path, {"scale": [{"type": "a", "property": "b"}], "locals": []})
    assert "parity.yaml has 2 problems. The stacks were not compared." in said
    assert "scale.0.why" in said
    assert "locals" in said


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("spec.replicas", "spec.replicas"),
        ("spec.*Replicas", "spec.minReplicas"),
        ("spec.limits[*].max.memory", "spec.limits[0].max.memory"),
        ("spec.hard[*]", 'spec.hard["requests.cpu"]'),
        ('spec.hard["requests.*"]', 'spec.hard["requests.cpu"]'),
        ("**.containers[*].resources.*.*", "spec.template.spec.containers[main].resources.limits.memory"),
        ("values.**replicaCount", "values.replicaCount"),
        ("values.**replicaCount", "values.webhook.replicaCount"),
        ("spec.egress**", "spec.egress"),
        ("spec.egress**", "spec.egress[1].to[0]"),
    ],
)
def test_a_pattern_matches_the_paths_that_it_means(pattern: str, path: str) -> None:
    assert PropertyRule(type=DEPLOYMENT, property=pattern, why="Because.").matches(DEPLOYMENT, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("spec.replicas", "spec.template.replicas"),
        ("spec.replicas", "spec_replicas"),
        ("spec.*", "spec.template.replicas"),
        ("spec.*", "spec.containers[main]"),
        ("replicas", "spec.replicas"),
        ("**.containers[*].resources.*.*", "spec.initContainers[main].resources.limits.memory"),
        ("**.containers[*].resources.*.*", "spec.containers[main].resources.claims"),
    ],
)
def test_and_no_others(pattern: str, path: str) -> None:
    assert not PropertyRule(type=DEPLOYMENT, property=pattern, why="Because.").matches(DEPLOYMENT, path)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [(DEPLOYMENT, True), ("kubernetes:*", True), ("kubernetes:*:Deployment", True), ("gcp:*", False), ("apps", False)],
)
def test_a_type_is_matched_as_a_whole(pattern: str, matches: bool) -> None:
    assert PropertyRule(type=pattern, property="a", why="Because.").matches(DEPLOYMENT, "a") is matches
