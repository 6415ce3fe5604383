"""Kubeconfig files, one an identity."""

import base64
from pathlib import Path
from typing import Any

import yaml

from localcloud.cluster import files
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
    files.write(path, yaml.safe_dump(config, sort_keys=False).encode())


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
