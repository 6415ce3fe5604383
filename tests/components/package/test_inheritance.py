"""Which TypedDicts one inherits from, and that the package describes arguments by them alone."""

import json
from typing import NotRequired, TypedDict

import pytest
from pulumi import ComponentResource, ResourceOptions
from web_platform.package.inheritance import bases_of
from web_platform.package.provider import Package


class OvenArgs(TypedDict):
    """What anything baked needs."""

    heat: int
    """How hot it is."""

    command: NotRequired[str]


class DoughArgs(OvenArgs):
    """What anything of dough needs."""

    flour: str
    """What it is made of."""


class BreadArgs(DoughArgs):
    """Arguments of `Bread`."""

    crust: str
    """What is around it."""

    flour: str
    """What bread is made of."""


class Bread(ComponentResource):
    """A component of no resources."""

    def __init__(self, name: str, args: BreadArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("web-platform:index:Bread", name, None, opts)


@pytest.mark.parametrize(
    ("arguments", "bases"), [(OvenArgs, []), (DoughArgs, [OvenArgs]), (BreadArgs, [DoughArgs]), (Bread, [])]
)
def test_bases_are_the_typed_dicts_that_a_class_statement_names(arguments: type, bases: list[type]) -> None:
    assert bases_of(arguments) == bases


def test_an_argument_is_described_where_it_stands_or_else_where_it_is_inherited_from() -> None:
    schema = json.loads(Package([Bread]).schema or "")
    inputs = schema["resources"]["web-platform:index:Bread"]["inputProperties"]
    assert {name: described.get("description") for name, described in inputs.items()} == {
        "heat": "How hot it is.",
        "flour": "What bread is made of.",
        "crust": "What is around it.",
        "command": None,
    }
