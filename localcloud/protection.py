"""What keeps a resource of Google Cloud from being deleted, and how an administrator takes it away."""

from collections.abc import Mapping
from typing import Any


def is_on(properties: Mapping[str, Any] | None) -> bool:
    """Whether a resource with these properties, or a part of them, refuses to be deleted."""
    given = properties or {}
    return given.get("deletionProtection") is True or given.get("deletionPolicy") == "PREVENT" or _instance_is_on(given)


def lifted(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The same properties, but nothing in them forbids to delete the resource."""
    free = dict(properties)
    if free.get("deletionProtection") is True:
        free["deletionProtection"] = False
    if free.get("deletionPolicy") == "PREVENT":
        free["deletionPolicy"] = "DELETE"
    if _instance_is_on(free):
        free["settings"] = {**free["settings"], "deletionProtectionEnabled": False}
    return free


def _instance_is_on(properties: Mapping[str, Any]) -> bool:
    # Cloud SQL has a protection of its own beside the provider's.
    settings = properties.get("settings")
    return isinstance(settings, Mapping) and settings.get("deletionProtectionEnabled") is True
