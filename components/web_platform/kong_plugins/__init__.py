"""Kong's plugins, typed: what may be asked of each, what Kong would refuse, and defaults that are safe.

A room of pure data and functions, a module a plugin. Fields have Kong's own names, so that its documentation holds.
It makes no resources: see `KongPlugin`, and the components that plugins belong to.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

from pulumi import Input

from web_platform.argument_types import type_faults
from web_platform.errors import Fault, unknown_key_fault
from web_platform.kong_plugins import checks
from web_platform.kong_plugins.acl import ACL, KongAclArgs
from web_platform.kong_plugins.basic_auth import BASIC_AUTH, KongBasicAuthArgs
from web_platform.kong_plugins.bot_detection import BOT_DETECTION, KongBotDetectionArgs
from web_platform.kong_plugins.correlation_id import CORRELATION_ID, KongCorrelationIdArgs
from web_platform.kong_plugins.cors import CORS, KongCorsArgs
from web_platform.kong_plugins.ip_restriction import IP_RESTRICTION, KongIpRestrictionArgs
from web_platform.kong_plugins.jwt import JWT, KongJwtArgs
from web_platform.kong_plugins.key_auth import KEY_AUTH, KongKeyAuthArgs
from web_platform.kong_plugins.kind import Faults, Kind
from web_platform.kong_plugins.prometheus import PROMETHEUS, KongPrometheusArgs
from web_platform.kong_plugins.proxy_cache import PROXY_CACHE, KongProxyCacheArgs
from web_platform.kong_plugins.rate_limiting import RATE_LIMITING, KongRateLimitingArgs
from web_platform.kong_plugins.request_size_limiting import REQUEST_SIZE_LIMITING, KongRequestSizeLimitingArgs
from web_platform.kong_plugins.request_transformer import REQUEST_TRANSFORMER, KongRequestTransformerArgs
from web_platform.kong_plugins.response_transformer import RESPONSE_TRANSFORMER, KongResponseTransformerArgs


class KongPluginsArgs(TypedDict):
    """Plugins of one place, at most one of a kind. An empty one has its defaults."""

    cors: NotRequired[KongCorsArgs]
    """Lets pages of other origins call from browsers."""

    key_auth: NotRequired[KongKeyAuthArgs]
    """Lets in consumers with a key."""

    basic_auth: NotRequired[KongBasicAuthArgs]
    """Lets in consumers with a name and a password."""

    jwt: NotRequired[KongJwtArgs]
    """Lets in consumers with a signed token."""

    acl: NotRequired[KongAclArgs]
    """Lets in groups of consumers only."""

    rate_limiting: NotRequired[KongRateLimitingArgs]
    """Limits how often a caller may call."""

    proxy_cache: NotRequired[KongProxyCacheArgs]
    """Keeps answers and gives them again."""

    request_transformer: NotRequired[KongRequestTransformerArgs]
    """Changes requests."""

    response_transformer: NotRequired[KongResponseTransformerArgs]
    """Changes answers."""

    ip_restriction: NotRequired[KongIpRestrictionArgs]
    """Lets in some addresses only."""

    request_size_limiting: NotRequired[KongRequestSizeLimitingArgs]
    """Limits how large a request may be."""

    bot_detection: NotRequired[KongBotDetectionArgs]
    """Refuses programs that say that they are bots."""

    correlation_id: NotRequired[KongCorrelationIdArgs]
    """Gives each request a number that logs name."""

    prometheus: NotRequired[KongPrometheusArgs]
    """Counts requests for Prometheus."""

    other: NotRequired[Mapping[str, dict[str, Any]]]
    """Any other plugin of Kong's by its name, such as `session`, with its configuration as Kong documents it. Nothing
    here knows what Kong would refuse of it. Not for secrets: whoever may see the plugin may read them."""


Plugins = Mapping[str, Any]
"""What `KongPluginsArgs` says, for functions that go through its keys."""

KINDS: Mapping[str, Kind] = {
    "cors": CORS,
    "key_auth": KEY_AUTH,
    "basic_auth": BASIC_AUTH,
    "jwt": JWT,
    "acl": ACL,
    "rate_limiting": RATE_LIMITING,
    "proxy_cache": PROXY_CACHE,
    "request_transformer": REQUEST_TRANSFORMER,
    "response_transformer": RESPONSE_TRANSFORMER,
    "ip_restriction": IP_RESTRICTION,
    "request_size_limiting": REQUEST_SIZE_LIMITING,
    "bot_detection": BOT_DETECTION,
    "correlation_id": CORRELATION_ID,
    "prometheus": PROMETHEUS,
}
"""The kinds whose fields are known, by their key in `KongPluginsArgs`."""

# What else the open-source image holds. Kong refuses its whole configuration for a plugin that it does not have.
# https://github.com/Kong/kong/blob/3.9.3/kong/constants.lua
_OTHERS = frozenset(
    {
        "acme",
        "ai-prompt-decorator",
        "ai-prompt-guard",
        "ai-prompt-template",
        "ai-proxy",
        "ai-request-transformer",
        "ai-response-transformer",
        "aws-lambda",
        "azure-functions",
        "datadog",
        "file-log",
        "grpc-gateway",
        "grpc-web",
        "hmac-auth",
        "http-log",
        "ldap-auth",
        "loggly",
        "oauth2",
        "opentelemetry",
        "post-function",
        "pre-function",
        "redirect",
        "request-termination",
        "response-ratelimiting",
        "session",
        "standard-webhooks",
        "statsd",
        "syslog",
        "tcp-log",
        "udp-log",
        "zipkin",
    }
)
_OTHERS_THAT_AUTHENTICATE = frozenset({"hmac-auth", "ldap-auth", "oauth2"})
_OTHERS_THAT_REFUSE = _OTHERS_THAT_AUTHENTICATE | {"request-termination", "redirect"}
_OTHERS_NOT_OF_CONSUMERS = _OTHERS_THAT_AUTHENTICATE | {
    *("acme", "ai-request-transformer", "session", "standard-webhooks"),
}


class Plugin(NamedTuple):
    """A plugin as Kong is to have it."""

    name: str
    """Kong's name for it."""

    config: dict[str, Any]
    """Its configuration."""

    redis_password_secret: Input[str] | None = None
    """Secret that holds the password of its Redis."""


