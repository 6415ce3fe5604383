"""What is said of each mistake in a plugin, in full, and what is just not a mistake."""

from typing import Any

import pytest
from web_platform.errors import Fault
from web_platform.kong_plugins import KINDS, checks, misplaced_on_consumers, plugins_faults, route_faults
from web_platform.kong_plugins.rate_limiting import KongRedisArgs

REFUSED = "Kong would refuse its whole configuration, and changes of every service would wait until this is mended"
NOWHERE = "no request could hold a key, and all would be refused"
NOT_KEPT = "no answer would be kept"
ORIGINS = ["https://shop.example.com"]
REDIS = {"host": "redis.example.com"}
HEADER = "write the name alone, of letters, digits, '-' and '_', such as 'X-Api-Key'"
PAIR = "write them with a colon between: 'X-Team:shop'"
NAMES = "write the old name and the new one with a colon between"
RANGE = "write an address, or a range in CIDR notation, such as '203.0.113.0/24'"
PATTERN = "correct it; characters that stand for themselves need a backslash"
EMPTY = "write something, or remove it"
HOST = "write the host alone, without scheme and port, such as 'redis.example.com'"
PATH = "begin with '/', and use what an address may have: '/api/v1'"
ORIGIN = (
    "write scheme and host in lower case, with a port where it is not the usual one, and no path: "
    "'https://shop.example.com'"
)


def limit(**fields: object) -> dict[str, Any]:
    return {"rate_limiting": {"minute": 60, **fields}}


def counted_in(**redis: object) -> dict[str, Any]:
    return limit(policy="redis", redis=REDIS | redis)


def cors(**fields: object) -> dict[str, Any]:
    return {"cors": {"origins": ORIGINS, **fields}}


def refused(field: str, what: str, remedy: str) -> dict[str, Fault]:
    return {field: Fault(what, REFUSED, remedy)}


def test_what_kong_does_with_a_wrong_value_is_the_danger() -> None:
    assert checks.REFUSED == REFUSED


