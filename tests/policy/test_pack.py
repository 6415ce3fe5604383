"""What the pack makes of what Pulumi's SDK hands over."""

import json
from collections.abc import Iterator, Sequence

import pytest
from pulumi_policy import (
    EnforcementLevel,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policy import pack
from policy.__main__ import RULES
from policy.asked import Asked
from policy.levels import Level, Levels, Passed
from policy.resource import Resource
from policy.rule import Finding, StackRule
from policy.rules.buckets import PRIVATE_BUCKETS
from policy.rules.deletion import DELETION_PROTECTION

OPEN = {
    "name": UNKNOWN_STRING_VALUE,
    "location": "EU",
    "labels": {"a": "1"},
    "forceDestroy": True,
    "uniformBucketLevelAccess": True,
}
OPTIONS = PolicyResourceOptions(False, [], None, [], None, [])  # type: ignore[arg-type]


def _reported(policy: object, urn: str = "urn:1") -> list[tuple[str, str | None]]:
    assert isinstance(policy, ResourceValidationPolicy)
    type_ = "gcp:storage/bucket:Bucket"
    args = ResourceValidationArgs(type_, unknown_checking_proxy(OPEN), urn, "files", OPTIONS, None)
    found: list[tuple[str, str | None]] = []

    def report(message: str, urn: str | None = None) -> None:
        found.append((message, urn))

    policy.validate(args, report)
    return found


def test_what_is_unknown_becomes_none_however_deep_it_stands() -> None:
    known = unknown_checking_proxy({"a": [1, {"b": UNKNOWN_STRING_VALUE}], "c": UNKNOWN_STRING_VALUE, "d": "x"})
    assert pack.plain(known) == {"a": [1, {"b": None}], "c": None, "d": "x"}


def test_a_finding_has_its_danger_its_remedy_and_the_resource() -> None:
    policy = pack._policy(PRIVATE_BUCKETS, Levels({PRIVATE_BUCKETS.name: Level.ADVISORY}), Asked())
    ((message, urn),) = _reported(policy)
    assert message.startswith("publicAccessPrevention is not enforced.\n  Danger: Each file can have")
    assert "\n  Remedy: Set uniformBucketLevelAccess to true" in message
    assert urn == "urn:1"
    assert policy.enforcement_level is EnforcementLevel.ADVISORY


def test_an_exception_is_passed_over() -> None:
    passed = Passed(PRIVATE_BUCKETS.name, "gcp:storage/bucket:Bucket::files")
    assert _reported(pack._policy(PRIVATE_BUCKETS, Levels({}, (passed,)), Asked())) == []


@pytest.mark.parametrize(("protected", "found"), [(None, 1), ("true", 1), ("false", 0)])
def test_what_only_protected_stacks_owe_is_asked_of_no_other(
    protected: str | None, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {} if protected is None else {"web-platform:protected": protected}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(said))
    assert len(_reported(pack._policy(DELETION_PROTECTION, Levels({}), Asked()))) == found


@pytest.mark.parametrize(("stack", "found"), [("prod", 1), ("dev", 0)])
def test_a_stack_that_is_protected_by_name_cannot_say_otherwise(
    stack: str, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"web-platform:protected": "false"}))
    levels = Levels({}, protected=frozenset({"prod"}))
    urn = f"urn:pulumi:{stack}::web-platform::gcp:storage/bucket:Bucket::files"
    assert len(_reported(pack._policy(DELETION_PROTECTION, levels, Asked()), urn)) == found


def test_of_a_stack_what_was_asked_for_is_known_before_what_comes_of_it() -> None:
    asked, found = Asked(), list[str]()

    def check(resources: Sequence[Resource]) -> Iterator[Finding]:
        found.extend(f"{each.get('location')} {each.get('labels')}" for each in resources)
        yield from ()

    rule = StackRule(name="a", demand="A.", danger="B.", remedy="C.", source="https://a", check=check)
    _reported(pack._policy(PRIVATE_BUCKETS, Levels({}), asked), "urn:1")
    stack = pack._policy(rule, Levels({}), asked)
    assert isinstance(stack, StackValidationPolicy)
    for outputs in ({}, {"location": UNKNOWN_STRING_VALUE, "labels": {"a": UNKNOWN_STRING_VALUE, "b": "2"}}):
        type_, props = "gcp:storage/bucket:Bucket", unknown_checking_proxy(outputs)
        made = PolicyResource(type_, props, "urn:1", "files", OPTIONS, None, None, [], {})
        stack.validate(StackValidationArgs([made], None), print)
    assert found == ["EU {'a': '1'}", "EU {'a': '1', 'b': '2'}"]


def test_each_rule_has_a_name_of_its_own_and_whole_sentences() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert all(text.endswith(".") for text in (rule.demand, rule.danger, rule.remedy)), rule.name
        assert rule.source.startswith("https://")
