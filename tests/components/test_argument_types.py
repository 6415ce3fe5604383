"""Types of arguments, at run time."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, NotRequired, TypedDict, get_args, get_origin, is_typeddict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi import ComponentResource, FileAsset, Input, Output
from web_platform.argument_types import LATER, resource_fault, type_faults
from web_platform.errors import Fault
from web_platform.kong_plugins import KINDS, KongPluginsArgs, one_by_one, plugins_faults, plugins_of, route_faults

from tests.recording import declare


class InnerArgs(TypedDict):
    """A part of `ShapeArgs`."""

    host: str
    port: NotRequired[int]


class ShapeArgs(TypedDict):
    """One of each."""

    text: str
    number: NotRequired[int]
    fraction: NotRequired[float]
    truth: NotRequired[bool]
    texts: NotRequired[Sequence[str]]
    by_name: NotRequired[Mapping[str, int]]
    inner: NotRequired[InnerArgs]
    perhaps: NotRequired[str | None]
    later: NotRequired[Input[str]]
    anything: NotRequired[Any]


GOOD: dict[str, Any] = {
    "text": "a",
    "number": 1,
    "fraction": 1.5,
    "truth": False,
    "texts": ["a", "b"],
    "by_name": {"a": 1},
    "inner": {"host": "h", "port": 3.0},
    "perhaps": None,
    "later": "now",
    "anything": {"a": [1, 2.5, None, True, "x", (), FileAsset("a.txt")]},
}


def test_values_of_the_right_types_have_no_faults() -> None:
    assert list(type_faults(GOOD, ShapeArgs)) == []


@pytest.mark.parametrize(
    ("change", "field", "what"),
    [
        ({"text": 1}, "text", "is a number, which is not text"),
        ({"text": None}, "text", "is missing"),
        ({"number": ""}, "number", "is '', which is not a whole number"),
        ({"number": None}, "number", "is nothing, which is not a whole number"),
        ({"number": "1"}, "number", "is '1', which is not a whole number"),
        ({"number": 1.5}, "number", "is 1.5, which is not a whole number"),
        ({"number": True}, "number", "is True, which is not a whole number"),
        ({"fraction": "x"}, "fraction", "is 'x', which is not a number"),
        ({"truth": 1}, "truth", "is 1, which is not true or false"),
        ({"texts": "ab"}, "texts", "is text, which is not a list"),
        ({"texts": ["a", 2]}, "texts[1]", "is a number, which is not text"),
        ({"by_name": ["a"]}, "by_name", "is a list, which is not keys with values"),
        ({"by_name": {"a": "1"}}, "by_name.a", "is '1', which is not a whole number"),
        ({"inner": {}}, "inner.host", "is missing"),
        ({"inner": {"host": "h", "prot": 1}}, "inner.prot", "is not a known key"),
        ({"inner": "h"}, "inner", "is text, which is not keys with values"),
        ({"perhaps": 1}, "perhaps", "is a number, which is not text"),
        ({"later": 1}, "later", "is a number, which is not text"),
        ({"inner": {"host": None}}, "inner.host", "is missing"),
        ({"texts": b"ab"}, "texts", "is a bytes, which is not a list"),
        ({"by_name": {7: 1}}, "by_name", "has a key that is 7, which is not text"),
        ({"by_name": {True: 1}}, "by_name", "has a key that is True, which is not text"),
        ({"number": 10**5000}, "number", "is a number that is too large, or none"),
        ({"number": 1e300}, "number", "is a number that is too large, or none"),
        ({"fraction": float("nan")}, "fraction", "is a number that is too large, or none"),
        ({"fraction": float("-inf")}, "fraction", "is a number that is too large, or none"),
        ({"anything": {"tcp": {8080: "x"}}}, "anything.tcp", "has a key that is 8080, which is not text"),
        (
            {"anything": [{"day": date(2026, 1, 1)}]},
            "anything[0].day",
            "is a date, which is not text, a number, true or false, a list or keys with values",
        ),
        ({"anything": {"a": float("inf")}}, "anything.a", "is a number that is too large, or none"),
    ],
)
def test_a_value_of_another_type_is_named_with_its_place(change: dict[str, Any], field: str, what: str) -> None:
    ((found, fault),) = type_faults(GOOD | change, ShapeArgs)
    assert (found, fault.what) == (field, what)


def test_what_is_known_later_may_stand_only_where_that_is_said() -> None:
    found: list[str] = []

    def program() -> None:
        later = Output.from_input("x")
        found.extend(field for field, _ in type_faults({"text": later, "later": later}, ShapeArgs))

    declare(program)
    assert found == ["text"]


def test_a_list_that_is_known_later_is_none_though_its_parts_may_be() -> None:
    class NamesArgs(TypedDict):
        """A list of what is known later."""

        names: Sequence[Input[str]] | None

    found: list[tuple[str, str]] = []

    def program() -> None:
        later = Output.from_input("x")
        for names in (["now", later], None, later):
            found.extend((field, fault.remedy) for field, fault in type_faults({"names": names}, NamesArgs))

    declare(program)
    assert found == [("names", LATER.remedy)]


def test_a_resource_is_told_from_its_outputs() -> None:
    resource = object.__new__(ComponentResource)
    wrong = {"text": "a", "later": resource, "by_name": resource, "texts": [resource]}
    assert [(field, fault.what, fault.danger) for field, fault in type_faults(wrong, ShapeArgs)] == [
        (field, f"is a resource, which is not {kind}", resource_fault(kind).danger)
        for field, kind in (("later", "text"), ("by_name", "keys with values"), ("texts[0]", "text"))
    ]


class Flavour(Enum):
    """A choice."""

    SWEET = "sweet"
    SOUR = "sour"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("salty", "'salty'"), (3, "3"), (None, "nothing"), (["hush"], "a list"), (Path("hush"), "a PosixPath")],
)
def test_what_is_in_place_of_a_choice_is_shown_where_it_could_be_one(value: object, shown: str) -> None:
    ((_, fault),) = type_faults(value, Flavour)
    assert fault.what == f"is {shown}, which is not one of 'sweet', 'sour'"


def test_any_text_passes_for_a_choice_of_which_the_component_says_what_there_is() -> None:
    values = [Flavour.SWEET, "sour", "salty", 3]
    assert [value for value in values if list(type_faults(value, Flavour, choices=False))] == [3]


@pytest.mark.parametrize("expected", [str, Sequence[str], Mapping[str, str], InnerArgs])
@pytest.mark.parametrize("value", [[["hush"]], {"token": ["hush"]}, {"hush": 7}, b"hush", Path("hush")])
def test_what_stands_where_a_secret_may_is_not_shown(value: object, expected: Any) -> None:
    faults = [fault for _, fault in type_faults(value, expected)]
    assert faults
    assert "hush" not in str(faults)


def test_what_is_awaited_is_known_later_too() -> None:
    async def soon() -> str:
        return "x"

    later = soon()
    assert [field for field, _ in type_faults({"text": later, "later": later}, ShapeArgs)] == ["text"]
    assert asyncio.run(later) == "x"


@pytest.mark.parametrize("expected", [int, float, bool])
@pytest.mark.parametrize("value", [True, 1, 1.0, 1.5, float("inf"), float("nan"), "1", None])
def test_numbers_are_whole_where_they_have_to_be_and_no_truth_values(value: object, expected: type) -> None:
    right: dict[type, list[str]] = {int: ["1", "1.0"], float: ["1", "1.0", "1.5"], bool: ["True"]}
    assert (list(type_faults(value, expected)) == []) is (repr(value) in right[expected])


def test_a_mistake_is_told_with_its_danger_and_its_remedy() -> None:
    assert dict(type_faults({"inner": {"host": [], "prot": 1}, "number": "1"}, ShapeArgs)) == {
        "inner.host": Fault(
            "is a list, which is not text",
            "it would be refused only where it arrives, after what it belongs to has been created",
            "write text",
        ),
        "inner.prot": Fault(
            "is not a known key",
            "it would be ignored, and what it was meant to change would stay as it is",
            "did you mean 'port'?",
        ),
        "number": Fault(
            "is '1', which is not a whole number",
            "it would be refused only where it arrives, after what it belongs to has been created",
            "write a whole number",
        ),
        "text": Fault("is missing", "there is no value that would be safe to assume", "add 'text'"),
    }


WHOLE, FRACTIONS = st.integers(1 - 2**63, 2**63 - 1), st.floats(-1e18, 1e18)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | FRACTIONS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
PLUGIN_LIKE = st.dictionaries(st.sampled_from([*KongPluginsArgs.__annotations__]), JSON)


def built_to(expected: Any) -> st.SearchStrategy[Any]:
    """Values of a type, as they may stand in a file."""
    parts = get_args(expected)
    simple = {
        str: st.text(),
        bool: st.booleans(),
        int: WHOLE | st.integers(-(2**53), 2**53).map(float),
        float: FRACTIONS | WHOLE,
        type(None): st.none(),
        Any: JSON,
    }
    if expected in simple:
        return simple[expected]
    if is_typeddict(expected):
        types: dict[str, Any] = expected.__annotations__
        values = {key: built_to(type_).filter(lambda value: str(value).strip()) for key, type_ in types.items()}
        return st.fixed_dictionaries(
            {key: value for key, value in values.items() if key in expected.__required_keys__},
            optional={key: value for key, value in values.items() if key in expected.__optional_keys__},
        )
    if get_origin(expected) in (Mapping, dict):
        return st.dictionaries(st.text(), built_to(parts[1]), max_size=3)
    if get_origin(expected) is Sequence:
        return st.lists(built_to(parts[0]), max_size=3)
    # What may be left out, and what may be of more than one type.
    return st.one_of(*(built_to(part) for part in parts if part in simple or is_typeddict(part) or get_args(part)))


@settings(max_examples=30)
@given(st.data())
@pytest.mark.parametrize("expected", [ShapeArgs, *(kind.args for kind in KINDS.values())])
def test_a_value_that_is_built_to_a_type_is_of_it(expected: type, data: st.DataObject) -> None:
    assert list(type_faults(data.draw(built_to(expected)), expected)) == []


@given(st.data())
def test_plugins_of_the_right_types_are_judged_in_full(data: st.DataObject) -> None:
    plugins = data.draw(built_to(KongPluginsArgs))
    found = list(plugins_faults(plugins))
    assert all(fault.what and fault.danger and fault.remedy for _, fault in found)
    if not found:
        assert len(plugins_of(plugins)) == len(one_by_one(plugins))
        assert all(fault.what for _, fault in route_faults(plugins))


@given(JSON)
def test_no_value_is_too_strange_to_be_judged(value: Any) -> None:
    for field, fault in type_faults(value, ShapeArgs):
        assert isinstance(field, str)
        assert fault.what


@given(PLUGIN_LIKE)
def test_no_set_of_plugins_is_too_strange_to_be_judged(value: Any) -> None:
    for field, fault in plugins_faults(value):
        assert field
        assert fault.remedy
