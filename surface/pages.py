"""The reference: a page a component in ``docs/components/``, made of the code: docstrings, types, errors.

What an argument is of stands on the page of the only component that takes it, and among what several take otherwise.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import web_platform
from web_platform import ArgumentError

from surface.exported import Exported, Kind, Member, exported

DIRECTORY = Path(__file__).parents[1] / "docs" / "components"
WRITING = ".venv/bin/python -m surface reference"

_SHARED = "shared-arguments.md"
_CHECKS = "checks.md"
_NOTE = f"<!-- Written by `{WRITING}` from the docstrings of components/web_platform. -->"
_INDEX = "README.md"


def write() -> list[Path]:
    """Writes every page, removes what is none any more, and gives the pages."""
    DIRECTORY.mkdir(exist_ok=True)
    made = pages()
    for file in DIRECTORY.glob("*.md"):
        if file.name not in made:
            file.unlink()
    for name, text in made.items():
        (DIRECTORY / name).write_text(text)
    return [DIRECTORY / name for name in made]


def pages() -> dict[str, str]:
    """The text of each page, by its file's name."""
    names = exported()
    components = [each for each in names.values() if each.kind is Kind.COMPONENT]
    shared = [each for name, each in names.items() if place_of(name).startswith(_SHARED)]
    checks = [each for name, each in names.items() if place_of(name).startswith(_CHECKS)]
    made = {_INDEX: _index(components)}
    made |= {place_of(each.name): _component(each) for each in components}
    made[_SHARED] = _page("Arguments of several components", _SHARED_NOTE, *map(_section, shared))
    made[_CHECKS] = _page("Errors and checks", _CHECKS_NOTE, *map(_section, checks))
    return made


@cache
def place_of(name: str) -> str:
    """The file in which a name is described, with its place there unless it is a whole page."""
    each = exported()[name]
    if each.kind is Kind.COMPONENT:
        return f"{_hyphenated(name)}.md"
    page, heading = _CHECKS, _heading(name)
    if each.kind in (Kind.ARGUMENTS, Kind.CHOICE):
        takers = [taker for taker in exported().values() if taker.kind is Kind.COMPONENT and name in _reached(taker)]
        if len(takers) == 1:
            page = place_of(takers[0].name)
            heading = "arguments" if name in takers[0].uses else heading
        else:
            page = _SHARED
    return f"{page}#{heading}"


def _heading(name: str) -> str:
    """What a page's renderer calls the place of a heading: of several that differ in case, the later have numbers."""
    before = sum(other.lower() == name.lower() for other in exported() if other < name)
    return f"{name.lower()}-{before}" if before else name.lower()


def _reached(each: Exported) -> set[str]:
    """The names of all types that a component's arguments lead to."""
    found, waiting = set[str](), [*each.uses]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(exported()[name].uses)
    return found


def _index(components: Iterable[Exported]) -> str:
    rows = [f"| [`{each.name}`]({place_of(each.name)}) | {_cell(each.description)} |" for each in components]
    others = f"Beside these: [what several components take]({_SHARED}), and [errors and checks]({_CHECKS})."
    return _page("Components", _INDEX_NOTE, "\n".join(["| component | what it is |", "|---|---|", *rows]), others)


def _component(each: Exported) -> str:
    (arguments,) = [exported()[name] for name in each.uses]
    nested = sorted(name for name in _reached(each) if place_of(name).startswith(place_of(each.name)))
    outputs = [member for member in each.members if member.type.startswith("Output[")]
    in_python = [member for member in each.members if member not in outputs]
    parts = [
        each.description,
        each.owns,
        f"```python\n{each.name}{_spaced(each.signature)}\n```",
        f"## Arguments\n\nThe keys of `args`, a `{arguments.name}`.",
        _arguments(arguments.members),
        "## Outputs",
        _table("output", outputs),
    ]
    if in_python:
        parts += ["## For programs in Python alone", _table("name", in_python)]
    parts += ["## Errors", f"[`ArgumentError`]({place_of('ArgumentError')}), before anything is declared. For one:"]
    parts.append(f"```\n{_refusal(each)}\n```")
    return _page(each.name, *parts, *(_section(exported()[name]) for name in nested if name != arguments.name))


def _refusal(each: Exported) -> str:
    """What the component really says to arguments that lack everything, or have something that is none."""
    (arguments,) = [exported()[name] for name in each.uses]
    wrong = {} if any(member.required for member in arguments.members) else {"nothing": True}
    try:
        getattr(web_platform, each.name)("example", wrong)
    except ArgumentError as refused:
        return str(refused)
    raise RuntimeError(f"{each.name} takes {wrong} for its arguments")


def _section(each: Exported) -> str:
    parts = [f"## `{each.name}`", each.description]
    if each.signature:
        parts.insert(1, f"```python\n{each.name}{_spaced(each.signature)}\n```")
    if each.kind is Kind.ARGUMENTS:
        parts.append(_arguments(each.members))
    elif each.kind is Kind.CHOICE:
        parts.append(_table("choice", each.members, "value"))
    elif each.members:
        parts.append(_table("field", each.members))
    return "\n\n".join(parts)


def _arguments(members: Iterable[Member]) -> str:
    rows = (f"| `{each.name}` | {_type(each.type)} | {_default(each)} | {_cell(each.meaning)} |" for each in members)
    return "\n".join(["| argument | type | default | meaning |", "|---|---|---|---|", *rows])


def _default(member: Member) -> str:
    if member.required:
        return "**required**"
    return _cell(member.default or "—")


def _table(heading: str, members: Iterable[Member], kind: str = "type") -> str:
    rows = (f"| `{each.name}` | {_type(each.type)} | {_cell(each.description)} |" for each in members)
    return "\n".join([f"| {heading} | {kind} | meaning |", "|---|---|---|", *rows])


def _type(written: str) -> str:
    """A type, as a link to the first of its parts that is described somewhere."""
    code = f"`{_cell(written)}`"
    described = (name for name in re.findall(r"\w+", written) if name in exported())
    name = next(described, None)
    return code if name is None else f"[{code}]({place_of(name)})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _spaced(signature: str) -> str:
    """A signature with spaces around what is equal."""
    return signature.replace("=", " = ")


def _hyphenated(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", _NOTE, *filter(None, parts)]) + "\n"


_INDEX_NOTE = """\
Everything that the distribution `web-platform` exports, one page a component. [How to import them](../importing.md).

- Arguments are a plain dictionary, whose keys a type checker knows. Their defaults are safe to run in production.
- `Input[str]` is text, or an output that is text once it is known. What is no `Input` decides what is declared, so it
  must be known from the start.
- Outputs are gates: what uses one is made after everything that it says of itself.
- [In other languages](../packages.md) names are in `camelCase`: `public_host` is `publicHost`.
- Modules of `web_platform` other than itself are its own matter, and may change with any version."""

_SHARED_NOTE = (
    "Dictionaries and choices that more than one component takes, or that the arguments of several begin with."
)

_CHECKS_NOTE = "What components refuse arguments with, and what looks at the objects of a whole stack."
