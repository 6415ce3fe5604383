"""What the program would have had to say for a resource to be as it is found."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.providers.google import schema
from localcloud.providers.properties import Property


def inputs_now(
    token: str, given: Mapping[str, Property], before: Mapping[str, Property], now: Mapping[str, Property]
) -> dict[str, Property]:
    """The inputs that were given, with what changed since in the cloud.

    Google writes some values in another way than a program does, a network's address for its name, for example. That
    is no drift: only what is not as it was when Pulumi last saw it replaces what was given.

    Args:
        token: The resource's type.
        given: Its inputs; none when it is imported.
        before: Its state as Pulumi knows it; nothing when it is imported.
        now: Its state in the cloud.
    """
    names = schema.inputs(token) if schema.known(token) else now.keys()
    if not before:
        return {name: now[name] for name in names if now.get(name) is not None}
    found = ((name, _input_now(given.get(name), before.get(name), now.get(name))) for name in {*given, *names})
    return {name: value for name, value in found if value is not None}


def _input_now(given: Property, before: Property, now: Property) -> Property:
    if before == now:
        return given
    if isinstance(given, Mapping) and isinstance(before, Mapping) and isinstance(now, Mapping):
        keys = {*given, *before, *now}
        found = ((key, _input_now(given.get(key), before.get(key), now.get(key))) for key in keys)
        return {key: value for key, value in found if value is not None}
    if _lists_of_one_length(given, before, now):
        return [_input_now(*each) for each in zip(given, before, now, strict=True)]
    return now


def _lists_of_one_length(*values: Property) -> bool:
    return all(isinstance(value, list) for value in values) and len({len(value) for value in values}) == 1
