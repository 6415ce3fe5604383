"""The part of a stack file that says who calls services through the gateway, and is known there."""

from typing import Annotated, Any

from pydantic import Field

from settings.fields import ConsumerName, Section

Plugins = dict[str, dict[str, Any]]
"""Kong's plugins by Kong's names for them, each with its fields as Kong names them: components know which are right."""

Generation = Annotated[int, Field(ge=1)]


class CredentialSettings(Section):
    """A credential that is generated."""

    generation: Generation = 1
    """Number of the newest. Raise it by one to have another made."""

    previous_valid: bool = True
    """Whether the one before it is valid as well, so that callers have time to change."""


class JwtSettings(CredentialSettings):
    """How a consumer signs its tokens: with a secret that is generated, or with a key pair of its own."""

    public_keys: dict[str, str] = {}
    """Public keys of the consumer in PEM, by what its tokens say in the claim `iss`. Several are valid at once. Without
    any, a secret is generated."""

    algorithm: str | None = None
    """Algorithm that goes with the public keys. Default: `RS256`."""


class ConsumerSettings(Section):
    """Somebody who calls services through the gateway."""

    groups: list[ConsumerName] = []
    """Groups that it belongs to, beside the one of its own name."""

    key_auth: CredentialSettings | None = None
    """Gives it a key. Default: none."""

    basic_auth: CredentialSettings | None = None
    """Gives it a name and a password. Default: none."""

    jwt: JwtSettings | None = None
    """Lets it sign tokens. Default: not."""

    plugins: Plugins = {}
    """What Kong does with its calls, whatever it calls: plugins by Kong's names, such as `rate-limiting`."""
