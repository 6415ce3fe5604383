"""A consumer: somebody who calls services through the gateway, and is known there by credentials.

Owns the KongConsumer, its credentials as Secrets, generated here, and its own plugins. Does not own the services that
let it in: they name it. Credentials come in generations, so that one can be replaced without an outage: a new one is
valid beside the one before it, until that is said to be no longer.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random
from pulumi import Input, Output, ResourceOptions

from web_platform.argument_types import type_faults
from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.kong_names import CLASS_ANNOTATION, CREDENTIAL_LABEL
from web_platform.kong_plugin import CONFIGURATION, own_plugins, plugins_annotation
from web_platform.kong_plugins import KongPluginsArgs, checks, misplaced_on_consumers, plugins_faults
from web_platform.kong_plugins.kind import Faults
from web_platform.kubernetes_object import KubernetesObject
from web_platform.labels import MANAGED
from web_platform.order import after
from web_platform.syntax import object_name_fault

# https://developer.konghq.com/plugins/jwt/
_ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA")

# https://www.rfc-editor.org/rfc/rfc7468#section-13
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\n(?P<body>[A-Za-z0-9+/=\n]+)\n-----END PUBLIC KEY-----\n*")
_SEQUENCE = 0x30

# Letters and digits, so that it needs no quotes anywhere; 32 of them are 190 bits.
_LENGTH = 32


class KongCredentialArgs(TypedDict):
    """Which generation of a generated credential is valid."""

    generation: NotRequired[int]
    """Number of the newest. Raise it by one to have another made. Default: 1."""

    previous_valid: NotRequired[bool]
    """Whether the generation before it is valid as well, so that callers have time to change. Default: true."""


class KongJwtCredentialArgs(TypedDict):
    """How a consumer signs its tokens: with a key pair of its own, or with a secret that is generated here."""

    public_keys: NotRequired[Mapping[str, str]]
    """Public keys of the consumer in PEM, by what its tokens say in the claim that names the key, such as `iss`.
    Several are valid at once: replace a key by adding the new one, and removing the old one later. Default: none, a
    secret is generated, for HS256."""

    algorithm: NotRequired[str]
    """Algorithm that goes with the public keys. Default: `RS256`."""

    generation: NotRequired[int]
    """Number of the newest secret. Raise it by one to have another made. Default: 1."""

    previous_valid: NotRequired[bool]
    """Whether the secret before it is valid as well, so that callers have time to change. Default: true."""


class KongConsumerArgs(TypedDict):
    """Arguments of `KongConsumer`."""

    namespace: Input[str]
    """Namespace that it lives in. It must exist."""

    ingress_class: Input[str]
    """Ingress class of the gateway, such as `gateway.ingress_class`."""

    groups: NotRequired[Sequence[str]]
    """Groups that it belongs to, beside the one of its own name. Default: none."""

    key_auth: NotRequired[KongCredentialArgs]
    """Gives it a key. Default: none."""

    basic_auth: NotRequired[KongCredentialArgs]
    """Gives it a name and a password. Default: none."""

    jwt: NotRequired[KongJwtCredentialArgs]
    """Lets it sign tokens. Default: not."""

    plugins: NotRequired[KongPluginsArgs]
    """What Kong does with its calls, whatever it calls, such as a rate limit of its own. Default: nothing."""

    shared_plugins: NotRequired[Sequence[Input[str]]]
    """Plugins that are made apart, by name: `plugin` of each `KongPlugin`. Default: none."""


class KongConsumer(pulumi.ComponentResource):
    """Somebody who calls services, with credentials."""

    group: Output[str]
    """Group that holds this consumer alone, called as it is. Services let it in by it, and are created after it."""

    credentials: Output[dict[str, dict[str, str]]]
    """What the consumer needs in order to call, by kind and generation, such as `key-auth-1`. Secret."""

    def __init__(self, name: str, args: KongConsumerArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("KongConsumer", name, args, KongConsumerArgs)
        refuse(component, "name", object_name_fault(name))
        for field, fault in consumer_faults(args):
            refuse(component, field, fault)

        super().__init__("web-platform:index:KongConsumer", name, None, opts)
        namespace, ingress_class = args["namespace"], args["ingress_class"]
        credentials = {each.key: each for each in self._credentials(name, args)}
        secrets = [self._secret(f"{name}-{key}", each, namespace) for key, each in credentials.items()]
        plugins = own_plugins(self, f"{name}-consumer", args.get("plugins", {}), namespace, ingress_class)
        consumer = KubernetesObject(
            name,
            CONFIGURATION,
            "KongConsumer",
            kubernetes.meta.v1.ObjectMetaArgs(
                name=name,
                namespace=namespace,
                labels=MANAGED,
                annotations={
                    CLASS_ANNOTATION: ingress_class,
                    **plugins_annotation([*plugins, *args.get("shared_plugins", [])]),
                },
            ),
            {"username": name, "credentials": secrets},
            ResourceOptions(parent=self),
        )
        self.group = after(name, consumer.urn)
        told: dict[str, Any] = {key: each.told for key, each in credentials.items() if each.told}
        self.credentials = Output.secret(told)
        self.register_outputs({"group": self.group, "credentials": self.credentials})

    def _credentials(self, name: str, args: KongConsumerArgs) -> "list[_Credential]":
        made = [_Credential(f"acl-{group}", "acl", {"group": group}) for group in (name, *args.get("groups", []))]
        for number in _generations(args.get("key_auth")):
            key = self._generated(f"{name}-key-auth-{number}")
            made.append(_Credential(f"key-auth-{number}", "key-auth", {"key": key}, {"key": key}))
        for number in _generations(args.get("basic_auth")):
            # Kong knows a name once: each generation has another.
            access: dict[str, Input[str]] = {
                "username": f"{name}-{number}",
                "password": self._generated(f"{name}-basic-auth-{number}"),
            }
            made.append(_Credential(f"basic-auth-{number}", "basic-auth", access, access))
        signing = args.get("jwt")
        keys = signing.get("public_keys", {}) if signing else {}
        if signing and keys:
            algorithm = signing.get("algorithm", "RS256")
            made += [
                _Credential(
                    f"jwt-{_suffix(issuer)}",
                    "jwt",
                    {"key": issuer, "algorithm": algorithm, "rsa_public_key": keys[issuer]},
                )
                for issuer in sorted(keys)
            ]
        else:
            for number in _generations(signing):
                secret = self._generated(f"{name}-jwt-{number}")
                access = {"key": f"{name}-{number}", "algorithm": "HS256", "secret": secret}
                made.append(_Credential(f"jwt-{number}", "jwt", access, access))
        return made

    def _generated(self, name: str) -> Output[str]:
        secret = random.RandomPassword(name, length=_LENGTH, special=False, opts=ResourceOptions(parent=self))
        return secret.result

    def _secret(self, name: str, credential: "_Credential", namespace: Input[str]) -> Output[str]:
        secret = kubernetes.core.v1.Secret(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=name, namespace=namespace, labels=MANAGED | {CREDENTIAL_LABEL: credential.kind}
            ),
            string_data={key: Output.secret(value) for key, value in credential.content.items()},
            opts=ResourceOptions(parent=self),
        )
        return after(name, secret.urn)


class _Credential(NamedTuple):
    """What a consumer shows, or a group that it belongs to: Kong keeps both alike."""

    key: str
    kind: str
    content: Mapping[str, Input[str]]
    told: Mapping[str, Input[str]] | None = None
    """What the consumer has to be told of it."""


def consumer_faults(args: Mapping[str, Any]) -> Faults:
    """Find everything that is wrong in what a consumer is said to be, with its field."""
    looked_at = {"groups", "key_auth", "basic_auth", "jwt"} & args.keys()
    wrong = list(type_faults({key: args[key] for key in looked_at}, _CheckedArgs))
    yield from wrong
    yield from ((f"plugins.{field}", fault) for field, fault in plugins_faults(args.get("plugins", {})))
    if wrong:
        return
    for field in misplaced_on_consumers(args.get("plugins", {})):
        yield f"plugins.{field}", _NOT_OF_A_CONSUMER
    for number, group in enumerate(args.get("groups", [])):
        fault = object_name_fault(group)
        if fault is not None or args["groups"].count(group) > 1:
            yield f"groups[{number}]", fault or _TWICE
    for kind in ("key_auth", "basic_auth", "jwt"):
        generation = args.get(kind, {}).get("generation", 1)
        if generation < 1:
            yield f"{kind}.generation", Fault(f"is {generation}", "there would be none", "count from 1")
    yield from _signing_faults(args.get("jwt", {}))


class _CheckedArgs(TypedDict):
    """The arguments whose values say something by themselves."""

    groups: NotRequired[Sequence[str]]
    key_auth: NotRequired[KongCredentialArgs]
    basic_auth: NotRequired[KongCredentialArgs]
    jwt: NotRequired[KongJwtCredentialArgs]


def _signing_faults(signing: Mapping[str, Any]) -> Faults:
    keys = signing.get("public_keys")
    if not keys:
        if "algorithm" in signing:
            yield (
                "jwt.algorithm",
                Fault(
                    what="is given without public keys",
                    danger="it would be ignored: a secret that both sides know goes with HS256",
                    remedy="add the consumer's public keys, or remove it",
                ),
            )
        return
    if signing.get("algorithm", "RS256") not in _ALGORITHMS:
        yield (
            "jwt.algorithm",
            Fault(
                what=f"is {signing['algorithm']!r}, which does not go with public keys",
                danger="Kong would refuse the credential, and every token of the consumer",
                remedy=f"write one of: {', '.join(_ALGORITHMS)}",
            ),
        )
    for idle in ("generation", "previous_valid"):
        if idle in signing:
            yield f"jwt.{idle}", Fault("is given beside public keys", "it would be ignored", "remove it")
    for issuer, key in keys.items():
        place = f"jwt.public_keys.{issuer}"
        if not issuer:
            yield place, Fault("has no name", "no token could say by it whose it is", "write what tokens say in `iss`")
        if "PRIVATE KEY" in key:
            yield place, Fault("is a private key", "whoever reads this file could sign in the consumer's name", _PUBLIC)
        elif not _is_public_key(key):
            yield place, Fault("is not a public key in PEM", checks.REFUSED, _PUBLIC)


def _is_public_key(text: str) -> bool:
    """Whether it is a public key in PEM, whole: its lines, and a DER sequence between them that ends where it says."""
    match = _PEM.fullmatch(text)
    if match is None:
        return False
    try:
        der = base64.b64decode(match["body"].replace("\n", ""), validate=True)
    except binascii.Error:
        return False
    if len(der) < 2 or der[0] != _SEQUENCE:
        return False
    # A length below 128 is written as it is, a greater one behind the number of its bytes.
    octets = der[1] - 128 if der[1] >= 128 else 0
    length = int.from_bytes(der[2 : 2 + octets]) if octets else der[1]
    return len(der) == 2 + octets + length


def _suffix(issuer: str) -> str:
    """How the Secret of a public key's credential ends: as the key is called, or by a hash of that.

    A key may be called as no Secret can be, such as `https://idp.example.com`.
    """
    return issuer if object_name_fault(issuer) is None else hashlib.sha256(issuer.encode()).hexdigest()[:12]


def _generations(credential: Mapping[str, Any] | None) -> list[int]:
    """The generations of a credential that are valid, the newest last."""
    if credential is None:
        return []
    # Numbers arrive as floats when the component is used from another language.
    newest = int(credential.get("generation", 1))
    return [newest - 1, newest] if newest > 1 and credential.get("previous_valid", True) else [newest]


_PUBLIC = (
    "write the whole public key, from '-----BEGIN PUBLIC KEY-----' to '-----END PUBLIC KEY-----', each on its line"
)

_TWICE = Fault("is there more than once", "two Secrets would have one name", "name each group once")

_NOT_OF_A_CONSUMER = Fault(
    what="is a plugin that Kong does not accept on a consumer",
    danger="Kong would refuse its whole configuration: this is decided before it knows who calls",
    remedy="give it to the services that the consumer calls",
)
