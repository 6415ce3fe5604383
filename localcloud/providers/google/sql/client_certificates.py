"""Certificates with which clients log in to instances."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google import stamps
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.kind import Kind, Place
from localcloud.providers.google.references import PathKind
from localcloud.providers.google.sql.certificates import VALID, pem, sha1
from localcloud.providers.google.sql.instances import require_instance
from localcloud.providers.google.tokens import SSL_CERT
from localcloud.providers.properties import UNKNOWN, Property


class SslCert(PathKind):
    """A client certificate of an instance."""

    token = SSL_CERT
    api = "sqladmin.googleapis.com"
    path = "projects/{project}/instances/{instance}/sslCerts/{sha1Fingerprint}"

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        """With the fingerprint, which is in the id."""
        complete = super().complete(inputs, place)
        key = [complete.get(name) for name in ("project", "instance", "commonName")]
        return complete if UNKNOWN in key else {**complete, "sha1Fingerprint": sha1("/".join(map(str, key)))}

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        instance = require_instance(cloud, state)
        identifier = self.identifier(state)
        state.update(
            cert=pem("CERTIFICATE", identifier),
            certSerialNumber=str(digest(identifier) % 2**31),
            createTime=stamps.now(),
            expirationTime=stamps.now(VALID),
            privateKey=pem("RSA PRIVATE KEY", identifier),
            serverCaCert=instance.state["serverCaCerts"][0]["cert"],
        )


KINDS: tuple[type[Kind], ...] = (SslCert,)
