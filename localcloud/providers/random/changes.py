"""What differs between a resource's state and its new inputs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from localcloud.protocol import provider_pb2
from localcloud.providers.inputs import has_unknowns
from localcloud.providers.properties import Property

_Difference = provider_pb2.PropertyDiff


def changes(state: Mapping[str, Property], planned: Mapping[str, Property]) -> dict[str, _Difference]:
    """Differences by property path. Every one replaces the resource, for a random value is generated only once.

    An unknown value counts as a change: the preview must not promise that a value stays when it may not.
    """
    found: dict[str, _Difference] = {}
    for name, new in planned.items():
        old = state.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for key in sorted({*old, *new}):
                _compare(found, name + _step(key), old.get(key), new.get(key))
        else:
            _compare(found, name, old, new)
    return found


def replaces(name: str, state: Mapping[str, Property], planned: Mapping[str, Property]) -> bool:
    """All changes do, but for an empty `overrideSpecial` that goes: it meant nothing."""
    return not (name == "overrideSpecial" and state.get(name) == "" and planned.get(name) is None)


def property_of(path: str) -> str:
    """The property that a path begins with."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _compare(found: dict[str, _Difference], path: str, old: Property, new: Property) -> None:
    if old == new and not has_unknowns(new):
        return
    if old is None:
        kind = _Difference.ADD_REPLACE
    elif new is None:
        kind = _Difference.DELETE_REPLACE
    else:
        kind = _Difference.UPDATE_REPLACE
    found[path] = _Difference(kind=kind)


def _step(key: str) -> str:
    if re.fullmatch(r"[A-Za-z_]\w*", key):
        return f".{key}"
    return '["' + key.replace('"', '\\"') + '"]'
