"""The plugins of a service's route, and who is let in by it."""

from typing import Any

import pytest
from pulumi import Output
from web_platform import ArgumentError, Gateway, KongConsumer, KongPlugin, WebService
from web_platform.errors import Fault
from web_platform.route_plugins import service_plugins_faults

from tests.recording import Recording, declare

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
SERVICE = "kubernetes:core/v1:Service"
PLUGIN = "kubernetes:configuration.konghq.com/v1:KongPlugin"
PUBLIC: dict[str, Any] = {
    "image": "ghcr.io/acme/shop:1.4.2",
    "namespace": "services",
    "public_host": "shop.example.com",
    "gateway_namespace": "kong",
    "ingress_class": "kong",
    "issuer": "letsencrypt",
}


def shop(**args: Any) -> Recording:
    return declare(lambda: WebService("shop", PUBLIC | args))  # type: ignore[arg-type]


def named(recording: Recording, type_: str, name: str) -> str | None:
    annotations = recording.one(type_, name).inputs["metadata"].get("annotations", {})
    found: str | None = annotations.get("konghq.com/plugins")
    return found


def test_a_route_names_the_plugins_that_are_made_for_it() -> None:
    recording = shop(plugins={"rate_limiting": {"minute": 60}, "cors": {"origins": ["*"]}, "other": {"session": {}}})
    assert sorted(recording.of_type(PLUGIN)) == ["shop-cors", "shop-rate-limiting", "shop-session"]
    assert named(recording, INGRESS, "shop-ingress") == "shop-cors,shop-rate-limiting,shop-session"
    assert named(recording, SERVICE, "shop-service") is None
    plugin = recording.one(PLUGIN, "shop-cors")
    assert plugin.ancestry == f"web-platform:index:WebService$web-platform:index:KongPlugin${PLUGIN}"
    assert plugin.inputs["metadata"]["namespace"] == "services"


def test_the_order_in_which_plugins_are_named_changes_nothing() -> None:
    one: dict[str, Any] = {"bot_detection": {}, "proxy_cache": {}}
    other = dict(reversed(one.items()))
    assert shop(plugins=one).one(INGRESS, "shop-ingress") == shop(plugins=other).one(INGRESS, "shop-ingress")


def test_a_service_without_plugins_names_none() -> None:
    assert named(shop(), INGRESS, "shop-ingress") is None


def test_plugins_of_every_way_to_the_service_are_named_by_it() -> None:
    recording = shop(plugins={"cors": {"origins": ["*"]}}, service_plugins={"rate_limiting": {"minute": 60}})
    assert named(recording, SERVICE, "shop-service") == "shop-service-rate-limiting"
    assert named(recording, INGRESS, "shop-ingress") == "shop-cors"


def test_plugins_that_are_made_apart_are_named_after_its_own_and_waited_for() -> None:
    def program() -> None:
        office = KongPlugin(
            "office", {"plugin": {"bot_detection": {}}, "namespace": "services", "ingress_class": "kong"}
        )
        WebService("shop", {**PUBLIC, "plugins": {"proxy_cache": {}}, "shared_plugins": [office.plugin]})  # type: ignore[typeddict-item]

    recording = declare(program)
    assert named(recording, INGRESS, "shop-ingress") == "shop-proxy-cache,office"
    assert recording.one(PLUGIN, "office").urn in recording.waits_for(recording.one(INGRESS, "shop-ingress"))


