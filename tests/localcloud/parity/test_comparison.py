"""Where two declarations differ, and whether in scale, by a stand-in, or in kind."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.parity.comparison import ABSENT, Comparison, compare
from localcloud.parity.resources import SECRET, UNKNOWN, Resource
from localcloud.parity.rules import Rules
from tests.localcloud.parity.declarations import DEPLOYMENT, allowing, declaration, deploying, resource, rules

NOTHING = rules()


def _compared(first: Any, second: Any, rules: Rules = NOTHING) -> Comparison:
    """Two stacks whose one resource has `value` as a property."""
    return compare(deploying("staging", value=first), deploying("prod", value=second), rules)


def _differences(first: Any, second: Any) -> list[tuple[str, Any, Any]]:
    return [(each.path, each.first, each.second) for each in _compared(first, second).kind]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_what_says_the_same_does_not_differ(value: Any) -> None:
    assert _differences(value, value) == []


@given(JSON, JSON)
def test_what_says_something_else_differs_whichever_is_first(first: Any, second: Any) -> None:
    there, back = _differences(first, second), _differences(second, first)
    assert sorted(map(repr, there)) == sorted(repr((path, one, other)) for path, other, one in back)
    assert there or first == second


@pytest.mark.parametrize(
    ("first", "second", "differences"),
    [
        (1, 2, [("value", 1, 2)]),
        (1, 1.0, []),
        (1, True, [("value", 1, True)]),
        (0, False, [("value", 0, False)]),
        ("1", 1, [("value", "1", 1)]),
        (None, 0, [("value", None, 0)]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [("value.a.b", 1, 2)]),
        ({"a": 1}, {"b": 1}, [("value.a", 1, ABSENT), ("value.b", ABSENT, 1)]),
        ({"a": None}, {}, [("value.a", None, ABSENT)]),
        ({"konghq.com/plugins": "a"}, {"konghq.com/plugins": "b"}, [('value["konghq.com/plugins"]', "a", "b")]),
        ([1, 2], [1, 3], [("value[1]", 2, 3)]),
        ([1, 2], [1], [("value", [1, 2], [1])]),
        ({"a": 1}, [1], [("value", {"a": 1}, [1])]),
    ],
)
def test_a_difference_is_named_by_its_innermost_path(
    first: Any, second: Any, differences: list[tuple[str, Any, Any]]
) -> None:
    assert _differences(first, second) == differences


A, B, B2 = {"name": "a"}, {"name": "b", "image": "x:1"}, {"name": "b", "image": "x:2"}


@pytest.mark.parametrize(
    ("first", "second", "differences"),
    [
        ([A, B], [A, B2], [("value[b].image", "x:1", "x:2")]),
        ([B], [A, B], [("value[a]", ABSENT, A)]),
        ([A], [], [("value[a]", A, ABSENT)]),
        ([A, B], [B, A], [("value", ["a", "b"], ["b", "a"])]),
        ([{"name": "a.b"}], [], [('value["a.b"]', {"name": "a.b"}, ABSENT)]),
        # Names that are not each item's own are none.
        ([A, A], [A], [("value", [A, A], [A])]),
        ([{"name": UNKNOWN}], [{"name": UNKNOWN}], []),
    ],
)
def test_items_of_lists_are_known_by_their_names(
    first: Any, second: Any, differences: list[tuple[str, Any, Any]]
) -> None:
    assert _differences(first, second) == differences


@pytest.mark.parametrize(
    ("first", "second", "differences"),
    [
        ('[{"name": "a", "type": "INT64"}]', '[{"name":"a","type":"STRING"}]', [("value[a].type", "INT64", "STRING")]),
        ("theme: dark\nsize: 1\n", "theme: light\nsize: 1\n", [("value.theme", "dark", "light")]),
        # Who only writes the same in another way has changed something all the same.
        ('{"a": 1}', '{"a":1}', [("value", '{"a": 1}', '{"a":1}')]),
        ("a: 1\nb: 2\n", "b: 2\na: 1\n", [("value", "a: 1\nb: 2\n", "b: 2\na: 1\n")]),
        ("{not json", "{nor this", [("value", "{not json", "{nor this")]),
        ("a: [\nb", "a: [\nc", [("value", "a: [\nb", "a: [\nc")]),
        ("one line", "another", [("value", "one line", "another")]),
    ],
)
def test_structure_inside_of_texts_is_compared_as_such(
    first: str, second: str, differences: list[tuple[str, Any, Any]]
) -> None:
    assert _differences(first, second) == differences


def test_what_each_stack_calls_its_own_is_no_difference_and_is_counted() -> None:
    found = _compared(
        ["hello.staging.example.com", '{"origin": "https://staging.example.com"}', "same"],
        ["hello.example.com", '{"origin": "https://example.com"}', "same"],
    )
    assert found.is_of_one_kind
    assert [(*word, count) for word, count in found.identity] == [("domain", "staging.example.com", "example.com", 2)]


def test_keys_and_names_with_a_stacks_own_words_are_the_same_too() -> None:
    first = {"staging.example.com/owner": "a", "items": [{"name": "staging.example.com", "port": 1}]}
    second = {"example.com/owner": "b", "items": [{"name": "example.com", "port": 2}]}
    paths = [path for path, _, _ in _differences(first, second)]
    assert paths == ['value["staging.example.com/owner"]', 'value.items["staging.example.com"].port']


def test_secrets_are_counted_and_one_that_is_no_secret_elsewhere_differs() -> None:
    assert _compared(SECRET, SECRET).secret == 1
    assert _compared(SECRET, SECRET).is_of_one_kind
    assert _differences({"a": SECRET}, {"a": "open"}) == [("value.a", SECRET, "open")]


def test_what_neither_knows_yet_is_counted() -> None:
    found = _compared({"a": UNKNOWN}, {"a": UNKNOWN})
    assert found.is_of_one_kind
    assert found.unknown == [(f"{DEPLOYMENT}::hello", "value.a")]


def test_what_only_one_knows_already_differs_on_one_platform_but_not_on_two() -> None:
    assert _differences(UNKNOWN, "known") == [("value", UNKNOWN, "known")]
    local = deploying("dev", is_local=True, value="known")
    assert compare(local, deploying("staging", value=UNKNOWN), NOTHING).is_of_one_kind
    without = compare(local, deploying("staging"), NOTHING)
    assert [(each.path, each.second) for each in without.kind] == [("value", ABSENT)]


def test_what_is_not_known_yet_must_come_from_the_same_resources_on_one_platform() -> None:
    def reading(stack: str, topic: str, is_local: bool = False) -> Any:
        member = resource("a:b:Member::reader", sources={"topic": [f"a:b:Topic::{topic}"]}, topic=UNKNOWN)
        return declaration(stack, member, is_local=is_local)

    assert compare(reading("staging", "orders"), reading("prod", "orders"), NOTHING).is_of_one_kind
    (difference,) = compare(reading("staging", "orders"), reading("prod", "bills"), NOTHING).kind
    assert difference[1:] == ("topic:source[0]", "a:b:Topic::orders", "a:b:Topic::bills")
    assert compare(reading("dev", "orders", is_local=True), reading("prod", "bills"), NOTHING).is_of_one_kind


def test_of_what_differs_already_it_is_not_said_that_it_comes_from_elsewhere() -> None:
    def reading(stack: str, size: int) -> Any:
        sources = {"spec": [f"a:b:Topic::of-{stack}"]}
        return declaration(stack, resource("a:b:Member::reader", sources=sources, spec={"a": UNKNOWN, "size": size}))

    assert [each.path for each in compare(reading("staging", 1), reading("prod", 2), NOTHING).kind] == ["spec.size"]


SCALE = rules(scale=[allowing("value"), allowing("value", "kubernetes:*")])


@pytest.mark.parametrize(("first", "second"), [(1, 2), (1, 2.5), ("1Gi", "2Gi")])
def test_a_listed_difference_of_how_much_is_one_of_scale(first: Any, second: Any) -> None:
    found = _compared(first, second, SCALE)
    assert found.is_of_one_kind
    ((rule, (difference,)),) = found.scale
    assert (rule, difference.first, difference.second) == (SCALE.scale[0], first, second)


@pytest.mark.parametrize(("first", "second"), [(1, "1"), (True, False), (1, None), ([1], [1, 2]), ({"a": 1}, {})])
def test_no_entry_makes_scale_of_what_is_not_how_much(first: Any, second: Any) -> None:
    wide = rules(scale=[allowing("value**")])
    assert not _compared(first, second, wide).is_of_one_kind
    only_one = compare(deploying("staging", value=first), deploying("prod"), wide)
    assert [(each.path, each.second) for each in only_one.kind] == [("value", ABSENT)]


def test_an_entry_counts_for_its_type_alone() -> None:
    assert not _compared(1, 2, rules(scale=[allowing("value", "gcp:*")])).is_of_one_kind


def test_entries_for_a_local_stack_count_between_the_platforms_alone() -> None:
    allowed = rules(local=[allowing("value**")])
    local, cloud = deploying("dev", is_local=True, value={"a": True}), deploying("staging", value={})
    assert compare(local, cloud, allowed).is_of_one_kind
    assert compare(cloud, local, allowed).is_of_one_kind
    assert not compare(cloud, deploying("prod", value={"a": True}), allowed).is_of_one_kind


TOPIC = "web-platform:index:Topic::orders"
EMULATOR = "web-platform:index:StandIns$kubernetes:apps/v1:Deployment::stand-ins-messaging"


def _topic(name: str = "orders") -> list[Resource]:
    component = f"web-platform:index:Topic::{name}"
    made = [
        f"web-platform:index:Topic$gcp:pubsub/topic:Topic::{name}",
        f"web-platform:index:Topic$gcp:x:Member::{name}",
    ]
    return [resource(component), *(resource(key, component) for key in made)]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_resource_of_one_stack_alone_differs_in_kind_and_is_told_with_all_that_is_in_it(swapped: bool) -> None:
    staging, prod = declaration("staging", *_topic()), declaration("prod", *_topic(), *_topic("bills"))
    found = compare(prod, staging, NOTHING) if swapped else compare(staging, prod, NOTHING)
    assert not found.is_of_one_kind
    assert found.resources == 3
    assert [(each.resource.key, each.stack, each.parts) for each in found.lonely] == [
        ("web-platform:index:Topic::bills", "prod", 2)
    ]


def _stand_in(**changes: Any) -> dict[str, Any]:
    entry = {"google": ["web-platform:index:Topic::*"], "local": [EMULATOR], "replacedBy": "A pod", "lost": "All."}
    return entry | changes


REPLACED = rules(standIns=[_stand_in()])


@pytest.mark.parametrize("swapped", [False, True])
def test_a_component_is_replaced_by_what_its_entry_names(swapped: bool) -> None:
    dev, staging = declaration("dev", resource(EMULATOR), is_local=True), declaration("staging", *_topic())
    found = compare(staging, dev, REPLACED) if swapped else compare(dev, staging, REPLACED)
    assert found.is_of_one_kind
    ((rule, google, local),) = found.stand_ins
    assert (rule.replaced_by, len(google), [each.key for each in local]) == ("A pod", 3, [EMULATOR])


def test_nothing_is_replaced_by_what_is_not_there() -> None:
    found = compare(declaration("dev", is_local=True), declaration("staging", *_topic()), REPLACED)
    assert [each.resource.key for each in found.lonely] == [TOPIC]
    assert found.stand_ins == []


def test_a_stand_in_of_nothing_differs_in_kind() -> None:
    found = compare(declaration("dev", resource(EMULATOR), is_local=True), declaration("staging"), REPLACED)
    assert [(each.resource.key, each.stack) for each in found.lonely] == [(EMULATOR, "dev")]


@pytest.mark.parametrize(("side", "other"), [("google", "local"), ("local", "google")])
def test_an_entry_of_one_side_needs_no_other(side: str, other: str) -> None:
    alone = rules(standIns=[_stand_in(**{side: ["web-platform:index:Topic::*"], other: []})])
    here, there = declaration("a", *_topic(), is_local=side == "local"), declaration("b", is_local=other == "local")
    assert compare(here, there, alone).is_of_one_kind


def test_stand_ins_explain_nothing_between_two_stacks_on_one_platform() -> None:
    both = declaration("staging", resource(EMULATOR)), declaration("prod", *_topic())
    assert len(compare(*both, REPLACED).lonely) == 2


def test_differences_stand_in_the_order_of_resources_and_paths_whatever_the_order_of_the_declaration() -> None:
    def stack(name: str, keys: list[str], value: int) -> Any:
        return declaration(name, *(resource(key, value=value) for key in keys))

    found = compare(stack("staging", ["a:b:C::z", "a:b:C::a"], 1), stack("prod", ["a:b:C::a", "a:b:C::z"], 2), NOTHING)
    assert [each.resource.key for each in found.kind] == ["a:b:C::a", "a:b:C::z"]
