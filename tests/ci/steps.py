"""Steps as the engine tells them, for resources of a stack that is called prod."""

from collections.abc import Mapping
from typing import Any

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

STACK = "urn:pulumi:prod::web-platform::pulumi:pulumi:Stack::web-platform-prod"
DATABASE = "gcp:sql/databaseInstance:DatabaseInstance"
BUCKET = "gcp:storage/bucket:Bucket"
TOPIC = "gcp:pubsub/topic:Topic"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def urn(type_: str, name: str, parent: str = "") -> str:
    owner = f"{parent.split('::')[2]}$" if parent else ""
    return f"urn:pulumi:prod::web-platform::{owner}{type_}::{name}"


def state(type_: str, name: str, inputs: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    parent = more.pop("parent", "")
    return {
        "urn": urn(type_, name, parent),
        "type": type_,
        "custom": True,
        "parent": parent or STACK,
        "inputs": dict(inputs),
        "outputs": dict(inputs),
        **more,
    }


def step(
    op: str,
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    detailed: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A step from one state to another; `detailed` has the kind of difference for each path."""
    known = new or old or {}
    return {
        "op": op,
        "urn": known["urn"],
        "type": known["type"],
        "old": old,
        "new": new,
        "detailedDiff": {path: {"diffKind": kind, "inputDiff": False} for path, kind in (detailed or {}).items()}
        or None,
        **more,
    }
