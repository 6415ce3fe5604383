"""What a preview changes: each resource once, by its name, with the properties that change."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ci.preview import properties
from ci.preview.events import Event
from ci.preview.properties import Property

_STACK = "pulumi:pulumi:Stack"


class Kind(StrEnum):
    """What becomes of a resource; the most serious first."""

    DELETE = "delete"
    REPLACE = "replace"
    FORGET = "forget"
    UPDATE = "update"
    IMPORT = "import"
    CREATE = "create"


# https://www.pulumi.com/docs/iac/concepts/how-pulumi-works/: a replacement is told in three steps. Steps that are not
# here change nothing.
_KINDS = {
    "create": Kind.CREATE,
    "update": Kind.UPDATE,
    "delete": Kind.DELETE,
    "replace": Kind.REPLACE,
    "create-replacement": Kind.REPLACE,
    "delete-replaced": Kind.REPLACE,
    "import": Kind.IMPORT,
    "import-replacement": Kind.REPLACE,
}


@dataclass(frozen=True)
class Change:
    """A resource that changes.

    Attributes:
        kind: What becomes of it.
        urn: Which it is.
        before: What the engine knows of it: its inputs, its outputs, whether it is protected. Empty for a new one.
        after: The same as it will be; empty for one that is deleted.
        properties: What changes of it. Nothing is said of one that is new, or that is no more.
    """

    kind: Kind
    urn: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    properties: tuple[Property, ...] = ()

    @property
    def type(self) -> str:
        """Its type's token."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def type_name(self) -> str:
        """The last word of its type: `Deployment`."""
        return _type_name(self.type)

    @property
    def name(self) -> str:
        """Its name in the program."""
        return _name(self.urn)

    @property
    def owner(self) -> str:
        """Type and name of the component that it is a part of; empty where it is of none."""
        parent = (self.after or self.before).get("parent") or ""
        if not parent or parent.split("::")[2] == _STACK:
            return ""
        return f"{_type_name(parent.split('::')[2])} {_name(parent)}"


def _type_name(type_: str) -> str:
    # Whoever writes a program names its components, and what stands here is no code of Markdown's.
    return re.sub(r"\W", "", type_.rpartition(":")[2])


def changes(steps: Iterable[Event]) -> list[Change]:
    """What the steps of a preview change, the most serious first. What they are made for may be told several times."""
    return _changes(steps, drift=False)


def drifted(steps: Iterable[Event]) -> list[Change]:
    """What the steps of a refresh find to be otherwise than the state says."""
    return _changes(steps, drift=True)


def counts(found: Sequence[Change]) -> dict[Kind, int]:
    """How many there are of each kind, in the order of kinds; of some there may be none."""
    counted = Counter(change.kind for change in found)
    return {kind: counted[kind] for kind in Kind}


def is_of_cloud(state: Mapping[str, Any]) -> bool:
    """Whether a resource is something somewhere: components and providers are there for others, which are told of."""
    return bool(state.get("custom")) and not str(state.get("type")).startswith("pulumi:")


def _changes(steps: Iterable[Event], drift: bool) -> list[Change]:
    last: dict[str, Event] = {}
    for step in steps:
        urn = step["urn"]
        # That what is replaced is deleted in the end says less than that, and why, it is replaced.
        if not (step["op"] == "delete-replaced" and urn in last):
            last[urn] = step
    order = list(Kind)
    found = (_change(urn, step, drift) for urn, step in last.items())
    return sorted(filter(None, found), key=lambda change: order.index(change.kind))


def _change(urn: str, step: Event, drift: bool) -> Change | None:
    before, after = step.get("old") or {}, step.get("new") or {}
    options = [*_options(before, after)]
    # What only the engine keeps is a change to it alone, and what protects a resource is of that kind.
    kind = Kind.UPDATE if step["op"] == "same" and options else _KINDS.get(step["op"])
    if kind is None or not is_of_cloud(after or before):
        return None
    if kind is Kind.DELETE and _is_kept(before):
        kind = Kind.FORGET
    compared = kind in (Kind.UPDATE, Kind.REPLACE, Kind.IMPORT)
    return Change(kind, urn, before, after, (*options, *properties.changed(step, drift)) if compared else ())


def _options(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Property]:
    """What the engine itself is told of a resource that is there and stays, and is told otherwise now."""
    for name in ("protect", "retainOnDelete"):
        old, new = bool(before.get(name)), bool(after.get(name))
        if before and after and old != new:
            yield Property(name, str(old).lower(), str(new).lower(), replaces=False)


def _is_kept(state: Mapping[str, Any]) -> bool:
    return bool(state.get("retainOnDelete")) or (state.get("inputs") or {}).get("deletionPolicy") == "ABANDON"


def _name(urn: str) -> str:
    return urn.split("::", 3)[-1]
