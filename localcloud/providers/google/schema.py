"""What the real provider declares of its resource types: properties, their types, and which of them replace.

`schema.json` holds the facts, one line a type. It is read at the first question, for a plugin that only answers what it
is called should start at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from localcloud.providers.properties import Property, Secret

Type: TypeAlias = str | Mapping[str, Any]
"""``string``, ``integer``, ``number``, ``boolean``, ``any``, the name of an object type, or ``{"list": Type}`` or
``{"map": Type}``."""

ANY: Final = "any"
ASSET: Final = "pulumi.json#/Asset"


@dataclass(frozen=True)
class Field:
    """A property of a resource type or of an object type.

    Attributes:
        type: What its value is.
        required: An input that must be given, or an output that is always there.
        replaces: Changing the input replaces the resource.
        computed: Google decides on the input where it is not given.
        secret: The value is to be encrypted and masked.
        deprecated: The real provider advises against it.
        default: What the real provider fills in itself.
    """

    type: Type = ANY
    required: bool = False
    replaces: bool = False
    computed: bool = False
    secret: bool = False
    deprecated: bool = False
    default: Property = None


# An SDK tells the inputs that it has, but not which of them replace: these count as changed in place. Of what is inside
# their objects nothing is checked.
ADDED_SINCE: Final[Mapping[str, Mapping[str, Field]]] = {
    "gcp:cloudrunv2/ServiceTemplate:ServiceTemplate": {"workloadIdentityConfig": Field()},
    "gcp:cloudrunv2/service:Service": {"functionalType": Field("string"), "sshEnabled": Field("boolean")},
    "gcp:container/ClusterNodeConfigHostMaintenancePolicy:ClusterNodeConfigHostMaintenancePolicy": {
        "opportunisticMaintenanceStrategy": Field()
    },
    "gcp:container/ClusterNodePool:ClusterNodePool": {"bestEffortProvisioning": Field()},
    "gcp:container/ClusterNodePoolNetworkConfigAdditionalNodeNetworkConfig:ClusterNodePoolNetworkConfigAdditionalNodeNetworkConfig": {  # noqa: E501 - a name
        "stackType": Field("string")
    },
    "gcp:container/ClusterNodePoolNodeConfigHostMaintenancePolicy:ClusterNodePoolNodeConfigHostMaintenancePolicy": {
        "opportunisticMaintenanceStrategy": Field()
    },
    "gcp:container/NodePoolNetworkConfigAdditionalNodeNetworkConfig:NodePoolNetworkConfigAdditionalNodeNetworkConfig": {
        "stackType": Field("string")
    },
    "gcp:container/NodePoolNodeConfigHostMaintenancePolicy:NodePoolNodeConfigHostMaintenancePolicy": {
        "opportunisticMaintenanceStrategy": Field()
    },
    "gcp:container/nodePool:NodePool": {"bestEffortProvisioning": Field()},
    "gcp:secretmanager/secret:Secret": {"secretType": Field("string")},
    "gcp:sql/DatabaseInstanceSettings:DatabaseInstanceSettings": {"replicationLagMaxSeconds": Field("integer")},
    "gcp:sql/databaseInstance:DatabaseInstance": {
        "blueGreenDeployment": Field(),
        "encryptionConfidentialMode": Field("boolean"),
    },
}
"""Resource or object type -> inputs that came between release 9.35.0, which schema.json describes, and 10.2.0."""


def known(token: str) -> bool:
    """Whether the schema has a resource type."""
    return token in _facts()["resources"]


def tokens() -> list[str]:
    """Every resource type of the schema."""
    return list(_facts()["resources"])


@cache
def inputs(token: str) -> Mapping[str, Field]:
    """The inputs of a resource type; none of a type that the schema does not have."""
    declared = _facts()["resources"].get(token, {}).get("inputs", {})
    return MappingProxyType({**_fields(declared), **ADDED_SINCE.get(token, {})} if known(token) else {})


@cache
def outputs(token: str) -> Mapping[str, Field]:
    """What a resource type has beside its inputs; nothing of a type that the schema does not have."""
    return MappingProxyType(_fields(_facts()["resources"].get(token, {}).get("outputs", {})))


@cache
def members(type_: str) -> Mapping[str, Field]:
    """The properties of an object type."""
    return MappingProxyType({**_fields(_facts()["types"][type_]), **ADDED_SINCE.get(type_, {})})


def whole_numbers(token: str, given: Mapping[str, Property]) -> dict[str, Property]:
    """The properties, with integers where the schema has such: the engine sends every number as a float."""
    declared = {**outputs(token), **inputs(token)}
    return {name: _whole(declared[name].type, value) if name in declared else value for name, value in given.items()}


def with_secrets(token: str, state: Mapping[str, Property]) -> dict[str, Property]:
    """The properties, with those wrapped that the schema declares secret, in objects too."""
    declared = {**outputs(token), **inputs(token)}
    return {name: _wrapped(declared[name], value) if name in declared else value for name, value in state.items()}


def laid_over(
    token: str, state: Mapping[str, Property], former: Mapping[str, Property], given: Mapping[str, Property]
) -> dict[str, Property]:
    """A resource's state with what is given now instead of what was before.

    Of an object, what was never given stays: Google computed it.
    """
    declared = inputs(token)
    over = {
        name: _over(declared.get(name, Field()).type, state.get(name), former.get(name), value)
        for name, value in given.items()
    }
    return {**state, **over}


def element(type_: Type) -> Type | None:
    """What a list or map is made of; None of anything else."""
    return next(iter(type_.values())) if isinstance(type_, Mapping) else None


def is_object(type_: Type) -> bool:
    """Whether values of the type have named members."""
    return isinstance(type_, str) and type_ in _facts()["types"]


@cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text())
    return facts


def _fields(declared: Mapping[str, Mapping[str, Any]]) -> dict[str, Field]:
    return {name: Field(**facts) for name, facts in declared.items()}


def _whole(type_: Type, value: Property) -> Property:
    if type_ == "integer":
        return int(value) if isinstance(value, float) and value.is_integer() else value
    inner = element(type_)
    if isinstance(value, list):
        return [_whole(ANY if inner is None else inner, each) for each in value]
    if isinstance(value, Mapping) and inner is not None:
        return {key: _whole(inner, each) for key, each in value.items()}
    if isinstance(value, Mapping) and isinstance(type_, str) and is_object(type_):
        fields = members(type_)
        return {key: _whole(fields[key].type, each) if key in fields else each for key, each in value.items()}
    return value


def _over(type_: Type, state: Property, former: Property, given: Property) -> Property:
    if not (isinstance(state, Mapping) and isinstance(given, Mapping) and is_object(type_)):
        return given
    fields, before = members(str(type_)), former if isinstance(former, Mapping) else {}
    computed = {name: value for name, value in state.items() if name not in before}
    over = {
        name: _over(fields.get(name, Field()).type, state.get(name), before.get(name), value)
        for name, value in given.items()
    }
    return {**computed, **over}


def _wrapped(field: Field, value: Property) -> Property:
    if value is None:
        return None
    if field.secret:
        return Secret(value)
    inner = element(field.type)
    if isinstance(value, list) and inner is not None:
        return [_wrapped(Field(inner), each) for each in value]
    if isinstance(value, Mapping) and isinstance(field.type, str) and is_object(field.type):
        fields = members(field.type)
        return {key: _wrapped(fields[key], each) if key in fields else each for key, each in value.items()}
    return value
