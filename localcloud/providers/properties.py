"""Properties as the engine sends them, as plain Python values.

Numbers arrive as floats and leave as they are. Two kinds of value have no plain form: `UNKNOWN`, which a preview sends
for what only an update will tell, and `Secret`, which wraps an output that must be encrypted in the state and masked in
the display. The engine wraps secrets of the inputs itself for providers that, like these, do not ask to see them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from google.protobuf import struct_pb2

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's mark for secrets, not a secret
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


Property: TypeAlias = Any
"""What a property can be: None, a boolean, number, text, a list or map of properties, `UNKNOWN` or a `Secret`."""


class Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        """Messages show it by the name it has here."""
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """An output to be encrypted and masked."""

    value: Property


def from_struct(struct: struct_pb2.Struct) -> dict[str, Property]:
    """Plain values; a property without a value is left out."""
    values = ((name, from_value(value)) for name, value in struct.fields.items())
    return {name: value for name, value in values if value is not None}


def from_value(value: struct_pb2.Value) -> Property:
    """One plain value; a secret's inside, for whoever reads it knows what is secret."""
    match value.WhichOneof("kind"):
        case "bool_value":
            return value.bool_value
        case "number_value":
            return value.number_value
        case "string_value":
            return UNKNOWN if value.string_value == _UNKNOWN else value.string_value
        case "list_value":
            return [from_value(each) for each in value.list_value.values]
        case "struct_value":
            fields = value.struct_value.fields
            if _SIGNATURE in fields and fields[_SIGNATURE].string_value == _SECRET:
                return from_value(fields["value"])
            return {name: from_value(each) for name, each in fields.items()}
    return None


def to_struct(properties: Mapping[str, Property]) -> struct_pb2.Struct:
    """The inverse of `from_struct`; None is left out."""
    present = {name: to_value(value) for name, value in properties.items() if value is not None}
    return struct_pb2.Struct(fields=present)


def to_value(value: Property) -> struct_pb2.Value:
    """The inverse of `from_value`."""
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case Unknown():
            return struct_pb2.Value(string_value=_UNKNOWN)
        case Secret():
            fields = {_SIGNATURE: struct_pb2.Value(string_value=_SECRET), "value": to_value(value.value)}
            return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case list() | tuple():
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[to_value(each) for each in value]))
        case Mapping():
            fields = {name: to_value(each) for name, each in value.items()}
            return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    raise TypeError(f"a property cannot be a {type(value).__name__}")
