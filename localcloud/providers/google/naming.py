"""Names that the provider chooses for resources which are given none, as the real provider does.

The name of the resource in the program, a hyphen, and seven random hexadecimal digits:
https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
Which properties are named so, and how long the result may be, is written in the provider's source:
https://github.com/pulumi/pulumi-gcp/blob/master/provider/resources.go
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.providers.google import schema
from localcloud.providers.google.kind import Refusal

_DIGITS = 7


@dataclass(frozen=True)
class AutoName:
    """A property that is named by the provider.

    Attributes:
        property: Its name.
        maximum: Characters that the result may have.
        lower: Capital letters become small ones.
    """

    property: str
    maximum: int = 255
    lower: bool = False


_OTHERS: Mapping[str, AutoName] = {
    # A hyphen is not allowed in the id of a role, and Google refuses what the provider generates: give it one.
    "gcp:projects/iAMCustomRole:IAMCustomRole": AutoName("roleId"),
    "gcp:organizations/project:Project": AutoName("projectId", 30, lower=True),
    "gcp:secretmanager/secret:Secret": AutoName("secretId"),
    "gcp:serviceaccount/account:Account": AutoName("accountId", 30),
}


def auto_name(token: str) -> AutoName | None:
    """What the provider names in resources of a type; None where a name must be given or Google chooses one."""
    if token in _OTHERS:
        return _OTHERS[token]
    if not schema.known(token):
        return None
    name = schema.inputs(token).get("name")
    return AutoName("name") if name is not None and not name.required else None


def generate(rule: AutoName, name: str, seed: bytes) -> str:
    """A name for the resource `name`; the same for the same `seed`, another each time for an empty one.

    Raises:
        Refusal: It would be longer than it may be.
    """
    digits = hashlib.sha256(seed + name.encode()).hexdigest() if seed else secrets.token_hex(_DIGITS)
    generated = f"{name.lower() if rule.lower else name}-{digits[:_DIGITS]}"
    if len(generated) > rule.maximum:
        raise Refusal(
            400,
            f"{rule.property} is not given, and {generated!r} has {len(generated)} characters of {rule.maximum}",
            "the resource cannot be named after the program's name for it",
            f"shorten {name!r} to {rule.maximum - _DIGITS - 1} characters or give {rule.property}",
        )
    return generated
