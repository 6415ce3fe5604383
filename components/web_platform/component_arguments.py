"""Arguments as every component looks at them first: of the right types, and in the right place."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from web_platform.argument_types import type_faults
from web_platform.errors import ArgumentError, Fault, refuse
from web_platform.physical_name import project_fault, project_number_fault
from web_platform.syntax import namespace_fault

# What says in any component where it is: nothing else reads these before they arrive.
_PLACES: Mapping[str, Callable[[str], Fault | None]] = {
    "gateway_namespace": namespace_fault,
    "namespace": namespace_fault,
    "project": project_fault,
    "project_number": project_number_fault,
}

_NO_NAME = Fault(
    what="is no text of a character or more",
    danger="Pulumi could not tell the component from others",
    remedy="pass a name that says what it is for, such as 'shop'",
)

_BLANK = Fault(
    what="is text without a character",
    danger="it names nothing: what is made would be refused by whoever is asked for it, or be found elsewhere",
    remedy="write what it is, or leave it out where it has a default",
)


def checked_component(kind: str, name: object, args: object, accepted: type, *, apart: Collection[str] = ()) -> str:
    """How errors call a component, once its name, and types and place of its arguments, are found to be right.

    Args:
        kind: What kind of component it is.
        name: What it is called.
        args: Its arguments.
        accepted: Their TypedDict.
        apart: Arguments that are no places, though they are called like some.

    Raises:
        ArgumentError: The name is none, an argument is not of its type, or names no place.
    """
    if not isinstance(name, str) or not name:
        raise ArgumentError(kind, "name", _NO_NAME)
    component = f"{kind} {name!r}"
    check_part(component, args, accepted, apart=apart)
    return component


def check_part(
    component: str,
    args: Any,  # noqa: ANN401 - of any type
    accepted: type,
    inside: str = "",
    *,
    apart: Collection[str] = (),
) -> None:
    """Refuse arguments that are not what a TypedDict says, `inside` the key that holds them.

    Text has to hold more than spaces. Of a choice that there is not, the component says what it would have caused (see
    `chosen`).
    """
    for field, fault in type_faults(args, accepted, choices=False):
        raise ArgumentError(component, f"{inside}{field}".removesuffix(".") or "args", fault)
    for key, value in args.items():
        if isinstance(value, str):
            refuse(component, f"{inside}{key}", None if value.strip() else _BLANK)
            if key in _PLACES and key not in apart:
                refuse(component, f"{inside}{key}", _PLACES[key](value))
