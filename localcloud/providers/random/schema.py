"""The package's schema, derived from the declarations, for programs in YAML and for `pulumi package get-schema`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from localcloud.providers.inputs import Kind
from localcloud.providers.random.resource import RandomResource

_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.INTEGER: {"type": "integer"},
    Kind.STRING: {"type": "string"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.STRINGS: {"type": "array", "items": {"type": "string"}},
    Kind.STRING_MAP: {"type": "object", "additionalProperties": {"type": "string"}},
}


def package_schema(version: str, resources: Iterable[RandomResource]) -> dict[str, Any]:
    """What the engine needs to know to check a program against the package."""
    return {
        "name": "random",
        "version": version,
        "description": "A local stand-in for the random provider.",
        "meta": {"moduleFormat": "(.*)(?:/[^/]*)"},
        "provider": {},
        "resources": {resource.type_name: _resource(resource) for resource in resources},
    }


def _resource(resource: RandomResource) -> dict[str, Any]:
    inputs = {each.name: _TYPES[each.kind] for each in resource.inputs}
    required = [each.name for each in resource.inputs if each.required]
    outputs = {each.name: {**_TYPES[each.kind], "secret": each.secret} for each in resource.outputs}
    always = [each.name for each in resource.inputs if each.required or each.default is not None]
    return {
        "inputProperties": inputs,
        "requiredInputs": required,
        "properties": {**inputs, **outputs},
        "required": [*always, *outputs],
    }
