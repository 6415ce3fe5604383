"""Kong's plugins: the configuration that each becomes, and every value that is refused."""

from typing import Any

import pytest
from web_platform.errors import Fault
from web_platform.kong_plugins import (
    KINDS,
    KongPluginsArgs,
    authenticating,
    misplaced_everywhere,
    misplaced_on_consumers,
    one_by_one,
    plugins_faults,
    plugins_of,
    route_faults,
)

LEAST: dict[str, dict[str, Any]] = {
    "cors": {"origins": ["https://shop.example.com"]},
    "key_auth": {},
    "basic_auth": {},
    "jwt": {},
    "acl": {"allow": ["partners"]},
    "rate_limiting": {"minute": 60},
    "proxy_cache": {},
    "request_transformer": {"add": {"headers": ["X-Team:shop"]}},
    "response_transformer": {},
    "ip_restriction": {"allow": ["203.0.113.0/24"]},
    "request_size_limiting": {"allowed_payload_size": 2},
    "bot_detection": {},
    "correlation_id": {},
    "prometheus": {},
}

# What the least of each becomes: what is given, and the defaults that are not Kong's or are said to be sure.
DEFAULTS: dict[str, dict[str, Any]] = {
    "cors": {"origins": ["https://shop.example.com"], "max_age": 3600},
    "key_auth": {"key_names": ["apikey"], "hide_credentials": True, "key_in_query": False},
    "basic_auth": {"hide_credentials": True},
    "jwt": {"uri_param_names": [], "claims_to_verify": ["exp"]},
    "acl": {"allow": ["partners"]},
    "rate_limiting": {"policy": "local", "minute": 60},
    "proxy_cache": {
        "strategy": "memory",
        "cache_control": True,
        "vary_headers": ["Accept-Encoding", "Authorization", "Cookie"],
    },
    "request_transformer": {"add": {"headers": ["X-Team:shop"]}},
    "response_transformer": {
        "add": {
            "headers": [
                "X-Content-Type-Options:nosniff",
                "X-Frame-Options:SAMEORIGIN",
                "Referrer-Policy:strict-origin-when-cross-origin",
            ]
        }
    },
    "ip_restriction": {"allow": ["203.0.113.0/24"]},
    "request_size_limiting": {"allowed_payload_size": 2},
    "bot_detection": {},
    "correlation_id": {"header_name": "X-Request-ID", "generator": "uuid", "echo_downstream": True},
    "prometheus": {"status_code_metrics": True, "latency_metrics": True, "bandwidth_metrics": True},
}

