"""The stack in which nothing dangles, and ways to change it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from web_platform.relations import Dangling, dangling

Stack = dict[str, dict[str, Any]]
Edit = Callable[[Stack], None]

Case = tuple[list[Edit], str, str, str]
"""What is changed, and what then dangles alone: its object, its field, and what is wrong."""

_WRITTEN = list(yaml.safe_load_all((Path(__file__).parent / "stack.yaml").read_text()))


def stack(*edits: Edit) -> list[dict[str, Any]]:
    """The objects of the stack, some of them changed."""
    objects = {shown(content): content for content in copy.deepcopy(_WRITTEN)}
    for edit in edits:
        edit(objects)
    return list(objects.values())


def shown(content: dict[str, Any]) -> str:
    metadata = content["metadata"]
    name = f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else metadata["name"]
    return f"{content['kind']} {name}"


def put(name: str, *path: Any) -> Edit:
    """Write the last of `path` where the rest of it leads in an object."""

    def edit(objects: Stack) -> None:
        *parents, key, value = path
        holder: Any = objects[name]
        for parent in parents:
            holder = holder.setdefault(parent, {}) if isinstance(holder, dict) else holder[parent]
        if isinstance(holder, list) and key == len(holder):
            holder.append(value)
        else:
            holder[key] = value

    return edit


def drop(name: str, *path: Any) -> Edit:
    """Remove an object, or what `path` leads to in it."""

    def edit(objects: Stack) -> None:
        *parents, key = (name, *path)
        holder: Any = objects
        for parent in parents:
            holder = holder[parent]
        del holder[key]

    return edit


def add(text: str) -> Edit:
    """Add an object, written in YAML."""

    def edit(objects: Stack) -> None:
        content = yaml.safe_load(text)
        assert shown(content) not in objects
        objects[shown(content)] = content

    return edit


def plugin(name: str, kind: str) -> Edit:
    """Add a KongPlugin to the services' namespace."""
    metadata = f"{{name: {name}, namespace: services}}"
    return add(f"{{apiVersion: configuration.konghq.com/v1, kind: KongPlugin, metadata: {metadata}, plugin: {kind}}}")


def consumer(name: str, *credentials: str) -> Edit:
    """Add a KongConsumer to the namespace edge."""
    return add(
        f"""
        apiVersion: configuration.konghq.com/v1
        kind: KongConsumer
        metadata: {{name: {name}, namespace: edge, annotations: {{kubernetes.io/ingress.class: kong}}}}
        username: {name}
        credentials: [{", ".join(credentials)}]
        """
    )


def found(*edits: Edit) -> list[tuple[str, str, str]]:
    """Object, field and what is wrong of all that dangles."""
    return [(each.object, each.field, each.fault.what) for each in everything(*edits)]


def everything(*edits: Edit) -> list[Dangling]:
    """All that dangles."""
    return dangling(stack(*edits))
