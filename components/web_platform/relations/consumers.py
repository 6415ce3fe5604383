"""From a plugin that asks who calls to somebody who can answer: KongConsumers, their credentials and their groups."""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from web_platform.kong_names import CREDENTIAL_LABEL
from web_platform.relations.backends import backends_of
from web_platform.relations.objects import (
    CLUSTER_PLUGIN,
    CONSUMER,
    CONSUMER_GROUP,
    PLUGIN,
    SECRET,
    SERVICE,
    Dangling,
    Object,
    Objects,
    keys_of_secret,
    listed,
    strings,
    text,
    texts,
)
from web_platform.relations.plugins import AUTHENTICATING, Use, is_global, uses_of

_LABEL_FIELD = f"metadata.labels['{CREDENTIAL_LABEL}']"

# What the controller demands of each kind of credential; of a JWT, one field more by its algorithm.
# https://github.com/Kong/kubernetes-ingress-controller/blob/v3.5.13/internal/admission/validation/consumers/credentials/vars.go
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "acl": ("group",),
    "basic-auth": ("username", "password"),
    "hmac-auth": ("username", "secret"),
    "jwt": ("key", "algorithm"),
    "key-auth": ("key",),
    "mtls-auth": ("subject_name",),
    "oauth2": ("client_id", "client_secret", "name", "redirect_uris"),
}

# What Kong tells consumers by: no two credentials of a kind may have it in common.
_UNIQUE = {"basic-auth": "username", "hmac-auth": "username", "jwt": "key", "key-auth": "key", "oauth2": "client_id"}

_SHARED_SECRET_ALGORITHMS = ("HS256", "HS384", "HS512")

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Those whose callers must be consumers: the others know people from somewhere else.
_KINDS_OF_CREDENTIALS = AUTHENTICATING & _FIELDS.keys()


class _Credential(NamedTuple):
    """A Secret that a consumer names as its credential."""

    consumer: Object
    secret: Object
    kind: str


def consumers(objects: Objects) -> Iterator[Dangling]:
    """Find consumers that nobody can be, credentials that nobody has, and plugins that let in nobody or everybody."""
    credentials = _credentials(objects)
    complete = not any(_known_later(consumer) for consumer in objects.all(CONSUMER))
    for consumer in objects.all(CONSUMER):
        yield from _consumer(objects, consumer)
    yield from _same_names(objects)
    yield from _secrets(objects, credentials, complete)
    yield from _same_credentials(credentials)
    uses = uses_of(objects)
    for plugin in objects.all(PLUGIN, CLUSTER_PLUGIN):
        yield from _anonymity(objects, plugin)
        if complete:
            yield from _demand(plugin, uses, credentials)
    for use in uses:
        if use.kind == "acl" and not _asked(objects, use, uses):
            yield use.user.dangling(
                use.field,
                f"names {use.plugin}, and nothing beside it asks callers who they are",
                "Kong refuses every request, since nobody is of any group",
                "name a plugin that authenticates as well, such as one of key-auth, or remove this one",
            )


def _credentials(objects: Objects) -> list[_Credential]:
    found = [
        (consumer, objects.find(SECRET, consumer.namespace, name))
        for consumer in objects.all(CONSUMER)
        for _, name in texts(consumer.content, "credentials")
    ]
    return [_Credential(who, secret, secret.labels.get(CREDENTIAL_LABEL, "")) for who, secret in found if secret]


def _consumer(objects: Objects, consumer: Object) -> Iterator[Dangling]:
    named = texts(consumer.content, "credentials")
    for field, name in named:
        if objects.find(SECRET, consumer.namespace, name) is None:
            yield consumer.dangling(
                field,
                f"names Secret {name!r}, which namespace {consumer.namespace} does not have",
                "whoever shows this credential is refused",
                "create the Secret beside the KongConsumer, or name another",
            )
    for field, name in texts(consumer.content, "consumerGroups"):
        if objects.find(CONSUMER_GROUP, consumer.namespace, name) is None:
            yield consumer.dangling(
                field,
                f"names KongConsumerGroup {name!r}, which namespace {consumer.namespace} does not have",
                "the plugins of the group do not apply to the consumer",
                "create the KongConsumerGroup beside the KongConsumer, or name another",
            )
    secrets = [objects.find(SECRET, consumer.namespace, name) for _, name in named]
    groups_only = all(secret and secret.labels.get(CREDENTIAL_LABEL) == "acl" for secret in secrets)
    needs_none = text(consumer.content, "username") in _anonymous(objects)
    if groups_only and not needs_none and not _known_later(consumer):
        yield consumer.dangling(
            "credentials",
            "names nothing that a caller could show",
            "nobody can call as this consumer, whatever it is let in to",
            "name a Secret of a credential, such as one of key-auth, or remove the KongConsumer",
        )


def _known_later(consumer: Object) -> bool:
    """Whether the consumer has credentials whose names are not known yet."""
    unknown = "credentials" in consumer.content and consumer.content["credentials"] is None
    return unknown or any(not isinstance(name, str) for _, name in listed(consumer.content, "credentials"))


def _anonymous(objects: Objects) -> set[str]:
    """The consumers that callers without credentials count as: they need none."""
    return {text(plugin.content, "config.anonymous") for plugin in objects.all(PLUGIN, CLUSTER_PLUGIN)} - {""}


def _same_names(objects: Objects) -> Iterator[Dangling]:
    for field in ("username", "custom_id"):
        seen: dict[str, Object] = {}
        for consumer in objects.all(CONSUMER):
            name = text(consumer.content, field)
            first = seen.setdefault(name, consumer)
            if name and first is not consumer:
                yield consumer.dangling(
                    field,
                    f"is {name!r}, which {first} is called too",
                    "Kong refuses its whole configuration: no change of any route arrives any more",
                    "give each consumer a name of its own, whatever its namespace",
                )


