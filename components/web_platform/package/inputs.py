"""Arguments as they arrive from another language, and as the components take them.

They arrive under the schema's names, `publicHost` for `public_host`; whole numbers are floats; choices are their
values. What is wrong is said in the schema's names, before a component sees any of it: Pulumi itself drops a key that
it does not know, and hands over nothing for an object that is none.
"""

import re
from asyncio import Future
from collections.abc import Callable, Mapping
from typing import Any

from pulumi import Output
from pulumi.provider.experimental.analyzer import PropertyDefinition, PropertyType, TypeDefinition
from pulumi.runtime.rpc import contains_unknowns

from web_platform.argument_types import LATER, below, choice_fault, is_of, resource_fault, type_fault
from web_platform.errors import Fault, missing_fault, unknown_key_fault

_TYPES: dict[PropertyType, type] = {
    PropertyType.STRING: str,
    PropertyType.BOOLEAN: bool,
    PropertyType.INTEGER: int,
    PropertyType.NUMBER: float,
    PropertyType.ARRAY: list,
    PropertyType.OBJECT: dict,
}

_URN = re.compile(r"urn:pulumi:[^:\s]+::[^:\s]+::\S+::.+")


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
            self.faults.append(
                (below(field, key), of_another_release(unknown_key_fault(key, properties), self._release))
            )
        read = {}
        for key, wanted in properties.items():
            if given.get(key) is not None:
                read[names[key]] = self._value(given[key], wanted, below(field, key))
            elif not wanted.optional:
                self.faults.append((below(field, key), of_another_release(missing_fault(key), self._release)))
        return read

    def _value(self, given: Any, wanted: PropertyDefinition, field: str) -> Any:  # noqa: ANN401 - of any type
        if isinstance(given, Output):
            if wanted.plain and not (wanted.ref and self._type_of(wanted) is None):
                self.faults.append((field, LATER))
            else:
                found = (_fault(value, wanted.type, secret=True) for value in _arrived(given, wanted))
                self.faults += [(field, fault) for fault in found if fault]
            return given
        if wanted.ref:
            return self._referred(given, self._type_of(wanted), field)
        if fault := _fault(given, wanted.type):
            self.faults.append((field, fault))
            return given
        if (inner := wanted.items) is not None:
            return [self._value(each, inner, f"{field}[{number}]") for number, each in enumerate(given)]
        if (inner := wanted.additional_properties) is not None:
            return {key: self._value(each, inner, below(field, key)) for key, each in given.items()}
        return int(given) if wanted.type is PropertyType.INTEGER else given

    def _referred(self, given: Any, kind: TypeDefinition | None, field: str) -> Any:  # noqa: ANN401 - of any type
        if kind is None:
            return given
        if kind.enum is not None:
            choices = [choice.value for choice in kind.enum]
            if given in choices:
                return kind.python_type(given)
            self.faults.append((field, choice_fault(given, choices)))
            return given
        if isinstance(given, Mapping):
            return self.read(given, kind.properties, kind.properties_mapping, field)
        fault = type_fault(given, dict)
        self.faults.append((field, fault._replace(remedy=f"{fault.remedy}: any of {', '.join(kind.properties)}")))
        return given


def of_another_release(fault: Fault, release: str) -> Fault:
    """A fault that may come of an SDK which was made from another version of the package than `release`."""
    renewed = f"an SDK of another version than {release} is renewed by `pulumi package add`"
    return fault._replace(remedy=f"{fault.remedy}\n{renewed}")


def _arrived(given: Output[Any], wanted: PropertyDefinition) -> list[object]:
    """The value of an output, where that arrived with it and is to be looked at; none of one that is known later.

    Pulumi itself has no way to look at it before the component is made, and afterwards would blame what is in it.
    """
    data = vars(given).get("_data")
    if not isinstance(data, Future) or not data.done():
        return []
    arrived = data.result()
    value: object = arrived.value
    # Nothing is what may be left out.
    is_there = arrived.is_known and not contains_unknowns(value) and not (value is None and wanted.optional)
    return [value] if is_there else []


def _fault(given: object, wanted: PropertyType | None, *, secret: bool = False) -> Fault | None:
    """What is wrong with the type of a value, which is not shown where it may be a secret."""
    if wanted is None:
        return None
    # What an SDK makes of a resource that stands where text is wanted is its URN.
    if wanted is PropertyType.STRING and isinstance(given, str) and _URN.fullmatch(given):
        return resource_fault("text")
    return None if is_of(given, _TYPES[wanted]) else type_fault(given, _TYPES[wanted], secret=secret)
