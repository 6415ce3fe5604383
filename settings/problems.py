"""How a wrong stack file is answered: what pydantic found, in this project's words, on one screen.

It knows how a problem is said, not what a stack file may hold: that is for `sections` and `cloud`.
"""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple, TypeGuard, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from web_platform import Fault
from web_platform.errors import unknown_key_fault

# A message longer than a screen is not read: of further problems only the first line is shown.
_EXPLAINED_PROBLEMS = 6

# By this kind pydantic's details are recognised as a fault that a validator of ours found.
_FAULT = "fault"


class Problem(NamedTuple):
    """A fault and where it is."""

    place: str
    fault: Fault
    value: str | None = None


def refused(fault: Fault) -> PydanticCustomError:
    """What a validator raises, so that `found` says the fault as it is."""
    return PydanticCustomError(_FAULT, "{what}", fault._asdict())


def found(
    details: Iterable[ErrorDetails], model: type[BaseModel], namespace: str, unsaid: Set[str] = frozenset()
) -> list[Problem]:
    """Say what pydantic found wrong in the values of a model, each with its place below `namespace`.

    Of what stands below one of the keys `unsaid`, no value is shown.
    """
    problems: list[Problem] = []
    meant: set[tuple[str, ...]] = set()
    # Misspelt keys first: the key that was meant is missing because of it, and need not be said as well.
    for detail in sorted(details, key=lambda detail: detail["type"] != "extra_forbidden"):
        # For a mapping's key, pydantic appends a step of its own to the place.
        steps = tuple(str(step) for step in detail["loc"] if step != "[key]")
        place = f"{namespace}:{'.'.join(steps)}"
        kind, context = detail["type"], detail.get("ctx", {})
        if kind == "extra_forbidden":
            known = _fields_at(model, steps[:-1])
            fault = unknown_key_fault(steps[-1], known)
            meant |= {(*steps[:-1], name) for name in known if f"{name!r}?" in fault.remedy}
            problems.append(Problem(place, fault))
        elif kind == "missing":
            if steps not in meant:
                problems.append(Problem(place, _missing_fault(_fields_at(model, steps[:-1])[steps[-1]])))
        else:
            fault = Fault(**context) if kind == _FAULT else _type_fault(kind, context)
            hidden = not unsaid.isdisjoint(steps) or (kind == _FAULT and isinstance(detail["input"], Mapping))
            value = None if hidden else shown(detail["input"])
            problems.append(Problem(place, fault, value))
    return problems


def namespace_fault(key: str, ours: str, others: Iterable[str]) -> Fault:
    """Say what is wrong with a key whose namespace is neither this project's nor one of the others that are read."""
    namespace, _, name = key.partition(":")
    if not name:
        return Fault(
            what="has no namespace",
            danger="Pulumi would not read the file",
            remedy=f"write `{ours}:{key}`",
        )
    near = difflib.get_close_matches(namespace, sorted({ours, *others}), n=1)
    return Fault(
        what=f"is in the namespace {namespace!r}, which nothing here reads",
        danger="it would be ignored, and what it was meant to change would stay as it is",
        remedy=f"did you mean `{near[0] if near else ours}:{name}`?",
    )


def _missing_fault(field: FieldInfo) -> Fault:
    return Fault(
        what="is missing",
        danger="there is no value that would be safe to assume",
        remedy=f"add it: {' '.join((field.description or '').split())}",
    )


def _type_fault(kind: str, context: Mapping[str, object]) -> Fault:
    section = ("is not keys with values", "write `key: value` lines, indented below it")
    what, remedy = {
        "string_type": ("is not text", "write text; in YAML, quote what looks like a number, a date or a truth value"),
        "string_too_short": ("is empty", "write something, or remove the line"),
        "int_type": ("is not a whole number", "write a whole number, without quotes"),
        "bool_type": ("is neither true nor false", "write `true` or `false`, without quotes"),
        "list_type": ("is not a list", "write `- …` lines, or values between [ and ]"),
        "dict_type": section,
        "model_type": section,
        "literal_error": (f"is not {context.get('expected')}", "write one of them"),
        "greater_than_equal": (f"is less than {context.get('ge')}", f"write {context.get('ge')} or more"),
        "less_than_equal": (f"is more than {context.get('le')}", f"write {context.get('le')} or less"),
    }.get(kind, (f"is refused ({kind})", "correct the value"))
    return Fault(what, "the stack would not be what its file says", remedy)


def fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """What a model holds, by the key that stands in a stack file."""
    return {str(info.alias): info for info in model.model_fields.values()}


def _fields_at(model: type[BaseModel], steps: Sequence[str]) -> dict[str, FieldInfo]:
    """What a stack file may have at a place, by key."""
    here = fields(model)
    at: object = None
    for step in steps:
        # A section has fields by name; a mapping of sections has the same for every name.
        many = get_origin(at) in (dict, list)
        at = get_args(at)[-1] if many else here[step].annotation
        # An optional section is a union of it and None.
        alternatives = (at,) if get_origin(at) in (dict, list) else (at, *get_args(at))
        here = next((fields(each) for each in alternatives if _is_section(each)), here)
    return here


def _is_section(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def listed(headline: str, problems: Iterable[Problem]) -> str:
    """A message of all problems, the first ones with danger and remedy."""
    lines = [headline]
    for number, problem in enumerate(problems):
        value = "" if problem.value is None else f" ({problem.value})"
        first = f"{problem.place}{value} {problem.fault.what}"
        if number < _EXPLAINED_PROBLEMS:
            lines += ["", explained(first, problem.fault.danger, problem.fault.remedy)]
        else:
            lines += ["", "And:"] if number == _EXPLAINED_PROBLEMS else []
            lines.append(first)
    return "\n".join(lines)


def explained(what: str, danger: str, remedy: str) -> str:
    """A message of one problem."""
    return f"{what}\n  Danger: {danger}\n  Remedy: {remedy}"


def shown(value: object) -> str:
    """A value as it may be read in a message: on one line, and not all of a long one."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
