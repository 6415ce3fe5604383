"""Files of Helm values, read as Helm reads them.

Helm takes YAML for JSON: a date is text to it, and so is `8080:50`, which YAML 1.1 calls a number of base 60.
"""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from web_platform.errors import Fault

_INT = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"


def read_value_file(path: Path) -> dict[str, Any] | Fault:
    """Read a file of values, or say why it cannot be used. An empty file holds none."""
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - it is a SafeLoader
    except FileNotFoundError:
        return Fault(
            what=f"names {str(path)!r}, but there is no such file",
            danger="the chart would be installed without the values that it holds",
            remedy="correct the path, which begins at the directory of the program, or put the file there",
        )
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        return Fault(
            what=f"names {str(path)!r}, which cannot be read: {error}",
            danger="the chart would be installed without the values that it holds",
            remedy="correct the file; Helm reads the same YAML",
        )
    if values is None:
        return {}
    if not isinstance(values, dict):
        return Fault(
            what=f"names {str(path)!r}, which holds no keys with values",
            danger="Helm would find no value in it",
            remedy="write `key: value` lines into it, as in the chart's own values.yaml",
        )
    return values


class _Loader(yaml.SafeLoader):
    """Knows the types that Helm knows, and refuses a key that is there twice, of which one would be lost."""

    bool_values = yaml.SafeLoader.bool_values | {"y": True, "n": False}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:  # type: ignore[override]
        # Before merges (`<<`) add keys that the mapping may override.
        own = [self._text(key) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        twice = [key for key in own if own.count(key) > 1]
        if twice:
            raise yaml.YAMLError(f"{twice[0]!r} is there twice in the mapping of line {node.start_mark.line + 1}")
        self.flatten_mapping(node)
        return {self._text(key): self.construct_object(value, deep) for key, value in node.value}

    def construct_number(self, node: yaml.ScalarNode) -> float | str:
        if ":" in node.value:
            return str(node.value)
        return self.construct_yaml_int(node) if node.tag == _INT else self.construct_yaml_float(node)

    def construct_text(self, node: yaml.ScalarNode) -> str:
        return str(node.value)

    def _text(self, key: yaml.Node) -> str:
        """A key as Helm has it: text."""
        value = self.construct_object(key, deep=True)
        return value if isinstance(value, str) else json.dumps(value)


_Loader.add_constructor(_INT, _Loader.construct_number)
_Loader.add_constructor(_FLOAT, _Loader.construct_number)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_text)
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("[yYnN]$"), list("yYnN"))
_Loader.add_implicit_resolver(_INT, re.compile("[-+]?0o[0-7_]+$"), list("-+0"))
_Loader.add_implicit_resolver(_FLOAT, re.compile(r"[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+$"), list("-+0123456789"))
