"""The public surface as flat entries, so that two of them can be compared: in Python, and as a Pulumi package."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from web_platform.package.provider import Package

from surface.exported import Exported, Kind, exported

_PREFIX = "web-platform:index:"

# Where a default ends and what is said about it begins. A comma before a number or a value in backticks goes on with a
# list of values.
_REMARK = re.compile(r"[;:.] |, (?![`\d])")

REQUIRED, OPTIONAL = "required", "optional"
MEMBER, ALWAYS, PERHAPS = "member", "always", "perhaps"


class Entry(NamedTuple):
    """One thing that a program can name."""

    kind: str
    """`required` or `optional` for an argument, `member` for what programs read, `always` or `perhaps` there for an
    output of the package, else what it is."""

    type: str = ""
    """Its type, signature or value, where it has one."""

    default: str | None = None
    """Its default as its docstring states it, a value or words; None where it states none."""


def entries() -> dict[str, Entry]:
    """Everything that programs can name, by its name: ``Bucket.url``, and ``package …`` where it is of the package."""
    in_python = {name: entry for each in exported().values() for name, entry in _of(each)}
    # Imported only now: it fails where it has what is not exported, of which `names_fault` tells first.
    from web_platform.package.components import COMPONENTS

    schema = json.loads(Package(COMPONENTS).schema or "")
    in_package = {f"package {name}": entry for name, entry in _of_package(schema)}
    return dict(sorted((in_python | in_package).items()))


def _of(each: Exported) -> Iterator[tuple[str, Entry]]:
    yield each.name, Entry(each.kind.value, each.signature)
    if each.token:
        yield f"{each.name} in a stack", Entry("type", each.token)
    for base in each.bases:
        yield f"{each.name} as {base}", Entry("base")
    for member in each.members:
        kind = MEMBER
        if each.kind is Kind.ARGUMENTS:
            kind = REQUIRED if member.required else OPTIONAL
        yield f"{each.name}.{member.name}", Entry(kind, member.type, _default(member.default))


def _default(stated: str | None) -> str | None:
    """A stated default without what is remarked on it: `2` of "2, so that one may be replaced"."""
    return None if stated is None else _REMARK.split(stated, maxsplit=1)[0].replace("`", "")


def _of_package(schema: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    for token, resource in schema["resources"].items():
        yield token, Entry("component")
        required, always = set(resource.get("requiredInputs", [])), set(resource.get("required", []))
        for name, property_ in resource.get("inputProperties", {}).items():
            yield f"{token}.inputs.{name}", Entry(REQUIRED if name in required else OPTIONAL, _type(property_))
        for name, property_ in resource.get("properties", {}).items():
            yield f"{token}.{name}", Entry(ALWAYS if name in always else PERHAPS, _type(property_))
    for token, declared in schema["types"].items():
        yield token, Entry(declared["type"])
        required = set(declared.get("required", []))
        for name, property_ in declared.get("properties", {}).items():
            yield f"{token}.{name}", Entry(REQUIRED if name in required else OPTIONAL, _type(property_))
        for choice in declared.get("enum", []):
            yield f"{token}.{choice['name']}", Entry("choice", repr(choice["value"]))


def _type(property_: Mapping[str, Any]) -> str:
    """A schema's type in a few letters: `array<string>`, `Any`, or the token of one that is declared."""
    reference = property_.get("$ref")
    if reference is not None:
        return str(reference).removeprefix("pulumi.json#/").removeprefix("#/types/").removeprefix(_PREFIX)
    for inside in ("items", "additionalProperties"):
        if inside in property_:
            return f"{property_['type']}<{_type(property_[inside])}>"
    return str(property_["type"])
