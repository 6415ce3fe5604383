"""RandomUuid, RandomUuid4 and RandomUuid7."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.properties import Property
from localcloud.providers.random.resource import KEEPERS, Imported, ImportIdError, RandomResource


class RandomUuid4(RandomResource):
    """A UUID of random bits."""

    type_name = "random:index/randomUuid4:RandomUuid4"
    inputs = (KEEPERS,)

    @override
    def generate(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        return {"result": str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))}

    @override
    def id_of(self, generated: Mapping[str, Property]) -> str:
        result: str = generated["result"]
        return result

    @override
    def import_id(self, id: str) -> Imported:
        try:
            return Imported({}, {"result": str(uuid.UUID(id))})
        except ValueError as error:
            raise ImportIdError(f"{id!r} is not a UUID ({error}); import 32 hexadecimal digits in groups") from error


class RandomUuid(RandomUuid4):
    """The older name; the real provider generates version 4 under it as well."""

    type_name = "random:index/randomUuid:RandomUuid"


class RandomUuid7(RandomUuid4):
    """A UUID that begins with the time in milliseconds, so that later ones sort after earlier ones."""

    type_name = "random:index/randomUuid7:RandomUuid7"

    @override
    def generate(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        octets = bytearray((time.time_ns() // 1_000_000).to_bytes(6) + secrets.token_bytes(10))
        octets[6] = octets[6] & 0x0F | 0x70
        octets[8] = octets[8] & 0x3F | 0x80
        return {"result": str(uuid.UUID(bytes=bytes(octets)))}
