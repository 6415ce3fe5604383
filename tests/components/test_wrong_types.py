"""Whatever a program hands over in place of an argument, a component refuses it by name, or takes it.

No type checker reads most programs, and a stack trace of ours says nothing of the argument that was wrong.
"""

from collections.abc import Callable, Mapping
from typing import Any, ForwardRef, NotRequired, get_args, get_origin, get_type_hints

import pytest
import web_platform
from pulumi import ComponentResource, Output
from web_platform import ArgumentError
from web_platform.argument_types import LATER
from web_platform.package.components import COMPONENTS
from web_platform.package.provider import Package

from tests.components.test_defaults import DECLARED
from tests.recording import Recording, declare

_PACKAGE = Package(COMPONENTS)

_POD = {
    "project": "acme-prod",
    "project_number": "123456789012",
    "identity_pool": "acme-prod.svc.id.goog",
    "namespace": "shop",
    "service_account": "shop",
}

# Those of which no default is stated, or which are for programs in Python alone.
_OTHERS: dict[str, dict[str, Any]] = {
    "DnsSolver": _POD,
    "EnabledApis": {"project": "acme-prod", "apis": ["pubsub.googleapis.com"]},
    "StandIns": {
        "namespace": "shop",
        "project": "acme-dev",
        "topics": {"orders": {}},
        "datasets": {},
        "buckets": ["uploads"],
    },
    "Tenant": {"gateway_namespace": "kong"},
    "WorkloadIdentity": _POD,
}


def _in_python(component: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {**_PACKAGE.map_inputs(dict(arguments), _PACKAGE._component_defs[component])}


LEAST = _OTHERS | {component: _in_python(component, arguments) for component, arguments, _ in DECLARED}

# What is said of a place that there is not.
NOWHERE = {
    "gateway_namespace": "is not a name that Kubernetes accepts for a namespace",
    "namespace": "is not a name that Kubernetes accepts for a namespace",
    "project": "which is no project id",
    "project_number": "which is no number of a project",
}

WRONG: list[object] = [
    5,
    "x",
    [],
    [1],
    {},
    {"a": None},
    {5: "x"},
    None,
    True,
    3.5,
    10**23,
]


def _accepted(component: str) -> type:
    accepted: type = get_type_hints(getattr(web_platform, component).__init__)["args"]
    return accepted


ARGUMENTS = [
    (component, argument, type_)
    for component in LEAST
    for argument, type_ in _accepted(component).__annotations__.items()
]


def _is_awaited(type_: Any) -> bool:
    """Whether an argument may be an output, which is a part of `Input` that names a type by its text."""
    parts = get_args(get_args(type_)[0] if get_origin(type_) is NotRequired else type_)
    return any(isinstance(part, ForwardRef) for part in parts)


def _is_text(type_: Any) -> bool:
    """Whether an argument is text, now or later."""
    type_ = get_args(type_)[0] if get_origin(type_) is NotRequired else type_
    return type_ is str or str in get_args(type_)


def _try(component: str, name: Any, args: Callable[[], Any]) -> ArgumentError | None:
    """What a component says of its arguments; it says nothing else, and declares nothing that it refuses."""
    recording = Recording()
    try:
        declare(lambda: getattr(web_platform, component)(name, args()), recording=recording)
    except ArgumentError as refused:
        assert list(recording) == []
        return refused
    return None


def test_every_component_is_tried() -> None:
    assert LEAST.keys() == {each.__name__ for each in COMPONENTS}


@pytest.mark.parametrize("component", LEAST)
def test_the_least_that_a_component_takes_is_taken(component: str) -> None:
    assert _try(component, "shop", lambda: LEAST[component]) is None


@pytest.mark.parametrize("name", [7, None, "", ["shop"], True, object()])
@pytest.mark.parametrize("component", LEAST)
def test_a_name_that_is_none_is_refused(component: str, name: object) -> None:
    refused = _try(component, name, lambda: LEAST[component])
    assert str(refused).startswith(f"{component}: name is no text of a character or more.")


@pytest.mark.parametrize("args", [None, 5, "x", [], True, [("project", "x")]])
@pytest.mark.parametrize("component", LEAST)
def test_arguments_that_are_no_keys_with_values_are_refused(component: str, args: object) -> None:
    refused = _try(component, "shop", lambda: args)
    assert refused is not None
    assert refused.field == "args"


@pytest.mark.parametrize(("component", "argument"), [(component, argument) for component, argument, _ in ARGUMENTS])
def test_an_argument_of_any_type_is_taken_or_refused_before_anything_is_declared(component: str, argument: str) -> None:
    for wrong in WRONG:
        refused = _try(component, "shop", lambda given=wrong: {**LEAST[component], argument: given})  # type: ignore[misc]
        if refused is not None:
            assert refused.fault.danger
            assert refused.fault.remedy


@pytest.mark.parametrize(
    ("component", "argument"),
    [(component, argument) for component, argument, type_ in ARGUMENTS if _is_text(type_)],
)
def test_text_that_names_nothing_is_refused(component: str, argument: str) -> None:
    for blank in ("", " ", "\n"):
        refused = _try(component, "shop", lambda given=blank: {**LEAST[component], argument: given})  # type: ignore[misc]
        assert refused is not None
        assert refused.field == argument


@pytest.mark.parametrize(
    ("component", "argument"),
    [
        (component, argument)
        for component, argument, _ in ARGUMENTS
        if argument in NOWHERE and (component, argument) != ("StandIns", "project")
    ],
)
def test_a_place_that_there_cannot_be_is_refused(component: str, argument: str) -> None:
    for nowhere in ("Shop_EU", "-", "a" * 64):
        refused = _try(component, "shop", lambda given=nowhere: {**LEAST[component], argument: given})  # type: ignore[misc]
        assert refused is not None
        assert refused.field == argument
        assert NOWHERE[argument] in refused.fault.what


@pytest.mark.parametrize("argument", NOWHERE)
def test_a_place_may_be_known_later(argument: str) -> None:
    component = next(component for component in LEAST if argument in LEAST[component])
    assert _try(component, "shop", lambda: {**LEAST[component], argument: Output.from_input("later")}) is None


def test_emulators_are_of_any_project() -> None:
    assert _try("StandIns", "shop", lambda: {**LEAST["StandIns"], "project": "local"}) is None


@pytest.mark.parametrize(
    ("component", "argument"),
    [(component, argument) for component, argument, type_ in ARGUMENTS if not _is_awaited(type_)],
)
def test_an_output_is_refused_where_a_component_decides_by_the_value(component: str, argument: str) -> None:
    refused = _try(component, "shop", lambda: {**LEAST[component], argument: Output.from_input("x")})
    assert refused is not None
    assert (refused.field, refused.fault) == (argument, LATER)


@pytest.mark.parametrize(("component", "argument"), [(component, argument) for component, argument, _ in ARGUMENTS])
def test_a_resource_in_place_of_a_value_is_told_as_one(component: str, argument: str) -> None:
    resource = object.__new__(ComponentResource)
    refused = _try(component, "shop", lambda: {**LEAST[component], argument: resource})
    assert refused is not None
    assert (refused.field, refused.fault.what.partition(",")[0]) == (argument, "is a resource")
