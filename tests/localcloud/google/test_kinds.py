"""Every simulated type is known to the schema, gathered once, and at ease with what only an update will tell."""

import importlib
import pkgutil

import pytest

import localcloud.providers.google
from localcloud.providers.google import kinds, schema
from localcloud.providers.google.kind import Kind, Place
from localcloud.providers.properties import UNKNOWN, Property

ALL = [kind() for module in kinds.MODULES for kind in module.KINDS]

every_kind = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.token)


def required(kind: Kind) -> dict[str, Property]:
    """The least that a resource can be given, none of it known yet."""
    return {name: UNKNOWN for name, field in schema.inputs(kind.token).items() if field.required}


def test_every_module_that_has_types_is_gathered() -> None:
    package = localcloud.providers.google
    names = [each.name for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    modules = [importlib.import_module(name) for name in names if not name.endswith(".__main__")]
    assert [each for each in modules if hasattr(each, "KINDS")] == list(kinds.MODULES)


def test_no_type_is_simulated_twice() -> None:
    assert len({kind.token for kind in ALL}) == len(ALL)


@every_kind
def test_a_simulated_type_is_one_of_the_schema(kind: Kind) -> None:
    assert schema.known(kind.token)
    assert kinds.is_simulated(kind.token)
    assert type(kinds.kind_of(kind.token)) is type(kind)


@every_kind
def test_inputs_that_are_not_known_yet_can_be_judged_and_completed(kind: Kind, place: Place) -> None:
    for name in schema.inputs(kind.token):
        inputs = required(kind) | {name: UNKNOWN}
        assert "UNKNOWN" not in "".join(each.reason for each in kind.problems(inputs))
        assert kind.complete(inputs, place).items() >= inputs.items()


@every_kind
def test_what_a_type_fills_in_it_has(kind: Kind, place: Place) -> None:
    known = {*schema.inputs(kind.token), *schema.outputs(kind.token)}
    assert kind.complete(required(kind), place).keys() <= known


def test_a_type_without_rules_is_a_kind_too() -> None:
    assert not kinds.is_simulated("gcp:redis/instance:Instance")
    assert kinds.kind_of("gcp:redis/instance:Instance").token == "gcp:redis/instance:Instance"
    assert kinds.kind_of("gcp:redis/instance:Instance") is kinds.kind_of("gcp:redis/instance:Instance")
