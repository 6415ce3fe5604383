"""How a preview is read, and what words a stack calls its own."""

import json
from typing import Any

import pytest

from localcloud.errors import LocalCloudError
from localcloud.parity.resources import SECRET, UNKNOWN, Resource, resources, words
from settings import parse

STACK = "urn:pulumi:staging::web-platform::pulumi:pulumi:Stack::web-platform-staging"
DATABASE = "urn:pulumi:staging::web-platform::web-platform:index:Database::platform"
INSTANCE = (
    "urn:pulumi:staging::web-platform::web-platform:index:Database$gcp:sql/databaseInstance:DatabaseInstance::platform"
)


def _state(urn: str, **state: Any) -> dict[str, Any]:
    return {"urn": urn, "type": urn.split("::")[2].rpartition("$")[2], **state}


def _preview(*states: dict[str, Any]) -> str:
    """What the engine answers where the stack, its resources and nothing else are made."""
    steps = [{"op": "create", "urn": state["urn"], "newState": state} for state in (_state(STACK), *states)]
    return json.dumps({"steps": steps})


def _read(*states: dict[str, Any]) -> list[Resource]:
    return list(resources("staging", _preview(*states)).values())


def test_a_resource_is_known_without_the_name_of_its_stack_and_by_the_component_that_it_is_in() -> None:
    component, instance = _read(_state(DATABASE, parent=STACK), _state(INSTANCE, parent=DATABASE, inputs={"tier": "a"}))
    assert component == Resource("web-platform:index:Database::platform", "web-platform:index:Database", "", {}, {})
    assert (instance.key, instance.parent) == (INSTANCE.split("::", 2)[2], component.key)
    assert (instance.type, instance.properties) == ("gcp:sql/databaseInstance:DatabaseInstance", {"tier": "a"})


def test_what_the_engine_is_told_is_a_property_too() -> None:
    (protected,) = _read(_state(INSTANCE, inputs={}, protect=True, retainOnDelete=False, customTimeouts={"create": 60}))
    assert protected.properties == {"pulumi:protect": True, "pulumi:customTimeouts": {"create": 60}}


def test_a_name_that_the_provider_made_up_is_one_that_nobody_knows_yet() -> None:
    inputs = {"name": "platform-0123abc", "tier": "platform-0123abc", "region": "europe-west1"}
    (instance,) = _read(_state(INSTANCE, inputs={**inputs, "__defaults": ["name", "region"]}))
    assert instance.properties == inputs | {"name": UNKNOWN}


def test_of_what_is_not_known_yet_it_is_kept_where_it_comes_from() -> None:
    dependencies = {"network": [DATABASE, INSTANCE], "tier": [DATABASE]}
    inputs = {"network": {"id": UNKNOWN}, "tier": "a"}
    (instance,) = _read(_state(INSTANCE, inputs=inputs, propertyDependencies=dependencies))
    assert instance.sources == {"network": sorted(urn.split("::", 2)[2] for urn in (DATABASE, INSTANCE))}


def test_a_secret_is_hidden_even_where_the_engine_shows_it() -> None:
    shown = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hunter2"'}
    (instance,) = _read(_state(INSTANCE, inputs={"a": [shown], "b": SECRET}))
    assert instance.properties == {"a": [SECRET], "b": SECRET}


WHOLE = _preview(_state(DATABASE, parent=STACK))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        WHOLE[: len(WHOLE) // 2],
        "null",
        "[]",
        "{}",
        '{"steps": [{"op": "create", "urn": "urn:pulumi:staging::web-platform::a:b:C::d"}]}',
        '{"steps": [{"newState": null}]}',
    ],
)
def test_what_is_no_whole_preview_is_an_error_and_no_stack_of_nothing(answer: str) -> None:
    with pytest.raises(LocalCloudError, match="What Pulumi answered on staging is not a whole preview"):
        resources("staging", answer)


def test_a_stack_that_declares_nothing_is_an_error() -> None:
    with pytest.raises(LocalCloudError, match="The preview of staging declares nothing"):
        resources("staging", _preview())


def test_a_stack_calls_its_own_what_its_settings_say_and_its_name() -> None:
    service = {"image": "ghcr.io/acme/shop:1.4.2", "replicas": 2}
    settings = {
        "platform": "google",
        "google": {"project": "example-prod", "region": "europe-west1", "zone": "europe-west1-b"},
        "domain": "example.com",
        "otherDomains": ["example.org"],
        "cluster": {"nodes": 2, "machineType": "e2-standard-2"},
        "certificates": {"authority": "letsEncrypt", "email": "platform@example.org"},
        "services": {"shop": service | {"host": "www.example.org"}, "inside": service | {"public": False}},
    }
    found = words("prod", parse(settings, "prod"))
    assert found.items() >= {
        ("google project", "example-prod"),
        ("google zone", "europe-west1-b"),
        ("domain", "example.com"),
        ("other domain 1", "example.org"),
        ("host of shop", "www.example.org"),
        ("email", "platform@example.org"),
        ("stack", "prod"),
    }
    assert "host of inside" not in found
    # A stack's name is in many words; it must not be taken for one before they are.
    assert list(found)[-1] == "stack"
