"""The template of services as GitLab interpolates it: https://docs.gitlab.com/ci/inputs/."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.ci.pipelines import TEMPLATES

_FILE = TEMPLATES / "service.yml"
_INPUT = re.compile(r"\$\[\[ inputs\.(\w+) \]\]")


def inputs() -> dict[str, dict[str, Any]]:
    """What may be given, and how each is described."""
    declared = yaml.safe_load(_parts()[0])["spec"]["inputs"]
    return {name: described or {} for name, described in declared.items()}


def rendered(given: Mapping[str, str]) -> str:
    """The pipeline of a service that gives these inputs.

    Raises:
        ValueError: GitLab would refuse them.
    """
    declared = inputs()
    if unknown := set(given) - set(declared):
        raise ValueError(f"unknown inputs: {sorted(unknown)}")
    defaults = {name: described["default"] for name, described in declared.items() if "default" in described}
    values = {**defaults, **given}
    if missing := set(declared) - set(values):
        raise ValueError(f"required inputs: {sorted(missing)}")
    for name, value in values.items():
        if not re.search(declared[name].get("regex", ""), value):
            raise ValueError(f"{name}: {value!r} is not of the form {declared[name]['regex']}")
        if value not in declared[name].get("options", [value]):
            raise ValueError(f"{name}: {value!r} is none of {declared[name]['options']}")
    return _INPUT.sub(lambda found: values[found[1]], _parts()[1])


def _parts() -> tuple[str, str]:
    header, body = _FILE.read_text().split("\n---\n")
    return header, body