# Every field of every plugin, with a value that is not its default.
FULL: dict[str, dict[str, Any]] = {
    "cors": {
        "origins": ["https://shop.example.com:8443", r"https://.+\.example\.com"],
        "methods": ["GET", "OPTIONS"],
        "headers": ["X-Trace"],
        "exposed_headers": ["X-Total"],
        "credentials": True,
        "max_age": 60,
        "private_network": True,
        "preflight_continue": True,
    },
    "key_auth": {
        "key_names": ["X-Api-Key"],
        "hide_credentials": False,
        "key_in_header": False,
        "key_in_query": True,
        "key_in_body": True,
        "run_on_preflight": False,
        "anonymous": "guest",
        "realm": "shop",
    },
    "basic_auth": {"hide_credentials": False, "anonymous": "guest", "realm": "shop"},
    "jwt": {
        "header_names": ["X-Token"],
        "cookie_names": ["token"],
        "uri_param_names": ["token"],
        "key_claim_name": "kid",
        "claims_to_verify": ["exp", "nbf"],
        "maximum_expiration": 3600,
        "secret_is_base64": True,
        "run_on_preflight": False,
        "anonymous": "guest",
        "realm": "shop",
    },
    "acl": {"deny": ["blocked"], "hide_groups_header": True, "always_use_authenticated_groups": True},
    "rate_limiting": {
        "second": 1,
        "minute": 2,
        "hour": 3,
        "day": 4,
        "month": 5,
        "year": 6,
        "limit_by": "header",
        "header_name": "X-Tenant",
        "path": "/api",
        "policy": "redis",
        "redis": {
            "host": "redis.example.com",
            "port": 6380,
            "username": "kong",
            "database": 2,
            "ssl": True,
            "ssl_verify": False,
            "server_name": "redis",
            "timeout": 100,
        },
        "sync_rate": 0.5,
        "fault_tolerant": False,
        "hide_client_headers": True,
        "error_code": 503,
        "error_message": "later",
    },
    "proxy_cache": {
        "cache_ttl": 60,
        "cache_control": False,
        "request_method": ["GET"],
        "response_code": [200],
        "content_type": ["application/json; charset=utf-8"],
        "vary_headers": [],
        "vary_query_params": ["page"],
        "ignore_uri_case": True,
        "storage_ttl": 120,
    },
    "request_transformer": {
        "http_method": "POST",
        "remove": {"headers": ["X-Old"], "querystring": ["debug"], "body": ["password"]},
        "rename": {"headers": ["X-A:X-B"], "querystring": ["a:b"], "body": ["a:b"]},
        "replace": {"headers": ["X-A:1"], "querystring": ["a:1"], "body": ["a:1"], "uri": "/new"},
        "add": {"headers": ["X-A:$(headers.host)"], "querystring": ["a:1"], "body": ["a:1"]},
        "append": {"headers": ["X-A:1"], "querystring": ["a:1"], "body": ["a:1"]},
    },
    "response_transformer": {
        "remove": {"headers": ["X-Powered-By"], "json": ["secret"]},
        "rename": {"headers": ["X-A:X-B"], "json": ["a:b"]},
        "replace": {"headers": ["x-frame-options:DENY"], "json": ["a:1"], "json_types": ["number"]},
        "add": {"headers": ["X-A:1"], "json": ["a:1"], "json_types": ["string"]},
        "append": {"headers": ["X-A:1"], "json": ["a:true"], "json_types": ["boolean"]},
    },
    "ip_restriction": {
        "allow": ["203.0.113.7", "2001:db8::/32"],
        "deny": ["10.0.0.0/8"],
        "status": 404,
        "message": "no",
    },
    "request_size_limiting": {"allowed_payload_size": 9, "size_unit": "kilobytes", "require_content_length": True},
    "bot_detection": {"allow": ["friendly"], "deny": ["^bad.*"]},
    "correlation_id": {"header_name": "X-Trace", "generator": "tracker", "echo_downstream": False},
    "prometheus": {
        "status_code_metrics": False,
        "latency_metrics": False,
        "bandwidth_metrics": False,
        "upstream_health_metrics": True,
        "ai_metrics": True,
        "per_consumer": True,
    },
}