@pytest.mark.parametrize(
    ("plugins", "expected"),
    [
        (
            {"cors": {"origins": []}},
            {
                "cors.origins": Fault(
                    "is empty", "Kong would read it as any origin", "name the origins, or write '*' for any"
                )
            },
        ),
        (
            cors(origins=["*"], credentials=True),
            {
                "cors.origins": Fault(
                    "is '*', though credentials is true",
                    "every page in the world could act as whoever visits it and is logged in here",
                    "name the origins that are trusted, or leave out credentials",
                )
            },
        ),
        (
            cors(origins=[*ORIGINS, "https://shop.example.com/"]),
            {
                "cors.origins[1]": Fault(
                    "is 'https://shop.example.com/', which no browser sends as an origin",
                    "no page would be let in by it",
                    ORIGIN,
                )
            },
        ),
        (
            cors(origins=["https://(shop"]),
            refused(
                "cors.origins[0]",
                "is 'https://(shop', which is no regular expression: missing ), unterminated subpattern at position 8",
                PATTERN,
            ),
        ),
        (cors(origins=[""]), refused("cors.origins[0]", "is empty", EMPTY)),
        (
            cors(methods=["GET", "FETCH"]),
            refused(
                "cors.methods[1]",
                "is 'FETCH', which is not among Kong's",
                "write one of: GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS, TRACE, CONNECT",
            ),
        ),
        (
            cors(exposed_headers=["X:1"]),
            refused("cors.exposed_headers[0]", "is 'X:1', which is not the name of a header", HEADER),
        ),
        (cors(headers=["X-Trace", ""]), refused("cors.headers[1]", "is empty", EMPTY)),
        (
            cors(exposed_headers=["*", "X:1"]),
            refused("cors.exposed_headers[1]", "is 'X:1', which is not the name of a header", HEADER),
        ),
        (
            cors(origins=[r"https://\u0061\.example\.com"]),
            refused(
                "cors.origins[0]",
                r"is 'https://\\u0061\\.example\\.com', which is no regular expression of Kong's",
                "write characters themselves, not by '\\u', '\\U' or '\\N', and leave out '(?u)'",
            ),
        ),
        (cors(max_age=-1), refused("cors.max_age", "is -1", "write a number that is 0 or more")),
        (
            {"key_auth": {"key_names": ["X Key"]}},
            refused("key_auth.key_names[0]", "is 'X Key', which is not the name of a header", HEADER),
        ),
        (
            {"key_auth": {"key_names": [""]}},
            refused("key_auth.key_names[0]", "is '', which is not the name of a header", HEADER),
        ),
        ({"key_auth": {"key_names": []}}, {"key_auth.key_names": Fault("is empty", NOWHERE, "name one")}),
        (
            {"key_auth": {"key_in_header": False, "key_in_query": False}},
            {
                "key_auth.key_in_header": Fault(
                    "is false, and so are key_in_query and key_in_body",
                    NOWHERE,
                    "leave out key_in_header, or say where else the key is",
                )
            },
        ),
        (
            {"basic_auth": {"realm": "", "anonymous": ""}},
            refused("basic_auth.realm", "is empty", EMPTY) | refused("basic_auth.anonymous", "is empty", EMPTY),
        ),
        (
            {"request_transformer": {"replace": {"uri": ""}}},
            refused("request_transformer.replace.uri", "is empty", EMPTY),
        ),
        (
            {"jwt": {"claims_to_verify": ["exp", "iat"]}},
            refused("jwt.claims_to_verify[1]", "is 'iat', which is not among Kong's", "write one of: exp, nbf"),
        ),
        (
            {"jwt": {"maximum_expiration": 31_536_001}},
            refused("jwt.maximum_expiration", "is 31536001", "write a number that is from 0 to 31536000"),
        ),
        (
            {"jwt": {"maximum_expiration": 60, "claims_to_verify": ["nbf"]}},
            refused("jwt.claims_to_verify", "is missing, though maximum_expiration needs 'exp' in it", "add 'exp'"),
        ),
        (
            {"jwt": {"header_names": ["a b"], "cookie_names": [""]}},
            refused("jwt.header_names[0]", "is 'a b', which is not the name of a header", HEADER)
            | refused("jwt.cookie_names[0]", "is empty", EMPTY),
        ),
        (
            {"acl": {"allow": ["a"], "deny": ["b"]}},
            refused(
                "acl.deny", "is given, and so is allow", "keep the list that is shorter; Kong takes one of the two"
            ),
        ),
        (
            {"acl": {"allow": []}},
            refused(
                "acl.allow",
                "is missing, though so is deny",
                "name the groups that are let in, or those that are not",
            ),
        ),
        ({"acl": {"deny": [""]}}, refused("acl.deny[0]", "is empty", EMPTY)),
        (
            {"rate_limiting": {"limit_by": "ip"}},
            refused(
                "rate_limiting.minute",
                "is missing, though no other period is given either",
                "write how many calls a period may have",
            ),
        ),
        (limit(second=0), refused("rate_limiting.second", "is 0", "write a number that is 1 or more")),
        (
            {"rate_limiting": {"second": 10, "month": 9, "year": 8}},
            refused(
                "rate_limiting.month",
                "is 9, less than second with 10",
                "let a longer period have as many calls as a shorter one, or more",
            )
            | refused(
                "rate_limiting.year",
                "is 8, less than month with 9",
                "let a longer period have as many calls as a shorter one, or more",
            ),
        ),
        (
            limit(limit_by="user"),
            refused(
                "rate_limiting.limit_by",
                "is 'user', which is not among Kong's",
                "write one of: consumer, credential, ip, service, header, path",
            ),
        ),
        (
            limit(limit_by="header"),
            refused(
                "rate_limiting.header_name", "is missing, though limit_by is 'header'", "write which header is counted"
            ),
        ),
        (
            limit(limit_by="path"),
            refused("rate_limiting.path", "is missing, though limit_by is 'path'", "write which path is counted"),
        ),
        (
            limit(limit_by="path", path="api"),
            refused("rate_limiting.path", "is 'api', which is not a path", PATH),
        ),
        (limit(path="/a//b"), refused("rate_limiting.path", "is '/a//b', which is not a path", PATH)),
        (limit(path="/50%"), refused("rate_limiting.path", "is '/50%', which is not a path", PATH)),
        (
            limit(header_name="X:1"),
            refused("rate_limiting.header_name", "is 'X:1', which is not the name of a header", HEADER),
        ),
        (
            limit(policy="cluster"),
            refused("rate_limiting.policy", "is 'cluster', which is not among Kong's", "write one of: local, redis"),
        ),
        (
            limit(error_code=600),
            refused("rate_limiting.error_code", "is 600", "write a number that is from 100 to 599"),
        ),
        (
            limit(policy="redis"),
            refused("rate_limiting.redis", "is missing, though policy is 'redis'", "write at least its host"),
        ),
        (
            limit(redis=REDIS),
            {
                "rate_limiting.redis": Fault(
                    "is given, though policy is not 'redis'",
                    "each proxy would count by itself",
                    "add `policy: redis`, or remove it",
                )
            },
        ),
        (
            limit(sync_rate=1),
            refused(
                "rate_limiting.sync_rate",
                "is given, though policy is not 'redis'",
                "add `policy: redis`, or remove it",
            ),
        ),
        (
            limit(policy="redis", redis=REDIS, sync_rate=0.01),
            refused("rate_limiting.sync_rate", "is 0.01", "write 0.02 or more, or -1"),
        ),
        (
            counted_in(port=65536, database=-1, timeout=2**31 - 1),
            refused("rate_limiting.redis.port", "is 65536", "write a number that is from 1 to 65535")
            | refused("rate_limiting.redis.database", "is -1", "write a number that is 0 or more")
            | refused("rate_limiting.redis.timeout", "is 2147483647", "write a number that is from 1 to 2147483646"),
        ),
        (counted_in(host=""), refused("rate_limiting.redis.host", "is '', which is not a host", HOST)),
        (
            counted_in(host="redis://redis.example.com"),
            refused("rate_limiting.redis.host", "is 'redis://redis.example.com', which is not a host", HOST),
        ),
        (
            counted_in(host="redis.example.com:6379"),
            refused("rate_limiting.redis.host", "is 'redis.example.com:6379', which is not a host", HOST),
        ),
        (
            counted_in(host="10.0.0.256"),
            refused("rate_limiting.redis.host", "is '10.0.0.256', which is not a host", HOST),
        ),
        (
            counted_in(server_name="10.0.0.1"),
            refused("rate_limiting.redis.server_name", "is '10.0.0.1', which is not a host", HOST),
        ),
        (
            {"proxy_cache": {"cache_ttl": 0, "storage_ttl": 0}},
            refused("proxy_cache.cache_ttl", "is 0", "write a number that is 1 or more")
            | refused("proxy_cache.storage_ttl", "is 0", "write a number that is 1 or more"),
        ),
        (
            {"proxy_cache": {"request_method": ["DELETE"]}},
            refused(
                "proxy_cache.request_method[0]",
                "is 'DELETE', which is not among Kong's",
                "write one of: HEAD, GET, POST, PATCH, PUT",
            ),
        ),
        (
            {"proxy_cache": {"response_code": [200, 901]}},
            refused("proxy_cache.response_code[1]", "is 901", "write a number that is from 100 to 900"),
        ),
        (
            {"proxy_cache": {"vary_headers": ["a b"], "vary_query_params": [""]}},
            refused("proxy_cache.vary_headers[0]", "is 'a b', which is not the name of a header", HEADER)
            | refused("proxy_cache.vary_query_params[0]", "is empty", EMPTY),
        ),
        (
            {"proxy_cache": {"response_code": [], "request_method": [], "content_type": []}},
            {
                f"proxy_cache.{field}": Fault("is empty", NOT_KEPT, "name at least one, or leave it out")
                for field in ("response_code", "request_method", "content_type")
            },
        ),
        (
            {"request_transformer": {}},
            refused(
                "request_transformer.add",
                "is missing, though nothing else is given either",
                "write what is changed, or remove the plugin",
            ),
        ),
        (
            {"request_transformer": {"http_method": "post"}},
            refused("request_transformer.http_method", "is 'post'", "write a method in capitals, such as 'POST'"),
        ),
        (
            {"request_transformer": {"remove": {"headers": ["X-A:1"], "querystring": [""], "body": [""]}}},
            refused("request_transformer.remove.headers[0]", "is 'X-A:1', which is not a name", "write the name alone")
            | refused("request_transformer.remove.querystring[0]", "is '', which is not a name", "write the name alone")
            | refused("request_transformer.remove.body[0]", "is '', which is not a name", "write the name alone"),
        ),
        (
            {"request_transformer": {"rename": {"headers": ["X-A:b c"], "querystring": ["a"], "body": ["a::"]}}},
            refused("request_transformer.rename.headers[0]", "is 'X-A:b c', which is not two names", NAMES)
            | refused("request_transformer.rename.querystring[0]", "is 'a', which is not two names", NAMES)
            | refused("request_transformer.rename.body[0]", "is 'a::', which is not two names", NAMES),
        ),
        (
            {
                "request_transformer": {
                    "replace": {"headers": ["X-A"]},
                    "add": {"querystring": ["a:"]},
                    "append": {"body": [":1", "a::"]},
                }
            },
            refused("request_transformer.replace.headers[0]", "is 'X-A', which is not a name and a value", PAIR)
            | refused("request_transformer.add.querystring[0]", "is 'a:', which is not a name and a value", PAIR)
            | refused("request_transformer.append.body[0]", "is ':1', which is not a name and a value", PAIR)
            | refused("request_transformer.append.body[1]", "is 'a::', which is not a name and a value", PAIR),
        ),
        (
            {
                "response_transformer": {
                    "remove": {"headers": ["a b"]},
                    "rename": {"json": ["a:"]},
                    "replace": {"json_types": ["integer"]},
                    "append": {"json": ["a"]},
                }
            },
            refused("response_transformer.remove.headers[0]", "is 'a b', which is not a name", "write the name alone")
            | refused("response_transformer.rename.json[0]", "is 'a:', which is not two names", NAMES)
            | refused(
                "response_transformer.replace.json_types[0]",
                "is 'integer', which is not among Kong's",
                "write one of: string, number, boolean",
            )
            | refused("response_transformer.append.json[0]", "is 'a', which is not a name and a value", PAIR),
        ),
        (
            {"ip_restriction": {"status": 404}},
            refused(
                "ip_restriction.allow",
                "is missing, though so is deny",
                "name the addresses that may call, or those that may not",
            ),
        ),
        (
            {"ip_restriction": {"allow": ["10.0.0.0/255.0.0.0"], "deny": ["fe80::1%eth0", "10.0.0.0/33"]}},
            refused(
                "ip_restriction.allow[0]", "is '10.0.0.0/255.0.0.0', which is neither an address nor a range", RANGE
            )
            | refused("ip_restriction.deny[0]", "is 'fe80::1%eth0', which is neither an address nor a range", RANGE)
            | refused("ip_restriction.deny[1]", "is '10.0.0.0/33', which is neither an address nor a range", RANGE),
        ),
        (
            {"ip_restriction": {"allow": ["10.0.0.0/08", "10.0.0.0/0"]}},
            refused("ip_restriction.allow[0]", "is '10.0.0.0/08', which is neither an address nor a range", RANGE),
        ),
        (
            counted_in(host="fe80::1%eth0"),
            refused("rate_limiting.redis.host", "is 'fe80::1%eth0', which is not a host", HOST),
        ),
        (
            {"ip_restriction": {"deny": ["10.0.0.1"], "status": 600}},
            refused("ip_restriction.status", "is 600", "write a number that is from 100 to 599"),
        ),
        (
            {"request_size_limiting": {"allowed_payload_size": 0, "size_unit": "MB"}},
            refused("request_size_limiting.allowed_payload_size", "is 0", "write a number that is 1 or more")
            | refused(
                "request_size_limiting.size_unit",
                "is 'MB', which is not among Kong's",
                "write one of: megabytes, kilobytes, bytes",
            ),
        ),
        (
            {"bot_detection": {"allow": ["*"], "deny": ["bad", ""]}},
            refused(
                "bot_detection.allow[0]",
                "is '*', which is no regular expression: nothing to repeat at position 0",
                PATTERN,
            )
            | refused("bot_detection.deny[1]", "is empty", EMPTY),
        ),
        (
            {"correlation_id": {"header_name": "X Trace", "generator": "random"}},
            refused("correlation_id.header_name", "is 'X Trace', which is not the name of a header", HEADER)
            | refused(
                "correlation_id.generator",
                "is 'random', which is not among Kong's",
                "write one of: uuid, uuid#counter, tracker",
            ),
        ),
        (
            {"other": {"sesion": {}, "openid-connect": {}}},
            refused("other.sesion", "is not a plugin that Kong has", "did you mean 'session'?")
            | refused(
                "other.openid-connect",
                "is not a plugin that Kong has",
                "use one of: acl, acme, ai-prompt-decorator, ai-prompt-guard, ai-prompt-template, ai-proxy, "
                "ai-request-transformer, ai-response-transformer, aws-lambda, azure-functions, basic-auth, "
                "bot-detection, correlation-id, cors, datadog, file-log, grpc-gateway, grpc-web, hmac-auth, http-log, "
                "ip-restriction, jwt, key-auth, ldap-auth, loggly, oauth2, opentelemetry, post-function, pre-function, "
                "prometheus, proxy-cache, rate-limiting, redirect, request-size-limiting, request-termination, "
                "request-transformer, response-ratelimiting, response-transformer, session, standard-webhooks, statsd, "
                "syslog, tcp-log, udp-log, zipkin",
            ),
        ),
        (
            {"other": {"key-auth": {}}},
            {
                "other.key-auth": Fault(
                    "is a plugin whose fields are known here",
                    "a mistake in it would not be found, and two of a kind could be on one route",
                    "write it as 'key_auth'",
                )
            },
        ),
    ],
)
def test_a_mistake_is_told_with_its_danger_and_its_remedy(plugins: dict[str, Any], expected: dict[str, Fault]) -> None:
    found = list(plugins_faults(plugins))
    assert dict(found) == expected
    assert len(found) == len(expected), "nothing is told twice"


