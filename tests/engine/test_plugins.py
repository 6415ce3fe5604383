"""The page of Kong's plugins, brought up on the real engine and a real API server, with Kong's own definitions.

The tests of this module are one story in the order in which they stand.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from web_platform.relations import dangling

from tests.engine.objects import objects_of
from tests.engine.project import REPOSITORY, Project

PAGE = (REPOSITORY / "docs" / "plugins.md").read_text()
SHOWN: list[dict[str, Any]] = [
    yaml.safe_load(example)["config"] for example in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
]
# The rotation is made in steps, and routes of the Gateway API are a story of their own: test_gateway_api.py.
*EXAMPLES, ROTATION, ROUTES = SHOWN


def declare(project: Project, *examples: Mapping[str, Any]) -> None:
    """Write a stack file that says what these examples say, each over those before it."""
    file = project.root / "Pulumi.dev.yaml"
    stack = yaml.safe_load((REPOSITORY / "Pulumi.dev.yaml").read_text())
    for example in examples:
        for section, entries in example.items():
            stack["config"][section] = stack["config"].get(section, {}) | entries
    file.write_text(yaml.safe_dump(stack))


def _knows_the_app(example: Mapping[str, Any]) -> bool:
    return "mobile-app" in example.get("web-platform:consumers", {})


def objects(project: Project, kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in objects_of(project) if each["kind"] == kind}


def key_of(project: Project, secret: str) -> str:
    return base64.b64decode(objects(project, "Secret")[secret]["data"]["key"]).decode()


def up(project: Project) -> None:
    made = project.localcloud("up", "dev")
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.fixture(scope="module")
def dev(project: Project) -> Project:
    """The project with every example of the page up, but for the rotated key."""
    declare(project, *EXAMPLES)
    up(project)
    return project


def test_the_page_ends_with_a_rotation_and_with_routes_of_the_gateway_api() -> None:
    assert ROTATION["web-platform:consumers"]["mobile-app"]["keyAuth"]["generation"] == 2
    assert ROUTES == {"web-platform:gateway": {"gatewayApi": True}}


def test_kongs_definitions_accept_every_plugin_of_the_page(dev: Project) -> None:
    written = {
        (service, plugin)
        for example in EXAMPLES
        for service, settings in example.get("web-platform:services", {}).items()
        for plugin in settings["plugins"]
    }
    named = {name: plugin["plugin"] for name, plugin in objects(dev, "KongPlugin").items()}
    made = {(name.removesuffix(f"-{plugin}"), plugin) for name, plugin in named.items()}
    assert written <= made
    assert {plugin for _, plugin in written} >= {"cors", "key-auth", "basic-auth", "jwt", "acl", "http-log"}


def test_a_service_has_what_its_few_lines_say_and_tls(dev: Project) -> None:
    ingress = objects(dev, "Ingress")["shop"]
    named = ingress["metadata"]["annotations"]["konghq.com/plugins"].split(",")
    assert named == ["shop-acl", "shop-cors", "shop-key-auth", "shop-proxy-cache", "shop-rate-limiting"]
    assert ingress["spec"]["tls"] == [{"hosts": ["shop.dev.localhost"], "secretName": "shop-tls"}]
    plugins = objects(dev, "KongPlugin")
    assert plugins["shop-acl"]["config"] == {"allow": ["partner"]}
    assert plugins["shop-rate-limiting"]["config"] == {"minute": 300, "policy": "local"}


def test_nothing_dangles(dev: Project) -> None:
    # The one Secret that the page says somebody else makes.
    assert [each for each in dangling(objects_of(dev)) if "redis-access" not in each.fault.what] == []


def test_what_is_deleted_by_hand_is_found_to_dangle(dev: Project) -> None:
    """The check that the test before relies on can fail, on the objects of a real API server."""
    for kind, name in (("kongplugin", "shop-cors"), ("secret", "partner-key-auth-1")):
        assert dev.shell(f"kubectl delete {kind} {name} --namespace services").returncode == 0
    found = {
        (each.object, name)
        for each in dangling(objects_of(dev))
        for name in ("shop-cors", "partner-key-auth-1")
        if name in each.fault.what
    }
    assert ("Ingress services/shop", "shop-cors") in found
    assert ("KongConsumer services/partner", "partner-key-auth-1") in found
    assert dev.shell("pulumi refresh --yes --skip-preview").returncode == 0
    up(dev)
    assert "shop-cors" in objects(dev, "KongPlugin")


def test_credentials_are_secret_in_outputs_and_in_state(dev: Project) -> None:
    key = key_of(dev, "mobile-app-key-auth-1")
    assert len(key) == 32
    told = dev.shell("pulumi stack output --json").stdout
    assert json.loads(told)["consumers"] == "[secret]" or key not in told
    assert key not in dev.shell("pulumi stack export").stdout
    assert key in dev.shell("pulumi stack output consumers --show-secrets").stdout


def test_a_rotated_key_is_valid_beside_the_one_before_it_until_that_is_ended(dev: Project) -> None:
    old = key_of(dev, "mobile-app-key-auth-1")
    ended: dict[str, Any] = ROTATION["web-platform:consumers"]["mobile-app"]
    (before,) = (example["web-platform:consumers"]["mobile-app"] for example in EXAMPLES if _knows_the_app(example))
    both = before | {"keyAuth": {"generation": 2}}
    declare(dev, *EXAMPLES, {"web-platform:consumers": {"mobile-app": both}})
    up(dev)
    valid = objects(dev, "KongConsumer")["mobile-app"]["credentials"]
    assert {"mobile-app-key-auth-1", "mobile-app-key-auth-2"} <= set(valid)
    assert key_of(dev, "mobile-app-key-auth-1") == old
    assert key_of(dev, "mobile-app-key-auth-2") != old
    declare(dev, *EXAMPLES, {"web-platform:consumers": {"mobile-app": before | ended}})
    up(dev)
    valid = objects(dev, "KongConsumer")["mobile-app"]["credentials"]
    assert "mobile-app-key-auth-2" in valid
    assert "mobile-app-key-auth-1" not in {*valid, *objects(dev, "Secret")}
