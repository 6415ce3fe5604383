"""Certificates and keys in the form of real ones, with nothing in them that would work as one."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

from localcloud.providers.google import stamps
from localcloud.providers.properties import Property

# https://cloud.google.com/sql/docs/postgres/configure-ssl-instance
VALID = timedelta(days=3650)


def server_certificate(project: str, name: str) -> dict[str, Property]:
    """The certificate by which an instance proves to clients that it is the one."""
    key = f"{project}/{name}"
    return {
        "cert": pem("CERTIFICATE", key),
        "commonName": f"C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA,dnQualifier={sha1(key)}",
        "createTime": stamps.now(),
        "expirationTime": stamps.now(VALID),
        "sha1Fingerprint": sha1(key),
    }


def pem(label: str, key: str) -> str:
    """Text in the form of a certificate or key, with nothing in it that would work as one."""
    octets = b"".join(hashlib.sha256(f"{label} {key} {part}".encode()).digest() for part in range(24))
    text = base64.b64encode(octets).decode()
    lines = (text[start : start + 64] for start in range(0, len(text), 64))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"))


def sha1(key: str) -> str:
    """The fingerprint of what a key stands for."""
    return hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
