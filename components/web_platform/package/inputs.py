"""Arguments as they arrive from another language, and as the components take them.

They arrive under the schema's names, `publicHost` for `public_host`; whole numbers are floats; choices are their
values. What is wrong is said in the schema's names, before a component sees any of it: Pulumi itself drops a key that
it does not know, and hands over nothing for an object that is none.
"""

from asyncio import Future
from collections.abc import Callable, Mapping
from typing import Any

from pulumi import Output
from pulumi.provider.experimental.analyzer import PropertyDefinition, PropertyType, TypeDefinition
from pulumi.runtime.rpc import contains_unknowns

from web_platform.errors import Fault, missing_fault, type_fault, unknown_key_fault

_EXPECTED = {
    PropertyType.STRING: "text",
    PropertyType.BOOLEAN: "true or false",
    PropertyType.INTEGER: "a whole number",
    PropertyType.NUMBER: "a number",
    PropertyType.ARRAY: "a list",
    PropertyType.OBJECT: "keys with values",
}

# What a secret cannot be, so that what was given may be shown.
_SHOWN = (PropertyType.BOOLEAN, PropertyType.INTEGER, PropertyType.NUMBER)


class Reader:
    """Reads the arguments of one component, and keeps what is wrong with them.

    Attributes:
        faults: What is wrong, each with its field: names joined by dots.
    """

    def __init__(self, type_of: Callable[[PropertyDefinition], TypeDefinition | None], release: str) -> None:
        """Nothing read yet.

        Args:
            type_of: The schema's type that a property refers to; none for those that are Pulumi's own.
            release: The package with its version: an SDK of another may know other arguments.
        """
        self.faults: list[tuple[str, Fault]] = []
        self._type_of = type_of
        self._release = release

    def read(
        self,
        given: Mapping[str, Any],
        properties: Mapping[str, PropertyDefinition],
        names: Mapping[str, str],
        field: str = "",
    ) -> dict[str, Any]:
        """The arguments under their names in Python. Those that are faulty are no good to a component.

        Args:
            given: What arrived.
            properties: What there may be.
            names: Each of its names with the one in Python.
            field: The argument that holds it; none holds the component's own.
        """
        for key in sorted(given.keys() - properties.keys()):
            self.faults.append((_inside(field, key), self._of_another_release(unknown_key_fault(key, properties))))
        read = {}
        for key, wanted in properties.items():
            if given.get(key) is not None:
                read[names[key]] = self._value(given[key], wanted, _inside(field, key))
            elif not wanted.optional:
                self.faults.append((_inside(field, key), self._of_another_release(missing_fault(key))))
        return read

    def _of_another_release(self, fault: Fault) -> Fault:
        renewed = f"an SDK of another version than {self._release} is renewed by `pulumi package add`"
        return fault._replace(remedy=f"{fault.remedy}\n          {renewed}")

    def _value(self, given: Any, wanted: PropertyDefinition, field: str) -> Any:  # noqa: ANN401 - of any type
        if isinstance(given, Output):
            if wanted.plain and not (wanted.ref and self._type_of(wanted) is None):
                self.faults.append((field, _LATER))
            elif (arrived := _arrived(given)) is not None and (fault := _arrived_fault(arrived, wanted.type)):
                self.faults.append((field, fault))
            return given
        if wanted.ref:
            return self._referred(given, self._type_of(wanted), field)
        if wanted.type is not None and not _is(given, wanted.type):
            self.faults.append((field, type_fault(_EXPECTED[wanted.type], _described(given, wanted.type))))
            return given
        if (inner := wanted.items) is not None:
            return [self._value(each, inner, f"{field}[{number}]") for number, each in enumerate(given)]
        if (inner := wanted.additional_properties) is not None:
            return {key: self._value(each, inner, _inside(field, key)) for key, each in given.items()}
        return int(given) if wanted.type is PropertyType.INTEGER else given

    def _referred(self, given: Any, kind: TypeDefinition | None, field: str) -> Any:  # noqa: ANN401 - of any type
        if kind is None:
            return given
        if kind.enum is not None:
            choices = [choice.value for choice in kind.enum]
            if given in choices:
                return kind.python_type(given)
            self.faults.append((field, type_fault(f"one of {', '.join(map(repr, choices))}", repr(given))))
            return given
        if isinstance(given, Mapping):
            return self.read(given, kind.properties, kind.properties_mapping, field)
        fault = type_fault(_EXPECTED[PropertyType.OBJECT], _kind(given))
        self.faults.append((field, fault._replace(remedy=f"{fault.remedy}: any of {', '.join(kind.properties)}")))
        return given


def _inside(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key


def _arrived(given: Output[Any]) -> object:
    """What an output holds, where that arrived with it; nothing of one that is known later.

    Pulumi itself has no way to look at it before the component is made, and afterwards would blame what is in it.
    """
    data = vars(given).get("_data")
    if not isinstance(data, Future) or not data.done():
        return None
    value: object = data.result().value
    return None if contains_unknowns(value) else value


def _arrived_fault(arrived: object, wanted: PropertyType | None) -> Fault | None:
    if wanted is None:
        return None
    if wanted is PropertyType.STRING and isinstance(arrived, str) and arrived.startswith("urn:pulumi:"):
        return _RESOURCE
    # It may be a secret, whatever it is.
    return None if _is(arrived, wanted) else type_fault(_EXPECTED[wanted], _kind(arrived))


def _is(given: object, wanted: PropertyType) -> bool:
    if isinstance(given, bool):
        return wanted is PropertyType.BOOLEAN
    if isinstance(given, int | float):
        return wanted is PropertyType.NUMBER or (wanted is PropertyType.INTEGER and float(given).is_integer())
    return _kind(given) == _EXPECTED[wanted]


def _kind(given: object) -> str:
    if given is None:
        return "nothing"
    for type_, kind in ((str, "text"), (bool, "true or false"), (int | float, "a number"), (list, "a list")):
        if isinstance(given, type_):
            return kind
    return "keys with values" if isinstance(given, Mapping) else "a file or a resource"


def _described(given: object, wanted: PropertyType) -> str:
    """What was given: by its kind alone where it may be a secret."""
    return repr(given) if wanted in _SHOWN and isinstance(given, str | int | float) else _kind(given)


# What an SDK makes of a resource that stands where text is wanted is its URN.
_RESOURCE = Fault(
    what="is a resource, which is not text",
    danger="its URN would be taken for what is wanted, and be refused only where it arrives",
    remedy="write an output of it, such as `namespace.namespace`",
)

_LATER = Fault(
    what="is a secret, or known only when another resource has been made",
    danger="what is made depends on it, so that no preview could say what would be",
    remedy="write the value itself; of keys with values, the values may be outputs and secrets",
)
