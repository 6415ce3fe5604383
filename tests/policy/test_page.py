"""docs/policy.md says what there is."""

import re
from pathlib import Path

from policy import levels
from policy.__main__ import RULES
from policy.rule import ResourceRule
from tests.policy.rules import resource, wrong

ROOT = Path(__file__).parents[2]


def test_the_table_of_rules_is_the_rules_with_their_levels() -> None:
    page = (ROOT / "docs" / "policy.md").read_text()
    said = re.findall(r"^\| `([^`]+)` \| (.+) \| (\w+) \|$", page, re.MULTILINE)
    held = levels.read(ROOT / "policy" / "levels.yaml", {rule.name for rule in RULES})
    assert said == [(rule.name, rule.demand, held.of(rule.name).value) for rule in RULES]


def test_the_rule_that_it_shows_how_to_write_finds_what_it_is_for() -> None:
    page = (ROOT / "docs" / "policy.md").read_text()
    (code,) = re.findall(r"```python\n(.+?)```", page, re.DOTALL)
    known: dict[str, object] = {}
    exec(f"from collections.abc import Iterator\n{code}", known)  # noqa: S102
    rule, bucket = known["VERSIONED_BUCKETS"], "gcp:storage/bucket:Bucket"
    assert isinstance(rule, ResourceRule)
    assert wrong(rule, resource(bucket)) == ["versioning.enabled is not true"]
    assert wrong(rule, resource(bucket, versioning={"enabled": True})) == []
