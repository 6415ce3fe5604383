"""What Helm values have in common."""

from web_platform.chart_values import disruption_budget, merge_values


def test_mappings_merge_and_everything_else_is_replaced() -> None:
    base = {"a": {"b": 1, "c": [1, 2]}, "d": "x"}
    assert merge_values(base, {"a": {"c": [3], "e": 0}}) == {"a": {"b": 1, "c": [3], "e": 0}, "d": "x"}
    assert merge_values(base, {"a": False}) == {"a": False, "d": "x"}
    assert merge_values({"a": 1}, {"a": {"b": 2}}) == {"a": {"b": 2}}


def test_merging_changes_neither_side() -> None:
    base, override = {"a": {"b": 1}}, {"a": {"c": 2}}
    merge_values(base, override)
    assert (base, override) == ({"a": {"b": 1}}, {"a": {"c": 2}})


def test_only_several_replicas_have_a_disruption_budget() -> None:
    assert disruption_budget(1) == {"enabled": False}
    assert disruption_budget(2) == {"enabled": True, "maxUnavailable": 1}