def plugins_of(args: Plugins) -> list[Plugin]:
    """Make of arguments without fault what Kong is to have, by name."""
    made = [
        Plugin(kind.name, kind.config(args[key]), args[key].get("redis", {}).get("password_secret"))
        for key, kind in KINDS.items()
        if key in args
    ]
    made += [Plugin(name, dict(config)) for name, config in args.get("other", {}).items()]
    return sorted(made, key=lambda plugin: plugin.name)


def one_by_one(args: Plugins) -> dict[str, KongPluginsArgs]:
    """Take arguments apart: those of each plugin alone, by Kong's name for it, in order."""
    known: dict[str, Any] = {kind.name: {key: args[key]} for key, kind in KINDS.items() if key in args}
    others = {name: {"other": {name: config}} for name, config in args.get("other", {}).items()}
    return dict(sorted({**known, **others}.items()))


def plugins_faults(args: object) -> Faults:
    """Find everything that is wrong in each plugin by itself, with its field below `KongPluginsArgs`."""
    wrong = list(type_faults(args, KongPluginsArgs))
    yield from wrong
    places = [field for field, _ in wrong]
    for key, given in args.items() if isinstance(args, Mapping) else ():
        if key == "other":
            yield from _others_faults(given)
        elif not any(place == key or place.startswith((f"{key}.", f"{key}[")) for place in places):
            kind = KINDS.get(key)
            found = list(kind.faults(given)) if kind else []
            said = {field for field, _ in found}
            found += [(field, fault) for field, fault in checks.empty_texts(given) if field not in said]
            yield from ((f"{key}.{field}", fault) for field, fault in found)


def route_faults(args: Plugins) -> Faults:
    """Find plugins of one route that spoil each other, though each is right by itself."""
    asking = authenticating(args)
    if len(asking) > 1 and not any("anonymous" in _fields(args, key) for key in asking):
        yield (
            asking[1],
            Fault(
                what=f"is there beside {asking[0].removeprefix('other.').replace('_', '-')}",
                danger="Kong would ask each caller for both, and the second would say who it is",
                remedy="keep one of the two, or let callers pass as `anonymous` where one of them does not know them",
            ),
        )
    if "acl" in args and not asking:
        yield (
            "acl",
            Fault(
                what="is there, though nothing asks callers who they are",
                danger="Kong would refuse every request, since nobody is of any group",
                remedy="add key-auth, basic-auth or jwt beside it, or remove it",
            ),
        )
    if args.get("cors", {}).get("preflight_continue"):
        for key in asking:
            if key not in KINDS or "run_on_preflight" not in KINDS[key].args.__annotations__:
                yield key, _PREFLIGHT._replace(what=f"is there, though {_CONTINUED}", remedy=_LEFT_TO_KONG)
            elif args[key].get("run_on_preflight", True):
                yield f"{key}.run_on_preflight", _PREFLIGHT


def authenticating(args: Plugins) -> list[str]:
    """The plugins that ask callers who they are: their places in `KongPluginsArgs`."""
    known = [key for key in args if key in KINDS and KINDS[key].authenticates]
    return known + _among_others(args, _OTHERS_THAT_AUTHENTICATE)


def misplaced_on_consumers(args: Plugins) -> Iterator[str]:
    """The plugins that Kong does not accept on a consumer."""
    yield from (key for key in args if key in KINDS and not KINDS[key].fits_consumers)
    yield from _among_others(args, _OTHERS_NOT_OF_CONSUMERS)


def misplaced_everywhere(args: Plugins) -> Iterator[str]:
    """The plugins that must not apply to every request, since Let's Encrypt could not fetch its challenges."""
    yield from (key for key in args if key in KINDS and not KINDS[key].fits_everywhere)
    yield from _among_others(args, _OTHERS_THAT_REFUSE)


def _among_others(args: Plugins, names: frozenset[str]) -> list[str]:
    return [f"other.{name}" for name in sorted(names & args.get("other", {}).keys())]


def _fields(args: Plugins, place: str) -> Mapping[str, Any]:
    """The fields of the plugin at a place."""
    name = place.removeprefix("other.")
    fields: Mapping[str, Any] = (args if name == place else args["other"])[name]
    return fields


def _others_faults(others: object) -> Faults:
    names = {kind.name: key for key, kind in KINDS.items()}
    for name in others if isinstance(others, Mapping) else ():
        if name in names:
            yield (
                f"other.{name}",
                Fault(
                    what="is a plugin whose fields are known here",
                    danger="a mistake in it would not be found, and two of a kind could be on one route",
                    remedy=f"write it as {names[name]!r}",
                ),
            )
        elif name not in _OTHERS:
            fault = unknown_key_fault(str(name), sorted({*names, *_OTHERS}))
            yield f"other.{name}", fault._replace(what="is not a plugin that Kong has", danger=checks.REFUSED)


_CONTINUED = "cors.preflight_continue is true"
_LEFT_TO_KONG = "leave preflight requests to Kong"

_PREFLIGHT = Fault(
    what=f"is not false, though {_CONTINUED}",
    danger="browsers name nobody in a preflight request: each would be refused, and every call",
    remedy=f"set it to false, or {_LEFT_TO_KONG}",
)