def config(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    assert list(plugins_faults({key: fields})) == []
    (plugin,) = plugins_of({key: fields})
    assert plugin.name == KINDS[key].name
    return plugin.config


def test_every_known_plugin_is_an_argument_and_tested() -> None:
    arguments = [key for key in KongPluginsArgs.__annotations__ if key != "other"]
    assert arguments == list(KINDS) == list(LEAST) == list(DEFAULTS) == list(FULL)
    assert all(kind.name == key.replace("_", "-") for key, kind in KINDS.items())


@pytest.mark.parametrize("key", KINDS)
def test_the_least_of_a_plugin_becomes_exactly_this(key: str) -> None:
    assert config(key, LEAST[key]) == DEFAULTS[key]


@pytest.mark.parametrize("key", KINDS)
def test_every_field_of_a_plugin_is_passed_on_as_it_is(key: str) -> None:
    assert set(FULL[key]) >= set(KINDS[key].args.__annotations__) - {"allow", "deny"}
    made = config(key, FULL[key])
    if key == "response_transformer":
        # Of the security headers, those that it names itself are its own to decide.
        added = ["X-Content-Type-Options:nosniff", "Referrer-Policy:strict-origin-when-cross-origin"]
        assert made["add"]["headers"] == ["X-A:1", *added]
        made = made | {"add": FULL[key]["add"]}
    assert {name: made[name] for name in FULL[key]} == FULL[key]
    assert set(made) - set(FULL[key]) <= {"strategy"}


@pytest.mark.parametrize(
    ("key", "fields", "field", "what"),
    [
        ("cors", {}, "origins", "is missing"),
        ("cors", {"origins": []}, "origins", "is empty"),
        ("cors", {"origins": ["*"], "credentials": True}, "origins", "is '*', though credentials is true"),
        ("cors", {"origins": ["https://a.com/"]}, "origins[0]", "is 'https://a.com/', which no browser sends as an"),
        ("cors", {"origins": ["a.com"]}, "origins[0]", "is 'a.com', which no browser sends as an origin"),
        ("cors", {"origins": ["https://[a.com"]}, "origins[0]", "is 'https://[a.com', which is no regular expression"),
        ("cors", {"methods": ["FETCH"]}, "methods[0]", "is 'FETCH', which is not among Kong's"),
        ("cors", {"exposed_headers": ["X Total"]}, "exposed_headers[0]", "is 'X Total', which is not the name of a"),
        ("cors", {"max_age": -1}, "max_age", "is -1"),
        ("cors", {"max_age": "60"}, "max_age", "is '60', which is not a whole number"),
        ("cors", {"orgins": []}, "orgins", "is not a known key"),
        ("key_auth", {"key_names": ["X:Y"]}, "key_names[0]", "is 'X:Y', which is not the name of a header"),
        ("key_auth", {"key_names": []}, "key_names", "is empty"),
        ("key_auth", {"key_names": "apikey"}, "key_names", "is text, which is not a list"),
        ("key_auth", {"key_in_header": False}, "key_in_header", "is false, and so are key_in_query and key_in_body"),
        ("key_auth", {"hide_credentials": 1}, "hide_credentials", "is 1, which is not true or false"),
        ("basic_auth", {"realm": 1}, "realm", "is a number, which is not text"),
        ("jwt", {"claims_to_verify": ["iat"]}, "claims_to_verify[0]", "is 'iat', which is not among Kong's"),
        ("jwt", {"maximum_expiration": 31536001}, "maximum_expiration", "is 31536001"),
        ("jwt", {"maximum_expiration": 60, "claims_to_verify": ["nbf"]}, "claims_to_verify", "is missing, though max"),
        ("jwt", {"header_names": ["a b"]}, "header_names[0]", "is 'a b', which is not the name of a header"),
        ("acl", {"allow": None}, "allow", "is nothing, which is not a list"),
        ("acl", {"allow": [], "deny": []}, "allow", "is missing, though so is deny"),
        ("acl", {"deny": ["x"]}, "deny", "is given, and so is allow"),
        ("rate_limiting", {"minute": 0}, "minute", "is 0"),
        ("rate_limiting", {"hour": 59}, "hour", "is 59, less than minute with 60"),
        ("rate_limiting", {"minute": 1.5}, "minute", "is 1.5, which is not a whole number"),
        ("rate_limiting", {"limit_by": "user"}, "limit_by", "is 'user', which is not among Kong's"),
        ("rate_limiting", {"limit_by": "header"}, "header_name", "is missing, though limit_by is 'header'"),
        ("rate_limiting", {"limit_by": "path"}, "path", "is missing, though limit_by is 'path'"),
        ("rate_limiting", {"policy": "cluster"}, "policy", "is 'cluster', which is not among Kong's"),
        ("rate_limiting", {"policy": "redis"}, "redis", "is missing, though policy is 'redis'"),
        ("rate_limiting", {"redis": {"host": "r"}}, "redis", "is given, though policy is not 'redis'"),
        ("rate_limiting", {"policy": "redis", "redis": {}}, "redis.host", "is missing"),
        ("rate_limiting", {"policy": "redis", "redis": {"host": ""}}, "redis.host", "is '', which is not a host"),
        ("rate_limiting", {"policy": "redis", "redis": {"host": "r", "port": 0}}, "redis.port", "is 0"),
        ("rate_limiting", {"policy": "redis", "redis": {"host": "r", "password": "x"}}, "redis.password", "is not a"),
        ("rate_limiting", {"error_code": 99}, "error_code", "is 99"),
        ("proxy_cache", {"cache_ttl": 0}, "cache_ttl", "is 0"),
        ("proxy_cache", {"storage_ttl": 0}, "storage_ttl", "is 0"),
        ("proxy_cache", {"request_method": ["DELETE"]}, "request_method[0]", "is 'DELETE', which is not among Kong's"),
        ("proxy_cache", {"response_code": [99]}, "response_code[0]", "is 99"),
        ("proxy_cache", {"response_code": []}, "response_code", "is empty"),
        ("proxy_cache", {"content_type": []}, "content_type", "is empty"),
        ("proxy_cache", {"vary_headers": ["a b"]}, "vary_headers[0]", "is 'a b', which is not the name of a header"),
        ("proxy_cache", {"strategy": "redis"}, "strategy", "is not a known key"),
        ("request_transformer", {"http_method": "post"}, "http_method", "is 'post'"),
        ("request_transformer", {"add": {"headers": ["X-A"]}}, "add.headers[0]", "is 'X-A', which is not a name and a"),
        ("request_transformer", {"add": {"headers": ["a b:c"]}}, "add.headers[0]", "is 'a b:c', which is not a name"),
        ("request_transformer", {"rename": {"body": ["a"]}}, "rename.body[0]", "is 'a', which is not two names"),
        ("request_transformer", {"remove": {"headers": ["X:1"]}}, "remove.headers[0]", "is 'X:1', which is not a name"),
        ("request_transformer", {"replace": {"uri": 1}}, "replace.uri", "is a number, which is not text"),
        (
            "response_transformer",
            {"add": {"json_types": ["text"]}},
            "add.json_types[0]",
            "is 'text', which is not among",
        ),
        ("response_transformer", {"add": {"body": ["a:1"]}}, "add.body", "is not a known key"),
        (
            "response_transformer",
            {"append": {"headers": ["a"]}},
            "append.headers[0]",
            "is 'a', which is not a name and",
        ),
        ("ip_restriction", {"allow": []}, "allow", "is missing, though so is deny"),
        ("ip_restriction", {"allow": ["shop"]}, "allow[0]", "is 'shop', which is neither an address nor a range"),
        ("ip_restriction", {"deny": ["10.0.0.0/33"]}, "deny[0]", "is '10.0.0.0/33', which is neither an address nor"),
        ("ip_restriction", {"status": 99}, "status", "is 99"),
        ("request_size_limiting", {"allowed_payload_size": 0}, "allowed_payload_size", "is 0"),
        ("request_size_limiting", {"size_unit": "MB"}, "size_unit", "is 'MB', which is not among Kong's"),
        ("bot_detection", {"deny": ["("]}, "deny[0]", "is '(', which is no regular expression"),
        (
            "bot_detection",
            {"deny": ["a{99999999999}"]},
            "deny[0]",
            "is 'a{99999999999}', which is no regular expression",
        ),
        ("bot_detection", {"deny": ["(" * 5000 + ")" * 5000]}, "deny[0]", "is '(((((("),
        ("correlation_id", {"generator": "random"}, "generator", "is 'random', which is not among Kong's"),
        ("correlation_id", {"header_name": ""}, "header_name", "is '', which is not the name of a header"),
        ("prometheus", {"per_consumer": "yes"}, "per_consumer", "is 'yes', which is not true or false"),
    ],
)
def test_a_value_that_kong_refuses_or_that_would_not_work_is_named_with_danger_and_remedy(
    key: str, fields: dict[str, Any], field: str, what: str
) -> None:
    given = fields if (key, fields) == ("cors", {}) else LEAST[key] | fields
    found = dict(plugins_faults({key: given}))
    fault = found[f"{key}.{field}"]
    assert fault.what.startswith(what)
    assert fault.danger
    assert fault.remedy


def test_a_limit_without_any_period_is_refused() -> None:
    assert dict(plugins_faults({"rate_limiting": {}}))["rate_limiting.minute"].what.startswith("is missing")


def test_a_transformer_that_changes_nothing_is_refused() -> None:
    assert dict(plugins_faults({"request_transformer": {}}))["request_transformer.add"].what.startswith("is missing")


def test_all_that_is_wrong_is_found_at_once() -> None:
    wrong = {"cors": {}, "jwt": {"claims_to_verify": ["iat"]}, "proxi_cache": {}, "other": {"sesion": {}}}
    assert sorted(dict(plugins_faults(wrong))) == [
        "cors.origins",
        "jwt.claims_to_verify[0]",
        "other.sesion",
        "proxi_cache",
    ]


@pytest.mark.parametrize("plugins", [None, [], "cors", 1])
def test_what_is_no_set_of_plugins_is_refused(plugins: object) -> None:
    ((_, fault),) = plugins_faults(plugins)
    assert fault.what.endswith("which is not keys with values")


def test_another_plugin_of_kongs_is_passed_on_as_it_is() -> None:
    others = {"other": {"session": {"storage": "cookie"}}}
    assert list(plugins_faults(others)) == []
    assert [(plugin.name, plugin.config) for plugin in plugins_of(others)] == [("session", {"storage": "cookie"})]


@pytest.mark.parametrize(
    ("name", "what", "remedy"),
    [
        ("cors", "is a plugin whose fields are known here", "write it as 'cors'"),
        ("rate-limiting", "is a plugin whose fields are known here", "write it as 'rate_limiting'"),
        ("sesion", "is not a plugin that Kong has", "did you mean 'session'?"),
        ("openid-connect", "is not a plugin that Kong has", ""),
    ],
)
def test_another_plugin_is_one_that_kong_has_and_that_is_not_known_better(name: str, what: str, remedy: str) -> None:
    ((field, fault),) = plugins_faults({"other": {name: {}}})
    assert (field, fault.what) == (f"other.{name}", what)
    assert remedy in fault.remedy


def test_the_password_of_redis_is_no_part_of_the_configuration() -> None:
    redis = {"host": "redis", "ssl": True, "password_secret": "redis-access"}
    (plugin,) = plugins_of({"rate_limiting": {"minute": 1, "policy": "redis", "redis": redis}})
    assert plugin.redis_password_secret == "redis-access"
    assert plugin.config["redis"] == {"host": "redis", "ssl": True, "ssl_verify": True}


def test_plugins_are_taken_apart_by_kongs_names_in_order() -> None:
    together = {"key_auth": {}, "other": {"session": {}, "http-log": {}}, "cors": LEAST["cors"]}
    assert one_by_one(together) == {
        "cors": {"cors": LEAST["cors"]},
        "http-log": {"other": {"http-log": {}}},
        "key-auth": {"key_auth": {}},
        "session": {"other": {"session": {}}},
    }


def faults(plugins: dict[str, Any]) -> dict[str, Fault]:
    assert list(plugins_faults(plugins)) == []
    return dict(route_faults(plugins))


def test_two_ways_to_say_who_calls_are_one_too_many_unless_one_lets_strangers_pass() -> None:
    assert faults({"key_auth": {}, "jwt": {}})["jwt"].what == "is there beside key-auth"
    assert faults({"key_auth": {}, "other": {"ldap-auth": {}}})["other.ldap-auth"].what == "is there beside key-auth"
    assert faults({"key_auth": {"anonymous": "guest"}, "jwt": {}}) == {}


def test_groups_are_asked_for_only_where_callers_say_who_they_are() -> None:
    assert "nothing asks callers who they are" in faults({"acl": LEAST["acl"]})["acl"].what
    assert faults({"acl": LEAST["acl"], "basic_auth": {}}) == {}


def test_a_preflight_request_that_the_service_answers_needs_no_key() -> None:
    cors = LEAST["cors"] | {"preflight_continue": True}
    assert list(faults({"cors": cors, "key_auth": {}})) == ["key_auth.run_on_preflight"]
    assert faults({"cors": cors, "key_auth": {"run_on_preflight": False}}) == {}
    assert faults({"cors": LEAST["cors"], "key_auth": {}}) == {}


def test_who_asks_callers_is_known_of_every_plugin() -> None:
    everything = {**LEAST, "other": {"hmac-auth": {}, "session": {}}}
    assert authenticating(everything) == ["key_auth", "basic_auth", "jwt", "other.hmac-auth"]


def test_what_is_decided_before_kong_knows_the_consumer_is_not_for_consumers() -> None:
    assert set(misplaced_on_consumers(LEAST)) == {"cors", "key_auth", "basic_auth", "jwt", "acl", "bot_detection"}


def test_what_lets_encrypt_could_not_pass_is_not_for_every_request() -> None:
    others: dict[str, Any] = {"redirect": {}, "request-termination": {}, "oauth2": {}, "zipkin": {}}
    found = set(misplaced_everywhere({**LEAST, "other": others}))
    assert found == {
        "key_auth",
        "basic_auth",
        "jwt",
        "acl",
        "ip_restriction",
        "other.redirect",
        "other.request-termination",
        "other.oauth2",
    }
