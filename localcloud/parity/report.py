"""What people and programs see of a comparison."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from localcloud.parity.comparison import ABSENT, Comparison, Difference
from localcloud.parity.resources import UNKNOWN, Resource
from localcloud.parity.rules import FILE, PropertyRule

# Of a value in a table. What is longer is cut, but never where the two differ.
_LONGEST = 48
_BEFORE = 12

# Names in a line; of more, their number is said.
_NAMED = 4

# Of a column of values beside one of paths, which are longer and have no place to be broken.
_WIDEST_VALUE = 32

_LATER = "(known later)"


def report(found: Comparison) -> RenderableType:
    """The comparison for people: what is wrong last, where they look first."""
    sections: Sequence[tuple[Sequence[object], str, Callable[[Comparison], Table]]] = (
        (found.identity, "Identity: what each calls its own, and is the same in the same places.", _words),
        (found.stand_ins, "Stand-ins: what replaces what, and what is lost by it.", _stand_ins),
        (found.local, "Stand-ins: what follows from them for properties.", _explained),
        (found.scale, "Scale: how much there is of what both have.", _scale),
        (found.lonely, "Kind: resources that only one of them has.", _lonely),
        (found.kind, "Kind: properties that differ, and no entry of the list says that they may.", _kind),
    )
    parts: list[RenderableType] = []
    for content, heading, table in sections:
        if content:
            parts += [Text(heading, style="bold"), Padding(table(found), (0, 0, 1, 2), expand=False)]
    return Group(*parts, Text("\n".join(_summary(found)), style="" if found.is_of_one_kind else "red"))


def as_json(found: Comparison) -> str:
    """The comparison for programs. Where a stack has nothing, its key is missing."""
    said = json.dumps(
        {
            "first": found.first,
            "second": found.second,
            "sameKind": found.is_of_one_kind,
            "resources": found.resources,
            "identity": [
                {"name": word.name, "first": word.first, "second": word.second, "properties": count}
                for word, count in found.identity
            ],
            "scale": [_rule(rule, differences) for rule, differences in found.scale],
            "local": [_rule(rule, differences) for rule, differences in found.local],
            "standIns": [
                {
                    "onGoogle": [resource.key for resource in google],
                    "inLocal": [resource.key for resource in local],
                    "replacedBy": rule.replaced_by,
                    "lost": rule.lost,
                }
                for rule, google, local in found.stand_ins
            ],
            "kind": {
                "resources": [
                    {"resource": each.resource.key, "onlyIn": each.stack, "parts": each.parts} for each in found.lonely
                ],
                "properties": [_difference(each) for each in found.kind],
            },
            "unknown": [{"resource": key, "property": path} for key, path in found.unknown],
            "secret": found.secret,
        },
        indent=2,
        default=str,
        ensure_ascii=False,
    )
    return said.replace(UNKNOWN, _LATER)


def _summary(found: Comparison) -> Iterable[str]:
    scale = sum(len(differences) for _, differences in found.scale)
    yield (
        f"{found.first} and {found.second}: {_counted(found.resources, 'resource')} compared, "
        f"{_counted(scale, 'difference')} of scale, {len(found.kind) + len(found.lonely) or 'none'} of kind."
    )
    if found.unknown or found.secret:
        yield (
            f"Not compared: {_counted(len(found.unknown), 'value')} known only once something is made, "
            f"{_counted(found.secret, 'secret')}."
        )
    if not found.is_of_one_kind:
        yield f"They differ in kind. Make them alike, or say in {FILE} why it is none (docs/parity.md)."


def _words(found: Comparison) -> Table:
    table = _table("word", found.first, found.second)
    table.add_column("properties", justify="right")
    for word, count in found.identity:
        _add(table, word.name, word.first, word.second, str(count))
    return table


def _stand_ins(found: Comparison) -> Table:
    table = _table("on Google Cloud", "replaced by", "lost")
    for rule, google, _ in found.stand_ins:
        keys = {resource.key for resource in google}
        outermost = [resource for resource in google if resource.parent not in keys]
        _add(table, _listed(outermost) or "(nothing)", rule.replaced_by, rule.lost)
    return table


def _explained(found: Comparison) -> Table:
    table = _table("property", "of", "why")
    for rule, differences in found.local:
        differing = {difference.resource.key: difference.resource for difference in differences}
        _add(table, rule.property, _listed(differing.values()), rule.why)
    return table


def _scale(found: Comparison) -> Table:
    table = _table("property", found.first, found.second, "of")
    alike: dict[tuple[str, str, str], list[Resource]] = defaultdict(list)
    for _, differences in found.scale:
        for difference in differences:
            alike[difference.path, *_both(difference)].append(difference.resource)
    for row, resources in alike.items():
        _add(table, *row, _listed(resources))
    return table


def _lonely(found: Comparison) -> Table:
    table = _table("resource", "only in", "with")
    for each in found.lonely:
        parts = f"{_counted(each.parts, 'resource')} in it" if each.parts else ""
        _add(table, _title(each.resource), each.stack, parts)
    return table


def _kind(found: Comparison) -> Table:
    table = _table("property", found.first, found.second)
    for column in table.columns[1:]:
        column.max_width = _WIDEST_VALUE
    for resource, differences in groupby(found.kind, key=lambda difference: difference.resource):
        _add(table, _title(resource))
        for difference in differences:
            _add(table, f"  {difference.path}", *_both(difference))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    # As texts: rich would take `[main]` of a path for a style of its own.
    table.add_row(*map(Text, cells))


def _title(resource: Resource) -> str:
    """A resource and the component that it is a part of."""
    return f"{_named(resource.key)} of {_named(resource.parent)}" if resource.parent else _named(resource.key)


def _named(key: str) -> str:
    types, _, name = key.rpartition("::")
    return f"{types.rpartition(':')[2]} {name}"


def _listed(resources: Iterable[Resource]) -> str:
    """Resources by the last part of their type, and their names."""
    by_type: dict[str, list[str]] = defaultdict(list)
    for resource in resources:
        by_type[resource.type.rpartition(":")[2]].append(resource.key.rpartition("::")[2])
    return "; ".join(f"{type_} {_enumerated(names)}" for type_, names in by_type.items())


def _enumerated(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names) if rest <= 1 else f"{', '.join(names[:_NAMED])} and {rest} more"


def _both(difference: Difference) -> tuple[str, str]:
    """Both values, as a table has room for them."""
    first, second = _said(difference.first), _said(difference.second)
    shorter = min(len(first), len(second))
    start = max(0, next((at for at in range(shorter) if first[at] != second[at]), shorter) - _BEFORE)
    return _cut(first, start), _cut(second, start)


def _said(value: Any) -> str:  # noqa: ANN401 - JSON of any shape
    text = str(value) if value is ABSENT else json.dumps(value, default=str, ensure_ascii=False)
    plain = isinstance(value, str) and value.strip() and value.isprintable()
    return (str(value) if plain else text).replace(UNKNOWN, _LATER)


def _cut(text: str, start: int) -> str:
    if len(text) <= _LONGEST:
        return text
    part = text[start : start + _LONGEST]
    return f"{'…' if start else ''}{part}{'…' if start + _LONGEST < len(text) else ''}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _rule(rule: PropertyRule, differences: Iterable[Difference]) -> dict[str, Any]:
    return {**rule.model_dump(by_alias=True), "differences": [_difference(each) for each in differences]}


def _difference(each: Difference) -> dict[str, Any]:
    sides = {"first": each.first, "second": each.second}
    said = {side: value for side, value in sides.items() if value is not ABSENT}
    return {"resource": each.resource.key, "property": each.path, **said}