def test_who_is_let_in_becomes_a_list_of_groups_that_waits_for_them() -> None:
    def program() -> None:
        gateway = Gateway("kong", {"namespace": "kong"})
        place: dict[str, Any] = {"namespace": "services", "ingress_class": gateway.ingress_class}
        partner = KongConsumer("partner", {**place, "key_auth": {}})  # type: ignore[typeddict-item]
        let_in = [partner.group, "apps"]
        WebService("shop", {**PUBLIC, **place, "plugins": {"key_auth": {}}, "consumers": let_in})  # type: ignore[typeddict-item]

    recording = declare(program)
    groups = recording.one(PLUGIN, "shop-acl")
    assert groups.inputs["config"] == {"allow": ["partner", "apps"]}
    consumer = recording.one("kubernetes:configuration.konghq.com/v1:KongConsumer", "partner")
    assert consumer.urn in recording.waits_for(groups)
    assert named(recording, INGRESS, "shop-ingress") == "shop-acl,shop-key-auth"
    release = recording.one("kubernetes:helm.sh/v3:Release", "kong").urn
    assert release in recording.waits_for(recording.one(PLUGIN, "shop-key-auth"))


def test_a_wildcard_is_certified_and_routed_as_it_is_and_shown_by_an_example() -> None:
    recording = shop(public_host="*.shop.example.com", public_path="/api")
    assert recording.one(INGRESS, "shop-ingress").inputs["spec"]["rules"][0]["host"] == "*.shop.example.com"
    certificate = recording.one("kubernetes:cert-manager.io/v1:Certificate", "shop-certificate").inputs["spec"]
    assert certificate["dnsNames"] == ["*.shop.example.com"]
    assert recording.outputs_of("web-platform:index:WebService", "shop")["url"] == "https://any.shop.example.com/api"


KEY: dict[str, Any] = {"plugins": {"key_auth": {}}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (KEY, "plugins.key_auth is there without consumers"),
        (KEY | {"consumers": []}, "plugins.key_auth is there without consumers"),
        ({"consumers": ["partner"]}, "consumers is given, though nothing asks callers who they are"),
        (
            {"plugins": {"key_auth": {}, "acl": {"allow": ["a"]}}, "consumers": ["partner"]},
            "consumers is given beside plugins.acl",
        ),
        ({"consumers": "partner", **KEY}, "consumers is text, which is not a list"),
        ({"shared_plugins": "office"}, "shared_plugins is text, which is not a list"),
        (
            {"plugins": {"proxy_cache": {}}, "service_plugins": {"proxy_cache": {}}},
            "service_plugins.proxy_cache is among plugins too",
        ),
        (
            {"plugins": {"other": {"session": {}}}, "service_plugins": {"other": {"session": {}}}},
            "service_plugins.other.session is among plugins too",
        ),
        ({"service_plugins": {"jwt": {}}}, "service_plugins.jwt says who may call, which is for a route to say"),
        ({"service_plugins": {"acl": {"allow": ["a"]}}}, "service_plugins.acl says who may call"),
        (
            {"plugins": {"rate_limiting": {"minute": "60"}}},
            "plugins.rate_limiting.minute is '60', which is not a whole",
        ),
        ({"plugins": {"other": {"cors": {}}}}, "plugins.other.cors is a plugin whose fields are known here"),
        (
            {"public_host": None, "ingress_class": None, "issuer": None, "plugins": {"proxy_cache": {}}},
            "public_host is",
        ),
        ({"public_host": "shop.*.example.com"}, "public_host is not a full host name"),
    ],
)
def test_plugins_that_would_not_do_what_they_seem_to_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^WebService 'shop': {message}"):
        shop(**change)


def test_two_plugins_of_one_kind_cannot_be_written() -> None:
    """A mapping has a key once; the same plugin under `other` is refused by name."""
    with pytest.raises(ArgumentError, match=r"plugins\.other\.rate-limiting is a plugin whose fields are known here"):
        shop(plugins={"rate_limiting": {"minute": 1}, "other": {"rate-limiting": {"minute": 2}}})


def test_groups_that_are_known_later_are_no_mistake() -> None:
    def program() -> None:
        consumers = [Output.from_input("partner")]
        WebService("shop", {**PUBLIC, **KEY, "consumers": consumers})  # type: ignore[typeddict-item]

    assert declare(program).one(PLUGIN, "shop-acl").inputs["config"] == {"allow": ["partner"]}


