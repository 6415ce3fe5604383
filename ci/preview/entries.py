"""Changes as a reader sees them: each by its name, with what was and what will be; what is long is folded."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from ci.preview.changes import Change, Kind
from ci.preview.markdown import block, code, cut, folded, joined
from ci.preview.properties import Property

# What is shown without a click.
_SHOWN_PROPERTIES = 8
_SHOWN_NAMES = 25
_IN_ONE_LINE = 100


class Words(NamedTuple):
    """What a kind of change is called: of many, after their number, and of one."""

    many: str
    one: str


class Entry(NamedTuple):
    """A change, in full and by its name alone."""

    full: str
    brief: str


def entries(found: Sequence[Change], words: Mapping[Kind, Words]) -> Iterator[Entry]:
    """Every change, below a heading for each kind."""
    for kind, each_of_kind in groupby(found, lambda change: change.kind):
        alike = [*each_of_kind]
        heading = f"### {len(alike)} {words[kind].many}"
        yield Entry(heading, heading)
        plain = [_name(each, words[kind]) for each in alike if not each.properties]
        for each in alike:
            if each.properties:
                yield Entry(joined([_name(each, words[kind]), _properties(each.properties)]), _name(each, words[kind]))
        if plain:
            names = "\n".join(f"- {each}" for each in plain)
            whole = folded(f"{len(plain)} by name", names) if len(plain) > _SHOWN_NAMES else names
            yield Entry(whole, whole)


def _name(change: Change, words: Words) -> str:
    owner = f" of {code(change.owner)}" if change.owner and change.owner.rpartition(" ")[2] != change.name else ""
    return f"**{words.one}** {change.type_name} {code(change.name)}{owner}"


def _properties(properties: Sequence[Property]) -> str:
    said = (
        joined(map(_property, properties)) if any(map(_is_long, properties)) else "\n".join(map(_property, properties))
    )
    if len(properties) > _SHOWN_PROPERTIES:
        return folded(f"{len(properties)} properties", said)
    return said


def _property(each: Property) -> str:
    because = " (this replaces it)" if each.replaces else ""
    if not _is_long(each):
        return f"- {code(each.path)}: {code(each.old)} → {code(each.new)}{because}"
    difference = difflib.unified_diff(_lines(each.old), _lines(each.new), lineterm="", n=2)
    # The first two lines name files.
    said = block("\n".join([*difference][2:]), "diff")
    return joined([f"- {code(each.path)}{because}:", folded("old and new", said)])


def _is_long(each: Property) -> bool:
    return any(len(value) > _IN_ONE_LINE or "\n" in value for value in (each.old, each.new))


def _lines(text: str) -> list[str]:
    """A text in lines that can be compared; JSON that is one line has one a member."""
    try:
        value = json.loads(text)
    except ValueError:
        return text.splitlines()
    return json.dumps(value, indent=2, ensure_ascii=False).splitlines() if isinstance(value, dict | list) else [text]


def fitted(head: str, entries: Sequence[Entry], longest: int) -> str:
    """Head and entries in so many characters; what is left out is said."""
    whole = joined([head, *(each.full for each in entries)])
    if len(whole) <= longest:
        return whole
    said = f"\n\n**This is shortened to the {longest:,} characters that a note may have; the job's log has it all.**"
    room = longest - len(said) - len(head)
    if room <= 0:
        return cut(head, longest - len(said)) + said
    briefly = sum(len(each.brief) + 2 for each in entries)
    blocks = [head]
    for each in entries:
        briefly -= len(each.brief) + 2
        chosen = each.full if len(each.full) + 2 + briefly <= room else each.brief
        if len(chosen) + 2 > room:
            break
        room -= len(chosen) + 2
        blocks.append(chosen)
    return joined(blocks) + said
