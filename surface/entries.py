"""The public surface as flat entries, so that two of them can be compared: in Python, and as a Pulumi package."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import web_platform

from surface.exported import Exported, Kind, exported

_SCHEMA = Path(web_platform.__file__).parents[1] / "schema.json"
_PREFIX = "web-platform:index:"
_LITERALS = ("true", "false")

REQUIRED, OPTIONAL = "required", "optional"


class Entry(NamedTuple):
    """One thing that a program can name."""

    kind: str
    """`required` or `optional` for an argument, else what it is."""

    type: str = ""
    """Its type, signature or value, where it has one."""

    default: str | None = None
    """Its default, where that is a value; None where there is none, or where it takes words to say it."""


def entries() -> dict[str, Entry]:
    """Everything that programs can name, by its name: ``Bucket.url``, and ``package …`` where it is of the package."""
    in_python = {name: entry for each in exported().values() for name, entry in _of(each)}
    in_package = {f"package {name}": entry for name, entry in _of_package(json.loads(_SCHEMA.read_text()))}
    return dict(sorted((in_python | in_package).items()))


def _of(each: Exported) -> Iterator[tuple[str, Entry]]:
    yield each.name, Entry(each.kind.value, each.signature)
    for member in each.members:
        kind = "member"
        if each.kind is Kind.ARGUMENTS:
            kind = REQUIRED if member.required else OPTIONAL
        yield f"{each.name}.{member.name}", Entry(kind, member.type, _value(member.default))


def _value(stated: str | None) -> str | None:
    """The value that a stated default begins with: a number, a truth, or what stands in backticks."""
    if stated is None:
        return None
    if stated.startswith("`"):
        return stated[1:].partition("`")[0]
    word = stated.replace(";", " ").replace(",", " ").split()[0]
    return word if word in _LITERALS or word.isdecimal() else None


def _of_package(schema: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    for token, resource in schema["resources"].items():
        yield token, Entry("component")
        required, always = set(resource.get("requiredInputs", [])), set(resource.get("required", []))
        for name, property_ in resource.get("inputProperties", {}).items():
            yield f"{token}.inputs.{name}", Entry(REQUIRED if name in required else OPTIONAL, _type(property_))
        for name, property_ in resource.get("properties", {}).items():
            yield f"{token}.{name}", Entry("always" if name in always else "perhaps", _type(property_))
    for token, declared in schema["types"].items():
        yield token, Entry(declared["type"])
        required = set(declared.get("required", []))
        for name, property_ in declared.get("properties", {}).items():
            yield f"{token}.{name}", Entry(REQUIRED if name in required else OPTIONAL, _type(property_))
        for choice in declared.get("enum", []):
            yield f"{token}.{choice['name']}", Entry("choice", repr(choice["value"]))


def _type(property_: Mapping[str, Any]) -> str:
    """A schema's type in a few letters: `array<string>`, or the token of one that is declared."""
    reference = property_.get("$ref")
    if reference is not None:
        return str(reference).removeprefix("#/types/").removeprefix(_PREFIX)
    for inside in ("items", "additionalProperties"):
        if inside in property_:
            return f"{property_['type']}<{_type(property_[inside])}>"
    return str(property_["type"])
