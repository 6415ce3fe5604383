"""Raw parts of a pod, laid over what components make."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_platform.workloads.overlay import overlaid

words = st.text("abc", min_size=1, max_size=2)
scalars = st.none() | st.booleans() | st.integers() | words


def named_lists(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Lists of what has names, each once."""
    named = st.builds(lambda name, more: {**more, "name": name}, words, st.dictionaries(words, values, max_size=2))
    return st.lists(named, max_size=3, unique_by=lambda item: item["name"])


trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | named_lists(inner) | st.dictionaries(words, inner, max_size=3),
    max_leaves=12,
)
mappings = st.dictionaries(words, trees, max_size=4)


@given(base=mappings)
def test_nothing_laid_over_changes_nothing(base: dict[str, Any]) -> None:
    assert overlaid(base, {}) == base


@given(override=mappings)
def test_what_is_laid_over_nothing_is_all_there_is(override: dict[str, Any]) -> None:
    assert overlaid({}, override) == override


@given(base=mappings, override=mappings)
def test_laying_the_same_over_it_twice_changes_nothing_more(base: dict[str, Any], override: dict[str, Any]) -> None:
    once = overlaid(base, override)
    assert overlaid(once, override) == once


@given(base=mappings, override=mappings)
def test_every_key_is_kept_and_those_of_one_side_are_as_they_were(
    base: dict[str, Any], override: dict[str, Any]
) -> None:
    both = overlaid(base, override)
    assert both.keys() == base.keys() | override.keys()
    assert {key: both[key] for key in base.keys() - override.keys()} == {
        key: base[key] for key in base.keys() - override.keys()
    }
    assert list(both)[: len(base)] == list(base)


@given(base=mappings, override=mappings)
def test_neither_side_is_changed(base: dict[str, Any], override: dict[str, Any]) -> None:
    before = copy.deepcopy((base, override))
    overlaid(base, override)
    assert (base, override) == before


@given(base=mappings, first=mappings, second=mappings)
def test_overrides_of_different_keys_may_come_in_any_order(
    base: dict[str, Any], first: dict[str, Any], second: dict[str, Any]
) -> None:
    apart = {key: value for key, value in second.items() if key not in first}
    one, other = overlaid(overlaid(base, first), apart), overlaid(overlaid(base, apart), first)
    assert one == other == overlaid(base, first | apart)


@pytest.mark.parametrize(
    ("base", "override", "laid"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3, "d": 4}}, {"a": {"b": 1, "c": 3, "d": 4}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": [1, 2]}, {"a": []}, {"a": []}),
        ({"a": "text"}, {"a": "other"}, {"a": "other"}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": {"b": 1}}, {"a": [1]}, {"a": [1]}),
        ({"a": [{"key": "x"}]}, {"a": [{"name": "y"}]}, {"a": [{"name": "y"}]}),
        ({"a": [{"name": "x"}]}, {"a": [{"key": "y"}]}, {"a": [{"key": "y"}]}),
        ({"a": [{"name": 1}]}, {"a": [{"name": 2}]}, {"a": [{"name": 2}]}),
        ({"a": []}, {"a": [{"name": "x"}]}, {"a": [{"name": "x"}]}),
        (
            {"a": [{"name": "x", "b": 1}, {"name": "y"}]},
            {"a": [{"name": "z"}, {"name": "x", "c": 2}]},
            {"a": [{"name": "x", "b": 1, "c": 2}, {"name": "y"}, {"name": "z"}]},
        ),
        (
            {"a": [{"name": "x", "e": [{"name": "E", "value": "1"}, {"name": "F", "value": "2"}]}]},
            {"a": [{"name": "x", "e": [{"name": "F", "value": "3"}]}]},
            {"a": [{"name": "x", "e": [{"name": "E", "value": "1"}, {"name": "F", "value": "3"}]}]},
        ),
    ],
)
def test_mappings_merge_and_lists_of_what_has_names_by_those_and_all_else_is_replaced(
    base: dict[str, Any], override: dict[str, Any], laid: dict[str, Any]
) -> None:
    assert overlaid(base, override) == laid
