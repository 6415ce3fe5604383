"""The properties of a resource that change, with what they are and what they will be. No secret is ever one of both."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pulumi.runtime import rpc

SECRET = "[secret]"  # noqa: S105 - what the engine itself shows in place of one
UNKNOWN = "(known once it is made)"
ABSENT = "(none)"

# How the engine writes a secret, and a value that nobody knows yet.
_SECRET_KEY, _SECRET_MARK = rpc._special_sig_key, rpc._special_secret_sig
_KEY = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([^.\[\]]+)')

Key = str | int
State = Mapping[str, Any]


class Property(NamedTuple):
    """A property that changes.

    Attributes:
        path: Where it is. Members of a list are called by their names, where they have some.
        old: What it is, as text.
        new: What it will be.
        replaces: Whether the resource is replaced because of it.
    """

    path: str
    old: str
    new: str
    replaces: bool


def changed(step: Mapping[str, Any], drift: bool = False) -> list[Property]:
    """The properties by which a step of the engine's differs from what the state says.

    Args:
        step: The step, with the resource's old and new state.
        drift: Whether the new state tells what is there, and not what is asked for.
    """
    old, new = step.get("old") or {}, step.get("new") or {}
    if told := step.get("detailedDiff"):
        return [_told(path, difference, old, new, drift) for path, difference in sorted(told.items())]
    # A provider need not say more than that there is a difference.
    part = "outputs" if drift else "inputs"
    before, after = old.get(part) or {}, new.get(part) or {}
    because = step.get("keys") or ()
    return [
        Property(_path(keys, after, before), *_pair(was, will_be, SECRET in (was, will_be)), keys[0] in because)
        for keys, was, will_be in _differences(before, after)
    ]


def _told(path: str, difference: Mapping[str, Any], old: State, new: State, drift: bool) -> Property:
    keys = _keys(path)
    # What the provider has added stands in the outputs alone, and what is not there yet in the inputs.
    inputs, outputs = [old.get("inputs"), new.get("inputs")], [old.get("outputs"), new.get("outputs")]
    before = _first(keys, outputs[0], inputs[0]) if drift else _first(keys, inputs[0], outputs[0])
    after = _first(keys, outputs[1], inputs[1]) if drift else _first(keys, inputs[1])
    everywhere = [inputs[1], inputs[0], outputs[1], outputs[0]]
    hidden = any(_at(keys, state) == SECRET for state in everywhere)
    return Property(
        _path(keys, *everywhere), *_pair(before, after, hidden), "replace" in difference.get("diffKind", "")
    )


def _pair(before: object, after: object, hidden: bool) -> tuple[str, str]:
    """Both as text. Where one is secret, so is the other: it was, or will be, the same secret by another value."""
    return _text(_masked(before, after), hidden), _text(_masked(after, before), hidden)


def _masked(value: object, other: object) -> object:
    """A value without what the other keeps secret in the same place, or might keep in any where they are not alike."""
    if value is ABSENT:
        return value
    if isinstance(value, Mapping) and isinstance(other, Mapping):
        return {key: _masked(part, other.get(key, ABSENT)) for key, part in value.items()}
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        return [_masked(part, counterpart) for part, counterpart in zip(value, other, strict=True)]
    return SECRET if _holds_secret(other) else value


def _holds_secret(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_secret, value.values()))
    return any(map(_holds_secret, value)) if isinstance(value, list) else value == SECRET


def _text(value: object, hidden: bool) -> str:
    if hidden and value is not ABSENT:
        return SECRET
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _keys(path: str) -> list[Key]:
    """The keys of a path as the engine writes it: `spec.containers[0].env["a.b"]`."""
    keys: list[Key] = []
    for quoted, index, name in _KEY.findall(path):
        keys.append(int(index) if index else name or re.sub(r"\\(.)", r"\1", quoted))
    return keys


def _first(keys: Sequence[Key], *states: object) -> object:
    """What the first of the states has there; absent where none has anything."""
    return next((found for state in states if (found := _at(keys, state)) is not ABSENT), ABSENT)


def _at(keys: Sequence[Key], state: object) -> object:
    value = _readable(state)
    for key in keys:
        if value == SECRET:
            return SECRET
        value = _member(value, key)
    return value


def _member(value: object, key: Key) -> object:
    if isinstance(value, Mapping):
        return value.get(str(key), ABSENT)
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return value[key]
    return ABSENT


def _readable(value: object) -> object:
    """The same without secrets, and with words for what nobody knows yet."""
    if isinstance(value, Mapping):
        if value.get(_SECRET_KEY) == _SECRET_MARK:
            return SECRET
        return {key: _readable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_readable(part) for part in value]
    return value.replace(rpc.UNKNOWN, UNKNOWN) if isinstance(value, str) else value


def _path(keys: Sequence[Key], *states: object) -> str:
    """A path for people: a list's member by its name, as Kubernetes has them, in the first state that has it."""
    return next((named for state in states if (named := _named(keys, _readable(state)))), _joined(keys))


def _named(keys: Sequence[Key], state: object) -> str:
    """Empty where the state has no such thing."""
    said: list[Key] = []
    for key in keys:
        state = _member(state, key)
        name = state.get("name") if isinstance(key, int) and isinstance(state, Mapping) else None
        said.append(f"[{name}]" if isinstance(name, str) else key)
    return "" if state is ABSENT else _joined(said)


def _joined(keys: Sequence[Key]) -> str:
    said = ""
    for key in keys:
        if isinstance(key, int):
            said += f"[{key}]"
        elif key.startswith("["):
            said += key
        else:
            said += ("." if said else "") + (f'"{key}"' if "." in key else key)
    return said


def _differences(
    old: object, new: object, keys: tuple[Key, ...] = ()
) -> Iterator[tuple[tuple[Key, ...], object, object]]:
    """Where two states differ, as deep as can be said."""
    old, new = _readable(old), _readable(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new} - {"__defaults"}):
            yield from _differences(old.get(key, ABSENT), new.get(key, ABSENT), (*keys, key))
    elif old != new:
        yield keys, old, new