def _secrets(objects: Objects, credentials: list[_Credential], complete: bool) -> Iterator[Dangling]:
    named = {credential.secret: credential.consumer for credential in credentials}
    for secret in objects.all(SECRET):
        kind = secret.labels.get(CREDENTIAL_LABEL, "")
        consumer = named.get(secret)
        if consumer is None:
            if kind in _FIELDS and complete:
                yield secret.dangling(
                    _LABEL_FIELD,
                    f"is {kind!r}, though no KongConsumer of namespace {secret.namespace} names the Secret",
                    "whoever shows this credential is refused",
                    "name it in `credentials` of a KongConsumer of that namespace, or remove it",
                )
        elif kind not in _FIELDS:
            yield secret.dangling(
                _LABEL_FIELD,
                f"is {kind!r}, though {consumer} names the Secret"
                if kind
                else f"is missing, though {consumer} names it",
                "the controller does not know what it is, and whoever shows this credential is refused",
                f"write one of: {', '.join(_FIELDS)}",
            )
        else:
            for field in _missing(secret, kind):
                yield secret.dangling(
                    _place(secret, field),
                    f"is missing, which a credential of kind {kind} needs",
                    "the controller refuses the Secret, and whoever shows this credential is refused",
                    "write it in `data` in base64, or in `stringData` as it is",
                )


def _missing(secret: Object, kind: str) -> list[str]:
    keys = keys_of_secret(secret)
    if keys is None:
        return []
    needed = list(_FIELDS[kind])
    if kind == "jwt":
        algorithm = _value(secret, "algorithm")
        if algorithm is not None:
            needed.append("secret" if algorithm in _SHARED_SECRET_ALGORITHMS else "rsa_public_key")
    return [field for field in needed if field not in keys or _value(secret, field) == ""]


def _place(secret: Object, field: str) -> str:
    plain = "stringData" in secret.content and field not in strings(secret.content, "data")
    return f"{'stringData' if plain else 'data'}.{field}"


def _value(secret: Object, key: str) -> str | None:
    """What a Secret holds, or None where that is only known later. `stringData` goes before `data`."""
    plain, encoded = strings(secret.content, "stringData"), strings(secret.content, "data")
    if key in plain or key not in encoded:
        return plain.get(key)
    try:
        return base64.b64decode(encoded[key]).decode("utf-8", "replace")
    except ValueError:
        return None


def _same_credentials(credentials: list[_Credential]) -> Iterator[Dangling]:
    seen: dict[tuple[str, str], _Credential] = {}
    for credential in credentials:
        field = _UNIQUE.get(credential.kind, "")
        value = _value(credential.secret, field)
        first = seen.setdefault((credential.kind, value), credential) if value else credential
        if first is not credential:
            # Without the value: what is found here is printed.
            yield credential.secret.dangling(
                _place(credential.secret, field),
                f"is {credential.consumer}'s, and the same as {first.consumer}'s in {first.secret}",
                "the controller cannot tell who calls, and leaves out every consumer that has it",
                "give each consumer a credential of its own",
            )


def _anonymity(objects: Objects, plugin: Object) -> Iterator[Dangling]:
    name = text(plugin.content, "config.anonymous")
    known = {text(consumer.content, "username") for consumer in objects.all(CONSUMER)}
    # Kong takes its own number for a consumer too, which no object says.
    if name and name not in known and not _UUID.fullmatch(name):
        yield plugin.dangling(
            "config.anonymous",
            f"names consumer {name!r}, which there is not",
            "Kong answers every caller without credentials with an error of its own",
            "write the `username` of a KongConsumer",
        )


def _demand(plugin: Object, uses: list[Use], credentials: list[_Credential]) -> Iterator[Dangling]:
    """Find what a plugin asks of callers that none of them has."""
    kind = text(plugin.content, "plugin")
    open_ = bool(text(plugin.content, "config.anonymous")) or not any(use.plugin is plugin for use in uses)
    if kind in _KINDS_OF_CREDENTIALS and not open_ and all(credential.kind != kind for credential in credentials):
        yield plugin.dangling(
            "plugin",
            f"is {kind!r}, and no KongConsumer has a credential of that kind",
            "Kong refuses every request, since nobody can say who they are",
            f"give a KongConsumer a Secret with the label {CREDENTIAL_LABEL}: {kind}",
        )
    groups = {_value(credential.secret, "group") for credential in credentials if credential.kind == "acl"}
    for side in ("allow", "deny") if kind == "acl" and None not in groups else ():
        for field, group in texts(plugin.content, f"config.{side}"):
            if group not in groups:
                yield plugin.dangling(
                    field,
                    f"is {group!r}, a group that no KongConsumer is in",
                    f"nobody is {'let in' if side == 'allow' else 'kept out'} by it",
                    f"give a KongConsumer a Secret with the label {CREDENTIAL_LABEL}: acl and this group",
                )


def _asked(objects: Objects, acl: Use, uses: list[Use]) -> bool:
    """Whether callers are asked who they are wherever an ACL decides on them: by the route, or by its Services."""
    asking = {use.user for use in uses if use.kind in AUTHENTICATING}
    everywhere = any(
        is_global(plugin) and text(plugin.content, "plugin") in AUTHENTICATING for plugin in objects.all(CLUSTER_PLUGIN)
    )
    beside = [
        backend.route if acl.user.type == SERVICE else service
        for backend in backends_of(objects)
        for service in [backend.service(objects)]
        if acl.user in (backend.route, service)
    ]
    # A Service that there is not is said to be missing already.
    return everywhere or acl.user in asking or (bool(beside) and all(one is None or one in asking for one in beside))
