"""What people and programs see of a comparison."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from localcloud.parity import as_json, report
from localcloud.parity.comparison import Comparison, compare
from localcloud.parity.resources import SECRET, UNKNOWN
from tests.localcloud.parity.declarations import DEPLOYMENT, allowing, declaration, deploying, resource, rules


def _shown(found: Comparison) -> str:
    shown = io.StringIO()
    Console(file=shown, width=120, highlight=False).print(report(found))
    return shown.getvalue()


def _lines(found: Comparison) -> list[str]:
    """The lines of a report, with one space between the columns."""
    return [" ".join(line.split()) for line in _shown(found).splitlines()]


def test_a_difference_of_kind_is_shown_with_resource_path_and_both_values() -> None:
    spec: Any = {"containers": [{"name": "main", "image": "shop:1"}], "key": SECRET}
    other: Any = {"containers": [{"name": "main", "image": "shop:2"}], "key": SECRET}
    found = compare(deploying("staging", spec=spec), deploying("prod", spec=other), rules())
    lines = _lines(found)
    at = lines.index("Deployment hello")
    assert lines[at + 1] == "spec.containers[main].image shop:1 shop:2"
    assert "staging and prod: 1 resource compared, 0 differences of scale, 1 of kind." in _shown(found)
    assert "They differ in kind." in _shown(found)


def test_a_resource_of_one_alone_is_shown_with_the_stack_that_has_it() -> None:
    topic = "web-platform:index:Topic::bills"
    parts = resource("web-platform:index:Topic$gcp:pubsub/topic:Topic::bills", parent=topic)
    both = resource("a:b:C::d")
    found = compare(declaration("staging", both), declaration("prod", both, resource(topic), parts), rules())
    assert "Topic bills prod 1 resource in it" in _lines(found)
    assert "1 of kind" in _shown(found)


def test_the_same_difference_of_scale_is_one_line_with_all_that_have_it() -> None:
    def stack(name: str, replicas: int) -> Any:
        names = ("a", "b", "c", "d", "e", "f")
        return declaration(name, *(resource(f"{DEPLOYMENT}::{each}", replicas=replicas) for each in names))

    found = compare(stack("staging", 1), stack("prod", 2), rules(scale=[allowing("replicas")]))
    assert "replicas 1 2 Deployment a, b, c, d and 2 more" in _lines(found)
    assert "They differ in kind" not in _shown(found)
    assert "6 differences of scale, none of kind" in _shown(found)


@pytest.mark.parametrize(("first", "second"), [("one", "two"), ("one", "one-more"), ("one", "")])
def test_long_values_are_cut_where_they_are_the_same(first: str, second: str) -> None:
    found = compare(deploying("staging", a="x" * 500 + first), deploying("prod", a="x" * 500 + second), rules())
    (line,) = [line for line in _lines(found) if line.startswith("a ")]
    shown = line.split()[1:]
    assert [value.lstrip("…").lstrip("x") for value in shown] == [first, second]
    assert max(map(len, shown)) < 32


def test_no_line_is_wider_than_a_terminal() -> None:
    deep: Any = {"a" * 40: {"b" * 40: {"c" * 40: ["x" * 300, {"y": "z" * 300}]}}}
    found = compare(deploying("staging", deep=deep), deploying("prod", deep={}), rules())
    assert max(map(len, _shown(found).splitlines())) <= 120


def test_nothing_of_a_value_is_lost_beside_a_long_path() -> None:
    first, second = ({"c" * 100: letter * 45} for letter in "äö")
    shown = _shown(compare(deploying("staging", a=first), deploying("prod", a=second), rules()))
    assert [shown.count(letter) for letter in "äö"] == [45, 45]


def test_what_is_not_known_yet_and_what_is_not_there_is_said_in_words() -> None:
    found = compare(deploying("staging", a={"b": UNKNOWN}), deploying("prod", a={}), rules())
    assert "a.b (known later) absent" in _lines(found)
    assert UNKNOWN not in _shown(found) + as_json(found)


def test_what_was_not_compared_is_counted() -> None:
    first, second = (deploying(stack, a=UNKNOWN, b=SECRET) for stack in ("staging", "prod"))
    shown = _shown(compare(first, second, rules()))
    assert "Not compared: 1 value known only once something is made, 1 secret." in shown


def test_a_local_stack_is_shown_with_what_replaces_what_and_why() -> None:
    said = {"replacedBy": "A pod", "lost": "The archive."}
    entry = said | {"google": ["a:b:Topic::*"], "local": ["a:b:Emulator::*"]}
    known = rules(standIns=[entry], local=[allowing("a")])
    service = f"{DEPLOYMENT}::hello"
    local = declaration("dev", resource(service, a=1), resource("a:b:Emulator::e"), is_local=True)
    found = compare(local, declaration("staging", resource(service, a=2), resource("a:b:Topic::orders")), known)
    lines = _lines(found)
    assert "Topic orders A pod The archive." in lines
    assert "a Deployment hello Because." in lines
    assert json.loads(as_json(found))["standIns"] == [
        {
            "onGoogle": ["a:b:Topic::orders"],
            "inLocal": ["a:b:Emulator::e"],
            "replacedBy": "A pod",
            "lost": "The archive.",
        }
    ]


def test_programs_get_all_of_it_and_no_key_for_what_is_not_there() -> None:
    known = rules(scale=[allowing("a")])
    given: dict[str, Any] = {"a": 1, "b": {"x": 1}, "u": UNKNOWN, "s": SECRET, "host": "staging.example.com"}
    first = declaration("staging", resource(f"{DEPLOYMENT}::hello", **given), domain="staging.example.com")
    given = {"a": 2, "b": {"y": 1}, "u": UNKNOWN, "s": SECRET, "host": "example.com"}
    second = declaration("prod", resource(f"{DEPLOYMENT}::hello", **given), resource("c:d:E::f"), domain="example.com")
    hello = f"{DEPLOYMENT}::hello"
    assert json.loads(as_json(compare(first, second, known))) == {
        "first": "staging",
        "second": "prod",
        "sameKind": False,
        "resources": 1,
        "identity": [{"name": "domain", "first": "staging.example.com", "second": "example.com", "properties": 1}],
        "scale": [
            allowing("a") | {"differences": [{"resource": hello, "property": "a", "first": 1, "second": 2}]},
        ],
        "local": [],
        "standIns": [],
        "kind": {
            "resources": [{"resource": "c:d:E::f", "onlyIn": "prod", "parts": 0}],
            "properties": [
                {"resource": hello, "property": "b.x", "first": 1},
                {"resource": hello, "property": "b.y", "second": 1},
            ],
        },
        "unknown": [{"resource": hello, "property": "u"}],
        "secret": 1,
    }
