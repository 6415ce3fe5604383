"""What a stack file says, as the components take it: what it leaves out is for them to decide."""

import re
from collections.abc import Mapping
from typing import Any, cast

from web_platform import (
    CertificateAuthority,
    CertificateIssuerArgs,
    GatewayArgs,
    KongConsumerArgs,
    KongPluginsArgs,
)
from web_platform.kong_plugins import KINDS

from settings.consumers import ConsumerSettings
from settings.sections import CertificateSettings, GatewaySettings

_KEYS = {kind.name: key for key, kind in KINDS.items()}
_NAMES = {key: kind.name for key, kind in KINDS.items()}


def plugins_args(plugins: Mapping[str, Mapping[str, Any]]) -> KongPluginsArgs:
    """Say the plugins of a stack file, which have Kong's names there."""
    known = {_KEYS[name]: dict(fields) for name, fields in plugins.items() if name in _KEYS}
    others = {name: dict(fields) for name, fields in plugins.items() if name not in _KEYS}
    return cast("KongPluginsArgs", known | ({"other": others} if others else {}))


def consumer_args(consumer: ConsumerSettings) -> KongConsumerArgs:
    """Say who a consumer is."""
    given = consumer.model_dump(exclude_none=True, exclude_unset=True)
    return cast("KongConsumerArgs", given | {"plugins": plugins_args(consumer.plugins)})


def gateway_args(gateway: GatewaySettings) -> GatewayArgs:
    """Say how the gateway is to be."""
    return cast("GatewayArgs", gateway.model_dump() | {"plugins": plugins_args(gateway.plugins)})


def issuer_args(certificates: CertificateSettings) -> CertificateIssuerArgs:
    """Say who certifies hosts."""
    issuer: CertificateIssuerArgs = {"authority": CertificateAuthority(certificates.authority)}
    return issuer if certificates.email is None else {**issuer, "email": certificates.email}


def place_of(field: str) -> str:
    """Say a component's field as the stack file has it: `plugins.key_auth.realm` is `plugins.key-auth.realm` there."""
    if field.startswith("plugins.other."):
        return field.replace("other.", "", 1)
    return re.sub(r"^plugins\.(\w+)", lambda match: f"plugins.{_NAMES.get(match[1], match[1])}", field)