@pytest.mark.parametrize(
    "plugins",
    [
        cors(origins=["*"]),
        cors(origins=["*", "https://shop.example.com"], max_age=0),
        cors(origins=["http://localhost:3000", "https://10.0.0.1", r"^https://[a-z]+\.example\.com$"]),
        {"key_auth": {"key_in_header": False, "key_in_query": True}},
        {"key_auth": {"key_names": ["x_api-key1"]}},
        {"jwt": {"maximum_expiration": 0, "claims_to_verify": []}},
        {"jwt": {"maximum_expiration": 31_536_000}},
        {"acl": {"allow": ["a"], "deny": []}},
        {"rate_limiting": {"second": 5, "year": 5}},
        limit(limit_by="path", path="/"),
        limit(path="/a%20b/(c)/"),
        limit(error_code=100),
        limit(minute=60.0),
        counted_in(port=65535, database=0, timeout=1, server_name="redis.services.svc."),
        *(counted_in(host=host) for host in ("redis", "10.0.0.1", "2001:db8::1", "redis_1.example.com")),
        limit(policy="redis", redis=REDIS, sync_rate=0.02),
        limit(sync_rate=-1),
        {"proxy_cache": {"response_code": [100, 900], "vary_headers": []}},
        {"request_transformer": {"add": {"headers": ["X-A:b:c"], "querystring": ["a::b"]}}},
        {"request_transformer": {"rename": {"body": ["a::b"]}, "http_method": "PATCH"}},
        {"ip_restriction": {"allow": ["10.0.0.1/8", "::1", "2001:db8::/32"], "deny": ["10.0.0.2"]}},
        {"ip_restriction": {"deny": ["0.0.0.0/0"], "status": 599}},
        {"request_size_limiting": {"allowed_payload_size": 1.0, "size_unit": "bytes"}},
        {"bot_detection": {"allow": [], "deny": [r"(?i)crawler/\d+"]}},
        {"other": {"session": {"anything": [None, {"goes": 1}]}}},
        {},
    ],
)
def test_what_kong_takes_is_no_mistake(plugins: dict[str, Any]) -> None:
    assert list(plugins_faults(plugins)) == []


