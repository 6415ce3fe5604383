"""What is wrong with the inputs of a resource by the real provider's schema alone."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.providers.google import schema
from localcloud.providers.google.schema import ANY, ASSET, Field, Type
from localcloud.providers.inputs import Input, Kind, Problem, check
from localcloud.providers.properties import UNKNOWN, Property

_SCALARS = {"string": Kind.STRING, "integer": Kind.INTEGER, "boolean": Kind.BOOLEAN}


def problems(token: str, given: Mapping[str, Property]) -> list[Problem]:
    """Unknown, missing and mistyped properties, at any depth; none of a type that the schema does not have."""
    return _of_members("", schema.inputs(token), given) if schema.known(token) else []


def _of_members(prefix: str, fields: Mapping[str, Field], given: Mapping[str, Property]) -> list[Problem]:
    found = []
    for name, value in given.items():
        if name in fields:
            found += _of_value(prefix + name, fields[name].type, value)
        else:
            found += _prefixed(prefix, check([Input(each, Kind.STRING) for each in fields], {name: value}))
    missing = [name for name, field in fields.items() if field.required and given.get(name) is None]
    return found + [Problem(prefix + name, "is required and missing: give it a value") for name in missing]


def _of_value(path: str, type_: Type, value: Property) -> list[Problem]:
    if value is None or value is UNKNOWN or type_ in (ANY, ASSET):
        return []
    if isinstance(type_, Mapping):
        return _of_collection(path, type_, value)
    if type_ in _SCALARS:
        return check([Input(path, _SCALARS[type_])], {path: value})
    if type_ == "number":
        right = isinstance(value, int | float) and not isinstance(value, bool)
        return [] if right else [Problem(path, f"must be a number, but is {value!r}: give a number without quotes")]
    if not isinstance(value, Mapping):
        options = ", ".join(map(repr, schema.members(type_)))
        return [Problem(path, f"must be an object, but is {value!r}: give an object of {options}")]
    return _of_members(f"{path}.", schema.members(type_), value)


def _of_collection(path: str, type_: Mapping[str, Type], value: Property) -> list[Problem]:
    [(collection, inner)] = type_.items()
    if collection == "list" and isinstance(value, list):
        steps = ((f"{path}[{index}]", each) for index, each in enumerate(value))
    elif collection == "map" and isinstance(value, Mapping):
        steps = ((f"{path}[{key!r}]", each) for key, each in value.items())
    else:
        return [Problem(path, f"must be a {collection}, but is {value!r}: give a {collection}")]
    return [problem for step, each in steps for problem in _of_value(step, inner, each)]


def _prefixed(prefix: str, found: list[Problem]) -> list[Problem]:
    return [Problem(prefix + each.path, each.reason) for each in found]
