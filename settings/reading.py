"""From a stack's configuration to `Settings`.

Two ways lead to it: `from_pulumi` inside the program, and `from_stack_file` for tools that need the settings before
any engine or cluster exists. Encrypted values are accepted as values of add-ons and nowhere else. The program gets them
as secret outputs, without being told which of a key's values were encrypted: so all of them are. Tools get `[secret]`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi.runtime.config
from pydantic import ValidationError
from web_platform import Fault
from web_platform.chart_values import hide_values
from web_platform.errors import unknown_key_fault

from settings import problems, relations
from settings.fields import SettingsError
from settings.problems import Problem
from settings.relations import PROJECT
from settings.stack import Settings
from settings.strict_yaml import load_yaml, no_keys

# Namespaces of configuration that belong to Pulumi itself and to the providers that the program uses.
_OTHER_NAMESPACES = frozenset({"pulumi", "gcp", "kubernetes", "random"})

# The key that may hold encrypted values, and below each of its entries the one that they may stand in.
_ADDONS, _VALUES = "addons", "values"

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
    if _ADDONS not in source.secrets:
        return _validate(source, Path(__file__).parents[1])
    addons = source.values[_ADDONS]
    source.values[_ADDONS] = _hidden(addons)
    source.unsayable = set(_words(_with_values(addons, lambda _: None)))
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
        if key == f"{PROJECT}:{_ADDONS}":
            source.misplaced = [path for path in _encrypted(value) if path[1:2] != (_VALUES,) or len(path) == 2]
            source.add(key, _unread(value))
        else:
            source.add(str(key), value, any(True for _ in _encrypted(value)))
    return _validate(source, directory)


@dataclass
class _Source:
    """A stack's configuration on its way to `_validate`."""

    stack: str
    values: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    misplaced: list[tuple[str, ...]] = field(default_factory=list)
    """Where in the add-ons something is encrypted that may not be."""
    unsayable: set[str] = field(default_factory=set)
    """What no message on the add-ons may show, since it may have been encrypted."""

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
    refused = source.secrets - {_ADDONS}
    open_values = {key: value for key, value in source.values.items() if key not in refused}
    secrets = [Problem(f"{PROJECT}:{name}", _SECRET_FAULT) for name in sorted(refused)]
    secrets += [Problem(".".join((f"{PROJECT}:{_ADDONS}", *path)), _MISPLACED_FAULT) for path in source.misplaced]
    found = [*source.problems, *secrets, *relations.problems(open_values, directory)]
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(source.values)
    except ValidationError as error:
        unsaid = [(name,) for name in refused] + [(_ADDONS, *path) for path in source.misplaced]
        details = [
            detail
            for detail in error.errors()
            if not any(tuple(map(str, detail["loc"][: len(place)])) == place for place in unsaid)
        ]
        found += problems.found(details, Settings, PROJECT)
    if _ADDONS in source.secrets:
        found = [_discreet(problem, source.unsayable) for problem in found]
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
_MISPLACED_FAULT = Fault(
    what="holds an encrypted value",
    danger="of an add-on, only values of the chart are kept secret",
    remedy="write it as plain text, or put the secret into `values` if the chart can take it there",
)
_UNSAYABLE_FAULT = Fault(
    what="is wrong in a way that cannot be told without showing what is there; the key holds an encrypted value",
    danger="everyone could read it who sees this message",
    remedy="run `make preview`, which reads the file itself and tells it",
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


def _encrypted(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where a value of a stack file holds what `pulumi config set --secret` wrote."""
    if _is_encrypted(value):
        yield path
    elif isinstance(value, Mapping | list):
        for key, part in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _encrypted(part, (*path, str(key)))


def _is_encrypted(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _unread(addons: object) -> object:
    """Add-ons without what is encrypted in their values, which takes an engine to read."""

    def unread(value: object) -> object:
        if _is_encrypted(value):
            return "[secret]"
        if isinstance(value, Mapping):
            return {key: unread(part) for key, part in value.items()}
        return [unread(part) for part in value] if isinstance(value, list) else value

    return _with_values(addons, unread)


def _hidden(addons: object) -> object:
    """Add-ons whose values are secret outputs, each by itself."""
    return _with_values(addons, lambda values: hide_values(values) if isinstance(values, Mapping) else values)


def _with_values(addons: object, change: Callable[[object], object]) -> object:
    if not isinstance(addons, Mapping):
        return addons
    return {
        name: {**addon, _VALUES: change(addon[_VALUES])} if isinstance(addon, Mapping) and _VALUES in addon else addon
        for name, addon in addons.items()
    }


def _words(value: object) -> Iterator[str]:
    """What the texts and numbers of a value are made of, keys left out."""
    if isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _words(part)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        # Also in parts: a fault may say a path as it is resolved, or quote what has quotes in it.
        yield from (str(value), *re.findall(r"\w{3,}", str(value)))


def _discreet(problem: Problem, unsayable: Set[str]) -> Problem:
    """A problem as it may be told, if it is one of the add-ons: without any value of theirs."""
    if not problem.place.startswith(f"{PROJECT}:{_ADDONS}"):
        return problem
    said = " ".join(problem.fault)
    shown = any(word and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said) for word in unsayable)
    return Problem(problem.place, _UNSAYABLE_FAULT if shown else problem.fault)
