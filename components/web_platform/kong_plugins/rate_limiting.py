"""Rate limiting: how often a caller may call. https://developer.konghq.com/plugins/rate-limiting/."""

import ipaddress
import re
from typing import NotRequired, TypedDict

from pulumi import Input

from web_platform.errors import Fault
from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind

_PERIODS = ("second", "minute", "hour", "day", "month", "year")
_CALLERS = ("consumer", "credential", "ip", "service", "header", "path")
# The third, `cluster`, counts in a database, and the gateway has none.
_POLICIES = ("local", "redis")
_HIGHEST_TIMEOUT = 2**31 - 2

_LOWEST_SYNC_RATE = 0.02
_NAME = re.compile(r"([A-Za-z0-9_-]*[A-Za-z0-9_]\.)*[A-Za-z0-9_-]*[A-Za-z0-9_]\.?")
_PATH = re.compile(r"/|(/([A-Za-z0-9._~:@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)+/?")


class KongRedisArgs(TypedDict):
    """Where Redis is, in which proxies count together."""

    host: str
    """Its host."""

    port: NotRequired[int]
    """Its port. Default: 6379."""

    username: NotRequired[str]
    """User to log in as. Default: Redis' own."""

    password_secret: NotRequired[Input[str]]
    """Secret in the plugin's namespace whose key `password` holds the password. Default: none is needed."""

    database: NotRequired[int]
    """Number of its database. Default: 0."""

    ssl: NotRequired[bool]
    """Whether it is reached by TLS. Default: false."""

    ssl_verify: NotRequired[bool]
    """Whether its certificate is checked. Default: as `ssl`, which is not Kong's: it checks none."""

    server_name: NotRequired[str]
    """Name that its certificate must have. Default: `host`."""

    timeout: NotRequired[int]
    """How many milliseconds it may take. Default: 2000."""


class KongRateLimitingArgs(TypedDict):
    """Fields of the plugin `rate-limiting`. One of the periods is needed."""

    second: NotRequired[int]
    """Calls in a second. Default: no limit."""

    minute: NotRequired[int]
    """Calls in a minute. Default: no limit."""

    hour: NotRequired[int]
    """Calls in an hour. Default: no limit."""

    day: NotRequired[int]
    """Calls in a day. Default: no limit."""

    month: NotRequired[int]
    """Calls in a month. Default: no limit."""

    year: NotRequired[int]
    """Calls in a year. Default: no limit."""

    limit_by: NotRequired[str]
    """Who is one caller: a `consumer`, a `credential`, an `ip`, the `service`, a value of a `header`, or a `path`.
    Default: consumer; where nobody is known, the address counts."""

    header_name: NotRequired[str]
    """Header whose values are callers. Required with `limit_by` header."""

    path: NotRequired[str]
    """Path whose calls are counted. Required with `limit_by` path."""

    policy: NotRequired[str]
    """Where calls are counted: `local`, by each proxy for itself, or `redis`, by all together. Default: local: of n
    proxies, each lets the whole number pass."""

    redis: NotRequired[KongRedisArgs]
    """Where Redis is. Required with the policy redis."""

    sync_rate: NotRequired[float]
    """How many seconds a proxy counts by itself before it tells Redis, at least 0.02; the policy must be redis.
    Default: -1, it asks Redis at each call."""

    fault_tolerant: NotRequired[bool]
    """Whether calls pass while nobody can count. Default: true."""

    hide_client_headers: NotRequired[bool]
    """Whether callers are not told how many calls they have left. Default: false."""

    error_code: NotRequired[int]
    """Status of a refusal. Default: 429."""

    error_message: NotRequired[str]
    """Text of a refusal. Default: `API rate limit exceeded`."""


def _faults(config: Config) -> Faults:
    limits = {period: config[period] for period in _PERIODS if period in config}
    if not limits:
        yield checks.required("minute", "no other period is given either", "write how many calls a period may have")
    for period in limits:
        yield from checks.at_least(config, period, 1)
    for shorter, longer in zip(list(limits), list(limits)[1:], strict=False):
        if limits[longer] < limits[shorter]:
            yield (
                longer,
                Fault(
                    f"is {limits[longer]}, less than {shorter} with {limits[shorter]}",
                    checks.REFUSED,
                    "let a longer period have as many calls as a shorter one, or more",
                ),
            )
    yield from checks.one_of(config, "limit_by", _CALLERS)
    yield from checks.one_of(config, "policy", _POLICIES)
    yield from checks.headers(config, "header_name")
    yield from checks.at_least(config, "error_code", 100, 599)
    for caller, field in (("header", "header_name"), ("path", "path")):
        if config.get("limit_by") == caller and field not in config:
            yield checks.required(field, f"limit_by is {caller!r}", f"write which {caller} is counted")
    if not _PATH.fullmatch(config.get("path", "/")):
        remedy = "begin with '/', and use what an address may have: '/api/v1'"
        yield "path", Fault(f"is {config['path']!r}, which is not a path", checks.REFUSED, remedy)
    yield from _redis_faults(config)


def _redis_faults(config: Config) -> Faults:
    redis = config.get("redis")
    rate = config.get("sync_rate", -1)
    if rate != -1 and config.get("policy") != "redis":
        remedy = "add `policy: redis`, or remove it"
        yield "sync_rate", Fault("is given, though policy is not 'redis'", checks.REFUSED, remedy)
    elif rate != -1 and not rate >= _LOWEST_SYNC_RATE:
        yield "sync_rate", Fault(f"is {rate}", checks.REFUSED, f"write {_LOWEST_SYNC_RATE} or more, or -1")
    if config.get("policy") == "redis" and redis is None:
        yield checks.required("redis", "policy is 'redis'", "write at least its host")
    if redis is None:
        return
    if config.get("policy") != "redis":
        remedy = "add `policy: redis`, or remove it"
        yield "redis", Fault("is given, though policy is not 'redis'", "each proxy would count by itself", remedy)
    for field, lowest, highest in (("port", 1, 65535), ("database", 0, None), ("timeout", 1, _HIGHEST_TIMEOUT)):
        for place, fault in checks.at_least(redis, field, lowest, highest):
            yield f"redis.{place}", fault
    for field, fits in (("host", _is_host), ("server_name", _is_name)):
        if field in redis and not fits(redis[field]):
            remedy = "write the host alone, without scheme and port, such as 'redis.example.com'"
            yield f"redis.{field}", Fault(f"is {redis[field]!r}, which is not a host", checks.REFUSED, remedy)


def _is_host(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return _is_name(text)
    # Python also takes a zone, and an IPv4 address at the end of an IPv6 one, which Kong does not.
    return address.version == 4 or not {"%", "."} & set(text)


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and not text.replace(".", "").isdigit()


def _config(given: Config) -> dict[str, object]:
    config = {"policy": "local", **given}
    if "redis" in given:
        # The password has its own way: a Secret, which Kong's controller lays over the configuration.
        redis = {key: value for key, value in given["redis"].items() if key != "password_secret"}
        config["redis"] = ({"ssl_verify": True} if redis.get("ssl") else {}) | redis
    return config


RATE_LIMITING = Kind("rate-limiting", KongRateLimitingArgs, _faults, _config)
