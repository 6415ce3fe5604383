"""Plugins and consumers in a stack file: each problem at its place, in the words of the file."""

import contextlib
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from settings import SettingsError, consumer_args, parse, plugins_args

LEAST: dict[str, Any] = {
    "platform": "local",
    "domain": "example.com",
    "cluster": {"nodes": 2, "machineType": "e2-standard-2"},
    "services": {},
}
IMAGE = "ghcr.io/acme/shop:1.4.2"
PARTNER: dict[str, Any] = {"consumers": {"partner": {"keyAuth": {}, "groups": ["apps"]}}}


def shop(**settings: Any) -> dict[str, Any]:
    return LEAST | PARTNER | {"services": {"shop": {"image": IMAGE, **settings}}}


def test_plugins_have_kongs_names_and_reach_the_components_by_theirs() -> None:
    written = {"rate-limiting": {"minute": 60}, "cors": {"origins": ["*"]}, "http-log": {"http_endpoint": "http://x"}}
    read = parse(shop(plugins=written), "test").services["shop"].plugins
    assert plugins_args(read) == {
        "rate_limiting": {"minute": 60},
        "cors": {"origins": ["*"]},
        "other": {"http-log": {"http_endpoint": "http://x"}},
    }


def test_what_is_left_out_of_a_consumer_is_the_components_to_choose() -> None:
    written = {"keyAuth": {"generation": 2}, "plugins": {"rate-limiting": {"minute": 1}}}
    read = parse(LEAST | {"consumers": {"partner": written}}, "test").consumers["partner"]
    assert consumer_args(read) == {
        "key_auth": {"generation": 2},
        "plugins": {"rate_limiting": {"minute": 1}},
    }


def test_each_consumer_is_a_group_and_in_those_that_it_names() -> None:
    consumers = {"a": {"groups": ["apps"]}, "b": {"groups": ["apps"]}}
    assert parse(LEAST | {"consumers": consumers}, "test").groups() == {"a": ["a"], "b": ["b"], "apps": ["a", "b"]}


@pytest.mark.parametrize("let_in", ["partner", "apps"])
def test_a_service_lets_in_consumers_and_groups(let_in: str) -> None:
    assert parse(shop(plugins={"key-auth": {}}, consumers=[let_in]), "test")


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        (
            shop(plugins={"rate-limiting": {"minute": "60"}}),
            "services.shop.plugins.rate-limiting.minute is '60', which is not a whole number",
        ),
        (shop(plugins={"rate-limiting": {}}), "services.shop.plugins.rate-limiting.minute is missing"),
        (shop(plugins={"cors": {"orgins": []}}), "services.shop.plugins.cors.orgins is not a known key"),
        (shop(plugins={"rate_limiting": {}}), "services.shop.plugins.rate_limiting is not a plugin that Kong has"),
        (shop(plugins={"ratelimiting": {}}), "services.shop.plugins.ratelimiting is not a plugin that Kong has"),
        (shop(plugins={"key-auth": {}}), "services.shop.plugins.key-auth is there without consumers"),
        (shop(consumers=["partner"]), "services.shop.consumers is given, though nothing asks callers who they are"),
        (
            shop(plugins={"key-auth": {}}, consumers=["partners"]),
            "services.shop.consumers names 'partners', which is neither a consumer nor a group of any",
        ),
        (
            shop(plugins={"jwt": {}}, consumers=["partner"]),
            "services.shop.consumers lets in 'partner', which has nothing of what the service asks for",
        ),
        (
            shop(plugins={"jwt": {}}, consumers=["apps"]),
            "services.shop.consumers lets in 'partner', which has nothing of what the service asks for",
        ),
        (
            shop(plugins={"key-auth": {}, "acl": {"deny": ["nobody"]}}),
            "services.shop.plugins.acl.deny names 'nobody', which is neither a consumer nor a group of any",
        ),
        (
            LEAST | {"consumers": {"a": {"groups": ["b"]}, "b": {}}},
            "consumers.a.groups names 'b', which is another consumer",
        ),
        (
            shop(plugins={"key-auth": {"anonymous": "guest"}}, consumers=["partner"]),
            "services.shop.plugins.key-auth.anonymous names 'guest', which is no consumer of this stack",
        ),
        (
            LEAST | {"consumers": {"a": {"plugins": {"key-auth": {}}}}},
            "consumers.a.plugins.key-auth is a plugin that Kong does not accept on a consumer",
        ),
        (
            LEAST | {"consumers": {"a": {"jwt": {"publicKeys": {"k": "MCow"}}}}},
            "consumers.a.jwt.publicKeys.k is not a public key in PEM",
        ),
        (
            LEAST | {"consumers": {"a": {"jwt": {"algorithm": "RS256"}}}},
            "consumers.a.jwt.algorithm is given without public keys",
        ),
        (LEAST | {"consumers": {"a": {"keyAuth": {"generation": 0}}}}, "consumers.a.keyAuth.generation"),
        (LEAST | {"consumers": {"a": {"keyauth": {}}}}, "consumers.a.keyauth is not a known key"),
        (LEAST | {"consumers": {"A b": {}}}, "consumers.A b"),
    ],
)
def test_a_mistake_is_told_at_its_place_with_danger_and_remedy(stack: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse(stack, "test")
    said = str(refused.value)
    assert f"web-platform:{message}" in said
    assert "Danger:" in said
    assert "Remedy:" in said


def test_all_mistakes_are_told_at_once() -> None:
    wrong = shop(plugins={"cors": {}, "rate-limiting": {}, "key-auth": {}})
    with pytest.raises(SettingsError, match=r"has 2 problems"):
        parse(wrong, "test")


def test_an_unknown_field_names_the_one_that_was_meant() -> None:
    with pytest.raises(SettingsError, match=r"did you mean 'cache_ttl'\?"):
        parse(shop(plugins={"proxy-cache": {"cachettl": 60}}), "test")


KEY = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n"
)


