"""Kubeconfig files, one an identity."""

import base64
import os
from pathlib import Path
from typing import Any

import yaml

from localcloud.cluster.pki import Pki


def write(path: Path, cluster: str, server: str, pki: Pki, identity: str) -> None:
    """Writes a kubeconfig that stands alone: certificates inside, so that it can be carried and read by any client."""
    user: dict[str, Any] = {
        "client-certificate-data": _base64(pki.certificate(identity)),
        "client-key-data": _base64(pki.key(identity)),
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster, "cluster": {"server": server, "certificate-authority-data": _base64(pki.ca)}}],
        "users": [{"name": identity, "user": user}],
        "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": identity}}],
        "current-context": cluster,
    }
    # Written beside and renamed: a reader never sees half a file.
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        yaml.safe_dump(config, file, sort_keys=False)
    temporary.replace(path)


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