def test_a_plugin_of_a_route_is_exactly_this_object() -> None:
    recording = shop(plugins={"rate_limiting": {"minute": 60}})
    assert recording.one(PLUGIN, "shop-rate-limiting").inputs == {
        "apiVersion": "configuration.konghq.com/v1",
        "kind": "KongPlugin",
        "metadata": {
            "name": "shop-rate-limiting",
            "namespace": "services",
            "annotations": {"kubernetes.io/ingress.class": "kong"},
            "labels": {"app.kubernetes.io/managed-by": "pulumi"},
        },
        "plugin": "rate-limiting",
        "config": {"policy": "local", "minute": 60},
    }
    assert recording.one(INGRESS, "shop-ingress").inputs["metadata"]["annotations"] == {
        "konghq.com/protocols": "https",
        "konghq.com/https-redirect-status-code": "308",
        "konghq.com/strip-path": "false",
        "konghq.com/preserve-host": "true",
        "konghq.com/plugins": "shop-rate-limiting",
    }


def test_the_password_of_redis_is_named_and_nowhere_written() -> None:
    redis = {"host": "redis", "password_secret": "redis-access"}
    plugin = shop(plugins={"rate_limiting": {"minute": 1, "policy": "redis", "redis": redis}}).one(
        PLUGIN, "shop-rate-limiting"
    )
    assert plugin.inputs["config"] == {"policy": "redis", "minute": 1, "redis": {"host": "redis"}}
    reference = {"secretKeyRef": {"name": "redis-access", "key": "password"}}
    assert plugin.inputs["configPatches"] == [{"path": "/redis/password", "valueFrom": reference}]


WHO = Fault(
    "says who may call, which is for a route to say",
    "whoever finds out who may call would look at the route, and not find it",
    "write it among plugins",
)
TWICE = Fault(
    "is among plugins too",
    "Kong runs one of a kind for a request, the route's: this one would be ignored",
    "keep one of the two",
)
NOBODY = Fault(
    "is there without consumers",
    "nobody could call the service, or everybody whom the gateway knows for any other",
    "name those who are let in: `consumers`, with consumers or groups of them",
)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (
            {"consumers": ["partner"], "plugins": {"cors": {"origins": ["*"]}}},
            {
                "consumers": Fault(
                    "is given, though nothing asks callers who they are",
                    "everybody would be let in",
                    "add key-auth, basic-auth or jwt to the plugins, or remove it",
                ),
            },
        ),
        (
            {"consumers": ["partner"], "plugins": {"jwt": {}, "acl": {"deny": ["apps"]}}},
            {
                "consumers": Fault(
                    "is given beside plugins.acl",
                    "one of the two would be ignored",
                    "name those who are let in here, and remove acl",
                )
            },
        ),
        ({"plugins": {"basic_auth": {}}}, {"plugins.basic_auth": NOBODY}),
        (
            {
                "plugins": {"key_auth": {}, "bot_detection": {}, "other": {"http-log": {}}},
                "service_plugins": {
                    "acl": {"allow": ["a"]},
                    "basic_auth": {},
                    "bot_detection": {},
                    "other": {"http-log": {}, "ldap-auth": {}},
                },
                "consumers": None,
            },
            {
                "service_plugins.bot_detection": TWICE,
                "service_plugins.other.http-log": TWICE,
                "service_plugins.basic_auth": WHO,
                "service_plugins.other.ldap-auth": WHO,
                "service_plugins.acl": WHO,
                "plugins.key_auth": NOBODY,
            },
        ),
        ({"plugins": {"other": {"ldap-auth": {}}}, "consumers": []}, {}),
        ({"plugins": {"jwt": {}, "acl": {"deny": ["apps"]}}}, {}),
    ],
)
def test_every_mistake_is_told_with_its_danger_and_its_remedy(args: dict[str, Any], expected: dict[str, Fault]) -> None:
    assert dict(service_plugins_faults(args)) == expected