# https://github.com/Kong/kong/tree/3.9.3/kong/plugins, without what Kong calls deprecated.
# Answers are kept in one place only, and headers that say so are no secret.
LEFT_OUT = {"proxy_cache": {"strategy", "memory", "response_headers"}}
KONGS_FIELDS = {
    "cors": "origins headers exposed_headers methods max_age credentials private_network preflight_continue",
    "key_auth": "key_names hide_credentials anonymous key_in_header key_in_query key_in_body run_on_preflight realm",
    "basic_auth": "anonymous hide_credentials realm",
    "jwt": "uri_param_names cookie_names key_claim_name secret_is_base64 claims_to_verify anonymous run_on_preflight "
    "maximum_expiration header_names realm",
    "acl": "allow deny hide_groups_header always_use_authenticated_groups",
    "rate_limiting": "second minute hour day month year limit_by header_name path policy fault_tolerant redis "
    "hide_client_headers error_code error_message sync_rate",
    "proxy_cache": "response_code request_method content_type cache_ttl strategy cache_control ignore_uri_case "
    "storage_ttl memory vary_query_params vary_headers response_headers",
    "request_transformer": "http_method remove rename replace add append",
    "response_transformer": "remove rename replace add append",
    "ip_restriction": "allow deny status message",
    "request_size_limiting": "allowed_payload_size size_unit require_content_length",
    "bot_detection": "allow deny",
    "correlation_id": "header_name generator echo_downstream",
    "prometheus": "per_consumer status_code_metrics ai_metrics latency_metrics bandwidth_metrics "
    "upstream_health_metrics",
}


