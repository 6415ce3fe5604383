"""What differs between a resource's former and new inputs, and whether it can be changed in place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.providers.google import schema
from localcloud.providers.google.schema import ANY, Field
from localcloud.providers.inputs import has_unknowns
from localcloud.providers.properties import Property


@dataclass(frozen=True)
class Change:
    """One property, or part of one, that differs.

    Attributes:
        old: Former value; None if there was none.
        new: New value; None if there is none any more.
        replaces: It can only be had by a new resource.
    """

    old: Property
    new: Property
    replaces: bool


def changes(token: str, old: Mapping[str, Property], new: Mapping[str, Property]) -> dict[str, Change]:
    """Changes by property path, such as ``nodeConfig.taints[0].key``.

    A value that only an update will tell counts as changed: a preview must not promise that it stays. An input that is
    left out again stays what it is where Google computes it.
    """
    found: dict[str, Change] = {}
    fields = schema.inputs(token)
    for name in sorted({*old, *new}):
        field = fields.get(name, Field())
        if not (field.computed and new.get(name) is None):
            _compare(found, name, field, old.get(name), new.get(name))
    return found


def property_of(path: str) -> str:
    """The property that a path begins with."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _compare(found: dict[str, Change], path: str, field: Field, old: Property, new: Property) -> None:
    if old == new and not has_unknowns(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            _compare(found, path + _step(key), _member(field, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            _compare(found, f"{path}[{index}]", _member(field), _at(old, index), _at(new, index))
    else:
        found[path] = Change(old, new, field.replaces or _inside_replaces(field, old) or _inside_replaces(field, new))


def _member(field: Field, key: str | None = None) -> Field:
    """What a member is.

    Where an object's members are known, each says for itself whether it replaces. That the whole does means that it
    can be neither added nor removed:
    https://developer.hashicorp.com/terraform/plugin/sdkv2/schemas/schema-behaviors#forcenew
    """
    inner = schema.element(field.type)
    if inner is not None:
        return Field(inner, replaces=field.replaces)
    if key is None or not (isinstance(field.type, str) and schema.is_object(field.type)):
        return Field(ANY, replaces=field.replaces)
    member = schema.members(field.type).get(key, Field())
    return Field(member.type, replaces=member.replaces)


def _inside_replaces(field: Field, value: Property) -> bool:
    """Whether an object that comes or goes as a whole sets something that replaces."""
    if isinstance(value, list):
        return any(_inside_replaces(_member(field), each) for each in value)
    if isinstance(value, Mapping):
        parts = ((_member(field, key), each) for key, each in value.items() if each is not None)
        return any(part.replaces or _inside_replaces(part, each) for part, each in parts)
    return False


def _at(values: list[Property], index: int) -> Property:
    return values[index] if index < len(values) else None


def _step(key: str) -> str:
    if re.fullmatch(r"[A-Za-z_]\w*", key):
        return f".{key}"
    return '["' + key.replace('"', '\\"') + '"]'
