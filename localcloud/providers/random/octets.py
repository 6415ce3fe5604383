"""RandomBytes and RandomId: random bytes in several notations."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.inputs import Input, Kind
from localcloud.providers.properties import Property
from localcloud.providers.random.resource import KEEPERS, Imported, ImportIdError, Output, RandomResource


class RandomBytes(RandomResource):
    """Bytes that are a secret."""

    type_name = "random:index/randomBytes:RandomBytes"
    inputs = (KEEPERS, Input("length", Kind.INTEGER, required=True, minimum=1))
    outputs = (Output("base64", secret=True), Output("hex", secret=True))

    @override
    def generate(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        return _notations(secrets.token_bytes(inputs["length"]))

    @override
    def id_of(self, generated: Mapping[str, Property]) -> str:
        """As in the real provider: the bytes themselves, which the state therefore shows."""
        result: str = generated["base64"]
        return result

    @override
    def import_id(self, id: str) -> Imported:
        try:
            octets = base64.b64decode(id, validate=True)
        except binascii.Error as error:
            raise ImportIdError(f"{id!r} is not base64 ({error}); import the bytes in standard base64") from error
        return Imported({"length": len(octets)}, {**_notations(octets), "base64": id})


class RandomId(RandomResource):
    """Bytes that are no secret, for names that must be unique, each notation with the same prefix."""

    type_name = "random:index/randomId:RandomId"
    inputs = (
        KEEPERS,
        Input("byteLength", Kind.INTEGER, required=True, minimum=1),
        Input("prefix", Kind.STRING),
    )
    outputs = (Output("b64Std"), Output("b64Url"), Output("dec"), Output("hex"))

    @override
    def generate(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        return self._notations(secrets.token_bytes(inputs["byteLength"]), inputs["prefix"] or "")

    @override
    def id_of(self, generated: Mapping[str, Property]) -> str:
        """The unprefixed `b64Url`."""
        identifier: str = generated["id"]
        return identifier

    @override
    def import_id(self, id: str) -> Imported:
        prefix, _, encoded = id.rpartition(",")
        try:
            octets = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars="-_", validate=True)
        except binascii.Error as error:
            raise ImportIdError(
                f"{encoded!r} is not URL-safe base64 without padding ({error}); import '<b64Url>', or "
                "'<prefix>,<b64Url without the prefix>'"
            ) from error
        inputs = {"byteLength": len(octets), "prefix": prefix or None}
        return Imported(inputs, self._notations(octets, prefix))

    @staticmethod
    def _notations(octets: bytes, prefix: str) -> dict[str, Property]:
        url = base64.urlsafe_b64encode(octets).decode().rstrip("=")
        return {
            "id": url,
            "b64Url": prefix + url,
            "b64Std": prefix + base64.b64encode(octets).decode(),
            "hex": prefix + octets.hex(),
            "dec": prefix + str(int.from_bytes(octets)),
        }


def _notations(octets: bytes) -> dict[str, Property]:
    return {"base64": base64.b64encode(octets).decode(), "hex": octets.hex()}
