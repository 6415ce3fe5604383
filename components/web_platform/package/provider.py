"""The provider that makes components for programs in other languages."""

import inspect
import json
import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pulumi import ComponentResource, Inputs, ResourceOptions, RunError
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.analyzer import Analyzer, ComponentDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from web_platform.errors import ArgumentError, Fault, told, unknown_key_fault
from web_platform.package.inheritance import bases_of
from web_platform.package.inputs import Reader, of_another_release

NAME = "web-platform"
"""What the package is called, with which the components' types begin, and the distribution that they are in."""

_SNAKE_CASE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")

_own_docstring = Analyzer.get_docstring


def _docstring(self: Analyzer, typ: type, name: str) -> str | None:
    """The description of an argument. Pulumi looks for it in the class, and not in what that inherits from."""
    inherited = (_docstring(self, base, name) for base in bases_of(typ))
    return _own_docstring(self, typ, name) or next(filter(None, inherited), None)


Analyzer.get_docstring = _docstring  # type: ignore[method-assign]


class Package(ComponentProvider):
    """Components that the engine can ask for.

    What one of them refuses reaches the reader as it does in Python: the field under the name that the schema has for
    it, the danger and the remedy, and no stack trace.
    """

    def __init__(self, components: Sequence[type[ComponentResource]]) -> None:
        """Offer `components` in the version that is installed."""
        super().__init__(list(components), NAME, version=version(NAME))
        self._release = f"{NAME} {self.version}"
        mappings = [
            *(each.inputs_mapping for each in self._component_defs.values()),
            *(each.properties_mapping for each in self._type_defs.values()),
        ]
        self._names = {python: name for mapping in mappings for name, python in mapping.items() if name != python}
        # SDKs add the ending to what they make of a type, and would say it twice.
        schema = re.sub(rf'({NAME}:index:\w+)Args"', r'\1"', self.schema or "")
        self.schema = json.dumps(json.loads(schema, object_hook=self._described))

    def construct(
        self, name: str, resource_type: str, inputs: Inputs, options: ResourceOptions | None = None
    ) -> ConstructResult:
        """Make a component."""
        component = resource_type.rpartition(":")[2]
        if component not in self._components:
            raise _error(told(component, self._no_component_fault(component)))
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as failed:
            if isinstance(failed.inner, ArgumentError):
                raise _error(self._renamed(told(failed.inner.field, failed.inner.fault))) from None
            if isinstance(failed.inner, RunError):
                raise _error(str(failed.inner)) from None
            raise

    def _renamed(self, text: str) -> str:
        """A text with arguments under the names that the schema has for them."""
        return _SNAKE_CASE.sub(lambda word: self._names.get(word[0], word[0]), text)

    def _described(self, part: dict[str, Any]) -> dict[str, Any]:
        """A part of the schema whose description has a line a paragraph, wherever the lines of the docstring end."""
        if isinstance(text := part.get("description"), str):
            part["description"] = self._renamed(re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(text)))
        return part

    def _no_component_fault(self, component: str) -> Fault:
        fault = Fault(
            what=f"is no component of {self._release}",
            danger="nothing could be made of it",
            remedy=unknown_key_fault(component, self._components).remedy,
        )
        return of_another_release(fault, self._release)

    def map_inputs(self, inputs: Inputs, component_def: ComponentDefinition) -> Inputs:
        """The arguments as the component takes them."""
        reader = Reader(self.get_type_definition, self._release)
        arguments = reader.read(inputs, component_def.inputs, component_def.inputs_mapping)
        if reader.faults:
            raise _error("\n".join(told(field, fault) for field, fault in reader.faults))
        return arguments


def _error(message: str) -> InputPropertiesError:
    """What is wrong as a message alone: beside a property that is named, the engine would show its value."""
    return InputPropertiesError(message, [])
