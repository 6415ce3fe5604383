"""From a stack's configuration to `Settings`.

Two ways lead to it: `from_pulumi` inside the program, and `from_stack_file` for tools that need the settings before
any engine or cluster exists.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi.runtime.config
from pydantic import ValidationError
from web_platform import Fault
from web_platform.errors import unknown_key_fault

from settings import problems, relations
from settings.fields import SettingsError
from settings.problems import Problem
from settings.relations import PROJECT
from settings.stack import Settings
from settings.strict_yaml import load_yaml, no_keys

# Namespaces of configuration that belong to Pulumi itself and to the providers that the program uses.
_OTHER_NAMESPACES = frozenset({"pulumi", "gcp", "kubernetes", "random"})

# What Pulumi itself reads at the top of a stack file.
_STACK_FILE_KEYS = ("config", "encryptionsalt", "secretsprovider", "encryptedkey", "environment")


def parse(config: Mapping[str, object], stack: str) -> Settings:
    """Validate a stack's configuration: keys without the project's prefix, values already decoded.

    Raises `SettingsError` with everything that is wrong.
    """
    return _validate(_Source(stack, dict(config)))


def from_pulumi() -> Settings:
    """Read the configuration that the engine gave to the running program."""
    given = pulumi.runtime.config.get_config_env() | pulumi.runtime.config.CONFIG.get()
    secrets = set(pulumi.runtime.config.get_config_secret_keys_env())
    source = _Source(pulumi.get_stack())
    for key, value in given.items():
        source.add(key, _decoded(key, value), key in secrets or pulumi.runtime.config.is_config_secret(key))
    return _validate(source, Path(__file__).parents[1])


def from_stack_file(directory: Path, stack: str) -> Settings:
    """Read a stack's file and the project's defaults, without any engine."""
    path = directory / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        stacks = sorted(file.name.split(".", 1)[1].removesuffix(".yaml") for file in directory.glob("Pulumi.*.yaml"))
        raise SettingsError(
            problems.explained(
                f"There is no stack {stack!r}: {path.name} does not exist.\n"
                f"  Stacks here: {', '.join(stacks) or '(none)'}",
                danger="an empty stack of that name would be made, on a cluster that nobody has sized",
                remedy="name one of them, or write that file for a new stack",
            )
        )
    source = _Source(stack)
    for key, value in _project_defaults(load_yaml(directory / "Pulumi.yaml")).items():
        source.add(key, value)
    stack_file = load_yaml(path)
    unknown = [str(key) for key in stack_file if key not in _STACK_FILE_KEYS]
    source.problems += [Problem(key, unknown_key_fault(key, _STACK_FILE_KEYS)) for key in unknown]
    if unknown and "config" not in stack_file:
        # Everything would be missing because of it, and need not be said as well.
        raise _refusal(stack, source.problems)
    content = stack_file.get("config")
    if content is not None and not isinstance(content, Mapping):
        raise SettingsError(no_keys(f"{path.name}: `config:`", content, "write keys below it"))
    for key, value in (content or {}).items():
        source.add(str(key), value, _has_secret(value))
    return _validate(source, directory)


@dataclass
class _Source:
    """A stack's configuration on its way to `_validate`."""

    stack: str
    values: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def add(self, key: str, value: object, secret: bool = False) -> None:
        """Take a key as it stands in a stack file, `namespace:name`."""
        namespace, _, name = key.partition(":")
        if namespace == PROJECT and name:
            self.values[name] = value
            if secret:
                self.secrets.add(name)
        elif namespace not in _OTHER_NAMESPACES or not name:
            self.problems.append(Problem(key, problems.namespace_fault(key, PROJECT, _OTHER_NAMESPACES)))


def _validate(source: _Source, directory: Path | None = None) -> Settings:
    """Make settings of a source. In `directory`, the program's, the paths of charts must exist."""
    # What a secret holds must not reach a screen, nor a log: of a key that holds one, only this is said.
    open_values = {key: value for key, value in source.values.items() if key not in source.secrets}
    secrets = [Problem(f"{PROJECT}:{name}", _SECRET_FAULT) for name in sorted(source.secrets)]
    found = [*source.problems, *secrets, *relations.problems(open_values, directory)]
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(source.values)
    except ValidationError as error:
        details = [detail for detail in error.errors() if str(detail["loc"][0]) not in source.secrets]
        found += problems.found(details, Settings, PROJECT)
    if found or settings is None:
        raise _refusal(source.stack, found)
    return settings


def _refusal(stack: str, found: Sequence[Problem]) -> SettingsError:
    count = "a problem" if len(found) == 1 else f"{len(found)} problems"
    headline = f"Pulumi.{stack}.yaml has {count}. Nothing was created or changed."
    return SettingsError(problems.listed(headline, found))


_SECRET_FAULT = Fault(
    what="holds an encrypted value",
    danger="services and add-ons would get it as plain text, for everyone to read who may see their Deployments",
    remedy="keep the secret out of this key, in a Kubernetes Secret that the service reads",
)


def _decoded(key: str, value: object) -> object:
    """Undo what the engine did to a value: all but text arrives as JSON."""
    name = key.partition(":")[2]
    declared = problems.fields(Settings).get(name)
    if not isinstance(value, str) or (declared is not None and declared.annotation is str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _project_defaults(project: Mapping[str, Any]) -> dict[str, object]:
    """Defaults that Pulumi.yaml declares, which the engine uses for keys that a stack file lacks."""
    defaults: dict[str, object] = {}
    for key, declared in (project.get("config") or {}).items():
        if isinstance(declared, Mapping):
            for word in ("value", "default"):
                if word in declared:
                    defaults[key if ":" in key else f"{PROJECT}:{key}"] = declared[word]
    return defaults


def _has_secret(value: object) -> bool:
    """Whether a value of a stack file holds what `pulumi config set --secret` wrote."""
    if isinstance(value, Mapping):
        return set(value) == {"secure"} or any(_has_secret(part) for part in value.values())
    return isinstance(value, list) and any(_has_secret(part) for part in value)
