"""Whether the Google provider would find credentials, told without asking anybody.

Where it looks, in its order: https://www.pulumi.com/registry/packages/gcp/installation-configuration/ and
https://cloud.google.com/docs/authentication/application-default-credentials.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from localcloud.missing import Missing

_KEYS = ("GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON")
_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
_GCLOUD_FILE = "application_default_credentials.json"
_LOGIN = "run `gcloud auth application-default login`"

# How Google's own libraries know one of its machines without asking the network.
_PRODUCT_NAME = Path("/sys/class/dmi/id/product_name")
_GOOGLE_PRODUCTS = ("Google", "Google Compute Engine")


def missing(config: Mapping[str, object], environment: Mapping[str, str], home: Path) -> Missing | None:
    """What the provider lacks, if it would find no credentials or none that can be read.

    Args:
        config: The stack's configuration, keys as they stand in its file.
        environment: The environment that Pulumi would run in.
        home: The user's home directory.
    """
    if config.get("gcp:accessToken") or environment.get("GOOGLE_OAUTH_ACCESS_TOKEN"):
        return None
    given = {"gcp:credentials": config.get("gcp:credentials"), **{name: environment.get(name) for name in _KEYS}}
    for name, value in given.items():
        if isinstance(value, str) and value:
            return None if _is_key(value) or _is_key_file(Path(value).expanduser()) else _unreadable(name)
        if value:  # Encrypted: only Pulumi can tell.
            return None
    if file := environment.get(_FILE):
        return None if _is_key_file(Path(file)) else _unreadable(f"{_FILE}={file}")
    gcloud = Path(environment.get("CLOUDSDK_CONFIG") or home / ".config" / "gcloud")
    if (gcloud / _GCLOUD_FILE).is_file() or environment.get("GCE_METADATA_HOST") or _is_on_google():
        return None
    return Missing(
        "There are no Google credentials.", f"{_LOGIN}; in a pipeline, let {_FILE} name a credential configuration"
    )


def _unreadable(name: str) -> Missing:
    return Missing(f"{name} names no Google credentials that can be read.", f"correct it, or leave it out and {_LOGIN}")


def _is_key(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _is_key_file(path: Path) -> bool:
    try:
        return _is_key(path.read_text())
    except (OSError, ValueError):
        return False


def _is_on_google() -> bool:
    return _PRODUCT_NAME.exists() and _PRODUCT_NAME.read_text().strip() in _GOOGLE_PRODUCTS