def told(stack: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as refused:
        parse(stack, "test")
    return str(refused.value)


@pytest.mark.parametrize(
    ("stack", "place", "what", "danger", "remedy"),
    [
        (
            shop(plugins={"key-auth": {}}, consumers=["partners"]),
            "services.shop.consumers",
            "names 'partners', which is neither a consumer nor a group of any",
            "nobody would be let in by it",
            "declare it under `consumers`; there are: apps, partner",
        ),
        (
            LEAST | {"services": {"shop": {"image": IMAGE, "plugins": {"key-auth": {}, "acl": {"allow": ["a"]}}}}},
            "services.shop.plugins.acl.allow",
            "names 'a', which is neither a consumer nor a group of any",
            "nobody would be let in by it",
            "declare it under `consumers`; there are: (none)",
        ),
        (
            shop(plugins={"jwt": {}}, consumers=["apps"]),
            "services.shop.consumers",
            "lets in 'partner', which has nothing of what the service asks for",
            "the consumer could not say who it is, and every call of it would be refused",
            "add `jwt: {}` to `consumers.partner`",
        ),
        (
            LEAST | {"consumers": {"a": {"groups": ["b"]}, "b": {}}},
            "consumers.a.groups",
            "names 'b', which is another consumer",
            "whoever lets in that consumer would let in this one too",
            "give the group another name",
        ),
        (
            shop(plugins={"rate-limiting": {"minute": 0}}),
            "services.shop.plugins.rate-limiting.minute",
            "is 0",
            "Kong would refuse its whole configuration, and changes of every service would wait until this is mended",
            "write a number that is 1 or more",
        ),
        (
            shop(plugins={"cors": {"origins": ["https://a.example.com", "a"]}}),
            "services.shop.plugins.cors.origins[1]",
            "is 'a', which no browser sends as an origin",
            "no page would be let in by it",
            "write scheme and host in lower case, with a port where it is not the usual one, and no path: "
            "'https://shop.example.com'",
        ),
        (
            shop(plugins={"key_auth": {}}),
            "services.shop.plugins.key_auth",
            "is not a plugin that Kong has",
            "Kong would refuse its whole configuration, and changes of every service would wait until this is mended",
            "did you mean 'key-auth'?",
        ),
        (
            LEAST | {"consumers": {"a": {"plugins": {"session": {}}}}},
            "consumers.a.plugins.session",
            "is a plugin that Kong does not accept on a consumer",
            "Kong would refuse its whole configuration: this is decided before it knows who calls",
            "give it to the services that the consumer calls",
        ),
        (
            LEAST | {"consumers": {"a": {"jwt": {"publicKeys": {"k": "-----BEGIN PRIVATE KEY-----\nhunter2"}}}}},
            "consumers.a.jwt.publicKeys.k",
            "is a private key",
            "whoever reads this file could sign in the consumer's name",
            "write the whole public key, from '-----BEGIN PUBLIC KEY-----' to '-----END PUBLIC KEY-----', "
            "each on its line",
        ),
    ],
)
def test_a_mistake_is_told_in_full(stack: dict[str, Any], place: str, what: str, danger: str, remedy: str) -> None:
    assert told(stack) == (
        "Pulumi.test.yaml has a problem. Nothing was created or changed.\n\n"
        f"web-platform:{place} {what}\n  Danger: {danger}\n  Remedy: {remedy}"
    )


def test_mistakes_of_services_and_consumers_are_told_together_each_at_its_place() -> None:
    wrong: dict[str, Any] = {
        "services": {
            "shop": {"image": IMAGE, "plugins": {"cors": {}, "rate-limiting": {"minute": "60"}, "sesion": {}}},
            "office": {"image": IMAGE, "plugins": {"jwt": {"realm": 1}}, "consumers": ["nobody"]},
        },
        "consumers": {
            "a": {"plugins": {"acl": {"allow": ["a"]}}, "jwt": {"algorithm": "RS256"}},
            "b": {"groups": ["a"]},
        },
    }
    said = told(LEAST | wrong)
    assert said.startswith("Pulumi.test.yaml has 8 problems.")
    places = [line.split()[0] for line in said.splitlines() if line.startswith("web-platform:")]
    assert sorted(places) == [
        "web-platform:consumers.a.jwt.algorithm",
        "web-platform:consumers.a.plugins.acl",
        "web-platform:consumers.b.groups",
        "web-platform:services.office.consumers",
        "web-platform:services.office.plugins.jwt.realm",
        "web-platform:services.shop.plugins.cors.origins",
        "web-platform:services.shop.plugins.rate-limiting.minute",
        "web-platform:services.shop.plugins.sesion",
    ]


@pytest.mark.parametrize("consumers", [{"partner": {"keyAuth": 1, "groups": ["apps"]}}, ["partner"], 1])
def test_of_a_consumer_that_is_wrong_in_itself_nobody_is_told_that_it_is_not_there(consumers: object) -> None:
    stack = shop(plugins={"key-auth": {}}, consumers=["partner"]) | {"consumers": consumers}
    assert re.findall(r"^web-platform:(\S+)", told(stack), re.MULTILINE) in (
        ["consumers.partner.keyAuth"],
        ["consumers"],
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("allow", "deny", "origins", "minute", "policy", "redis", "add", "preflight_continue", "anonymous")
WRITTEN = st.dictionaries(
    st.sampled_from(["acl", "cors", "key-auth", "rate-limiting", "request-transformer", "session", "hmac-auth", "x"]),
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3) | JSON,
    max_size=4,
)


@example(
    {"acl": {"allow": [{}], "deny": [["a"]]}, "key-auth": {}}, {"hmac-auth": {}, "acl": {}}, ["partner", "partner"]
)
@given(WRITTEN, WRITTEN, st.lists(st.sampled_from(["partner", "apps", "nobody"]), max_size=2))
def test_nothing_but_a_settings_error_comes_of_wrong_plugins(
    of_service: dict[str, Any], of_consumer: dict[str, Any], let_in: list[str]
) -> None:
    partner = {"keyAuth": {}, "groups": ["apps"], "plugins": of_consumer}
    with contextlib.suppress(SettingsError):
        parse(shop(plugins=of_service, consumers=let_in) | {"consumers": {"partner": partner}}, "test")


@pytest.mark.parametrize("plugin", ["cors", "session"])
def test_a_plugin_without_fields_is_written_with_braces(plugin: str) -> None:
    assert told(shop(plugins={plugin: None})).splitlines()[2:] == [
        f"web-platform:services.shop.plugins.{plugin} (null) is not keys with values",
        "  Danger: the stack would not be what its file says",
        "  Remedy: write `key: value` lines, indented below it",
    ]


def test_a_group_that_is_no_text_is_told_as_such_and_as_nothing_else() -> None:
    said = told(shop(plugins={"key-auth": {}, "acl": {"allow": [1, {}]}}))
    assert [line for line in said.splitlines() if line.startswith("web-platform:")] == [
        "web-platform:services.shop.plugins.acl.allow[0] is a number, which is not text",
        "web-platform:services.shop.plugins.acl.allow[1] is keys with values, which is not text",
    ]


def test_a_secret_has_no_place_in_plugins_or_consumers() -> None:
    redis = {"host": "redis", "password": "hunter2"}
    limits = {"rate-limiting": {"minute": 1, "policy": "redis", "redis": redis}}
    assert "services.shop.plugins.rate-limiting.redis.password is not a known key" in told(shop(plugins=limits))
    assert "hunter2" not in told(shop(plugins=limits))
    key = LEAST | {"consumers": {"a": {"keyAuth": {"key": "hunter2"}}}}
    assert "consumers.a.keyAuth.key is not a known key" in told(key)
    assert "hunter2" not in told(key)


def test_what_a_consumer_is_has_names_of_its_own_in_a_stack_file() -> None:
    written = {
        "groups": ["apps"],
        "keyAuth": {},
        "basicAuth": {"generation": 3, "previousValid": False},
        "jwt": {"publicKeys": {"k": KEY}, "algorithm": "ES256"},
        "plugins": {"request-size-limiting": {"allowed_payload_size": 1}, "http-log": {"http_endpoint": "http://x"}},
    }
    read = parse(LEAST | {"consumers": {"partner": written}}, "test").consumers["partner"]
    assert consumer_args(read) == {
        "groups": ["apps"],
        "key_auth": {},
        "basic_auth": {"generation": 3, "previous_valid": False},
        "jwt": {"public_keys": {"k": KEY}, "algorithm": "ES256"},
        "plugins": {
            "request_size_limiting": {"allowed_payload_size": 1},
            "other": {"http-log": {"http_endpoint": "http://x"}},
        },
    }
