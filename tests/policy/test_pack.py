"""What the pack makes of what Pulumi's SDK hands over."""

import json

import pytest
from pulumi_policy import EnforcementLevel, PolicyResourceOptions, ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policy import pack
from policy.__main__ import RULES
from policy.levels import Level, Levels, Passed
from policy.rules.buckets import PRIVATE_BUCKETS
from policy.rules.deletion import DELETION_PROTECTION

OPEN = {"name": UNKNOWN_STRING_VALUE, "forceDestroy": True, "uniformBucketLevelAccess": True}


def _reported(policy: object) -> list[tuple[str, str | None]]:
    assert isinstance(policy, ResourceValidationPolicy)
    type_, options = "gcp:storage/bucket:Bucket", PolicyResourceOptions(False, [], None, [], None, [])  # type: ignore[arg-type]
    args = ResourceValidationArgs(type_, unknown_checking_proxy(OPEN), "urn:1", "files", options, None)
    found: list[tuple[str, str | None]] = []

    def report(message: str, urn: str | None = None) -> None:
        found.append((message, urn))

    policy.validate(args, report)
    return found


def test_what_is_unknown_becomes_none_however_deep_it_stands() -> None:
    known = unknown_checking_proxy({"a": [1, {"b": UNKNOWN_STRING_VALUE}], "c": UNKNOWN_STRING_VALUE, "d": "x"})
    assert pack.plain(known) == {"a": [1, {"b": None}], "c": None, "d": "x"}


def test_a_finding_has_its_danger_its_remedy_and_the_resource() -> None:
    policy = pack._policy(PRIVATE_BUCKETS, Levels({PRIVATE_BUCKETS.name: Level.ADVISORY}))
    ((message, urn),) = _reported(policy)
    assert message.startswith("publicAccessPrevention is not enforced.\n  Danger: Each file can have")
    assert "\n  Remedy: Set uniformBucketLevelAccess to true" in message
    assert urn == "urn:1"
    assert policy.enforcement_level is EnforcementLevel.ADVISORY


def test_an_exception_is_passed_over() -> None:
    passed = Passed(PRIVATE_BUCKETS.name, "gcp:storage/bucket:Bucket::files")
    assert _reported(pack._policy(PRIVATE_BUCKETS, Levels({}, (passed,)))) == []


@pytest.mark.parametrize(("protected", "found"), [(None, 1), ("true", 1), ("false", 0)])
def test_what_only_protected_stacks_owe_is_asked_of_no_other(
    protected: str | None, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {} if protected is None else {"web-platform:protected": protected}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(said))
    assert len(_reported(pack._policy(DELETION_PROTECTION, Levels({})))) == found


def test_each_rule_has_a_name_of_its_own_and_whole_sentences() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert all(text.endswith(".") for text in (rule.demand, rule.danger, rule.remedy)), rule.name
        assert rule.source.startswith("https://")
