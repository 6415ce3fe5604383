"""Raw parts of a pod, laid over what the components make."""

from collections.abc import Mapping, Sequence
from typing import Any


def overlaid(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `override` over `base`: mappings merge, lists of what has names merge by those, all else is replaced.

    Mounts go by their paths, since one volume may be mounted at many.
    """
    merged = dict(base)
    for key, value in override.items():
        merged[key] = _laid(merged.get(key), value)
    return merged


def _laid(under: object, over: object) -> object:
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        return overlaid(under, over)
    named, naming = _by_name(under), _by_name(over)
    if named is None or naming is None:
        return over
    return list(overlaid(named, naming).values())


def _by_name(items: object) -> dict[str, Any] | None:
    """The items of a list by their names, or None where they have none, or one name twice."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        return None
    names = [item.get("mountPath", item.get("name")) if isinstance(item, Mapping) else None for item in items]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        return None
    return dict(zip(map(str, names), items, strict=True))
