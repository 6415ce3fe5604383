"""Cloud KMS: key rings, keys, and who may use them.

Simulated: that neither can ever be deleted, so that no name can be used twice. Not simulated: encryption, rotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import duration_between, existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.grants import Member
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.locations import region_problems
from localcloud.providers.google.references import PathKind, last
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

KEY_RING: Final = "key-ring"
CRYPTO_KEY: Final = "crypto-key"

_API = "cloudkms.googleapis.com"
_NAME = r"[a-zA-Z0-9_-]{1,63}"
_NAME_RULE = "a name has 1 to 63 letters, digits, hyphens and underscores"

# https://cloud.google.com/kms/docs/locations#multi-regional
_WIDE_LOCATIONS = ("global", "us", "europe", "asia", "eur3", "eur4", "eur5", "eur6", "nam3", "nam4", "nam6", "asia1")

# https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys#CryptoKeyPurpose
_PURPOSES = (
    "ENCRYPT_DECRYPT",
    "ASYMMETRIC_SIGN",
    "ASYMMETRIC_DECRYPT",
    "RAW_ENCRYPT_DECRYPT",
    "MAC",
    "KEY_ENCAPSULATION",
)
_DAY = 86_400


class KeyRing(PathKind):
    """A key ring."""

    token = tokens.KEY_RING
    api = _API
    path = "projects/{project}/locations/{location}/keyRings/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        location = value_at(inputs, "location")
        wide = location in _WIDE_LOCATIONS
        return [
            *matches(inputs, "name", _NAME, _NAME_RULE),
            *([] if wide else region_problems("location", location)),
        ]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        _refuse_reuse(KEY_RING, self.identifier(state), cloud)

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        # "To prevent resource name collisions, key ring and key resources cannot be deleted."
        # https://cloud.google.com/kms/docs/faq#cannot_delete
        cloud.keep(KEY_RING, self.identifier(state), "stays for ever, for key rings cannot be deleted")


class CryptoKey(PathKind):
    """A key."""

    token = tokens.CRYPTO_KEY
    path = "{keyRing}/cryptoKeys/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        rule = "it is a ring's path 'projects/…/locations/…/keyRings/…', which is its output 'id'"
        return [
            *matches(inputs, "name", _NAME, _NAME_RULE),
            *matches(inputs, "keyRing", r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+", rule),
            *one_of(inputs, "purpose", _PURPOSES),
            # `validateKmsCryptoKeyRotationPeriod` in kms/kms_utils.go of hashicorp/terraform-provider-google
            *duration_between(inputs, "rotationPeriod", _DAY, 3_153_600_000),
        ]

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return {"purpose": "ENCRYPT_DECRYPT", **super().complete(inputs, place)}

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        return f"{state['keyRing']}/cryptoKeys/{state['name']}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        existing(cloud, tokens.KEY_RING, state["keyRing"], "the key would be nowhere")
        _refuse_reuse(CRYPTO_KEY, self.identifier(state), cloud)
        version = {"name": f"{self.identifier(state)}/cryptoKeyVersions/1", "state": "ENABLED"}
        encrypts = state["purpose"] == "ENCRYPT_DECRYPT" and not state.get("skipInitialVersionCreation")
        state["primaries"] = [version] if encrypts else []

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        cloud.keep(CRYPTO_KEY, self.identifier(state), "stays without versions, for keys cannot be deleted")


class CryptoKeyIAMMember(Member):
    """A role on a key."""

    token = tokens.CRYPTO_KEY_MEMBER
    target = tokens.CRYPTO_KEY
    services = ("cloudkms",)

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return dict(inputs)

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        """`ParseKmsCryptoKeyId` in kms/kms_utils.go of the provider takes a short form too."""
        key: str = state["cryptoKeyId"]
        parts = key.split("/")
        if len(parts) == 4:
            return f"projects/{parts[0]}/locations/{parts[1]}/keyRings/{parts[2]}/cryptoKeys/{parts[3]}"
        return key


def _refuse_reuse(what: str, identifier: str, cloud: Cloud) -> None:
    if (what, identifier) in cloud.kept(what):
        raise Refusal(
            409,
            f"{identifier!r} already exists, alreadyExists: it was made before, and cannot be deleted",
            "a second one cannot have its name",
            f"give {last(identifier)!r} another name, such as with a random suffix; "
            "in a real project, import it with `pulumi import`",
        )


KINDS: tuple[type[Kind], ...] = (KeyRing, CryptoKey, CryptoKeyIAMMember)
