"""Reading a file of YAML: more strictly than PyYAML, which loses without a word what a file says twice."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from settings.fields import SettingsError
from settings.problems import explained, shown


def load_yaml(path: Path) -> dict[str, Any]:
    """Read a file of YAML that holds keys: more strictly than PyYAML, which keeps the last of two equal keys.

    Raises `SettingsError` where it cannot be read.
    """
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        loader.name = path.name
        content = loader.get_single_data()
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise SettingsError(
            explained(
                f"{path.name} cannot be read: {error}",
                danger="the stack would be declared without what the file says",
                remedy="correct the file; Pulumi reads the same YAML",
            )
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsError(no_keys(path.name, content, "write `config:` and keys below it"))
    return content


class _Loader(yaml.SafeLoader):
    """Refuses what PyYAML would lose without a word, or fail on without saying where."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._open_anchors: list[str] = []

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - as PyYAML's
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) and event.anchor in self._open_anchors:
            raise SettingsError(
                explained(
                    f"{self.name}, line {_line(event)}: *{event.anchor} stands inside of what it stands for",
                    danger="the value would have no end, and whatever reads it would not come to one",
                    remedy=f"write out what is meant, or move the anchor &{event.anchor}",
                )
            )
        return super().compose_node(parent, index)

    def compose_sequence_node(self, anchor: Any) -> yaml.SequenceNode:  # noqa: ANN401 - as PyYAML's
        with self._inside(anchor):
            return super().compose_sequence_node(anchor)

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:  # noqa: ANN401 - as PyYAML's
        with self._inside(anchor):
            node = super().compose_mapping_node(anchor)
        # Here, not when it is constructed: by then, a merge (`<<`) may have added keys that the mapping overrides.
        lines: dict[object, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            # `yes` and `on` are one key; of others, the texts say whether they are.
            spelt_in_many_ways = key.tag.endswith((":bool", ":int", ":float", ":null"))
            value = self.construct_object(key) if spelt_in_many_ways else key.value
            line = _line(key)
            if value in lines:
                raise SettingsError(
                    explained(
                        f"{self.name}, line {line}: the key {key.value!r} is there twice, first in line {lines[value]}",
                        danger="one of the two would be ignored, and with it all that stands below it",
                        remedy="rename or remove one of them",
                    )
                )
            lines[value] = line
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401 - as PyYAML's
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, ValueError) as error:
            raise SettingsError(
                explained(
                    f"{self.name}, line {_line(node)} cannot be read as {node.tag.rpartition(':')[2]}: {error}",
                    danger="the stack would be declared without what the file says",
                    remedy="put the value in quotes if it is text, or correct it",
                )
            ) from error

    @contextlib.contextmanager
    def _inside(self, anchor: str | None) -> Iterator[None]:
        self._open_anchors.append(anchor or "")
        yield
        self._open_anchors.pop()


def no_keys(place: str, content: object, remedy: str) -> str:
    """Say that something other than keys stands where keys belong."""
    what = f"{place} holds {shown(content)}, not keys"
    return explained(what, "the stack would be declared without what the file says", remedy)


def _line(part: yaml.Node | yaml.Event) -> int:
    return part.start_mark.line + 1 if part.start_mark else 0
