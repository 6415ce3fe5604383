"""What reaches a component from another language, and what is refused before."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pulumi
import pytest
import web_platform
from google.protobuf import struct_pb2
from pulumi import ComponentResource, Input, Output, ResourceOptions
from pulumi.errors import InputPropertiesError
from pulumi.provider.server import ComponentInitError, ProviderServicer
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2
from web_platform.errors import ArgumentError, Fault
from web_platform.package.provider import Package

from tests.recording import declare

PAGE = Path(__file__).parents[3] / "docs" / "packages.md"

_URN = "urn:pulumi:dev::shop::web-platform:index:Namespace::shop"

made: list[dict[str, Any]] = []


class Flavour(Enum):
    """What it tastes of."""

    SWEET = "sweet"
    SOUR = "sour"


class LayerArgs(TypedDict):
    """A layer."""

    thick_ness: int
    flavour: NotRequired[Flavour]


class CakeArgs(TypedDict):
    """Arguments of `Cake`."""

    baked_for: Input[str]
    layers: NotRequired[Sequence[LayerArgs]]
    named_layers: NotRequired[Mapping[str, LayerArgs]]
    flavours: NotRequired[list[Flavour]]
    flavours_by_guest: NotRequired[Mapping[str, Flavour]]
    candles: NotRequired[int]
    kilograms: NotRequired[float]
    gluten_free: NotRequired[bool]
    messages: NotRequired[Mapping[str, Input[str]]]
    extra: NotRequired[Any]


class Cake(ComponentResource):
    """A component of no resources, which keeps what it was given."""

    def __init__(self, name: str, args: CakeArgs, opts: ResourceOptions | None = None) -> None:
        if args.get("candles") == 13:
            fault = Fault("is 13 on `baked_for`", "guests would go", "change baked_for, not bake_time")
            raise ArgumentError(f"Cake {name!r}", "named_layers.top_most.thick_ness", fault)
        if args.get("candles") == 14:
            raise pulumi.RunError("no oven")
        if args.get("candles") == 15:
            raise KeyError("oven")
        made.append({**args})


@pytest.fixture(scope="module")
def package() -> Package:
    return Package([Cake])


def _given(package: Package, **inputs: object) -> dict[str, Any]:
    """What the component gets of what the engine hands over."""
    made.clear()
    # Pulumi goes on to ask the component for its URN, which it has only where there is an engine.
    with pytest.raises(KeyError):
        package.construct("cake", "web-platform:index:Cake", {"bakedFor": "Ada", **inputs})
    (arguments,) = made
    assert arguments.pop("baked_for") == "Ada"
    return arguments


def _refused(package: Package, **inputs: object) -> str:
    made.clear()
    with pytest.raises(InputPropertiesError) as refused:
        package.construct("cake", "web-platform:index:Cake", inputs)
    assert made == []
    # A property in error would have the engine show its value.
    assert refused.value.errors == []
    return refused.value.message


@pytest.mark.parametrize(
    ("arrives", "becomes"),
    [
        ({"candles": 3.0}, {"candles": 3}),
        ({"kilograms": 3.0}, {"kilograms": 3.0}),
        ({"kilograms": 3}, {"kilograms": 3}),
        ({"glutenFree": False}, {"gluten_free": False}),
        ({"candles": None}, {}),
        ({"layers": [{"thickNess": 2.0}]}, {"layers": [{"thick_ness": 2}]}),
        (
            {"namedLayers": {"top_most": {"thickNess": 2.0, "flavour": "sour"}}},
            {"named_layers": {"top_most": {"thick_ness": 2, "flavour": Flavour.SOUR}}},
        ),
        ({"flavours": ["sour", "sweet"]}, {"flavours": [Flavour.SOUR, Flavour.SWEET]}),
        ({"flavoursByGuest": {"Ada": "sour"}}, {"flavours_by_guest": {"Ada": Flavour.SOUR}}),
        ({"extra": {"bakedFor": [1.0, {}]}}, {"extra": {"bakedFor": [1.0, {}]}}),
    ],
)
def test_arguments_reach_a_component_as_it_takes_them(
    package: Package, arrives: dict[str, object], becomes: dict[str, object]
) -> None:
    given = _given(package, **arrives)
    assert given == becomes
    assert type(given.get("candles")) in (int, type(None))


@pytest.mark.parametrize("place", ["messages", "extra"])
def test_outputs_go_where_a_component_can_wait_for_them(package: Package, place: str) -> None:
    def program() -> None:
        greeting = Output.from_input("hello")
        given = _given(package, **{place: {"inside": greeting}})
        assert given[place]["inside"] is greeting

    declare(program)


@pytest.mark.parametrize(
    ("arrives", "field"),
    [
        (lambda: {"candles": Output.secret(3)}, "candles"),
        (lambda: {"layers": [Output.secret({"thickNess": 3})]}, "layers[0]"),
        (lambda: {"messages": Output.secret({"inside": "hello"})}, "messages"),
    ],
    ids=["number", "keys in a list", "keys"],
)
def test_outputs_are_refused_where_a_component_decides_by_them(
    package: Package, arrives: Callable[[], dict[str, object]], field: str
) -> None:
    def program() -> None:
        said = _refused(package, bakedFor="Ada", **arrives())
        assert said.startswith(f"{field} is a secret, or known only when another resource has been made.")

    declare(program)


def _arrived(value: object, *, secret: bool = False) -> Any:
    """An output as the engine hands it over, with its value; None is not known yet."""
    return _sent({} if value is None else {"value": value}, secret)


def _arrived_as(value: object, *, secret: bool) -> Any:
    """An output whose value is known, None included."""
    return _sent({"value": value}, secret)


def _sent(known: dict[str, Any], secret: bool) -> Any:
    sent = struct_pb2.Struct()
    output: dict[str, Any] = {
        rpc._special_sig_key: rpc._special_output_value_sig,
        "secret": secret,
        "dependencies": [_URN],
        **known,
    }
    sent.update({"output": output})
    return rpc.deserialize_properties(sent, keep_unknowns=True)["output"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((_URN,), "is a resource, which is not text"),
        (({"name": "Ada"},), "is keys with values, which is not text"),
        ((3,), "is a number, which is not text"),
    ],
    ids=["resource", "keys", "number"],
)
@pytest.mark.parametrize("secret", [False, True])
def test_an_output_that_arrives_with_its_value_is_looked_at(
    package: Package, given: tuple[Any], told: str, secret: bool
) -> None:
    def program() -> None:
        said = _refused(package, bakedFor="Ada", messages={"inside": _arrived(*given, secret=secret)})
        assert said.startswith(f"messages.inside {told}.\n  Danger: ")
        said = _refused(package, bakedFor=_arrived(*given, secret=secret))
        assert said.startswith(f"bakedFor {told}.\n  Danger: ")

    declare(program)


@pytest.mark.parametrize("dependencies", [[], [_URN], [_URN, f"{_URN}-child"]], ids=len)
@pytest.mark.parametrize(
    "resource", [_URN, {rpc._special_sig_key: rpc._special_resource_sig, "urn": _URN}], ids=["URN", "reference"]
)
def test_a_resource_in_place_of_its_output_is_told_from_text(
    package: Package, resource: str | dict[str, str], dependencies: list[str]
) -> None:
    sent = struct_pb2.Struct()
    sent.update({"bakedFor": resource})
    waits_for = {"bakedFor": provider_pb2.ConstructRequest.PropertyDependencies(urns=dependencies)}
    assert _refused(package, **asyncio.run(ProviderServicer._construct_inputs(sent, waits_for))) == (
        "bakedFor is a resource, which is not text.\n"
        "  Danger: its URN would be taken for what is wanted, and be refused only where it arrives\n"
        "  Remedy: write an output of it, such as `namespace.namespace`; where outputs are refused, the value itself"
    )


@pytest.mark.parametrize("secret", [False, True])
def test_an_output_of_nothing_is_none_where_a_value_has_to_be(package: Package, secret: bool) -> None:
    def program() -> None:
        assert _refused(package, bakedFor=_arrived_as(None, secret=secret)).startswith(
            "bakedFor is nothing, which is not text."
        )
        output = _arrived_as(None, secret=secret)
        assert _given(package, extra=output)["extra"] is output

    declare(program)


def test_text_that_begins_like_a_urn_is_text(package: Package) -> None:
    message = {"inside": "urn:pulumi: is how it begins"}
    assert _given(package, messages=message)["messages"] == message


@pytest.mark.parametrize("value", ["hello", None])
def test_an_output_that_arrives_right_or_unknown_is_handed_on(package: Package, value: str | None) -> None:
    def program() -> None:
        output = _arrived(value)
        assert _given(package, messages={"inside": output})["messages"]["inside"] is output

    declare(program)


@pytest.mark.parametrize(
    ("arrives", "told"),
    [
        ({"candels": 3}, "candels is not a known key."),
        ({"candels": 3}, "Remedy: did you mean 'candles'?"),
        ({"layers": [{"thickNess": 2.0, "thick_ness": 2}]}, "layers[0].thick_ness is not a known key."),
        ({"namedLayers": {"top": {}}}, "namedLayers.top.thickNess is missing."),
        ({"candles": 3.5}, "candles is 3.5, which is not a whole number."),
        ({"candles": "3"}, "candles is '3', which is not a whole number."),
        ({"candles": True}, "candles is True, which is not a whole number."),
        ({"glutenFree": "yes"}, "glutenFree is 'yes', which is not true or false."),
        ({"glutenFree": 1}, "glutenFree is 1, which is not true or false."),
        ({"kilograms": [1]}, "kilograms is a list, which is not a number."),
        ({"layers": {"thickNess": 2}}, "layers is keys with values, which is not a list."),
        ({"layers": [3]}, "layers[0] is a number, which is not keys with values."),
        ({"layers": [3]}, "Remedy: write keys with values: any of thickNess, flavour"),
        ({"namedLayers": "top"}, "namedLayers is text, which is not keys with values."),
        ({"flavours": ["salty"]}, "flavours[0] is 'salty', which is not one of 'sweet', 'sour'."),
        ({"messages": {"inside": 3}}, "messages.inside is a number, which is not text."),
        ({"messages": {"inside": None}}, "messages.inside is nothing, which is not text."),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_the_schema(
    package: Package, arrives: dict[str, object], told: str
) -> None:
    said = _refused(package, bakedFor="Ada", **arrives)
    assert told in said
    assert said.count("Danger: ") == said.count("Remedy: ") == 1


def test_everything_that_is_wrong_is_told_at_once(package: Package) -> None:
    said = _refused(package, candels=3, candles="3")
    assert [line.split(" is ")[0] for line in said.splitlines() if not line.startswith(" ")] == [
        *("candels", "bakedFor", "candles")
    ]


def test_an_sdk_of_another_version_is_told_how_to_get_the_right_one(package: Package) -> None:
    said = _refused(package)
    assert said.startswith("bakedFor is missing.")
    assert said.endswith(
        f"an SDK of another version than web-platform {package.version} is renewed by `pulumi package add`"
    )


def test_the_page_shows_what_the_engine_is_told() -> None:
    arguments = {"project": "acme", "projectNumber": "1", "subscriptions": {"mailer": {"ackDeadline": 60.0}}}
    package = Package([web_platform.Topic])
    with pytest.raises(InputPropertiesError) as refused:
        package.construct("orders-placed", "web-platform:index:Topic", arguments)
    (shown,) = re.findall(r"resource 'orders-placed' has a problem: (.*?)\n```", PAGE.read_text(), re.DOTALL)
    assert refused.value.message.replace(f"web-platform {package.version}", "web-platform 0.1.0") == shown


def test_no_text_that_might_be_secret_is_shown(package: Package) -> None:
    assert "hush" not in _refused(package, bakedFor=["hush"], messages="hush", layers=[{"thickNess": ["hush"]}])


def test_what_a_component_refuses_is_told_in_the_words_of_the_schema(package: Package) -> None:
    assert _refused(package, bakedFor="Ada", candles=13.0) == (
        "namedLayers.top_most.thickNess is 13 on `bakedFor`.\n"
        "  Danger: guests would go\n"
        "  Remedy: change bakedFor, not bake_time"
    )
    assert _refused(package, bakedFor="Ada", candles=14.0) == "no oven"


def test_a_failure_that_nobody_expected_keeps_its_stack_trace(package: Package) -> None:
    with pytest.raises(ComponentInitError) as failed:
        package.construct("cake", "web-platform:index:Cake", {"bakedFor": "Ada", "candles": 15.0})
    assert isinstance(failed.value.inner, KeyError)


def test_a_component_that_the_package_has_not_is_told_with_the_version(package: Package) -> None:
    with pytest.raises(InputPropertiesError) as refused:
        package.construct("cake", "web-platform:index:Cakes", {"bakedFor": "Ada"})
    assert refused.value.message == (
        f"Cakes is no component of web-platform {package.version}.\n"
        "  Danger: nothing could be made of it\n"
        "  Remedy: did you mean 'Cake'?\n"
        f"          an SDK of another version than web-platform {package.version} is renewed by `pulumi package add`"
    )
