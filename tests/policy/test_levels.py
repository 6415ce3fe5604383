"""What may stand in levels.yaml, and what it means."""

from pathlib import Path

import pytest

from policy import levels
from policy.__main__ import RULES
from policy.levels import Level, Levels, LevelsError, Passed
from policy.objects import objects_of
from tests.policy.rules import resource

RULE_NAMES = {"limits", "no-keys"}


def _read(tmp_path: Path, text: str) -> Levels:
    (tmp_path / "levels.yaml").write_text(text)
    return levels.read(tmp_path / "levels.yaml", RULE_NAMES)


def test_what_is_not_named_is_mandatory(tmp_path: Path) -> None:
    read = _read(tmp_path, "levels:\n  limits: advisory\n")
    assert [read.of("limits"), read.of("no-keys")] == [Level.ADVISORY, Level.MANDATORY]
    assert _read(tmp_path, "levels:\nexceptions:\n").of("limits") is Level.MANDATORY


def test_an_exception_is_for_a_rule_and_for_what_its_pattern_names(tmp_path: Path) -> None:
    read = _read(
        tmp_path, "exceptions:\n- {rule: limits, resource: 'kubernetes:apps/v1:*::agent-*', why: It is small.}"
    )
    deployment, other = resource("kubernetes:apps/v1:Deployment", "agent-a"), resource("kubernetes:apps/v1:Pod", "b")
    assert read.passes_over("limits", deployment)
    assert not read.passes_over("no-keys", deployment)
    assert not read.passes_over("limits", other)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("levels: {limit: advisory}", "levels: 'limit' is no rule"),
        ("levels: {limits: strict}", "'strict' is no level, which are: mandatory, advisory, disabled"),
        ("levels: {limits: [a]}", "is no level"),
        ("levels: [limits]", "levels.yaml levels: ['limits'] is not rules with their levels."),
        ("exceptions: {a: b}", "levels.yaml exceptions: {'a': 'b'} is no list."),
        ("rules: {}", "levels.yaml has 'rules', which is none of levels, protected, exceptions."),
        ("", "levels.yaml says nothing."),
        ("limits", "levels.yaml is 'limits', and not keys with values."),
        ("levels: {", "cannot be read"),
        ("exceptions: [{rule: no-key, resource: 'a::b', why: So.}]", "exceptions[0].rule: 'no-key' is no rule"),
        (
            "exceptions: [{rule: limits, resource: '*::*', why: So.}]",
            "exceptions[0].resource: '*::*' says nothing in particular",
        ),
        (
            "exceptions: [{rule: limits, resource: 'a::b', why: ' '}]",
            "exceptions[0].why: ' ' says nothing in particular",
        ),
        ("exceptions: [{rule: limits, resource: 'a::b', why: 1}]", "exceptions[0].why: 1 says nothing in particular"),
        ("exceptions: [{rule: limits, resource: 'a::b'}]", "exceptions[0].why is missing"),
        (
            "exceptions: [{rule: limits, resource: 'a::b', why: So., since: 2026}]",
            "exceptions[0]: 'since' is none of rule, resource, why",
        ),
        ("exceptions: [limits]", "exceptions[0]: 'limits' does not say rule, resource, why"),
        ("protected: prod", "levels.yaml protected: 'prod' is no list of names of stacks"),
        ("protected: [prod, ' ']", "levels.yaml protected: ['prod', ' '] is no list of names of stacks"),
        ("protected: [true]", "levels.yaml protected: [True] is no list of names of stacks"),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_the_remedy(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(LevelsError) as refused:
        _read(tmp_path, text)
    assert says in str(refused.value)
    assert "nothing was judged or changed" in str(refused.value)
    assert "Remedy: Correct the file" in str(refused.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(
        LevelsError, match=r"(?s)'rules'.*'a' is no rule.*protected: 1 is.*\[0\]\.resource is.*\.why is"
    ):
        _read(tmp_path, "{rules: 1, levels: {a: advisory}, protected: 1, exceptions: [{rule: limits}]}")


@pytest.mark.parametrize("type_", ["core/v1:Service", "core/v1:ServicePatch", "v1:Service"])
def test_an_exception_names_an_object_by_the_type_that_the_program_has_for_it(type_: str) -> None:
    (found,) = objects_of([resource(f"kubernetes:{type_}", "edge")])
    for named in ("core/v1:Service", "core/v1:ServicePatch", "v1:Service"):
        held = Levels({}, (Passed("one-gateway", f"kubernetes:{named}::edge"),))
        assert held.passes_over("one-gateway", found) is (named == type_)


def test_stacks_are_named_that_are_protected_whatever_they_say(tmp_path: Path) -> None:
    assert _read(tmp_path, "protected: [prod, live]").protected == {"prod", "live"}
    assert _read(tmp_path, "levels: {}").protected == frozenset()


def _own() -> Levels:
    return levels.read(Path(levels.__file__).with_name("levels.yaml"), {rule.name for rule in RULES})


def test_the_projects_own_file_names_every_rule() -> None:
    assert set(_own().levels) == {rule.name for rule in RULES}


def test_the_projects_own_file_protects_prod_and_no_stack_that_there_is_not() -> None:
    root = Path(levels.__file__).parents[1]
    assert "prod" in _own().protected
    assert [stack for stack in _own().protected if not (root / f"Pulumi.{stack}.yaml").is_file()] == []


def test_what_lets_pods_off_is_refused_and_not_only_told() -> None:
    names = ("restricted-pods", "declared-namespaces", "privileged-namespaces")
    assert {_own().of(name) for name in names} == {Level.MANDATORY}