def test_fields_are_kongs_own() -> None:
    arguments = {key: kind.args.__annotations__.keys() for key, kind in KINDS.items()}
    assert arguments == {key: set(fields.split()) - LEFT_OUT.get(key, set()) for key, fields in KONGS_FIELDS.items()}
    redis = "host port timeout username database ssl ssl_verify server_name password_secret"
    assert KongRedisArgs.__annotations__.keys() == set(redis.split())


PREFLIGHT = cors(preflight_continue=True)["cors"]
NAMELESS = "browsers name nobody in a preflight request: each would be refused, and every call"
BOTH = Fault(
    "is there beside key-auth",
    "Kong would ask each caller for both, and the second would say who it is",
    "keep one of the two, or let callers pass as `anonymous` where one of them does not know them",
)


@pytest.mark.parametrize(
    ("plugins", "expected"),
    [
        ({"key_auth": {}, "jwt": {}}, {"jwt": BOTH}),
        ({"key_auth": {}, "other": {"hmac-auth": {}}}, {"other.hmac-auth": BOTH}),
        (
            {"other": {"hmac-auth": {}, "ldap-auth": {}}},
            {"other.ldap-auth": BOTH._replace(what="is there beside hmac-auth")},
        ),
        ({"key_auth": {}, "jwt": {"anonymous": "guest"}}, {}),
        ({"key_auth": {}, "other": {"hmac-auth": {"anonymous": "guest"}}}, {}),
        (
            {"acl": {"allow": ["a"]}},
            {
                "acl": Fault(
                    "is there, though nothing asks callers who they are",
                    "Kong would refuse every request, since nobody is of any group",
                    "add key-auth, basic-auth or jwt beside it, or remove it",
                )
            },
        ),
        ({"acl": {"allow": ["a"]}, "other": {"oauth2": {}}}, {}),
        (
            {"cors": PREFLIGHT, "key_auth": {}},
            {
                "key_auth.run_on_preflight": Fault(
                    "is not false, though cors.preflight_continue is true",
                    NAMELESS,
                    "set it to false, or leave preflight requests to Kong",
                )
            },
        ),
        ({"cors": PREFLIGHT, "jwt": {"run_on_preflight": False}}, {}),
        *(
            (
                {"cors": PREFLIGHT, **asking},
                {
                    place: Fault(
                        "is there, though cors.preflight_continue is true",
                        NAMELESS,
                        "leave preflight requests to Kong",
                    )
                },
            )
            for place, asking in (
                ("basic_auth", {"basic_auth": {}}),
                ("other.ldap-auth", {"other": {"ldap-auth": {}}}),
            )
        ),
    ],
)
def test_plugins_that_spoil_each_other_are_told_with_danger_and_remedy(
    plugins: dict[str, Any], expected: dict[str, Fault]
) -> None:
    assert list(plugins_faults(plugins)) == []
    assert dict(route_faults(plugins)) == expected


def test_others_that_kong_refuses_on_a_consumer_are_known() -> None:
    others = ["acme", "ai-request-transformer", "hmac-auth", "ldap-auth", "oauth2", "session", "standard-webhooks"]
    given: dict[str, Any] = {"other": {name: {} for name in [*others, "http-log"]}}
    assert list(misplaced_on_consumers(given)) == [f"other.{name}" for name in others]
